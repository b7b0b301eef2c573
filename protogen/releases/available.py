"""The releases that a source offers, and the part of them that is asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, UsageError
from protogen.releases import names as releases
from protogen.releases.names import HEADS, TAGS, Line, Version

if TYPE_CHECKING:
    from protogen.releases.names import Listing


Bound = Line | Version


@dataclass(frozen=True)
class Offer:
    """A release that a source offers.

    version: the name to type. number: what it is at the moment. line: the one that it belongs to.
    whole: whether the name means the line, the newest release of it at any time.
    """

    version: str
    ref: str
    source: str
    number: Version
    line: Line
    whole: bool = False

    @property
    def package_version(self) -> str:
        """The version that packages of it get, SemVer."""
        return str(self.number)


@dataclass(frozen=True)
class Wanted:
    """Which of the releases: between two of them, both included; by name; exact ones; pre-releases too."""

    since: Bound | None = None
    until: Bound | None = None
    names: tuple[str, ...] = ()
    exact: bool = False
    pre: bool = False

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


def of_listing(listing: Listing, source: str) -> tuple[Offer, ...]:
    """The branches of release lines and the tags of releases."""
    versions, lines = listing.versions(), listing.lines()
    return (
        *(
            Offer(ref.removeprefix(HEADS), ref, source, releases.number_of(line, versions), line, True)
            for line, ref in lines.items()
        ),
        *_exact(versions, {ref: ref.removeprefix(TAGS) for ref in versions.values()}, listing.branch, source),
    )


def of_numbers(refs: Mapping[Version, str], branch: str, source: str) -> tuple[Offer, ...]:
    """Releases by number with what each is called there, and the lines that have a final one.

    branch: the template of a line's branch, so that a line has one name whichever source answers.
    """
    finals: dict[Line, Version] = {}
    for number in sorted(refs, key=lambda number: number.order):
        if not number.pre:
            finals[releases.line_of(number, branch)] = number
    return (
        *(
            Offer(releases.line_name(line, branch), refs[number], source, number, line, True)
            for line, number in finals.items()
        ),
        *_exact(refs, {ref: str(number) for number, ref in refs.items()}, branch, source),
    )


def bound(typed: str, option: str, listing: Listing) -> Bound:
    """One end of a range. Raises UsageError for what has no number."""
    named: object = None
    with suppress(UsageError):
        named = releases.parse_name(typed, listing.branch, listing.tag)
    if isinstance(named, Line | Version):
        return named
    raise UsageError(
        f"{typed!r} is no release or release line, so nothing lies on one side of it",
        where=option,
        remedy=f"run again with {option} 1.2, or {option} 1.2.3",
    )


def pick(offers: Sequence[Offer], wanted: Wanted, listing: Listing) -> tuple[Offer, ...]:
    """The wanted ones, newest first.

    Without names or exact, one for each line: the line itself, or its newest release in the range
    where the line has no name of its own, with a pre-release that is newer than the final ones.
    listing: the rules of names; its refs don't matter.
    Raises ReleaseNotFound where nothing is left, naming the nearest ones.
    """
    within = [offer for offer in offers if wanted.holds(offer.number)]
    if wanted.names:
        kept = [offer for name in wanted.names for offer in _named(name, within, listing)]
    else:
        within = [offer for offer in within if wanted.pre or not offer.number.pre]
        lines: dict[Line, list[Offer]] = {}
        for offer in within:
            lines.setdefault(offer.line, []).append(offer)
        choose = _releases if wanted.exact else _newest
        kept = [offer for members in lines.values() for offer in choose(members)]
    if not kept:
        raise _nothing(offers, wanted, listing.repository)
    return tuple(sorted(set(kept), key=_order, reverse=True))


def _releases(members: Sequence[Offer]) -> list[Offer]:
    """The exact releases of a line; the line where it has none yet."""
    return [offer for offer in members if not offer.whole] or list(members)


def _newest(members: Sequence[Offer]) -> list[Offer]:
    whole = [offer for offer in members if offer.whole]
    exact = sorted((offer for offer in members if not offer.whole), key=_order)
    finals = [offer for offer in exact if not offer.number.pre]
    newest = whole or finals[-1:]
    if exact and exact[-1].number.pre:
        newest = [*newest, exact[-1]]
    return newest


def _named(name: str, offers: Sequence[Offer], listing: Listing) -> list[Offer]:
    """What the name stands for: a line, its newest final release where it has no name, or a release."""
    named = releases.parse_name(name, listing.branch, listing.tag)
    if isinstance(named, Line):
        whole = [offer for offer in offers if offer.whole and offer.line == named]
        finals = [offer for offer in offers if named.holds(offer.number) and not offer.number.pre]
        return whole or sorted(finals, key=_order)[-1:]
    return [offer for offer in offers if offer.number == named and not offer.whole]


def _nothing(offers: Sequence[Offer], wanted: Wanted, repository: str) -> ReleaseNotFound:
    hidden = not (wanted.pre or wanted.names) and any(wanted.holds(offer.number) for offer in offers)
    near = _nearest(offers, wanted)
    remedy = "run again without --since, --until and --version" if offers else "check --repo and --recipe"
    final = "final " if hidden else ""
    return ReleaseNotFound(
        f"{repository} has no {final}release {wanted}".rstrip()
        + (f"; nearest: {', '.join(near)}" if near else "" if offers else "; it has none at all"),
        where=repository,
        remedy="run again with --pre" if hidden else remedy,
    )


def _nearest(offers: Sequence[Offer], wanted: Wanted) -> tuple[str, ...]:
    """The names nearest to the first that was typed, or on both sides of the range."""
    newest = sorted(offers, key=_order, reverse=True)
    if wanted.names:
        return releases.nearest(wanted.names[0], [offer.version for offer in newest])
    below = [each.version for each in newest if wanted.since and _compared(each.number, wanted.since) < 0]
    above = [each.version for each in newest if wanted.until and _compared(each.number, wanted.until) > 0]
    return (*above[-2:], *below[:2])


def _exact(
    refs: Mapping[Version, str], names: Mapping[str, str], branch: str, source: str
) -> Iterable[Offer]:
    for number, ref in refs.items():
        yield Offer(names[ref], ref, source, number, releases.line_of(number, branch))


def _order(offer: Offer) -> tuple[object, bool]:
    return offer.number.order, offer.whole


def _compared(number: Version, bound: Bound) -> int:
    """Below 0 before the bound, 0 at it, above 0 after it; all of a line is at the line."""
    if isinstance(bound, Line):
        own = number.parts[: len(bound.parts)]
        return (own > bound.parts) - (own < bound.parts)
    return (number.order > bound.order) - (number.order < bound.order)
