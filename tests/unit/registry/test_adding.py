"""Releases add up in a folder; a version is published once; nothing that fails changes what is served."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import OutputInTheWay, OutputUnwritable, ProtogenError, UsageError
from protogen.registry import change as changes
from protogen.registry import layout
from protogen.registry.adding import Status, add
from protogen.registry.checking import findings
from protogen.registry.folder import Folder, package_path
from protogen.registry.yanking import yank
from tests.support.registry_packages import LANGUAGES, artifacts

URL = "https://example.com/registry"
OWN = ".protogen"


@pytest.fixture(autouse=True)
def _nothing_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protogen.registry.change.sync_trees", lambda *_: None)


class Killed(BaseException):
    """Stands for the end of the process."""


def put(
    root: Path, version: str = "1.2.0", languages: tuple[str, ...] = LANGUAGES, text: str = "", url: str = URL
) -> list[Status]:
    """Add a made-up release."""
    return add(root, *layout.additions(artifacts(version, languages, text), "api", version), url)


def served(root: Path) -> dict[str, bytes]:
    """All files but the registry's own."""
    paths = (path for path in root.rglob("*") if path.is_file() and OWN not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_releases_add_up(tmp_path: Path) -> None:
    assert {each.status for each in put(tmp_path, "1.2.0")} == {"added"}
    first = served(tmp_path)
    put(tmp_path, "1.3.0")
    second = served(tmp_path)
    assert {each.status for each in put(tmp_path, "1.2.0")} == {"unchanged"}
    assert served(tmp_path) == second
    changed = {path for path in first if second[path] != first[path]}
    assert {path.rpartition("/")[2].partition(".xml")[0] for path in changed} == {
        "@latest", "api", "index.html", "index.json", "list", "maven-metadata", "releases.json", "team-api",
    }  # fmt: skip
    for package in Folder(tmp_path).packages():
        assert len(package.versions) == 2
        for version in package.versions:
            contents = Folder(tmp_path).contents(package.ecosystem, package.name, version.version)
            assert contents
            assert {path: Folder(tmp_path).digest_of(path) for path in contents.files} == contents.files
            assert (tmp_path / contents.evidence / "SHA256SUMS").is_file()


def test_the_order_of_adding_leaves_no_trace_in_what_is_served(tmp_path: Path) -> None:
    for name, versions in {"one": ("1.2.0", "1.10.0"), "other": ("1.10.0", "1.2.0")}.items():
        for version in versions:
            put(tmp_path / name, version)
    assert served(tmp_path / "one") == served(tmp_path / "other")


def test_a_language_can_be_added_later(tmp_path: Path) -> None:
    put(tmp_path, languages=("go",))
    before = served(tmp_path)
    statuses = put(tmp_path, languages=("go", "python"))
    assert [(each.ecosystem, each.status) for each in statuses] == [("go", "unchanged"), ("pypi", "added")]
    after = served(tmp_path)
    assert {path for path in before if after[path] != before[path]} == {
        "index.html", "releases.json", "files/api/1.2.0/index.html",
    }  # fmt: skip


def test_a_version_with_other_bytes_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    put(tmp_path, languages=("go", "rust"))
    before = served(tmp_path)
    with pytest.raises(OutputInTheWay) as raised:
        put(tmp_path, languages=("go", "python"), text="other")
    assert raised.value.code == 8
    assert "example.com/Team/api v1.2.0 (go)" in raised.value.message
    assert "--package-version" in raised.value.remedy
    assert served(tmp_path) == before


def test_what_is_missing_or_damaged_of_a_release_is_put_back(tmp_path: Path) -> None:
    put(tmp_path)
    before = served(tmp_path)
    paths = [
        "go/example.com/!team/api/@v/v1.2.0.zip",
        "maven/com/example/api/maven-metadata.xml",
        "npm/-/@team/api/api-1.2.0.tgz",
        next(path for path in before if path.endswith(".protoset")),
    ]
    (tmp_path / paths[0]).unlink()
    for path in paths[1:]:
        (tmp_path / path).write_text("damaged")
    assert {each.ecosystem for each in put(tmp_path) if each.status == "restored"} == {"go", "npm"}
    assert served(tmp_path) == before


@pytest.mark.parametrize("language", ["typescript", "rust"])
def test_who_needs_the_address_asks_for_it_once(tmp_path: Path, language: str) -> None:
    with pytest.raises(UsageError, match="where the registry is served") as raised:
        put(tmp_path, languages=(language,), url="")
    assert "--registry-url" in raised.value.remedy
    assert served(tmp_path) == {}
    put(tmp_path, languages=(language,), url=f"{URL}/")
    put(tmp_path, "1.3.0", languages=(language,), url="")
    assert Folder(tmp_path).service.url == URL


def test_a_new_address_is_told_in_all_indexes(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    put(tmp_path, "1.3.0", languages=("go",), url="https://example.com/moved")
    text = b"".join(served(tmp_path).values())
    assert URL.encode() not in text
    named = {path for path, each in served(tmp_path).items() if b"https://example.com/moved" in each}
    pages = {"index.html", "files/api/1.2.0/index.html", "files/api/1.3.0/index.html"}
    assert named == pages | {"npm/@team/api", "crates/config.json"}


def test_cargo_is_told_that_it_must_send_its_token(tmp_path: Path) -> None:
    for auth, expected in ((True, True), (None, True), (False, False), (None, False)):
        add(tmp_path, *layout.additions(artifacts(), "api", "1.2.0"), URL, auth)
        config = json.loads((tmp_path / "crates/config.json").read_bytes())
        assert config.get("auth-required", False) is expected
        assert Folder(tmp_path).service.auth is expected
        assert findings(Folder(tmp_path)) == []


def test_a_release_is_added_where_only_the_records_are(tmp_path: Path) -> None:
    """Pipelines bring nothing else from an object store, and take there what is new."""
    whole, records = tmp_path / "whole", tmp_path / "records"
    put(whole, "1.2.0")
    before = served(whole)
    shutil.copytree(whole / OWN, records / OWN)
    put(whole, "1.3.0")
    put(records, "1.3.0")
    written = {path for path, content in served(whole).items() if before.get(path) != content}
    assert served(records) == {path: served(whole)[path] for path in served(records)}
    assert written <= served(records).keys()
    assert {path.name: path.read_bytes() for path in (records / OWN).rglob("*.json")} == {
        path.name: path.read_bytes() for path in (whole / OWN).rglob("*.json")
    }


def test_others_need_no_address(tmp_path: Path) -> None:
    put(tmp_path, languages=("go", "java", "python", "cpp"), url="")
    assert Folder(tmp_path).exists
    assert Folder(tmp_path).service.url == ""


@pytest.mark.parametrize(
    "path",
    [
        "go/example.com/!team/api/@v/v1.2.0.zip",
        "go/example.com/!team/api/@v/list",
        "pypi/simple/team-api/index.html",
        "maven/com/example/api/1.2.0/api-1.2.0.jar",
        "npm/@team/api",
    ],
)
def test_a_foreign_file_in_the_way_ends_with_8_and_stays(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text("foreign")
    with pytest.raises(OutputInTheWay, match="in the way"):
        put(tmp_path)
    assert served(tmp_path) == {path: b"foreign"}


@pytest.mark.parametrize(
    ("path", "is_folder"),
    [("pypi/simple/team-api/index.html", True), ("go/example.com", False), ("npm", False)],
)
def test_a_file_for_a_folder_and_a_folder_for_a_file_end_with_8(
    tmp_path: Path, path: str, is_folder: bool
) -> None:
    put(tmp_path, languages=("rust",))
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).mkdir() if is_folder else (tmp_path / path).write_text("foreign")
    before = served(tmp_path)
    with pytest.raises(OutputInTheWay):
        put(tmp_path)
    assert served(tmp_path) == before


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    put(tmp_path, languages=("go",))
    (tmp_path / package_path("go", "example.com/Team/api")).write_text("{")
    before = served(tmp_path)
    with pytest.raises(OutputUnwritable, match=r"record of example\.com/Team/api is damaged"):
        put(tmp_path, "1.3.0", languages=("go",))
    assert served(tmp_path) == before


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException) -> Iterator[list[str]]:
    """Within the block the step of that number of a change raises the error; gives all that were begun."""
    begun: list[str] = []

    def counted(name: str) -> None:
        original = getattr(Path, name)

        def act(self: Path, *arguments: Any, **named: Any) -> Any:
            if OWN in str(self):
                begun.append(name)
                if len(begun) == number:
                    raise error
            return original(self, *arguments, **named)

        patch.setattr(Path, name, act)

    with monkeypatch.context() as patch:
        for name in ("write_bytes", "replace", "mkdir", "unlink"):
            counted(name)
        yield begun


def steps(root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many steps the second release takes."""
    put(root, "1.2.0")
    with failing(monkeypatch, 0, Killed()) as begun:
        put(root, "1.3.0")
    return len(begun)


def whole(root: Path) -> bool:
    """Whether all that the indexes name is there, as they say."""
    files = served(root)
    for line in files["go/example.com/!team/api/@v/list"].decode().split():
        if not all(f"go/example.com/!team/api/@v/{line}.{each}" in files for each in ("zip", "mod", "info")):
            return False
    simple = json.loads(files["pypi/simple/team-api/index.json"])
    document = json.loads(files["npm/@team/api"])
    archives = [each["dist"]["tarball"].removeprefix(f"{URL}/") for each in document["versions"].values()]
    wheels = [each["url"].replace("../../", "pypi/") for each in simple["files"]]
    return set(archives) | set(wheels) <= files.keys()


def test_a_kill_at_any_step_leaves_what_serves_and_the_next_run_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = steps(tmp_path / "expected", monkeypatch)
    expected = served(tmp_path / "expected")
    assert count > 80
    kept_old = completed = 0
    for number in range(1, count + 1, 7):
        root = tmp_path / str(number)
        put(root, "1.2.0")
        before = served(root)
        # What a process leaves that ends here: no cleaning up.
        with failing(monkeypatch, number, Killed()), monkeypatch.context() as patch:
            patch.setattr("protogen.registry.change.shutil.rmtree", lambda *_, **__: None)
            with pytest.raises(Killed):
                put(root, "1.3.0")
        assert whole(root)
        if changes.is_pending(root):
            put(root, "1.2.0", languages=("go",))
            assert served(root) == expected, "completed by a run that adds nothing"
            completed += 1
        else:
            assert served(root) == before or served(root) == expected
            kept_old += 1
        put(root, "1.3.0")
        assert served(root) == expected
        assert not (root / OWN / "staged").exists()
    assert kept_old
    assert completed


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_disk_that_refuses_ends_with_8_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    put(tmp_path, "1.2.0")
    before = served(tmp_path)
    with (
        failing(monkeypatch, 20, OSError(code, os.strerror(code))),
        pytest.raises(OutputUnwritable) as raised,
    ):
        put(tmp_path, "1.3.0")
    assert raised.value.code == 8
    assert "--registry" in raised.value.remedy
    assert served(tmp_path) == before
    assert not (tmp_path / OWN / "staged").exists()


def test_a_file_in_place_of_the_registry_ends_with_8(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProtogenError) as raised:
        put(tmp_path / "file")
    assert raised.value.code == 8


def test_eight_at_once_lose_nothing(tmp_path: Path) -> None:
    versions = [f"1.{minor}.0" for minor in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda version: put(tmp_path, version), versions))
    for version in versions:
        put(tmp_path / "expected", version)
    assert {
        path: each for path, each in served(tmp_path).items() if not path.startswith("expected/")
    } == served(tmp_path / "expected")


def test_yanked_versions_stay_and_are_offered_no_more(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0")
    before = served(tmp_path)
    put(tmp_path, "1.3.0")
    statuses = yank(tmp_path, "team-api", "1.3.0", "breaks")
    assert [(each.ecosystem, each.status) for each in statuses] == [("crates", "yanked"), ("pypi", "yanked")]
    yank(tmp_path, "example.com/Team/api", "1.3.0", "breaks", "go")
    yank(tmp_path, "com.example:api", "1.3.0", "breaks")
    yank(tmp_path, "@team/api", "1.3.0", "breaks")
    after = served(tmp_path)
    for path in ("go/example.com/!team/api/@latest", "maven/com/example/api/maven-metadata.xml"):
        assert after[path] == before[path]
    versions = after["go/example.com/!team/api/@v/list"].split()
    assert versions == [b"v1.2.0", b"v1.3.0", b"v1.999999.0"]
    assert "go/example.com/!team/api/@v/v1.3.0.zip" in after
    assert json.loads(after["npm/@team/api"])["versions"]["1.3.0"]["deprecated"] == "breaks"
    assert {each.status for each in yank(tmp_path, "team-api", "1.3.0", "breaks")} == {"unchanged"}
    assert {each.status for each in yank(tmp_path, "team-api", "1.3.0", None)} == {"offered"}
    assert {each.status for each in put(tmp_path, "1.3.0")} == {"unchanged"}, "it is yanked all the same"


def test_go_is_told_of_withdrawn_versions_in_a_version_of_their_own(tmp_path: Path) -> None:
    name, folder = "example.com/Team/api", tmp_path / "go/example.com/!team/api"
    for version in ("1.2.0", "1.3.0"):
        put(tmp_path, version, languages=("go",))
    yank(tmp_path, name, "1.3.0", "breaks")
    first = served(tmp_path)
    yank(tmp_path, name, "1.3.0", "breaks")
    put(tmp_path, "1.2.0", languages=("go",))
    assert served(tmp_path) == first, "nothing new is to be said"
    put(tmp_path, "1.4.0", languages=("go",))
    assert not (folder / "@v/v1.999999.1.mod").exists(), "the release doesn't hide it"
    yank(tmp_path, name, "1.3.0", None)
    assert "\tv1.3.0" not in (folder / "@v/v1.999999.1.mod").read_text()
    assert (folder / "@v/list").read_text().split()[-2:] == ["v1.999999.0", "v1.999999.1"]
    assert json.loads((folder / "@latest").read_text()) == {"Version": "v1.4.0"}
    with pytest.raises(UsageError, match=r"no version 1\.999999\.1"):
        yank(tmp_path, name, "1.999999.1", None)


def test_a_release_and_a_retraction_are_published_in_one_change(tmp_path: Path) -> None:
    put(tmp_path, "0.2.0", languages=("go",))
    yank(tmp_path, "example.com/Team/api", "0.2.0", "breaks")
    put(tmp_path, "1.0.0", languages=("go",))
    versions = (tmp_path / "go/example.com/!team/api/@v/list").read_text().split()
    assert versions == ["v0.2.0", "v0.999999.0", "v1.0.0", "v1.999999.0"]
    module = tmp_path / "go/example.com/!team/api/@v/v1.999999.0.zip"
    with zipfile.ZipFile(module) as opened:
        assert '"1.0.0"' in opened.read("example.com/Team/api@v1.999999.0/api.go").decode()


@pytest.mark.parametrize("content", [b"damaged", None])
def test_a_damaged_version_is_repeated_by_no_retraction(tmp_path: Path, content: bytes | None) -> None:
    for version in ("1.2.0", "1.3.0"):
        put(tmp_path, version, languages=("go",))
    module = tmp_path / "go/example.com/!team/api/@v/v1.2.0.zip"
    module.write_bytes(content) if content else module.unlink()
    before = served(tmp_path)
    with pytest.raises(OutputUnwritable, match=r"v1\.2\.0\.zip isn't what was written"):
        yank(tmp_path, "example.com/Team/api", "1.3.0", "breaks")
    assert served(tmp_path) == before
    put(tmp_path, "1.2.0", languages=("go",))
    yank(tmp_path, "example.com/Team/api", "1.3.0", "breaks")


@pytest.mark.parametrize("name", ["team-api", "com.example:api", "@team/api", "cpp/team-api"])
def test_what_is_offered_again_is_told_as_before(tmp_path: Path, name: str) -> None:
    for version in ("1.2.0", "1.3.0"):
        put(tmp_path, version)
    before = served(tmp_path)
    yank(tmp_path, name, "1.3.0", "breaks")
    assert served(tmp_path) != before
    yank(tmp_path, name, "1.3.0", None)
    assert served(tmp_path) == before


def test_an_index_is_dated_after_the_one_that_it_replaces(tmp_path: Path) -> None:
    put(tmp_path, "1.2.0", languages=("python",))
    page = tmp_path / "pypi/simple/team-api/index.html"
    dates = [int(page.stat().st_mtime)]
    for reason in ("breaks", None):
        yank(tmp_path, "team-api", "1.2.0", reason)
        dates.append(int(page.stat().st_mtime))
    assert dates == sorted(set(dates)), "servers date files by the second"


def test_what_is_not_there_cannot_be_yanked(tmp_path: Path) -> None:
    put(tmp_path, languages=("go",))
    with pytest.raises(UsageError, match="no version 9"):
        yank(tmp_path, "example.com/Team/api", "9", "")


def test_only_what_is_touched_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "1.2.0", languages=("go", "python"))
    written: list[str] = []
    original = changes.change

    def noted(folder: Folder, steps: list[dict[str, bytes]]) -> None:
        written.extend(path for step in steps for path in step)
        original(folder, steps)

    monkeypatch.setattr("protogen.registry.adding.change", noted)
    put(tmp_path, "1.3.0", languages=("go",))
    assert not [path for path in written if "pypi" in path]
    put(tmp_path, "1.4.0", languages=("python",))
    assert "pypi/simple/index.html" not in written, "no new name"
