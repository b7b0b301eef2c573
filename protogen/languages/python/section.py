"""The `languages.python` section of a recipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.outline import Outline
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


def load(recipe: Recipe) -> PythonSection:
    """The recipe's section, with the defaults for what it leaves out.

    Raises RecipeError.
    """
    from protogen.languages.python.defaults import SECTION as DEFAULTS

    section = recipe.section("python", PythonSection)
    for key in _FLOORS:
        value = getattr(section, key)
        if value and not _NUMBER.fullmatch(value):
            raise recipe.document.error(
                f"{value!r} is not a version", ("languages", "python", key), "numbers such as 1.2.3"
            )
    plain = re.sub(r"[^0-9A-Za-z]+", "-", recipe.name)
    return msgspec.structs.replace(
        section,
        package=section.package or f"{plain.replace('-', '_')}_client",
        distribution=section.distribution or f"{plain}-client",
        python=section.python or DEFAULTS.python,
        protobuf=section.protobuf or DEFAULTS.protobuf,
        grpcio=section.grpcio or DEFAULTS.grpcio,
    )


def raised(section: PythonSection, outline: Outline) -> PythonSection:
    """The section, with newer versions where the set is in an edition that needs them.

    Raises ProtosUnresolved for an edition that no runtime knows.
    """
    newest = outline.newest
    if newest is None:
        return section
    from protogen.languages.python.defaults import EDITIONS

    lowest = editions.lowest(newest, EDITIONS, "Python")
    return msgspec.structs.replace(
        section,
        **{key: editions.newer(getattr(section, key), getattr(lowest, key)) for key in _FLOORS},
    )
