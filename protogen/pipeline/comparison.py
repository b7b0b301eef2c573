"""A package as it would be made beside the one in the tree: which files differ, and how."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.publish.line_ends import differ_only, keep
from protogen.publish.run import publish
from protogen.publish.tree import MANIFEST
from protogen.system.files import digest

if TYPE_CHECKING:
    from protogen.publish.target import Published, Target


_LINES_OF_A_FILE = 40
_LINES_IN_ALL = 400


@dataclass(frozen=True)
class Comparison:
    """How one package in the tree differs from what is made now."""

    language: str
    out: Path
    added: tuple[str, ...]
    """Files that it lacks."""
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    """Files that protogen no longer makes."""
    diff: tuple[str, ...]
    converted: tuple[str, ...] = ()
    """Of those that changed, the files that did in their line ends only."""

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that differs."""
        return tuple(sorted({*self.added, *self.changed, *self.removed}))

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.files


def compare(targets: Sequence[Target]) -> tuple[Comparison, ...]:
    """Each target beside what is in its folder; nothing is written.

    Raises OutputInTheWay where an interrupted publish must be completed first.
    """
    published = publish(targets, force=True, dry_run=True)
    return tuple(_compare(target, found) for target, found in zip(targets, published, strict=True))


def text(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """The differing files, and a unified diff of them, cut where it gets long."""
    for each in comparisons:
        for mark, names in (("+", each.added), ("~", each.changed), ("-", each.removed)):
            yield from (f"{mark} {each.out / name}{_ends(each, name)}" for name in names)
        yield from each.diff


def github(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Annotations as GitHub reads them from a job's output."""
    for each in comparisons:
        for what, names in _findings(each):
            for name in names:
                place = _escaped(str(each.out / name))
                yield f"::error file={place},title=protogen check::{what}; run protogen"


def gitlab(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """A report of code quality as GitLab reads it."""
    return [
        {
            "description": f"{what}; run protogen",
            "check_name": "protogen check",
            "fingerprint": digest(f"{what}\0{each.out / name}"),
            "severity": "major",
            "location": {"path": str(each.out / name), "lines": {"begin": 1}},
        }
        for each in comparisons
        for what, names in _findings(each)
        for name in names
    ]


def _findings(each: Comparison) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("this generated file is missing", each.added),
        (
            "this generated file differs from what protogen makes",
            tuple(name for name in each.changed if name not in each.converted),
        ),
        ("this generated file differs from what protogen makes in its line ends only", each.converted),
        ("this file is no longer generated", each.removed),
    )


def _compare(target: Target, found: Published) -> Comparison:
    added = tuple(name for name in found.written if not (target.out / name).is_file())
    changed = tuple(name for name in found.written if name not in added)
    if not found.written and not found.removed and found.status != "unchanged":
        changed = (MANIFEST,)
    converted = tuple(
        name
        for name in changed
        if name in target.tree and differ_only((target.out / name).read_bytes(), target.tree[name])
    )
    diff: list[str] = []
    for name in changed:
        if name not in (MANIFEST, *converted) and len(diff) < _LINES_IN_ALL:
            diff += _diff(str(target.out / name), (target.out / name).read_bytes(), target.tree[name])
    return Comparison(target.language, target.out, added, changed, found.removed, tuple(diff), converted)


def _ends(each: Comparison, name: str) -> str:
    return " (line ends only)" if name in each.converted else ""


def remedy(comparisons: Sequence[Comparison]) -> str:
    """What makes packages the same again."""
    differing = [each for each in comparisons if not each.same]
    kept = keep(each.out for each in differing if each.converted)
    if kept and all(set(each.files) <= {*each.converted, MANIFEST} for each in differing):
        return f"{kept} && protogen with the same options and --force: git converted line ends"
    return "protogen, with the same options, and commit what it writes"


def _diff(name: str, before: bytes, after: bytes) -> list[str]:
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return [f"binary files differ: {name}"]
    lines = list(difflib.unified_diff(old, new, name, f"{name} as generated", lineterm="", n=1))
    cut = len(lines) - _LINES_OF_A_FILE
    return lines if cut <= 0 else [*lines[:_LINES_OF_A_FILE], f"… {cut} more lines"]


def _escaped(value: str) -> str:
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        value = value.replace(character, code)
    return value
