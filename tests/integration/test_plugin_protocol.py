"""protogen asks plugins what protoc asks them, byte for byte, and of real sets in both forms."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.protos import plugins
from protogen.protos.descriptors import compile_set
from protogen.protos.imports import Import, ImportGraph
from protogen.protos.protoc import Protoc
from protogen.protos.protoset import Form, Origin, ProtoFile
from protogen.system.cache import Cache
from protogen.system.process import Processes

# The names are in another order than that of the imports.
TEXTS = {
    "a.proto": """\
syntax = "proto3";
// About a.
package a;
import "z/b.proto";
import public "m.proto";
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions {
  string kept = 50001;
  string dropped = 50002 [retention = RETENTION_SOURCE];
}
// A message.
message A {
  optional z.B one = 1;
  map<string, m.M> two = 2 [deprecated = true];
  string three_x = 3 [(kept) = "k", (dropped) = "d"];
}
""",
    "z/b.proto": 'syntax = "proto2";\npackage z;\nimport "m.proto";\n'
    "message B { optional group G = 1 { optional m.M m = 2; } optional string s = 3 [default = 'ä']; }\n",
    "m.proto": 'syntax = "proto3";\npackage m;\nmessage M { M m = 1; }\n'
    "service S { rpc Get(M) returns (M); }\n",
    "other.proto": 'syntax = "proto3";\npackage o;\n',
}
IMPORTS: dict[str, tuple[Import, ...]] = {
    "a.proto": (
        Import("z/b.proto"),
        Import("m.proto", "public"),
        Import("google/protobuf/descriptor.proto"),
    ),
    "z/b.proto": (Import("m.proto"),),
}


DESCRIPTOR = "google/protobuf/descriptor.proto"
WANTED = ["a.proto", "m.proto"]


def graph_of(contents: Mapping[str, bytes]) -> ImportGraph:
    files = {name: ProtoFile(name, Origin("r", ".", name), content) for name, content in contents.items()}
    imports = {name: IMPORTS.get(name, ()) for name in files}
    return ImportGraph((*WANTED, "other.proto"), files, imports, frozenset({DESCRIPTOR}))


def as_packages_hold_it(descriptor_set: bytes) -> dict[str, bytes]:
    """The descriptors, without what Python's modules leave out."""
    files = FileDescriptorSet.FromString(descriptor_set).file
    for file in files:
        file.ClearField("source_code_info")
        for field in (field for message in file.message_type for field in message.field):
            field.ClearField("json_name")
    return {file.name: file.SerializeToString() for file in files}


@pytest.mark.parametrize("form", list(Form))
def test_a_request_is_the_one_that_protoc_sends(form: Form, tmp_path: Path) -> None:
    protoc, cache = Protoc(Processes()), Cache(tmp_path / "cache")
    well_known = (protoc.include / DESCRIPTOR).read_bytes()
    texts = {DESCRIPTOR: well_known, **{name: text.encode() for name, text in TEXTS.items()}}
    compiled = compile_set(graph_of(texts), Form.TEXT, protoc, cache)
    if form is Form.DESCRIPTOR:
        contents = as_packages_hold_it(compiled.read()) | {DESCRIPTOR: well_known}
        compiled = compile_set(graph_of(contents), form, protoc, cache)
    plugin = tmp_path / "protoc-gen-kept"
    plugin.write_text(
        f"#!{sys.executable} -IS\nimport sys\n"
        f"open({str(tmp_path / 'request')!r}, 'wb').write(sys.stdin.buffer.read())\n"
        "sys.stdout.buffer.write(bytes([16, 1]))\n"
    )
    plugin.chmod(0o755)
    arguments = [f"--descriptor_set_in={compiled.path}", f"--plugin={plugin}", f"--kept_out={tmp_path}"]
    done = protoc.run([*arguments, "--kept_opt=a=1", "--kept_opt=b", *WANTED], cwd=tmp_path)
    assert done.returncode == 0, done.message
    entries = plugins.entries(compiled.read())
    assert compiled.compiler
    request = plugins.request(entries, WANTED, "a=1,b", compiled.compiler)
    assert request == (tmp_path / "request").read_bytes()
