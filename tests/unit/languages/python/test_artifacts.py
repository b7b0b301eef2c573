from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protogen.errors import ToolFailed, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Installed, Package
from protogen.languages.python import proof
from protogen.languages.python.language import Python
from protogen.languages.python.planning import PythonPlan
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.python.test_language import request

WHEEL, SDIST = "shop_client-2.1.3-py3-none-any.whl", "shop_client-2.1.3.tar.gz"


class Tools(Script):
    """Plays all that is run; a step that has `fails` as an argument, or as its last one, ends with 1."""

    def __init__(self, fails: str = "\0", *, out: bytes = b"", err: bytes = b"") -> None:
        super().__init__(self._answer)
        self.fails, self.out, self.err = fails, out, err
        self.environ: dict[str, Mapping[str, str]] = {}

    def _answer(self, argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        name = next((each for each in ("build.py", "consume.py", "venv") if each in " ".join(argv)), argv[-1])
        self.environ[name] = env
        named = {each.rpartition("/")[2] for each in argv} - {"check"} | {argv[-1]}
        if self.fails in named:
            return Finished(tuple(argv), 1, self.out, self.err)
        if name == "build.py":
            for made in (WHEEL, SDIST):
                Path(argv[-2], made).write_bytes(b"made")
        return Finished(tuple(argv), 0, b"", b"")


def package(tmp_path: Path) -> Package[PythonPlan]:
    wanted = request(tmp_path)
    plan = Python().plan(wanted)
    tree = assembled(Python(), wanted, plan, Installed({}), {})
    return Package(wanted, plan, Installed({}), tree)


def workshop(tmp_path: Path, tools: Tools) -> BuildDir:
    folder = tmp_path / "shop"
    folder.mkdir()
    environ = {"PATH": "/bin", "SOURCE_DATE_EPOCH": "7", "PIP_INDEX_URL": "http://localhost/"}
    return BuildDir(Toolbox(Cache(tmp_path / "cache"), tools, environ), folder)


def test_both_files_are_built_from_the_package_alone(tmp_path: Path) -> None:
    tools, made = Tools(), package(tmp_path)
    shop = workshop(tmp_path, tools)
    built = proof.build(made, shop)
    assert built.files == {name: shop.folder / "dist" / name for name in (WHEEL, SDIST)}
    project = shop.folder / "project"
    files = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert files == made.files.keys()
    assert {(project / path).stat().st_mode & 0o777 for path in files} == {0o644}
    # What ignores files around the scratch folder ends here.
    assert (project / ".git").is_dir()
    assert tools.environ["build.py"]["SOURCE_DATE_EPOCH"] == "315532800"


def test_a_proof_checks_installs_and_uses_the_files(tmp_path: Path) -> None:
    tools, made = Tools(), package(tmp_path)
    shop = workshop(tmp_path, tools)
    Python().prove(made, Python().build(made, shop, complete=True), shop)
    steps = [argv[4:] for argv in tools.started if str(shop.folder) in " ".join(argv) or "check" in argv]
    twine, venv, install, check, consume = tools.started[-5:]
    dist = shop.folder / "dist"
    assert twine[-5:] == ("twine", "check", "--strict", str(dist / WHEEL), str(dist / SDIST))
    assert venv[-2:] == ("--without-pip", str(shop.folder / "consumer"))
    python = str(shop.folder / "consumer" / "bin" / "python")
    assert {install[0], check[0], consume[0]} == {python}
    assert "--no-index" in install
    assert install[-1] == str(dist / WHEEL)
    assert "PIP_INDEX_URL" not in tools.environ[str(dist / WHEEL)]
    wheels = next(argv for argv in tools.started if "wheel" in argv)
    assert wheels[-2:] == ("grpcio>=1.49.1", "protobuf>=3.20.3")
    assert len(steps) == 6
    told = json.loads((shop.folder / "expected.json").read_text())
    assert told == proof.expectations(made.plan, made.request)
    (call,) = told.pop("calls")
    assert (told.pop("neighbours"), told.pop("same")) == ([], [])
    assert told == {
        "package": "shop_client",
        "distribution": "shop-client",
        "version": "2.1.3",
        "python": "3.8",
    }
    assert call == {
        "module": "shop.s_pb2_grpc",
        "stub": "ShopStub",
        "method": "Watch",
        "message_module": "shop.s_pb2",
        "message": "Rep",
    }


@pytest.mark.parametrize(
    ("fails", "step", "out", "err", "words"),
    [
        ("build.py", "building the sdist and the wheel", "", "Traceback\nValueError: no", "ValueError: no"),
        ("twine", "twine check --strict", "Checking x: FAILED", "", "Checking x: FAILED"),
        ("--no-index", "installing the wheel", "Processing", "ERROR: no wheel", "failed: no wheel"),
        ("check", "pip check", "shop-client requires grpcio", "", "shop-client requires grpcio"),
        ("consume.py", "importing", "", "ImportError: x", "ImportError: x"),
    ],
)
def test_a_failed_step_has_its_own_words_and_can_be_repeated(
    tmp_path: Path, fails: str, step: str, out: str, err: str, words: str
) -> None:
    tools = Tools(fails, out=out.encode(), err=err.encode())
    made, shop = package(tmp_path), workshop(tmp_path, tools)
    with pytest.raises(VerificationFailed) as caught:
        proof.prove(made, proof.build(made, shop), shop)
    assert caught.value.message.startswith(f"python: {step} failed: ")
    assert words in caught.value.message
    assert caught.value.where == str(shop.folder)
    assert caught.value.remedy.startswith(f"cd {shop.folder} && ")
    assert caught.value.remedy.endswith(" ".join(tools.started[-1]))


def test_no_environment_is_not_the_packages_fault(tmp_path: Path) -> None:
    made, shop = package(tmp_path), workshop(tmp_path, Tools("venv", err=b"no venv here"))
    with pytest.raises(ToolFailed, match="no venv here"):
        proof.prove(made, proof.build(made, shop), shop)


def test_messages_alone_need_no_grpcio(tmp_path: Path) -> None:
    made = package(tmp_path)
    plan = cast(Any, SimpleNamespace(section=made.plan.section, has_services=False))
    assert proof.requirements(plan) == ["protobuf>=3.20.3"]


def test_the_tools_are_pinned_with_hashes() -> None:
    pins = proof.TOOLS.read_text()
    names = re.findall(r"^([a-z0-9-]+)==\S+(?: ; .+)? \\\n {4}--hash=sha256:", pins, re.MULTILINE)
    assert {"hatchling", "twine", "pip"} <= {*names}
    assert len(names) == pins.count("==") - pins.count("== '")
    assert "://" not in pins
