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
