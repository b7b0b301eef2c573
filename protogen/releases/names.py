"""Names of releases: what they mean, which refs have them, which package version they get. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from protogen.errors import UsageError
from protogen.releases import templates
from protogen.releases.templates import PRE, Templates, render
from protogen.system.locations import check_ref

HEADS, TAGS = "refs/heads/", "refs/tags/"
USUAL_BRANCHES = ("main", "master", "trunk", "develop")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBERS = re.compile(rf"v?(\d{{1,6}})(?:\.(\d{{1,6}}))?(?:\.(\d{{1,6}}))?({PRE})?")
_PRE = re.compile(r"[-.]?(a|b|rc|alpha|beta|dev|pre)[-.]?(\d*)")


@dataclass(frozen=True)
class Version:
    """A release by number."""

    parts: tuple[int, int, int]
    pre: str = ""
    """`rc0` and the like; empty for a final release."""

    def __str__(self) -> str:
        number = ".".join(map(str, self.parts))
        return f"{number}-{self.pre}" if self.pre else number

    @property
    def order(self) -> tuple[tuple[int, int, int], int, tuple[str, int]]:
        """Sorts as SemVer does: a pre-release before its release, rc9 before rc10."""
        kind, number = _PRE.fullmatch(self.pre).groups() if self.pre else ("", "")  # type: ignore[union-attr]
        return self.parts, 0 if self.pre else 1, (kind, int(number or 0))


@dataclass(frozen=True)
class Line:
    """A release line, `2.11`: all releases whose numbers start so."""

    parts: tuple[int, ...]

    def holds(self, version: Version) -> bool:
        """Whether the version belongs to the line."""
        return version.parts[: len(self.parts)] == self.parts

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))


@dataclass(frozen=True)
class Commit:
    """A full commit id."""

    id: str


@dataclass(frozen=True)
class Name:
    """Anything else: tried as a branch, then as a tag."""

    text: str


Numbered = TypeVar("Numbered", Line, Version)
ReleaseName = Line | Version | Commit | Name


@dataclass(frozen=True)
class Listing:
    """The branches and tags of one repository: full refname -> commit, tags peeled."""

    repository: str
    refs: Mapping[str, str]
    branch: str = ""
    tag: Templates = ""

    @cached_property
    def tags(self) -> Templates:
        """The templates of tags, with the suffix that all final releases have."""
        names = [ref.removeprefix(TAGS) for ref in self.refs if ref.startswith(TAGS)]
        return templates.with_suffix(self.tag, names)

    def parse(self, typed: str) -> ReleaseName:
        """What a name means here; see parse_name."""
        return parse_name(typed, self.branch, self.tags)

    def versions(self) -> dict[Version, str]:
        """The releases among the tags, each with its full refname."""
        return dict(self._versions)

    @cached_property
    def _versions(self) -> dict[Version, str]:
        found = _by_number(self.refs, TAGS, lambda tag: version_of_tag(tag, self.tags))
        if len(found) == 1 and templates.is_chance(self.tags, next(iter(found.values())).removeprefix(TAGS)):
            return {}
        return found

    def lines(self) -> dict[Line, str]:
        """The release lines among the branches, each with its full refname."""
        return _by_number(self.refs, HEADS, lambda branch: line_of_branch(branch, self.branch))

    def line(self, wanted: Line, *spelled: str) -> str:
        """The full refname of the line's branch, empty for none.

        spelled: branches that are taken before others of the same number, as `r24.01` and `r24.1`.
        """
        for branch in spelled:
            if HEADS + branch in self.refs and line_of_branch(branch, self.branch) == wanted:
                return HEADS + branch
        return self.lines().get(wanted, "")

    def spelled(self, version: Version) -> str:
        """The tag that a release would have."""
        template = next((each for each in templates.several(self.tags) if not templates.is_dated(each)), "")
        return render(template, version.parts) if template else str(version)

    def offered(self) -> tuple[str, ...]:
        """Every name that could be typed, short."""
        return tuple(ref.removeprefix(HEADS).removeprefix(TAGS) for ref in self.refs)

    def releases(self, *, pre: bool = False) -> tuple[str, ...]:
        """The names of releases and of their lines, short, newest first.

        pre: whether pre-releases are wanted beside final ones.
        """
        named: list[tuple[tuple[object, ...], str]] = [
            (version.order, ref.removeprefix(TAGS))
            for version, ref in self._versions.items()
            if pre or not version.pre
        ]
        for line, ref in self.lines().items():
            # A line is as new as its next release.
            named.append((((*line.parts, 10**6, 10**6)[:3],), ref.removeprefix(HEADS)))
        if not named and not pre:
            return self.releases(pre=True)
        return tuple(name for _, name in sorted(named, reverse=True))


def parse_name(typed: str, branch_template: str, tag_template: Templates) -> ReleaseName:
    """What the user means by a release name, by the rules of the repository that is asked.

    `2.11` is the line, `v2.11.0` means 2.11.0, 40 or 64 hex digits are a commit; a name that the
    branch or tag template makes is the line or release that it names.
    Raises UsageError for what can't be a ref, and for an abbreviated commit id.
    """
    try:
        check_ref(typed)
    except ValueError as error:
        raise UsageError(
            f"not a release: {error}",
            where="--version",
            remedy="name a release, branch, tag or full commit id, such as --version 1.2",
        ) from None
    if _COMMIT.fullmatch(typed):
        return Commit(typed)
    tagged = version_of_tag(typed, tag_template)
    numbers = _NUMBERS.fullmatch(templates.without_suffix(tag_template, typed))
    if numbers and numbers[3]:
        parts = (int(numbers[1]), int(numbers[2]), int(numbers[3]))
        return tagged or Version(parts, _normal_pre(numbers[4]))
    if numbers and not numbers[4] and (numbers[2] or not tag_template or typed == numbers[1]):
        return Line(tuple(int(number) for number in numbers.groups()[:2] if number))
    if line := line_of_branch(typed, branch_template):
        return line
    if not tagged and templates.is_dated(tag_template) and (numbers_of := templates.date_numbers(typed)):
        return _version(numbers_of, "")
    return tagged or Name(typed)


def main_branch(refs: Iterable[str]) -> str:
    """The branch that stands for a repository without releases: by its name, or the only one; else empty."""
    heads = [ref.removeprefix(HEADS) for ref in refs if ref.startswith(HEADS)]
    return next((name for name in USUAL_BRANCHES if name in heads), heads[0] if len(heads) == 1 else "")


def fields(template: str) -> int:
    """How many numbers a template holds."""
    return template.count("{")


def line_of_branch(branch: str, template: str) -> Line | None:
    """The release line that a branch serves, by the template."""
    found = templates.fit(template, branch)
    return Line(found.numbers) if found and not found.pre else None


def line_of(version: Version, branch_template: str) -> Line:
    """The line of a release: as many numbers as a branch has; major and minor without branches."""
    return Line(version.parts[: fields(branch_template) or 2])


def line_name(line: Line, branch_template: str) -> str:
    """The line as it is typed: its branch, where lines have some."""
    return render(branch_template, line.parts) if branch_template else str(line)


def version_of_tag(tag: str, template: Templates) -> Version | None:
    """The release that a tag names, by the templates; a pre-release may follow it."""
    found = templates.fit(template, tag)
    return _version(found.numbers, found.pre) if found else None


def _version(numbers: Sequence[int], pre: str) -> Version:
    major, minor, patch = (*numbers, 0, 0)[:3]
    return Version((major, minor, patch), _normal_pre(pre))


def package_version(
    named: ReleaseName, versions: Iterable[Version], *, commit: str = "", committed: str = ""
) -> str:
    """The version of the packages, as SemVer writes it.

    A line is its newest final release, X.Y.0 where none is seen; a release is its own; anything else is a
    pre-release of nothing, ordered by the commit's time. versions: what the releases' repository has.
    committed: that time, UTC, as YYYYMMDDhhmmss.
    """
    if isinstance(named, Version):
        return str(named)
    if isinstance(named, Line):
        return str(number_of(named, versions))
    return f"0.0.0-dev.{committed or '0'}" + (f".g{commit[:12]}" if commit else "")


def number_of(line: Line, versions: Iterable[Version]) -> Version:
    """What a line is at the moment: its newest final release, X.Y.0 where there is none."""
    major, minor, patch = (*line.parts, 0, 0)[:3]
    return newest_final(versions, line) or Version((major, minor, patch))


def newest_final(versions: Iterable[Version], line: Line) -> Version | None:
    """The newest release of the line that isn't a pre-release."""
    finals = [version for version in versions if line.holds(version) and not version.pre]
    return max(finals, key=lambda version: version.order, default=None)


