"""Python packages from protos that use all of the language, run on the protobuf that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Command

RECIPE = """\
schema: 1
name: odd-shop
title: The Odd Shop
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "odd/**/*.proto"}
"""
PROTOS = {
    # Folders, files, fields, values and RPCs with names that mean something to Python.
    "odd/class/in-voice.proto": r'''
syntax = "proto2";
// File of """quotes""" and \backslashes\.
package odd.invoice;
import "top.proto";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";

/* An invoice, whose comment ends with "quotes" */
message Invoice {
  // Ends with a backslash \
  required int32 number = 1 [default = 7];
  optional group Line = 2 { optional string text = 1; }  // Behind """ it.
  extensions 100 to 199;
  message Part {
    optional Invoice invoice = 1;
    enum Part { NONE = 0; Invoice = 1; }
    optional Part part = 2 [default = Invoice];
    extend odd.invoice.Invoice { optional Part nested = 101; }
  }
  oneof choice { string text = 3; Part piece = 4; }
  map<string, Part> parts = 5;
  map<int32, odd.Color> colors = 6;
  repeated int32 packed = 7 [packed = true];
  optional bytes from = 9 [default = "a\001b"];
  optional google.protobuf.Struct struct = 10;
  optional google.protobuf.Timestamp timestamp = 11;
  optional google.protobuf.Duration duration = 12;
  optional google.protobuf.FieldMask mask = 13;
  optional google.protobuf.Any any = 14;
  optional string self = 15;
  optional odd.Color Color = 16;
  repeated Invoice Invoice = 17;
  optional int64 int = 18;
  optional double property = 19;
  repeated Part builtins = 20;
}
extend Invoice { optional string note = 100; repeated Invoice.Part more = 102; }
message Empty {}
message Twice {}
enum Level { LOW = 0; None = 1; }
''',
    "top.proto": """
syntax = "proto3";
package odd;
import public "third/colors.proto";
message Top { optional int32 maybe = 1; Color color = 2; repeated Color colors = 3; message In {} }
""",
    "third/colors.proto": """
syntax = "proto3";
package odd;
enum Color { option allow_alias = true; RED = 0; ROT = 0; import = 2; }
""",
    "odd/calls.proto": """
syntax = "proto3";
package odd;
import "odd/class/in-voice.proto";
import "top.proto";
// Calls of every kind.
service Calls {
  // One to one.
  rpc One(Top) returns (odd.invoice.Empty);
  rpc Out(Top.In) returns (stream Top);
  rpc In(stream Top) returns (Top);
  rpc Both(stream Top) returns (stream Top);
  rpc import(Top) returns (Top);
}
service Idle {}
message Twice {}
""",
}

PROGRAM = r"""
import asyncio, copy, datetime, pickle, sys
from concurrent import futures
import grpc
from google.protobuf import descriptor_pool as pools, json_format, text_format
from odd_shop_client import CallsAsyncStub, CallsServicer, CallsStub, Top, add_CallsServicer_to_server
from odd_shop_client import add_IdleServicer_to_server, IdleServicer, descriptor_pool
import odd_shop_client
from odd_shop_client.odd.class_.in_voice_pb2 import Invoice, LOW, more, note
from odd_shop_client import top_pb2
from odd_shop_client.third.colors_pb2 import Color, ROT

assert top_pb2.Color is Color and top_pb2.ROT == ROT == 0 and not hasattr(odd_shop_client, "Twice")
assert not hasattr(odd_shop_client, "In")
assert odd_shop_client.Empty.DESCRIPTOR.full_name == "odd.invoice.Empty"
made = Invoice(number=3, text="t")
made.self = "s"
made.parts["k"].part = Invoice.Part.NONE
made.colors[3] = Color.Value("import")
made.line.text = "x"
made.packed.extend([1, 2])
made.Extensions[note] = "e"
made.struct.update({"a": [1, {"b": None}]})
made.timestamp.FromDatetime(datetime.datetime(2020, 1, 1))
made.duration.FromTimedelta(datetime.timedelta(1))
made.mask.FromJsonString("number,text")
made.Invoice.add(number=1)
made.any.Pack(made.parts["k"])
part = Invoice.Part()
assert made.any.Unpack(part) and made.any.Is(Invoice.Part.DESCRIPTOR) and part == made.parts["k"]
ours = {"descriptor_pool": descriptor_pool}
assert text_format.Parse(text_format.MessageToString(made, **ours), Invoice(), **ours) == made
assert json_format.Parse(json_format.MessageToJson(made, **ours), Invoice(), **ours) == made
made.Extensions[more].add().part = Invoice.Part.Invoice
made.Extensions[Invoice.Part.nested] = 0
assert Invoice.FromString(made.SerializeToString()) == made
for message in (made, made.parts["k"], made.line):
    again = pickle.loads(pickle.dumps(message))
    assert type(again) is type(message) and again == message == copy.deepcopy(message)
assert Invoice().number == 7 and getattr(Invoice(), "from") == b"a\x01b" and Invoice.Part().part == 1
assert made.WhichOneof("choice") == "text" and Top(maybe=0).HasField("maybe") and not Top().HasField("maybe")
default = pools.Default()
for name in ("odd/calls.proto", "top.proto"):
    try:
        default.FindFileByName(name)
    except KeyError:
        pass
    else:
        raise AssertionError(name)

class Serves(CallsServicer):
    def One(self, request, context):
        return odd_shop_client.Empty()
    def Out(self, request, context):
        yield Top(color=2)
        yield Top()
    def In(self, request_iterator, context):
        return Top(maybe=len(list(request_iterator)))
    def Both(self, request_iterator, context):
        yield from request_iterator
    def import_(self, request, context):
        return request

server = grpc.server(futures.ThreadPoolExecutor(2))
add_CallsServicer_to_server(Serves(), server)
add_IdleServicer_to_server(IdleServicer(), server)
port = server.add_insecure_port("localhost:0")
server.start()
tops = [Top(maybe=1), Top(maybe=2)]
with grpc.insecure_channel(f"localhost:{port}") as channel:
    stub = CallsStub(channel)
    assert stub.One(Top(), timeout=20) == odd_shop_client.Empty()
    assert [each.color for each in stub.Out(Top.In(), timeout=20)] == [2, 0]
    assert stub.In(iter(tops), timeout=20).maybe == 2
    assert list(stub.Both(iter(tops), timeout=20)) == tops
    assert stub.import_(tops[0], timeout=20) == tops[0]

async def ask():
    async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
        stub = CallsAsyncStub(channel)
        assert await stub.import_(tops[1], timeout=20) == tops[1]
        assert [each.color async for each in stub.Out(Top.In(), timeout=20)] == [2, 0]
        assert (await stub.In(iter(tops), timeout=20)).maybe == 2

asyncio.run(ask())
server.stop(None)
print("done")
"""


def write_protos(root: Path) -> None:
    for name, text in PROTOS.items():
        path = root / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "recipe.yaml").write_text(RECIPE)


def options(root: Path) -> list[str]:
    recipe = str(root / "recipe.yaml")
    return ["--lang", "python", "--source", "folder", "--recipe", recipe, "--repo", f"api={root / 'api'}"]


@pytest.fixture
def generated(command: Command, tmp_path: Path) -> Path:
    write_protos(tmp_path)
    ended = command("--version", "1.0", *options(tmp_path))
    assert ended.code == 0, ended.err
    return Path("gen/python").absolute()


@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_odd_protos_work(generated: Path, implementation: str, tmp_path: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(generated / 'src')!r})\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.strip() == "done", done.stderr


def test_the_project_is_complete(generated: Path) -> None:
    root = generated / "src" / "odd_shop_client"
    assert {str(path.relative_to(root)) for path in root.rglob("*.py*")} >= {
        *("__init__.py", "__init__.pyi", "_pool.py", "top_pb2.py", "top_pb2.pyi", "odd/__init__.py"),
        *("odd/class_/in_voice_pb2.py", "odd/calls_pb2_grpc.py", "odd/calls_pb2_grpc.pyi"),
        *("google/protobuf/any_pb2.py", "google/protobuf/struct_pb2.pyi"),
    }
    assert (root / "py.typed").read_bytes() == b""
    assert not list(root.rglob("in_voice_pb2_grpc*"))
    for path in root.rglob("*.py*"):
        compile(path.read_text(), str(path), "exec")
    stub = (root / "odd/class_/in_voice_pb2.pyi").read_text()
    assert '"""An invoice, whose comment ends with "quotes"\n' in stub
    assert '"""Ends with a backslash \\\\"""' in stub
    readme = (generated / "README.md").read_text()
    assert "print(CallsStub(channel).One(Top(), timeout=10))" in readme
    assert "take the classes from\n  `odd_shop_client.google.protobuf`" in readme
    assert (generated / "LICENSE.protobuf").is_file()


def test_a_second_run_changes_nothing(generated: Path, command: Command, tmp_path: Path) -> None:
    ended = command("--version", "1.0", *options(tmp_path))
    assert ended.code == 0
    assert "unchanged" in ended.err


def test_settings_name_the_package(command: Command, tmp_path: Path) -> None:
    write_protos(tmp_path)
    names = ["--python-package", "mine", "--python-distribution", "my.dist"]
    ended = command("--version", "1.0", *options(tmp_path), *names)
    assert ended.code == 0, ended.err
    assert Path("gen/python/src/mine/top_pb2.py").is_file()
    assert 'name = "my.dist"\n' in Path("gen/python/pyproject.toml").read_text()
    for flags in (["--python-package", "odd"], ["--python-distribution", "-x"]):
        ended = command("--version", "1.0", *options(tmp_path), *flags)
        assert ended.code == 2
        assert flags[0] in ended.err
