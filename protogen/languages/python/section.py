"""The `languages.python` section of a recipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from protogen.languages import editions

if TYPE_CHECKING:
    from protogen.protos.outline import Outline
    from protogen.recipe.model import Recipe

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


# What a recipe that says nothing about Python gets, and what builds and proves packages.
# The versions are the lowest that the generated code runs on. Newer ones work too, so nothing is capped.
# Much of what a client is installed beside can't go beyond protobuf 3.20.3; grpcio 1.49.1 is the first
# with wheels for Python 3.11.
DEFAULTS = PythonSection(python="3.8", protobuf="3.20.3", grpcio="1.49.1")

# By edition, the lowest: the first protobuf whose descriptor pool takes all of it, in C and in pure Python,
# and the first Python that this protobuf has. 5.26 takes edition 2023, but no maps in files whose messages
# are delimited.
EDITIONS = {
    "2023": PythonSection(python="3.8", protobuf="5.27.2", grpcio="1.49.1"),
    "2024": PythonSection(python="3.9", protobuf="6.32.0", grpcio="1.49.1"),
}


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
    lowest = editions.lowest(newest, EDITIONS, "Python")
    return msgspec.structs.replace(
        section,
        **{key: editions.newer(getattr(section, key), getattr(lowest, key)) for key in _FLOORS},
    )
