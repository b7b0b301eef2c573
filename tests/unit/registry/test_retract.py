"""What go is told of withdrawn versions, and in which version's go.mod."""

from __future__ import annotations

import io
import zipfile

import pytest

from protogen.registry.ecosystems.go import retraction
from protogen.registry.ecosystems.retract import REASON
from protogen.registry.model import Addition, Held, Published
from tests.support.registry_packages import artifacts

MODULE = "example.com/Team/api"


def release(version: str, yanked: str | None = None) -> Published:
    return Published(version, {"info": {"Version": version}}, yanked=yanked)


def told(version: str, retracted: dict[str, str]) -> Published:
    """A retraction that was published before."""
    facts = {"info": {"Version": version}, "retracts": retracted}
    return Published(version, facts, yanked=REASON)


def read(version: str, path: str) -> bytes:
    """A file of any version of the module."""
    return artifacts(version.removeprefix("v"), ("go",))[path]


def made(*versions: Published) -> Addition | None:
    return retraction(Held("go", MODULE, versions), read)


def lines(addition: Addition | None) -> list[str]:
    """The lines between the brackets of `retract`."""
    assert addition
    text = addition.files[f"go/example.com/!team/api/@v/{addition.version}.mod"].decode()
    before, _, rest = text.partition("\nretract (\n")
    assert before == "module example.com/Team/api\n\ngo 1.19\n"
    assert rest.endswith("\n)\n")
    return [line.strip() for line in rest.removesuffix("\n)\n").split("\n")]


def test_a_withdrawn_version_is_retracted_above_all_releases() -> None:
    found = made(release("v1.2.0"), release("v1.10.0", "breaks"), release("v1.9.0", ""))
    assert found
    assert (found.version, found.yanked, found.base) == ("v1.999999.0", REASON, "v1.2.0")
    assert lines(found) == [
        "v1.9.0",
        "v1.10.0 // breaks",
        f"[v1.999999.0, v1.999999.0] // {REASON}",
    ]


def test_its_code_is_the_newest_offered_versions_under_its_own_number() -> None:
    found = made(release("v1.2.0"), release("v1.10.0", "breaks"))
    assert found
    stem = "go/example.com/!team/api/@v/v1.999999.0"
    assert list(found.files) == [f"{stem}.zip", f"{stem}.mod", f"{stem}.info"]
    assert found.files[f"{stem}.info"] == b'{"Version":"v1.999999.0"}\n'
    with zipfile.ZipFile(io.BytesIO(found.files[f"{stem}.zip"])) as opened:
        root = f"{MODULE}@v1.999999.0"
        assert opened.namelist() == [f"{root}/api.go", f"{root}/go.mod"]
        assert b'Version = "1.2.0"' in opened.read(f"{root}/api.go")
        assert opened.read(f"{root}/go.mod") == found.files[f"{stem}.mod"]


def test_the_only_version_can_be_withdrawn() -> None:
    found = made(release("v1.2.0", "breaks"))
    assert found
    assert found.base == "v1.2.0"


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param([release("v1.2.0")], None, id="nothing to say"),
        pytest.param([], None, id="nothing there"),
        pytest.param([release("v1.2.0", "a"), told("v1.999999.0", {"v1.2.0": "a"})], None, id="said already"),
        pytest.param(
            [release("v1.2.0", "a"), told("v1.999999.0", {"v1.2.0": "a"}), release("v1.3.0")],
            None,
            id="a release doesn't hide it",
        ),
        pytest.param(
            [release("v1.2.0", "b"), told("v1.999999.0", {"v1.2.0": "a"})], "v1.999999.1", id="another reason"
        ),
        pytest.param(
            [release("v1.2.0"), told("v1.999999.9", {"v1.2.0": "a"})], "v1.999999.10", id="offered again"
        ),
        pytest.param(
            [release("v1.2.0"), told("v1.999999.0", {"v1.2.0": "a"}), told("v1.999999.1", {})],
            None,
            id="offered again and said",
        ),
        pytest.param([release("v0.2.0", "a")], "v0.999999.0", id="before the first major version"),
        pytest.param(
            [release("v0.2.0", "a"), told("v0.999999.0", {"v0.2.0": "a"}), release("v1.0.0")],
            "v1.999999.0",
            id="the first major version hides it",
        ),
        pytest.param([release("v2.1.0-rc.1", "a")], "v2.999999.0", id="a pre-release"),
        pytest.param([release("v1.20240131.0", "a")], "v1.99999999.0", id="numbered by days"),
        pytest.param(
            [
                release("v1.2.0", "a"),
                told("v1.999999.0", {"v1.2.0": "a"}),
                release("v1.999999.7"),
            ],
            "v1.9999999.0",
            id="a release of its kind's number",
        ),
    ],
)
def test_the_number_counts_up_and_stays_the_highest(versions: list[Published], expected: str | None) -> None:
    found = made(*versions)
    assert (found.version if found else None) == expected


def test_it_retracts_all_of_its_kind() -> None:
    found = made(
        release("v0.2.0", "a"),
        *(told(f"v0.999999.{patch}", {}) for patch in (2, 10)),
        told("v1.999999.0", {}),
        release("v1.0.0"),
    )
    assert lines(found) == [
        "v0.2.0 // a",
        f"[v0.999999.0, v0.999999.10] // {REASON}",
        f"[v1.999999.0, v1.999999.1] // {REASON}",
    ]


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("  one\nline\r\n\tonly\u2028here ", "one line only here"),
        (")\nretract [v0.0.0, v9.0.0]", ") retract [v0.0.0, v9.0.0]"),
        ("no \x1b[31mcolour\x00", "no [31mcolour"),
        ("Grüße // 中文", "Grüße // 中文"),
    ],
)
def test_a_reason_stays_on_its_line(reason: str, shown: str) -> None:
    assert lines(made(release("v1.2.0"), release("v1.3.0", reason)))[0] == f"v1.3.0 // {shown}"


def test_a_withdrawn_commit_is_retracted_too() -> None:
    commit = "v0.0.0-20240101000000-876a626ef689"
    found = made(release("v1.2.0"), release(commit, "a"))
    assert lines(found)[0] == f"{commit} // a"
