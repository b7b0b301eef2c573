"""The git source: the protos of a release as its repositories hold them, comments included."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable, ToolMissing, UsageError
from protogen.protos.license_files import is_license
from protogen.releases import names
from protogen.releases.release import Release, ResolvedRepository
from protogen.sources.base import Found
from protogen.sources.gitrepo.choices import Choices
from protogen.sources.gitrepo.pins import find_commit
from protogen.sources.links import follow, relevant
from protogen.system.cache import Cache, key
from protogen.system.locations import absolute, is_url, without_credentials
from protogen.system.parallel import Once, at_once
from protogen.system.paths import check_relative, pattern
from protogen.system.progress import Kind, Progress

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.recipe.model import Pin, Recipe, Repository
    from protogen.releases.available import AvailableRelease
    from protogen.releases.names import Chosen, Listing, PinWanted
    from protogen.sources.gitrepo.client import GitClient
    from protogen.sources.worktree import Worktree
    from protogen.system.process import Processes


_MAX_FILES = 50_000
_MAX_FILE_BYTES = 20_000_000
_MAX_LINK_BYTES = 4096
_FACTS = "entry.json"
_FACTS_ONLY = (_FACTS,)
_ALWAYS = ("*.proto", "**/*.proto")
# To be raised with every change of what an entry holds for the same patterns.
_EDITION = 5


@dataclass(frozen=True)
class GitSource:
    """Shallow, blobless fetches into the cache, one entry a repository and commit.

    urls and refs override the recipe's, by repository. match: `branch` or `pin`. locked: a release
    as it was resolved before; the repositories that it names are taken at their commits, and no
    remote is asked for the refs of these. once: what the releases of a run share, the refs of each
    repository. progress: where fetches are told of.
    """

    recipe: Recipe
    cache: Cache
    client: GitClient
    urls: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    match: str = "branch"
    locked: Release | None = None
    once: Once = field(default_factory=Once)
    progress: Progress = field(default_factory=Progress)
    name: str = "git"

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The commits of the release; see Source."""
        self.recipe.selected(groups)
        with self._advising(version):
            release, chosen = self._chosen(version)

        def read() -> ProtoSet:
            from protogen.sources.worktree import proto_set

            with self._advising(version):
                trees = self._trees(version, chosen)
            return proto_set(self.recipe, release, trees, groups)

        return Found(read, release)

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
        own = self.cache.offline or self.locked or self.urls or self.refs or self.match != "branch"
        rules = self.recipe.primary
        named = names.parse_name(version, rules.branch, rules.tag) if version else None
        is_release = isinstance(named, names.Line | names.Version | None)
        return not own and self.recipe.is_published and is_release

    def trees(self, version: str) -> tuple[Release, list[Worktree]]:
        """The release as resolved, and every repository's protos; raises what find raises."""
        release, chosen = self._chosen(version)
        return release, self._trees(version, chosen)

    def _trees(self, version: str, chosen: Mapping[str, Chosen]) -> list[Worktree]:
        from protogen.sources.worktree import Worktree

        folders = self._fetched(version, chosen)
        trees = []
        for name, each in self.recipe.repositories.items():
            facts = _facts(folders[name])
            trees.append(
                Worktree(
                    name,
                    folders[name] / "files",
                    each.roots,
                    unusable=facts["unusable"],
                    links=facts["links"],
                    submodules=frozenset(facts["submodules"]),
                    url=without_credentials(self._url(name)),
                )
            )
        return trees

    def _chosen(self, version: str) -> tuple[Release, dict[str, Chosen]]:
        """The release, and the commit of each repository. What pins are read from is fetched."""
        choices = Choices(self.recipe, version, self.refs, self.match, self.locked)
        free = choices.free
        asked = [partial(self.listing, name, asking=version) for name in free]
        listings = dict(zip(free, at_once(asked, self.client.processes), strict=True))
        wanted = choices.choose(listings)
        chosen = {name: each for name, each in wanted.items() if isinstance(each, names.Chosen)}
        pinned = {name: each for name, each in wanted.items() if isinstance(each, names.PinWanted)}
        pinning = {pin.repository for name in pinned for pin in self.recipe.repositories[name].pins}
        folders = self._fetched(version, {name: each for name, each in chosen.items() if name in pinning})
        for name, each in pinned.items():
            chosen[name] = self._pinned(name, each, folders)
            if name in pinning:
                folders |= self._fetched(version, {name: chosen[name]})
        first = self.recipe.releases

        def committed() -> str:
            return str(_facts(self._entry(version, first, chosen[first], _FACTS_ONLY))["committed"])

        release = Release(
            name=version,
            package_version=choices.package_version(listings.get(first), chosen[first], committed),
            source=self.name,
            repositories=tuple(self._resolved(name, chosen[name]) for name in self.recipe.repositories),
        )
        return release, chosen

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The branches of lines and tags of releases; see Source."""
        from protogen.releases import available

        return available.of_listing(self.listing(self.recipe.releases), self.name)

    def _resolved(self, name: str, chosen: Chosen) -> ResolvedRepository:
        url = without_credentials(self._url(name))
        return ResolvedRepository(name, url, chosen.ref, chosen.commit, chosen.note)

    def _url(self, name: str) -> str:
        url = self.urls.get(name, self.recipe.repositories[name].url)
        return absolute(url)

    def listing(self, name: str, asking: str = "") -> Listing:
        """The branches and tags of a repository; asking: the release that they are wanted for.

        Raises SourceUnreachable, SourceRefused, UsageError.
        """
        repository, url = self.recipe.repositories[name], self._url(name)
        refs = self.once.get(("refs", url), lambda: self._refs(name, url, asking))
        return names.Listing(name, refs, repository.branch, repository.tag)

    def _refs(self, name: str, url: str, asking: str) -> dict[str, str]:
        """The refs of the remote, which the cache then remembers for --offline."""
        place = key(f"{_slug(url)}-refs", _clean(url))
        if self.cache.offline:
            cached = self.cache.read("fetched", place)
            if cached is None:
                raise self.cache.absent("fetched", f"the refs of {name}")
            remembered: dict[str, str] = json.loads(cached)
            return remembered
        check_place(name, url)
        with self.progress.task(asking, Kind.REFS, name):
            try:
                refs = self.client.list_refs(url)
            except SourceUnreachable as error:
                remedy = self._instead(asking, name, cached=self.cache.find("fetched", place) is not None)
                raise SourceUnreachable(error.message, where=error.where, remedy=remedy) from error
        content = json.dumps(refs, sort_keys=True, indent=0).encode()
        self.cache.put("fetched", place, content)
        return refs

    def _instead(self, version: str, name: str, *, cached: bool) -> str:
        """What to do where a host can't be reached. cached: whether its refs are remembered."""
        ways = ["--offline"] if cached else []
        if self._index_serves(version):
            ways.append("--source index")
        ways = ways or [f"--repo {name}=PATH, a clone of it, or =URL of another host"]
        return f"check the network, or run again with {' or '.join(ways)}"

    def _fetched(self, version: str, chosen: Mapping[str, Chosen]) -> dict[str, Path]:
        """The cache entry of each commit: `files/` and `entry.json`."""
        fetches = [partial(self._entry, version, name, each) for name, each in chosen.items()]
        return dict(zip(chosen, at_once(fetches, self.client.processes), strict=True))

    def _entry(self, version: str, name: str, chosen: Chosen, only: tuple[str, ...] = ()) -> Path:
        """The cache entry of a commit. only: see Cache.get."""
        url, repository = self._url(name), self.recipe.repositories[name]
        wanted = _wanted(self.recipe, name)
        place = key(f"{_slug(url)}-{chosen.commit[:12]}", _EDITION, _clean(url), chosen.commit, wanted)

        def make(staging: Path) -> None:
            bare = staging / "fetched.git"
            with self.progress.task(version, Kind.FETCH, name, lambda: folder_size(bare / "objects")):
                self._fetch(url, repository, chosen, wanted, bare)
            _remove(bare)

        what = f"{name} at {chosen.ref or chosen.commit}"
        return self.cache.get("fetched", place, make, what=what, only=only)

    def _fetch(
        self, url: str, repository: Repository, chosen: Chosen, wanted: tuple[str, ...], bare: Path
    ) -> None:
        """Fill the folder around bare, a repository that is made for it."""
        from protogen.sources.gitrepo import objects as git_objects

        staging = bare.parent
        has_blobs = self.client.fetch(url, chosen.commit, chosen.ref, bare)

        def run(arguments: tuple[str, ...], stdin: bytes) -> bytes:
            return self.client.read(bare, *arguments, stdin=stdin)

        tree = git_objects.snapshot(run, chosen.commit)
        patterns = [pattern(text) for text in wanted]

        def is_wanted(path: str) -> bool:
            return is_license(path) or any(each.fullmatch(path) for each in patterns)

        paths = {path: id_ for path, id_ in tree.blobs.items() if is_wanted(path)}
        if len(paths) > _MAX_FILES:
            raise SourceRefused(
                f"{without_credentials(url)} holds {len(paths)} protos; more than {_MAX_FILES} are no API"
            )
        unusable = _unusable(paths)
        paths = {path: id_ for path, id_ in paths.items() if path not in unusable}
        ids = sorted({*paths.values(), *tree.links.values()})
        if not has_blobs:
            self.client.fetch_objects(url, ids, bare)
        links = _links(
            tree.links, git_objects.read_blobs(run, set(tree.links.values()), limit=_MAX_LINK_BYTES)
        )
        linked = {
            path: id_ for path, id_ in _linked(links, tree.blobs, is_wanted).items() if path not in paths
        }
        if linked and not has_blobs:
            self.client.fetch_objects(url, sorted(set(linked.values()) - set(ids)), bare)
        unusable |= _unusable(linked)
        paths |= {path: id_ for path, id_ in linked.items() if path not in unusable}
        contents = git_objects.read_blobs(run, sorted(set(paths.values())), limit=_MAX_FILE_BYTES)
        for path, id_ in paths.items():
            file = staging / "files" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if not write_new(file, contents[id_]):
                alike = [other for other in paths if other.casefold() == path.casefold()]
                unusable |= dict.fromkeys(alike, "another file's name differs from it by case only")
        facts = {
            "committed": tree.committed,
            "links": relevant(links, paths),
            "submodules": dict(tree.submodules),
            "unusable": unusable,
            "url": without_credentials(url),
        }
        (staging / _FACTS).write_text(json.dumps(facts, sort_keys=True, indent=1) + "\n", encoding="utf-8")

    def _pinned(self, name: str, wanted: PinWanted, folders: Mapping[str, Path]) -> Chosen:
        tried = []
        for pin in self.recipe.repositories[name].pins:
            commit = _read_pin(pin, folders.get(pin.repository), self.client.processes)
            if commit:
                place = pin.file or f"submodule {pin.submodule}"
                note = f"pinned in {pin.repository}'s {place}: {wanted.reason}"
                return names.Chosen("", commit, names.Commit(commit), note)
            tried.append(f"{pin.repository}:{pin.file or pin.submodule}")
        raise ReleaseNotFound(
            f"no pin of {name} was found; looked in {', '.join(tried)}",
            where=name,
            remedy=f"run again with --ref {name}=REF",
        )


