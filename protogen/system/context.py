"""What a run works with: the cache, the processes and the user's environment."""

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
    """What all parts of a command work with; one per command."""

    cache: Cache
    processes: Processes
    environ: Mapping[str, str]
    given_tools: Mapping[str, Path] = field(default_factory=dict)
    """Programs by name, from --tool and PROTOGEN_TOOL_…"""
    jobs: int = 2
    """How many processes may run side by side."""
    say: Callable[[str], None] = _silent
    """Shows the user one line."""
    progress: Progress = field(default_factory=Progress)
    """Who hears what the run is doing."""
    once: Once = field(default_factory=Once)
    """What the releases of a run share."""
    background: Background = field(default_factory=Background)
    """What is begun before it is needed."""

    @property
    def offline(self) -> bool:
        """Whether the network may not be asked for what the cache doesn't hold."""
        return self.cache.offline
