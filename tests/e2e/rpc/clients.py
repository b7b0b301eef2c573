"""The clients of contract.md, built from packaged artifacts; each function gives the command to start one."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from filelock import FileLock

from protogen.languages.toolchain.maven import plant
from tests.e2e import crates, npm
from tests.e2e.rpc import environments
from tests.e2e.rpc.servers import PROGRAMS
from tests.support.command import must, run

GO_MODULE = "example.com/team/serving"
JAVA = ("com.example.team", "serving-client")
# How the artifacts must be made for these clients.
OPTIONS = (
    *("--version", "r2.11", "--lang", "every", "--go-module", GO_MODULE),
    *("--java-group", JAVA[0], "--java-artifact", JAVA[1], "--with", "config"),
)
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId><artifactId>client</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories><repository><id>dist</id><url>{repository}</url></repository></repositories>
  <dependencies>
    <dependency>
      <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
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


def python(dist: Path, folder: Path) -> list[str]:
    """The command of the Python client."""
    (wheel,) = (dist / "python").glob("*.whl")
    python = environments.environment(folder / "python", (str(wheel),))
    return [str(python), "-W", "error", str(PROGRAMS / "client.py")]


def go(dist: Path, folder: Path) -> list[str]:
    """The command of the Go client."""
    folder = folder / "go"
    folder.mkdir()
    shutil.copy(PROGRAMS / "client.go", folder / "main.go")
    settings = go_module(dist, folder)
    must(run(["go", "vet", "."], cwd=folder, **settings))
    must(run(["go", "build", "-o", "client", "."], cwd=folder, **settings))
    return [str(folder / "client")]


def go_module(dist: Path, folder: Path) -> dict[str, str]:
    """Let a module require the client as a file GOPROXY offers it; the environment for the go command."""
    (folder / "go.mod").write_text(
        f"module example.com/client\n\ngo 1.21\n\nrequire {GO_MODULE}/v2 v2.11.1\n"
    )
    return go_settings(f"file://{dist}/go", folder)


def go_settings(proxy: str, folder: Path) -> dict[str, str]:
    """The environment for a go command that asks this proxy first, and has no module of it yet."""
    found = json.loads(must(run(["go", "env", "-json", "GOMODCACHE", "GOPROXY"], cwd=folder)).out)
    return {
        "GOPROXY": f"{proxy},file://{found['GOMODCACHE']}/cache/download,{found['GOPROXY']}",
        # Another run's module of this name and version is another module.
        "GOMODCACHE": str(folder / "modules"),
        "GOFLAGS": "-modcacherw -trimpath -mod=mod",
        "GONOSUMDB": GO_MODULE,
    }


def java(dist: Path, folder: Path) -> list[str]:
    """The command of the Java client."""
    folder = folder / "java"
    sources = folder / "src" / "main" / "java"
    sources.mkdir(parents=True)
    shutil.copy(PROGRAMS / "Client.java", sources)
    libraries = maven_project(dist, folder, "compile")
    return ["java", "-cp", f"{folder}/target/classes:{libraries}", "Client"]


def maven_project(dist: Path, folder: Path, *goals: str) -> str:
    """Let a project require the client as a file repository offers it, and run goals; its class path."""
    return maven_class_path(f"file://{dist}/java", "2.11.1", folder, *goals)


def maven_class_path(repository: str, version: str, folder: Path, *goals: str) -> str:
    """Let a project require a version of the client, or a range, from a repository; its class path.

    goals: run before, or options.
    """
    group, artifact = JAVA
    pom = _POM.format(repository=repository, group=group, artifact=artifact, version=version)
    (folder / "pom.xml").write_text(pom)
    if not (folder / "local").exists():
        # Another run's jar of this name and version is another jar: all but it is the user's.
        plant(folder / "local", Path.home() / ".m2" / "repository", [*group.split("."), artifact])
    goals = (*goals, _CLASS_PATH, "-Dmdep.outputFile=class-path")
    must(run(["mvn", "-B", "-q", f"-Dmaven.repo.local={folder}/local", *goals], cwd=folder))
    return (folder / "class-path").read_text()


def typescript(dist: Path, folder: Path, transport: str) -> list[str]:
    """The command of the TypeScript client; both transports have one project."""
    (package,) = (dist / "typescript").glob("*.tgz")
    shared = dist.parent / "typescript"
    with FileLock(shared.with_suffix(".lock")):
        program = npm.built_once(shared, package, "tensorflow-serving-client", PROGRAMS / "client.mts")
    return ["node", str(program), transport]


def cpp(dist: Path, folder: Path) -> list[str]:
    """The command of the C++ client, whose build fetches the library."""
    (archive,) = (dist / "cpp").glob("*.tar.gz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    sources = ["-S", str(PROGRAMS), "-B", str(folder / "cpp"), f"-DARCHIVE={archive}", f"-DHASH={digest}"]
    must(run(["cmake", "-G", "Ninja", *sources], cwd=folder))
    must(run(["cmake", "--build", str(folder / "cpp"), "--parallel", "2"], cwd=folder))
    return [str(folder / "cpp" / "client")]


def rust(dist: Path, folder: Path) -> list[str]:
    """The command of the Rust client."""
    (crate,) = (dist / "rust").glob("*.crate")
    own = {"tensorflow_serving_client": crates.unpacked(crate, folder / "unpacked")}
    needed = (
        'serde_json = "1"\ntokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }\n'
        'tonic = { version = "0.14", default-features = false }\n'
    )
    program = (PROGRAMS / "client.rs").read_text()
    project = crates.project(folder / "rust", "rpc-client", own, '"gzip", "tls"', needed, program)
    assert crates.cargo(dist.parents[1], project, "build", "--quiet").err == ""
    return [str(dist.parents[1] / "cargo-target" / "debug" / "rpc-client")]


BUILDERS: Final[dict[str, Callable[[Path, Path], list[str]]]] = {
    "python": python,
    "go": go,
    "java": java,
    "typescript, connect-node": partial(typescript, transport="connect"),
    "typescript, grpc-js": partial(typescript, transport="grpc"),
    "cpp": cpp,
    "rust": rust,
}
