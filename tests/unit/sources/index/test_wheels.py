"""What the wheels of a project make, and which of them are read first."""

from __future__ import annotations

import pytest

from protogen.releases.names import Version
from protogen.sources.index.wheels import WheelFile, as_version, package, reading_order


def wheel(name: str, *, yanked: bool = False) -> WheelFile:
    return WheelFile(name, f"https://files.example/{name}", yanked=yanked)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        ("1.2.3", Version((1, 2, 3))),
        ("1.2", Version((1, 2, 0))),
        ("2", Version((2, 0, 0))),
        ("1.2.3rc1", Version((1, 2, 3), "rc1")),
        ("1.2.3a0", Version((1, 2, 3), "a0")),
        ("1.2.3.4", None),
        ("1.2.3.post1", None),
        ("1.2.3.dev1", None),
        ("1.2.3+local", None),
        ("1!1.2.3", None),
        ("9999999.0.0", None),
        ("latest", None),
    ],
)
def test_python_versions_are_read_as_release_names(spelled: str, expected: Version | None) -> None:
    assert as_version(spelled) == expected


def test_package_groups_wheels_by_version() -> None:
    found = package(
        "demo",
        [
            wheel("demo-1.0-py3-none-any.whl"),
            wheel("demo-1.1.0-cp310-cp310-linux_x86_64.whl", yanked=True),
            wheel("demo-1.1.0-1-cp310-cp310-linux_x86_64.whl"),
            wheel("demo-1.2.0-py3-none-any.whl", yanked=True),
            wheel("demo-1.3.0.tar.gz"),
            wheel("demo.whl"),
            wheel("demo-1.0.post1-py3-none-any.whl"),
        ],
    )
    assert set(found.releases) == {Version((1, 0, 0)), Version((1, 1, 0)), Version((1, 2, 0))}
    assert found.releases[Version((1, 0, 0))].spelled == "1.0"
    assert len(found.releases[Version((1, 1, 0))].wheels) == 2
    assert set(found.offered()) == {Version((1, 0, 0)), Version((1, 1, 0))}


def test_wheels_are_read_by_platform_then_newest_python() -> None:
    expected = [
        "d-1-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d-1-cp39-cp39-manylinux2010_x86_64.whl",
        "d-1-cp27-cp27mu-manylinux1_x86_64.whl",
        "d-1-py2.py3-none-any.whl",
        "d-1-cp311-cp311-manylinux2014_aarch64.whl",
        "d-1-cp312-cp312-macosx_11_0_arm64.whl",
        "d-1-cp311-cp311-win_amd64.whl",
        "d-1-odd-none-win32.whl",
    ]
    assert [file.name for file in reading_order([wheel(name) for name in sorted(expected)])] == expected


def test_yanked_wheels_are_read_only_where_all_are() -> None:
    good, bad = wheel("d-1-py3-none-any.whl"), wheel("d-1-cp310-cp310-manylinux1_x86_64.whl", yanked=True)
    assert reading_order([bad, good]) == (good,)
    assert reading_order([bad]) == (bad,)
