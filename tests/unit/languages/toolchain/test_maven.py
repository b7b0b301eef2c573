from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.maven import Executable, classifier, complaint, project, provide_executables
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.script import Script

PROTOC = Executable("com.google.protobuf", "protoc", "3.25.9", prints="25.9")
PLUGIN = Executable("io.grpc", "protoc-gen-grpc-java", "1.68.3")
BOTH = (PROTOC, PLUGIN)


def fetches(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
    """Play mvn: copy each program that the project asks for; and tools that tell a version."""
    if argv[1:] == ["--version"]:
        return Finished(tuple(argv), 0, b"libprotoc 25.9\n", b"")
    assert cwd
    (cwd / "programs").mkdir()
    for item in ElementTree.parse(cwd / "pom.xml").iter("artifactItem"):
        name = item.findtext("destFileName")
        assert name
        (cwd / "programs" / name).write_text(f"{name} {item.findtext('version')}")
    return Finished(tuple(argv), 0, b"", b"")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def box(tmp_path: Path, processes: Script, *given: Path, offline: bool = False) -> Toolbox:
    """A toolbox whose PATH is the folder `bin`; given: programs by their own names."""
    environ, named = {"PATH": str(tmp_path / "bin")}, {path.name: path for path in given}
    return Toolbox(Cache(tmp_path / "cache", offline), processes, environ, named)


def test_one_call_fetches_all_and_the_cache_keeps_them(tmp_path: Path) -> None:
    script = Script(fetches)
    program(tmp_path / "bin" / "mvn")
    for _ in range(2):
        tools = provide_executables(box(tmp_path, script), BOTH, "3.8.1")
        assert list(tools) == ["protoc", "protoc-gen-grpc-java"]
        assert [tools[each.artifact].version for each in BOTH] == ["25.9", "1.68.3"]
        for tool in tools.values():
            assert tool.found == "maven"
            assert tool.path.stat().st_mode & 0o111
            assert tool.path.read_text().startswith(tool.name)
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
    assert script.started == [(str(tmp_path / "bin" / "mvn"), "-B", "-C", "-q", "-U", goal)]
    again = provide_executables(box(tmp_path, script, offline=True), BOTH, "3.8.1")
    assert again["protoc"].found == "maven"


def test_protoc_on_path_serves_at_the_right_version(tmp_path: Path) -> None:
    script = Script(fetches)
    for name in ("mvn", "protoc", "protoc-gen-grpc-java"):
        program(tmp_path / "bin" / name)
    tools = provide_executables(box(tmp_path, script), BOTH, "3.8.1")
    assert tools["protoc"].found == "PATH"
    assert tools["protoc-gen-grpc-java"].found == "maven", "the plugin tells no version, so PATH can't match"
    other = Executable(PROTOC.group, PROTOC.artifact, "3.25.8", "25.8")
    assert provide_executables(box(tmp_path, script), (other,), "3.8.1")["protoc"].found == "maven"


def test_given_tools_need_no_maven(tmp_path: Path) -> None:
    given = [program(tmp_path / each.artifact) for each in BOTH]
    tools = provide_executables(box(tmp_path, Script(fetches), *given), BOTH, "3.8.1")
    assert {tool.found for tool in tools.values()} == {"given"}
    assert tools["protoc"].version == "25.9"


def test_a_given_maven_is_used(tmp_path: Path) -> None:
    script = Script(fetches)
    mvn = program(tmp_path / "elsewhere" / "mvn")
    provide_executables(box(tmp_path, script, mvn), (PLUGIN,), "3.8.1")
    assert script.started[-1][0] == str(mvn)


def test_without_maven_it_says_what_to_install_and_what_to_give(tmp_path: Path) -> None:
    given = program(tmp_path / "protoc")
    with pytest.raises(ToolMissing, match=r"no Maven \(mvn\), and protoc-gen-grpc-java 1\.68\.3") as raised:
        provide_executables(box(tmp_path, Script(fetches), given), BOTH, "3.8.1")
    assert raised.value.code == 6
    assert raised.value.remedy == "install Maven and a JDK, or give --tool protoc-gen-grpc-java=PATH"


def test_offline_fetches_nothing(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "mvn")
    script = Script(fetches)
    with pytest.raises(
        ToolMissing, match=r"hold protoc 25\.9 and protoc-gen-grpc-java 1\.68\.3, nor are they on PATH"
    ) as raised:
        provide_executables(box(tmp_path, script, offline=True), BOTH, "3.8.1")
    assert "--tool protoc=PATH --tool protoc-gen-grpc-java=PATH" in raised.value.remedy
    assert not script.started


FAILURE = b"""\
\x1b[0m[INFO] noise
[\x1b[1;31mERROR\x1b[m] Failed to execute goal: could not find artifact x -> [Help 1]
[\x1b[1;31mERROR\x1b[m]
[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
[ERROR] For more information about the errors and possible solutions, please read:
[ERROR] [Help 1] somewhere
"""


@pytest.mark.parametrize(
    ("finished", "words"),
    [
        (Finished((), 1, FAILURE, b""), "failed: Failed to execute goal: could not find artifact x"),
        (Finished((), 1, b"", b"JAVA_HOME is not defined\n"), "failed: JAVA_HOME is not defined"),
        (Finished((), 0, b"", b""), "failed: it left no protoc and no protoc-gen-grpc-java"),
    ],
)
def test_mavens_own_words_are_passed_on(tmp_path: Path, finished: Finished, words: str) -> None:
    program(tmp_path / "bin" / "mvn")
    with pytest.raises(ToolFailed, match=re.escape(words)) as raised:
        provide_executables(box(tmp_path, Script(lambda argv, cwd, env: finished)), BOTH, "3.8.1")
    assert "com.google.protobuf:protoc:3.25.9:exe:" in raised.value.where
    assert "settings.xml" in raised.value.remedy
    assert not list((tmp_path / "cache" / "v2").rglob("protoc"))


def test_advice_is_left_out() -> None:
    assert complaint(FAILURE) == "Failed to execute goal: could not find artifact x"


@pytest.mark.parametrize(
    ("system", "processor", "wanted"),
    [
        ("Linux", "x86_64", "linux-x86_64"),
        ("Linux", "aarch64", "linux-aarch_64"),
        ("Darwin", "x86_64", "osx-x86_64"),
        ("Darwin", "arm64", "osx-aarch_64"),
    ],
)
def test_classifier(system: str, processor: str, wanted: str) -> None:
    assert classifier(system, processor) == wanted


@pytest.mark.parametrize(("system", "processor"), [("Plan9", "x86_64"), ("Linux", "mips")])
def test_other_machines_must_bring_their_tools(system: str, processor: str) -> None:
    with pytest.raises(ToolMissing, match="no programs for") as raised:
        classifier(system, processor)
    assert "--tool NAME=PATH" in raised.value.remedy


def test_given_tools_serve_any_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "mips")
    tools = provide_executables(
        box(tmp_path, Script(fetches), program(tmp_path / "protoc")), (PROTOC,), "3.8.1"
    )
    assert tools["protoc"].found == "given"


def test_project_asks_for_each_program_of_the_machine() -> None:
    root = ElementTree.fromstring(project(BOTH, "osx-aarch_64", "3.8.1"))
    asked = [
        [item.findtext(key) for key in ("groupId", "artifactId", "version", "classifier", "type")]
        for item in root.iter("artifactItem")
    ]
    assert asked == [
        ["com.google.protobuf", "protoc", "3.25.9", "osx-aarch_64", "exe"],
        ["io.grpc", "protoc-gen-grpc-java", "1.68.3", "osx-aarch_64", "exe"],
    ]
    assert root.findtext("build/plugins/plugin/version") == "3.8.1"
