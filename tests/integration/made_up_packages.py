"""A made-up API in two packages, as protoc and older protocs compile it."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_tools import protoc

PROTOS = {
    "demo/api/service.proto": """syntax = "proto3"; package demo.api;
        import "demo/api/model.proto"; import "core/types.proto";
        service Demo { rpc Ask(Model) returns (core.Types); }""",
    "demo/api/model.proto": """syntax = "proto3"; package demo.api;
        import "core/deep/shape-kind.proto"; import "google/protobuf/any.proto";
        message Model { core.ShapeKind kind = 1; google.protobuf.Any any = 2; string name = 3; }""",
    "core/types.proto": """syntax = "proto3"; package core;
        import "extra/leaf.proto"; message Types { extra.Leaf leaf = 1; }""",
    "core/deep/shape-kind.proto": """syntax = "proto3"; package core;
        message ShapeKind { string x = 1 [json_name = "\\u00e9'\\"\\\\"]; }""",
    "extra/leaf.proto": """syntax = "proto3"; package extra; message Leaf { int32 x = 1; }""",
}
NAMES = sorted(PROTOS)

RECIPE = """
schema: 1
name: demo
releases: api
repositories:
  api:
    url: https://example.com/demo/api
    branch: "r{major}.{minor}"
    tag: "v{major}.{minor}.{patch}"
    packages: [demo-api]
    unpublished: [demo/api/internal/hidden.proto, demo/other.proto]
  core:
    url: https://user:secret@example.com/demo/core
    tag: "v{major}.{minor}.{patch}"
    roots: [., third_party/extra]
    packages: [demo-core-lite, demo-core]
    package_folders: {core_impl: core}
entry_points:
  - {repository: api, pattern: "demo/api/**/*.proto"}
groups:
  config:
    - {repository: api, pattern: demo/config/*.proto}
  extra:
    - {repository: core, pattern: third_party/extra/extra/*.proto}
"""


@cache
def descriptors() -> dict[str, bytes]:
    """Import name to serialized FileDescriptorProto, without the well-known ones."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    with TemporaryDirectory() as folder:
        _compile(Path(folder), f"--descriptor_set_out={folder}/set")
        found = FileDescriptorSet.FromString(Path(folder, "set").read_bytes())
    for field in (field for file in found.file for message in file.message_type for field in message.field):
        if field.json_name == field.name:  # protoc writes the names that follow from the others to sets only
            field.ClearField("json_name")
    return {file.name: file.SerializeToString() for file in found.file}


@cache
def modules() -> dict[str, bytes]:
    """Path to source of the modules as the newest protoc writes them."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        out.mkdir()
        _compile(Path(folder), f"--python_out={out}")
        return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*_pb2.py")}


def as_before_3_20(content: bytes) -> bytes:
    return (
        "from google.protobuf import descriptor as _descriptor\n"
        "DESCRIPTOR = _descriptor.FileDescriptor(name='x', syntax='proto3', serialized_options=None,\n"
        f"  create_key=_descriptor._internal_create_key,\n  serialized_pb={content!r}\n  ,)\n"
    ).encode()


def as_before_3_12(content: bytes) -> bytes:
    return (
        "import sys\n"
        "_b=sys.version_info[0]<3 and (lambda x:x) or (lambda x:x.encode('latin1'))\n"
        f"DESCRIPTOR = _descriptor.FileDescriptor(name='x', serialized_pb=_b({latin1(content)}))\n"
    ).encode()


def as_python_2_wrote_it(content: bytes) -> bytes:
    return f"DESCRIPTOR = descriptor.FileDescriptor(name='x',\n  serialized_pb={latin1(content)})\n".encode()


def latin1(content: bytes) -> str:
    return repr(content)[1:]


def wheel(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, padding: int = 0) -> bytes:
    """A wheel; padding: bytes of something else at its start, as large wheels have."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        if padding:
            archive.writestr(zipfile.ZipInfo("big.so"), b"\0" * padding, zipfile.ZIP_STORED)
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def api_wheel(**changes: bytes) -> bytes:
    found = {path: content for path, content in modules().items() if path.startswith("demo/")}
    license_file = {"demo_api-1.2.0.dist-info/LICENSE": b"the license of the api"}
    return wheel({**found, **license_file, **changes})


def core_wheel(padding: int = 300_000, *, forged: bool = False) -> bytes:
    """With modules of three ages, in a renamed folder, deeper than imported, in a data folder."""
    made = dict(descriptors())
    if forged:
        leaf = FileDescriptorProto.FromString(made["extra/leaf.proto"])
        leaf.message_type.add(name="Forged")
        made["extra/leaf.proto"] = leaf.SerializeToString()
    return wheel(
        {
            "core_impl/types_pb2.py": as_before_3_20(made["core/types.proto"]),
            "demo_core-1.2.0.data/purelib/core_impl/deep/shape_kind_pb2.py": as_before_3_12(
                made["core/deep/shape-kind.proto"]
            ),
            "core_impl/vendor/extra/leaf_pb2.py": as_python_2_wrote_it(made["extra/leaf.proto"]),
            "core_impl/other/extra/leaf_pb2.py": as_before_3_20(made["core/types.proto"]),
            "core_impl/ops.py": b"raise AssertionError('nothing of a wheel is ever executed')",
        },
        padding=padding,
    )


def _compile(folder: Path, *outputs: str) -> None:
    for name, text in PROTOS.items():
        path = folder / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    include = files("grpc_tools") / "_proto"
    arguments = [f"-I{folder}/src", f"-I{include}", *outputs, *NAMES]
    assert protoc.main(["protoc", *arguments]) == 0
