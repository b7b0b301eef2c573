"""The auto source: git, and where it or its host can't be reached, published packages, said aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from protogen.errors import ProtosUnresolved, ReleaseNotFound, SourceUnreachable, ToolMissing
from protogen.releases import names
from protogen.sources.base import Resolved

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe
    from protogen.releases.available import AvailableRelease
    from protogen.sources.base import Source


T = TypeVar("T")
_Failed = SourceUnreachable | ToolMissing


@dataclass(frozen=True)
class AutoSource:
    """Falls back from a host that can't be reached and from a git that isn't there, and from nothing else."""

    recipe: Recipe
    git: Source
    index: Callable[[], Source]
    say: Callable[[str], None]
    name: str = "auto"

    def resolve(self, version: str, groups: tuple[str, ...]) -> Resolved:
        """The release by git, else the protos of the packages; see Source."""
        try:
            return self.git.resolve(version, groups)
        except (SourceUnreachable, ToolMissing) as error:
            primary = self.recipe.primary
            named = names.parse_name(version, primary.branch, primary.tag)
            if not self.recipe.is_published or not isinstance(named, names.Line | names.Version):
                raise
            protos = self._instead(error, lambda index: index.resolve(version, groups).read())
            lacking = f", and without {', '.join(protos.lacking)}" if protos.lacking else ""
            self._tell(error, f"using published packages, without comments{lacking}")
            return Resolved(lambda: protos)

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The releases that git offers, or the index; see Source."""
        try:
            return self.git.releases()
        except (SourceUnreachable, ToolMissing) as error:
            if not self.recipe.is_published:
                raise
            offers = self._instead(error, lambda index: index.releases())
            self._tell(error, "these are the published packages")
            return offers

    def _instead(self, error: _Failed, ask: Callable[[Source], T]) -> T:
        try:
            return ask(self.index())
        except (SourceUnreachable, ReleaseNotFound, ProtosUnresolved) as both:
            # What helps an index that lacks something is often git, which has just failed.
            remedy = both.remedy.replace("run again with --source git", _when_git_is_back(error))
            raise type(both)(
                f"{error.message}; and {both.message}", where=both.where, remedy=remedy
            ) from None

    def _tell(self, error: _Failed, instead: str) -> None:
        self.say(f"note: {_reason(error)}; {instead} (--source git to insist)")


def _reason(error: _Failed) -> str:
    return "git can't be started" if isinstance(error, ToolMissing) else f"{error.where} can't be reached"


def _when_git_is_back(error: _Failed) -> str:
    if isinstance(error, ToolMissing):
        return "install git and run again"
    return f"run again when {error.where} can be reached"
