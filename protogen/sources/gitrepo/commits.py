"""The files of a commit that are wanted: fetched into a folder, and read from there.

The folder holds `files/`, and what else is known of the commit in `entry.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from protogen.errors import ReleaseNotFound, SourceRefused
from protogen.protos.license_files import is_license
from protogen.recipe.pins import Pin
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.pin_texts import go_module
from protogen.sources.gitrepo.pins import find_text
from protogen.sources.links import follow
from protogen.system.locations import without_credentials
from protogen.system.paths import check_relative, pattern
from protogen.system.process import Processes

FACTS = "entry.json"
_MAX_FILES = 50_000
MAX_FILE_BYTES = 20_000_000
MOST_AT_ONCE = 1_500
"""Protos of a commit that are fetched together. Of more, what is needed is asked for: a request or more for
each step from import to import, where one is enough for all."""
_MAX_LINK_BYTES = 4096


def fetch(client: GitClient, url: str, commit: str, ref: str, wanted: Sequence[str], bare: Path) -> None:
    """Fill the folder around bare, a repository that is made for it. wanted: path patterns, beside licenses.

    Of a commit with very many protos, these stay with the remote, where it can give them one by one; their
    blobs are told.
    Raises SourceUnreachable, SourceRefused, ReleaseNotFound.
    """
    from protogen.sources.gitrepo.objects import read_blobs, snapshot

    folder = bare.parent
    has_blobs = client.fetch(url, commit, ref, bare)

    run = client.reader(bare)
    tree = snapshot(run, commit)
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
    unfetched: dict[str, str] = {}
    if len(paths) > MOST_AT_ONCE and not has_blobs:
        unfetched = {path: id_ for path, id_ in paths.items() if _is_left(path)}
        paths = {path: id_ for path, id_ in paths.items() if path not in unfetched}
    ids = sorted({*paths.values(), *tree.links.values()})

    def fetch_files(ids: Iterable[str]) -> None:
        try:
            client.fetch_objects(url, ids, bare)
        except ReleaseNotFound as error:
            raise _without_file(url, commit, {**tree.blobs, **tree.links}, error) from None

    if not has_blobs:
        fetch_files(ids)
    targets = read_blobs(run, set(tree.links.values()), limit=_MAX_LINK_BYTES)
    links = {path: targets[id_].decode("utf-8", "surrogateescape") for path, id_ in tree.links.items()}
    linked = {
        path: id_
        for path, id_ in _linked(links, tree.blobs, is_wanted).items()
        if path not in paths and path not in unfetched
    }
    if linked and not has_blobs:
        fetch_files(sorted(set(linked.values()) - set(ids)))
    unusable |= _unusable(linked)
    paths |= {path: id_ for path, id_ in linked.items() if path not in unusable}
    contents = read_blobs(run, sorted(set(paths.values())), limit=MAX_FILE_BYTES)
    for path, id_ in paths.items():
        file = folder / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not write_new(file, contents[id_]):
            alike = [other for other in paths if other.casefold() == path.casefold()]
            unusable |= dict.fromkeys(alike, "another file's name differs from it by case only")
    known = {
        "committed": tree.committed,
        "links": links,
        "submodules": dict(tree.submodules),
        "unfetched": unfetched,
        "unusable": unusable,
        "url": without_credentials(url),
    }
    (folder / FACTS).write_text(json.dumps(known, sort_keys=True, indent=1) + "\n", encoding="utf-8")


def _without_file(url: str, commit: str, blobs: Mapping[str, str], error: ReleaseNotFound) -> SourceRefused:
    """That the remote has the commit, but not all of its files; one that git's words name is told."""
    place = without_credentials(url)
    lacking = next((path for path, id_ in blobs.items() if id_ in error.message), "")
    return SourceRefused(
        f"{place} has commit {commit[:12]}, but not its file {lacking or '(git names none)'}",
        where=place,
        remedy="name a complete copy of the repository with --repo NAME=URL",
    )


def facts(folder: Path) -> dict[str, Any]:
    """What is known of the commit beside its files: when it was made, links, submodules, unusable paths, and
    the blobs of the protos that weren't fetched with it, by path.
    """
    known: dict[str, Any] = json.loads((folder / FACTS).read_bytes())
    return known


def pinned(pin: Pin, folder: Path, processes: Processes) -> str:
    """What a pin of this commit names: a commit, the beginning of one, or a version; empty for none."""
    known = facts(folder)
    if pin.submodule:
        return str(known["submodules"].get(pin.submodule, ""))
    try:
        path = follow(pin.file, known["links"])
    except ValueError:
        return ""
    return pinned_in_text(replace(pin, file=path), folder / "files", processes)


def pinned_in_text(pin: Pin, folder: Path, processes: Processes) -> str:
    """The commit that a file of the folder names; empty for none, and where a submodule is the pin."""
    if not pin.file:
        return ""
    try:
        text = (folder / pin.file).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
    return go_module(text, pin.module) if pin.module else find_text(pin.pattern, text, processes)


def write_new(file: Path, content: bytes) -> bool:
    """Write a file unless one is there, which a file system may find under another spelling."""
    try:
        with file.open("xb") as new:
            new.write(content)
    except FileExistsError:
        return False
    return True


def _is_left(path: str) -> bool:
    return path.endswith(".proto") and not is_license(path)


def _unusable(paths: Iterable[str]) -> dict[str, str]:
    """The paths that no folder may be given, and why."""
    found = {}
    for path in paths:
        try:
            check_relative(path)
        except ValueError as error:
            found[path] = str(error)
    return found


def _linked(
    links: Mapping[str, str], blobs: Mapping[str, str], is_wanted: Callable[[str], bool]
) -> dict[str, str]:
    """The files that links of wanted names lead to, with ids. A license stands under the link's name."""
    found = {}
    for path in filter(is_wanted, links):
        with suppress(ValueError):
            final = follow(path, links)
            if final in blobs:
                found[path if is_license(path) else final] = blobs[final]
    return found
