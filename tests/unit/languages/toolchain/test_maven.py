from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.maven import KINDS, MAVEN, classifier, complaint, environment, project
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.files import digest
from protogen.system.process import Finished
from tests.support.script import Script

PROTOC = Tool("protoc", "3.25.9", MAVEN, "com.google.protobuf:protoc", prints="25.9", copied_by="3.8.1")
PLUGIN = Tool(
    "protoc-gen-grpc-java", "1.68.3", MAVEN, "io.grpc:protoc-gen-grpc-java", prints="", copied_by="3.8.1"
)
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
        tools = box(tmp_path, script).install(BOTH)
        assert list(tools) == ["protoc", "protoc-gen-grpc-java"]
        assert [tools[each.name].version for each in BOTH] == ["25.9", "1.68.3"]
        for tool in tools.values():
            assert tool.found == "maven"
            assert tool.path.stat().st_mode & 0o111
            assert tool.path.read_text().startswith(tool.name)
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
    assert script.started == [(str(tmp_path / "bin" / "mvn"), "-B", "-C", "-q", "-U", goal)]
    again = box(tmp_path, script, offline=True).install(BOTH)
    assert again["protoc"].found == "maven"


def test_programs_are_told_by_their_contents_for_each_kind_of_machine(tmp_path: Path) -> None:
    (tmp_path / PROTOC.name).write_bytes(b"")
    found: dict[str, str] = {}
    for client in MAVEN.everywhere():
        found |= client.hashes(PROTOC, tmp_path, box(tmp_path, Script(fetches)))
    assert found == {f"{PROTOC.package}:{PROTOC.version}:{kind}": digest(b"") for kind in KINDS}


def test_protoc_on_path_serves_at_the_right_version(tmp_path: Path) -> None:
    script = Script(fetches)
    for name in ("mvn", "protoc", "protoc-gen-grpc-java"):
        program(tmp_path / "bin" / name)
    tools = box(tmp_path, script).install(BOTH)
    assert tools["protoc"].found == "PATH"
    assert tools["protoc-gen-grpc-java"].found == "maven", "the plugin tells no version, so PATH can't match"
    other = replace(PROTOC, version="3.25.8", prints="25.8")
    assert box(tmp_path, script).install((other,))["protoc"].found == "maven"


def test_given_tools_need_no_maven(tmp_path: Path) -> None:
    given = [program(tmp_path / each.name) for each in BOTH]
    tools = box(tmp_path, Script(fetches), *given).install(BOTH)
    assert {tool.found for tool in tools.values()} == {"given"}
    assert tools["protoc"].version == "25.9"


def test_a_given_maven_is_used(tmp_path: Path) -> None:
    script = Script(fetches)
    mvn = program(tmp_path / "elsewhere" / "mvn")
    box(tmp_path, script, mvn).install((PLUGIN,))
    assert script.started[-1][0] == str(mvn)


def test_without_maven_it_says_what_to_install_and_what_to_give(tmp_path: Path) -> None:
    given = program(tmp_path / "protoc")
    with pytest.raises(ToolMissing, match=r"no Maven \(mvn\), and protoc-gen-grpc-java 1\.68\.3") as raised:
        box(tmp_path, Script(fetches), given).install(BOTH)
    assert raised.value.code == 6
    assert raised.value.remedy == "install Maven and a JDK, or give --tool protoc-gen-grpc-java=PATH"


def test_offline_fetches_nothing(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "mvn")
    script = Script(fetches)
    with pytest.raises(
        ToolMissing, match=r"hold protoc 25\.9 and protoc-gen-grpc-java 1\.68\.3, nor"
    ) as raised:
        box(tmp_path, script, offline=True).install(BOTH)
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
        box(tmp_path, Script(lambda argv, cwd, env: finished)).install(BOTH)
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
    tools = box(tmp_path, Script(fetches), program(tmp_path / "protoc")).install((PROTOC,))
    assert tools["protoc"].found == "given"


def test_project_asks_for_each_program_of_the_machine() -> None:
    root = ElementTree.fromstring(project(BOTH, "osx-aarch_64"))
    asked = [
        [item.findtext(key) for key in ("groupId", "artifactId", "version", "classifier", "type")]
        for item in root.iter("artifactItem")
    ]
    assert asked == [
        ["com.google.protobuf", "protoc", "3.25.9", "osx-aarch_64", "exe"],
        ["io.grpc", "protoc-gen-grpc-java", "1.68.3", "osx-aarch_64", "exe"],
    ]
    assert root.findtext("build/plugins/plugin/version") == "3.8.1"


HERE = Path("/scratch/project")


@pytest.mark.parametrize(
    "name",
    [
        *("MAVEN_SKIP_RC", "MAVEN_HOME", "JAVA_HOME", "JAVA_TOOL_OPTIONS", "HOME"),
        *("PATH", "http_proxy", "MY_REPOSITORY_PASSWORD"),
    ],
)
def test_the_users_java_settings_and_secrets_are_kept(name: str) -> None:
    assert environment({name: "x"}, HERE)[name] == "x"


@pytest.mark.parametrize("name", ["MAVEN_DEBUG_OPTS", "MAVEN_PROJECTBASEDIR"])
def test_a_debugger_and_another_project_are_dropped(name: str) -> None:
    assert name not in environment({name: "x"}, HERE)


def test_a_folder_above_does_not_count() -> None:
    assert environment({"MAVEN_BASEDIR": "/home/me/project"}, HERE)["MAVEN_BASEDIR"] == str(HERE)


@pytest.mark.parametrize("name", ["MAVEN_ARGS", "MAVEN_CONFIG"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("-s /ci/settings.xml -ntp", "-s /ci/settings.xml -ntp"),
        ("--settings=/ci/settings.xml", "--settings=/ci/settings.xml"),
        ("-gs g.xml -t t.xml -Pci -P other -T 1C", "-gs g.xml -t t.xml -Pci -P other -T 1C"),
        ("-Dmaven.repo.local=/repo -D a=b", "-Dmaven.repo.local=/repo -D a=b"),
        ("-o -C -nsu", "-o -C -nsu"),
        ("clean install -DskipTests", "-DskipTests"),
        ("-f /home/me/pom.xml --file=x -pl a -am", ""),
        ("-l log -q -X -v", ""),
        ("-Dmaven.ext.class.path=x.jar -D maven.ext.class.path=x.jar", ""),
        ("-s", ""),
        ("/root/.m2", ""),
        ("", ""),
    ],
)
def test_arguments_that_say_how_repositories_are_reached_are_kept(name: str, given: str, kept: str) -> None:
    assert environment({name: given}, HERE)[name] == kept


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        ("-Xmx1g", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx1g"),
        ("-XX:+UseZGC", "-XX:TieredStopAtLevel=1 -XX:+UseZGC"),
    ],
)
def test_the_users_options_for_java_come_after_those_that_start_it_fast(given: str, passed: str) -> None:
    assert environment({"MAVEN_OPTS": given}, HERE)["MAVEN_OPTS"] == passed
