"""The whole way from a release name to a package, with git and protoc for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support import plugins
from tests.support.corpus import git
from tests.support.upstream import MONEY


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_release_becomes_a_package_and_the_summary_says_of_what(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    ended = command("--version", "release-1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 0, ended.err
    assert ended.out == ""
    assert "release-1.0 (version 1.0.2) from git: 6 protos" in ended.err
    assert f"api          release-1.0 {shop.api.head()[:12]}" in ended.err
    assert "wrote gen/go (12 files, 12 changed)" in ended.err
    assert "example.com/shop is a placeholder" in ended.err
    package = Path("gen/go")
    assert {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()} == {
        *(".protogen.json", "LICENSE", "LICENSE.base", "README.md", "doc.go", "go.mod", "go.sum"),
        *("color.pb.go", "size.pb.go", "money/money.pb.go", "stock/stock.pb.go"),
        *("shop/shop.pb.go", "shop/shop_grpc.pb.go"),
    }
    assert (package / "LICENSE").read_text() == "License of api"
    assert "Shop of the test." in (package / "shop/shop.pb.go").read_text()
    readme = (package / "README.md").read_text()
    assert shop.api.head() in readme
    assert str(shop.api.path) not in readme
    manifest = json.loads((package / ".protogen.json").read_text())
    assert manifest["origin"]["repositories"]["api"]["commit"] == shop.api.head()
    assert manifest["origin"]["repositories"]["api"]["ref"] == "refs/heads/release-1.0"


def test_json_has_the_designs_shape(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.0.0", "--lang", "go", "--format", "json", *shop.options, *go_tools)
    assert ended.code == 0
    (release,) = ended.json["releases"]
    assert ended.json["schema"] == 1
    assert release["version"] == "1.0.0"
    assert release["package_version"] == "1.0.0"
    assert release["source"] == "git"
    assert release["error"] is None
    assert set(release["repositories"]) == {"api", "base", "extra"}
    assert release["repositories"]["base"] == {
        "url": str(shop.base.path),
        "ref": "refs/tags/v1.0.0",
        "commit": shop.pinned,
    }
    go = release["languages"]["go"]
    assert (go["out"], go["status"]) == ("gen/go", "written")
    assert "shop/shop.pb.go" in go["files"]


def test_a_second_run_writes_nothing(command: Command, shop: Shop, go_tools: list[str]) -> None:
    arguments = ("--version", "1.0.0", "--lang", "go", *shop.options, *go_tools)
    assert command(*arguments).code == 0
    before = tree(Path())
    ended = command(*arguments)
    assert ended.code == 0
    assert "unchanged gen/go (12 files)" in ended.err
    assert tree(Path()) == before


def test_another_cache_and_folder_give_the_same_bytes(
    command: Command, shop: Shop, go_tools: list[str], tmp_path: Path
) -> None:
    arguments = ("--version", "1.0.0", "--lang", "go", *shop.options, *go_tools)
    assert command(*arguments).code == 0
    assert (
        command(*arguments, "--out", "other", "--cache-dir", str(tmp_path / "cache2"), "--jobs", "1").code
        == 0
    )
    first, second = tree(Path("gen")), tree(Path("other"))
    assert {name: content for name, (content, _) in first.items()} == {
        name: content for name, (content, _) in second.items()
    }


def test_moving_to_another_release_removes_what_is_stale_and_leaves_what_is_foreign(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    arguments = ("--lang", "go", *shop.options, *go_tools)
    assert command("--version", "1.0.0", "--with", "admin", *arguments).code == 0
    assert Path("gen/go/admin/admin.pb.go").is_file()
    Path("gen/go/admin/mine.txt").write_text("mine")
    assert command("--version", "1.0.0", *arguments).code == 0
    assert [path.name for path in Path("gen/go/admin").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("edit", ["foreign", "edited"])
def test_a_file_in_the_way_is_refused_without_force(
    command: Command, shop: Shop, go_tools: list[str], edit: str
) -> None:
    arguments = ("--version", "1.0.0", "--lang", "go", *shop.options, *go_tools)
    target = Path("gen/go/go.mod")
    if edit == "edited":
        assert command(*arguments).code == 0
    else:
        target.parent.mkdir(parents=True)
    target.write_text("mine")
    changed = ("--go-module", "example.com/other") if edit == "edited" else ()
    ended = command(*arguments, *changed)
    assert ended.code == 8
    assert "go.mod" in ended.err
    assert "--force" in ended.err
    assert target.read_text() == "mine"
    assert command(*arguments, *changed, "--force").code == 0
    assert target.read_text().startswith("module ")


@pytest.mark.parametrize(
    ("typed", "version", "api", "base"),
    [
        ("release-1.0", "1.0.2", "refs/heads/release-1.0", "refs/heads/release-1.0"),
        ("1.0", "1.0.2", "refs/heads/release-1.0", "refs/heads/release-1.0"),
        ("1.0.0", "1.0.0", "refs/tags/api/v1.0.0", "refs/tags/v1.0.0"),
        ("v1.0.0", "1.0.0", "refs/tags/api/v1.0.0", "refs/tags/v1.0.0"),
        ("api/v1.0.0", "1.0.0", "refs/tags/api/v1.0.0", "refs/tags/v1.0.0"),
        ("1.0.2", "1.0.2", "refs/tags/api/v1.0.2", "refs/tags/v1.0.0"),
    ],
)
def test_a_name_resolves_by_the_recipes_own_rules(
    command: Command, shop: Shop, go_tools: list[str], typed: str, version: str, api: str, base: str
) -> None:
    ended = command("--version", typed, "--lang", "go", "--format", "json", *shop.options, *go_tools)
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["package_version"] == version
    assert release["repositories"]["api"]["ref"] == api
    assert release["repositories"]["base"]["ref"] == base
    assert len(release["repositories"]["api"]["commit"]) == 40


def test_main_and_commits_take_the_pin(command: Command, shop: Shop, go_tools: list[str]) -> None:
    for typed in ("main", shop.api.head()):
        extra = f"--ref=extra={shop.extra.head()}"
        ended = command(
            "--version", typed, "--lang", "go", "--format", "json", extra, *shop.options, *go_tools
        )
        assert ended.code == 0, ended.err
        (release,) = ended.json["releases"]
        assert release["package_version"] == f"0.0.0-dev.20240101000000.g{shop.api.head()[:12]}"
        assert release["repositories"]["base"]["commit"] == shop.pinned
        assert release["repositories"]["extra"]["commit"] == shop.extra.head()
        assert "pinned in api's DEPS: a name that isn't a release takes the pinned commit" in ended.err


def test_match_pin_and_a_submodule_pin(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.api.commit({"DEPS": None})
    later = shop.base.head()
    shop.api.git("update-index", "--add", "--cacheinfo", f"160000,{later},deps/base")
    shop.api.git("commit", "--quiet", "--message", "submodule")
    shop.api.git("branch", "--force", "release-1.0")
    options = (*shop.options, *go_tools, "--ref=extra=main")
    ended = command("--version", "1.0", "--lang", "go", "--match", "pin", "--format", "json", *options)
    assert ended.code == 0, ended.err
    assert ended.json["releases"][0]["repositories"]["base"]["commit"] == later
    assert "pinned in api's submodule deps/base: by --match pin" in ended.err
    extra = command(
        "--version", "1.0", "--lang", "go", "--match", "pin", "--format", "json", *shop.options, *go_tools
    )
    assert extra.code == 0, extra.err
    assert extra.json["releases"][0]["repositories"]["extra"]["ref"] == "refs/heads/release-1.0"


def test_a_pin_that_is_not_there_is_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.api.commit({"DEPS": "base = none\n"})
    ended = command("--version", "main", "--lang", "go", "--ref=extra=main", *shop.options, *go_tools)
    assert ended.code == 3
    assert "no pin of base was found; looked in api:DEPS, api:deps/base" in ended.err
    assert "--ref base=REF" in ended.err


def test_refs_can_be_overridden_one_by_one(command: Command, shop: Shop, go_tools: list[str]) -> None:
    arguments = ("--version", "1.0", "--lang", "go", "--format", "json", *shop.options, *go_tools)
    ended = command(*arguments, "--ref=base=main", "--ref=api=refs/tags/api/v1.0.0")
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["repositories"]["base"]["commit"] == shop.base.head()
    assert release["repositories"]["api"]["ref"] == "refs/tags/api/v1.0.0"
    assert release["package_version"] == "1.0.2"


def test_offline_uses_what_the_cache_holds(command: Command, shop: Shop, go_tools: list[str]) -> None:
    arguments = ("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    cold = command(*arguments, "--offline")
    assert cold.code == 4
    assert "the cache doesn't hold the refs of api" in cold.err
    assert command(*arguments).code == 0
    for repository in (shop.api, shop.base, shop.extra):
        repository.path.rename(repository.path.with_name(repository.path.name + "-gone"))
    warm = command(*arguments, "--offline", "--out", "other")
    assert warm.code == 0, warm.err
    other = command(*arguments, "--offline", "--ref=base=main")
    assert other.code == 4
    assert "the cache doesn't hold base" in other.err
    assert "once without --offline" in other.err


def test_a_server_without_filters_serves_as_well(command: Command, shop: Shop, go_tools: list[str]) -> None:
    for repository in (shop.api, shop.base, shop.extra):
        repository.git("config", "uploadpack.allowFilter", "false")
        repository.git("config", "uploadpack.allowAnySHA1InWant", "false")
    options = [
        option.replace("=/", "=file:///", 1) if "--repo" in option else option for option in shop.options
    ]
    options = [
        f"--repo={name}=file://{repository.path}"
        for name, repository in (("api", shop.api), ("base", shop.base), ("extra", shop.extra))
    ]
    ended = command("--version", "1.0", "--lang", "go", "--recipe", str(shop.recipe), *options, *go_tools)
    assert ended.code == 0, ended.err


def test_blobs_are_read_as_committed(command: Command, shop: Shop, go_tools: list[str]) -> None:
    crlf = (MONEY + "\n// line\n").replace("\n", "\r\n").encode()
    shop.base.commit(
        {".gitattributes": "*.proto text eol=lf\n*.proto filter=x\n", "money/money.proto": MONEY}
    )
    object_id = shop.base.path / "raw"
    object_id.write_bytes(crlf)
    blob = shop.base.git("hash-object", "-w", "--no-filters", str(object_id)).strip()
    shop.base.git("update-index", "--cacheinfo", f"100644,{blob},money/money.proto")
    shop.base.git("commit", "--quiet", "--message", "crlf")
    (shop.base.path / "link.proto").symlink_to("/etc/passwd")
    shop.base.git("add", "link.proto")
    shop.base.git("commit", "--quiet", "--message", "link")
    shop.base.git("branch", "--force", "release-1.0")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 0, ended.err
    cached = list(Path(os.environ["PROTOGEN_CACHE_DIR"]).rglob("*.proto"))
    assert crlf in [path.read_bytes() for path in cached]
    assert not [path for path in cached if path.name == "link.proto"]


def test_inherited_git_variables_do_not_lead_astray(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 0, ended.err


def test_folders_are_read_with_their_uncommitted_changes(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    (shop.base.path / "money/money.proto").write_text(MONEY.replace("units", "unsaved"))
    options = ("--source", "folder", *shop.options, *go_tools)
    ended = command("--version", "3.1.4", "--lang", "go", "--format", "json", *options)
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert (release["source"], release["package_version"]) == ("folder", "3.1.4")
    assert Path("gen/go/go.mod").read_text().startswith("module example.com/shop/v3\n")


def test_several_releases_share_a_run_and_fail_one_by_one(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    arguments = ("--lang", "go", "--format", "json", *shop.options, *go_tools)
    ended = command("--version", "1.0.0,9.9", "--version", "1.0.2", *arguments)
    assert ended.code == 3
    releases = ended.json["releases"]
    assert [release["version"] for release in releases] == ["1.0.0", "9.9", "1.0.2"]
    assert releases[1]["error"]["code"] == 3
    assert set(releases[1]["error"]) == {"code", "message", "where", "remedy"}
    assert Path("gen/1.0.0/go/go.mod").is_file()
    assert Path("gen/1.0.2/go/go.mod").is_file()
    assert "9.9:" in ended.err


def test_dry_run_writes_nothing(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.0", "--lang", "go", "--dry-run", *shop.options, *go_tools)
    assert ended.code == 0
    assert "would write gen/go" in ended.err
    assert not Path("gen").exists()


def test_package_version_overrides(command: Command, shop: Shop, go_tools: list[str]) -> None:
    arguments = ("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert command(*arguments, "--package-version", "4.5.6").code == 0
    assert Path("gen/go/go.mod").read_text().startswith("module example.com/shop/v4\n")
    ended = command(*arguments, "--package-version", "4.5")
    assert ended.code == 2
    assert "'4.5' is not a version" in ended.err


def test_quiet_says_nothing_and_verbose_names_stages(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    arguments = ("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert command(*arguments, "-q").err == ""
    assert "1.0: generating go" in command(*arguments, "-v").err


def test_plugins_are_installed_once_by_go(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = plugins.go_tools(tmp_path / "tools", version="v0.0.1")
    git_folder = Path(git("--exec-path").strip())
    monkeypatch.setenv(
        "PATH", f"{tmp_path / 'tools'}{os.pathsep}{git_folder}{os.pathsep}/usr/bin{os.pathsep}/bin"
    )
    assert Path(tools["go"]).is_file()
    arguments = ("--version", "1.0", "--lang", "go", *shop.options)
    ended = command(*arguments)
    assert ended.code == 0, ended.err
    again = command(*arguments, "--regenerate")
    assert again.code == 0, again.err
    log = (tmp_path / "installs.log").read_text().split()
    assert sorted(log) == ["protoc-gen-go", "protoc-gen-go-grpc"]
    manifest = json.loads(Path("gen/go/.protogen.json").read_text())
    assert manifest["origin"]["tools"] == {"protoc-gen-go": "v1.35.2", "protoc-gen-go-grpc": "v1.5.1"}


@pytest.mark.slow
def test_runs_at_once_install_tools_once_and_write_the_same(shop: Shop, tmp_path: Path) -> None:
    plugins.go_tools(tmp_path / "tools", version="v0.0.1")
    environ = {
        **os.environ,
        "PATH": f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}",
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    argv = [sys.executable, "-m", "protogen", "--lang", "go", *shop.options]
    runs = [
        subprocess.Popen(
            [*argv, "--version", ("1.0", "1.0.0")[number % 2], "--out", f"out-{number}"],
            cwd=tmp_path,
            env=environ,
            stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]
    errors = [run.communicate(timeout=240)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0] * 8, errors
    log = (tmp_path / "installs.log").read_text().split()
    assert sorted(log) == ["protoc-gen-go", "protoc-gen-go-grpc"]
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []
    contents = [
        {name: content for name, (content, _) in tree(tmp_path / f"out-{number}").items()}
        for number in range(8)
    ]
    assert contents[0]
    assert contents[0] != contents[1]
    assert all(other == contents[number % 2] for number, other in enumerate(contents))


def test_every_license_file_of_a_repository_is_in_each_package(
    command: Command, shop: Shop, tmp_path: Path
) -> None:
    shop.api.git("checkout", "--quiet", "release-1.0")
    shop.api.commit({"LICENSE": None, "LICENSE.txt": "API", "notice.md": "Thanks", "license.go": "package x"})
    shop.base.git("checkout", "--quiet", "release-1.0")
    (shop.base.path / "License").symlink_to("legal/terms")
    shop.base.commit({"LICENSE": None, "COPYING": "BASE", "LICENSE-APACHE": "API", "legal/terms": "TERMS"})
    ended = command("--version", "1.0", "--lang", "python", *shop.options)
    assert ended.code == 0, ended.err
    assert "note: extra has no license file" in ended.err
    assert "api has no" not in ended.err
    package = Path("gen/python")
    found = {path.name: path.read_text() for path in package.iterdir() if path.is_file()}
    assert found["LICENSE.txt"] == "API"
    assert found["notice.md"] == "Thanks"
    assert found["COPYING.base"] == "BASE"
    assert found["License.base"] == "TERMS"
    assert "LICENSE" not in found
    assert "license.go" not in found
    project = (package / "pyproject.toml").read_text()
    assert (
        'license-files = ["COPYING.base", "LICENSE.protobuf", "LICENSE.txt", "License.base", "notice.md"]'
        in project
    )
    assert '"/COPYING.base", "/License.base", "/notice.md"' in project
    again = command("--version", "1.0", "--lang", "python", *shop.options)
    assert "note: extra has no license file" in again.err
