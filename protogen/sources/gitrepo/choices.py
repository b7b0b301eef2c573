"""Which commit of each repository a release stands for: pure, over listings and what a lock holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from protogen.errors import ReleaseNotFound, UsageError
from protogen.releases.names import (
    HEADS,
    TAGS,
    Commit,
    Line,
    Listing,
    Name,
    ReleaseName,
    Version,
    fields,
    main_branch,
    nearest,
    newest_final,
    package_version,
    parse_name,
    twin,
    version_of_tag,
)
from protogen.releases.release import Release
from protogen.releases.templates import render
from protogen.sources.selection import Selection

_RULES = "no branch or tag is one by the recipe's templates"


@dataclass(frozen=True)
class ChosenCommit:
    """The commit that is taken of a repository, and the ref that has it."""

    ref: str
    commit: str
    named: ReleaseName
    """What it stands for."""
    note: str = ""
    """Why this one, where that isn't plain."""
    line: Line | None = None
    """The line that was asked for, where its newest release stands for it."""


@dataclass(frozen=True)
class Pinned:
    """That the commit is where another repository pins it; else, if so said, that of the release's time."""

    reason: str


Choice = ChosenCommit | Pinned | ReleaseNotFound


@dataclass(frozen=True)
class Choices:
    """What is wanted of each repository of a recipe."""

    selection: Selection
    version: str
    locked: Release | None = None
    """A release as it was resolved before; the repositories that it names stay at their commits."""

    @property
    def held(self) -> dict[str, ChosenCommit]:
        """The repositories that the lock holds."""
        return {
            each.name: ChosenCommit(each.ref, each.commit, Commit(each.commit), each.note)
            for each in (self.locked.repositories if self.locked else ())
        }

    @property
    def free(self) -> list[str]:
        """The repositories whose refs must be asked for."""
        held = self.held
        return [name for name in self.selection.recipe.repositories if name not in held]

    def choose(self, listings: Mapping[str, Listing]) -> dict[str, Choice]:
        """The refs of all repositories, or that a pin is wanted, which only a fetched tree can tell.

        What can't be chosen is an error where it is the user's own ref or the releases' repository; of
        another one the error stands in its place, since its protos may not be needed.
        Raises ReleaseNotFound.
        """
        recipe, held = self.selection.recipe, self.held
        first = recipe.releases
        primary, matched = self._primary(listings.get(first), held.get(first))
        chosen: dict[str, Choice] = {first: primary}
        for name in recipe.repositories:
            if name in held and name != first:
                chosen[name] = held[name]
            elif name != first:
                try:
                    chosen[name] = self._companion(name, matched, listings[name])
                except ReleaseNotFound as error:
                    if name in self.selection.refs:
                        raise
                    chosen[name] = error
        return chosen

    def package_version(
        self, listing: Listing | None, primary: ChosenCommit, committed: Callable[[], str]
    ) -> str:
        """The release that was typed gives the version, also where --ref takes another commit for it.

        committed: when the commit was made; asked only where no release gives the version.
        """
        if listing is None:
            return self.locked.package_version if self.locked else ""
        named = listing.parse(self.version)
        with suppress(ReleaseNotFound):
            named = choose(self.version, listing).named
        named = named if not isinstance(named, Name | Commit) else primary.named
        time = committed() if isinstance(named, Name | Commit) else ""
        return package_version(named, listing.versions(), commit=primary.commit, committed=time)

    def _primary(
        self, listing: Listing | None, held: ChosenCommit | None
    ) -> tuple[ChosenCommit, ChosenCommit]:
        """What is taken of the releases' repository, and what the others are matched to.

        They match the release that was typed, also where --ref takes another commit for it.
        """
        if held:
            rules = self.selection.recipe.primary
            taken = replace(held, named=parse_name(self.version, rules.branch, rules.tag))
            return taken, taken
        assert listing is not None, "a repository that isn't held is listed"
        override = self.selection.refs.get(self.selection.recipe.releases)
        if not override:
            taken = choose(self.version, listing)
            return taken, taken
        taken = choose_ref(override, listing)
        try:
            return taken, choose(self.version, listing)
        except ReleaseNotFound:
            return taken, taken

    def _companion(self, name: str, matched: ChosenCommit, listing: Listing) -> ChosenCommit | Pinned:
        recipe, refs = self.selection.recipe, self.selection.refs
        pins = recipe.repositories[name].pins
        if name in refs:
            return choose_ref(refs[name], listing)
        if fixed := recipe.repositories[name].ref:
            return choose_ref(fixed, listing, by_recipe=True)
        if self.selection.match == "pin" and pins:
            return Pinned("by --match pin")
        return choose_companion(
            matched, listing, pinned=bool(pins), by_date=bool(recipe.repositories[name].by_date)
        )


