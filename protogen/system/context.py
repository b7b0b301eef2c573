"""What a run works with: the cache, the processes, protoc, the toolbox and the user's environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.system.parallel import Background, Once
from protogen.system.progress import Progress

if TYPE_CHECKING:
    from protogen.system.cache import Cache
    from protogen.system.process import Processes


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True)
class Context:
    """One per command. say: tells the user one line. progress: where tasks are told of.

    once: what the releases of a run share. background: what is begun before it is needed.
    """

    cache: Cache
    processes: Processes
    environ: Mapping[str, str]
    given_tools: Mapping[str, Path] = field(default_factory=dict)
    jobs: int = 2
    say: Callable[[str], None] = _silent
    progress: Progress = field(default_factory=Progress)
    once: Once = field(default_factory=Once)
    background: Background = field(default_factory=Background)

    @property
    def offline(self) -> bool:
        """Whether the network may not be asked for what the cache doesn't hold."""
        return self.cache.offline
