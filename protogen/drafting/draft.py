"""Drafting a recipe from repositories or folders: reading them, and finding out whether it resolves."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from protogen import closure, descriptors, recipe
from protogen.drafting import licenses, refs
from protogen.drafting.roots import Trees, find_roots, united
from protogen.drafting.text import Draft, Part, render
from protogen.errors import ProtogenError, ReleaseNotFound, UsageError
from protogen.imports import scan_imports
from protogen.locations import absolute, is_url, without_credentials
from protogen.parallel import threads
from protogen.progress import Kind
from protogen.sources.folder import FolderSource
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource, is_repository
from protogen.sources.worktree import Worktree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from protogen.drafting.roots import Found, Place
    from protogen.drafting.wish import Wish
    from protogen.recipe import Recipe
    from protogen.release import Release
    from protogen.sources.base import Source
    from protogen.workbench import Workbench


def draft(wanted: Wish, bench: Workbench) -> Draft:
    """The recipe's draft: templates guessed, import roots found, and tried.

    Raises what reading the repositories raises, and UsageError where the folders hold no protos.
    """
    plain = {name: each for name, each in wanted.locations.items() if not _is_git(each)}
    begun = _begin(wanted)
    if plain:
        _only_folders(wanted, plain)
        trees = [Worktree(name, Path(each).absolute(), (".",)) for name, each in wanted.locations.items()]
        made = _with_roots(_with_folders(begun, wanted), wanted, [trees], bench)
        folders = {name: absolute(each) for name, each in wanted.locations.items()}
        return replace(made, trouble=_trouble(FolderSource(_parsed(made), folders), ("1.0",), bench))
    begun, source = _with_refs(begun, wanted, bench)
    looked = []
    for release in begun.releases:
        with bench.progress.task(release, Kind.READ, "protos"):
            resolved, trees = source.trees(release)
        begun = _with_places(begun, resolved)
        looked.append(trees)
    made = _with_roots(begun, wanted, looked, bench)
    return replace(made, trouble=_trouble(replace(source, recipe=_parsed(made)), made.releases, bench))


def _begin(wanted: Wish) -> Draft:
    places = {name: without_credentials(absolute(each)) for name, each in wanted.locations.items()}
    return Draft(
        wanted.primary,
        {name: Part(each) for name, each in places.items()},
        dict.fromkeys(wanted.folders, 0),
        file=wanted.file,
        refs=wanted.refs,
        options="".join(
            f" --ref {name}={ref}" for name, ref in wanted.refs.items() if name == wanted.primary
        ),
    )


def _with_folders(begun: Draft, wanted: Wish) -> Draft:
    note = "A folder: give the repository's URL instead, or keep --source folder."
    options = "".join(f" --repo {name}={absolute(each)}" for name, each in wanted.locations.items())
    parts = {name: replace(part, note=note) for name, part in begun.parts.items()}
    return replace(begun, parts=parts, options=f" --source folder{options}")


def _with_places(begun: Draft, resolved: Release) -> Draft:
    """The draft with the refs that were looked at."""
    parts = dict(begun.parts)
    for each in resolved.repositories:
        known, ref = parts[each.name].read, each.ref.split("/", 2)[-1] or each.commit
        parts[each.name] = replace(
            parts[each.name], read=", ".join(dict.fromkeys(filter(None, (known, ref))))
        )
    return replace(begun, parts=parts)


def _parsed(made: Draft) -> Recipe:
    return recipe.parse(render(made), made.file)


def _with_refs(begun: Draft, wanted: Wish, bench: Workbench) -> tuple[Draft, GitSource]:
    """The draft with templates and the release to look at, and the source to read that from."""
    bare = _git(begun, wanted, bench)
    with threads(len(begun.parts), bench.processes) as pool:
        known = dict(zip(begun.parts, pool.map(bare.listing, begun.parts), strict=True))
    parts = {
        name: replace(part, **_templates(name, known[name].refs, wanted))
        for name, part in begun.parts.items()
    }
    source = _git(replace(begun, parts=parts), wanted, bench)
    listings = {name: source.listing(name) for name in parts}
    matched = {name: each for name, each in listings.items() if not parts[name].ref}
    offered = refs.candidates(listings[wanted.primary])
    newest = refs.newest_shared(offered, wanted.primary, matched) or next(iter(offered), "")
    found = wanted.releases or ((newest,) if newest else ())
    if not found:
        raise ReleaseNotFound(
            f"{begun.parts[wanted.primary].url} has no branch or tag that looks like a release",
            where=wanted.primary,
            remedy="run again with --version BRANCH",
        )
    return replace(begun, parts=parts, releases=found), source


def _templates(name: str, known: Mapping[str, str], wanted: Wish) -> dict[str, str]:
    """What a recipe says of a repository's refs: templates, or the one ref that every release takes."""
    found = {"branch": refs.branch_template(known), "tag": refs.tag_template(known)}
    if name == wanted.primary:
        return found
    fixed = wanted.refs.get(name) or ("" if any(found.values()) else refs.main_branch(known))
    return {"ref": fixed} if fixed else found


