"""Generated Python packages install and work on every protobuf in use, beside anything; on real releases."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.e2e import python_programs as programs
from tests.integration.test_python import options, write_protos
from tests.support import corpus
from tests.support.command import Ran, must, protogen, run
from tests.support.descriptors_equal import differences

PACKAGE = "tensorflow_serving_client"
# What is declared as lowest, or the first grpcio with wheels for a newer Python; and what pip chooses.
GRPCIO = {12: "1.59.0", 13: "1.66.2", 14: "1.75.1"}.get(sys.version_info.minor, "1.49.1")
LOWEST = ("protobuf==3.20.3", f"grpcio=={GRPCIO}")
NEWEST = ("protobuf", "grpcio")
PROTOBUFS = ("protobuf==4.21.12", "protobuf==4.25.*", "protobuf==5.29.*", "protobuf==6.33.*")
# Release ▶ import package, one wheel each.
WHEELS = {"r2.11": PACKAGE, "r2.5": "serving_2_5", "r2.19": "serving_2_19"}
# The oldest compiler that protogen allows, or the first with wheels for a newer Python.
OLDEST_TOOLS = (
    "grpcio-tools==1.66.0 protobuf==5.27.* setuptools"
    if sys.version_info < (3, 13)
    else "grpcio-tools protobuf==6.33.*"
)
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

Environments = Callable[..., Path]


@pytest.fixture(scope="session")
def projects(shared: Path, cache: Path, from_corpus: list[str]) -> dict[str, Path]:
    """Generated projects by release."""
    out = shared / "python"
    with FileLock(shared / "python.lock"):
        for release, package in WHEELS.items():
            if not (out / release).exists():
                names = [f"--python-package={package}", f"--python-distribution={package}"]
                generate(release, out / f"{release}.new", cache, *from_corpus, *names)
                (out / f"{release}.new").rename(out / release)
    return {release: out / release / "python" for release in WHEELS}


@pytest.fixture(scope="session")
def wheels(shared: Path, projects: dict[str, Path]) -> dict[str, Path]:
    """Their wheels, built by ordinary pip."""
    out = shared / "python-wheels"
    with FileLock(shared / "python.lock"):
        for release, project in projects.items():
            if not (out / release).exists():
                command = ["wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(out / release)]
                must(run([*PIP, *command, str(project)], cwd=shared))
    return {release: next((out / release).glob("*.whl")) for release in projects}


@pytest.fixture(scope="session")
def environments(shared: Path, wheels: dict[str, Path]) -> Environments:
    """Makes clean environments, each once: a name and what pip installs into it beside all wheels."""

    def make(name: str, *requirements: str, alone: tuple[str, ...] = ()) -> Path:
        folder = shared / "python-environments" / name
        python = folder / "bin" / "python"
        with FileLock(shared / f"python-{name}.lock"):
            if not (folder / "ready").exists():
                must(run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], cwd=shared))
                pip = [*PIP, "--python", str(python), "install", "-q", "--no-compile"]
                must(run([*pip, *map(str, wheels.values()), *requirements], cwd=shared))
                for each in alone:
                    must(run([*pip, "--no-deps", each], cwd=shared))
                (folder / "ready").touch()
        return python

    return make


def generate(release: str, out: Path, cache: Path, *options: str) -> Ran:
    out.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["--version", release, "--lang", "python", "--out", str(out), *options]
    return must(protogen(*arguments, cwd=out.parent, cache=cache))


def execute(
    python: Path | str,
    program: str,
    *arguments: str,
    cwd: Path,
    implementation: str = "",
    path: str = "",
    flags: str = "-I",
) -> str:
    """Run a program that sees nothing but the environment's packages (and path); what it prints."""
    before = f"import sys; sys.path.insert(0, {path!r})\n" if path else ""
    (cwd / "program.py").write_text(f"{before}MESSAGES = {programs.MESSAGES!r}\n{program}")
    environ = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation} if implementation else {}
    argv = [str(python), flags, str(cwd / "program.py"), *arguments]
    return must(run(argv, cwd=cwd, **environ)).out


@pytest.mark.parametrize("implementation", ["upb", "python"])
@pytest.mark.parametrize("protobuf", ["lowest", *PROTOBUFS, "newest"])
def test_one_wheel_works_on_every_protobuf(
    protobuf: str, implementation: str, environments: Environments, tmp_path: Path
) -> None:
    if protobuf == "lowest":
        python = environments("lowest", *LOWEST)
        implementation = "" if implementation == "upb" else implementation
    else:
        wanted = NEWEST if protobuf == "newest" else (protobuf,)
        python = environments(protobuf.rpartition("=")[2].removesuffix(".*"), *wanted)
    printed = execute(python, programs.MESSAGES, PACKAGE, cwd=tmp_path, implementation=implementation)
    assert implementation in printed
    assert protobuf.rpartition("=")[2].removesuffix(".*") in printed or protobuf in {"lowest", "newest"}


