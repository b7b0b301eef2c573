"""A recipe as text, with comments that say what was found, what was guessed and what is left to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.recipe import model

if TYPE_CHECKING:
    from protogen.analysis.draft.roots import Found, Place


_TRUTHS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_SHOWN = 30
_WIDTH = 400


@dataclass(frozen=True)
class Part:
    """One repository of the draft.

    ref: what every release takes, instead of branch and tag. note: what the url isn't yet; read: the ref
    that was looked at.
    """

    url: str
    branch: str = ""
    tag: str = ""
    read: str = ""
    note: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Draft:
    """All that a recipe says. primary: the repository of the entry points, first of parts.

    folders: where entry points are, with how many protos. releases: those that were looked at, none
    for folders. options: what a command line needs besides the recipe. file: what the recipe is
    called in comments. trouble: why the protos don't resolve, empty where they do.
    """

    primary: str
    parts: Mapping[str, Part]
    folders: Mapping[str, int]
    releases: tuple[str, ...] = ()
    license: str = ""
    found: Found | None = None
    options: str = ""
    file: str = "FILE"
    trouble: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)


def recipe_name(location: str) -> str:
    """A name for what is at a URL or path, by its last part."""
    last = location.rstrip("/").removesuffix(".git").rstrip("/")
    last = re.split(r"[/:]", last)[-1]
    plain = re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"api-{plain}".rstrip("-")
    return named[: model.MAX_NAME].rstrip("-")


def render(draft: Draft) -> str:
    """The recipe."""
    blocks = [_head(draft), _basics(draft), _repositories(draft), _entries(draft), _more(draft)]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks)


def unclear(draft: Draft) -> str:
    """What is left to do, in one line."""
    found = draft.found
    counts = (
        (len(found.missing) if found else 0, "imports are missing"),
        (len(found.doubtful) if found else 0, "imports fit several files"),
        (len(found.clashes) if found else 0, "imports clash"),
        (len(found.aliases) if found else 0, "files have several names"),
    )
    told = ", ".join(f"{count} {words}" for count, words in counts if count)
    if told:
        return f"{told}: see TO DO in it"
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


def _head(draft: Draft) -> list[str]:
    release = draft.releases[0] if draft.releases else "1.0"
    seen = f"{draft.primary} at {', '.join(draft.releases)}" if draft.releases else "folders"
    files = f": {draft.found.files} protos were found" if draft.found else ""
    lines = [
        f"A recipe for protogen, begun by `protogen recipe new` from {seen}{files}.",
        f"Check it:     protogen recipe validate {draft.file}",
        f"Make clients: protogen --recipe {draft.file} --version {release} --lang go{draft.options}",
    ]
    return [*map(_comment, lines), *_trouble(draft)]


def _trouble(draft: Draft) -> list[str]:
    found, lines = draft.found, [""]
    if found and found.missing:
        lines += ["TO DO: no repository holds these imports:"]
        lines += _some(f"  {name}, imported by {_place(by)}" for name, by in found.missing.items())
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
        lines += _some(f"  {_place(place)}: {', '.join(names)}" for place, names in found.aliases.items())
        lines += ["Leave out a root, or ask upstream to import them by one name."]
    if draft.trouble and len(lines) == 1:
        lines += [f"TO DO: it doesn't resolve yet: {draft.trouble}"]
    return [_comment(line) if line else "" for line in lines[: None if len(lines) > 1 else 0]]


def _basics(draft: Draft) -> list[str]:
    name = _scalar(draft.primary)
    title = quoted(draft.primary.replace("-", " ").replace("_", " ").title())
    spdx = (
        f"license: {quoted(draft.license)}  # as its LICENSE reads"
        if draft.license
        else "# license: Apache-2.0  # the API's license, an SPDX identifier"
    )
    return [
        "schema: 1",
        f"name: {name}  # packages take their names from it",
        f"title: {title}  # what texts call the API",
        spdx,
        f"releases: {name}  # the repository whose releases --version names",
    ]


def _repositories(draft: Draft) -> list[str]:
    lines = ["repositories:"]
    for name, part in draft.parts.items():
        roots = draft.found.roots.get(name, (".",)) if draft.found else (".",)
        lines += [f"  {_scalar(name)}:"]
        if part.note:
            lines += [f"    {_comment(part.note)}"]
        lines += [f"    url: {quoted(part.url)}"]
        if part.ref:
            lines += [f"    ref: {quoted(part.ref)}  # what every release takes"]
        else:
            lines += _template("branch", part.branch, "release-{major}.{minor}", "branches of release lines")
            lines += _template("tag", part.tag, "v{major}.{minor}.{patch}", "tags of releases")
        if name in draft.refs and not part.ref:
            lines += [f"    {_comment(f'Looked at by --ref {name}={draft.refs[name]}; runs need it too.')}"]
        at = f" at {part.read}" if part.read else ""
        lines += [
            f"    {_comment(f'Import roots, found by resolving imports{at}; a release may lack some.')}",
            f"    roots: [{', '.join(map(_scalar, roots))}]",
        ]
        if name != draft.primary and not part.ref:
            lines += [
                "    # Where the API pins a commit of this repository, if it does:",
                f"    # pins: [{{repository: {draft.primary}, submodule: third_party/{name}}}]",
            ]
    return lines


def _preference(name: str, places: tuple[Place, ...]) -> str:
    repository, path = places[0]
    root = path.removesuffix(name).rstrip("/") or "."
    return f"{{pattern: {quoted(name)}, repository: {repository}, root: {quoted(root)}}}"


def _template(key: str, template: str, example: str, of: str) -> list[str]:
    if template:
        return [f"    {key}: {quoted(template)}  # guessed from the {of}"]
    return [f"    # {key}: {quoted(example)}  # no {of} were recognised"]


def _entries(draft: Draft) -> list[str]:
    lines = ["# What clients are generated for; what these import comes along.", "entry_points:"]
    for folder, count in draft.folders.items():
        pattern = "**/*.proto" if folder == "." else f"{folder}/**/*.proto"
        lines += [
            f"  - {{repository: {_scalar(draft.primary)}, pattern: {quoted(pattern)}}}  # {count} protos"
        ]
    return lines


def _more(draft: Draft) -> list[str]:
    lines = [
        "Extra entry points, added by --with admin:",
        "groups:",
        "  admin:",
        f"    - {{repository: {draft.primary}, pattern: admin/*.proto}}",
        "",
        "What packages are called; the defaults follow from the name above:",
        "languages:",
        "  go: {module: example.com/team/NAME}",
        "  java: {group: com.example.team, artifact: NAME}",
        "  python: {package: NAME_client, distribution: NAME-client}",
    ]
    return [_comment(line.replace("NAME", draft.primary)) for line in lines]


def _some(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    return every[:_SHOWN] + ([f"  … and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else [])


def _place(place: Place) -> str:
    return ":".join(place)


def _places(places: Iterable[Place]) -> str:
    return ", ".join(map(_place, places))
