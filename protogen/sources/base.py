"""The Source protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.releases.available import AvailableRelease
    from protogen.releases.release import Release


@dataclass(frozen=True)
class Resolved:
    """A release that its source has found. read: gives its protos.

    settled: the release, where it names commits: then it tells these protos from all others, unread.
    """

    read: Callable[[], ProtoSet]
    settled: Release | None = None


class Source(Protocol):
    """A way to get the protos of a release."""

    @property
    def name(self) -> str:
        """`git`, `index`, `folder` or `auto`."""
        ...

    def resolve(self, version: str, groups: tuple[str, ...]) -> Resolved:
        """The release that `version` names, with the groups of extra entry points.

        It, and reading the protos, raise ReleaseNotFound, SourceUnreachable, SourceRefused, or
        ProtosUnresolved where a group can't be had from this source.
        """
        ...

    def releases(self) -> tuple[AvailableRelease, ...]:
        """Every release and release line of the repository that names them, in any order.

        Raises SourceUnreachable, SourceRefused, and UsageError where the source can't know.
        """
        ...
