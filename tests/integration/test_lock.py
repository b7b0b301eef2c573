"""protogen.lock: what is locked comes again, or the run ends with 9 and says what moved."""

from __future__ import annotations

import json
import os
from importlib import metadata
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.integration.test_generate import tree
from tests.support.upstream import MONEY, SHOP


@pytest.fixture
def vendored(command: Command, shop: Shop, go_tools: list[str]) -> list[str]:
    """Options of a vendored client, locked and generated once."""
    options = ["--version", "1.0", "--lang", "go", *shop.options, *go_tools]
    assert command("lock", *options).code == 0
    assert command(*options, "--locked").code == 0
    return options


def locked() -> dict[str, object]:
    release: dict[str, object] = json.loads(Path("protogen.lock").read_text())["releases"]["1.0"]
    return release


def move_base(shop: Shop) -> None:
    shop.base.commit({"money/money.proto": MONEY.replace("units", "cents")})
    shop.base.git("branch", "--force", "release-1.0")


def test_a_lock_says_what_went_in_and_came_out(vendored: list[str], shop: Shop) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    assert lock["schema"] == 2
    release = lock["releases"]["1.0"]
    assert release["recipe"] == "shop"
    assert release["tools"]["grpcio-tools"] == {"sha256": {}, "version": metadata.version("grpcio-tools")}
    assert release["source"] == "git"
    assert release["package_version"] == "1.0.2"
    assert release["repositories"]["api"]["commit"] == shop.api.head()
    assert release["repositories"]["api"]["ref"] == "refs/heads/release-1.0"
    go = release["tools"]["protoc-gen-go"]
    assert go["version"] == "1.35.2"
    assert [len(sha256) for sha256 in go["sha256"].values()] == [64]
    assert set(release["outputs"]) == {"go"}
    assert str(shop.api.path.parent) not in Path("protogen.lock").read_text()


def test_a_locked_run_stays_where_the_lock_is_though_branches_move(
    command: Command, vendored: list[str], shop: Shop
) -> None:
    before = tree(Path("gen"))
    move_base(shop)
    for repository in (shop.api, shop.base, shop.extra):
        repository.git("tag", "api/v1.0.9")
    ended = command(*vendored, "--locked")
    assert ended.code == 0, ended.err
    assert "unchanged" in ended.err
    assert tree(Path("gen")) == before


def test_a_locked_run_asks_no_remote_for_refs(
    command: Command, vendored: list[str], shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("refs were asked for")

    monkeypatch.setattr("protogen.sources.gitrepo.client.GitClient.list_refs", refuse)
    assert command(*vendored, "--locked").code == 0
    assert command(*vendored).code == 70


def test_another_machine_gets_the_same_bytes(
    command: Command, vendored: list[str], shop: Shop, tmp_path: Path
) -> None:
    move_base(shop)
    arguments = ("--locked", "--out", "other", "--cache-dir", str(tmp_path / "cache2"))
    ended = command(*vendored, *arguments)
    assert ended.code == 0, ended.err
    assert {name: content for name, (content, _) in tree(Path("gen")).items()} == {
        name: content for name, (content, _) in tree(Path("other")).items()
    }


def test_lock_holds_what_is_locked_and_update_moves_it(
    command: Command, vendored: list[str], shop: Shop
) -> None:
    before = locked()
    move_base(shop)
    ended = command("lock", *vendored)
    assert ended.code == 0
    assert "1.0: as before" in ended.err
    assert "unchanged protogen.lock" in ended.err
    assert locked() == before
    ended = command("lock", *vendored, "--update")
    assert f"base moved from refs/heads/release-1.0 {shop.pinned}"[:30] in ended.err
    assert "the protos moved" in ended.err
    assert locked()["closure"] != before["closure"]


@pytest.mark.parametrize(
    ("name", "moved"), [("base", {"base"}), ("extra", set()), ("api", {"api"}), ("1.0", {"api", "base"})]
)
def test_update_moves_the_one_that_is_named(
    command: Command, vendored: list[str], shop: Shop, name: str, moved: set[str]
) -> None:
    before = locked()["repositories"]
    move_base(shop)
    shop.api.commit({"shop/shop.proto": SHOP + "// moved"})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command("lock", *vendored, "--update", name)
    assert ended.code == 0, ended.err
    after = locked()["repositories"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert {each for each in after if after[each] != before[each]} == moved


def test_update_of_an_unknown_name_is_refused(command: Command, vendored: list[str]) -> None:
    ended = command("lock", *vendored, "--update", "nope")
    assert ended.code == 2
    assert "no repository or release 'nope' to update; there are api, base, extra, 1.0" in ended.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"closure": "0" * 64}, "the protos moved: their closure has another hash"),
        (
            {"tools": {"protoc-gen-go": {"version": "1.0.0", "sha256": {}}}},
            "protoc-gen-go moved from 1.0.0 to 1.35.2",
        ),
        ({"outputs": {"go": "0" * 64}}, "the output for go moved"),
        ({"outputs": {}}, "go is not in the lock"),
        (
            {"settings": {"go": {"go_module": "example.com/x"}}},
            "settings of go moved from {'go_module': 'example.com/x'} to {}",
        ),
        ({"groups": ["admin"]}, "groups moved from ['admin'] to []"),
    ],
)
def test_a_locked_run_that_would_differ_ends_with_9_and_names_what_moved(
    command: Command, vendored: list[str], change: dict[str, object], said: str
) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    lock["releases"]["1.0"].update(change)
    Path("protogen.lock").write_text(json.dumps(lock))
    before = tree(Path("gen"))
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert said in ended.err
    assert "protogen lock --update" in ended.err
    assert tree(Path("gen")) == before


