"""What the docs name of the code is there, and what is there is named: modules, a language's members."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from protogen.languages.base import Language

ROOT = Path(__file__).parents[2]
ARCHITECTURE, LANGUAGE = (
    (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("architecture.md", "new-language.md")
)


def named(text: str, head: str) -> list[str]:
    """What the first column of a table has as code."""
    table = text.split(head)[1].split("\n\n", maxsplit=1)[0]
    return [name for row in table.splitlines() if row for name in re.findall(r"`(.+?)`", row.split("|")[1])]


def test_the_table_names_every_module_and_package_once() -> None:
    package = ROOT / "protogen"
    modules = [path.name for path in package.glob("*.py") if path.name != "__init__.py"]
    packages = [f"{path.parent.name}/" for path in package.glob("*/__init__.py")]
    assert sorted(named(ARCHITECTURE, "| where | what |")) == sorted(modules + packages)


def test_the_table_of_a_new_language_names_every_member() -> None:
    members = {name for name in vars(Language) if not name.startswith("_")} | set(Language.__annotations__)
    assert sorted(named(LANGUAGE, "| member |")) == sorted(members)


@pytest.mark.parametrize("text", [ARCHITECTURE, LANGUAGE], ids=["architecture", "language"])
def test_files_that_they_name_are_there(text: str) -> None:
    paths = re.findall(r"`((?:protogen|tests|reference|bench|recipes)/[a-z_./-]*)`", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_language_of_the_page_is_the_one_that_is_tried() -> None:
    folder = ROOT / "tests" / "support" / "ini_language"
    shown = re.findall(r"^```(?:toml|python|jinja)\n(.*?)^```$", LANGUAGE, re.DOTALL | re.MULTILINE)
    package = folder / "protogen_ini"
    files = [folder / "pyproject.toml", package / "__init__.py"]
    files += [package / "templates" / "README.md.jinja", package / "consumer" / "use.py.jinja"]
    assert shown == [path.read_text(encoding="utf-8") for path in files]
