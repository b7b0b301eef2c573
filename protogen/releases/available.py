"""The releases that a source has, and the part of them that is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from protogen.errors import ReleaseNotFound, UsageError
from protogen.releases.names import (
    HEADS,
    TAGS,
    Line,
    Listing,
    Version,
    line_name,
    line_of,
    nearest,
    number_of,
)

Bound = Line | Version


@dataclass(frozen=True)
class AvailableRelease:
    """A release that a source has."""

    version: str
    """The name to type."""
    ref: str
    source: str
    number: Version
    """What it is at the moment."""
    line: Line
    """The one that it belongs to."""
    whole: bool = False
    """Whether the name means the line, the newest release of it at any time."""

    @property
    def package_version(self) -> str:
        """The version that packages of it get, SemVer."""
        return str(self.number)


@dataclass(frozen=True)
class ReleaseRange:
    """Which of the available releases are asked for."""

    since: Bound | None = None
    """The first of them, included, as the last is."""
    until: Bound | None = None
    names: tuple[str, ...] = ()
    """These only."""
    exact: bool = False
    """Releases, and no lines."""
    pre: bool = False
    """Pre-releases too."""

    def holds(self, number: Version) -> bool:
        """Whether the release lies in the range."""
        return (self.since is None or _compared(number, self.since) >= 0) and (
            self.until is None or _compared(number, self.until) <= 0
        )

    def __str__(self) -> str:
        parts = (
            f"from {self.since} on" if self.since else "",
            f"up to {self.until}" if self.until else "",
            f"by the name of {' or '.join(self.names)}" if self.names else "",
        )
        return " ".join(filter(None, parts))


def of_listing(listing: Listing, source: str) -> tuple[AvailableRelease, ...]:
    """The branches of release lines and the tags of releases."""
    versions, lines = listing.versions(), listing.lines()
    return (
        *(
            AvailableRelease(ref.removeprefix(HEADS), ref, source, number_of(line, versions), line, True)
            for line, ref in lines.items()
        ),
        *(
            AvailableRelease(ref.removeprefix(TAGS), ref, source, number, line_of(number, listing.branch))
            for number, ref in versions.items()
        ),
    )


def of_numbers(refs: Mapping[Version, str], branch: str, source: str) -> tuple[AvailableRelease, ...]:
    """Releases by number with what each is called there, and the lines that have a final one.

    branch: the template of a line's branch, so that a line has one name whichever source answers.
    """
    finals: dict[Line, Version] = {}
    for number in sorted(refs, key=lambda number: number.order):
        if not number.pre:
            finals[line_of(number, branch)] = number
    return (
        *(
            AvailableRelease(line_name(line, branch), refs[number], source, number, line, True)
            for line, number in finals.items()
        ),
        *(
            AvailableRelease(str(number), ref, source, number, line_of(number, branch))
            for number, ref in refs.items()
        ),
    )


def bound(typed: str, option: str, listing: Listing) -> Bound:
    """One end of a range. Raises UsageError for what has no number."""
    named: object = None
    with suppress(UsageError):
        named = listing.parse(typed)
    if isinstance(named, Line | Version):
        return named
    raise UsageError(
        f"{typed!r} is no release or release line, so nothing lies on one side of it",
        where=option,
        remedy=f"run again with {option} 1.2, or {option} 1.2.3",
    )


def pick(
    releases: Sequence[AvailableRelease], asked: ReleaseRange, listing: Listing
) -> tuple[AvailableRelease, ...]:
    """The ones that are asked for, newest first.

    Without names or exact, one for each line: the line itself, or its newest release in the range
    where the line has no name of its own, with a pre-release that is newer than the final ones.
    listing: the rules of names; its refs don't matter.
    Raises ReleaseNotFound where nothing is left, naming the nearest ones.
    """
    within = [each for each in releases if asked.holds(each.number)]
    if asked.names:
        kept = [each for name in asked.names for each in _named(name, within, listing)]
    else:
        within = [each for each in within if asked.pre or not each.number.pre]
        lines: dict[Line, list[AvailableRelease]] = {}
        for each in within:
            lines.setdefault(each.line, []).append(each)
        choose = _releases if asked.exact else _newest
        kept = [each for members in lines.values() for each in choose(members)]
    if not kept:
        raise _nothing(releases, asked, listing.repository)
    return tuple(sorted(set(kept), key=_order, reverse=True))


def _releases(members: Sequence[AvailableRelease]) -> list[AvailableRelease]:
    """The exact releases of a line; the line where it has none yet."""
    return [each for each in members if not each.whole] or list(members)


def _newest(members: Sequence[AvailableRelease]) -> list[AvailableRelease]:
    whole = [each for each in members if each.whole]
    exact = sorted((each for each in members if not each.whole), key=_order)
    finals = [each for each in exact if not each.number.pre]
    newest = whole or finals[-1:]
    if exact and exact[-1].number.pre:
        newest = [*newest, exact[-1]]
    return newest


def _named(name: str, releases: Sequence[AvailableRelease], listing: Listing) -> list[AvailableRelease]:
    """What the name stands for: a line, its newest final release where it has no name, or a release."""
    if exact := [each for each in releases if each.version == name]:
        return exact
    named = listing.parse(name)
    if isinstance(named, Line):
        whole = [each for each in releases if each.whole and each.line == named]
        finals = [each for each in releases if named.holds(each.number) and not each.number.pre]
        return whole or sorted(finals, key=_order)[-1:]
    return [each for each in releases if each.number == named and not each.whole]


def _nothing(releases: Sequence[AvailableRelease], asked: ReleaseRange, repository: str) -> ReleaseNotFound:
    hidden = not (asked.pre or asked.names) and any(asked.holds(each.number) for each in releases)
    near = _nearest(releases, asked)
    remedy = "run again without --since, --until and --version" if releases else "check --repo and --recipe"
    final = "final " if hidden else ""
    return ReleaseNotFound(
        f"{repository} has no {final}release {asked}".rstrip()
        + (f"; nearest: {', '.join(near)}" if near else "" if releases else "; it has none at all"),
        where=repository,
        remedy="run again with --pre" if hidden else remedy,
    )


def _nearest(releases: Sequence[AvailableRelease], asked: ReleaseRange) -> tuple[str, ...]:
    """The names nearest to the first that was typed, or on both sides of the range."""
    newest = sorted(releases, key=_order, reverse=True)
    if asked.names:
        return nearest(asked.names[0], [each.version for each in newest])
    below = [each.version for each in newest if asked.since and _compared(each.number, asked.since) < 0]
    above = [each.version for each in newest if asked.until and _compared(each.number, asked.until) > 0]
    return (*above[-2:], *below[:2])


def _order(each: AvailableRelease) -> tuple[object, bool]:
    return each.number.order, each.whole


def _compared(number: Version, bound: Bound) -> int:
    """Below 0 before the bound, 0 at it, above 0 after it; all of a line is at the line."""
    if isinstance(bound, Line):
        own = number.parts[: len(bound.parts)]
        return (own > bound.parts) - (own < bound.parts)
    return (number.order > bound.order) - (number.order < bound.order)
