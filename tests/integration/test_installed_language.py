"""A language that a stranger's distribution brings: installed by pip, and used like protogen's own."""

from __future__ import annotations

import json
import re
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.integration.conftest import Shop
from tests.support.command import Ran, must, run

ROOT = Path(__file__).parents[2]
DISTRIBUTION = ROOT / "tests" / "support" / "ini_language"


class Machine:
    """An environment with protogen, and with what pip installed beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.python = folder, folder / "env" / "bin" / "python"

    def protogen(self, *arguments: str) -> Ran:
        cache = {"PROTOGEN_CACHE_DIR": str(self.folder / "cache")}
        path = f"{self.python.parent}:/usr/bin:/bin"
        argv = [str(self.python), "-m", "protogen", *arguments]
        return run(argv, cwd=self.folder, PATH=path, PYTHONPATH="", **cache)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    must(run([sys.executable, "-m", "venv", "--without-pip", "env"], cwd=machine.folder))
    (site,) = (machine.folder / "env" / "lib").glob("python*/site-packages")
    (site / "protogen.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    pip = [sys.executable, "-m", "pip", "--python", str(machine.python), "install", "--quiet"]
    must(
        run([*pip, "--no-deps", "--no-index", "--no-build-isolation", str(DISTRIBUTION)], cwd=machine.folder)
    )
    return machine


def asking(shop: Shop) -> list[str]:
    return ["--version", "release-1.0", *shop.options]


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_it_is_among_the_languages(machine: Machine) -> None:
    shown = must(machine.protogen("--help")).out
    assert re.search(r"--lang LANG +go, java, python, .*ini, all or every;", " ".join(shown.split()))
    assert "--ini-package NAME" in shown
    looked = machine.protogen("doctor", "--lang", "ini", "--offline", "--format", "json")
    row = next(each for each in json.loads(looked.out)["checks"] if each["name"] == "protoc-gen-ini")
    assert (row["subject"], row["found"], row["verdict"]) == ("ini", "1.0.0", "ok")


def test_it_is_generated_packed_proven_and_locked(machine: Machine, shop: Shop) -> None:
    asked = (*asking(shop), "--lang", "ini", "--ini-package", "goods")
    must(machine.protogen(*asked, "--out", "one", "--verify", "--artifacts", "dist"))
    must(machine.protogen(*asked, "--out", "two", "--regenerate"))
    trees = [
        {path.name: path.read_bytes() for path in (machine.folder / each).rglob("*.*")}
        for each in ("one", "two")
    ]
    assert trees[0] == trees[1]
    package = machine.folder / "one" / "ini"
    assert "generators: protoc-gen-ini 1.0.0" in (package / "README.md").read_text()
    assert list((package / "sections").rglob("*.ini"))
    (packed,) = (machine.folder / "dist").rglob("goods-*.zip")
    assert "README.md" in zipfile.ZipFile(packed).namelist()
    must(machine.protogen("lock", *asked))
    assert '"ini"' in (machine.folder / "protogen.lock").read_text()
    must(machine.protogen(*asked, "--out", "one", "--locked"))


def test_what_is_wrong_with_one_is_said_where_it_is_asked_for(machine: Machine, shop: Shop) -> None:
    (module,) = (machine.folder / "env" / "lib").glob("python*/site-packages/protogen_ini/__init__.py")
    text = module.read_text()
    module.write_text("raise RuntimeError('too old')\n")
    try:
        ended = machine.protogen(*asking(shop), "--lang", "ini")
        assert (ended.code, "RuntimeError: too old" in ended.err) == (2, True)
        assert "pip uninstall protogen-ini" in ended.err
        must(machine.protogen("--help"))
    finally:
        module.write_text(text)


def test_a_language_that_is_not_installed_is_none(shop: Shop, tmp_path: Path) -> None:
    ended = run([sys.executable, "-m", "protogen", *asking(shop), "--lang", "ini"], cwd=tmp_path)
    assert ended.code == 2
    assert "there is no language 'ini'" in ended.err
