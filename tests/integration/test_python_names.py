"""Names that mean something to Python, as the protos have them: packages work, or the run ends with 5."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.integration.test_odd_protos import plain
from tests.support import python_names
from tests.support.hostile_protos import drawn

PROTOS: dict[str, str | bytes | None] = {
    "a/none.proto": """
syntax = "proto3"; package a;
message None { string a = 1; None again = 2; message class { string from = 1; } class in = 3; }
enum import { ZERO = 0; True = 1; }
message Outer {
  enum class { A = 0; pass = 1; }
  message import { class held = 1; }
  message FromString { int32 x = 1; }
  enum SerializeToString { B = 0; }
  message __init__ {}
  string __new__ = 1;
  string HasField = 2;
  string Extensions = 3;
  string DESCRIPTOR = 4;
  FromString part = 5;
}
enum Kind { Name = 0; Value = 1; keys = 2; items = 3; values = 4; DESCRIPTOR = 5; mro = 6; V = 7; }
message globals {}
message GreeterStub {}
message __Private { __Private __x = 1; }
service S {
  rpc Get(None) returns (None);
  rpc import(Outer.import) returns (Outer.FromString);
  rpc __init__(__Private) returns (globals);
  rpc __Hidden(__Private) returns (GreeterStub);
}
service SAsync { rpc Get(None) returns (None.class); }
""",
    "a/taken.proto": """
syntax = "proto3"; package b;
import public "a/none.proto";
message None { a.None other = 1; }
message importlib {}
message getattr {}
service Greeter { rpc import(a.None.class) returns (getattr); }
""",
    "_3d.proto": 'syntax = "proto3"; message _3d {} service None { rpc None(_3d) returns (_3d); }',
    "a/__init__.proto": 'syntax = "proto3"; package c; message __all__ {} message __name__ {}',
    "_pool.proto": 'syntax = "proto3"; message _pool {}',
    "importlib/getattr.proto": 'syntax = "proto3"; message descriptor_pool {}',
    "descriptor_pool/keyword.proto": 'syntax = "proto3"; package d; message keyword_pb2 {}',
    "keyword.proto": 'syntax = "proto3"; package e; message str {}',
    "a/none/more.proto": 'syntax = "proto3"; package f; message none_pb2 {}',
    "google/own.proto": 'syntax = "proto3"; package google; message int { int int = 1; }',
}

PROGRAM = r"""
import importlib, inspect, pkgutil, sys
import odd_client
from odd_client.a import none_pb2, none_pb2_grpc, taken_pb2

for each in pkgutil.walk_packages(odd_client.__path__, "odd_client."):
    importlib.import_module(each.name)
for name in odd_client.__all__:
    assert getattr(odd_client, name) is not None
assert "descriptor_pool" in odd_client.__all__ and odd_client.descriptor_pool.FindFileByName("_3d.proto")

none = getattr(none_pb2, "None")
assert none is none_pb2.None_ and none.FromString(none(a="x").SerializeToString()).a == "x"
assert none.class_ is getattr(none, "class") and none.class_(**{"from": "y"}).SerializeToString()
assert none_pb2.import_.Value("True") == none_pb2.True_ == 1
assert none_pb2.Outer.class_.Value("pass") == none_pb2.Outer.pass_ == 1
outer = none_pb2.Outer.FromString(none_pb2.Outer(part={"x": 3}).SerializeToString())
assert outer.part == none_pb2.Outer.FromString_(x=3)
assert none_pb2.Outer.SerializeToString_.Value("B") == 0 and none_pb2.Outer.__init___()
assert none_pb2.Kind.Name(5) == "DESCRIPTOR" and none_pb2.Kind.V == 7 and none_pb2.mro == 6
# What a file declares comes before what it imports publicly.
assert taken_pb2.None_.DESCRIPTOR.full_name == "b.None" and taken_pb2.globals is none_pb2.globals
from odd_client.a import __init___pb2
assert __init___pb2.__all___.DESCRIPTOR.full_name == "c.__all__"
assert __init___pb2.__name__ == "odd_client.a.__init___pb2"

class Channel:
    def __init__(self): self.routes = []
    def unary_unary(self, route, request_serializer, response_deserializer):
        self.routes.append(route)
        response_deserializer(b"")

channel = Channel()
stub = none_pb2_grpc.SStub(channel)
assert channel.routes == ["/a.S/Get", "/a.S/import", "/a.S/__init__", "/a.S/__Hidden"]
assert sorted(vars(stub)) == ["Get", "__Hidden__", "__init___", "import_"]
assert none_pb2_grpc.SAsyncStub(channel) and channel.routes[4:] == ["/a.SAsync/Get"]
assert issubclass(none_pb2_grpc.SAsyncStub_, none_pb2_grpc.SStub)

