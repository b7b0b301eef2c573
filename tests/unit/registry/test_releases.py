"""The folder's pages follow what is added and withdrawn, whatever the order, and verify holds them to it."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import OutputInTheWay, OutputUnwritable
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.checking import findings
from protogen.registry.folder import Folder, release_path
from protogen.registry.release import Changes, Release, Section
from protogen.registry.yanking import yank
from tests.support.registry_packages import artifacts

URL = "https://example.com/registry"
LISTS = ("index.html", "releases.json")


@pytest.fixture(autouse=True)
def _nothing_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protogen.registry.change.sync_trees", lambda *_: None)


class Compared:
    """Tells what it compared, and that as what changed."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def __call__(self, old: bytes, new: bytes) -> Changes:
        self.pairs.append((old.decode(), new.decode()))
        return Changes(1, 0, 0, (Section("Files", (("added", f"{old.decode()} {new.decode()}"),)),))


def put(
    root: Path, version: str, *, languages: Any = ("go", "python"), text: str = "", **named: Any
) -> Compared:
    """Add a made-up release; its descriptor set is its version."""
    made = artifacts(version, languages, text)
    made[f"api-{version}.protoset"] = f"{version}{text}".encode()
    compared = Compared()
    name = named.pop("recipe", "api")
    add(root, *layout.additions(made, name, version), **{"url": URL, "compare": compared, **named})
    return compared


def pages(root: Path) -> dict[str, bytes]:
    found = [*root.rglob("*.html"), *root.glob("*.json")]
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in found if "pypi" not in path.parts
    }


def listed(root: Path) -> list[dict[str, Any]]:
    releases: list[dict[str, Any]] = json.loads((root / "releases.json").read_bytes())["releases"]
    return releases


def known(root: Path, version: str) -> Release:
    found = Folder(root).release("api", version)
    assert found
    return found


