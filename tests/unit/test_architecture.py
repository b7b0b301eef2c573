"""docs/architecture.md: its table names everything that there is below protogen/, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def named() -> list[str]:
    """The first column of the table."""
    table = TEXT.split("| where | what |")[1].split("\n\n")[0]
    return [name for row in table.splitlines() if row for name in re.findall(r"`(.+?)`", row.split("|")[1])]


def test_the_table_names_every_module_and_package_once() -> None:
    package = ROOT / "protogen"
    modules = [path.name for path in package.glob("*.py") if path.name != "__init__.py"]
    packages = [f"{path.parent.name}/" for path in package.glob("*/__init__.py")]
    assert sorted(named()) == sorted(modules + packages)


def test_files_that_it_names_are_there() -> None:
    for path in re.findall(r"`((?:protogen|tests|reference|bench|recipes)/[\w./-]*)`", TEXT):
        assert (ROOT / path).exists(), path
