"""The commands that run a kit's drivers, by language: see contract.md."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from tests.e2e.kit import cpp, rust, typescript
from tests.e2e.rpc import environments
from tests.support.command import must, run

PROGRAMS = Path(__file__).with_name("programs")
# With what Python clients must work: the lowest that packages ask for, and all that there is.
PYTHON_OLDEST = ("grpcio==1.49.1", "protobuf==3.20.3")
GO_NEWEST = ("google.golang.org/grpc@latest", "google.golang.org/protobuf@latest")
# As programs for Go name the module, which has a suffix in some releases.
GO_MODULE = "example.com/tensorflow-serving"
# gRPC and protobuf: the oldest that packages promise, and newer ones than they ask for.
JAVA_LIBRARIES = {"oldest": ("1.42.0", "3.25.9"), "newest": ("1.85.1", "4.33.6")}
COPY_DEPENDENCIES = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
PYTHON_NEWEST = ("grpcio", "protobuf", "numpy", "ml_dtypes", "types-grpcio", "types-protobuf")


@dataclass(frozen=True)
class Run:
    """A language's kit of a release, used in some way."""

    language: str
    release: str
    # What is installed in Python, and what others are built with; the oldest is what packages ask for.
    libraries: str
    # The way of each program, as contract.md has it.
    form: str
    way: str

    def __str__(self) -> str:
        return f"{self.language}-{self.release}-{self.libraries}-{self.form}-{self.way}"


RUNS: Final = (
    Run("python", "r1.15", "oldest", "lists", "sync"),
    Run("python", "r2.5", "newest", "arrays", "asyncio"),
    Run("python", "r2.11", "newest", "arrays", "sync"),
    Run("python", "r2.19", "oldest", "lists", "asyncio"),
    Run("python", "master", "newest", "lists", "sync"),
    Run("python", "master", "newest", "arrays", "asyncio"),
    Run("go", "r1.15", "oldest", "values", "calls"),
    Run("go", "r2.5", "newest", "slices", "calls"),
    Run("go", "r2.11", "oldest", "slices", "calls"),
    Run("go", "r2.19", "newest", "values", "calls"),
    Run("go", "master", "oldest", "values", "calls"),
    Run("go", "master", "newest", "slices", "calls"),
    Run("java", "r1.15", "oldest", "lists", "calls"),
    Run("java", "r2.5", "newest", "arrays", "futures"),
    Run("java", "r2.11", "oldest", "buffers", "futures"),
    Run("java", "r2.19", "newest", "lists", "calls"),
    Run("java", "master", "oldest", "arrays", "calls"),
    Run("java", "master", "newest", "buffers", "futures"),
    # A release takes minutes to build: of the others, the kit is compiled alone.
    Run("cpp", "r1.15", "installed", "values", "calls"),
    Run("cpp", "r2.19", "installed", "vectors", "futures"),
    Run("typescript", "r1.15", "oldest", "nested", "commonjs"),
    Run("typescript", "r2.5", "newest", "arrays", "modules"),
    Run("typescript", "r2.11", "oldest", "arrays", "modules"),
    Run("typescript", "r2.19", "newest", "nested", "commonjs"),
    Run("typescript", "master", "oldest", "nested", "modules"),
    Run("typescript", "master", "newest", "arrays", "commonjs"),
    Run("rust", "r1.15", "newest", "items", "calls"),
    Run("rust", "r2.5", "newest", "slices", "calls"),
    Run("rust", "r2.11", "oldest", "slices", "calls"),
    Run("rust", "r2.19", "newest", "items", "calls"),
    Run("rust", "master", "newest", "items", "calls"),
    Run("rust", "master", "newest", "slices", "calls"),
)
LANGUAGES: Final = tuple(dict.fromkeys(used.language for used in RUNS))
# The releases whose READMEs and pages are tried: one that is built anyway.
SHOWN: Final = {language: "r2.19" if language == "cpp" else "r2.11" for language in LANGUAGES}


def python_environment(shared: Path, libraries: str) -> Path:
    """The Python that has these libraries, and no client."""
    wanted = PYTHON_OLDEST if libraries == "oldest" else PYTHON_NEWEST
    return environments.environment(shared / f"kit-python-{libraries}", wanted)


def go_program(name: str, text: str, package: Path, libraries: str, shared: Path) -> Path:
    """The folder of a program that uses a Go package, made once: vetted, formatted and built as `program`."""
    folder = shared / f"kit-go-{package.parent.name}-{libraries}-{name}"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "program").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (module,) = re.findall(r"(?m)^module (\S+)$", (package / "go.mod").read_text())
            version = "v2.0.0" if module.endswith("/v2") else "v0.0.0"
            (folder / "go.mod").write_text(
                "module example.com/program\n\ngo 1.19\n\n"
                f"require {module} {version}\n\nreplace {module} => {package}\n"
            )
            shutil.copy(package / "go.sum", folder)
            text = text.replace(f"{GO_MODULE}/", f"{module}/")
            (folder / "main.go").write_text(text, encoding="utf-8")
            if libraries == "newest":
                must(run(["go", "get", *GO_NEWEST], cwd=folder))
            assert not must(run(["gofmt", "-l", "."], cwd=folder)).out
            must(run(["go", "vet", "-mod=mod", "."], cwd=folder))
            must(run(["go", "build", "-mod=mod", "-o", "program", "."], cwd=folder))
    return folder


