"""The recipes that come with protogen: where they are, which there are, which is meant by default."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder of the recipes that come with protogen: in the wheel, or beside the package."""
    package = Path(__file__).parents[1]
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "recipes"


IN_FOLDER = "recipe.yaml"
"""What the file of a recipe is called that is a folder, with its kit beside it."""


def path(name: str) -> Path:
    """The file of a recipe that comes with protogen, whether there is one or not."""
    inside = folder() / name / IN_FOLDER
    return inside if inside.is_file() else folder() / f"{name}.yaml"


def default_name() -> str:
    """The name of the recipe that is meant where none is given."""
    return (folder() / "DEFAULT").read_text(encoding="utf-8").strip()


def names() -> tuple[str, ...]:
    """The names of the recipes that come with protogen."""
    found = [path.stem for path in folder().glob("*.yaml")]
    return tuple(sorted([*found, *(path.parent.name for path in folder().glob(f"*/{IN_FOLDER}"))]))
