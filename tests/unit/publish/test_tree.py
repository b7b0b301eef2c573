from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.publish.tree import (
    ABSENT,
    FILE,
    FOLDER,
    OTHER,
    SYMLINK,
    Disk,
    check_paths,
    folders_of,
    kind,
    read_regular,
    scan,
)
from protogen.system.files import digest


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "a/",
        "a//b",
        "./a",
        "a/./b",
        "..",
        "a/../b",
        "a\0",
        "a\\b",
        "\ud800",
        ".protogen-publish/a",
    ],
)
def test_a_path_that_no_package_may_have_is_refused(path: str) -> None:
    with pytest.raises(ValueError):
        check_paths(["fine", path])


def test_a_file_that_is_also_a_folder_is_refused() -> None:
    with pytest.raises(ValueError, match="both a file and a folder: 'a/b'"):
        check_paths(["a/b", "a/b/c/d"])


def test_ordinary_paths_are_accepted() -> None:
    check_paths(["a", "b/.hidden", "b/...", "b/ü c", "b.c/a"])


def test_folders_of_names_every_folder_above_a_file() -> None:
    assert folders_of(["a/b/c", "a/d", "e"]) == {"a", "a/b"}


def test_kind_tells_a_symlink_from_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    names = ["", "file", "link", "fifo", "none", "file/below"]
    assert [kind(tmp_path / name) for name in names] == [FOLDER, FILE, SYMLINK, OTHER, ABSENT, ABSENT]


def test_scan_hashes_wanted_files_only_and_stays_out_of_others_folders(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/wanted").write_text("x")
    (tmp_path / "a/other").touch()
    (tmp_path / "strange/deep").mkdir(parents=True)
    (tmp_path / ".protogen-publish").mkdir()
    os.mkfifo(tmp_path / "a/fifo")
    assert scan(tmp_path, ["a/b/wanted", "a/b/missing", "a/fifo"]) == Disk(
        files={"a/b/wanted": digest("x"), "a/fifo": OTHER},
        folders=frozenset({"a", "a/b"}),
        foreign=frozenset({"a/other", "strange"}),
    )


def test_scan_takes_a_known_file_for_what_it_was_but_not_what_took_its_place(tmp_path: Path) -> None:
    paths = ["read", "file", "gone", "link", "fifo", "folder"]
    for path in ("read", "file"):
        (tmp_path / path).write_text("x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    assert scan(tmp_path, paths, known=dict.fromkeys(paths[1:], "known")) == Disk(
        files={"read": digest("x"), "file": "known", "link": SYMLINK, "fifo": OTHER},
        folders=frozenset({"folder"}),
    )


def test_scan_never_follows_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_text("x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "link").symlink_to(tmp_path / "outside/file")
    assert scan(root, ["folder/file", "link"]) == Disk(files={"folder": SYMLINK, "link": SYMLINK})


def test_scan_sees_a_folder_at_a_wanted_files_path_without_entering_it(tmp_path: Path) -> None:
    (tmp_path / "file/deep").mkdir(parents=True)
    assert scan(tmp_path, ["file"]) == Disk(folders=frozenset({"file"}))


def test_a_file_that_became_a_symlink_just_now_isnt_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to("secret")
    assert read_regular(tmp_path / "secret") == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(tmp_path / "link")


def test_a_file_that_doesnt_say_its_size_is_read_to_its_end() -> None:
    version = Path("/proc/version")
    if not version.exists():
        pytest.skip("no such file on this system")
    assert version.stat().st_size == 0
    assert read_regular(version) == version.read_bytes() != b""


@pytest.mark.parametrize("place", ["/", os.devnull])
def test_what_isnt_a_regular_file_is_refused_before_it_is_read(place: str) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(place)
