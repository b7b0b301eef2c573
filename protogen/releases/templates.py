"""Templates of refs: which branches and tags are releases, and of which number. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

FIELDS = ("major", "minor", "patch")
DATE, COMMIT = "date", "commit"
Templates = str | tuple[str, ...]
"""One or several, tried in order; empty for none."""

PRE = r"[-.]?(?:a|b|rc|alpha|beta|dev|pre)[-.]?\d{0,6}"
DAY = r"(\d{4}-\d{2}-\d{2}|\d{8})(?:T(\d{6})Z?)?"
_BARE_SUFFIX = re.compile(r"[-.](?:alpha|beta|pre|dev)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ALL_NUMBERS = 3
# A repository with fewer tags may just have begun with a pre-release.
_LEAST_SUFFIXED = 3


@dataclass(frozen=True)
class Fit:
    """What a template reads in a name."""

    numbers: tuple[int, ...]
    """Of a date, as SemVer sorts it: 0, the day, the time."""
    pre: str
    """What follows the template, as it is written; empty where nothing does."""


def several(templates: Templates) -> tuple[str, ...]:
    """The templates, one by one."""
    return tuple(filter(None, (templates,) if isinstance(templates, str) else templates))


def placeholders(template: str) -> list[str]:
    """The names of a template's placeholders, in order."""
    return _PLACEHOLDER.findall(template)


def is_for_branches(template: str) -> bool:
    """Whether the template can name release lines: by one number, two or three, in order."""
    found = placeholders(template)
    return bool(found) and tuple(found) == FIELDS[: len(found)]


def is_for_tags(template: str) -> bool:
    """Whether the template can name releases: by numbers, or by a date, with a commit or without."""
    return is_for_branches(template) or placeholders(template) in ([DATE], [DATE, COMMIT])


def is_dated(templates: Templates) -> bool:
    """Whether one of the templates has a date."""
    return any(DATE in placeholders(each) for each in several(templates))


def render(template: str, parts: tuple[int, ...]) -> str:
    """What the template makes of the numbers."""
    return template.format_map(dict(zip(FIELDS, (*parts, 0, 0), strict=False)))


def fit(templates: Templates, text: str) -> Fit | None:
    """What the first fitting template reads in the text; a pre-release may follow numbers."""
    for template in several(templates):
        expression = re.escape(template)
        for field in FIELDS:
            expression = expression.replace(re.escape(f"{{{field}}}"), r"(\d{1,6})")
        expression = expression.replace(re.escape(f"{{{DATE}}}"), DAY)
        expression = expression.replace(re.escape(f"{{{COMMIT}}}"), "[0-9a-f]{7,40}")
        match = re.fullmatch(f"{expression}(?P<pre>{PRE})?", text)
        if match and is_dated(template):
            return Fit(_dated(match), match["pre"] or "")
        if match:
            return Fit(tuple(map(int, match.groups()[:-1])), match["pre"] or "")
    return None


def date_numbers(text: str) -> tuple[int, ...]:
    """The numbers of a date that stands for itself, `2026-05-19` or `20260519T174026Z`; none for others."""
    match = re.fullmatch(f"v?{DAY}", text)
    return _dated(match) if match else ()


def _dated(match: re.Match[str]) -> tuple[int, ...]:
    return 0, int(match[1].replace("-", "")), int(match[2] or 0)


def with_suffix(templates: Templates, tags: Iterable[str]) -> tuple[str, ...]:
    """The templates; before them those with the suffix of all final releases, `-beta`, if they have one."""
    found: Counter[str] = Counter()
    for tag in tags:
        fitting = fit(templates, tag)
        if fitting and not fitting.pre:
            return several(templates)
        if fitting and _BARE_SUFFIX.fullmatch(fitting.pre):
            found[fitting.pre] += 1
    suffix, count = max(found.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if count < _LEAST_SUFFIXED:
        return several(templates)
    return (*(template + suffix for template in several(templates)), *several(templates))


def without_suffix(templates: Templates, text: str) -> str:
    """The text without what a template has behind its last number, `-beta`."""
    for template in several(templates):
        suffix = template.rpartition("}")[2]
        if suffix and text.endswith(suffix):
            return text.removesuffix(suffix)
    return text


def is_chance(templates: Templates, tag: str) -> bool:
    """Whether the only tag that fits says nothing: `common-protos-1_3_1` for `common-protos-1_3_{major}`."""
    for template in several(templates):
        if fit(template, tag):
            fixed = _PLACEHOLDER.sub("", template)
            return len(placeholders(template)) < _ALL_NUMBERS and bool(re.search(r"\d", fixed))
    return False
