"""Options of other tools are left out, and messages on the wire stay what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool

from tests.integration.conftest import Command
from tests.support import plain

# Shaped like containerd's, Temporal's and grpc-gateway's.
GOGO = """\
syntax = "proto2";
package gogoproto;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { optional bool nullable = 65001; optional string customname = 65004; }
extend google.protobuf.MessageOptions { optional bool equal = 64013; }
extend google.protobuf.FileOptions { optional bool goproto_registration = 63032; }
extend google.protobuf.EnumOptions { optional bool goproto_enum_prefix = 62001; }
extend google.protobuf.EnumValueOptions { optional string enumvalue_customname = 66001; }
"""
OPENAPI = """\
syntax = "proto3";
package gateway.openapiv2.options;
import "google/protobuf/descriptor.proto";
import "openapi/types.proto";
extend google.protobuf.MethodOptions { Operation operation = 1042; }
"""
TYPES = """\
syntax = "proto3";
package gateway.openapiv2.options;
message Operation { string summary = 1; double weight = 2; repeated string tags = 3; }
"""
KEPT = """\
syntax = "proto3";
package kept;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { fixed64 mark = 50001; }
"""
API = """\
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "gogo.proto";
import "kept.proto";
import "openapi/annotations.proto";
option (gogoproto.goproto_registration) = true;
// What is ordered.
message Order {
  option (gogoproto.equal) = true;
  // When.
  google.protobuf.Timestamp at = 1 [(gogoproto.nullable) = false, (kept.mark) = 7];
  repeated sint64 numbers = 2 [(gogoproto.customname) = "Numbers"];
  map<string, Kind> kinds = 3;
  oneof how { bytes raw = 4; double price = 5 [deprecated = true]; }
  enum Kind {
    option (gogoproto.goproto_enum_prefix) = false;
    NONE = 0 [(gogoproto.enumvalue_customname) = "No"];
    SOME = 1;
  }
}
service Shop {
  rpc Buy(Order) returns (Order) {
    option (gateway.openapiv2.options.operation) = { summary: "Buy" weight: 1.5 tags: ["a", "b"] };
  }
}
"""
PROTOS = {
    "shop/v1/shop.proto": API,
    "gogo.proto": GOGO,
    "openapi/annotations.proto": OPENAPI,
    "openapi/types.proto": TYPES,
    "kept.proto": KEPT,
}


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    given = plain.options(tmp_path, PROTOS)
    recipe = tmp_path / "plain.yaml"
    recipe.write_text(recipe.read_text().replace("**/*.proto", "shop/**/*.proto"))
    return given


def strip(options: list[str], *packages: str) -> list[str]:
    """The options, with a recipe that strips the packages."""
    recipe = Path(options[options.index("--recipe") + 1])
    new = recipe.with_name("stripped.yaml")
    new.write_text(f"{recipe.read_text()}strip_options: [{', '.join(packages)}]\n")
    return [str(new) if each == str(recipe) else each for each in options]


def compiled(folder: str) -> FileDescriptorSet:
    return FileDescriptorSet.FromString(Path(folder, "proto/plain.protoset").read_bytes())


def order(made: FileDescriptorSet) -> Any:
    """An order with every field set, of the set's own classes."""
    pool = DescriptorPool()
    for file in made.file:
        pool.Add(file)
    message: Any = message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.v1.Order"))()
    message.at.seconds = 5
    message.numbers.extend([-1, 2**40])
    message.kinds["a"] = 1
    message.price = 0.1
    return message


def test_options_and_what_only_they_need_go_and_the_wire_stays(command: Command, options: list[str]) -> None:
    assert command(*options, "--lang", "proto", "--out", "whole").code == 0
    given = strip(options, "gogoproto", "gateway.openapiv2")
    ended = command(*given, "--lang", "proto", "--out", "bare", "--verify")
    assert ended.code == 0, ended.err
    whole, bare = compiled("whole"), compiled("bare")
    names = [file.name for file in bare.file]
    google = [f"google/protobuf/{name}.proto" for name in ("timestamp", "descriptor")]
    assert sorted(names) == sorted([*google, "kept.proto", "shop/v1/shop.proto"])
    assert {file.name for file in whole.file} == {
        *names,
        "gogo.proto",
        *(each for each in PROTOS if "openapi" in each),
    }
    one, other = order(whole), order(bare)
    assert one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)
    assert type(other).FromString(one.SerializeToString()) == other
    text = Path("bare/proto/proto/shop/v1/shop.proto").read_text()
    assert "gogo" not in text
    assert "openapi" not in text
    assert "// What is ordered." in text
    assert "(kept.mark) = 7" in text
    assert "deprecated = true" in text
    # What loses nothing stays as it is written.
    assert Path("bare/proto/proto/kept.proto").read_text() == KEPT


@pytest.mark.slow
def test_code_is_made_without_them_and_checked_and_locked(command: Command, options: list[str]) -> None:
    given = strip(options, "gogoproto", "gateway")
    ended = command("lock", *given, "--lang", "python")
    assert ended.code == 0, ended.err
    ended = command(*given, "--lang", "python", "--verify", "--locked")
    assert ended.code == 0, ended.err
    made = [path.name for path in Path("gen/python").rglob("*.py")]
    assert "shop_pb2.py" in made
    assert not any("gogo" in name or "annotations" in name for name in made)
    assert command("check", *given, "--lang", "python").code == 0
    assert "6 protos" not in ended.err


def test_a_misspelled_package_is_told(command: Command, options: list[str]) -> None:
    ended = command(*strip(options, "gogo"), "--lang", "proto")
    assert ended.code == 0, ended.err
    assert "strip_options names gogo, and no proto is of that package; gogoproto has options" in ended.err
    ended = command(*strip(options, "envoy"), "--lang", "proto")
    assert "strip_options" not in ended.err


@pytest.mark.parametrize("package", ["a/b", "google.protobuf", "1x", ""])
def test_what_is_no_package_is_refused(package: str, command: Command, options: list[str]) -> None:
    ended = command("recipe", "validate", strip(options, f"'{package}'")[3])
    assert ended.code == 2
    assert "strip_options[0]" in ended.out
