"""The `languages.python` section of a recipe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen import strictyaml

if TYPE_CHECKING:
    from protogen.recipe import Recipe

_FLOORS = ("python", "protobuf", "grpcio")
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,2}")


class PythonSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Python.

    package: the default import package. distribution: the default name on an index. python,
    protobuf, grpcio: the lowest versions that the package asks for. example: Python code for the
    README, with `@module{PROTO}` for a proto's module and `@module{}` for the import package.
    """

    package: str = ""
    distribution: str = ""
    python: str = ""
    protobuf: str = ""
    grpcio: str = ""
    example: str = ""


class _Defaults(PythonSection, frozen=True, forbid_unknown_fields=True):
    """The section, and what is no recipe's business. tools: versions of what builds and proves packages."""

    tools: dict[str, str] = {}


def load(recipe: Recipe) -> PythonSection:
    """The recipe's section, with the defaults for what it leaves out.

    Raises RecipeError.
    """
    section = recipe.section("python", PythonSection)
    for key in _FLOORS:
        value = getattr(section, key)
        if value and not _NUMBER.fullmatch(value):
            raise recipe.document.error(
                f"{value!r} is not a version", ("languages", "python", key), "numbers such as 1.2.3"
            )
    defaults = _defaults()
    plain = re.sub(r"[^0-9A-Za-z]+", "-", recipe.name)
    return msgspec.structs.replace(
        section,
        package=section.package or f"{plain.replace('-', '_')}_client",
        distribution=section.distribution or f"{plain}-client",
        python=section.python or defaults.python,
        protobuf=section.protobuf or defaults.protobuf,
        grpcio=section.grpcio or defaults.grpcio,
    )


def tools() -> dict[str, str]:
    """The distributions that build and prove packages, with all that these need: name ▶ version."""
    return _defaults().tools


def _defaults() -> _Defaults:
    text = Path(__file__).with_name("defaults.yaml").read_text(encoding="utf-8")
    return strictyaml.parse(text, "defaults.yaml").convert((), _Defaults)
