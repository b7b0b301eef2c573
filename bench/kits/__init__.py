"""How fast kits are: a program a language, all against the same server, and a table of what they tell."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.rig import MODULE, RELEASE, Rig

PROGRAMS = Path(__file__).with_name("programs")
_COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_CARGO = """\
[package]
name = "speed"
version = "0.0.0"
edition = "2021"

[[bin]]
name = "speed"
path = "{program}"

[dependencies]
tensorflow-serving-client = {{ path = "{package}", features = ["client"] }}
tokio = {{ version = "1", features = ["rt-multi-thread"] }}
tonic = {{ version = "0.14", default-features = false }}

[workspace]
"""
_CMAKE = """\
cmake_minimum_required(VERSION 3.16)
project(speed LANGUAGES CXX)
add_subdirectory("{package}" package)
add_executable(speed "{program}")
target_link_libraries(speed PRIVATE tensorflow-serving-client::kit)
"""
_NPM = (
    "--install-links",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
    "--no-package-lock",
)
_TSCONFIG = {
    "compilerOptions": {"module": "nodenext", "target": "es2022", "strict": True, "types": ["node"]},
    "files": ["speed.mts"],
}
Sides = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Command:
    """How a program is run."""

    argv: tuple[str, ...]
    environ: Mapping[str, str]


def python(rig: Rig, package: Path) -> Command:
    """With what this process has installed."""
    return Command((sys.executable, str(PROGRAMS / "speed.py")), {"PYTHONPATH": str(package / "src")})


def go(rig: Rig, package: Path) -> Command:
    """Built with the libraries that packages ask for."""
    folder = rig.fresh("kit-go")
    folder.mkdir()
    shutil.copy(PROGRAMS / "speed.go", folder / "main.go")
    shutil.copy(package / "go.sum", folder)
    required = f"require {MODULE} v2.0.0\n\nreplace {MODULE} => {package}\n"
    (folder / "go.mod").write_text(f"module example.com/speed\n\ngo 1.19\n\n{required}")
    rig.run(["go", "-C", str(folder), "build", "-mod=mod", "-o", "speed", "."])
    return Command((str(folder / "speed"),), {})


def java(rig: Rig, package: Path) -> Command:
    """With the jars that the package asks for."""
    folder = rig.fresh("kit-java")
    folder.mkdir()
    maven = ["mvn", "-B", "-q", "-f", str(package), "package", _COPY_JARS, f"-DoutputDirectory={folder}/jars"]
    rig.run(maven)
    path = f"{folder}/jars/*:{package}/target/classes"
    rig.run(["javac", "-cp", path, "-d", str(folder), str(PROGRAMS / "Speed.java")])
    return Command(("java", "-cp", f"{folder}:{path}", "Speed"), {})


def typescript(rig: Rig, package: Path) -> Command:
    """With a copy of the package, so that Node finds its libraries beside the program's."""
    folder = rig.fresh("kit-typescript")
    folder.mkdir()
    required = {
        "tensorflow-serving-client": f"file:{package}",
        "@grpc/grpc-js": "^1.14.0",
        "@types/node": "^20.0.0",
        "typescript": "7.0.2",
    }
    (folder / "package.json").write_text(json.dumps({"type": "module", "dependencies": required}))
    (folder / "tsconfig.json").write_text(json.dumps(_TSCONFIG))
    shutil.copy(PROGRAMS / "speed.mts", folder)
    rig.run(["npm", "--prefix", str(folder), "install", *_NPM])
    tsc = folder / "node_modules" / "typescript" / "bin" / "tsc"
    rig.run(["node", str(tsc), "--project", str(folder)])
    return Command(("node", str(folder / "speed.mjs")), {})


def rust(rig: Rig, package: Path) -> Command:
    """Optimised, as who measures must."""
    folder = rig.fresh("kit-rust")
    folder.mkdir()
    (folder / "Cargo.toml").write_text(_CARGO.format(program=PROGRAMS / "speed.rs", package=package))
    made = str(folder / "target")
    argv = ["cargo", "build", "--release", "--quiet", "--target-dir", made, "--manifest-path"]
    rig.run([*argv, str(folder / "Cargo.toml")])
    return Command((f"{made}/release/speed",), {})


def cpp(rig: Rig, package: Path) -> Command:
    """With the package in one build, optimised; ccache serves where the environment says so."""
    folder = rig.fresh("kit-cpp")
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(_CMAKE.format(program=PROGRAMS / "speed.cc", package=package))
    built = str(folder / "built")
    rig.run(["cmake", "-S", str(folder), "-B", built, "-DCMAKE_BUILD_TYPE=Release"])
    rig.run(["cmake", "--build", built, "--parallel", str(os.cpu_count())])
    return Command((f"{built}/speed",), {})


LANGUAGES: dict[str, Callable[[Rig, Path], Command]] = {
    "go": go,
    "java": java,
    "python": python,
    "typescript": typescript,
    "rust": rust,
    "cpp": cpp,
}
"""How the program of each language is made; a further one is a function here and a file in `programs/`."""

SLOW_TO_COMPILE = frozenset({"rust", "cpp"})


def kits(rig: Rig) -> None:
    """The kit of each language, beside a copy in memory, the bare stub, and a quarter of one request."""
    out = rig.scratch / "kits"
    languages = [name for name in LANGUAGES if rig.sizes.compiled_kits or name not in SLOW_TO_COMPILE]
    asked = ("--version", RELEASE, "--lang", ",".join(languages))
    rig.run(rig.protogen(*asked, *rig.corpus(), "--out", str(out)))
    with served(rig, out / "python") as addresses:
        for language in languages:
            command = LANGUAGES[language](rig, out / language)
            argv = [*command.argv, *addresses, str(rig.pairs), str(rig.sizes.tensor)]
            print(f"\nkit, {language}")
            for line in _told(argv, command.environ).splitlines():
                print("\n".join(rows(**json.loads(line))), flush=True)


def rows(case: str, sides: Sides) -> Iterator[str]:
    """A row for the kit, and one for each side beside it, with the median of the ratios pair by pair."""
    kit = sides["kit"]
    yield f"  {case:<20} {'kit':<18}{_milliseconds(kit)}"
    for name, found in sides.items():
        if name == "kit":
            continue
        ratio = statistics.median(ours / theirs for ours, theirs in zip(kit, found, strict=True))
        yield f"  {'':<20} {name:<18}{_milliseconds(found)}  ratio {ratio:.2f}"


def _milliseconds(found: Sequence[float]) -> str:
    return f"{statistics.median(found) * 1000:10.3f} ms ({min(found) * 1000:.3f} to {max(found) * 1000:.3f})"


@contextmanager
def served(rig: Rig, package: Path) -> Iterator[list[str]]:
    """The addresses of the servers while they run: one answers at once, the other sleeps for rows."""
    command = [sys.executable, str(PROGRAMS / "server.py")]
    environ = {**os.environ, "PYTHONPATH": str(package / "src")}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=rig.scratch, env=environ, stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdin and child.stdout
        try:
            yield json.loads(child.stdout.readline())
        finally:
            child.stdin.close()


def _told(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed")
    return done.stdout
