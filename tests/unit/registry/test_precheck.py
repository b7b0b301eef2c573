"""Which folders can't be a registry, told before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import OutputInTheWay, OutputUnwritable, ProtogenError, UsageError
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.precheck import check_apart, check_is_registry
from tests.support.registry_packages import artifacts


@pytest.mark.parametrize(
    ("registry", "folder", "apart"),
    [
        ("public", "gen/go", True),
        ("gen/public", "gen/go", True),
        ("gen/go-public", "gen/go", True),
        ("gen/go", "gen/go", False),
        ("gen/go/public", "gen/go", False),
        ("gen", "gen/go", False),
        ("gen/../gen/go", "gen/go", False),
        ("link", "gen/go", False),
        ("link/public", "gen/go", False),
        ("public", "link", True),
        ("gen/go/public", "link", False),
    ],
)
def test_a_registry_stands_apart_from_what_is_written_anew(
    registry: str, folder: str, apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gen/go").mkdir(parents=True)
    Path("link").symlink_to("gen/go")
    folders = {"java": Path("out/java"), "go": Path(folder)}
    if apart:
        check_apart(Path(registry), folders)
        return
    with pytest.raises(UsageError, match=r"the registry and go .* one another") as caught:
        check_apart(Path(registry), folders)
    assert "--registry" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("/", UsageError, "can't be a registry"),
        (".protogen-publish/x", UsageError, "can't be a registry"),
        ("file", OutputInTheWay, "is a file"),
        ("file/public", OutputInTheWay, "is a file"),
        ("nowhere", OutputInTheWay, "link to nothing"),
        ("package", OutputInTheWay, "holds a package"),
    ],
)
def test_what_cannot_become_a_registry_is_refused(
    name: str, error: type[ProtogenError], message: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/.protogen.json").write_text("{}")
    with pytest.raises(error, match=message):
        check_is_registry(tmp_path / name)


def test_a_link_an_absent_folder_and_others_files_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/robots.txt").touch()
    (tmp_path / "link").symlink_to("real")
    for name in ("real", "link", "absent/deep"):
        check_is_registry(tmp_path / name)
    add(tmp_path / "link", *layout.additions(artifacts("1.2.0", ("go",)), "api", "1.2.0"))
    assert (tmp_path / "real/go").is_dir()
    assert (tmp_path / "link").is_symlink()
    check_is_registry(tmp_path / "real")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"schema": 99, "service": "another kind"}', UsageError, "a newer protogen wrote this registry"),
        ('{"schema": 1', OutputUnwritable, "how it is served is damaged"),
        ('{"schema": 1, "service": 7}', OutputUnwritable, "how it is served is damaged"),
        ("", OutputUnwritable, "how it is served is damaged"),
    ],
)
def test_settings_that_cannot_be_read_are_told(
    text: str, error: type[ProtogenError], message: str, tmp_path: Path
) -> None:
    additions, evidence = layout.additions(artifacts("1.2.0", ("go",)), "api", "1.2.0")
    add(tmp_path, additions, evidence)
    (tmp_path / ".protogen/registry.json").write_text(text)
    with pytest.raises(error, match=message):
        check_is_registry(tmp_path)
    with pytest.raises(error, match=message):
        add(tmp_path, additions, evidence)