def test_each_release_has_its_page_and_its_row(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    put(tmp_path, "1.10.0")
    assert [(each["version"], each["release"], each.get("since")) for each in listed(tmp_path)] == [
        ("1.10.0", "r1.10", "1.2.0"),
        ("1.2.0", "r1.2", None),
    ]
    for each in listed(tmp_path):
        assert (tmp_path / each["page"]).is_file()
    assert "1.2.0 1.10.0" in (tmp_path / "files/api/1.10.0/index.html").read_text()
    assert findings(Folder(tmp_path)) == []


def test_releases_added_in_any_order_leave_the_same_pages(tmp_path: Path) -> None:
    versions = ("1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0")
    found = []
    for number, order in enumerate(list(permutations(versions))[::5]):
        root = tmp_path / str(number)
        for version in order:
            compared = put(root, version)
            assert len(compared.pairs) <= 3
        found.append(pages(root))
    assert all(each == found[0] for each in found)
    since = {each["version"]: each.get("since") for each in listed(tmp_path / "0")}
    assert since == {"1.2.0": "1.1.0", "1.2.0-rc.1": "1.1.0", "1.1.0": "1.0.0", "1.0.0": None}


def test_one_more_release_reads_its_neighbours_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for minor in range(12):
        put(tmp_path, f"1.{minor}.0")
    read: list[str] = []
    original = Folder.release

    def noted(self: Folder, recipe: str, version: str) -> Release | None:
        read.append(version)
        return original(self, recipe, version)

    monkeypatch.setattr(Folder, "release", noted)
    put(tmp_path, "1.5.1")
    assert set(read) == {"1.5.1", "1.5.0", "1.6.0"}


def test_a_run_for_more_languages_adds_to_the_release(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0", languages=("go",))
    put(tmp_path, "1.2.0", languages=("go", "java"))
    (row,) = listed(tmp_path)
    assert [each["ecosystem"] for each in row["packages"]] == ["go", "maven"]
    assert len(known(tmp_path, "1.2.0").evidence) == 2
    before = pages(tmp_path)
    put(tmp_path, "1.2.0", languages=("java",))
    assert pages(tmp_path) == before, "nothing new"
    assert findings(Folder(tmp_path)) == []


def test_a_run_that_adds_nothing_compares_nothing(tmp_path: Path) -> None:
    for version in ("1.2.0", "1.4.0"):
        put(tmp_path, version)
    before = pages(tmp_path)
    assert put(tmp_path, "1.2.0").pairs == []
    assert put(tmp_path, "1.4.0").pairs == []
    assert pages(tmp_path) == before
    (page,) = tmp_path.glob("files/api/1.4.0/index.html")
    page.write_text("damaged")
    assert put(tmp_path, "1.4.0").pairs == []
    assert pages(tmp_path) == before
    assert put(tmp_path, "1.3.0").pairs == [("1.2.0", "1.3.0"), ("1.3.0", "1.4.0")]


def test_another_descriptor_set_of_a_release_is_compared_again(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0", languages=("go",))
    put(tmp_path, "1.3.0", languages=("go",))
    compared = put(tmp_path, "1.2.0", languages=("python",), text="+more")
    assert compared.pairs == [("1.2.0+more", "1.3.0")]
    assert findings(Folder(tmp_path)) == []


def test_without_its_descriptor_set_a_release_is_not_compared(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    (path,) = tmp_path.glob("files/api/1.2.0/*/*.protoset")
    path.write_text("other")
    assert put(tmp_path, "1.3.0").pairs == []
    path.unlink()
    assert put(tmp_path, "1.4.0").pairs == [("1.3.0", "1.4.0")]
    put(tmp_path, "1.2.1")
    assert known(tmp_path, "1.2.1").changes is None
    put(tmp_path, "1.5.0", compare=None)
    assert known(tmp_path, "1.5.0").changes is None


def test_what_is_withdrawn_is_marked_and_offered_again(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    put(tmp_path, "1.3.0")
    before = pages(tmp_path)
    yank(tmp_path, "team-api", "1.3.0", "breaks")
    marked = [each for row in listed(tmp_path) for each in row["packages"] if "yanked" in each]
    assert [(each["version"], each["yanked"]) for each in marked] == [("1.3.0", "breaks")]
    assert b"breaks" in (tmp_path / "files/api/1.3.0/index.html").read_bytes()
    assert findings(Folder(tmp_path)) == []
    yank(tmp_path, "team-api", "1.3.0", None)
    assert pages(tmp_path) == before


def test_another_address_is_told_on_all_pages(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    put(tmp_path, "1.3.0", url="https://example.com/moved")
    text = b"".join(pages(tmp_path).values())
    assert b"example.com/moved" in text
    assert URL.encode() not in text
    assert findings(Folder(tmp_path)) == []


def test_recipes_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0", languages=("go",))
    put(tmp_path, "1.3.0", languages=("python",), recipe="other <ü>")
    assert [(each["recipe"], each.get("since")) for each in listed(tmp_path)] == [
        ("api", None),
        ("other <ü>", None),
    ]


@pytest.mark.parametrize("name", LISTS)
def test_a_foreign_list_in_the_way_is_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("foreign")
    with pytest.raises(OutputInTheWay, match="in the way"):
        put(tmp_path, "1.2.0")
    assert (tmp_path / name).read_text() == "foreign"
    assert not (tmp_path / "go").exists()


def test_lists_that_are_gone_are_made_from_the_records(tmp_path: Path) -> None:
    for version in ("1.2.0", "1.3.0"):
        put(tmp_path, version)
    before = pages(tmp_path)
    for name in LISTS:
        (tmp_path / name).unlink()
    put(tmp_path, "1.3.0")
    assert pages(tmp_path) == before


def test_a_record_that_is_gone_is_named(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    path = tmp_path / release_path("api", "1.2.0")
    path.unlink()
    with pytest.raises(OutputUnwritable, match=r"record of api 1\.2\.0 is missing"):
        put(tmp_path, "1.3.0")


def test_verify_names_pages_lists_and_records(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    put(tmp_path, "1.3.0")
    for path in pages(tmp_path):
        content = (tmp_path / path).read_bytes()
        (tmp_path / path).write_bytes(content + b" ")
        assert [(each.path, each.problem) for each in findings(Folder(tmp_path))] == [
            (path, "not what was written")
        ]
        (tmp_path / path).write_bytes(content)
    record = tmp_path / release_path("api", "1.3.0")
    record.rename(record.with_name("2.0.0.json"))
    assert (release_path("api", "2.0.0"), "it is the record of api 1.3.0") in [
        (each.path, each.problem) for each in findings(Folder(tmp_path))
    ]
