"""The auto source: git, and where its host can't be reached, published packages, said aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen import releases
from protogen.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from protogen.protoset import ProtoSet
    from protogen.recipe import Recipe
    from protogen.sources.base import Source


@dataclass(frozen=True)
class AutoSource:
    """Falls back from a host that can't be reached, and from nothing else."""

    recipe: Recipe
    git: Source
    index: Callable[[], Source]
    say: Callable[[str], None]
    name: str = "auto"

    def load(self, version: str, groups: tuple[str, ...]) -> ProtoSet:
        """The protos of the release; see Source."""
        try:
            return self.git.load(version, groups)
        except SourceUnreachable as error:
            unreachable = error
            primary = self.recipe.primary
            named = releases.parse_name(version, primary.branch, primary.tag)
            published = all(repository.packages for repository in self.recipe.repositories.values())
            if not published or not isinstance(named, releases.Line | releases.Version):
                raise
            try:
                protos = self.index().load(version, groups)
            except SourceUnreachable as both:
                raise SourceUnreachable(
                    f"{unreachable.message}; and {both.message}", where=both.where, remedy=both.remedy
                ) from None
        lacking = f", and without {', '.join(protos.lacking)}" if protos.lacking else ""
        self.say(
            f"note: {unreachable.where} can't be reached; using published packages, "
            f"without comments{lacking} (--source git to insist)"
        )
        return protos