def choose(typed: str, listing: Listing) -> ChosenCommit:
    """The ref of the releases' own repository; a branch wins over a tag of the same name.

    Raises ReleaseNotFound, naming the nearest ones.
    """
    named = listing.parse(typed)
    if isinstance(named, Commit):
        return ChosenCommit("", named.id, named)
    exact = _exact(typed, named, listing)
    if exact:
        return exact
    versions = listing.versions()
    if isinstance(named, Line) and (newest := newest_final(versions, named)):
        ref = versions[newest]
        return ChosenCommit(ref, listing.refs[ref], newest, "the newest release of the line", named)
    raise _unknown(typed, named, listing)


def _unknown(typed: str, named: ReleaseName, listing: Listing) -> ReleaseNotFound:
    """Of what has a number the nearest releases are told: a branch that holds one by chance is none."""
    releases = listing.releases(pre=isinstance(named, Version) and bool(named.pre))
    is_name = isinstance(named, Name)
    near = nearest(typed, releases if releases and not is_name else listing.offered())
    shorter = (
        " (an abbreviated commit id must be written out in full)"
        if re.fullmatch(r"[0-9a-f]{7,63}", typed)
        else ""
    )
    also, offered = _nearest(near), near[:1]
    if not releases and listing.refs:
        also += f"; it has no releases: {_RULES}"
        offered = near[:1] if is_name and near else (main_branch(listing.refs),)
    elif isinstance(named, Version) and all(named.order < each.order for each in listing.versions()):
        also += f"; its oldest release is {releases[-1]}"
    return ReleaseNotFound(
        f"{listing.repository} has no release, branch or tag {typed!r}{shorter}" + also,
        where=listing.repository,
        remedy=f"run again with --version {offered[0]}" if any(offered) else "check --repo and --recipe",
    )


def no_releases(listing: Listing) -> ReleaseNotFound:
    """That a repository has none, and what is taken instead."""
    main = main_branch(listing.refs)
    return ReleaseNotFound(
        f"{listing.repository} has no releases: {_RULES}",
        where=listing.repository,
        remedy=f"make packages of a branch or commit: --version {main or 'BRANCH'}"
        if listing.refs
        else "check --repo and --recipe",
    )


def choose_companion(
    chosen: ChosenCommit, listing: Listing, *, pinned: bool, by_date: bool = False
) -> ChosenCommit | Pinned:
    """The ref of another repository that matches the chosen one, the same release line.

    pinned: whether the recipe knows where this repository's commit is pinned. by_date: whether its commit
    may be that of the release's time.
    Raises ReleaseNotFound where nothing matches.
    """
    named, refs = chosen.named, listing.refs
    if isinstance(named, Version):
        return _companion_of_version(named, chosen, listing, pinned=pinned or by_date)
    if isinstance(named, Line) and listing.branch:
        ref = listing.line(named, chosen.ref.removeprefix(HEADS))
        if chosen.ref.startswith(HEADS):
            found = ChosenCommit(ref, refs[ref], named) if ref else None
        elif newest := _newest(listing, named):
            found = ChosenCommit(*newest, named, "the newest release of the line")
        else:
            found = None
        wanted = render(listing.branch, named.parts)
        if not found and not by_date:
            raise _unmatched(wanted, chosen, listing, pin_helps=pinned)
        return found or Pinned(f"{listing.repository} has no {wanted}")
    if pinned or by_date:
        return Pinned("a name that isn't a release takes the pinned commit")
    if isinstance(named, Commit):
        raise ReleaseNotFound(
            f"a commit has no match in {listing.repository}, which the recipe doesn't pin",
            where=listing.repository,
            remedy=f"run again with --ref {listing.repository}=REF",
        )
    if chosen.ref in refs:
        return ChosenCommit(chosen.ref, refs[chosen.ref], named)
    if isinstance(named, Line):
        newest = _newest(listing, named)
        if newest:
            return ChosenCommit(*newest, named, "the newest release of the line")
    raise _unmatched(chosen.ref.removeprefix(HEADS).removeprefix(TAGS), chosen, listing)


