"""Kits as they are read from a recipe's folder."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from protogen.errors import RecipeError
from protogen.recipe import builtin, model
from protogen.recipe.kit import KitFile
from tests.unit.recipe.test_model import GOOD

NEEDS = "kit:\n  orders: {needs: [shop/shop.proto]}\n"


def written(folder: Path, text: str = GOOD, kit: Mapping[str, str] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "recipe.yaml").write_text(text)
    for name, content in (kit or {}).items():
        path = folder / "kit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_a_kit_is_read_by_language_with_what_its_files_need(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "shop",
        GOOD + NEEDS,
        {
            "go/orders.go": "package client\n",
            "go/more/deep.go": "package more\n",
            "java/Orders.java": "class Orders {}\n",
            "go/orders.go~": "an editor's",
            "go/.hidden": "x",
            "README.md": "of the kit, and no language's\n",
        },
    )
    recipe = model.load(str(folder))
    assert recipe.kit == {
        "go": (
            KitFile("more/deep.go", "package more\n"),
            KitFile("orders.go", "package client\n", ("shop/shop.proto",)),
        ),
        "java": (KitFile("Orders.java", "class Orders {}\n", ("shop/shop.proto",)),),
    }
    assert recipe.plain["kit"] == {"go": ["more/deep.go", "orders.go"], "java": ["Orders.java"]}
    assert recipe.without_kit().kit == {}
    assert recipe.without_kit().digest == recipe.digest


def test_the_digest_covers_the_kit_and_is_the_texts_where_there_is_none(tmp_path: Path) -> None:
    plain = model.load(str(written(tmp_path / "a")))
    assert plain.digest == model.parse(GOOD, "r.yaml").digest
    one, other = (
        model.load(str(written(tmp_path / name, kit={"go/orders.go": name}))).digest for name in ("b", "c")
    )
    assert len({plain.digest, one, other}) == 3


def test_a_folders_recipe_is_the_same_by_its_file(tmp_path: Path) -> None:
    folder = written(tmp_path / "shop", kit={"go/orders.go": "package client\n"})
    assert model.load(str(folder / "recipe.yaml")).kit == model.load(str(folder)).kit
    (tmp_path / "alone.yaml").write_text(GOOD)
    (tmp_path / "kit" / "go").mkdir(parents=True)
    (tmp_path / "kit" / "go" / "x.go").write_text("package x\n")
    assert model.load(str(tmp_path / "alone.yaml")).kit == {}


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("kit: {orders: {needs: [../x.proto]}}\n", "kit.orders.needs"),
        ("kit: {orders: {wants: [x.proto]}}\n", "kit.orders.wants: unknown key"),
        (
            "kit: {order: {needs: [x.proto]}}\n",
            "kit.order: no file of the kit is called 'order'; expected one of orders",
        ),
    ],
)
def test_what_a_recipe_says_of_its_kit_is_checked(tmp_path: Path, more: str, complaint: str) -> None:
    folder = written(tmp_path / "shop", GOOD + more, kit={"go/orders.go": "package client\n"})
    with pytest.raises(RecipeError) as caught:
        model.load(str(folder))
    assert complaint in caught.value.message


def test_parts_without_a_kit_and_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="there is no kit"):
        model.load(str(written(tmp_path / "a", GOOD + NEEDS)))
    folder = written(tmp_path / "b", kit={"go/orders.go": ""})
    path = folder / "kit" / "go" / "orders.go"
    for content in (b"\xff\xfe", b" " * ((1 << 20) + 1)):
        path.write_bytes(content)
        with pytest.raises(RecipeError, match=r"orders\.go.*not UTF-8 text of at most 1 MiB"):
            model.load(str(folder))
    path.unlink()
    path.symlink_to("orders.go")
    assert model.load(str(folder)).kit == {}


def test_recipes_that_come_along_may_be_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "folder", lambda: tmp_path)
    written(tmp_path / "shop", kit={"go/orders.go": "package client\n"})
    (tmp_path / "other.yaml").write_text(GOOD)
    (tmp_path / "no-recipe").mkdir()
    assert builtin.names() == ("other", "shop")
    assert model.load("shop").kit.keys() == {"go"}
    assert model.load("other").kit == {}
    with pytest.raises(RecipeError, match="there is no recipe 'no-recipe'"):
        model.load("no-recipe")


def test_the_kits_that_come_along_are_small_and_have_an_example() -> None:
    kits = model.load(builtin.default_name()).kit
    assert {"go", "java", "python"} <= kits.keys()
    for language, files in kits.items():
        # As an archive has it; tests of each language look at what is compiled of it.
        size = sum(len(zlib.compress(file.text.encode())) for file in files)
        assert size < 150_000, f"{language}: {size}"
        assert [file.path for file in files if file.part == "readme"], language
