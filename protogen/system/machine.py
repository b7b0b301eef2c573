"""What this machine grants this process: processors and memory, which may be less than it has."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

_CGROUP, _OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
# A line of /proc/self/cgroup, see cgroups(7): number, controllers (none in version 2), path.
_GROUP = re.compile(r"^\d+:(?P<controllers>[^:]*):(?P<path>/.*)$", re.MULTILINE)


_AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
# The file of the limit and that of the use, in the two versions of control groups.
_LIMITS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))


def processors(root: Path = _CGROUP, own: Path = _OWN) -> int:
    """The processors that this process may use: by its affinity and its control groups; at least one.

    root: where control groups are mounted. own: the file that names the groups of this process.
    """
    quotas = [ceil(quota) for quota in _quotas(root, own)]
    return max(1, min([_by_affinity(), *quotas]))


def _by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 2


def _quotas(root: Path, own: Path) -> list[float]:
    """The quotas of the groups of this process and of all groups around them, in processors."""
    found = []
    for folder in _folders(root, own):
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
            found.append(float(quota) / float(period))  # `max` for no quota is no number
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            found.append(float(quota) / float(period))  # -1 for no quota
    return [quota for quota in found if quota > 0]


def _folders(root: Path, own: Path) -> list[Path]:
    """The folders of the groups, innermost first; a container often sees its own group as the root."""
    found: dict[Path, None] = {}
    text = ""
    with suppress(OSError, ValueError):
        text = own.read_text(encoding="utf-8")
    for group in _GROUP.finditer(text):
        if not group["controllers"]:
            mounts = [root]
        elif "cpu" in group["controllers"].split(","):
            mounts = [root / group["controllers"], root / "cpu"]
        else:
            continue
        path = Path(group["path"].lstrip("/"))
        if ".." not in path.parts:
            found |= dict.fromkeys(mount / part for mount in mounts for part in (path, *path.parents))
    return [*found, *(folder for folder in (root, root / "cpu") if folder not in found)]


def free_memory(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = _CGROUP) -> int:
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
