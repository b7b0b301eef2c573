"""The git source: the protos of a release as its repositories hold them, comments included."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import ReleaseNotFound, SourceUnreachable, ToolMissing, UsageError
from protogen.releases import names
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.gitrepo import blobs, commits
from protogen.sources.gitrepo.blobs import Blobs
from protogen.sources.gitrepo.choices import Choices, ChosenCommit, Pinned, no_releases
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.pinned_commits import PinnedCommits
from protogen.sources.gitrepo.places import clean, slug
from protogen.sources.selection import Selection, packaged
from protogen.system.cache import key
from protogen.system.context import Context
from protogen.system.locations import absolute, is_url, without_credentials
from protogen.system.parallel import at_once
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.protos.protoset import Absent, ProtoSet
    from protogen.releases.available import AvailableRelease
    from protogen.sources.index.packages import ChosenPackage
    from protogen.sources.packaged import PackagedRepositories
    from protogen.sources.worktree import Worktree

_PROTOS = ("*.proto", "**/*.proto")
# To be raised with every change of what an entry holds for the same patterns.
_EDITION = 6


@dataclass(frozen=True)
class Chosen:
    """What a release's name stands for in each repository."""

    release: Release
    commits: Mapping[str, ChosenCommit]
    lacking: Mapping[str, ReleaseNotFound]
    """The repositories for which nothing was found, which is an error where a proto of theirs is imported."""
    packages: Mapping[str, ChosenPackage]
    """The repositories that are published packages."""

    @property
    def is_told(self) -> bool:
        """Whether the release tells its protos from all others: commits and hashes do."""
        return all(each.commit or each.sha256 for each in self.release.repositories)

    def without_lacking(self, protos: ProtoSet) -> ProtoSet:
        """The protos, an import that nobody holds being the error of the repository that isn't there."""
        if not self.lacking:
            return protos

        def absent(name: str) -> Absent | None:
            # Whether the compiler brings such a file along is asked later.
            if not name.startswith("google/protobuf/"):
                for error in self.lacking.values():
                    raise error
            return protos.absent(name)

        left_out = (f"{name} is left out: {error.message}" for name, error in self.lacking.items())
        return replace(protos, absent=absent, notices=(*protos.notices, *left_out))


