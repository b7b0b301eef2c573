"""The protobuf modules of a wheel too large to download: read by ranges, imports followed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from protogen.releases.names import Version
from protogen.sources.index.http_client import HttpClient
from protogen.sources.index.packages import reading_order
from protogen.sources.index.project_pages import ProjectPages
from protogen.sources.index.ranged_file import open_wheel
from protogen.sources.index.wheel_archive import WheelArchive
from protogen.system import pip_settings
from protogen.system.cache import Cache
from protogen.system.parallel import Once

_IMPORT = re.compile(rb"^from ([\w.]+) import (\w+_pb2)\b", re.MULTILINE)


def imported(module: bytes) -> set[str]:
    """The paths of the protobuf modules that one imports."""
    return {
        f"{folder.decode().replace('.', '/')}/{name.decode()}.py" for folder, name in _IMPORT.findall(module)
    }


@contextmanager
def opened(
    project: str, version: Version, scratch: Path
) -> Iterator[tuple[WheelArchive, ThreadPoolExecutor]]:
    """The wheel of a release that is the smallest to read, and threads to fetch its parts with."""
    settings, cache = pip_settings.read(dict(os.environ)), Cache(scratch)
    with closing(HttpClient(settings)) as http:
        pages = ProjectPages(settings, cache, Once(), http)
        wheel = reading_order(pages.package(project).releases[version].wheels)[0]
        (scratch / "tmp").mkdir(parents=True, exist_ok=True)
        with closing(
            WheelArchive(wheel, open_wheel(http, wheel, scratch / "tmp", lambda count: None))
        ) as archive:
            yield archive, http.threads


def install(project: str, version: Version, wanted: set[str], site: Path, scratch: Path) -> int:
    """Write the wanted modules of the project's wheel, and those that they import, below site; how many."""
    with opened(project, version, scratch) as (archive, pool):
        return _write(archive, wanted, site, pool)


def _write(archive: WheelArchive, wanted: set[str], site: Path, pool: ThreadPoolExecutor) -> int:
    written: set[str] = set()
    while level := (wanted & archive.modules) - written:
        list(pool.map(archive.fetch, archive.unread(level)))
        for path in sorted(level):
            content = archive.read(path)
            target = site / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            wanted = wanted | imported(content)
        written |= level
    for folder in {parent for path in written for parent in Path(path).parents if parent != Path()}:
        (site / folder / "__init__.py").touch()
    return len(written)
