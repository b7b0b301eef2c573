from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import CacheDamaged, ToolFailed, ToolMissing, UsageError
from protogen.languages.toolchain import go, programs
from protogen.languages.toolchain.go import GO
from protogen.languages.toolchain.programs import Found, Prerequisite, Program, given_tools
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox
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


class Registry(Client):
    """A client whose tools are scripts; notes what it installed, call by call."""

    name = "registry"
    prerequisites = (Prerequisite("get", title="getter"),)

    def __init__(
        self, *, together: bool = False, fails: str = "", tells: Mapping[str, str] | None = None
    ) -> None:
        self.together, self.fails, self.tells = together, fails, tells or {}
        self.calls: list[list[str]] = []

    def command(self, tool: Tool) -> str:
        return f"get {tool.package}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        self.calls.append([tool.name for tool in tools])
        if self.fails in self.calls[-1]:
            raise ToolFailed(f"{self.fails} can't be got")
        for tool in tools:
            program(folder / tool.name / tool.name)
            (folder / tool.name / "more").write_text("more")

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> Mapping[str, str]:
        assert (folder / tool.name).is_file()
        return self.tells


def gen(client: Client, name: str = "gen-x", version: str = "v1.2.3") -> Tool:
    return Tool(name, version, client, f"example.com/{name}")


def test_a_tool_is_installed_once(tmp_path: Path) -> None:
    client = Registry()
    tool = gen(client)
    for _ in range(2):
        found = box(tmp_path, says("", 1)).install([tool])["gen-x"]
        folder = tmp_path / "cache/v2/tools" / tool.entry
        assert found == Program("gen-x", "v1.2.3", folder / "gen-x", "registry")
        assert os.access(found.path, os.X_OK)
        assert (folder / "more").read_text() == "more"
    assert client.calls == [["gen-x"]]


@pytest.mark.parametrize(
    ("pinned", "found"),
    [
        ({"x@1": "h1:a"}, {"x@1": "h1:a", "y@2": "h1:b"}),
        ({}, {"x@1": "h1:a"}),
        ({"z@1": "h1:c"}, {"x@1": "h1:a"}),
    ],
    ids=["as pinned", "nothing pinned", "another version pinned"],
)
def test_a_tool_that_is_as_it_is_pinned_is_taken(
    tmp_path: Path, pinned: dict[str, str], found: dict[str, str]
) -> None:
    tool = replace(gen(Registry(tells=found)), hashes=pinned)
    assert box(tmp_path, says("")).install([tool])["gen-x"].path.is_file()


def test_a_tool_that_is_not_as_it_is_pinned_is_refused_and_not_kept(tmp_path: Path) -> None:
    tool = replace(
        gen(Registry(tells={"x@1": "h1:a", "y@2": "h1:other"})), hashes={"x@1": "h1:a", "y@2": "h1:b"}
    )
    tools = box(tmp_path, says(""))
    with pytest.raises(ToolFailed) as caught:
        tools.install([tool])
    assert caught.value.message == "y@2 isn't what gen-x is pinned to: expected h1:b, found h1:other"
    assert "run the same command again" in caught.value.remedy
    assert not tools.look(tool).place


@pytest.mark.parametrize("printed", ["gen-x v1.2.3\n", "gen-x 1.2.3", "libgen 1.2.3 (abc)"])
def test_a_tool_on_path_is_taken_at_the_right_version(tmp_path: Path, printed: str) -> None:
    on_path, client = program(tmp_path / "bin" / "gen-x"), Registry()
    found = box(tmp_path, says(printed), path=str(on_path.parent)).install([gen(client)])
    assert found == {"gen-x": Program("gen-x", "v1.2.3", on_path, "PATH")}
    assert not client.calls


@pytest.mark.parametrize(
    ("printed", "code"), [("gen-x v1.2.4", 0), ("", 0), ("gen-x v1.2.3", 1), ("nonsense", 0)]
)
def test_a_tool_on_path_at_another_version_is_not(tmp_path: Path, printed: str, code: int) -> None:
    on_path = program(tmp_path / "bin" / "gen-x")
    tools = box(tmp_path, says(printed, code), path=str(on_path.parent))
    assert tools.install([gen(Registry())])["gen-x"].found == "registry"


