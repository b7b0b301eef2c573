"""How much memory is free for children, and what may run side by side in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
_CGROUP = Path("/sys/fs/cgroup")
# The file of the limit and that of the use, in the two versions of control groups.
_LIMITS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))


def available(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = _CGROUP) -> int:
    """Bytes that children may take: what the system has free, or the control group leaves.

    Where the system doesn't say, all that is built in.
    """
    return min([*_of_system(meminfo), *_of_group(cgroup)], default=_built_in())


def waves(needs: Mapping[str, int], free: int) -> tuple[tuple[str, ...], ...]:
    """The names in order, as many side by side as their needs fit into what is free; at least one."""
    done: list[tuple[str, ...]] = []
    wave: list[str] = []
    for name, need in needs.items():
        if wave and sum(needs[each] for each in wave) + need > free:
            done.append(tuple(wave))
            wave = []
        wave.append(name)
    return (*done, tuple(wave)) if wave else tuple(done)


def _of_system(meminfo: Path) -> list[int]:
    with suppress(OSError):
        match = _AVAILABLE.search(meminfo.read_text(encoding="utf-8"))
        return [int(match[1]) * 1024] if match else []
    return []


def _of_group(cgroup: Path) -> list[int]:
    left = []
    for limit, use in _LIMITS:
        with suppress(OSError, ValueError):
            left.append(int((cgroup / limit).read_text()) - int((cgroup / use).read_text()))
    return left


def _built_in() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
