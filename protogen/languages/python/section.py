"""The `languages.python` section of a recipe."""

from __future__ import annotations

from typing import Annotated

import msgspec

from protogen.recipe.document import doc

FLOORS = ("python", "protobuf", "grpcio")
"""The keys that hold a lowest version."""
_LOWEST = "The lowest versions that the package asks for."


class PythonSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Python."""

    package: Annotated[str, doc("The default import package.")] = ""
    distribution: Annotated[str, doc("The default name on an index.")] = ""
    python: Annotated[str, doc(_LOWEST)] = ""
    protobuf: Annotated[str, doc(_LOWEST)] = ""
    grpcio: Annotated[str, doc(_LOWEST)] = ""
    example: Annotated[
        str,
        doc(
            "Python code for the README, with `@module{PROTO}` for a proto's module "
            "and `@module{}` for the import package."
        ),
    ] = ""
