"""What is guessed of a repository: how it names branches and tags, and which license it has. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from protogen.errors import ProtogenError
from protogen.releases import names as releases
from protogen.releases import templates
from protogen.releases.names import HEADS, TAGS, Line, Listing, Version
from protogen.sources.gitrepo.choices import choose, choose_companion

# A kind of tags is rare that is less than one of so many.
_RARE = 8
# A second template is one where it has at least one tag to so many of the first.
_SECOND = 4
_RECENT = 3
_FIELDS = ("{major}", "{minor}", "{patch}")
_DATED = re.compile(
    r"(?P<before>[^\d{}]*)(?:\d{4}-\d{2}-\d{2}|(?:19|20)\d{6})(?:T\d{6}Z?)?(?P<commit>-[0-9a-f]{7,40})?"
)
# A number that follows closely on another one belongs to it: `common-protos-1_3_1`, `20260519T174026Z-4a1`.
_WITHIN = re.compile(r"\d[^\d/]{0,2}$")
_NUMBERED = re.compile(
    r"(?P<before>(?:[^{}]*[^\d.{}])?)(?P<numbers>\d{1,6}(?:\.\d{1,6}){0,2})(?P<after>(?:\.x)?)"
    r"(?:[-.]?(?:a|b|rc|alpha|beta|dev|pre)[-.]?\d{0,6})?"
)
# Where a branch has one number only, it is a release line under these names; `fix-12` is not.
_LINES = {
    "v",
    "release-",
    "release/",
    "release-v",
    "release/v",
    "releases/",
    "releases/v",
    "stable-",
    "stable/",
}
_LICENSES = (
    ("Apache-2.0", ("apache license", "version 2.0, january 2004")),
    ("MPL-2.0", ("mozilla public license", "version 2.0")),
    ("MIT", ("permission is hereby granted, free of charge", 'the software is provided "as is"')),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "this list of conditions")),
)


def license_identifier(text: str) -> str:
    """The SPDX identifier of a license's text, empty where none is sure."""
    plain = " ".join(text.lower().split())
    return next((name for name, phrases in _LICENSES if all(phrase in plain for phrase in phrases)), "")


def branch_template(refs: Collection[str]) -> str:
    """The template that most branches of release lines fit, empty where none do.

    Nor where the tags are of other lines: one branch says less than a hundred tags.
    """
    shapes = _shapes(ref.removeprefix(HEADS) for ref in refs if ref.startswith(HEADS))
    lines = {
        shape: count
        for shape, count in shapes.items()
        if shape.count("{") == 2 or (shape.count("{") == 1 and shape.split("{", maxsplit=1)[0] in _LINES)
    }
    found = _commonest(lines, 2)
    return "" if found and _is_stray(found, refs) else found


def tag_template(refs: Iterable[str]) -> tuple[str, ...]:
    """The templates that most tags of releases fit; none where no tags do, or one by chance.

    Of several kinds, as `v1.2.3` and `api/v1.2.3`, the one without a prefix counts unless it is rare.
    A second template has more or fewer numbers than the first, or a date.
    """
    tags = [ref.removeprefix(TAGS) for ref in refs if ref.startswith(TAGS)]
    shapes = _shapes(tags)
    plain = {shape: count for shape, count in shapes.items() if shape.split("{", maxsplit=1)[0] in ("", "v")}
    if sum(plain.values()) * _RARE < sum(shapes.values()):
        plain = {}
    first = _commonest(plain or shapes, 3)
    if not first:
        return ()
    before, _, after = _around(first)
    found = [first]
    for shape, count in sorted(shapes.items(), key=lambda item: (-item[1], item[0])):
        alike = _around(shape)[::2] == (before, after) or "{date}" in shape
        if shape != first and alike and count > 1 and count * _SECOND >= shapes[first]:
            found.append(shape)
    fitting = [tag for tag in tags if templates.fit(tuple(found), tag)]
    return () if len(fitting) == 1 and templates.is_chance(tuple(found), fitting[0]) else tuple(found)


