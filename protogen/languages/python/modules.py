"""Every module of the protos. The `_pb2.py` ones each add one file of the set to the package's own pool.

They are written from the descriptor set, not taken from protoc. Of what protoc's generator prints,
only the serialized file is of use in a package with a pool of its own: its imports, its default
pool, its module name, its builder calls and its runtime guard would all have to be replaced, and
they change with nearly every release of the generator. Nothing here depends on the generator's
version, so nothing can stop matching. What the modules call at run time are the same few functions
that protoc's code of any age calls (see the template of the pool).
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protogen.errors import ProtosUnresolved
from protogen.languages.package import Request
from protogen.languages.python.comments import header
from protogen.languages.python.json_names import clashes
from protogen.languages.python.message_stubs import message_stub
from protogen.languages.python.naming import POOL, RENAMING, folders_of
from protogen.languages.python.renaming import Renamings
from protogen.languages.python.services import service_module, service_stub
from protogen.languages.python.symbols import References, relative_import, star_import, symbols

_BYTES_A_LINE = 64


def generated_files(request: Request, modules: Mapping[str, str], renamings: Renamings) -> dict[str, str]:
    """The texts of all modules and type stubs, by path below the import package.

    Raises ProtosUnresolved for a file that the declared runtimes can't load.
    """
    files = FileDescriptorSet.FromString(request.descriptor_set.read_bytes()).file
    for file in files:
        _check_json_names(file, request)
    places, by_name = symbols(files, modules, renamings), {file.name: file for file in files}
    texts = {f"{folder.replace('.', '/')}/__init__.py": "" for folder in folders_of(modules.values())}
    for file in files:
        path = modules[file.name].replace(".", "/")
        texts[f"{path}.py"] = message_module(file, modules, renamings.get(file.name))
        texts[f"{path}.pyi"] = message_stub(file, by_name, modules, places, renamings)
        if file.service:
            texts[f"{path}_grpc.py"] = service_module(file, modules, places)
            texts[f"{path}_grpc.pyi"] = service_stub(file, modules, places)
    return texts


def _check_json_names(file: FileDescriptorProto, request: Request) -> None:
    for path, other, name in clashes(file):
        where = request.location(file.name, path)
        lines = [request.location(file.name, each).rpartition(":")[2] for each in (path, other)]
        raise ProtosUnresolved(
            f"in {file.name}, {path} (line {lines[0]}) is {name!r} in JSON, as {other} (line {lines[1]}) is, "
            "and protobuf's compiled Python refuses the file",
            where=where,
            remedy='give it a name of its own, [json_name = "…"], or leave python out of --lang',
        )


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
    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    copy.ClearField("source_code_info")
    content = copy.SerializeToString(deterministic=True)
    lines = [
        f"    {content[start : start + _BYTES_A_LINE]!r}" for start in range(0, len(content), _BYTES_A_LINE)
    ]
    return [*lines[:-1], f"{lines[-1]},"]