def _git(begun: Draft, wanted: Wish, bench: Workbench) -> GitSource:
    client = GitClient(bench.processes, bench.environ)
    return GitSource(
        _parsed(begun),
        bench.cache,
        client,
        wanted.locations,
        wanted.refs,
        once=bench.once,
        progress=bench.progress,
    )


def _with_roots(begun: Draft, wanted: Wish, looked: Sequence[Sequence[Worktree]], bench: Workbench) -> Draft:
    """The draft with import roots; looked: the work trees of each release."""
    with bench.progress.task("", Kind.RESOLVE, "imports"):
        found, counts = _found(wanted, looked, bench)
    text = "\n".join(looked[0][0].licenses().values())
    return replace(begun, folders=counts, license=licenses.identifier(text), found=united(found))


def _found(
    wanted: Wish, looked: Sequence[Sequence[Worktree]], bench: Workbench
) -> tuple[list[Found], dict[str, int]]:
    """The import roots that each release's work trees need, and how many protos are below each folder."""
    found, counts = [], dict.fromkeys(wanted.folders, 0)
    for trees in looked:
        by_name = {tree.repository: replace(tree, roots=(".",)) for tree in trees}
        paths = {name: tree.matching("**/*.proto") for name, tree in by_name.items()}
        entries = {}
        for folder in wanted.folders:
            below = [path for path in paths[wanted.primary] if folder == "." or path.startswith(f"{folder}/")]
            if not below:
                raise _no_protos(folder, wanted, paths[wanted.primary])
            counts[folder] = max(counts[folder], len(below))
            entries.update(dict.fromkeys((wanted.primary, path) for path in below))
        found.append(find_roots(_readable(by_name, paths, bench), tuple(entries)))
    return found, counts


def _readable(trees: Mapping[str, Worktree], paths: Mapping[str, Sequence[str]], bench: Workbench) -> Trees:
    @cache
    def read(place: Place) -> bytes:
        return trees[place[0]].find(place[1])[0].content

    return Trees(
        paths,
        read,
        lambda content: [each.name for each in scan_imports(content)],
        lambda name: descriptors.well_known(bench.protoc, name) is not None,
    )


def _trouble(source: Source, releases: Sequence[str], bench: Workbench) -> str:
    """Why the protos don't resolve; empty where they do."""
    try:
        for release in releases:
            closure.read(source, release, (), bench)
    except ProtogenError as error:
        return error.message
    return ""


def _no_protos(folder: str, wanted: Wish, paths: Sequence[str]) -> UsageError:
    tops = sorted({path.rpartition("/")[0] or "." for path in paths})
    there = f"; there are some in {', '.join(tops[:5])}{' …' if len(tops) > 5 else ''}" if tops else ""
    return UsageError(
        f"{wanted.primary} has no protos below {folder!r}{there}",
        where=f"--folder {folder}",
        remedy=f"run again with --folder {tops[0] if tops else 'FOLDER'}",
    )


def _only_folders(wanted: Wish, plain: Mapping[str, str]) -> None:
    for name, location in wanted.locations.items():
        if name not in plain and is_url(absolute(location)):
            first = next(iter(plain.values()))
            raise UsageError(
                f"{first} is a folder and {without_credentials(location)} a repository; they can't be mixed",
                where=f"--repo {name}",
                remedy=f"run git init and git commit in {first}, or give a folder for {name} too",
            )
    for location in plain.values():
        if not Path(location).is_dir():
            raise UsageError(
                f"{location} is neither a git repository nor a folder",
                where=location,
                remedy="give a URL, or a path of a repository or folder",
            )
    if wanted.refs or wanted.releases:
        raise UsageError(
            "folders are read as they are; --version and --ref mean nothing to them",
            where=next(iter(plain.values())),
            remedy="run again without --version and --ref",
        )


def _is_git(location: str) -> bool:
    return is_url(absolute(location)) or is_repository(Path(location))