def twin(wanted: Version, offered: Iterable[Version]) -> Version | None:
    """The release that goes with one of another repository: the same, else the newest lower patch."""
    offered = tuple(offered)
    if wanted in offered:
        return wanted
    if wanted.pre:
        return None
    lower = [v for v in offered if v.parts[:2] == wanted.parts[:2] and v.parts < wanted.parts and not v.pre]
    return max(lower, key=lambda version: version.order, default=None)


def nearest(typed: str, offered: Sequence[str], count: int = 3) -> tuple[str, ...]:
    """The offered names nearest to what was typed: by number where it has one, else by letters.

    Of those that are as near by the numbers that were typed, the newest comes first.
    """
    numbers = _numbers(typed)
    if numbers:
        rated = [
            (_distance(numbers, other), tuple(-part for part in other), name)
            for name in offered
            if (other := _numbers(name))
        ]
        shaped = [item for item in rated if _shape(item[2]) == _shape(typed)] or rated
        return tuple(name for *_, name in sorted(shaped)[:count])
    return tuple(difflib.get_close_matches(typed, offered, count, 0.5))


def _by_number(
    refs: Iterable[str], prefix: str, read: Callable[[str], Numbered | None]
) -> dict[Numbered, str]:
    """Each number with its full refname: of `r24.1` and `r24.01` the shorter."""
    found: dict[Numbered, str] = {}
    for ref in refs:
        if ref.startswith(prefix) and (number := read(ref.removeprefix(prefix))):
            known = found.get(number)
            found[number] = ref if known is None else min(known, ref, key=lambda each: (len(each), each))
    return found


def _normal_pre(text: str | None) -> str:
    match = _PRE.fullmatch(text or "")
    if not match:
        return ""
    kind, number = match.groups()
    return f"{kind}{int(number)}" if number else str(kind)


def _numbers(name: str) -> tuple[int, ...]:
    match = re.search(r"\d{1,6}(?:\.\d{1,6}){0,2}", name)
    return tuple(int(number) for number in match[0].split(".")) if match else ()


def _shape(name: str) -> str:
    return re.sub(r"\d+", "0", name)


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """How far the other is by the numbers that the one has."""
    return tuple(abs(a - b) for a, b in zip(one, (*other, 0, 0), strict=False))