@pytest.mark.parametrize("implementation", ["", "python"])
@pytest.mark.parametrize("kind", ["lowest", "newest"])
def test_calls_are_made_and_served(
    kind: str,
    implementation: str,
    environments: Environments,
    projects: dict[str, Path],
    tmp_path: Path,
) -> None:
    python = environments(kind, *(LOWEST if kind == "lowest" else NEWEST))
    readme = str(projects["r2.11"] / "README.md")
    printed = execute(python, programs.CALLS, PACKAGE, readme, cwd=tmp_path, implementation=implementation)
    assert kind == "newest" or GRPCIO in printed


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "implementation"), [("2.11", "python"), ("2.19", "upb"), ("2.19", "python"), ("protobuf", "upb")]
)
def test_it_lives_beside_the_official_packages(
    kind: str,
    implementation: str,
    order: str,
    environments: Environments,
    projects: dict[str, Path],
    tmp_path: Path,
) -> None:
    alone = ["tensorflow-protobuf==2.11.0"]
    if kind != "protobuf":
        alone.append(f"tensorflow-serving-api=={kind}.*")
    python = environments(f"beside-{kind}", *(LOWEST if kind == "2.11" else NEWEST), alone=tuple(alone))
    others = [
        "tensorflow.core.protobuf.meta_graph_pb2",
        "tensorflow_serving.apis.prediction_service_pb2_grpc",
    ]
    arguments = [PACKAGE, order, *others]
    execute(python, programs.BESIDE, *arguments, cwd=tmp_path, implementation=implementation)
    if order == "after":
        readme = str(projects["r2.11"] / "README.md")
        arguments = [PACKAGE, readme, "official"]
        execute(python, programs.CALLS, *arguments, cwd=tmp_path, implementation=implementation)


@pytest.mark.parametrize("implementation", ["", "python"])
@pytest.mark.parametrize("kind", ["lowest", "newest"])
def test_two_releases_live_in_one_process(
    kind: str, implementation: str, environments: Environments, tmp_path: Path
) -> None:
    python = environments(kind, *(LOWEST if kind == "lowest" else NEWEST))
    both = "import sys\nfor each in sys.argv[1:]:\n    sys.argv = ['', each]\n    exec(MESSAGES)\n"
    for names in (["serving_2_5", "serving_2_19"], ["serving_2_19", "serving_2_5"]):
        printed = execute(python, both, *names, cwd=tmp_path, implementation=implementation)
        assert printed.count("messages") == 2