def test_another_build_of_a_tool_is_named_only_where_the_output_moved(
    command: Command, vendored: list[str], tmp_path: Path
) -> None:
    program = tmp_path / "tools" / "protoc-gen-go"
    text = program.read_text()
    program.write_text(text + "# another build\n")
    assert command(*vendored, "--locked").code == 0
    program.write_text(text.replace("// {name}", "// other {name}"))
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert "the output for go moved; protoc-gen-go 1.35.2 is another build than the locked one" in ended.err


def test_lock_keeps_what_it_knows_of_other_languages_and_machines(
    command: Command, vendored: list[str]
) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    release = lock["releases"]["1.0"]
    release["tools"]["protoc-gen-go"]["sha256"]["plan9-mips"] = "1" * 64
    release["outputs"]["java"] = "2" * 64
    Path("protogen.lock").write_text(json.dumps(lock))
    assert command("lock", *vendored).code == 0
    after = json.loads(Path("protogen.lock").read_text())["releases"]["1.0"]
    assert after["tools"]["protoc-gen-go"]["sha256"]["plan9-mips"] == "1" * 64
    assert len(after["tools"]["protoc-gen-go"]["sha256"]) == 2
    assert after["outputs"]["java"] == "2" * 64


def test_a_locked_run_needs_a_lock_of_this_recipe_and_release(
    command: Command, vendored: list[str], shop: Shop
) -> None:
    ended = command(*vendored, "--version", "1.0.2", "--locked")
    assert ended.code == 9
    assert "protogen.lock has no release '1.0.2'; it has 1.0" in ended.err
    shop.recipe.write_text(shop.recipe.read_text() + "# other\n")
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert "the recipe shop is not the one that 1.0 was locked with in protogen.lock" in ended.err
    Path("protogen.lock").unlink()
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert "there is no protogen.lock here" in ended.err


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"schema": 1}', b'{"schema": 2}', b"[]"])
def test_a_lock_that_cannot_be_read_is_told(command: Command, vendored: list[str], content: bytes) -> None:
    Path("protogen.lock").write_bytes(content)
    ended = command(*vendored, "--locked")
    assert ended.code == 2
    assert "protogen.lock can't be read" in ended.err


def test_a_folder_called_as_the_lock_is_told(command: Command, vendored: list[str]) -> None:
    Path("protogen.lock").unlink()
    Path("protogen.lock").mkdir()
    for ended in (command(*vendored, "--locked"), command("lock", *vendored)):
        assert ended.code == 2
        assert "protogen.lock can't be read: Is a directory" in ended.err
        assert "remove it and run protogen lock" in ended.err
    Path("protogen.lock").rmdir()
    assert command("lock", *vendored).code == 0


def test_a_lock_of_a_newer_schema_is_told(command: Command, vendored: list[str]) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    Path("protogen.lock").write_text(json.dumps({**lock, "schema": 3}))
    ended = command(*vendored, "--locked")
    assert ended.code == 2
    assert "has schema 3; this protogen knows 2 and older" in ended.err


def test_a_commit_that_the_remote_lost_is_told(
    command: Command, vendored: list[str], shop: Shop, tmp_path: Path
) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    lock["releases"]["1.0"]["repositories"]["base"]["commit"] = "0" * 40
    Path("protogen.lock").write_text(json.dumps(lock))
    ended = command(*vendored, "--locked", "--cache-dir", str(tmp_path / "cache2"))
    assert ended.code == 3
    assert "doesn't have that commit or ref" in ended.err


