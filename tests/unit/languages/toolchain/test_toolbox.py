from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.errors import ToolFailed, ToolMissing, UsageError
from protogen.languages.toolchain import go
from protogen.languages.toolchain.given import given_tools
from protogen.languages.toolchain.toolbox import Tool, Toolbox, tool_entry
from protogen.system.cache import Cache
from protogen.system.process import Finished, Processes
from tests.support.script import Script, says


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def box(
    tmp_path: Path, processes: Processes, *, path: str = "", offline: bool = False, **given: Path
) -> Toolbox:
    named = {name.replace("_", "-"): value for name, value in given.items()}
    return Toolbox(Cache(tmp_path / "cache", offline), processes, {"PATH": path}, named)


def install(folder: Path) -> None:
    program(folder / "gen-x")


def never(folder: Path) -> None:
    raise AssertionError("installed without need")


def test_a_tool_is_installed_once(tmp_path: Path) -> None:
    toolbox = box(tmp_path, says("", 1))
    tool = toolbox.provide("gen-x", "v1.2.3", "go", install)
    assert tool.path == tmp_path / "cache/v2/tools" / tool_entry("go", "gen-x", "v1.2.3") / "gen-x"
    assert os.access(tool.path, os.X_OK)
    assert toolbox.provide("gen-x", "v1.2.3", "go", never) == tool


@pytest.mark.parametrize("printed", ["gen-x v1.2.3\n", "gen-x 1.2.3", "libgen 1.2.3 (abc)"])
def test_a_tool_on_path_is_taken_at_the_right_version(tmp_path: Path, printed: str) -> None:
    found = program(tmp_path / "bin" / "gen-x")
    tool = box(tmp_path, says(printed), path=str(found.parent)).provide("gen-x", "v1.2.3", "go", never)
    assert tool == Tool("gen-x", "v1.2.3", found, "PATH")


@pytest.mark.parametrize(
    ("printed", "code"), [("gen-x v1.2.4", 0), ("", 0), ("gen-x v1.2.3", 1), ("nonsense", 0)]
)
def test_a_tool_on_path_at_another_version_is_not(tmp_path: Path, printed: str, code: int) -> None:
    found = program(tmp_path / "bin" / "gen-x")
    tool = box(tmp_path, says(printed, code), path=str(found.parent)).provide(
        "gen-x", "v1.2.3", "go", install
    )
    assert tool.found == "go"


def test_a_given_tool_wins_whatever_its_version(tmp_path: Path) -> None:
    given = program(tmp_path / "mine")
    tool = box(tmp_path, says("gen-x v9.9.9"), gen_x=given).provide("gen-x", "v1.2.3", "go", never)
    assert tool == Tool("gen-x", "9.9.9", given, "given")


def test_a_given_tool_that_says_no_version_is_unknown(tmp_path: Path) -> None:
    def refuse(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        raise ToolMissing("can't be started")

    tool = box(tmp_path, Script(refuse), gen_x=program(tmp_path / "mine")).provide("gen-x", "v1", "go", never)
    assert tool.version == "unknown"


def test_a_given_tool_that_is_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="is not a program"):
        box(tmp_path, says(""), gen_x=tmp_path / "none").provide("gen-x", "v1", "go", never)


def test_offline_installs_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        box(tmp_path, says(""), offline=True).provide("gen-x", "v1", "go", never)
    assert "the cache doesn't hold gen-x v1, nor is it on PATH, and --offline forbids" in caught.value.message
    assert "--tool gen-x=PATH" in caught.value.remedy
    assert caught.value.code == 6


def test_options_win_over_variables(tmp_path: Path) -> None:
    environ = {"PROTOGEN_TOOL_GEN_X": "/env/x", "PROTOGEN_TOOL_GEN_Y": "/env/y", "PROTOGEN_TOOL_OTHER": "/o"}
    assert given_tools(("gen-x=/opt/x",), environ, ("gen-x", "gen-y")) == {
        "gen-x": Path("/opt/x"),
        "gen-y": Path("/env/y"),
    }