def test_a_given_tool_wins_whatever_its_version(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    found = box(tmp_path, says("gen-x v9.9.9"), gen_x=mine).install([gen(Registry())])
    assert found == {"gen-x": Program("gen-x", "9.9.9", mine, "given")}


def test_a_given_tool_that_says_no_version_is_unknown(tmp_path: Path) -> None:
    def refuse(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        raise ToolMissing("can't be started")

    tools = box(tmp_path, Script(refuse), gen_x=program(tmp_path / "mine"))
    assert tools.install([gen(Registry())])["gen-x"].version == "unknown"


def test_a_given_tool_that_is_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="is not a program"):
        box(tmp_path, says(""), gen_x=tmp_path / "none").install([gen(Registry())])


def test_offline_installs_nothing(tmp_path: Path) -> None:
    client = Registry()
    with pytest.raises(ToolMissing) as caught:
        box(tmp_path, says(""), offline=True).install([gen(client)])
    assert (
        "the cache doesn't hold gen-x v1.2.3, nor is it on PATH, and --offline forbids"
        in caught.value.message
    )
    assert "--tool gen-x=PATH" in caught.value.remedy
    assert caught.value.code == 6
    assert not client.calls


def test_a_client_installs_together_what_it_can(tmp_path: Path) -> None:
    one, all_at_once = Registry(), Registry(together=True)
    for client in (one, all_at_once):
        wanted = [gen(client, name) for name in ("gen-x", "gen-y", "gen-z")]
        tools = box(tmp_path / str(client.together), says("", 1))
        tools.install(wanted[:1])
        assert list(tools.install(wanted)) == ["gen-x", "gen-y", "gen-z"]
    assert one.calls == [["gen-x"], ["gen-y"], ["gen-z"]]
    assert all_at_once.calls == [["gen-x"], ["gen-y", "gen-z"]]


def test_what_fails_is_tried_once_in_a_run(tmp_path: Path) -> None:
    client = Registry(fails="gen-x")
    tools = box(tmp_path, says("", 1))
    for _ in range(2):
        with pytest.raises(ToolFailed, match="gen-x can't be got"):
            tools.install([gen(client)])
    assert client.calls == [["gen-x"]]
    assert tools.install([gen(client, "gen-y")])["gen-y"].path.is_file()


def test_a_look_installs_nothing(tmp_path: Path) -> None:
    client, on_path = Registry(), program(tmp_path / "bin" / "gen-x")
    tools = box(tmp_path, says("gen-x 1.2.4"), path=str(on_path.parent))
    assert tools.look(gen(client)) == Found(passed_over="1.2.4")
    assert tools.look(gen(client, version="v1.2.4")) == Found("PATH", "1.2.4", on_path)
    assert not client.calls
    installed = tools.install([gen(client)])["gen-x"].path
    assert tools.look(gen(client)) == Found("cache", "1.2.3", installed)
    installed.write_text("harmed")
    assert not tools.look(gen(client)).place
    with pytest.raises(CacheDamaged):
        box(tmp_path, says(""), offline=True).look(gen(client))
    assert box(tmp_path, says(""), gen_x=tmp_path).look(gen(client)) == Found("given", "", tmp_path, False)


@pytest.mark.parametrize(
    ("version", "lowest", "expected"),
    [
        ("1.26.8", "1.21", True),
        ("1.21", "1.21.0", True),
        ("1.9.9", "1.21", False),
        ("17", "8", True),
        ("", "8", False),
        ("", "", True),
        ("3.1", "", True),
    ],
)
def test_a_prerequisite_serves_from_its_lowest_version_on(version: str, lowest: str, expected: bool) -> None:
    assert Prerequisite("x", lowest).serves(version) is expected


@pytest.mark.parametrize(
    ("version", "expected"), [("1.35.2", True), ("1.35.1", False), ("1.36.0", False), ("", False)]
)
def test_a_tool_serves_at_its_very_version(version: str, expected: bool) -> None:
    assert gen(Registry(), version="v1.35.2").serves(version) is expected
    assert replace(gen(Registry()), prints="1.35.2").serves(version) is expected


NUMBERS = st.lists(st.integers(0, 99), min_size=1, max_size=4)


@given(NUMBERS, NUMBERS)
def test_the_order_is_that_of_numbers(one: list[int], other: list[int]) -> None:
    length = max(len(one), len(other))
    padded = [(*numbers, *[0] * length)[:length] for numbers in (one, other)]
    found, wanted = (".".join(map(str, numbers)) for numbers in (one, other))
    assert Prerequisite("x", wanted).serves(found) is (padded[0] >= padded[1])


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


PLUGIN = Tool("protoc-gen-x", "v1.0.0", GO, "example.com/protoc-gen-x")
GO_SUM = Tool("go.sum", "", GO, inputs=(("go.mod", "module m\n"), ("requirements.go", "package p")))


def test_go_installs_a_plugin_into_the_cache(tmp_path: Path) -> None:
    def installing(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        if "install" in argv:
            program(Path(env["GOBIN"]) / "protoc-gen-x")
        return Finished(tuple(argv), 0, b'{"GOVERSION": "go1.22.0"}', b"")

    processes = Script(installing)
    tools = box(tmp_path, processes, path=str(program(tmp_path / "bin" / "go").parent))
    assert tools.install([PLUGIN])["protoc-gen-x"].path.is_file()
    assert processes.started[-1][1:] == ("install", "-trimpath", "example.com/protoc-gen-x@v1.0.0")


def test_go_failing_is_told_in_its_own_words(tmp_path: Path) -> None:
    tools = box(
        tmp_path,
        says("", 1, "go: downloading x\ngo: example.com/x: no matching versions"),
        path=str(program(tmp_path / "bin" / "go").parent),
    )
    with pytest.raises(ToolFailed) as caught:
        tools.install([PLUGIN])
    assert "no matching versions" in caught.value.message
    assert "downloading" not in caught.value.message
    assert caught.value.code == 6


def test_without_go_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "in_distribution", lambda program: None)
    with pytest.raises(ToolMissing) as caught:
        box(tmp_path, says("")).install([PLUGIN])
    assert "pip install 'protogen-clients[go]'" in caught.value.remedy
    assert caught.value.code == 6


def test_go_is_given_packaged_or_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "given" / "go")
    assert go.find_go(box(tmp_path, says("go 1.2.3"), go=path), "") == path
    monkeypatch.setattr(programs, "in_distribution", lambda program: Path("/site/go/bin/go"))
    assert go.find_go(box(tmp_path, says("")), "") == Path("/site/go/bin/go")


