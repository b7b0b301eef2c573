"""Archives of our own making."""

from __future__ import annotations

import io
import tarfile

from protogen.system.archives import tar_gz

LONG = "/".join(["a-folder-of-a-long-name"] * 8) + "/Ünïcode.txt"


def test_an_archive_holds_its_files_below_the_folder() -> None:
    files = {"b.txt": b"2", "a/c.txt": b"1" * 70_000, LONG: b""}
    with tarfile.open(fileobj=io.BytesIO(tar_gz("client-1.0", files))) as archive:
        members = archive.getmembers()
        found = {each.name: opened.read() for each in members if (opened := archive.extractfile(each))}
    assert found == {f"client-1.0/{path}": content for path, content in files.items()}
    assert [each.name for each in members] == sorted(found)
    assert {(each.mode, each.uid, each.gid, each.uname, each.mtime) for each in members} == {
        (0o644, 0, 0, "", 315532800)
    }


def test_the_order_in_which_files_come_doesnt_count() -> None:
    assert tar_gz("x", {"a": b"1", "b": b"2"}) == tar_gz("x", {"b": b"2", "a": b"1"})