def choose_ref(text: str, listing: Listing, *, by_recipe: bool = False) -> ChosenCommit:
    """What `--ref NAME=REF` or the recipe names: a full refname, a commit, a branch, a tag.

    Raises UsageError for what can't be a ref, ReleaseNotFound.
    """
    named = listing.parse(text.removeprefix(HEADS).removeprefix(TAGS))
    note, where = "by --ref", f"--ref {listing.repository}={text}"
    if by_recipe:
        note, where = "by the recipe", f"repositories.{listing.repository}.ref of the recipe"
    if isinstance(named, Commit):
        return ChosenCommit("", text, named, note)
    for ref in (text, HEADS + text, TAGS + text):
        if ref in listing.refs:
            return ChosenCommit(ref, listing.refs[ref], named, note)
    near = nearest(text, listing.offered()) or listing.offered()[:3]
    raise ReleaseNotFound(
        f"{listing.repository} has no branch or tag {text!r}" + _nearest(near),
        where=where,
        remedy=f"run again with --ref {listing.repository}={near[0]}" if near else "name a full commit id",
    )


def choose_tag(text: str, listing: Listing) -> tuple[str, str] | None:
    """The ref and commit of a release as another repository names it: by its tag or number; None for none."""
    versions, named = listing.versions(), None
    with suppress(UsageError):
        named = listing.parse(text)
    number = named if isinstance(named, Version) else None
    if isinstance(named, Line):  # a number with less parts than others is a release in a file that pins
        number = Version((*named.parts, 0, 0)[:3])  # type: ignore[arg-type]
    ref = TAGS + text if TAGS + text in listing.refs else versions.get(number, "") if number else ""
    return (ref, listing.refs[ref]) if ref else None


def _exact(typed: str, named: ReleaseName, listing: Listing) -> ChosenCommit | None:
    refs = listing.refs
    served = isinstance(named, Line) and fields(listing.branch) == len(named.parts)
    if isinstance(named, Line) and served and (ref := listing.line(named, typed)):
        return ChosenCommit(ref, refs[ref], named)
    if isinstance(named, Version) and (tag := listing.versions().get(named)):
        return ChosenCommit(tag, refs[tag], named)
    if HEADS + typed in refs:
        return ChosenCommit(HEADS + typed, refs[HEADS + typed], named)
    if TAGS + typed in refs:
        # `v1.0` is a release where there is v1.0.1 too, and not the line.
        own = version_of_tag(typed, listing.tags) if TAGS + typed in listing.versions().values() else None
        return ChosenCommit(TAGS + typed, refs[TAGS + typed], own or named)
    return None


def _companion_of_version(
    wanted: Version, chosen: ChosenCommit, listing: Listing, *, pinned: bool
) -> ChosenCommit | Pinned:
    versions = listing.versions()
    match = twin(wanted, versions) or (newest_final(versions, chosen.line) if chosen.line else None)
    if match:
        note = (
            ""
            if match == wanted
            else f"{listing.repository} has no {wanted}; {match} is the newest "
            + ("before it" if match.order < wanted.order else "of the line")
        )
        return ChosenCommit(versions[match], listing.refs[versions[match]], match, note)
    if pinned:
        return Pinned(f"{listing.repository} has no {wanted}")
    raise _unmatched(listing.spelled(wanted), chosen, listing)


def _newest(listing: Listing, line: Line) -> tuple[str, str] | None:
    versions = listing.versions()
    newest = newest_final(versions, line)
    return (versions[newest], listing.refs[versions[newest]]) if newest else None


def _unmatched(
    wanted: str, chosen: ChosenCommit, listing: Listing, *, pin_helps: bool = False
) -> ReleaseNotFound:
    near = nearest(wanted, listing.releases() or listing.offered())
    instead = ", or with --match pin" if pin_helps else ""
    return ReleaseNotFound(
        f"{listing.repository} has no {wanted!r} to match {chosen.ref or chosen.commit}" + _nearest(near),
        where=listing.repository,
        remedy=f"run again with --ref {listing.repository}={near[0] if near else 'REF'}{instead}",
    )


def _nearest(names: Sequence[str]) -> str:
    return f"; nearest: {', '.join(names)}" if names else ""
