"""What is guessed of a repository: how it names branches and tags, and which license it has. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from protogen.errors import ProtogenError
from protogen.releases import names as releases
from protogen.releases import templates
from protogen.releases.names import HEADS, TAGS, Listing
from protogen.sources.gitrepo.choices import choose, choose_companion

_FIELDS = ("{major}", "{minor}", "{patch}")
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


def branch_template(refs: Iterable[str]) -> str:
    """The template that most branches of release lines fit, empty where none do."""
    shapes = _shapes(ref.removeprefix(HEADS) for ref in refs if ref.startswith(HEADS))
    lines = {
        shape: count
        for shape, count in shapes.items()
        if shape.count("{") == 2 or (shape.count("{") == 1 and shape.split("{", maxsplit=1)[0] in _LINES)
    }
    return _commonest(lines, 2)


def tag_template(refs: Iterable[str]) -> str:
    """The template that most tags of releases fit, empty where none do, or one by chance."""
    tags = [ref.removeprefix(TAGS) for ref in refs if ref.startswith(TAGS)]
    found = _commonest(_shapes(tags), 3)
    fitting = [tag for tag in tags if templates.fit(found, tag)]
    return "" if len(fitting) == 1 and templates.is_chance(found, fitting[0]) else found


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


def _shapes(names: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match:
            numbers = match["numbers"].count(".") + 1
            found[match["before"] + ".".join(_FIELDS[:numbers]) + match["after"]] += 1
    return found


def _commonest(shapes: Mapping[str, int], fields: int) -> str:
    """The shape of most names; of equals, the one with as many numbers as is usual, then the shortest."""
    rated = [(count, -abs(shape.count("{") - fields), -len(shape), shape) for shape, count in shapes.items()]
    return max(rated)[-1] if rated else ""
