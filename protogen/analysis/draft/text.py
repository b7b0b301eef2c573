"""A drafted recipe as text; comments say what was found, what was guessed and what is left to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from protogen.analysis.draft.options import DraftOptions
from protogen.analysis.draft.roots import Found, Place
from protogen.releases.templates import Templates, several
from protogen.system.locations import absolute
from protogen.system.text import printable

_TRUTHS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_SHOWN = 30
_WIDTH = 400
_TEMPLATE = Path(__file__).parent / "recipe.yaml.jinja"


@dataclass(frozen=True)
class Part:
    """One repository of the draft."""

    url: str
    branch: str = ""
    tag: Templates = ""
    read: str = ""
    """The refs that were looked at."""
    ref: str = ""
    """What every release takes, instead of branch and tag."""
    why: str = ""
    """Why that ref, or nothing of branches and tags."""
    pins: tuple[str, ...] = ()
    """Where the API pins it, as a recipe has it."""
    by_date: str = ""
    """The branch whose commits serve releases without a pin."""
    is_public: bool = False
    """Whether it is one that protogen knows."""


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
    found: Found = field(default_factory=lambda: Found({}))
    unread: Mapping[str, str] = field(default_factory=dict)
    """Imports that public repositories were added for, with the name of each."""
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Patterns of what is no entry point, by folder."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing."""
    untried: str = ""
    """Why it wasn't tried whole; empty where it was."""
    trouble: str = ""
    """Why the protos don't resolve; empty where they do."""


def render(draft: Draft) -> str:
    """The recipe."""
    import jinja2

    environment = jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, quoted by the filters
    )
    environment.filters |= {"quoted": quoted, "scalar": _scalar, "comment": _comment, "tags": _tags}
    facts = {each.name: getattr(draft, each.name) for each in fields(draft)}
    release, seen, more = _origin(draft)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        **facts,
        name=draft.options.primary,
        title=draft.options.primary.replace("-", " ").replace("_", " ").title(),
        release=release,
        seen=seen,
        more=more,
        files=f": {draft.found.files} protos were found" if draft.found.files else "",
        left=_left(draft),
        imported=_imported(draft),
        roots={name: _roots(draft, name) for name in draft.parts},
        plain=re.sub(r"\W+", "_", draft.options.primary),
    )


def unclear(draft: Draft) -> str:
    """What is left to do, in one line."""
    found = draft.found
    problems = (
        (found.missing, "imports are missing"),
        (found.doubtful, "imports fit several files"),
        (found.clashes, "imports clash"),
    )
    counts = ", ".join(f"{len(each)} {text}" for each, text in problems if each)
    if counts:
        return f"{counts}: see TO DO in it"
    if draft.trouble:
        return f"it doesn't resolve yet: {draft.trouble}"
    if draft.untried:
        return f"{found.files} protos; not tried whole: {draft.untried}"
    return f"{found.files} protos, every import found"


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


def _tags(templates: Templates) -> str:
    """One template, or a list of them."""
    written = [quoted(each) for each in several(templates)]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _comment(text: str) -> str:
    """A line of comment: what can't be printed, such as a line end out of a proto, is replaced."""
    return f"# {printable(text)[:_WIDTH]}".rstrip()


def _origin(draft: Draft) -> tuple[str, str, str]:
    """A release to try, what was looked at, and what a run needs besides."""
    options, primary = draft.options, draft.options.primary
    if draft.releases:
        more = f" --ref {primary}={options.refs[primary]}" if primary in options.refs else ""
        return draft.releases[0], f"{primary} at {', '.join(draft.releases)}", more
    repositories = (f" --repo {name}={absolute(each)}" for name, each in options.locations.items())
    return "1.0", "folders", f" --source folder{''.join(repositories)}"


def _imported(draft: Draft) -> dict[str, str]:
    """The first import that each public repository was added for."""
    names = sorted(draft.unread, reverse=True)
    return {draft.unread[name]: name for name in names}


def _roots(draft: Draft, name: str) -> str:
    """The import roots of a repository, those with a prefix first."""
    found = draft.found
    plain = found.roots.get(name, (".",))
    mounts = [
        f"{{path: {_scalar(each.path)}, as: {_scalar(each.as_)}}}" for each in found.mounts.get(name, ())
    ]
    return f"[{', '.join((*mounts, *map(_scalar, plain)))}]"


def _left(draft: Draft) -> list[str]:
    """What is left to do, with what is concerned; nothing where there is nothing."""
    found = draft.found
    lines: list[str] = []
    if found.missing:
        lines += ["TO DO: no repository holds these imports:"]
        lines += _some(f"  {name}, imported by {':'.join(by)}" for name, by in found.missing.items())
        lines += ["Name the one that does: run again with --repo NAME=URL, or add it below."]
    if found.doubtful:
        lines += ["TO DO: these imports fit several files with different content; the first was taken:"]
        lines += _some(f"  {name}: {_places(places)}" for name, places in found.doubtful.items())
        lines += ["Where another one is meant, correct the roots below."]
    if found.clashes:
        lines += ["TO DO: these imports are in two roots with different content, which protogen refuses"]
        lines += ["unless they are the same to a compiler:"]
        lines += _some(f"  {name}: {_places(places)}" for name, places in found.clashes.items())
        lines += ["Leave out a root, or choose refs that match, or say which one counts:"]
        lines += [f"  prefer: [{', '.join(_some(_preference(*each) for each in found.clashes.items()))}]"]
    lines += draft.notes
    if draft.untried:
        lines += [f"It wasn't tried whole: {draft.untried}"]
    if draft.trouble and not any(line.startswith("TO DO") for line in lines):
        lines += [f"TO DO: it doesn't resolve yet: {draft.trouble}"]
    if found.aliases:
        lines += ["These files are imported by several names; protogen compiles each once, by one of them:"]
        lines += _some(f"  {':'.join(place)}: {', '.join(names)}" for place, names in found.aliases.items())
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
