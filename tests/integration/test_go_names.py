"""Protos whose Go names meet: refused with both places, before any tool is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support import plain

GREETER = "package p;\nmessage M {}\nservice Greeter {\n  rpc Get(M) returns (M);\n}\n"


@pytest.mark.parametrize(
    ("text", "name", "lines"),
    [
        ("package p;\nmessage foo_bar {}\nmessage FooBar {}\n", "FooBar", (3, 4)),
        (f"{GREETER}message GreeterClient {{}}\n", "GreeterClient", (7, 4)),
        ("package p;\nenum E {\n  name = 0;\n  other = 1;\n}\n", "E_name", (4, 3)),
        ("package p;\nenum E {\n  other = 0;\n  value = 1;\n}\n", "E_value", (5, 3)),
        (
            "package p;\nmessage M {}\nservice S {\n  rpc GetThing(M) returns (M);\n"
            "  rpc get_thing(M) returns (M);\n}\n",
            "S_GetThing_FullMethodName",
            (5, 6),
        ),
        ("package p;\nmessage M {\n  string proto_reflect = 1;\n}\n", "M.ProtoReflect", (3, 4)),
    ],
)
def test_names_that_meet_in_one_file_end_with_both_lines(
    text: str, name: str, lines: tuple[int, int], command: Command, tmp_path: Path
) -> None:
    ended = command(*plain.options(tmp_path, {"x/a.proto": text}), "--lang", "go")
    assert ended.code == 5, ended.err
    assert f"would both be {name}" in ended.err
    assert "where: x/a.proto:{} and x/a.proto:{}".format(*lines) in ended.err
    assert not Path("gen").exists()


def test_a_message_set_is_refused_by_its_line(command: Command, tmp_path: Path) -> None:
    text = 'syntax = "proto2";\nmessage M {\n  message Set {\n    option message_set_wire_format = true;\n'
    options = plain.options(tmp_path, {"x/a.proto": f"{text}    extensions 4 to max;\n  }}\n}}\n"})
    ended = command(*options, "--lang", "go,python")
    assert ended.code == 5
    assert "M.Set is a message set" in ended.err
    assert "where: x/a.proto:3" in ended.err
    assert "generate the other languages" in ended.err
    assert command(*options, "--lang", "python").code == 0


def test_fields_that_the_plugin_of_stubs_takes_for_one_are_refused_where_a_service_needs_them(
    command: Command, go_tools: list[str], tmp_path: Path
) -> None:
    message = "package p;\nmessage M {\n  string foo_bar = 1;\n  string FooBar = 2;\n}\n"
    service = 'package p;\nimport "x/a.proto";\nservice S { rpc Get(M) returns (M); }\n'
    options = plain.options(tmp_path, {"x/a.proto": message, "y/b.proto": service})
    ended = command(*options, "--lang", "go", *go_tools)
    assert ended.code == 5
    assert "takes M.foo_bar and M.FooBar for one field" in ended.err
    assert "where: x/a.proto:4 and x/a.proto:5" in ended.err
    assert "protoc-gen-go-grpc: v1.6.0 in languages.go.tools" in ended.err

    options = plain.options(tmp_path / "alone", {"x/a.proto": message})
    assert command(*options, "--lang", "go", *go_tools).code == 0


def test_the_other_languages_are_a_command_away(command: Command, tmp_path: Path) -> None:
    options = plain.options(tmp_path, {"x/a.proto": "package p;\nmessage foo_bar {}\nmessage FooBar {}\n"})
    ended = command(*options, "--lang", "go,python")
    assert ended.code == 5
    assert "or make the others: --lang python" in ended.err
    assert command(*options, "--lang", "python").code == 0


STATUS = """\
syntax = "proto3";
package google.rpc;
import "google/protobuf/any.proto";
message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; %s }
"""
BINARYLOG = "package grpc.binarylog.v1;\nmessage M {}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("google/rpc/status.proto", STATUS.replace("string message = 2", "bytes message = 2") % ""),
        ("grpc/binlog/v1/binarylog.proto", BINARYLOG),
    ],
)
def test_what_grpc_registers_otherwise_is_refused(
    path: str, text: str, command: Command, tmp_path: Path
) -> None:
    ended = command(*plain.options(tmp_path, {path: text}), "--lang", "go")
    assert ended.code == 5
    assert "A program with both ends at start" in ended.err
    assert f"where: {path}" in ended.err


def test_what_grpc_registers_is_not_generated_and_what_others_carry_is_said(
    command: Command, go_tools: list[str], tmp_path: Path
) -> None:
    options = plain.options(
        tmp_path,
        {
            "google/rpc/status.proto": STATUS % "",
            "google/api/label.proto": "package google.other;\nmessage Label {}\n",
            "p/a.proto": 'package p;\nimport "google/rpc/status.proto";\nimport "google/api/label.proto";\n'
            "message M { google.rpc.Status status = 1; google.other.Label label = 2; }\n",
        },
    )
    ended = command(*options, "--lang", "go", "--go-module", "example.com/m", *go_tools)
    assert ended.code == 0, ended.err
    assert (
        "google/api/label.proto of this module is in google.golang.org/genproto/googleapis/api too"
        in ended.err
    )
    written = {path.relative_to("gen/go").as_posix() for path in Path("gen/go").rglob("*.pb.go")}
    assert {"p/a.pb.go", "google/api/label.pb.go"} <= written
    assert not any("status" in path for path in written)
    readme = Path("gen/go/README.md").read_text()
    assert "| `google/rpc/status.proto` | `google.golang.org/genproto/googleapis/rpc/status` |" in readme
    assert "`google.golang.org/genproto/googleapis/api` carries protos of this module too: `google/" in readme