@pytest.mark.parametrize(
    ("option", "complaint"), [("gen-x", "is not NAME=PATH"), ("a=b", "no tool 'a'; there are gen-x")]
)
def test_malformed_tool_options_are_refused(option: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        given_tools((option,), {}, ("gen-x",))


def test_go_installs_a_plugin_into_the_cache(tmp_path: Path) -> None:
    def installing(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        if "install" in argv:
            program(Path(env["GOBIN"]) / "protoc-gen-x")
        return Finished(tuple(argv), 0, b'{"GOVERSION": "go1.22.0"}', b"")

    processes = Script(installing)
    toolbox = box(tmp_path, processes, path=str(program(tmp_path / "bin" / "go").parent))
    tool = go.provide_plugin(toolbox, "protoc-gen-x", "example.com/cmd/protoc-gen-x", "v1.0.0")
    assert tool.path.is_file()
    assert processes.started[-1][1:] == ("install", "-trimpath", "example.com/cmd/protoc-gen-x@v1.0.0")


def test_go_failing_is_told_in_its_own_words(tmp_path: Path) -> None:
    toolbox = box(
        tmp_path,
        says("", 1, "go: downloading x\ngo: example.com/x: no matching versions"),
        path=str(program(tmp_path / "bin" / "go").parent),
    )
    with pytest.raises(ToolFailed) as caught:
        go.provide_plugin(toolbox, "protoc-gen-x", "example.com/x", "v1.0.0")
    assert "no matching versions" in caught.value.message
    assert "downloading" not in caught.value.message
    assert caught.value.code == 6


def test_without_go_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go, "_packaged_go", lambda: None)
    with pytest.raises(ToolMissing) as caught:
        go.provide_plugin(box(tmp_path, says("")), "protoc-gen-x", "example.com/x", "v1.0.0")
    assert "pip install 'protogen[go]'" in caught.value.remedy
    assert caught.value.code == 6


def test_go_is_given_packaged_or_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = program(tmp_path / "given" / "go")
    assert go.find_go(box(tmp_path, says("go 1.2.3"), go=given)) == given
    monkeypatch.setattr(go, "_packaged_go", lambda: Path("/site/go/bin/go"))
    assert go.find_go(box(tmp_path, says(""))) == Path("/site/go/bin/go")


def test_packaged_go_is_found_by_its_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    class Distribution:
        def locate_file(self, path: str) -> Path:
            return tmp_path / path

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    assert go._packaged_go() is None
    expected = program(tmp_path / "go" / "bin" / "go")
    assert go._packaged_go() == expected

    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert go._packaged_go() is None


def test_requirements_are_tidied_once(tmp_path: Path) -> None:
    def tidying(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        assert cwd is not None
        if argv[1] == "env":
            return Finished(tuple(argv), 0, b'{"GOVERSION": "go1.22.0"}', b"")
        (cwd / "go.sum").write_text((cwd / "requirements.go").read_text().upper())
        return Finished(tuple(argv), 0, b"", b"")

    processes = Script(tidying)
    toolbox = box(tmp_path, processes, path=str(program(tmp_path / "bin" / "go").parent))
    assert go.tidy(toolbox, "module m\n", "package p") == ("module m\n", "PACKAGE P")
    assert go.tidy(toolbox, "module m\n", "package p") == ("module m\n", "PACKAGE P")
    assert [argv[1] for argv in processes.started] == ["env", "mod"]


def test_offline_tidies_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="the cache doesn't hold the requirements of the Go module"):
        go.tidy(box(tmp_path, says(""), offline=True), "module m\n", "package p")


def test_settings_of_the_users_builds_stay_out() -> None:
    environ = go.environment(
        {"GOOS": "windows", "GOFLAGS": "-mod=vendor", "GOPROXY": "p", "GOWORK": "w"}, "/scratch"
    )
    assert not {"GOOS", "GOFLAGS"} & environ.keys()
    assert (environ["GOPROXY"], environ["GOWORK"], environ["HOME"]) == ("p", "off", "/scratch")
