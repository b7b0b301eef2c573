"""The index source on real releases, from the index that pip is set to. Timings are printed, not judged."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protogen.protos.protoset import ProtoSet
from protogen.recipe import model
from protogen.releases.available import ReleaseRange, pick
from protogen.releases.names import Listing
from protogen.sources.index.source import IndexSource
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes

# Each with the oldest or newest of what changed: modules spelled out in full, in a folder of their own,
# shims for files that moved, roots below other folders.
RELEASES = [("1.12.0", 43), ("2.3.0", 48), ("r2.11", 51), ("2.18", 54), ("r2.21", 54)]


def source(cache: Path, *, offline: bool = False) -> IndexSource:
    return IndexSource(
        model.load("tensorflow-serving"), Context(Cache(cache, offline), Processes(), os.environ)
    )


def reached(protos: ProtoSet) -> set[str]:
    """Every file that the entry points import, all of which must be there."""
    seen: set[str] = set()
    wanted = list(protos.entry_points)
    while wanted:
        name = wanted.pop()
        if name not in seen and not name.startswith("google/protobuf/"):
            seen.add(name)
            found = protos.find(name)
            assert found, name
            assert len({file.content for file in found}) == 1, name
            wanted += FileDescriptorProto.FromString(found[0].content).dependency
    return seen


@pytest.mark.parametrize(("release", "files"), RELEASES)
def test_every_import_of_a_real_release_is_found(release: str, files: int, tmp_path: Path) -> None:
    started = time.perf_counter()
    protos = source(tmp_path).find(release, ()).read()
    cold = time.perf_counter() - started
    assert len(reached(protos)) == files
    started = time.perf_counter()
    again = source(tmp_path).find(release, ()).read()
    warm = time.perf_counter() - started
    assert reached(again) == reached(protos)
    assert reached(source(tmp_path, offline=True).find(release, ()).read()) == reached(protos)
    print(f"index {release}: cold {cold:.2f} s, warm {warm:.2f} s")  # noqa: T201


def test_releases_are_listed_newest_first(tmp_path: Path) -> None:
    wanted = ReleaseRange(exact=True, pre=True)
    releases = [offer.version for offer in pick(source(tmp_path).releases(), wanted, Listing("serving", {}))]
    assert releases.index("2.21.0") < releases.index("2.11.1") < releases.index("1.12.0")
    assert "2.5.0" not in releases  # yanked
