"""Drafting a recipe from repositories or folders: reading them, and finding out whether it resolves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from protogen.analysis.draft import guesses
from protogen.analysis.draft.options import DraftOptions
from protogen.analysis.draft.pins import FILES, find_pins
from protogen.analysis.draft.roots import Found, Place, Trees, aside_folder, find_roots, united
from protogen.analysis.draft.text import Draft, Part, render
from protogen.errors import ProtogenError, ReleaseNotFound, UsageError
from protogen.protos import descriptors
from protogen.protos.closure import close
from protogen.protos.imports import scan_imports
from protogen.protos.protoc import Protoc
from protogen.recipe import model, public
from protogen.recipe.model import Recipe
from protogen.recipe.roots import Root
from protogen.releases.names import main_branch
from protogen.releases.release import Release
from protogen.sources.base import Source
from protogen.sources.folder import FolderSource
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource, is_repository
from protogen.sources.selection import Selection
from protogen.sources.worktree import Worktree
from protogen.system.context import Context
from protogen.system.locations import absolute, is_url, without_credentials
from protogen.system.parallel import threads
from protogen.system.progress import Kind


def draft(options: DraftOptions, context: Context) -> Draft:
    """The recipe's draft: templates guessed, import roots found, and tried.

    Raises what reading the repositories raises, and UsageError where the folders hold no protos.
    """
    parts = {name: Part(without_credentials(absolute(each))) for name, each in options.locations.items()}
    begun = Draft(options, parts, dict.fromkeys(options.folders, 0))
    plain = {name: each for name, each in options.locations.items() if not _is_git(each)}
    if plain:
        _check_folders(options, plain)
        top = (Root("."),)
        trees = [Worktree(name, Path(each).absolute(), top) for name, each in options.locations.items()]
        made = _with_public(_with_roots(begun, [trees], context))
        if made.unread:
            # The folders alone don't resolve, and nothing else is fetched for them.
            return replace(
                made, untried=f"{', '.join(dict.fromkeys(made.unread.values()))} is no folder here"
            )
        folders = {name: absolute(each) for name, each in options.locations.items()}
        return replace(made, trouble=_trouble(FolderSource(_parsed(made), folders), ("1.0",), context))
    begun, source = _with_refs(begun, context)
    made = _read(begun, source, context)
    made = _pinned(made, begun, context)
    while (more := _with_public(made)) is not made:
        try:
            again = _read(replace(more, found=Found({})), _git(more, context), context)
        except ProtogenError as error:
            # A host that can't be reached now: that it holds the imports is known all the same.
            return replace(more, untried=error.message)
        if again.found.missing.keys() & more.unread.keys():
            return replace(again, unread=more.unread)
        made = again
    return replace(made, trouble=_trouble(_git(made, context), made.releases, context))


def _pinned(made: Draft, begun: Draft, context: Context) -> Draft:
    """The draft with the pins that the first repository has of the others, where they resolve no less."""
    options, primary = made.options, made.options.primary
    fixed = [name for name in made.parts if name != primary and name not in options.refs]
    if not fixed:
        return made
    try:
        submodules, files = _dependencies(begun, context)
    except ProtogenError:
        return made
    parts = dict(begun.parts)
    for name in fixed:
        part = parts[name]
        found = find_pins(name, part.url, primary, submodules, files)
        if found and part.ref:
            parts[name] = replace(part, ref="", pins=found, by_date=part.ref)
        elif found:
            parts[name] = replace(part, pins=found)
    if "buf.lock" in files:
        made = replace(
            made, notes=("buf.lock pins modules of buf's registry, which no pin of a recipe can say.",)
        )
    if parts == begun.parts:
        return made
    pinned = replace(begun, parts=parts, notes=made.notes)
    try:
        again = _read(pinned, _git(pinned, context), context)
    except ProtogenError:
        return made
    return again if len(again.found.missing) <= len(made.found.missing) else made


def _dependencies(begun: Draft, context: Context) -> tuple[Collection[str], dict[str, str]]:
    """The submodules of the first repository, and its files of dependencies that are there."""
    primary = begun.options.primary
    part = begun.parts[primary]
    # Files are fetched that pins name; the same repository under another name is what they would pin.
    pins = tuple(f"{{repository: {primary}, file: {file}, pattern: '(x)'}}" for file in FILES)
    asking = replace(
        begun, parts={primary: part, f"{primary[:50].rstrip('-_')}-itself": replace(part, pins=pins)}
    )
    _, read = _git(asking, context).choose(begun.releases[0], ())
    tree = next(each for each in read() if each.repository == primary)
    files = {file: tree.folder / file for file in FILES}
    there = {file: path.read_text("utf-8", "replace") for file, path in files.items() if path.is_file()}
    return tree.submodules, there


def _read(begun: Draft, source: GitSource, context: Context) -> Draft:
    """The draft with what the repositories hold at its releases."""
    looked = []
    for release in begun.releases:
        with context.progress.task(release, Kind.READ, "protos"):
            resolved, trees = source.trees(release)
        begun = _with_places(begun, resolved)
        looked.append(trees)
    return _with_roots(begun, looked, context)


def _with_public(made: Draft) -> Draft:
    """The draft with the public repositories that hold what is missing, if there are some."""
    parts, unread = dict(made.parts), dict(made.unread)
    for name in made.found.missing:
        holder = public.holder(name)
        if holder and holder.name not in made.parts:
            parts[holder.name] = Part(holder.url, ref=holder.ref, is_public=True)
            unread[name] = holder.name
    if len(parts) == len(made.parts):
        return made
    missing = {name: by for name, by in made.found.missing.items() if name not in unread}
    return replace(made, parts=parts, unread=unread, found=replace(made.found, missing=missing))


def _is_git(location: str) -> bool:
    return is_url(absolute(location)) or is_repository(Path(location))


def _check_folders(options: DraftOptions, plain: Mapping[str, str]) -> None:
    """Refuse folders beside repositories, what isn't there, and options that mean nothing to folders."""
    first = next(iter(plain.values()))
    for name, location in options.locations.items():
        if name not in plain and is_url(absolute(location)):
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
    if options.refs or options.releases:
        raise UsageError(
            "folders are read as they are; --version and --ref mean nothing to them",
            where=first,
            remedy="run again without --version and --ref",
        )


