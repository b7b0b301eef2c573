"""Which commit of each repository a release stands for: pure, over listings and what a lock holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, UsageError
from protogen.releases import names

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe
    from protogen.releases.names import Chosen, Listing, PinWanted
    from protogen.releases.release import Release


@dataclass(frozen=True)
class Choices:
    """What is wanted of each repository of a recipe.

    refs: overrides by repository. match: `branch` or `pin`. locked: a release as it was resolved
    before; the repositories that it names stay at their commits.
    """

    recipe: Recipe
    version: str
    refs: Mapping[str, str] = field(default_factory=dict)
    match: str = "branch"
    locked: Release | None = None

    @property
    def held(self) -> dict[str, Chosen]:
        """The repositories that the lock holds."""
        return {
            each.name: names.Chosen(each.ref, each.commit, names.Commit(each.commit), each.note)
            for each in (self.locked.repositories if self.locked else ())
        }

    @property
    def free(self) -> list[str]:
        """The repositories whose refs must be asked for."""
        held = self.held
        return [name for name in self.recipe.repositories if name not in held]

    def choose(self, listings: Mapping[str, Listing]) -> dict[str, Chosen | PinWanted]:
        """The refs of all repositories, or that a pin is wanted, which only a fetched tree can tell.

        Raises ReleaseNotFound, UsageError.
        """
        first, held = self.recipe.releases, self.held
        primary, matched = self._primary(listings.get(first), held.get(first))
        chosen: dict[str, Chosen | PinWanted] = {first: primary}
        for name in self.recipe.repositories:
            if name in held and name != first:
                chosen[name] = held[name]
            elif name != first:
                chosen[name] = self._companion(name, matched, listings[name])
        return chosen

    def package_version(self, listing: Listing | None, primary: Chosen, committed: Callable[[], str]) -> str:
        """The release that was typed gives the version, also where --ref takes another commit for it.

        committed: when the commit was made; asked only where no release gives the version.
        """
        if listing is None:
            return self.locked.package_version if self.locked else ""
        typed = names.parse_name(self.version, listing.branch, listing.tag)
        named = typed if not isinstance(typed, names.Name | names.Commit) else primary.named
        time = committed() if isinstance(named, names.Name | names.Commit) else ""
        return names.package_version(replace(primary, named=named), listing, committed=time)

    def _primary(self, listing: Listing | None, held: Chosen | None) -> tuple[Chosen, Chosen]:
        """What is taken of the releases' repository, and what the others are matched to.

        They match the release that was typed, also where --ref takes another commit for it.
        """
        if held:
            rules = self.recipe.primary
            taken = replace(held, named=names.parse_name(self.version, rules.branch, rules.tag))
            return taken, taken
        assert listing is not None, "a repository that isn't held is listed"
        override = self.refs.get(self.recipe.releases)
        if not override:
            taken = names.choose(self.version, listing)
            return taken, taken
        taken = names.choose_override(override, listing)
        try:
            return taken, names.choose(self.version, listing)
        except ReleaseNotFound:
            return taken, taken

    def _companion(self, name: str, matched: Chosen, listing: Listing) -> Chosen | PinWanted:
        pins = self.recipe.repositories[name].pins
        if name in self.refs:
            return names.choose_override(self.refs[name], listing)
        if fixed := self.recipe.repositories[name].ref:
            return names.choose_fixed(fixed, listing)
        if self.match != "pin":
            others = (
                each
                for other, each in self.recipe.repositories.items()
                if other != self.recipe.releases and other not in self.refs
            )
            pin_helps = all(each.pins or each.ref for each in others)
            return names.choose_companion(matched, listing, pinned=bool(pins), pin_helps=pin_helps)
        if pins:
            return names.PinWanted("by --match pin")
        raise UsageError(
            f"recipe {self.recipe.name} doesn't say where {name} is pinned",
            where="--match pin",
            remedy=f"run again with --ref {name}=REF, or without --match pin",
        )
