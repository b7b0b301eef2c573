"""Kits of recipes: source that packages hold beside their stubs."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Artifacts, Package
from protogen.languages.python.language import Python
from tests.integration.conftest import Command, Shop
from tests.support import plugins, upstream
from tests.support.command import run

PYTHON = '''\
"""What shops need."""

from @module{shop/shop.proto} import Order
from @module{} import __version__ as version


def order(units: int) -> Order:
    made = Order()
    made.price.units = units
    return made
'''
README = """\
from @module{}.client.orders import order

print(order(5).price.units)
"""
GO = """\
package client

import (
	"@import{}"
	shop "@import{shop/shop.proto}"
	money "@import{money}"
)
"""


@pytest.fixture
def recipe(shop: Shop, tmp_path: Path) -> Path:
    """The shop's recipe, as a folder with a kit."""
    folder = tmp_path / "kits"
    for name, text in {
        "recipe.yaml": shop.recipe.read_text() + "kit: {secret: {needs: [shop/secret.proto]}}\n",
        "kit/python/__init__.py": '"""A kit."""\n',
        "kit/python/orders.py": PYTHON,
        "kit/python/README.py": README,
        "kit/python/secret.py": "from @module{shop/secret.proto} import Secret\n",
        "kit/go/orders.go": GO,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def options(recipe: Path, shop: Shop) -> list[str]:
    given = [str(each) for each in shop.options]
    given[given.index("--recipe") + 1] = str(recipe)
    return given


def test_a_package_holds_the_kit_and_works_with_it(command: Command, options: list[str]) -> None:
    ended = command("--version", "1.0", "--lang", "python", *options)
    assert ended.code == 0, ended.err
    assert "without the kit's secret.py, which needs shop/secret.proto" in ended.err
    source = Path("gen/python/src")
    owned = json.loads(Path("gen/python/.protogen.json").read_text())["files"]
    assert {"src/shop_client/client/__init__.py", "src/shop_client/client/orders.py"} <= owned.keys()
    assert "src/shop_client/client/secret.py" not in owned
    program = (
        "import sys, shop_client; assert 'shop_client.client' not in sys.modules; "
        "from shop_client.client.orders import order, version; assert version == shop_client.__version__; "
        "assert shop_client.client.orders is sys.modules['shop_client.client.orders']; "
        "assert 'client' in dir(shop_client); print(order(5).price.units)"
    )
    done = run([sys.executable, "-c", program], cwd=source)
    assert (done.code, done.out) == (0, "5\n"), done.err
    lazy = "import sys, shop_client; shop_client.client; print('shop_client.client' in sys.modules)"
    assert run([sys.executable, "-c", lazy], cwd=source).out == "True\n"
    assert "from . import client as client" in (source / "shop_client/__init__.pyi").read_text()


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", Path("gen/python/README.md").read_text(), re.DOTALL)


def test_the_readme_begins_with_the_kits_own_example(
    command: Command, options: list[str], recipe: Path
) -> None:
    asked = ["--version", "1.0", "--lang", "python", *options]
    assert command(*asked).code == 0
    first, *others = python_blocks()
    assert run([sys.executable, "-c", first], cwd=Path("gen/python/src")).out == "5\n"
    assert others and "## By the stubs alone" in Path("gen/python/README.md").read_text()
    assert not list(Path("gen/python").rglob("README.py"))
    for needs in ([], ["kit: {readme: {needs: [shop/secret.proto]}}\n"]):
        if needs:
            text = (recipe / "recipe.yaml").read_text().partition("kit: ")[0]
            (recipe / "recipe.yaml").write_text(text + needs[0])
            (recipe / "kit/python/secret.py").unlink()
        ended = command(*asked, *([] if needs else ["--without-kit"]))
        assert ended.code == 0, ended.err
        assert python_blocks() == others
        assert "## Example" in Path("gen/python/README.md").read_text()
        assert "without the kit's" not in ended.err


def test_the_kit_is_left_out_where_that_is_asked_for(
    command: Command, options: list[str], shop: Shop
) -> None:
    asked = ["--version", "1.0", "--lang", "python", *options]
    assert command(*asked, "--without-kit").code == 0
    without = {path.name for path in Path("gen/python/src/shop_client").iterdir()}
    assert "client" not in without
    plain = ["--version", "1.0", "--lang", "python", *shop.options, "--out", "plain"]
    assert command(*plain).code == 0
    assert {path.name for path in Path("plain/python/src/shop_client").iterdir()} == without
    for again in (["--without-kit"], []):
        assert command(*asked, *again).code == 0
        assert Path("gen/python/src/shop_client/client").is_dir() is not bool(again)
    assert command(*asked, "--without-kit").code == 0
    shutil.rmtree("gen")
    assert command(*asked, "--without-kit").code == 0
    assert not Path("gen/python/src/shop_client/client").exists()


def test_the_lock_holds_the_kit(command: Command, options: list[str], recipe: Path) -> None:
    asked = ["--version", "1.0", "--lang", "python", *options]
    assert command("lock", *asked).code == 0
    assert command(*asked, "--locked").code == 0
    without = command(*asked, "--locked", "--without-kit")
    assert without.code == 9
    assert "settings of python moved" in without.err
    (recipe / "kit/python/orders.py").write_text(PYTHON + "# more\n")
    assert command("check", *asked).code == 1
    changed = command(*asked, "--locked")
    assert changed.code == 9
    assert "the recipe shop is not the one that 1.0 was locked with" in changed.err


def test_go_gets_a_package_with_its_own_imports(command: Command, options: list[str], tmp_path: Path) -> None:
    tools = plugins.tool_options(plugins.go_tools(tmp_path / "tools", version="v0.0.1"))
    ended = command("--version", "1.0", "--lang", "go", "--go-module", "example.com/x", *options, *tools)
    assert ended.code == 0, ended.err
    assert Path("gen/go/client/orders.go").read_text() == GO.replace("@import{}", "example.com/x").replace(
        "@import{shop/shop.proto}", "example.com/x/shop"
    ).replace("@import{money}", "example.com/x/money")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("kit/python/orders.py", "import @module{shop/none.proto}\n", "@module{shop/none.proto} in the kit"),
        (
            "kit/python/orders.py",
            "import @modul{}\n",
            "@modul{} stands for nothing in Python; expected @module{NAME}",
        ),
        ("kit/cobol/x.cob", "x\n", "kit/cobol: no such language: cobol"),
        ("kit/python/orders.py", "@module{shop/none.proto}", "kit: {orders: {needs: [PROTO]}}"),
        ("kit/python/README.py", "@module{shop/none.proto}", "kit: {readme: {needs: [PROTO]}}"),
    ],
)
def test_a_kit_that_can_not_be_filled_in_is_refused(
    command: Command, options: list[str], recipe: Path, file: str, text: str, message: str
) -> None:
    (recipe / file).parent.mkdir(exist_ok=True)
    (recipe / file).write_text(text)
    ended = command("--version", "1.0", "--lang", "python", *options)
    assert ended.code == 2
    assert message in ended.err
    assert not Path("gen").exists()