def _parsed(made: Draft) -> Recipe:
    return model.parse(render(made), made.options.file)


def _with_refs(begun: Draft, context: Context) -> tuple[Draft, GitSource]:
    """The draft with templates and the release to look at, and the source to read that from."""
    options, primary = begun.options, begun.options.primary
    bare = _git(begun, context)
    with threads(len(begun.parts), context.processes) as pool:
        known = dict(zip(begun.parts, pool.map(bare.listing, begun.parts), strict=True))
    parts = {
        name: replace(part, **_templates(name, known[name].refs, options))
        for name, part in begun.parts.items()
    }
    source = _git(replace(begun, parts=parts), context)
    listings = {name: source.listing(name) for name in parts}
    offered = guesses.candidates(listings[primary])
    apart = {
        name: f"its releases aren't numbered as those of {primary}"
        for name, each in listings.items()
        if not parts[name].ref and not guesses.is_versioned_with(each, listings[primary])
    }
    matched = {name: each for name, each in listings.items() if not parts[name].ref and name not in apart}
    newest = guesses.newest_shared(offered, primary, matched) or next(iter(offered), "")
    found = options.releases or ((newest,) if newest else ())
    for name, release in ((name, release) for name in matched if name != primary for release in found):
        pair = {primary: listings[primary], name: matched[name]}
        if not guesses.newest_shared((release,), primary, pair):
            apart.setdefault(name, f"it has nothing like {release}")
    for name, why in apart.items():
        if fixed := main_branch(known[name].refs):
            parts[name] = Part(parts[name].url, ref=fixed, why=why)
    source = _git(replace(begun, parts=parts), context)
    if not found:
        raise ReleaseNotFound(
            f"{begun.parts[primary].url} has no branch or tag that looks like a release",
            where=primary,
            remedy="run again with --version BRANCH",
        )
    return replace(begun, parts=parts, releases=found), source


def _git(begun: Draft, context: Context) -> GitSource:
    options, client = begun.options, GitClient(context.processes, context.environ, once=context.once)
    selection = Selection(_parsed(begun), repositories=options.locations, refs=options.refs)
    return GitSource(selection, context, client)