def test_an_older_protobuf_is_refused_by_name(
    shared: Path, projects: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "old"
    must(run([*PIP, "install", "-q", "--target", str(folder), "protobuf==3.19.6"], cwd=shared))
    source = str(projects["r2.11"] / "src")
    program = (
        f"import sys; sys.path[:0] = [{source!r}, {str(folder)!r}]; from {PACKAGE} import PredictRequest"
    )
    ran = run([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path)
    assert ran.code == 1
    assert "ImportError" in ran.err
    assert "needs protobuf 3.20.3 or newer, but 3.19.6 is installed" in ran.err


@pytest.mark.parametrize("version", ["3.8", "3.10", "3.13"])
def test_other_pythons_install_what_is_declared(
    version: str, wheels: dict[str, Path], tmp_path: Path
) -> None:
    python = interpreter(version)
    if not python:
        pytest.skip(f"NO PYTHON {version} ON THIS MACHINE")
    packages = tmp_path / "packages"
    pins = ["protobuf==3.20.3"] if version == "3.10" else []
    install = ["install", "-q", "--only-binary", ":all:", "--python-version", version]
    must(run([*PIP, *install, "--target", str(packages), str(wheels["r2.11"]), *pins], cwd=tmp_path))
    printed = execute(python, programs.MESSAGES, PACKAGE, cwd=tmp_path, path=str(packages), flags="-IS")
    if version == "3.10":
        # The third implementation, which only this protobuf has.
        assert "3.20.3 cpp" in printed


def interpreter(version: str) -> str:
    found = shutil.which(f"python{version}")
    if found and run([found, "-c", ""], cwd=Path.cwd()).code == 0:
        return found
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    return next((str(each / "bin" / "python") for each in sorted(kept.glob(f"{version}.*"))), "")


def test_types_are_strict_and_errors_are_found(environments: Environments, tmp_path: Path) -> None:
    python = environments("typed", *NEWEST, "types-protobuf", "types-grpcio")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
    mypy += ["--cache-dir", str(tmp_path / "mypy"), "--config-file", os.devnull]
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(programs.TYPED.replace("PACKAGE", PACKAGE))
    bad.write_text(programs.TYPED.replace("PACKAGE", PACKAGE) + programs.MISTYPED)
    must(run([*mypy, str(good)], cwd=tmp_path))
    must(run([*mypy, "-p", PACKAGE], cwd=tmp_path))
    write_protos(tmp_path)
    must(protogen("--version", "1.0", *options(tmp_path), cwd=tmp_path, cache=tmp_path / "cache"))
    must(run([*mypy, "-p", "odd_shop_client"], cwd=tmp_path / "gen" / "python" / "src"))
    ran = run([*mypy, str(bad)], cwd=tmp_path)
    assert ran.code == 1
    first = programs.TYPED.count("\n") + 4
    wrong = {line.split(":")[1] for line in ran.out.splitlines() if ": error:" in line}
    assert wrong == {str(first + number) for number in range(5)}, ran.out


@pytest.mark.parametrize("release", corpus.RELEASES)
def test_descriptors_are_those_of_the_compiled_set(
    release: str, from_corpus: list[str], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    generate(release, tmp_path / "gen", cache, *from_corpus)
    found = tmp_path / "found.binpb"
    source = str(tmp_path / "gen" / "python" / "src")
    for implementation in ("upb", "python"):
        arguments = (PACKAGE, str(found))
        execute(
            sys.executable,
            programs.DESCRIPTORS,
            *arguments,
            cwd=tmp_path,
            implementation=implementation,
            path=source,
        )
        (compiled,) = (cache / "v2" / "sets").glob("*/set.binpb")
        expected = FileDescriptorSet.FromString(compiled.read_bytes())
        assert differences(expected, FileDescriptorSet.FromString(found.read_bytes())) == []
    execute(sys.executable, programs.MESSAGES, PACKAGE, cwd=tmp_path, path=source)


@pytest.mark.parametrize("tools", [OLDEST_TOOLS, "grpcio-tools==1.76.*"], ids=["oldest", "1.76"])
def test_older_compilers_give_the_same_package(
    tools: str, from_corpus: list[str], cache: Path, tmp_path: Path
) -> None:
    old = tmp_path / "tools"
    must(run([*PIP, "install", "-q", "--target", str(old), *tools.split()], cwd=tmp_path))
    project = Path(__file__).parents[2]
    generate("r2.19", tmp_path / "new", cache, *from_corpus)
    argv = [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(old)!r}, {str(project)!r}]\n"]
    argv[-1] += "from protogen.cli.main import main; main()"
    argv += ["--version", "r2.19", "--lang", "python", "--out", str(tmp_path / "old"), *from_corpus]
    must(run(argv, cwd=tmp_path, PROTOGEN_CACHE_DIR=str(tmp_path / "cache")))
    compare = [tree(tmp_path / name / "python") for name in ("old", "new")]
    # The compiler brings google's own protos, whose comments change.
    changed = {path for path in compare[0] | compare[1] if compare[0].get(path) != compare[1].get(path)}
    assert all("/google/protobuf/" in path or path.startswith(".protogen") for path in changed), changed
    source = str(tmp_path / "old" / "python" / "src")
    execute(sys.executable, programs.MESSAGES, PACKAGE, cwd=tmp_path, path=source)


def test_the_index_gives_a_package_without_comments(
    environments: Environments, cache: Path, tmp_path: Path
) -> None:
    generate("2.11", tmp_path / "gen", cache, "--source", "index", "--python-package", "from_index")
    project = tmp_path / "gen" / "python"
    source = str(project / "src")
    for implementation in ("", "python"):
        execute(
            environments("newest", *NEWEST),
            programs.MESSAGES,
            "from_index",
            cwd=tmp_path,
            implementation=implementation,
            path=source,
        )
    assert "serialized_input.proto" in (project / "README.md").read_text()
    stub = (project / "src/from_index/tensorflow_serving/apis/predict_pb2.pyi").read_text()
    assert '"""' not in stub


def test_comments_reach_the_type_stubs(projects: dict[str, Path]) -> None:
    folder = projects["r2.11"] / "src" / PACKAGE / "tensorflow_serving" / "apis"
    assert (
        "PredictRequest specifies which TensorFlow model to run" in (folder / "predict_pb2.pyi").read_text()
    )
    for name in ("prediction_service_pb2_grpc.pyi", "prediction_service_pb2_grpc.py"):
        assert "provides access to loaded TensorFlow model." in (folder / name).read_text()
    assert not (folder / "predict_pb2_grpc.py").exists()


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