def check_place(name: str, url: str) -> None:
    """Raises UsageError where a repository's place is on this machine, and isn't there or is none."""
    if not is_url(url) and not is_repository(Path(url)):
        there = os.path.isdir(url)  # noqa: PTH112 - Path raises below a closed folder
        instead = "or run again with --source folder" if there else f"--repo {name}=PATH or =URL"
        raise UsageError(
            f"{url} is not {'a git repository' if there else 'there'}",
            where=f"--repo {name}={url}",
            remedy=f"give a git repository, {instead}",
        )


def _wanted(recipe: Recipe, name: str) -> tuple[str, ...]:
    """The path patterns of what is kept of a repository, beside licenses: protos, files that hold pins."""
    pins = {
        pin.file
        for other in recipe.repositories.values()
        for pin in other.pins
        if pin.repository == name and pin.file
    }
    return (*_ALWAYS, *sorted(pins))


def _unusable(paths: Iterable[str]) -> dict[str, str]:
    """The paths that no folder may be given, and why."""
    found = {}
    for path in paths:
        try:
            check_relative(path)
        except ValueError as error:
            found[path] = str(error)
    return found


def _links(links: Mapping[str, str], contents: Mapping[str, bytes]) -> dict[str, str]:
    """Where each link leads, as written. links: path ▶ blob."""
    return {path: contents[id_].decode("utf-8", "surrogateescape") for path, id_ in links.items()}


