"""The same inputs give the same bytes, whoever asks, where, when and how."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from tests.integration.conftest import Command, Shop
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import PROTOS, RECIPE, api_wheel, core_wheel
from tests.support.traces import everything
from tests.support.upstream import Repository

NOBODY = 65534
PLAIN = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
SURROUNDINGS: dict[str, tuple[dict[str, str], list[str], int]] = {
    "again": ({}, [], 0o022),
    "locale C, far west": ({"LC_ALL": "C", "TZ": "Pacific/Honolulu"}, [], 0o022),
    "german, hash seed": ({"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE", "PYTHONHASHSEED": "1"}, [], 0o022),
    "one job, open umask": ({"PYTHONHASHSEED": "4242"}, ["--jobs", "1"], 0o000),
    "eight jobs, closed umask": ({"TZ": "Asia/Kathmandu"}, ["--jobs", "8"], 0o077),
    "another home": ({"HOME": "/nonexistent", "USER": "x", "PYTHONHASHSEED": "99"}, [], 0o022),
}


def run(
    shop: Shop, tools: list[str], place: Path, environ: dict[str, str], more: list[str], umask: int
) -> Path:
    """Run in a folder of its own, with a cache of its own; the package folders."""
    work = place / "work"
    work.mkdir(parents=True)
    argv = [
        sys.executable,
        "-m",
        "protogen",
        "--version",
        "1.0",
        "--lang",
        "go,python",
        *shop.options,
        *tools,
    ]
    done = subprocess.run(
        [*argv, *more],
        cwd=work,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "PROTOGEN_CACHE_DIR": str(place / "cache"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **PLAIN,
            **environ,
        },
        umask=umask,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return work / "gen"


def relative(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and permissions by path."""
    return {
        os.path.relpath(name, folder): (content, Path(name).lstat().st_mode)
        for name, content in everything(folder).items()
    }


@pytest.mark.slow
def test_surroundings_leave_no_trace(shop: Shop, go_tools: list[str], tmp_path: Path) -> None:
    first = relative(run(shop, go_tools, tmp_path / "first", {}, [], 0o022))
    assert len(first) > 20
    for number, (name, (environ, more, umask)) in enumerate(SURROUNDINGS.items()):
        place = tmp_path / f"{'deeper/' * number}{number} ä"
        other = relative(run(shop, go_tools, place, environ, more, umask))
        assert other.keys() == first.keys(), name
        assert [path for path in first if first[path] != other[path]] == [], name


def interpreter_for_others() -> str | None:
    """A Python of this version that another user may run: the running one, else the system's."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        real = Path(candidate).resolve()
        if real.exists() and all(parent.stat().st_mode & 0o001 for parent in real.parents):
            return candidate
    return None


@pytest.mark.slow
def test_another_user_gets_the_same(shop: Shop, go_tools: list[str], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: only root can become another user")
    python = interpreter_for_others()
    if not python:
        pytest.skip(
            f"NO OTHER USER CAN RUN {Path(sys.executable).resolve()}, NOR ANOTHER PYTHON OF ITS VERSION"
        )
    first = relative(run(shop, go_tools, tmp_path / "first", {}, [], 0o022) / "python")
    second = tmp_path / "second"
    second.mkdir()
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_mode & 0o077 == 0 and place.is_relative_to(tempfile.gettempdir()):
            place.chmod(place.stat().st_mode | 0o011)
    os.chown(second, NOBODY, NOBODY)
    program = (
        "import os, sys; os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1])); "
        "from protogen.cli.main import main; main(sys.argv[2:])"
    )
    settings = {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    (tmp_path / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
    site = Path(pytest.__file__).parents[1]
    done = subprocess.run(
        [python, "-c", program, str(NOBODY), "--version", "1.0", "--lang", "python", *shop.options],
        cwd=second,
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "PROTOGEN_CACHE_DIR": str(second / "cache"),
            "PYTHONPATH": f"{Path(__file__).parents[2]}{os.pathsep}{site}",
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (second / "gen/python").stat().st_uid == NOBODY
    assert relative(second / "gen/python") == first


DESCRIPTORS = """
import base64, importlib, pathlib, sys
for path in sorted(pathlib.Path().rglob("*_pb2.py")):
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    print(path, base64.b64encode(module.DESCRIPTOR.serialized_pb).decode())
"""


def descriptors(package: Path) -> dict[str, FileDescriptorProto]:
    """What each module of a Python package holds, without source info."""
    import base64

    root = next(path.parent.parent for path in sorted(package.rglob("__init__.py")))
    done = subprocess.run(
        [sys.executable, "-c", DESCRIPTORS], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    found = {}
    for line in done.stdout.splitlines():
        path, content = line.split()
        found[path] = FileDescriptorProto.FromString(base64.b64decode(content))
        found[path].ClearField("source_code_info")
    return found


def test_git_and_index_give_the_same_descriptors(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repositories = {name: Repository.create(tmp_path / name) for name in ("api", "core")}
    for name, repository in repositories.items():
        own = {path: text for path, text in PROTOS.items() if path.startswith("demo/") == (name == "api")}
        placed = {
            f"third_party/extra/{path}" if path.startswith("extra/") else path: own[path] for path in own
        }
        repository.commit({**placed, "README": "x"})
        repository.git("tag", "v1.2.0")
    file = tmp_path / "demo.yaml"
    file.write_text(RECIPE)
    arguments = ("--version", "1.2.0", "--lang", "python", "--recipe", str(file))
    given = [f"--repo={name}={repository.path}" for name, repository in repositories.items()]
    ended = command(*arguments, *given, "--source", "git", "--out", "by-git")
    assert ended.code == 0, ended.err
    offers = {
        "demo-api": [Offer("demo_api-1.2.0-py3-none-any.whl", api_wheel())],
        "demo-core": [Offer("demo_core-1.2.0-py3-none-any.whl", core_wheel())],
    }
    with serving(IndexServer(offers)) as index:
        for name, value in {
            "PIP_INDEX_URL": index.url,
            "PIP_CONFIG_FILE": os.devnull,
            "NO_PROXY": "*",
            "NETRC": os.devnull,
        }.items():
            monkeypatch.setenv(name, value)
        ended = command(*arguments, "--source", "index", "--out", "by-index")
    assert ended.code == 0, ended.err
    by_git, by_index = descriptors(Path("by-git")), descriptors(Path("by-index"))
    assert len(by_git) >= len(PROTOS)
    assert by_git == by_index
