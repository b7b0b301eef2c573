"""Each way to fail: its exit code, its sentence, and the next command to type."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from protogen.cli import main
from protogen.errors import OutputUnwritable
from tests.integration.conftest import Command, Shop
from tests.support import plugins
from tests.support.command import heeding_interrupts
from tests.support.upstream import RECIPE, SHOP


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        (["--lang", "go", "--go-module", "no/../good"], "can't be a Go module", "--go-module example.com/"),
        (["--lang", "go", "--go-module", "."], "needs a go.mod", "go mod init"),
        (["--lang", "go", "--out", "gen/{foo}"], "a placeholder that isn't {version}", "--out DIR"),
        (["--lang", "java", "--java-group", "a b"], "can't be a Maven id", "--java-group com.example"),
        (["--lang", "java", "--java-package", "java.x"], "can't be a Java package", "--java-package com."),
        (
            ["--lang", "python", "--python-package", "a b"],
            "can't be the import package",
            "--python-package my",
        ),
        (["--lang", "python", "--python-distribution", "-x"], "can't be the distribution", "my-client"),
        (["--lang", "all", "--package-version", "1.0.0-nightly"], "has no form in Python", "1.0.0-rc.1"),
        (["--lang", "go", "--artifacts", "{foo}"], "a placeholder that isn't {version}", "--artifacts DIR"),
    ],
)
def test_what_no_release_makes_right_has_a_remedy(
    arguments: list[str], message: str, remedy: str, command: Command, shop: Shop
) -> None:
    ran = command("--version", "1.0", *arguments, *shop.options)
    assert ran.code == 2, ran.err
    assert message in sentence(ran.err)
    assert remedy in ran.err


def sentence(err: str) -> str:
    return err.splitlines()[0] if err else ""


@pytest.mark.parametrize(
    ("arguments", "code", "message", "remedy"),
    [
        (["--lang", "go"], 2, "no release is given", "run again with --version r2.11"),
        (["--version", "1.0"], 2, "no language is given", "run again with --lang go"),
        (["--version", "1.0", "--lang", "goo"], 2, "there is no language 'goo'; there are go", "--lang go"),
        (
            ["--version", "9.9", "--lang", "go"],
            3,
            "api has no release, branch or tag '9.9'; nearest: ",
            "--version ",
        ),
        (
            ["--version", "-x", "--lang", "go"],
            2,
            "not a release: '-x': a ref can't start with '-'",
            "--version",
        ),
        (["--version", "a..b", "--lang", "go"], 2, "a ref can't contain '..'", "--version"),
        (["--version", "a\x07b", "--lang", "go"], 2, "control character", "--version"),
        (
            ["--version", "1.0", "--lang", "go", "--ref", "api=-x"],
            2,
            "a ref can't start with '-'",
            "--ref api=REF",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--repo", "api=ext::sh -c x"],
            2,
            "can run commands",
            "--repo api=URL",
        ),
        (["--version", "1.0", "--lang", "go", "--repo", "api=-x"], 2, "starts with '-'", "--repo api=URL"),
        (
            ["--version", "1.0", "--lang", "go", "--repo", "nope=x"],
            2,
            "'nope' is no repository",
            "--repo api",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--with", "nope"],
            2,
            "has no group 'nope'; it has: admin",
            "--with",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--tool", "x=y"],
            2,
            "no tool 'x'; there are go",
            "--tool go=PATH",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--tool", "protc=y"],
            2,
            "no tool 'protc'",
            "--tool protoc=PATH",
        ),
        (["--version", "1.0", "--lang", "go", "--tool", "go"], 2, "is not NAME=PATH", "--tool go=PATH"),
        (["--version", "1.0", "--lang", "go", "--repo", "bsae=x"], 2, "'bsae' is no", "--repo base=VALUE"),
        (["--version", "1.0", "--lang", "go", "--ref", "Extra=x"], 2, "'Extra' is no", "--ref extra=VALUE"),
        (["--version", "1.0", "--lang", "go", "--with", "admn"], 2, "no group 'admn'", "--with admin"),
        (["--version", "1.0", "--lang", "pyhton"], 2, "no language 'pyhton'", "--lang python"),
        (
            ["lock", "--version", "1.0", "--lang", "go", "--update", "bas"],
            2,
            "'bas' to update",
            "--update base",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--go-module", "nodot"],
            2,
            "can't be a Go module",
            "--go-module",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--go-module", "a.b/v2"],
            2,
            "needs no such ending",
            "--go-module a.b",
        ),
        (["--version", "1.0", "--lang", "go", "--out", "{x}"], 2, "placeholder that isn't", "--out DIR"),
        (
            ["--version", "1.0", "--lang", "go", "--source", "index"],
            2,
            "--repo means nothing to it",
            "--source git",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--sorce", "git"],
            2,
            "--sorce",
            "run again with --source",
        ),
        (
            ["--version", "1.0", "--lang", "go", "--source", "gti"],
            2,
            "'gti'",
            "run again with --source git",
        ),
        (["--verison", "1.0"], 2, "--verison", "run again with --version"),
        (["--langs", "go"], 2, "--langs", "run again with --lang"),
        (["--zzzzz"], 2, "--zzzzz", "protogen --help"),
        (["--nope"], 2, "--nope", "protogen --help"),
        (["--folders", "x"], 2, "--folders", "protogen --help"),
        (["versions", "--outt", "x"], 2, "--outt", "protogen versions --help"),
        (["--outt", "x"], 2, "--outt", "run again with --out"),
        (["graph", "--focs", "x"], 2, "--focs", "run again with --focus"),
        (["recipe", "new", "x", "--foldr", "y"], 2, "--foldr", "run again with --folder"),
        (["check", "--format", "gitlub"], 2, "'gitlub'", "run again with --format gitlab"),
        (["graph", "--format", "?"], 2, "'?'", "run again with --format "),
        (["graph", "--max-chains", "x"], 2, "'x'", "protogen graph --help"),
        (["cache", "lst"], 2, "'lst'", "protogen cache list"),
        (["cache", "zzzzz"], 2, "'zzzzz'", "protogen cache --help"),
        (["gnerate"], 2, "there is no command 'gnerate'; did you mean 'generate'?", "protogen generate"),
        (["zzz"], 2, "there is no command 'zzz'", "protogen --help"),
    ],
)
def test_a_usage_or_release_error_says_what_and_what_next(
    command: Command,
    shop: Shop,
    go_tools: list[str],
    arguments: list[str],
    code: int,
    message: str,
    remedy: str,
) -> None:
    selection = shop.options if len(arguments) > 1 else []
    ended = command(*arguments, *selection, *(go_tools if len(arguments) > 1 else []))
    assert ended.code == code, ended.err
    assert message in sentence(ended.err)
    assert remedy in ended.err
    assert not Path("gen").exists()


def test_errors_are_json_where_json_is_asked_for(command: Command) -> None:
    ended = command("--version", "1.0", "--lang", "goo", "--format", "json")
    assert ended.code == 2
    assert set(ended.json) == {"code", "message", "where", "remedy"}
    assert ended.json["code"] == 2


def test_an_unreachable_host_is_named(command: Command, shop: Shop, go_tools: list[str]) -> None:
    options = [*shop.options, "--repo=base=http://user:secret@127.0.0.1:9/base"]
    ended = command("--version", "1.0", "--lang", "go", *options, *go_tools)
    assert ended.code == 4
    assert "http://127.0.0.1:9/base can't be reached" in sentence(ended.err)
    assert "run again with --repo base=PATH" in ended.err
    assert "secret" not in ended.err


def test_a_path_that_is_no_repository_is_named(
    command: Command, shop: Shop, go_tools: list[str], tmp_path: Path
) -> None:
    ended = command("--version", "1.0", "--lang", "go", *shop.options, f"--repo=base={tmp_path}", *go_tools)
    assert ended.code == 2
    assert f"{tmp_path} is not a git repository" in sentence(ended.err)
    assert "--source folder" in ended.err
    absent = tmp_path / "absent"
    ended = command("--version", "1.0", "--lang", "go", *shop.options, f"--repo=base={absent}", *go_tools)
    assert ended.code == 2
    assert f"{absent} is not there" in sentence(ended.err)
    assert "--source folder" not in ended.err
    assert "give a git repository, --repo base=PATH or =URL" in ended.err
    ended = command(
        "--version", "1.0", "--lang", "go", *shop.options, f"--repo=base=file://{tmp_path}", *go_tools
    )
    assert ended.code == 4
    assert "does not appear to be a git repository" in sentence(ended.err)


def test_without_git_the_error_says_so(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 6
    assert sentence(ended.err) == "error: git can't be started, and the git source needs it"
    assert "try:   install git\n" in ended.err  # the shop has no packages


def test_a_branch_in_one_repository_only_is_named(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.1", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 3
    assert "base has no 'release-1.1' to match refs/heads/release-1.1; nearest: release-1.0" in ended.err
    assert "--ref base=release-1.0" in ended.err


def test_a_commit_that_is_not_there_is_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command(
        "--version", "0" * 40, "--lang", "go", "--ref=extra=main", "--ref=base=main", *shop.options, *go_tools
    )
    assert ended.code == 3
    assert "doesn't have that commit or ref" in sentence(ended.err)


def shop_with(shop: Shop, text: str, **base: str) -> None:
    shop.api.commit({"shop/shop.proto": text})
    shop.api.git("branch", "--force", "release-1.0")
    if base:
        shop.base.commit({name.replace("__", "/") + ".proto": content for name, content in base.items()})
        shop.base.git("branch", "--force", "release-1.0")


def test_a_missing_import_names_chain_and_roots(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop_with(shop, SHOP, money__money='syntax = "proto3"; import "gone/gone.proto";')
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 5
    assert sentence(ended.err) == (
        "error: 'gone/gone.proto' is not in 1.0; searched api:., base:., base:third_party/types, "
        "base:third_party/types/nested, extra:proto"
    )
    assert "shop/shop.proto imports money/money.proto imports gone/gone.proto" in ended.err
    assert "--match pin" in ended.err


def test_an_ambiguous_import_names_both_places(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop_with(shop, SHOP, color='syntax = "proto3"; enum Color { BLUE = 0; }')
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 5
    assert "'color.proto' is in two places with different content" in sentence(ended.err)
    assert "base:color.proto and base:third_party/types/color.proto" in sentence(ended.err)


def test_a_proto_that_does_not_compile_keeps_protocs_words(
    command: Command, shop: Shop, go_tools: list[str]
) -> None:
    shop_with(shop, SHOP.replace("money.Money price", "money.Mony price"))
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 5
    assert "the protos don't compile: shop/shop.proto:" in sentence(ended.err)
    assert '"money.Mony" is not defined' in sentence(ended.err)
    assert "(from api:shop/shop.proto)" in ended.err


def test_entry_points_that_match_nothing_are_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.api.commit({"shop/shop.proto": None})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 5
    assert "api at 1.0 has no file that matches shop/**/*.proto" in sentence(ended.err)


def without_go(tmp_path: Path) -> str:
    folder = tmp_path / "git-only"
    folder.mkdir()
    git = shutil.which("git")
    assert git
    (folder / "git").symlink_to(git)
    return str(folder)


def test_without_go_the_error_names_the_extra(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protogen.languages.toolchain.programs.in_distribution", lambda program: None)
    monkeypatch.setenv("PATH", without_go(tmp_path))
    ended = command("--version", "1.0", "--lang", "go", *shop.options)
    assert ended.code == 6
    assert "there is no Go toolchain" in sentence(ended.err)
    assert "pip install 'protogen-clients[go]'" in ended.err
    assert not Path("gen").exists()


def test_artifacts_without_their_libraries_end_before_anything_is_asked(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protogen.pipeline.artifacts.sbom.find_spec", lambda name: None)
    nowhere = ["--recipe", str(tmp_path / "missing.yaml"), "--repo", "api=http://127.0.0.1:1/api.git"]
    (tmp_path / "missing.yaml").write_text(RECIPE)
    ended = command("--version", "1.0", "--lang", "python", *nowhere, "--artifacts", "dist")
    assert ended.code == 6
    assert "the libraries that write the bill of materials are not installed" in sentence(ended.err)
    assert f"{sys.executable} -m pip install 'protogen-clients[artifacts]'" in ended.err


def test_a_plugin_that_fails_speaks_for_itself(command: Command, shop: Shop, tmp_path: Path) -> None:
    tools = plugins.go_tools(tmp_path / "tools", fails="protoc-gen-go-grpc")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *plugins.tool_options(tools))
    assert ended.code == 6
    assert "go: protoc-gen-go-grpc failed: the plugin is upset" in sentence(ended.err)
    assert "given)" in ended.err
    assert not Path("gen").exists()


def test_a_go_that_fails_speaks_for_itself(command: Command, shop: Shop, tmp_path: Path) -> None:
    tools = plugins.go_tools(tmp_path / "tools", fails="go")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *plugins.tool_options(tools))
    assert ended.code == 6
    assert "go mod tidy failed: go: the network is down" in sentence(ended.err)


def test_out_that_is_a_file_is_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    Path("gen").write_text("a file")
    ended = command("--version", "1.0", "--lang", "go", *shop.options, *go_tools)
    assert ended.code == 8
    assert "is a file" in sentence(ended.err)
    assert Path("gen").read_text() == "a file"


def test_out_that_cannot_be_written_is_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.0", "--lang", "go", "--out", "/proc/none", *shop.options, *go_tools)
    assert ended.code == 8
    assert "/proc" in ended.err


def test_a_cache_that_cannot_be_written_is_told(command: Command, shop: Shop, go_tools: list[str]) -> None:
    ended = command("--version", "1.0", "--lang", "go", "--cache-dir", "/proc/none", *shop.options, *go_tools)
    assert ended.code == 8
    assert "the cache can't be written" in sentence(ended.err)
    assert "--cache-dir DIR" in ended.err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "    roots: [proto]",
            "    rots: [proto]",
            ":23: repositories.extra.rots: unknown key; expected one of url",
        ),
        ("schema: 1", "schema: [", "not valid YAML"),
        ("name: shop", "name: 3", ":2: name: "),
    ],
)
def test_a_malformed_recipe_is_told_with_its_line(
    command: Command, tmp_path: Path, old: str, new: str, message: str
) -> None:
    recipe = tmp_path / "bad.yaml"
    recipe.write_text(RECIPE.replace(old, new))
    ended = command("--version", "1.0", "--lang", "go", "--recipe", str(recipe))
    assert ended.code == 2
    assert message in sentence(ended.err)
    assert str(recipe) in sentence(ended.err)


def test_a_bug_is_one_line_and_a_traceback_with_v(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, cache: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("protogen.recipe.model.load", broken)
    ended = command("--version", "1.0", "--lang", "go")
    assert ended.code == 70
    assert sentence(ended.err) == "error: a bug in protogen: KeyError: 'oops'"
    with pytest.raises(KeyError):
        command("--version", "1.0", "--lang", "go", "-v")


def test_interrupts_have_their_codes(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str, cache: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("protogen.recipe.model.load", interrupted)
    assert command("--version", "1.0", "--lang", "go").code == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("error", [OSError(errno.EBADF, "Bad file descriptor"), OutputUnwritable("full")])
def test_an_interruption_is_told_though_cleaning_up_fails(
    command: Command, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int, error: Exception
) -> None:
    def cleaned_up_in_vain(name: str, cache: object) -> None:
        try:
            signal.raise_signal(number)
        finally:
            raise error

    # A shell has children of the background ignore interrupts.
    before = signal.signal(number, signal.default_int_handler)
    try:
        monkeypatch.setattr("protogen.recipe.model.load", cleaned_up_in_vain)
        assert command("--version", "1.0", "--lang", "go").code == code
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)


def test_a_signal_that_the_parent_ignores_stays_ignored(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signalled(name: str, cache: object) -> None:
        signal.raise_signal(signal.SIGINT)
        raise OutputUnwritable("full")

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        monkeypatch.setattr("protogen.recipe.model.load", signalled)
        assert command("--version", "1.0", "--lang", "go").code == OutputUnwritable.code
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_children_and_leaves_no_output(
    shop: Shop, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    tools = plugins.go_tools(tmp_path / "tools")
    started = tmp_path / "started"
    slow = Path(tools["protoc-gen-go"])
    slow.write_text(
        f"#!{sys.executable}\nimport os, pathlib, time, sys\nif '--version' in sys.argv: sys.exit()\n"
        f"pathlib.Path({str(started)!r}).write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    argv = [sys.executable, "-m", "protogen", "--version", "1.0", "--lang", "go", *shop.options]
    environ = {
        **os.environ,
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    child = subprocess.Popen(
        [*heeding_interrupts(argv), *plugins.tool_options(tools)],
        cwd=tmp_path,
        env=environ,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not started.exists() or not started.read_text():
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(number)
    _, err = child.communicate(timeout=30)
    assert child.returncode == code, err.decode()
    plugin = int(started.read_text())
    for _ in range(100):
        if not Path(f"/proc/{plugin}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{plugin}").exists()
    assert not (tmp_path / "gen").exists()


def test_own_version_and_help(command: Command) -> None:
    assert command("-V").out.startswith("protogen ")
    shown = command("--help")
    assert shown.code == 0
    assert "--go-module PATH" in shown.out
    assert "  protogen --version r2.11 --lang go --out gen" in shown.out
    assert all(f"\n  {name} " in shown.out for name in main.COMMANDS)


def test_a_reader_that_left_is_no_error(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str, cache: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("protogen.recipe.model.load", gone)
    monkeypatch.setattr("protogen.cli.main.os.dup2", lambda *_: None)
    assert command("--version", "1.0", "--lang", "go").code == 0


@pytest.mark.parametrize(
    ("arguments", "environ", "file"),
    [
        (["--format", "json"], {}, ""),
        ([], {"PROTOGEN_FORMAT": "json"}, ""),
        ([], {}, "format: json\n"),
        ([], {"PROTOGEN_FORMAT": "json"}, "format: [broken\n"),
    ],
)
def test_errors_are_json_by_flag_variable_and_file(
    arguments: list[str],
    environ: dict[str, str],
    file: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    if file:
        Path("protogen.yaml").write_text(file)
    ended = command("--version", "1.0", *arguments)
    assert ended.code == 2
    assert set(ended.json) == {"code", "message", "where", "remedy"}
    assert ended.json["message"] in ended.err


@pytest.mark.parametrize(
    ("arguments", "environ", "file"),
    [(["-qv"], {}, ""), ([], {"PROTOGEN_VERBOSE": "yes"}, ""), ([], {}, "verbose: true\n")],
)
def test_tracebacks_are_shown_by_flag_variable_and_file(
    arguments: list[str],
    environ: dict[str, str],
    file: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("protogen.recipe.model.load", broken)
    assert command("--version", "1.0", "--lang", "go").code == 70
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    if file:
        Path("protogen.yaml").write_text(file)
    with pytest.raises(ZeroDivisionError):
        command("--version", "1.0", "--lang", "go", *arguments)


def test_options_before_a_command_serve_it_or_are_named(command: Command, shop: Shop) -> None:
    moved = command(*shop.options, "versions", "--format", "json")
    assert moved.code == 0, moved.err
    assert moved.json == command("versions", *shop.options, "--format", "json").json
    assert command("-v", "recipe", "new", str(shop.api.path), "--folder", "shop").code == 0
    wrong = command("-v", "doctor", "--lang", "nope")
    assert wrong.code == 2
    assert "protogen doctor has no option -v, which stands before it" in wrong.err
    assert "try:   protogen doctor --lang nope" in wrong.err
