"""What a source is to protogen: find a release, then read its protos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from protogen.releases.release import Release

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.releases.available import AvailableRelease


@dataclass(frozen=True)
class Found:
    """A release whose commits, packages or folders are known."""

    read: Callable[[], ProtoSet]
    """Fetches its protos. Raises what Source.find raises."""
    release: Release | None = None
    """The release where commits identify it, which tell its protos from all others; None elsewhere."""


class Source(Protocol):
    """A way to get the protos of a release."""

    def find(self, version: str, groups: tuple[str, ...]) -> Found:
        """The release that `version` names, with the groups of extra entry points: what its name stands for.

        It asks for refs or project pages, and fetches no protos but where only they tell: a commit that
        another repository pins, and when a commit was made that no release is called after.
        It, and reading the protos, raise ReleaseNotFound, SourceUnreachable, SourceRefused, or
        ProtosUnresolved where a group can't be had from this source.
        """
        ...

    def releases(self) -> tuple[AvailableRelease, ...]:
        """Every release and release line of the repository that names them, in any order.

        Raises SourceUnreachable, SourceRefused, and UsageError where the source can't know.
        """
        ...
