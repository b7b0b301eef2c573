from __future__ import annotations

from pathlib import Path

import pytest

from protogen.languages.toolchain.maven_environment import maven_environment

HERE = Path("/scratch/project")


@pytest.mark.parametrize(
    "name",
    [
        *("MAVEN_OPTS", "MAVEN_SKIP_RC", "MAVEN_HOME", "JAVA_HOME", "JAVA_TOOL_OPTIONS", "HOME"),
        *("PATH", "http_proxy", "MY_REPOSITORY_PASSWORD"),
    ],
)
def test_the_users_java_settings_and_secrets_are_kept(name: str) -> None:
    assert maven_environment({name: "x"}, HERE)[name] == "x"


@pytest.mark.parametrize("name", ["MAVEN_DEBUG_OPTS", "MAVEN_PROJECTBASEDIR"])
def test_a_debugger_and_another_project_are_dropped(name: str) -> None:
    assert name not in maven_environment({name: "x"}, HERE)


def test_a_folder_above_does_not_count() -> None:
    assert maven_environment({"MAVEN_BASEDIR": "/home/me/project"}, HERE)["MAVEN_BASEDIR"] == str(HERE)


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
    assert maven_environment({name: given}, HERE)[name] == kept
