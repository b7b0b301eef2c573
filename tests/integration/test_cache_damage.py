"""A damaged cache entry, of each kind and in each way: mended by a run, named by an offline one."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.errors import CacheDamaged
from protogen.languages.toolchain.go import GO
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.cache.entries import MANIFEST
from protogen.system.cache.upkeep import inventory
from protogen.system.process import Processes
from tests.integration.conftest import Command, Ended, Shop
from tests.integration.test_generate import tree
from tests.support import plugins
from tests.support.command import Ran, run
from tests.support.traces import contents


@pytest.fixture
def generate(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """A run whose Go tools are installed into the cache, and whose requirements are tidied there."""
    plugins.go_tools(tmp_path / "tools", version="v0.0.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    return lambda *more: command("--version", "1.0", "--lang", "go", *shop.options, *more)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def delete(path: Path) -> None:
    path.unlink()


def add(path: Path) -> None:
    path.with_name("more.proto").write_text("// more")


HARMS = (flip, truncate, delete, add)
# Of each kind: what is harmed, and whether a run without network can make it again.
KINDS = {
    "fetched": ("v2/fetched/api-*/files/shop/shop.proto", False),
    "sets": ("v2/sets/*/set.binpb", True),
    "tools": ("v2/tools/protoc-gen-go@*/protoc-gen-go", False),
}


def spoil(cache: Path, pattern: str, harm: Callable[[Path], None]) -> str:
    """Harm the file; the name of its entry."""
    (path,) = cache.glob(pattern)
    harm(path)
    entry = next(parent for parent in path.parents if (parent / MANIFEST).exists())
    return entry.relative_to(cache / "v2").as_posix()


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_entry_is_named_offline_and_mended_online(
    generate: Callable[..., Ended], tmp_path: Path, kind: str
) -> None:
    cache, (pattern, mends_offline) = tmp_path / "cache", KINDS[kind]
    assert generate().code == 0
    first, whole = tree(Path("gen")), tmp_path / "whole"
    shutil.rmtree(cache / "v2/packages")  # else what stands isn't made again, and nothing of it is read
    cache.rename(whole)
    for harm in HARMS:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(whole, cache)
        name = spoil(cache, pattern, harm)
        offline = generate("--offline")
        assert offline.code == (0 if mends_offline else 4), offline.err
        assert (f"the cache entry {name} is damaged" in offline.err) is not mends_offline
    online = generate()
    assert online.code == 0, online.err
    assert [item.name for item in inventory(cache) if item.damage()] == []
    assert tree(Path("gen")) == first


def test_damaged_requirements_of_go_are_named_offline_and_resolved_again(tmp_path: Path) -> None:
    tools = plugins.go_tools(tmp_path / "tools")
    given = {"go": Path(tools["go"])}
    go_sum = Tool("go.sum", "", GO, inputs=(("go.mod", "module m\n"), ("requirements.go", "package p")))

    def resolve(*, offline: bool) -> bytes:
        box = Toolbox(Cache(tmp_path / "cache", offline), Processes(), dict(os.environ), given)
        return box.install([go_sum])["go.sum"].path.read_bytes()

    resolved = resolve(offline=False)
    for harm in HARMS:
        name = spoil(tmp_path / "cache", "v2/tools/go.sum-*/go.sum", harm)
        with pytest.raises(CacheDamaged, match=f"the cache entry {name} is damaged"):
            resolve(offline=True)
        assert resolve(offline=False) == resolve(offline=True) == resolved


def test_a_damaged_listing_of_refs_is_named_offline_and_mended_online(
    generate: Callable[..., Ended], tmp_path: Path
) -> None:
    assert generate().code == 0
    (listing,) = (tmp_path / "cache").glob("v2/fetched/api-refs-*/content")
    flip(listing)
    offline = generate("--offline")
    assert offline.code == 4
    assert f"the cache entry fetched/{listing.parent.name} is damaged" in offline.err
    assert generate().code == 0
    assert generate("--offline").code == 0


@pytest.mark.slow
def test_runs_at_once_mend_a_tool_once(generate: Callable[..., Ended], shop: Shop, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    cache = tmp_path / "cache"
    assert generate().code == 0
    for pattern, _ in KINDS.values():
        spoil(cache, pattern, flip)
    (tmp_path / "installs.log").unlink()
    argv = [sys.executable, "-m", "protogen", "--version", "1.0", "--lang", "go", *shop.options]
    here = str(Path(__file__).parents[2])

    def one(number: int) -> Ran:
        return run([*argv, "--regenerate", "--out", f"out-{number}"], cwd=tmp_path, PYTHONPATH=here)

    with ThreadPoolExecutor(4) as pool:
        ran = list(pool.map(one, range(4)))
    assert [each.code for each in ran] == [0] * 4, [each.err for each in ran]
    assert (tmp_path / "installs.log").read_text() == "protoc-gen-go\n"
    assert list((cache / "tmp").iterdir()) == []
    assert [contents(tmp_path / f"out-{n}") for n in range(4)] == [contents(Path("gen"))] * 4


def test_a_cache_that_cannot_be_written_serves_what_it_holds(
    generate: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate().code == 0
    cache = tmp_path / "cache"
    for name in ("locks", "tmp"):
        shutil.rmtree(cache / name)
    day = time.time() - 24 * 3600
    for item in inventory(cache):
        os.utime(item.path / MANIFEST if item.path.is_dir() else item.path, (day, day))
    for path in [cache, *cache.rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    utime: Callable[..., None] = os.utime

    def read_only(path: Path, *times: object) -> None:
        if cache in Path(path).parents:
            raise OSError(30, "Read-only file system")
        utime(path, *times)

    monkeypatch.setattr(os, "utime", read_only)
    try:
        for more in ((), ("--offline",), ("--regenerate",)):
            ended = generate("--out", "other", *more)
            assert ended.code == 0, ended.err
            assert {path: path.stat().st_mtime_ns for path in cache.rglob("*")} == before
    finally:
        for path in [cache, *cache.rglob("*")]:
            path.chmod(0o755)
