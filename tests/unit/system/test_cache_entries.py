from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.system.cache.entries import MANIFEST, damage, is_sealed, seal
from protogen.system.files import digest

FILES = {"files/a.proto": b"syntax", "files/deep/b.proto": b"", "entry.json": b"{}\n"}


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    folder = tmp_path / "entry"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert not is_sealed(folder)
    seal(folder, "fetched/1")
    return folder


def test_a_sealed_entry_is_whole_wherever_it_is_moved(entry: Path) -> None:
    assert is_sealed(entry)
    assert damage(entry, "fetched/1") == ""
    assert damage(entry.rename(entry.with_name("moved")), "fetched/1") == ""


def test_the_manifest_depends_on_the_files_only(entry: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for name, content in reversed(FILES.items()):
        path = other / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    seal(other, "fetched/1")
    assert (other / MANIFEST).read_bytes() == (entry / MANIFEST).read_bytes()


@pytest.mark.parametrize("name", ["files/a.proto", "entry.json", MANIFEST])
def test_every_flipped_bit_is_found(entry: Path, name: str) -> None:
    path = entry / name
    whole = path.read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        assert damage(entry, "fetched/1"), place
    path.write_bytes(whole)
    assert damage(entry, "fetched/1") == ""


def swap_for_link(entry: Path) -> None:
    path = entry / "entry.json"
    path.rename(entry.parent / "elsewhere")
    path.symlink_to(entry.parent / "elsewhere")


def swap_manifest_for_link(entry: Path) -> None:
    (entry / MANIFEST).rename(entry.parent / "elsewhere")
    (entry / MANIFEST).symlink_to(entry.parent / "elsewhere")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (swap_manifest_for_link, f"{MANIFEST} is neither a file nor a folder"),
        (lambda entry: (entry / "files/a.proto").write_bytes(b"synta"), "files/a.proto has changed"),
        (lambda entry: (entry / "files/a.proto").write_bytes(b"syntax "), "files/a.proto has changed"),
        (lambda entry: (entry / "files/a.proto").chmod(0o755), "files/a.proto has changed"),
        (lambda entry: (entry / "files/deep/b.proto").unlink(), "files/deep/b.proto is missing"),
        (lambda entry: (entry / "files/c.proto").touch(), "files/c.proto was added"),
        (lambda entry: (entry / "files/deep" / MANIFEST).touch(), f"files/deep/{MANIFEST} was added"),
        (
            lambda entry: [(entry / str(n)).touch() for n in range(5)],
            "0 was added, 1 was added, 2 was added and 2",
        ),
        (swap_for_link, "entry.json is neither a file nor a folder"),
        (lambda entry: (entry / MANIFEST).unlink(), "it has no manifest"),
        (lambda entry: (entry / MANIFEST).write_bytes(b"["), "its manifest can't be read"),
        (lambda entry: (entry / MANIFEST).write_bytes(b"[]"), "its manifest can't be read"),
        (
            lambda entry: (entry / MANIFEST).write_bytes((entry / MANIFEST).read_bytes() + b" "),
            "its manifest has",
        ),
        (
            lambda entry: [(entry / MANIFEST).unlink(), (entry / MANIFEST).mkdir()],
            "it can't be read: Is a directory",
        ),
        (lambda entry: seal(entry, "fetched/2"), "it is the entry of fetched/2"),
    ],
)
def test_damage_is_told_in_words(entry: Path, harm: Callable[[Path], object], words: str) -> None:
    harm(entry)
    assert damage(entry, "fetched/1").startswith(words)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda entry: (entry / "files/a.proto").write_bytes(b"synta"), ""),
        (lambda entry: (entry / "files/c.proto").touch(), ""),
        (lambda entry: (entry / "entry.json").write_bytes(b"{}"), "entry.json has changed"),
        (lambda entry: (entry / "entry.json").unlink(), "it can't be read: No such file"),
        (swap_for_link, "entry.json is neither a file nor a folder"),
        (swap_manifest_for_link, f"{MANIFEST} is neither a file nor a folder"),
        (lambda entry: (entry / MANIFEST).write_bytes(b"["), "its manifest can't be read"),
        (lambda entry: (entry / MANIFEST).write_bytes(b'{"name": "", "files": 1}'), "its manifest can't be"),
        (lambda entry: seal(entry, "fetched/2"), "it is the entry of fetched/2"),
    ],
)
def test_what_the_caller_does_not_read_is_not_looked_at(
    entry: Path, harm: Callable[[Path], object], words: str
) -> None:
    harm(entry)
    found = damage(entry, "fetched/1", ["entry.json"])
    assert found.startswith(words)
    assert bool(found) is bool(words)


def test_a_file_that_was_not_sealed_was_added(entry: Path) -> None:
    (entry / "more").touch()
    assert damage(entry, "fetched/1", ["more"]) == "more was added"


def test_what_is_no_file_is_not_sealed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="link is neither a file nor a folder"):
        seal(tmp_path, "k/a")


def test_digests_are_of_bytes_or_text() -> None:
    assert digest("é") == digest("é".encode())
