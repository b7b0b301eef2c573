"""A drafted recipe as text; comments say what was found, what was guessed and what is left to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.system.locations import absolute

if TYPE_CHECKING:
    from protogen.analysis.draft.options import DraftOptions
    from protogen.analysis.draft.roots import Found, Place


_TRUTHS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_SHOWN = 30
_WIDTH = 400
_MORE = """\
Extra entry points, added by --with admin:
groups:
  admin:
    - {repository: NAME, pattern: admin/*.proto}

What packages are called; the defaults follow from the name above:
languages:
  go: {module: example.com/team/NAME}
  java: {group: com.example.team, artifact: NAME}
  python: {package: NAME_client, distribution: NAME-client}"""


@dataclass(frozen=True)
class Part:
    """One repository of the draft."""

    url: str
    branch: str = ""
    tag: str = ""
    read: str = ""
    """The refs that were looked at."""
    ref: str = ""
    """What every release takes, instead of branch and tag."""


@dataclass(frozen=True)
class Draft:
    """All that a recipe says."""

    options: DraftOptions
    parts: Mapping[str, Part]
    """The repositories, that of the entry points first."""
    folders: Mapping[str, int]
    """Where entry points are, with how many protos."""
    releases: tuple[str, ...] = ()
    """Those that were looked at; none for folders."""
    license: str = ""
    found: Found | None = None
    trouble: str = ""
    """Why the protos don't resolve; empty where they do."""


def render(draft: Draft) -> str:
    """The recipe."""
    name = draft.options.primary
    blocks = [
        [*map(_comment, _head(draft)), *(_comment(line) if line else "" for line in _left(draft))],
        _basics(draft, name),
        ["repositories:", *(line for each in draft.parts for line in _repository(draft, each))],
        _entries(draft, name),
        map(_comment, _MORE.replace("NAME", name).splitlines()),
    ]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks)


def unclear(draft: Draft) -> str:
    """What is left to do, in one line."""
    found = draft.found
    problems = (
        (found and found.missing, "imports are missing"),
        (found and found.doubtful, "imports fit several files"),
        (found and found.clashes, "imports clash"),
        (found and found.aliases, "files have several names"),
    )
    counts = ", ".join(f"{len(each)} {words}" for each, words in problems if each)
    if counts:
        return f"{counts}: see TO DO in it"
    if draft.trouble:
        return f"it doesn't resolve yet: {draft.trouble}"
    return f"{found.files if found else 0} protos, every import found"


def quoted(text: str) -> str:
    """A YAML scalar that is this text, whatever it holds."""
    escapes = {'"': '\\"', "\\": "\\\\"}
    written = "".join(
        escapes.get(each) or (each if each.isprintable() else f"\\U{ord(each):08x}") for each in text
    )
    return f'"{written}"'


def _scalar(text: str) -> str:
    """The text as a YAML scalar, without quotes where it can't be taken for anything else."""
    plain = re.fullmatch(r"\.|[a-z][\w./-]*", text) and text not in _TRUTHS
    return text if plain else quoted(text)


def _comment(text: str) -> str:
    """A line of comment: what can't be printed, such as a line end out of a proto, is replaced."""
    plain = "".join(each if each.isprintable() else "?" for each in text)
    return f"# {plain[:_WIDTH]}".rstrip()


def _head(draft: Draft) -> Iterator[str]:
    options, primary = draft.options, draft.options.primary
    if draft.releases:
        release, seen = draft.releases[0], f"{primary} at {', '.join(draft.releases)}"
        more = f" --ref {primary}={options.refs[primary]}" if primary in options.refs else ""
    else:
        release, seen = "1.0", "folders"
        repositories = (f" --repo {name}={absolute(each)}" for name, each in options.locations.items())
        more = f" --source folder{''.join(repositories)}"
    files = f": {draft.found.files} protos were found" if draft.found else ""
    yield f"A recipe for protogen, begun by `protogen recipe new` from {seen}{files}."
    yield f"Check it:     protogen recipe validate {options.file}"
    yield f"Make clients: protogen --recipe {options.file} --version {release} --lang go{more}"


def _left(draft: Draft) -> list[str]:
    """What is left to do, with what is concerned; nothing where there is nothing."""
    found = draft.found
    lines: list[str] = []
    if found and found.missing:
        lines += ["TO DO: no repository holds these imports:"]
        lines += _some(f"  {name}, imported by {':'.join(by)}" for name, by in found.missing.items())
        lines += ["Name the one that does: run again with --repo NAME=URL, or add it below."]
    if found and found.doubtful:
        lines += ["TO DO: these imports fit several files with different content; the first was taken:"]
        lines += _some(f"  {name}: {_places(places)}" for name, places in found.doubtful.items())
        lines += ["Where another one is meant, correct the roots below."]
    if found and found.clashes:
        lines += ["TO DO: these imports are in two roots with different content, which protogen refuses"]
        lines += ["unless they are the same to a compiler:"]
        lines += _some(f"  {name}: {_places(places)}" for name, places in found.clashes.items())
        lines += ["Leave out a root, or choose refs that match, or say which one counts:"]
        lines += [f"  prefer: [{', '.join(_some(_preference(*each) for each in found.clashes.items()))}]"]
    if found and found.aliases:
        lines += ["TO DO: these files are imported by several names, so that their messages stand twice:"]
        lines += _some(f"  {':'.join(place)}: {', '.join(names)}" for place, names in found.aliases.items())
        lines += ["Leave out a root, or ask upstream to import them by one name."]
    if draft.trouble and not lines:
        lines += [f"TO DO: it doesn't resolve yet: {draft.trouble}"]
    return ["", *lines] if lines else []


def _some(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    return every[:_SHOWN] + ([f"  … and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else [])


def _places(places: Iterable[Place]) -> str:
    return ", ".join(map(":".join, places))


def _preference(name: str, places: tuple[Place, ...]) -> str:
    repository, path = places[0]
    root = path.removesuffix(name).rstrip("/") or "."
    return f"{{pattern: {quoted(name)}, repository: {repository}, root: {quoted(root)}}}"


def _basics(draft: Draft, name: str) -> list[str]:
    title = quoted(name.replace("-", " ").replace("_", " ").title())
    spdx = (
        f"license: {quoted(draft.license)}  # as its LICENSE reads"
        if draft.license
        else "# license: Apache-2.0  # the API's license, an SPDX identifier"
    )
    return [
        "schema: 1",
        f"name: {_scalar(name)}  # packages take their names from it",
        f"title: {title}  # what texts call the API",
        spdx,
        f"releases: {_scalar(name)}  # the repository whose releases --version names",
    ]


def _repository(draft: Draft, name: str) -> Iterator[str]:
    part, primary, refs = draft.parts[name], draft.options.primary, draft.options.refs
    roots = draft.found.roots.get(name, (".",)) if draft.found else (".",)
    yield f"  {_scalar(name)}:"
    if not draft.releases:
        yield "    # A folder: give the repository's URL instead, or keep --source folder."
    yield f"    url: {quoted(part.url)}"
    if part.ref:
        yield f"    ref: {quoted(part.ref)}  # what every release takes"
    else:
        yield _template("branch", part.branch, "release-{major}.{minor}", "branches of release lines")
        yield _template("tag", part.tag, "v{major}.{minor}.{patch}", "tags of releases")
        if name in refs:
            yield f"    {_comment(f'Looked at by --ref {name}={refs[name]}; runs need it too.')}"
    at = f" at {part.read}" if part.read else ""
    yield f"    {_comment(f'Import roots, found by resolving imports{at}; a release may lack some.')}"
    yield f"    roots: [{', '.join(map(_scalar, roots))}]"
    if name != primary and not part.ref:
        yield "    # Where the API pins a commit of this repository, if it does:"
        yield f"    # pins: [{{repository: {primary}, submodule: third_party/{name}}}]"


def _template(key: str, template: str, example: str, of: str) -> str:
    if template:
        return f"    {key}: {quoted(template)}  # guessed from the {of}"
    return f"    # {key}: {quoted(example)}  # no {of} were recognised"


def _entries(draft: Draft, name: str) -> Iterator[str]:
    yield "# What clients are generated for; what these import comes along."
    yield "entry_points:"
    for folder, count in draft.folders.items():
        pattern = "**/*.proto" if folder == "." else f"{folder}/**/*.proto"
        yield f"  - {{repository: {_scalar(name)}, pattern: {quoted(pattern)}}}  # {count} protos"