@dataclass(frozen=True)
class GitSource:
    """Shallow, blobless fetches into the cache, one entry a repository and commit."""

    selection: Selection
    context: Context
    client: GitClient
    locked: Release | None = None
    """A release as it was resolved before; the repositories that it names are taken at their commits, and no
    remote is asked for the refs of these."""
    folders: Mapping[str, Worktree] = field(default_factory=dict)
    """Repositories that are settled, and not fetched: their files are these."""

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The commits of the release; see Source."""
        recipe = self.selection.recipe
        recipe.selected(groups)
        chosen, trees = self.choose(version, groups)

        def read() -> ProtoSet:
            from protogen.sources.worktree import proto_set

            return chosen.without_lacking(proto_set(recipe, chosen.release, trees(), groups))

        return Found(read, chosen.release if chosen.is_told else None)

    def choose(self, version: str, groups: tuple[str, ...]) -> tuple[Chosen, Callable[[], list[Worktree]]]:
        """The release as resolved, and what fetches its repositories, no folders; raises what find does."""
        with self._advising(version):
            chosen = self._chosen(version, groups)

        def read() -> list[Worktree]:
            with self._advising(version):
                return self._all_trees(version, chosen)

        return chosen, read

    def trees(self, version: str) -> tuple[Release, list[Worktree]]:
        """The release as resolved, and every repository's protos; raises what find raises."""
        chosen = self._chosen(version, ())
        for error in chosen.lacking.values():
            raise error
        return chosen.release, self._all_trees(version, chosen)

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The branches of lines and tags of releases; see Source."""
        from protogen.releases.available import of_listing

        listing = self.listing(self.selection.recipe.releases)
        found = of_listing(listing, "git")
        if not found:
            raise no_releases(listing)
        return found

    def listing(self, name: str, asking: str = "") -> names.Listing:
        """The branches and tags of a repository; asking: the release that they are wanted for.

        Raises SourceUnreachable, SourceRefused, UsageError.
        """
        repository, url = self.selection.recipe.repositories[name], self._url(name)
        refs = self.context.once.get(("refs", url), lambda: self._refs(name, url, asking))
        return names.Listing(name, refs, repository.branch, repository.tag)

    def _refs(self, name: str, url: str, asking: str) -> dict[str, str]:
        """The refs of the remote, which the cache then remembers for --offline."""
        cache, place = self.context.cache, key(f"{slug(url)}-refs", clean(url))
        if cache.offline:
            cached = cache.read("fetched", place)
            if cached is None:
                raise cache.absent("fetched", f"the refs of {name}")
            remembered: dict[str, str] = json.loads(cached)
            return remembered
        check_place(name, url)
        with self.context.progress.task(asking, Kind.REFS, name):
            try:
                refs = self.client.list_refs(url)
            except SourceUnreachable as error:
                remedy = self._instead(asking, name, cached=cache.find("fetched", place) is not None)
                raise SourceUnreachable(error.message, where=error.where, remedy=remedy) from error
        cache.put("fetched", place, json.dumps(refs, sort_keys=True, indent=0).encode())
        return refs

    def _instead(self, version: str, name: str, *, cached: bool) -> str:
        """What to do where a host can't be reached. cached: whether its refs are remembered."""
        ways = ["--offline"] if cached else []
        if self._index_serves(version):
            ways.append("--source index")
        ways = ways or [f"--repo {name}=PATH, a clone of it, or =URL of another host"]
        return f"check the network, or run again with {' or '.join(ways)}"

    @contextmanager
    def _advising(self, version: str) -> Iterator[None]:
        """Name the index as a way out where there is no git and the index has what is asked for."""
        try:
            yield
        except ToolMissing as error:
            if not self._index_serves(version):
                raise
            remedy = f"{error.remedy}, or run again with --source index"
            raise ToolMissing(error.message, where=error.where, remedy=remedy) from error

    def _index_serves(self, version: str) -> bool:
        """Whether the index can have what is asked for; version: empty for all releases."""
        recipe = self.selection.recipe
        named = names.parse_name(version, recipe.primary.branch, recipe.primary.tag) if version else None
        return (
            self.selection.is_plain
            and not self.context.offline
            and not self.locked
            and recipe.is_published
            and isinstance(named, names.Line | names.Version | None)
        )

    def _chosen(self, version: str, groups: tuple[str, ...]) -> Chosen:
        """The release, and the commit of each repository. What pins are read from is fetched.

        Raises ReleaseNotFound where a repository that holds entry points has no commit.
        """
        recipe, apart = self.selection.recipe, self._packaged
        outside = apart.names if apart else ()
        in_git = {name: each for name, each in recipe.repositories.items() if name not in outside}
        choices = Choices(
            replace(self.selection, recipe=msgspec.structs.replace(recipe, repositories=in_git)),
            version,
            self.locked,
        )
        free = choices.free
        asked = [partial(self.listing, name, asking=version) for name in free]
        listings = dict(zip(free, at_once(asked, self.context.processes), strict=True))
        wanted = choices.choose(listings)
        lacking = {name: each for name, each in wanted.items() if isinstance(each, ReleaseNotFound)}
        chosen = {name: each for name, each in wanted.items() if isinstance(each, ChosenCommit)}
        pinned = {name: each for name, each in wanted.items() if isinstance(each, Pinned)}
        first = recipe.releases

        def committed() -> str:
            entry = self._entry(version, first, chosen[first], only=(commits.FACTS,))
            return str(commits.facts(entry)["committed"])

        listing = partial(self.listing, asking=version)
        pins = PinnedCommits(
            recipe, version, self.context, self.client, self._url, listing, committed, self.folders
        )
        folders: dict[str, Path] = {}
        while pinned:
            # A repository that pins may be pinned itself.
            ready = [name for name in pinned if not pins.pinning(name) & {*pinned} - {name}] or list(pinned)
            asked_for = {each for name in ready for each in pins.pinning(name)} - folders.keys()
            folders |= self._fetched(version, {each: chosen[each] for each in asked_for & chosen.keys()})
            for name in ready:
                try:
                    chosen[name] = pins.commit(name, pinned.pop(name), folders)
                except ReleaseNotFound as error:
                    lacking[name] = error
        needed = {each.repository for each in recipe.selected(groups)}
        for name in (name for name in recipe.repositories if name in lacking and name in needed):
            raise lacking[name]
        packages = apart.choose(version) if apart else {}
        resolved = (apart.resolved(packages) if apart else {}) | {
            name: ResolvedRepository(
                name, without_credentials(self._url(name)), each.ref, each.commit, each.note
            )
            for name, each in chosen.items()
        }
        number = choices.package_version(listings.get(first), chosen[first], committed)
        ordered = tuple(resolved[name] for name in recipe.repositories if name in resolved)
        return Chosen(Release(version, number, "git", ordered), chosen, lacking, packages)

    @property
    def _packaged(self) -> PackagedRepositories | None:
        """The repositories that are published packages; None without such."""
        selection = self.selection
        if not packaged(selection.recipe, selection.repositories):
            return None
        from protogen.sources.packaged import PackagedRepositories

        return PackagedRepositories(
            selection.recipe, selection.repositories, selection.refs, self.context, self.locked
        )

    def _all_trees(self, version: str, chosen: Chosen) -> list[Worktree]:
        """The protos of every repository, in the order of the recipe."""
        trees = self._trees(version, chosen.commits)
        if apart := self._packaged:
            trees += apart.trees(version, chosen.packages)
        by_name = {tree.repository: tree for tree in trees}
        return [by_name[name] for name in self.selection.recipe.repositories if name in by_name]

    def _trees(self, version: str, chosen: Mapping[str, ChosenCommit]) -> list[Worktree]:
        from protogen.sources.worktree import Worktree

        trees = []
        for name, folder in self._fetched(version, chosen).items():
            known = commits.facts(folder)
            trees.append(
                Worktree(
                    name,
                    folder / "files",
                    self.selection.recipe.repositories[name].import_roots,
                    unusable=known["unusable"],
                    links=known["links"],
                    submodules=frozenset(known["submodules"]),
                    url=without_credentials(self._url(name)),
                    blobs=Blobs(known["unfetched"], partial(self._blobs, version, name)),
                )
            )
        return trees

    def _blobs(self, version: str, name: str, ids: tuple[str, ...]) -> Path:
        """The cache entry of blobs, each a file under its id."""
        url = self._url(name)
        place = key(f"{slug(url)}-blobs", _EDITION, clean(url), ids)

        def make(staging: Path) -> None:
            with self.context.progress.task(version, Kind.FETCH, name, partial(_folder_size, staging)):
                blobs.fetch(self.client, url, ids, staging, limit=commits.MAX_FILE_BYTES)

        return self.context.cache.get("fetched", place, make, what=f"{len(ids)} protos of {name}")

    def _fetched(self, version: str, chosen: Mapping[str, ChosenCommit]) -> dict[str, Path]:
        """The cache entry of each commit, in the order of the recipe."""
        fetched = self.selection.recipe.repositories.keys() - self.folders.keys()
        ordered = [name for name in self.selection.recipe.repositories if name in chosen and name in fetched]
        fetches = [partial(self._entry, version, name, chosen[name]) for name in ordered]
        return dict(zip(ordered, at_once(fetches, self.context.processes), strict=True))

    def _entry(self, version: str, name: str, chosen: ChosenCommit, only: tuple[str, ...] = ()) -> Path:
        """The cache entry of a commit. only: see Cache.get."""
        url = self._url(name)
        pins = [pin for each in self.selection.recipe.repositories.values() for pin in each.pins]
        wanted = (*_PROTOS, *sorted({pin.file for pin in pins if pin.repository == name and pin.file}))
        place = key(f"{slug(url)}-{chosen.commit[:12]}", _EDITION, clean(url), chosen.commit, wanted)

        def make(staging: Path) -> None:
            import shutil  # which takes longer than a run that finds its entries

            bare = staging / "fetched.git"
            size = partial(_folder_size, bare / "objects")
            with self.context.progress.task(version, Kind.FETCH, name, size):
                commits.fetch(self.client, url, chosen.commit, chosen.ref, wanted, bare)
            shutil.rmtree(bare)

        what = f"{name} at {chosen.ref or chosen.commit}"
        return self.context.cache.get("fetched", place, make, what=what, only=only)

    def _url(self, name: str) -> str:
        return absolute(self.selection.repositories.get(name, self.selection.recipe.repositories[name].url))


def check_place(name: str, url: str) -> None:
    """Raises UsageError where a repository's place is on this machine, and isn't there or is none."""
    if not is_url(url) and not is_repository(Path(url)):
        # Path raises below a closed folder.
        there, is_folder = os.path.exists(url), os.path.isdir(url)  # noqa: PTH110, PTH112
        instead = "or run again with --source folder" if is_folder else f"--repo {name}=PATH or =URL"
        raise UsageError(
            f"{url} is not {'a git repository' if there else 'there'}",
            where=f"--repo {name}={url}",
            remedy=f"give a git repository, {instead}",
        )


def is_repository(path: Path) -> bool:
    """Whether a git repository is there, with a work tree or bare."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def _folder_size(folder: Path) -> int:
    """The bytes of the files below a folder, as far as they are there; it may change meanwhile."""
    total = 0
    for below, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):
                total += (Path(below) / file).stat().st_size
    return total
