"""Python packages are built by the real backend and proven by the real program; pip and twine are played.

Their stand-ins come from a cache that is filled beforehand, so that nothing is fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from protogen.languages.python import proof as python_artifacts
from protogen.languages.toolchain.python import provide_modules, provide_wheels
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.integration.conftest import Command
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.test_python import options, write_protos
from tests.support.script import Script

BACKEND = ("hatchling", "packaging", "pathspec", "pluggy", "trove_classifiers", "tomli", "tomlkit")
REQUIRED = ["grpcio>=1.49.1", "protobuf>=3.20.3"]
SITE = sysconfig.get_path("platlib")
# Unpacks the wheel, and lends the environment the protobuf and grpcio of this one; fetches by the real pip.
PIP = f"""
import os, runpy, sys, sysconfig, zipfile
if sys.argv[1] == "wheel":
    sys.path.append({SITE!r})
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
site = sysconfig.get_path("purelib")
if sys.argv[1] == "install":
    assert "--no-index" in sys.argv and not os.environ.get("PIP_INDEX_URL")
    zipfile.ZipFile(sys.argv[-1]).extractall(site)
    with open(os.path.join(site, "lent.pth"), "w") as file:
        file.write({SITE!r})
"""
TWINE = """
import sys
assert sys.argv[1:3] == ["check", "--strict"] and len(sys.argv) == 5, sys.argv
"""
Fill = Callable[..., None]


@pytest.fixture
def fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Fills the cache with tools; programs to play other ones may be given."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def run(*, pip: str = PIP, twine: str = TWINE, wheels: bool = True) -> None:
        def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
            if "install" in argv:
                _install(Path(argv[argv.index("--target") + 1]), pip, twine)
            return Finished(tuple(argv), 0, b"", b"")

        toolbox = Toolbox(Cache(tmp_path / "cache"), Script(answer), {})
        modules = provide_modules(toolbox, python_artifacts.TOOLS)
        if wheels:
            provide_wheels(toolbox, modules, REQUIRED, tmp_path)

    write_protos(tmp_path)
    return run


def _install(folder: Path, pip: str, twine: str) -> None:
    for name in BACKEND:
        spec = find_spec(name)
        if spec and spec.origin:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(Path(spec.origin).parent, folder / name, ignore=ignored)
    for path, text in {
        "pip/__pip-runner__.py": pip,
        "twine/__main__.py": twine,
        "twine/__init__.py": "",
    }.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)


@pytest.fixture
def bent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Another user's surroundings, in a repository whose ignore file would leave all out."""

    def bend() -> None:
        folder = tmp_path / "other"
        (folder / ".git").mkdir(parents=True)
        (folder / "deep").mkdir()
        (folder / ".gitignore").write_text("*.py\n")
        (folder / "hatchling.py").write_text("raise SystemExit('imported')")
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "deep"))
        for name, value in {
            "TZ": "Asia/Tokyo",
            "LC_ALL": "C",
            "PYTHONPATH": str(folder),
            "PYTHONHASHSEED": "7",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SOURCE_DATE_EPOCH": "1700000000",
            "HATCH_BUILD_LOCATION": str(folder),
            "PIP_INDEX_URL": "http://127.0.0.1:1/",
        }.items():
            monkeypatch.setenv(name, value)

    return bend


@pytest.mark.slow
def test_a_package_is_proven_and_built_the_same_by_everyone(
    fill: Fill, bent: Callable[[], None], command: Command, tmp_path: Path
) -> None:
    fill()
    ended = command("--version", "1.0", *options(tmp_path), "--offline", "--verify", "--artifacts", "one")
    assert ended.code == 0, ended.err
    bent()
    before = os.umask(0o077)
    try:
        ended = command("--version", "1.0", *options(tmp_path), "--offline", "--verify", "--artifacts", "two")
    finally:
        os.umask(before)
    assert ended.code == 0, ended.err
    built = [
        {path.name: path.read_bytes() for path in Path(name, "python").iterdir()} for name in ("one", "two")
    ]
    assert built[0] == built[1]
    sdist, whl = "odd_shop_client-1.0.0.tar.gz", "odd_shop_client-1.0.0-py3-none-any.whl"
    assert built[0].keys() == {sdist, whl}
    package = Path("gen/python")
    with zipfile.ZipFile(Path("one/python", whl)) as archive:
        names = set(archive.namelist())
        metadata = archive.read("odd_shop_client-1.0.0.dist-info/METADATA").decode()
    modules = {str(path.relative_to(package / "src")) for path in package.rglob("src/**/*") if path.is_file()}
    assert {name for name in names if ".dist-info/" not in name} == modules
    assert metadata.startswith("Metadata-Version: 2.4\n")
    with tarfile.open(Path("one/python", sdist)) as source:
        members = {member.name.partition("/")[2]: member for member in source.getmembers()}
    assert members.keys() == {f"src/{name}" for name in modules} | {
        *("README.md", "pyproject.toml", "PKG-INFO", "LICENSE.protobuf")
    }
    assert {(member.mode, member.uid, member.mtime) for member in members.values()} == {(0o644, 0, 315532800)}


@pytest.mark.parametrize(
    ("tool", "program", "words"),
    [
        (
            "twine",
            "print('Checking x: FAILED'); raise SystemExit(1)",
            "twine check --strict failed: Checking x",
        ),
        ("pip", PIP.replace("extractall(site)", "extract('odd_shop_client/py.typed')"), "importing failed: "),
    ],
)
def test_a_failed_proof_ends_with_7_and_keeps_its_folder(
    fill: Fill, command: Command, tmp_path: Path, tool: str, program: str, words: str
) -> None:
    fill(**{tool: program})
    ended = command("--version", "1.0", *options(tmp_path), "--offline", "--verify")
    assert ended.code == 7, ended.err
    assert f"python: {words}" in ended.err
    where = re.search(r"where: (\S+)", ended.err)
    assert where
    assert Path(where[1], "dist").is_dir()
    assert f"try:   cd {where[1]} && " in ended.err
    assert not Path("gen").exists()
    shutil.rmtree(where[1], ignore_errors=True)


def test_what_is_required_must_be_on_the_index(
    fill: Fill, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(wheels=False)
    index = IndexServer({"grpcio": [Offer("grpcio-1.0-py3-none-any.whl", b"")]})
    with serving(index):
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        ended = command("--version", "1.0", *options(tmp_path), "--verify")
    assert ended.code == 7, ended.err
    assert "No matching distribution found for grpcio>=1.49.1" in ended.err
    assert "languages.python" in ended.err


@pytest.mark.slow
def test_an_index_that_is_away_ends_with_6(
    fill: Fill, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(wheels=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    ended = command("--version", "1.0", *options(tmp_path), "--verify")
    assert ended.code == 6, ended.err
    assert "pip config list" in ended.err
    ended = command("--version", "1.0", *options(tmp_path), "--verify", "--offline")
    assert ended.code == 6
    assert "--offline forbids to fetch" in ended.err
