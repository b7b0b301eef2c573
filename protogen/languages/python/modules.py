"""The `_pb2.py` modules: each adds one file of the set to the package's own descriptor pool.

They are written from the descriptor set, not taken from protoc. Of what protoc's generator prints,
only the serialized file is of use in a package with a pool of its own: its imports, its default
pool, its module name, its builder calls and its runtime guard would all have to be replaced, and
they change with nearly every release of the generator. Nothing here depends on the generator's
version, so nothing can stop matching. What the modules call at run time are the same few functions
that protoc's code of any age calls (see the template of the pool).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protogen.languages.python.comments import header
from protogen.languages.python.naming import POOL, RENAMING
from protogen.languages.python.symbols import References, relative_import, star_import

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto


_BYTES_A_LINE = 64


def message_module(
    file: FileDescriptorProto, modules: Mapping[str, str], renamed: Mapping[str, str] | None
) -> str:
    """The module of a file's messages and enums.

    renamed: what is called otherwise in Python, for a module that needs care; else None.
    """
    own = modules[file.name]
    references = References(own)
    public = {file.dependency[index] for index in file.public_dependency}
    for name in file.dependency:
        if name not in public:
            references.alias(modules[name])
    loader, namespace = (POOL, "globals()") if renamed is None else (RENAMING, "_globals")
    lines = [
        header(file.name),
        relative_import(own, loader),
        *references.imports(),
        *(["_globals = globals()"] if renamed is not None else []),
        *(star_import(own, modules[name]) for name in sorted(public)),
        "",
        f"{loader}.load(",
        *serialized(file),
        "    __name__,",
        f"    {namespace},",
        *([] if renamed is None else _as_literal(renamed)),
        ")",
    ]
    return "\n".join([*lines, ""])


def _as_literal(renamed: Mapping[str, str]) -> list[str]:
    pairs = [f'        "{path}": "{name}",' for path, name in sorted(renamed.items())]
    return ["    {", *pairs, "    },"] if pairs else ["    {},"]


def serialized(file: FileDescriptorProto) -> list[str]:
    """The file without its source info, as lines of bytes literals with a comma behind the last."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    copy.ClearField("source_code_info")
    content = copy.SerializeToString(deterministic=True)
    lines = [
        f"    {content[start : start + _BYTES_A_LINE]!r}" for start in range(0, len(content), _BYTES_A_LINE)
    ]
    return [*lines[:-1], f"{lines[-1]},"]
