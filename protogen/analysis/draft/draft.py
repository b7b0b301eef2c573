"""Drafting a recipe from repositories or folders: reading them, and finding out whether it resolves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.analysis.draft import licenses, refs
from protogen.analysis.draft.roots import Trees, find_roots, united
from protogen.analysis.draft.text import Draft, Part, render
from protogen.errors import ProtogenError, ReleaseNotFound, UsageError
from protogen.protos import descriptors
from protogen.protos.imports import scan_imports
from protogen.protos.protoc import Protoc
from protogen.recipe import model
from protogen.sources import read
from protogen.sources.folder import FolderSource
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource, is_repository
from protogen.sources.worktree import Worktree
from protogen.system.locations import absolute, is_url, without_credentials
from protogen.system.parallel import threads
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.analysis.draft.roots import Found, Place
    from protogen.analysis.draft.wish import Wish
    from protogen.recipe.model import Recipe
    from protogen.releases.release import Release
    from protogen.sources.base import Source
    from protogen.system.context import Context


def draft(wanted: Wish, context: Context) -> Draft:
    """The recipe's draft: templates guessed, import roots found, and tried.

    Raises what reading the repositories raises, and UsageError where the folders hold no protos.
    """
    plain = {name: each for name, each in wanted.locations.items() if not _is_git(each)}
    begun = _begin(wanted)
    if plain:
        _only_folders(wanted, plain)
        trees = [Worktree(name, Path(each).absolute(), (".",)) for name, each in wanted.locations.items()]
        made = _with_roots(_with_folders(begun, wanted), wanted, [trees], context)
        folders = {name: absolute(each) for name, each in wanted.locations.items()}
        return replace(made, trouble=_trouble(FolderSource(_parsed(made), folders), ("1.0",), context))
    begun, source = _with_refs(begun, wanted, context)
    looked = []
    for release in begun.releases:
        with context.progress.task(release, Kind.READ, "protos"):
            resolved, trees = source.trees(release)
        begun = _with_places(begun, resolved)
        looked.append(trees)
    made = _with_roots(begun, wanted, looked, context)
    return replace(made, trouble=_trouble(replace(source, recipe=_parsed(made)), made.releases, context))


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
    return model.parse(render(made), made.file)


def _with_refs(begun: Draft, wanted: Wish, context: Context) -> tuple[Draft, GitSource]:
    """The draft with templates and the release to look at, and the source to read that from."""
    bare = _git(begun, wanted, context)
    with threads(len(begun.parts), context.processes) as pool:
        known = dict(zip(begun.parts, pool.map(bare.listing, begun.parts), strict=True))
    parts = {
        name: replace(part, **_templates(name, known[name].refs, wanted))
        for name, part in begun.parts.items()
    }
    source = _git(replace(begun, parts=parts), wanted, context)
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


def _git(begun: Draft, wanted: Wish, context: Context) -> GitSource:
    client = GitClient(context.processes, context.environ)
    return GitSource(
        _parsed(begun),
        context.cache,
        client,
        wanted.locations,
        wanted.refs,
        once=context.once,
        progress=context.progress,
    )


def _with_roots(begun: Draft, wanted: Wish, looked: Sequence[Sequence[Worktree]], context: Context) -> Draft:
    """The draft with import roots; looked: the work trees of each release."""
    with context.progress.task("", Kind.RESOLVE, "imports"):
        found, counts = _found(wanted, looked, context)
    text = "\n".join(looked[0][0].licenses().values())
    return replace(begun, folders=counts, license=licenses.identifier(text), found=united(found))


def _found(
    wanted: Wish, looked: Sequence[Sequence[Worktree]], context: Context
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
        found.append(find_roots(_readable(by_name, paths, context), tuple(entries)))
    return found, counts


def _readable(trees: Mapping[str, Worktree], paths: Mapping[str, Sequence[str]], context: Context) -> Trees:
    @cache
    def read(place: Place) -> bytes:
        return trees[place[0]].find(place[1])[0].content

    return Trees(
        paths,
        read,
        lambda content: [each.name for each in scan_imports(content)],
        lambda name: descriptors.well_known(Protoc(context.processes), name) is not None,
    )


def _trouble(source: Source, releases: Sequence[str], context: Context) -> str:
    """Why the protos don't resolve; empty where they do."""
    try:
        for release in releases:
            read(source, release, (), context)
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