def test_offline_and_locked_give_the_same_from_the_cache(
    command: Command, vendored: list[str], shop: Shop
) -> None:
    for repository in (shop.api, shop.base, shop.extra):
        repository.path.rename(repository.path.with_name(repository.path.name + "-gone"))
    Path(os.environ["PROTOGEN_CACHE_DIR"])
    ended = command(*vendored, "--offline", "--locked")
    assert ended.code == 0, ended.err
    assert "unchanged" in ended.err


def test_check_tells_same_from_different(command: Command, vendored: list[str], shop: Shop) -> None:
    before = tree(Path())
    same = command("check", *vendored, "--locked")
    assert (same.code, same.out) == (0, "")
    assert "gen/go: the same" in same.err
    module = Path("gen/go/go.mod")
    module.write_text(module.read_text() + "// edited\n")
    Path("gen/go/doc.go").unlink()
    differs = command("check", *vendored, "--locked")
    assert differs.code == 1
    assert "~ gen/go/go.mod" in differs.out
    assert "+ gen/go/doc.go" in differs.out
    assert "-// edited" in differs.out
    assert "differs in 2 files" in differs.err
    assert "edited" in module.read_text()
    assert command(*vendored, "--locked", "--force").code == 0
    assert {name: content for name, (content, _) in tree(Path()).items()} == {
        name: content for name, (content, _) in before.items()
    }


def test_check_names_what_is_stale_and_leaves_foreign_files_alone(
    command: Command, vendored: list[str]
) -> None:
    assert command(*vendored, "--with", "admin").code == 0
    Path("gen/go/mine.txt").write_text("mine")
    ended = command("check", *vendored)
    assert ended.code == 1
    assert "- gen/go/admin/admin.pb.go" in ended.out
    assert "mine.txt" not in ended.out


def test_check_speaks_json_github_and_gitlab(command: Command, vendored: list[str]) -> None:
    Path("gen/go/go.mod").write_text("edited\n")
    as_json = command("check", *vendored, "--format", "json")
    assert as_json.code == 1
    (release,) = as_json.json["releases"]
    assert release["languages"]["go"]["status"] == "differs"
    assert release["languages"]["go"]["changed"] == ["go.mod"]
    github = command("check", *vendored, "--format", "github")
    assert github.out.splitlines() == [
        "::error file=gen/go/go.mod,title=protogen check::"
        "this generated file differs from what protogen makes; run protogen"
    ]
    (issue,) = command("check", *vendored, "--format", "gitlab").json
    assert issue["location"] == {"path": "gen/go/go.mod", "lines": {"begin": 1}}
    assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}


def test_check_of_a_package_made_from_something_else_names_the_manifest(
    command: Command, vendored: list[str]
) -> None:
    manifest = Path("gen/go/.protogen.json")
    content = json.loads(manifest.read_text())
    content["origin"]["source"] = "elsewhere"
    manifest.write_text(json.dumps(content))
    ended = command("check", *vendored)
    assert ended.code == 1
    assert "~ gen/go/.protogen.json" in ended.out


def test_check_of_a_release_that_fails_has_the_failures_code(command: Command, vendored: list[str]) -> None:
    ended = command("check", *vendored, "--version", "9.9", "--format", "json")
    assert ended.code == 3
    assert ended.json["releases"][-1]["error"]["code"] == 3


def test_check_shows_long_and_binary_differences_briefly(command: Command, vendored: list[str]) -> None:
    Path("gen/go/README.md").write_text("\n".join(map(str, range(500))))
    Path("gen/go/doc.go").write_bytes(b"\xff\xfe")
    ended = command("check", *vendored)
    assert "more lines" in ended.out
    assert "binary files differ: gen/go/doc.go" in ended.out


def test_a_machine_without_network_gets_the_same_bytes_from_an_exported_cache(
    command: Command, vendored: list[str], shop: Shop, tmp_path: Path
) -> None:
    assert command("cache", "export", "cache.tar.gz").code == 0
    for repository in (shop.api, shop.base, shop.extra):
        repository.path.rename(repository.path.with_name(repository.path.name + "-gone"))
    other = str(tmp_path / "other-machine")
    assert command("cache", "import", "cache.tar.gz", "--cache-dir", other).code == 0
    ended = command(*vendored, "--offline", "--locked", "--cache-dir", other, "--out", "there")
    assert ended.code == 0, ended.err
    assert {name: content for name, (content, _) in tree(Path("there")).items()} == {
        name: content for name, (content, _) in tree(Path("gen")).items()
    }


