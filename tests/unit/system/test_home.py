from __future__ import annotations

import os
import pwd
import tempfile
from typing import TYPE_CHECKING, NoReturn

import pytest

from protogen.errors import OutputUnwritable
from protogen.system import home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary folders, the test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return folder


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user that the system knows by number only."""

    def unknown(number: int) -> NoReturn:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.delenv("HOME", raising=False)


def own(temporary: Path) -> Path:
    return temporary / f"protogen-{os.getuid()}"


def test_home_is_by_variable_then_by_the_users_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = pwd.getpwuid(os.getuid())
    assert str(home.home_folder({"HOME": str(tmp_path)})) == str(tmp_path)
    assert str(home.home_folder({"HOME": ""})) == str(home.home_folder({})) == listed.pw_dir
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd(("x", "x", 1, 1, "", "", "")))
    assert home.home_folder({}) is None


@pytest.mark.usefixtures("nobody")
def test_a_user_without_home_gets_a_cache_and_a_home_of_its_own(temporary: Path) -> None:
    cache = home.cache_folder(None, {})
    assert cache == own(temporary) / "cache"
    assert cache.is_dir()
    assert own(temporary).stat().st_mode & 0o777 == 0o700
    assert home.is_temporary(cache)
    assert home.home_folder({}) is None
    assert home.with_home({"PATH": "/bin"}) == {"PATH": "/bin", "HOME": str(own(temporary) / "home")}
    assert home.with_home({"HOME": ""}) == {"HOME": str(own(temporary) / "home")}
    assert home.cache_folder(None, {}) == cache


def test_a_home_that_is_set_stays_and_go_gets_folders_that_it_can_write(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home.with_home({"HOME": str(tmp_path)}) == {"HOME": str(tmp_path)}
    assert not own(temporary).exists()
    closed, access = tmp_path / "closed", os.access
    (closed / "go").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and access(path, mode))
    inside = str(own(temporary) / "home" / "go-build")
    assert home.with_home({"HOME": str(closed)}) == {"HOME": str(closed), "GOCACHE": inside}
    assert home.with_home({"HOME": "/dev/null", "GOCACHE": "x"}) == {
        "HOME": "/dev/null",
        "GOCACHE": "x",
        "GOPATH": str(own(temporary) / "home" / "go"),
    }
    given = {"HOME": str(closed), "XDG_CACHE_HOME": str(tmp_path)}
    assert home.with_home(given) == given


@pytest.mark.parametrize("place", ["file", "file/below", "closed"])
def test_a_home_where_nothing_can_be_made_gives_the_temporary_cache(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").mkdir()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "closed" not in str(path) and access(path, mode))
    monkeypatch.setenv("HOME", str(tmp_path / place))
    assert home.cache_folder(None, os.environ) == own(temporary) / "cache"


def test_the_usual_cache_is_taken_where_it_is_or_can_be(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "not" / "there" / "yet"))
    cache = home.cache_folder(None, os.environ)
    assert cache.is_relative_to(tmp_path / "not")
    cache.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert home.cache_folder(None, os.environ) == cache  # read-only, and as good as it was
    assert not home.is_temporary(cache)
    assert not own(temporary).exists()


@pytest.mark.usefixtures("nobody")
def test_a_cache_that_is_named_needs_no_home(tmp_path: Path) -> None:
    assert home.cache_folder(str(tmp_path), {}) == tmp_path
    assert home.cache_folder(None, {"PROTOGEN_CACHE_DIR": str(tmp_path)}) == tmp_path


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("kind", ["link", "open to others", "file"])
def test_a_temporary_folder_of_somebody_else_is_refused(temporary: Path, tmp_path: Path, kind: str) -> None:
    if kind == "link":
        own(temporary).symlink_to(tmp_path)
    elif kind == "file":
        own(temporary).write_text("")
    else:
        own(temporary).mkdir()
        own(temporary).chmod(0o777)
    with pytest.raises(OutputUnwritable, match="no home folder that can be written") as caught:
        home.cache_folder(None, {})
    assert caught.value.code == 8
    assert "--cache-dir DIR" in caught.value.remedy


@pytest.mark.usefixtures("nobody")
def test_a_system_without_temporary_folders_ends_with_8(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> NoReturn:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(OutputUnwritable, match="no folder for temporary files") as caught:
        home.cache_folder(None, {})
    assert "set TMPDIR" in caught.value.remedy
