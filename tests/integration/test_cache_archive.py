"""`protogen cache export` and `import`: the cache on another machine, and archives from strangers."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from protogen.system.cache import Cache
from protogen.system.cache import archive as archives
from protogen.system.cache.entries import MANIFEST
from protogen.system.cache.upkeep import inventory
from tests.integration.conftest import Command, Shop
from tests.support import plugins
from tests.support.traces import contents

ENTRY, LISTING = "fetched/a", "fetched/refs"


def made(folder: Path) -> None:
    (folder / "files").mkdir()
    (folder / "files" / "x.proto").write_bytes(b"x" * 1000)
    (folder / "tool").write_bytes(b"#!")
    (folder / "tool").chmod(0o755)


@pytest.fixture
def archive(command: Command, tmp_path: Path) -> Path:
    """An archive of a cache with one entry and one listing; the cache stays."""
    cache = Cache(tmp_path / "cache")
    cache.get("fetched", "a", made)
    cache.put("fetched", "refs", b"{}")
    assert command("cache", "export", "a.tar").code == 0
    return Path("a.tar").absolute()


def test_an_offline_run_elsewhere_gives_the_same_bytes(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.environ["PATH"]
    plugins.go_tools(tmp_path / "tools", version="v0.0.1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{path}")
    arguments = ("--version", "1.0", "--lang", "go", *shop.options)
    assert command(*arguments).code == 0
    for name in ("one.tar.gz", "two.tar.gz"):
        assert command("cache", "export", name).code == 0
    assert Path("one.tar.gz").read_bytes() == Path("two.tar.gz").read_bytes()
    shutil.rmtree(tmp_path / "cache")
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("PROTOGEN_CACHE_DIR", str(tmp_path / "elsewhere"))
    for repository in (shop.api, shop.base, shop.extra):
        repository.path.rename(repository.path.with_name(repository.path.name + "-gone"))
    ended = command("cache", "import", "one.tar.gz")
    assert ended.code == 0, ended.err
    for out, more in {"other": [], "generated": ["--regenerate"]}.items():
        ended = command(*arguments, "--offline", "--out", out, *more)
        assert ended.code == 0, ended.err
        assert contents(Path(out)) == contents(Path("gen")) != {}
    assert command("cache", "export", "three.tar.gz").code == 0
    assert Path("three.tar.gz").read_bytes() == Path("one.tar.gz").read_bytes()


def test_an_archive_holds_nothing_of_this_machine(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        members = opened.getmembers()
    assert [member.name for member in members] == [
        "protogen-cache.json",
        *(f"{ENTRY}/{name}" for name in (MANIFEST, "files/x.proto", "tool")),
        *(f"{LISTING}/{name}" for name in (MANIFEST, "content")),
    ]
    for member in members:
        assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
        assert member.mode == (0o755 if member.name.endswith("tool") else 0o644)


def test_import_mends_keeps_and_adds(command: Command, archive: Path, tmp_path: Path) -> None:
    root = tmp_path / "other"
    other = Cache(root)
    other.get("sets", "mine", made)
    other.put("fetched", "refs", b"[]")
    spoilt = other.get("fetched", "a", made)
    (spoilt / "tool").write_bytes(b"")
    for _ in range(2):
        ended = command("cache", "import", str(archive), "--cache-dir", str(root))
        assert ended.code == 0, ended.err
        assert f"took 2 entries into {root}" in ended.err
        assert [item.name for item in inventory(root)] == [ENTRY, LISTING, "sets/mine"]
        assert not [item for item in inventory(root) if item.damage()]
    assert list((root / "tmp").iterdir()) == []
    assert other.read("fetched", "refs") == b"{}"


def test_kinds_can_be_chosen(command: Command, archive: Path, tmp_path: Path) -> None:
    Cache(tmp_path / "cache").get("sets", "s", made)
    assert command("cache", "export", "sets.tar", "--kind", "sets").code == 0
    with tarfile.open("sets.tar") as opened:
        assert {name.split("/")[0] for name in opened.getnames()} == {"protogen-cache.json", "sets"}
    ended = command("cache", "export", "x.tar", "--kind", "tools")
    assert ended.code == 2
    assert "nothing of kind 'tools'; there is fetched, sets" in ended.err


def test_export_overwrites_by_force_only(command: Command, archive: Path) -> None:
    before = archive.read_bytes()
    archive.write_bytes(b"mine")
    assert command("cache", "export", str(archive)).code == 8
    assert archive.read_bytes() == b"mine"
    assert command("cache", "export", str(archive), "--force").code == 0
    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_what_cannot_be_exported_is_told(command: Command, archive: Path, tmp_path: Path) -> None:
    ended = command("cache", "export", "/proc/none/x.tar")
    assert (ended.code, "can't be written" in ended.err) == (8, True)
    ended = command("cache", "export", "x.tar", "--cache-dir", str(tmp_path / "empty"))
    assert (ended.code, "nothing to export" in ended.err) == (2, True)
    (tmp_path / "cache" / "v2" / ENTRY / "tool").write_bytes(b"")
    ended = command("cache", "export", "x.tar")
    assert (ended.code, f"{ENTRY} is damaged: tool has changed" in ended.err) == (4, True)
    assert not Path("x.tar").exists()


def tar(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for each in members:
            if isinstance(each, tarfile.TarInfo):
                archive.addfile(each)
            else:
                member = tarfile.TarInfo(each[0])
                member.size = len(each[1])
                archive.addfile(member, io.BytesIO(each[1]))
    return written.getvalue()


def listing(*entries: Any, schema: Any = 2) -> tuple[str, bytes]:
    document = {"schema": schema, "entries": list(entries)}
    return "protogen-cache.json", json.dumps(document).encode()


def odd(name: str = "sets/a/x", **settings: Any) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    for key, value in settings.items():
        setattr(member, key, value)
    return member


def claiming(size: int, kind: bytes) -> bytes:
    """A header of the kind that claims a size, with nothing behind it."""
    return tar(listing("k/a"))[:1024] + odd(size=size, type=kind).tobuf(tarfile.GNU_FORMAT)


X = ("sets/a/x", b"x")
HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "no archive"),
    "text": (b"hello" * 200, "no archive"),
    "no list": (tar(X), "doesn't begin with protogen-cache.json"),
    "list is no json": (tar(("protogen-cache.json", b"{"), X), "can't be read"),
    "list is deep": (tar(("protogen-cache.json", b"[" * 100_000), X), "can't be read"),
    "list of numbers": (tar(listing(1), X), "names no entries"),
    "list is a text": (
        tar(("protogen-cache.json", b'{"schema":2,"entries":"a/b"}')),
        "names no",
    ),
    "empty list": (tar(listing()), "aren't those that it names"),
    "other schema": (tar(listing("sets/a", schema=1), X), "schema is 1"),
    "traversal": (tar(listing("sets/a"), ("sets/a/../../x", b"x")), "`..` in the path"),
    "absolute": (tar(listing("sets/a"), ("/etc/x", b"x")), "starts with '/'"),
    "no file of an entry": (tar(listing("sets"), ("sets/a", b"")), "belongs to no entry"),
    "locks": (tar(listing("locks/a"), ("locks/a/x", b"")), "belongs to no entry"),
    "another kind": (tar(listing("git/a"), ("git/a/x", b"")), "belongs to no entry"),
    "lone surrogate": (tar(listing("sets/\udc80"), ("sets/\udc80/x", b"")), "no archive"),
    "same file twice": (tar(listing("sets/a"), X, X), "is there twice"),
    "file and folder": (tar(listing("sets/a"), X, ("sets/a/x/y", b"")), "is there twice"),
    "stranger": (tar(listing("sets/a"), X, ("sets/b/x", b"x")), "aren't those that it names"),
    "symlink": (tar(listing("sets/a"), odd(type=tarfile.SYMTYPE, linkname="/etc")), "not a plain file"),
    "hard link": (tar(listing("sets/a"), odd(type=tarfile.LNKTYPE, linkname="sets/a/y")), "not a plain file"),
    "device": (tar(listing("sets/a"), odd(type=tarfile.CHRTYPE)), "not a plain file"),
    "pipe": (tar(listing("sets/a"), odd(type=tarfile.FIFOTYPE)), "not a plain file"),
    "folder": (tar(listing("sets/a"), odd(type=tarfile.DIRTYPE)), "not a plain file"),
    "sparse": (claiming(1 << 40, tarfile.GNUTYPE_SPARSE), "not a plain file"),
    "huge": (claiming(1 << 40, tarfile.REGTYPE), "too large"),
    "huge header": (claiming(1 << 33, tarfile.XHDTYPE), "header of absurd size"),
    "huge name": (claiming(1 << 33, tarfile.GNUTYPE_LONGNAME), "header of absurd size"),
    "cut": (claiming(100, tarfile.REGTYPE), "no archive"),
    "entry is lacking": (tar(listing("sets/a", "sets/b"), X), "aren't those that it names"),
    "no manifest": (tar(listing("sets/a"), X), "sets/a is damaged: it has no manifest"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_archives_that_export_did_not_write_are_refused(
    command: Command, tmp_path: Path, case: str, packed: Callable[[bytes], bytes]
) -> None:
    content, words = HOSTILE[case]
    Path("bad.tar").write_bytes(packed(content))
    ended = command("cache", "import", "bad.tar")
    assert ended.code == 4, ended.err
    assert words in ended.err
    assert inventory(tmp_path / "cache") == ()
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "work"]


@pytest.mark.parametrize("part", ["files/x.proto", "tool", MANIFEST, "content"])
def test_a_flipped_bit_in_an_archive_is_found(
    command: Command, archive: Path, tmp_path: Path, part: str
) -> None:
    entry = LISTING if part == "content" else ENTRY
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as opened:
        content[opened.getmember(f"{entry}/{part}").offset_data] ^= 1
    archive.write_bytes(content)
    ended = command("cache", "import", str(archive), "--cache-dir", str(tmp_path / "other"))
    assert ended.code == 4
    assert f"{entry} is damaged" in ended.err
    assert inventory(tmp_path / "other") == ()


def test_an_archive_that_was_cut_between_entries_is_refused(command: Command, archive: Path) -> None:
    with tarfile.open(archive) as opened:
        offset = opened.getmember(f"{LISTING}/{MANIFEST}").offset
    archive.write_bytes(archive.read_bytes()[:offset])
    ended = command("cache", "import", str(archive), "--cache-dir", "other")
    assert ended.code == 4
    assert "aren't those that it names" in ended.err


@pytest.mark.parametrize(
    "spoil", [lambda zipped: zipped[:40], lambda zipped: zipped[:40] + b"?" * 400, lambda zipped: zipped[:4]]
)
def test_a_compressed_archive_that_is_damaged_is_refused(
    command: Command, archive: Path, spoil: Callable[[bytes], bytes]
) -> None:
    archive.write_bytes(spoil(gzip.compress(archive.read_bytes())))
    ended = command("cache", "import", str(archive), "--cache-dir", "other")
    assert ended.code == 4
    assert "the archive can't be read" in ended.err
    assert str(archive) in ended.err


def test_too_many_files_are_refused(command: Command, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_FILES", 2)
    ended = command("cache", "import", str(archive), "--cache-dir", "other")
    assert (ended.code, "too large" in ended.err) == (4, True)


def test_an_archive_that_is_not_there_is_told(command: Command) -> None:
    ended = command("cache", "import", "none.tar")
    assert ended.code == 4
    assert "No such file" in ended.err