def test_packaged_go_is_found_by_its_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    class Distribution:
        def locate_file(self, path: str) -> Path:
            return tmp_path / path

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())
    assert programs.in_distribution(GO.prerequisites[0]) is None
    expected = program(tmp_path / "go" / "bin" / "go")
    assert programs.in_distribution(GO.prerequisites[0]) == expected

    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert programs.in_distribution(GO.prerequisites[0]) is None


def test_requirements_are_tidied_once(tmp_path: Path) -> None:
    def tidying(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        assert cwd is not None
        if argv[1] == "env":
            return Finished(tuple(argv), 0, b'{"GOVERSION": "go1.22.0"}', b"")
        (cwd / "go.sum").write_text((cwd / "requirements.go").read_text().upper())
        return Finished(tuple(argv), 0, b"", b"")

    processes = Script(tidying)
    tools = box(tmp_path, processes, path=str(program(tmp_path / "bin" / "go").parent))
    for _ in range(2):
        path = tools.install([GO_SUM])["go.sum"].path
        assert (path.read_text(), path.with_name("go.mod").read_text()) == ("PACKAGE P", "module m\n")
    assert [argv[1] for argv in processes.started] == ["env", "mod"]


def test_go_tells_what_modules_a_program_and_a_go_sum_are_of(tmp_path: Path) -> None:
    built = (
        "/x: go1.22.0\n\tpath\te.com/x/cmd\n\tmod\te.com/x\tv1.0.0\th1:a=\n\tdep\te.com/y\tv2.0.0\th1:b=\n"
    )
    tools = box(
        tmp_path, says(built + "\tbuild\t-trimpath=true\n"), path=str(program(tmp_path / "bin" / "go").parent)
    )
    assert GO.hashes(PLUGIN, tmp_path, tools) == {"e.com/x@v1.0.0": "h1:a=", "e.com/y@v2.0.0": "h1:b="}
    (tmp_path / "go.sum").write_text("e.com/x v1.0.0 h1:a=\ne.com/x v1.0.0/go.mod h1:c=\n")
    assert GO.hashes(GO_SUM, tmp_path, tools) == {"e.com/x@v1.0.0": "h1:a=", "e.com/x@v1.0.0/go.mod": "h1:c="}


def test_offline_tidies_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"the cache doesn't hold go\.sum, and --offline"):
        box(tmp_path, says(""), offline=True).install([GO_SUM])


def test_settings_of_the_users_builds_stay_out() -> None:
    environ = go.environment(
        {"GOOS": "windows", "GOFLAGS": "-mod=vendor", "GOPROXY": "p", "GOWORK": "w"}, "/scratch"
    )
    assert not {"GOOS", "GOFLAGS"} & environ.keys()
    assert (environ["GOPROXY"], environ["GOWORK"], environ["HOME"]) == ("p", "off", "/scratch")