class Serves(none_pb2_grpc.SServicer):
    def __Hidden__(self, request, context): return none_pb2.GreeterStub()
    def __init___(self, request, context): return none_pb2.globals()

class Server:
    def add_generic_rpc_handlers(self, handlers): self.handlers = handlers

server = Server()
none_pb2_grpc.add_SServicer_to_server(Serves(), server)
print("done")
"""


@pytest.fixture
def generated(command: Command, tmp_path: Path) -> Path:
    ended = command(*plain(tmp_path, PROTOS), "--lang", "python")
    assert ended.code == 0, ended.err
    return Path("gen/python").absolute()


@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_whatever_protobuf_can_hold_works(generated: Path, implementation: str, tmp_path: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(generated / 'src')!r})\n{PROGRAM}"
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.strip() == "done", done.stderr


def test_stubs_are_python_and_the_readme_uses_what_is_there(generated: Path) -> None:
    for path in generated.rglob("*.py*"):
        compile(path.read_bytes(), str(path), "exec")
    root = (generated / "src/odd_client/__init__.pyi").read_text()
    assert "__version__: _builtins.str\n" in root
    assert "as str\n" in root
    assert "importlib" not in root
    readme = (generated / "README.md").read_text()
    blocks = [block.partition("```")[0] for block in readme.split("```python\n")[1:]]
    assert len(blocks) == 2
    assert "`None.class` is `None_.class_`" in readme
    assert "`S.import` is `S.import_`" in readme
    for block in blocks:
        ast.parse(block)
    # The first RPC of the first file.
    assert "from odd_client import NoneStub\nfrom odd_client._3d_pb2 import _3d\n" in blocks[0]
    assert "print(NoneStub(channel).None_(_3d(), timeout=10))" in blocks[0]


def test_the_readmes_example_hides_nothing_of_its_own(command: Command, tmp_path: Path) -> None:
    text = 'syntax = "proto3"; message grpc {} service S { rpc import(grpc) returns (grpc); }'
    ended = command(*plain(tmp_path, {"a.proto": text}), "--lang", "python")
    assert ended.code == 0, ended.err
    readme = Path("gen/python/README.md").read_text()
    assert "import grpc\nfrom odd_client import SStub, grpc as grpcMessage\n" in readme
    assert "print(SStub(channel).import_(grpcMessage(), timeout=10))" in readme


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("message M {\n  int32 __class__ = 1;\n}", "M.__class__", 3),
        ("message M {\n  message N {\n    message _fields {}\n  }\n}", "M.N._fields", 4),
        (
            "message M {\n  oneof kind { int32 kind_ = 1; }\n}",
            "M.kind_ (line 3) is 'kind' in JSON, as M.kind (line 3)",
            0,
        ),
        ("message M {\n  enum E {\n    A = 0;\n    __mro__ = 1;\n  }\n}", "M.E.__mro__", 5),
    ],
)
def test_what_protobufs_own_python_cannot_hold_is_refused(
    command: Command, tmp_path: Path, text: str, path: str, line: int
) -> None:
    ended = command(*plain(tmp_path, {"o/a.proto": f'syntax = "proto3";\n{text}\n'}), "--lang", "python")
    assert ended.code == 5
    assert (f"{path} in o/a.proto:{line} can't be" if line else path) in ended.err
    assert not Path("gen").exists()


@pytest.mark.parametrize(("implementation", "share"), [("upb", 1), ("python", 4)])
@pytest.mark.parametrize(
    "count", [20, pytest.param(python_names.count(120), marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_hostile_names_make_packages_that_work(
    tmp_path: Path, count: int, implementation: str, share: int
) -> None:
    sets = drawn(count // share, seed=share)
    made, refused = python_names.packages(sets, tmp_path)
    wrong = python_names.used(made, tmp_path, implementation)
    assert not wrong, "\n".join(wrong[:5])
    for error in refused:
        assert " can't be: of that name " in error.message or " in JSON, as " in error.message
    assert len(refused) <= len(sets) // 10 + 2
    for path in tmp_path.glob("n*/**/*.pyi"):
        compile(path.read_bytes(), str(path), "exec")


def test_the_campaign_finds_what_is_broken(tmp_path: Path) -> None:
    made, _ = python_names.packages([{"a.proto": 'syntax = "proto3"; message A { int32 x = 1; }'}], tmp_path)
    module = tmp_path / made[0] / "a_pb2.py"
    module.write_text(module.read_text().replace("globals()", "{}"))
    (wrong,) = python_names.used(made, tmp_path, "upb")
    assert "AssertionError: A" in wrong
