"""Clients from packaged artifacts, calling servers that nobody here wrote; contract.md says what."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from protogen.toolchain.maven_command import plant
from tests.e2e.rpc import environments
from tests.e2e.rpc.conftest import GO_MODULE, JAVA
from tests.e2e.rpc.expected import ANSWERS
from tests.e2e.rpc.servers import PROGRAMS, Places
from tests.support.command import must, run

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId><artifactId>client</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories><repository><id>dist</id><url>file://{dist}/java</url></repository></repositories>
  <dependencies>
    <dependency>
      <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>2.11.1</version>
    </dependency>
    <dependency>
      <groupId>com.google.code.gson</groupId><artifactId>gson</artifactId><version>2.11.0</version>
    </dependency>
  </dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId>
    <version>3.13.0</version>
  </plugin></plugins></build>
</project>
"""
_CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"

# A request of 4,000,000 zero bytes; what HTTP/2 and the other calls of a channel need is far below.
_COMPRESSED = 100_000


@pytest.fixture(scope="session")
def python_client(dist: Path, shared: Path) -> list[str]:
    """The command of the Python client."""
    (wheel,) = (dist / "python").glob("*.whl")
    python = environments.environment(shared / "python-client", (str(wheel),))
    return [str(python), "-W", "error", str(PROGRAMS / "client.py")]


@pytest.fixture(scope="session")
def go_client(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the Go client, built against the module as a file GOPROXY offers it."""
    folder = tmp_path_factory.mktemp("go-client")
    shutil.copy(PROGRAMS / "client.go", folder / "main.go")
    found = json.loads(must(run(["go", "env", "-json", "GOMODCACHE", "GOPROXY"], cwd=folder)).out)
    (folder / "go.mod").write_text(
        f"module example.com/client\n\ngo 1.21\n\nrequire {GO_MODULE}/v2 v2.11.1\n"
    )
    settings = {
        "GOPROXY": f"file://{dist}/go,file://{found['GOMODCACHE']}/cache/download,{found['GOPROXY']}",
        # Another run's module of this name and version is another module.
        "GOMODCACHE": str(folder / "modules"),
        "GOFLAGS": "-modcacherw -trimpath -mod=mod",
        "GONOSUMDB": GO_MODULE,
    }
    must(run(["go", "vet", "."], cwd=folder, **settings))
    must(run(["go", "build", "-o", "client", "."], cwd=folder, **settings))
    return [str(folder / "client")]


@pytest.fixture(scope="session")
def java_client(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the Java client, built against the jar as a file repository offers it."""
    folder = tmp_path_factory.mktemp("java-client")
    sources = folder / "src" / "main" / "java"
    sources.mkdir(parents=True)
    shutil.copy(PROGRAMS / "Client.java", sources)
    group, artifact = JAVA
    (folder / "pom.xml").write_text(_POM.format(dist=dist, group=group, artifact=artifact))
    # Another run's jar of this name and version is another jar: all but it is the user's.
    plant(folder / "local", Path.home() / ".m2" / "repository", [*group.split("."), artifact])
    goals = ["compile", _CLASS_PATH, "-Dmdep.outputFile=class-path"]
    must(run(["mvn", "-B", "-q", f"-Dmaven.repo.local={folder}/local", *goals], cwd=folder))
    class_path = f"{folder}/target/classes:{(folder / 'class-path').read_text()}"
    return ["java", "-cp", class_path, "Client"]


def told_by(client: list[str], places: Places, folder: Path) -> dict[str, Any]:
    """What a client tells. It must have compressed what it sends through the proxy."""
    before = places.proxy.sent
    told: dict[str, Any] = json.loads(must(run([*client, str(places.config)], cwd=folder)).out)
    assert 0 < places.proxy.sent - before < _COMPRESSED
    return told


@pytest.mark.parametrize("client", ["python_client", "go_client", "java_client"])
def test_a_client_gets_every_answer(
    client: str, places: Places, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    told = told_by(request.getfixturevalue(client), places, tmp_path)
    assert told.keys() == ANSWERS.keys()
    for scenario, answer in ANSWERS.items():
        assert told[scenario] == answer, scenario


def test_a_foreign_client_gets_the_same_answers(places: Places, shared: Path, tmp_path: Path) -> None:
    argv = [str(environments.foreign(shared)), "-W", "ignore", str(PROGRAMS / "foreign_client.py")]
    told = json.loads(must(run([*argv, str(places.config)], cwd=tmp_path)).out)
    assert len(told) == 4
    assert told == {name: ANSWERS["types"][name] for name in told}