def _templates(name: str, known: Mapping[str, str], options: DraftOptions) -> dict[str, Any]:
    """What a recipe says of a repository's refs: templates, or the one ref that every release takes."""
    tags = guesses.tag_template(known)
    found = {"branch": guesses.branch_template(known), "tag": tags[0] if len(tags) == 1 else tags}
    if name == options.primary:
        return found
    fixed = options.refs.get(name) or ("" if any(found.values()) else main_branch(known))
    why = "--ref says so" if name in options.refs else "no branch or tag looks like a release"
    return {"ref": fixed, "why": why} if fixed else found


def _with_places(begun: Draft, resolved: Release) -> Draft:
    """The draft with the refs that were looked at."""
    parts = dict(begun.parts)
    for each in resolved.repositories:
        known, ref = parts[each.name].read, each.ref.split("/", 2)[-1] or each.commit
        read_refs = ", ".join(dict.fromkeys(filter(None, (known, ref))))
        parts[each.name] = replace(parts[each.name], read=read_refs)
    return replace(begun, parts=parts)


def _with_roots(begun: Draft, looked: Sequence[Sequence[Worktree]], context: Context) -> Draft:
    """The draft with import roots and license; looked: the work trees of each release."""
    found: list[Found] = []
    counts = dict(begun.folders)
    excluded: dict[str, tuple[str, ...]] = {}
    with context.progress.task("", Kind.RESOLVE, "imports"):
        for each in looked:
            trees = {tree.repository: replace(tree, roots=(Root("."),)) for tree in each}
            paths = {name: tree.match("**/*.proto")[0] for name, tree in trees.items()}
            entries, aside = _entry_points(begun.options, paths)
            excluded = {folder: (*excluded.get(folder, ()), *each) for folder, each in aside.items()}
            counts = {folder: max(counts[folder], len(entries[folder])) for folder in counts}
            places = dict.fromkeys(place for below in entries.values() for place in below)
            found.append(find_roots(_readable(trees, paths, context), tuple(places)))
    text = "\n".join(looked[0][0].licenses().values())
    excluded = {folder: tuple(sorted({*each})) for folder, each in excluded.items()}
    identifier = guesses.license_identifier(text)
    return replace(begun, folders=counts, excluded=excluded, license=identifier, found=united(found))


def _entry_points(
    options: DraftOptions, paths: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[Place]], dict[str, set[str]]]:
    """The protos below each folder, and the patterns of those that are for tests and the like.

    Raises UsageError where there are none.
    """
    found, aside, there = {}, {}, paths[options.primary]
    for folder in options.folders:
        below = [path for path in there if folder == "." or path.startswith(f"{folder}/")]
        if not below:
            tops = sorted({path.rpartition("/")[0] or "." for path in there})
            some = f"; there are some in {', '.join(tops[:5])}{' …' if len(tops) > 5 else ''}" if tops else ""
            raise UsageError(
                f"{options.primary} has no protos below {folder!r}{some}",
                where=f"--folder {folder}",
                remedy=f"run again with --folder {tops[0] if tops else 'FOLDER'}",
            )
        left_out = {path: each for path in below if (each := aside_folder(path, folder))}
        left_out = left_out if len(left_out) < len(below) else {}
        aside[folder] = {f"{each}/**" for each in left_out.values()}
        found[folder] = [(options.primary, path) for path in below if path not in left_out]
    return found, aside


def _readable(trees: Mapping[str, Worktree], paths: Mapping[str, Sequence[str]], context: Context) -> Trees:
    protoc = Protoc(context.processes)

    @cache
    def content(place: Place) -> bytes:
        return trees[place[0]].find(place[1])[0].content

    def want(places: Iterable[Place]) -> None:
        wanted = list(places)
        for name, tree in trees.items():
            tree.want(path for repository, path in wanted if repository == name)

    return Trees(
        paths,
        content,
        lambda text: [each.name for each in scan_imports(text)],
        lambda name: descriptors.well_known(protoc, name) is not None,
        want,
        lambda name: public.holder(name) is not None,
    )


def _trouble(source: Source, releases: Sequence[str], context: Context) -> str:
    """Why the protos don't resolve; empty where they do."""
    try:
        for release in releases:
            close(source.find(release, ()).read, release, context)
    except ProtogenError as error:
        return error.message
    return ""
