"""What a run works with: the cache, the processes, protoc, the toolbox and the user's environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.once import Once
from protogen.parallel import Background
from protogen.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from protogen.cache import Cache
    from protogen.process import Processes
    from protogen.protoc import Protoc
    from protogen.toolchain.toolbox import Toolbox


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True)
class Workbench:
    """One per command. say: tells the user one line. progress: where tasks are told of.

    once: what the releases of a run share. background: what is begun before it is needed.
    """

    cache: Cache
    processes: Processes
    environ: Mapping[str, str]
    given_tools: Mapping[str, Path] = field(default_factory=dict)
    jobs: int = 2
    offline: bool = False
    say: Callable[[str], None] = _silent
    progress: Progress = field(default_factory=Progress)
    once: Once = field(default_factory=Once)
    background: Background = field(default_factory=Background)

    @property
    def protoc(self) -> Protoc:
        """The compiler."""
        from protogen.protoc import Protoc

        return Protoc(self.processes)

    @property
    def toolbox(self) -> Toolbox:
        """The provider of tools."""
        from protogen.toolchain.toolbox import Toolbox

        return Toolbox(self.cache, self.processes, self.environ, self.given_tools, self.offline, self.once)


def default_jobs() -> int:
    """As many as there are processors for this process."""
    from protogen import processors

    return processors.granted()
