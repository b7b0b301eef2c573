"""The recipes that come with protogen: where they are, which there are, which is meant by default."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder of the recipes that come with protogen: in the wheel, or beside the package."""
    package = Path(__file__).parents[1]
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "recipes"


def default_name() -> str:
    """The name of the recipe that is meant where none is given."""
    return (folder() / "DEFAULT").read_text(encoding="utf-8").strip()


def names() -> tuple[str, ...]:
    """The names of the recipes that come with protogen."""
    return tuple(sorted(path.stem for path in folder().glob("*.yaml")))
