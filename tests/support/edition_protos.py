"""Protos in editions 2023 and 2024, which import each other and files of both syntaxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """\
schema: 1
name: edition-shop
title: The Edition Shop
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "eds/**/*.proto"}
"""
_SYNTAXES: Final = {
    "eds/two/old.proto": """\
syntax = "proto2";
package eds.two;
message Two {
  optional string name = 1;
  required int32 number = 2;
  optional group Part = 3 { optional int32 size = 1; }
  optional Kind kind = 4 [default = B];
  extensions 100 to 110;
}
enum Kind { A = 1; B = 2; }
""",
    "eds/three/new.proto": """\
syntax = "proto3";
package eds.three;
import "google/protobuf/timestamp.proto";
message Three {
  string name = 1;
  optional int32 number = 2;
  repeated int32 sizes = 3;
  google.protobuf.Timestamp at = 4;
}
""",
}
_2023 = """\
edition = "2023";
// All that a feature can say.
package eds.y23;
import "eds/two/old.proto";
import "eds/three/new.proto";
enum Color { option features.enum_type = CLOSED; RED = 1; BLUE = 2; }
enum Open { ZERO = 0; ONE = 1; }
message A {
  string explicit = 1;
  string implicit = 2 [features.field_presence = IMPLICIT];
  int32 required = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 packed = 4;
  repeated int32 expanded = 5 [features.repeated_field_encoding = EXPANDED];
  message Part { int32 x = 1; }
  Part part = 6 [features.message_encoding = DELIMITED];
  oneof pick { string text = 7; eds.two.Two two = 8; }
  map<string, Part> parts = 9;
  Open open = 10 [features.field_presence = IMPLICIT];
  Color color = 11;
  string raw = 12 [features.utf8_validation = NONE];
  eds.three.Three three = 13;
  extensions 100 to 200;
}
extend A {
  string extra = 100;
  A.Part extra_part = 102 [features.message_encoding = DELIMITED];
}
service Old { rpc Get(A) returns (A); rpc Watch(A) returns (stream eds.two.Two); }
"""
_IMPLICIT = """\
edition = "2023";
package eds.implicit;
option features.field_presence = IMPLICIT;
option features.enum_type = CLOSED;
option features.repeated_field_encoding = EXPANDED;
option features.message_encoding = DELIMITED;
message B {
  int32 number = 1;
  int32 known = 2 [features.field_presence = EXPLICIT];
  repeated int32 sizes = 3;
  message Part { int32 x = 1; }
  Part part = 4;
  map<int32, Part> parts = 5;
  oneof pick { int32 chosen = 6; }
}
"""
_2024 = """\
edition = "2024";
package eds.y24;
import "eds/y23/a.proto";
import option "eds/options/owner.proto";
option (eds.options.owner) = "me";
export message Request {
  string name = 1;
  eds.y23.A a = 2;
  local message Inner { int32 x = 1; }
  Inner inner = 3;
  map<string, int32> counts = 4;
  oneof pick { string text = 5; Level level = 6; }
}
enum Level { LEVEL_ZERO = 0; LEVEL_ONE = 1; }
message Reply { string text = 1 [features.field_presence = IMPLICIT]; Level level = 2; }
local message Hidden { int32 x = 1; }
service Greeter { rpc Greet(Request) returns (Reply); rpc Chat(stream Request) returns (stream Reply); }
"""
_OPTIONS = """\
edition = "2024";
package eds.options;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FileOptions { string owner = 50001; }
"""
PROTOS: Final = {
    "2023": {**_SYNTAXES, "eds/y23/a.proto": _2023, "eds/implicit/b.proto": _IMPLICIT},
    "2024": {
        **_SYNTAXES,
        "eds/y23/a.proto": _2023,
        "eds/implicit/b.proto": _IMPLICIT,
        "eds/y24/greeter.proto": _2024,
        "eds/options/owner.proto": _OPTIONS,
    },
}
"""By the highest edition of the set."""


def laid(folder: Path, edition: str) -> list[str]:
    """Write recipe and protos below the folder; the options that make protogen read them."""
    for name, text in PROTOS[edition].items():
        path = folder / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return ["--recipe", str(folder / "recipe.yaml"), "--source", "folder", "--repo", f"api={folder / 'api'}"]