def java_libraries(shared: Path, libraries: str) -> Path:
    """The folder of the jars that Java's stubs need."""
    folder = shared / f"kit-java-{libraries}"
    grpc, protobuf = JAVA_LIBRARIES[libraries]
    wanted = [("com.google.protobuf", "protobuf-java", protobuf)]
    wanted += [("io.grpc", name, grpc) for name in ("grpc-netty-shaded", "grpc-protobuf", "grpc-stub")]
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "jars").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            needed = "".join(
                f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
                f"<version>{version}</version></dependency>"
                for group, name, version in wanted
            )
            (folder / "pom.xml").write_text(
                "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>"
                "<artifactId>libraries</artifactId><version>1</version>"
                f"<dependencies>{needed}</dependencies></project>"
            )
            must(run(["mvn", "-B", "-q", COPY_DEPENDENCIES, "-DoutputDirectory=fetched"], cwd=folder))
            (folder / "fetched").rename(folder / "jars")
    return folder / "jars"


def java_compile(folder: Path, path: str, sources: list[Path], *options: str, java: int = 8) -> None:
    """Compile Java sources into a folder of classes that is there. path: the class path."""
    argv = ["javac", "-J-XX:TieredStopAtLevel=1", "-proc:none", "--release", str(java), "-cp", path]
    must(run([*argv, "-d", str(folder), *options, *map(str, sources)], cwd=folder.parent))


def java_programs(
    name: str, sources: list[Path], package: Path, libraries: str, shared: Path, *, java: int = 8
) -> str:
    """The class path of programs that use a Java package, compiled once with what they use of it."""
    jars = f"{java_libraries(shared, libraries)}/*"
    folder = shared / f"kit-java-{package.parent.name}-{libraries}-{name}"
    generated = str(package / "src" / "main" / "java")
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "classes").mkdir(parents=True)
            options = ("-sourcepath", generated, "-nowarn", "-Xlint:-options")
            java_compile(folder / "classes", jars, sources, *options, java=java)
            (folder / "done").touch()
    return f"{folder / 'classes'}:{jars}"


def java_program(name: str, text: str, package: Path, shared: Path, *, java: int = 8) -> list[str]:
    """The command of a program of one class that uses a Java package."""
    (declared,) = re.findall(r"(?m)^public final class (\w+)", text)
    source = shared / f"kit-java-source-{name}" / f"{declared}.java"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text, encoding="utf-8")
    return ["java", "-cp", java_programs(name, [source], package, "newest", shared, java=java), declared]


def command(used: Run, program: str, packages: Path, shared: Path) -> tuple[list[str], dict[str, str]]:
    """The command of a program ("driver" or "live"), and what it needs in its environment."""
    if used.language == "go":
        text = (PROGRAMS / f"{program}.go").read_text(encoding="utf-8")
        folder = go_program(program, text, packages / used.release / "go", used.libraries, shared)
        return [str(folder / "program")], {}
    if used.language == "java":
        sources = [PROGRAMS / f"{each}.java" for each in ("Driver", "Live")]
        path = java_programs("programs", sources, packages / used.release / "java", used.libraries, shared)
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", path, program.capitalize()], {}
    if used.language == "rust":
        texts = {name: (PROGRAMS / f"{name}.rs").read_text(encoding="utf-8") for name in ("driver", "live")}
        folder = rust.programs(texts, packages / used.release / "rust", used.libraries, shared)
        return [str(folder / program)], {}
    if used.language == "cpp":
        text = (PROGRAMS / f"{program}.cc").read_text(encoding="utf-8")
        # gRPC tells on stderr of servers that can't be reached, which programs may.
        built = cpp.program(program, text, packages / used.release / "cpp", shared)
        return [str(built)], {"GRPC_VERBOSITY": "NONE"}
    if used.language == "typescript":
        text = (PROGRAMS / f"{program}.mts").read_text(encoding="utf-8")
        package, kind = packages / used.release / "typescript", used.way[0]
        made = typescript.program(program, text, package, used.libraries, shared, kind=kind)
        return ["node", str(made)], {}
    python = python_environment(shared, used.libraries)
    source = packages / used.release / "python" / "src"
    argv = [str(python), "-W", "error", str(PROGRAMS / f"{program}.py")]
    return argv, {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "", "GRPC_VERBOSITY": "NONE"}


def example(language: str, text: str, package: Path, shared: Path) -> tuple[list[str], dict[str, str]]:
    """The command of a README's example, and what it needs in its environment."""
    if language == "go":
        text = text.replace(f"{GO_MODULE}/v2/", f"{GO_MODULE}/")
        return [str(go_program("readme", text, package, "oldest", shared) / "program")], {}
    if language == "java":
        return java_program("readme", text, package, shared), {}
    if language == "rust":
        return [str(rust.programs({"readme": text}, package, "oldest", shared) / "readme")], {}
    if language == "cpp":
        return [str(cpp.program("readme", text, package, shared))], {}
    if language == "typescript":
        return ["node", str(typescript.program("readme", text, package, "newest", shared))], {}
    python = python_environment(shared, "newest")
    return [str(python), "-W", "error", "-c", text], {"PYTHONPATH": str(package / "src")}


def server_environment() -> dict[str, str]:
    """What kit_server.py needs to find the programs that it is made of."""
    return {**os.environ, "PYTHONPATH": str(PROGRAMS.parents[1] / "rpc" / "programs")}