def candidates(listing: Listing) -> tuple[str, ...]:
    """The releases to look at, newest first: lines and final releases by number, then the usual branches."""
    rated: list[tuple[tuple[int, ...], int, str]] = [
        (version.parts, 0, ref.removeprefix(TAGS))
        for version, ref in listing.versions().items()
        if not version.pre
    ]
    for ref in listing.refs:
        line = releases.line_of_branch(ref.removeprefix(HEADS), listing.branch)
        if ref.startswith(HEADS) and line:
            # A line is as new as its next release, which no tag names yet.
            rated.append(((*line.parts, 10**6, 10**6)[:3], 1, ref.removeprefix(HEADS)))
    numbered = [name for *_, name in sorted(rated, reverse=True)]
    heads = [ref.removeprefix(HEADS) for ref in listing.refs if ref.startswith(HEADS)]
    usual = [name for name in releases.USUAL_BRANCHES if name in heads]
    return tuple(dict.fromkeys((*numbered, *usual, *(heads if len(heads) == 1 else ()))))


def newest_shared(names: Iterable[str], first: str, listings: Mapping[str, Listing]) -> str:
    """The first of the releases that every other repository has a ref for; empty where none is."""
    for name in names:
        try:
            chosen = choose(name, listings[first])
            for other, listing in listings.items():
                if other != first:
                    choose_companion(chosen, listing, pinned=False)
        except ProtogenError:
            continue
        return name
    return ""


def is_versioned_with(listing: Listing, primary: Listing) -> bool:
    """Whether two repositories seem to be released together.

    Their newest releases have one major number, and the other one has one of the API's newest lines.
    """
    ours, theirs = _newest(primary), _newest(listing)
    if not ours or not theirs:
        return True
    others = {primary.repository: primary, listing.repository: listing}
    return ours[:1] == theirs[:1] and bool(newest_shared(_recent(primary), primary.repository, others))


def _newest(listing: Listing) -> tuple[int, ...]:
    versions = [each.parts for each in listing.versions()]
    return max((*versions, *(each.parts for each in listing.lines())), default=())


def _recent(listing: Listing) -> tuple[str, ...]:
    """The candidates of the newest lines."""
    found: dict[tuple[int, ...], list[str]] = {}
    for name in candidates(listing):
        named = listing.parse(name)
        if isinstance(named, Line | Version):
            found.setdefault(named.parts[:2], []).append(name)
    return tuple(name for line in list(found)[:_RECENT] for name in found[line])


def _is_stray(template: str, refs: Iterable[str]) -> bool:
    """Whether most branches of a template are lines that no tag is of, though there are more tags."""
    listing = Listing("", dict.fromkeys(refs, ""), template, tag_template(refs))
    lines, versions = listing.lines(), listing.versions()
    known = [line for line in lines if any(line.holds(version) for version in versions)]
    return len(known) * 2 < len(lines) < len(versions)


def _around(shape: str) -> tuple[str, str, str]:
    before, brace, rest = shape.partition("{")
    numbers, end, after = rest.rpartition("}")
    return before, brace + numbers + end, after


def _shapes(names: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in names:
        if dated := _DATED.fullmatch(name):
            found[dated["before"] + "{date}" + ("-{commit}" if dated["commit"] else "")] += 1
            continue
        match = _NUMBERED.fullmatch(name)
        if match and not _WITHIN.search(match["before"]):
            numbers = match["numbers"].count(".") + 1
            found[match["before"] + ".".join(_FIELDS[:numbers]) + match["after"]] += 1
    return found


def _commonest(shapes: Mapping[str, int], fields: int) -> str:
    """The shape of most names; of equals, the one with as many numbers as is usual, then the shortest."""
    rated = [(count, -abs(shape.count("{") - fields), -len(shape), shape) for shape, count in shapes.items()]
    return max(rated)[-1] if rated else ""
