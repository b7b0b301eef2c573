"""What stubs import of the runtimes, under names that the protos don't have. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace

from protogen.languages.python.names import free

_STATEMENTS = {
    "builtins": "import builtins",
    "abc": "import collections.abc",
    "typing": "import typing",
    "": "",
    "grpc": "import grpc",
    "aio": "import grpc.aio",
    "typing_extensions": "import typing_extensions",
    "descriptor": "from google.protobuf import descriptor",
    "message": "from google.protobuf import message",
    "containers": "from google.protobuf.internal import containers",
    "enum_type_wrapper": "from google.protobuf.internal import enum_type_wrapper",
    "extension_dict": "from google.protobuf.internal import extension_dict",
    "well_known_types": "from google.protobuf.internal import well_known_types",
}


@dataclass(frozen=True)
class Imported:
    """The name of each module in a stub, and of what a stub of services defines for itself."""

    builtins: str = "_builtins"
    abc: str = "_abc"
    typing: str = "_typing"
    grpc: str = "_grpc"
    aio: str = "_aio"
    typing_extensions: str = "_typing_extensions"
    descriptor: str = "_descriptor"
    message: str = "_message"
    containers: str = "_containers"
    enum_type_wrapper: str = "_enum_type_wrapper"
    extension_dict: str = "_extension_dict"
    well_known_types: str = "_well_known_types"
    variable: str = "_T"
    request_iterator: str = "_RequestIterator"
    servicer_context: str = "_ServicerContext"

    @classmethod
    def beside(cls, taken: Collection[str]) -> Imported:
        """Names that don't hide what is declared under these."""
        plain = cls()
        return replace(plain, **{each.name: free(getattr(plain, each.name), taken) for each in fields(plain)})

    def statements(self, body: Iterable[str]) -> list[str]:
        """The imports of those modules that the body uses, in two blocks."""
        text = "\n".join(body)
        used = []
        for key, statement in _STATEMENTS.items():
            if not key or f"{getattr(self, key)}." in text:
                used.append(f"{statement} as {getattr(self, key)}" if key else "")
        used.append("")
        return [line for line, before in zip(used, ["", *used], strict=False) if line or before]