def test_validate_looks_at_the_kit(command: Command, recipe: Path) -> None:
    assert command("recipe", "validate", str(recipe)).code == 0
    (recipe / "kit/python/orders.py").write_text("\n\nimport @modul{}\n")
    ended = command("recipe", "validate", str(recipe))
    assert ended.code == 2
    assert ended.out.startswith(
        "kit/python/orders.py:3: @modul{} stands for nothing in Python; expected @module{NAME}"
    )


def test_validate_proves_packages_with_their_kit(
    command: Command, recipe: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven: list[tuple[str, dict[str, bytes]]] = []

    def prove(_self: Python, package: Package[Any], _built: Artifacts, _build_dir: BuildDir) -> None:
        proven.append((package.request.release.name, dict(package.files)))
        if b"broken" in package.files["src/shop_client/client/orders.py"]:
            raise VerificationFailed("python: importing failed", where="orders.py", remedy="correct it")

    monkeypatch.setattr(Python, "build", lambda *_, complete: Artifacts({}))
    monkeypatch.setattr(Python, "prove", prove)
    for repository in (shop.base, shop.extra):
        repository.git("branch", "--force", "release-1.1", "release-1.0")
    repositories = [each for each in shop.options if each.startswith("--repo=")]
    asked = ["recipe", "validate", str(recipe), "--kit", "python", *repositories]
    ended = command(*asked)
    assert ended.code == 0, ended.err
    ended = command(*asked, "--version", "1.0")
    assert ended.code == 0, ended.err
    assert [name for name, _ in proven] == ["release-1.1", "1.0"]
    (recipe / "kit/python/orders.py").write_text("broken\n")
    assert command(*asked).code == VerificationFailed.code
    assert not Path("gen").exists()
    assert command(*asked[:3], "--kit", "cobol").code == 2


def test_validate_says_where_there_is_no_release_to_prove(
    command: Command, recipe: Path, tmp_path: Path
) -> None:
    empty = upstream.Repository.create(tmp_path / "empty")
    empty.commit({"README.md": "nothing yet"})
    repositories = [f"--repo={name}={empty.path}" for name in ("api", "base", "extra")]
    ended = command("recipe", "validate", str(recipe), "--kit", "python", *repositories)
    assert ended.code == 3
    assert "api has no releases: no branch or tag is one" in ended.err