def test_lock_of_another_release_keeps_the_first(command: Command, vendored: list[str]) -> None:
    before = locked()
    ended = command("lock", *vendored[2:], "--version", "1.0.2")
    assert ended.code == 0, ended.err
    releases = json.loads(Path("protogen.lock").read_text())["releases"]
    assert list(releases) == ["1.0", "1.0.2"]
    assert releases["1.0"] == before
    for version in releases:
        assert command(*vendored[2:], "--version", version, "--locked").code == 0


def test_lock_takes_releases_out_by_name_only(command: Command, vendored: list[str]) -> None:
    assert command("lock", *vendored[2:], "--version", "1.0.2").code == 0
    text = Path("protogen.lock").read_text()
    unknown = command("lock", "--remove", "1.0,1.1")
    assert unknown.code == 2
    assert "protogen.lock has no release '1.1' to remove; it has 1.0, 1.0.2" in unknown.err
    assert "run again with --remove 1.0" in unknown.err
    assert Path("protogen.lock").read_text() == text
    ended = command("lock", "--remove", "1.0")
    assert ended.code == 0
    assert "removed 1.0; wrote protogen.lock" in ended.err
    assert list(json.loads(Path("protogen.lock").read_text())["releases"]) == ["1.0.2"]
    assert command("lock", "--remove", "1.0.2").code == 0
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert "protogen.lock has no release '1.0'; it has none" in ended.err
    assert command("lock", *vendored).code == 0  # as the remedy says
    assert command(*vendored, "--locked").code == 0
    Path("protogen.lock").unlink()
    assert command("lock", "--remove", "1.0").code == 9


def test_options_of_languages_that_are_not_made_count_for_nothing(
    command: Command, vendored: list[str]
) -> None:
    for run in (("--locked",), ()):
        ended = command(*vendored, *run, "--java-group", "com.example.shop", "--python-package", "x")
        assert ended.code == 0, ended.err
        assert "unchanged" in ended.err
        assert "note: --java-group is of no use without --lang java" in ended.err
        assert "note: --python-package is of no use without --lang python" in ended.err
    as_json = command(*vendored, "--locked", "--java-group", "com.example.shop", "--format", "json")
    assert as_json.code == 0
    assert as_json.json["releases"][0]["error"] is None
    assert "of no use" not in command(*vendored, "--locked", "-q", "--java-group", "com.example.shop").err
    assert locked()["settings"] == {"go": {}}


def test_settings_of_the_file_serve_runs_of_one_language(
    command: Command, vendored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("protogen.yaml").write_text("java_group: com.example.shop\n")
    ended = command(*vendored, "--locked")
    assert ended.code == 0
    assert "of no use" not in ended.err
    monkeypatch.setenv("PROTOGEN_JAVA_GROUP", "com.example.shop")
    assert "--java-group is of no use" in command(*vendored, "--locked").err


def test_a_lock_of_the_older_schema_holds_and_is_rewritten(
    command: Command, vendored: list[str], shop: Shop
) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    release = lock["releases"]["1.0"]
    old = {key: value for key, value in release.items() if key not in {"recipe", "recipe_sha256"}}
    old |= {"settings": {}, "closure": "0" * 64, "tools": {**release["tools"]}}
    del old["tools"]["grpcio-tools"]
    names = {key: release[key] for key in ("recipe", "recipe_sha256")}
    Path("protogen.lock").write_text(json.dumps({"schema": 1, **names, "releases": {"1.0": old}}))
    move_base(shop)
    assert command(*vendored, "--locked").code == 0
    ended = command("lock", *vendored)
    assert ended.code == 0, ended.err
    assert json.loads(Path("protogen.lock").read_text()) == lock


def test_another_compiler_is_no_mismatch_until_the_output_shows_it(
    command: Command, vendored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = json.loads(Path("protogen.lock").read_text())
    lock["releases"]["1.0"]["tools"]["grpcio-tools"]["version"] = "1.49.0"
    Path("protogen.lock").write_text(json.dumps(lock))
    assert command(*vendored, "--locked").code == 0
    lock["releases"]["1.0"]["outputs"]["go"] = "0" * 64
    Path("protogen.lock").write_text(json.dumps(lock))
    ended = command(*vendored, "--locked")
    assert ended.code == 9
    assert "the output for go moved" in ended.err
    assert "(pip install grpcio-tools==1.49.0)" in ended.err