def _linked(
    links: Mapping[str, str], blobs: Mapping[str, str], is_wanted: Callable[[str], bool]
) -> dict[str, str]:
    """The files that links of wanted names lead to: path ▶ blob. A license stands under the link's name."""
    found = {}
    for path in filter(is_wanted, links):
        with suppress(ValueError):
            final = follow(path, links)
            if final in blobs:
                found[path if is_license(path) else final] = blobs[final]
    return found


def write_new(file: Path, content: bytes) -> bool:
    """Write a file unless one is there, which a file system may find under another spelling."""
    try:
        with file.open("xb") as new:
            new.write(content)
    except FileExistsError:
        return False
    return True


def _read_pin(pin: Pin, folder: Path | None, processes: Processes) -> str:
    if folder is None:
        return ""
    if pin.submodule:
        submodules: dict[str, str] = _facts(folder)["submodules"]
        return submodules.get(pin.submodule, "")
    try:
        path = follow(pin.file, _facts(folder)["links"])
        text = (folder / "files" / path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
    return find_commit(pin.pattern, text, processes)


def _facts(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / _FACTS).read_bytes())
    return facts


def _clean(url: str) -> str:
    """What tells repositories apart, and shows no credentials."""
    return without_credentials(url).removesuffix("/").removesuffix(".git")


def _slug(url: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", _clean(url).rsplit("/", 1)[-1]).strip("-")[:40]


def is_repository(path: Path) -> bool:
    """Whether a git repository is there, with a work tree or bare."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def folder_size(folder: Path) -> int:
    """The bytes of the files below a folder, as far as they are there; it may change meanwhile."""
    total = 0
    for below, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):
                total += (Path(below) / file).stat().st_size
    return total


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder)
