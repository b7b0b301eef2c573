"""The auto source: git, and where it or its host can't be reached, published packages, said aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from protogen.errors import ProtosUnresolved, ReleaseNotFound, SourceUnreachable, ToolMissing
from protogen.recipe.model import Recipe
from protogen.releases import names
from protogen.sources.base import Found, Source
from protogen.system.context import Context

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.releases.available import AvailableRelease

T = TypeVar("T")
_Failed = SourceUnreachable | ToolMissing


@dataclass(frozen=True)
class AutoSource:
    """Falls back from a host that can't be reached and from a git that isn't there, and from nothing else."""

    recipe: Recipe
    git: Source
    index: Callable[[], Source]
    context: Context

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The release by git, else its packages; see Source."""
        try:
            return self.git.find(version, groups)
        except (SourceUnreachable, ToolMissing) as error:
            primary = self.recipe.primary
            named = names.parse_name(version, primary.branch, primary.tag)
            if not self.recipe.is_published or not isinstance(named, names.Line | names.Version):
                raise
            found, failed = self._instead(error, lambda: self.index().find(version, groups)), error

        def read() -> ProtoSet:
            protos = self._instead(failed, found.read)
            without = ", ".join(protos.missing_entry_points)
            without = f"comments, and without {without}" if without else "comments"
            self._tell(failed, f"using published packages, without {without}")
            return protos

        return Found(read)

    def releases(self) -> tuple[AvailableRelease, ...]:
        """The releases that git offers, or the index; see Source."""
        try:
            return self.git.releases()
        except (SourceUnreachable, ToolMissing) as error:
            if not self.recipe.is_published:
                raise
            available = self._instead(error, lambda: self.index().releases())
            self._tell(error, "these are the published packages")
            return available

    def _instead(self, error: _Failed, ask: Callable[[], T]) -> T:
        """What the index answers; where it fails too, both errors are told."""
        try:
            return ask()
        except (SourceUnreachable, ReleaseNotFound, ProtosUnresolved) as both:
            # What helps an index that lacks something is often git, which has just failed.
            remedy = both.remedy.replace("run again with --source git", _when_git_is_back(error))
            raise type(both)(
                f"{error.message}; and {both.message}", where=both.where, remedy=remedy
            ) from None

    def _tell(self, error: _Failed, instead: str) -> None:
        """Say what is taken instead, once in a run."""
        note = f"note: {_reason(error)}; {instead} (--source git to insist)"
        self.context.once.get(("note", note), lambda: self.context.say(note))


def _reason(error: _Failed) -> str:
    return "git can't be started" if isinstance(error, ToolMissing) else f"{error.where} can't be reached"


def _when_git_is_back(error: _Failed) -> str:
    if isinstance(error, ToolMissing):
        return "install git and run again"
    return f"run again when {error.where} can be reached"
