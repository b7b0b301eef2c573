"""Protos that use all that the language of protos has, for what prints them: `{path: text}` a set."""

from __future__ import annotations

from typing import Final

_PROTO2 = r"""
// A license,

// and another paragraph.

/* The syntax. */
syntax = "proto2"; // behind it

// Apart from the package.

// The package.
package odd.two;

// An import.
import public "odd/other.proto"; // public
import weak "odd/weak.proto";

// An option.
option java_package = "x.\"y\"\\";
option optimize_for = CODE_SIZE;
option deprecated = false;

// A message.
message Two { // behind the brace
  // A field,
  // in two lines.
  required int32 number = 1 [default = -7, deprecated = true]; // behind the field

  // Detached.

  /* A block
   * of lines */
  optional string text = 2 [default = "a\"b\\c\n\001\303\244 'd'", json_name = "Text!"];
  /* behind it, on a line of its own */

  optional bytes raw = 3 [default = "\000\377\"\\?"];
  optional float f1 = 4 [default = inf];
  optional float f2 = 5 [default = -inf];
  optional double d1 = 6 [default = nan];
  optional double d2 = 7 [default = 1e100];
  optional double d3 = 8 [default = -0.1];
  optional bool b = 9 [default = true];
  optional Kind kind = 10 [default = B];
  optional uint64 big = 11 [default = 18446744073709551615];
  optional int64 small = 12 [default = -9223372036854775808];
  // A group.
  optional group Part = 13 { // behind the group's brace
    optional int32 size = 1;
    // Within it.
    repeated group Deeper = 2 [deprecated = true] { optional int32 x = 1; }
  }
  message Before {}
  map<string, Nested> by_name = 14 [deprecated = true];
  // Nested.
  message Nested {
    enum Inner { option allow_alias = true; X = 0; Y = 0; Z = -1 [deprecated = true]; }
    optional Inner inner = 1;
  }
  // One of them.
  oneof choice { // behind the oneof
    // Its field.
    string one = 15;
    group Other = 16 { optional bool yes = 1; }
    Nested.Inner inner = 17;
  }
  // A range.
  extensions 100, 110 to 198; // behind the range
  // Another.
  extensions 1000 to max;
  // With long options.
  optional group Long = 200 [
    json_name = "a name that is so long that a line takes one option only",
    deprecated = true
  ] { optional int32 x = 1; } // behind the long options' brace
  // Numbers.
  reserved 50, 60 to 69;
  reserved 70; // behind the number
  // Names.
  reserved "gone", "not a name";
  reserved "gone_too";
  repeated int32 packed_ones = 18 [packed = true];
  optional string ____odd_ = 19;
  optional string fooBar2_3 = 20 [json_name = "other"];
  extend Two { optional group Early = 198 {} }
  map<int32, Nested> by_number = 21;
  extend Two { optional group Late = 197 {} }
  // Within a message.
  extend Two { // behind extend
    // An extension.
    optional Two inside = 100;
    repeated group Made = 110 { optional int32 y = 1; }
  }
}

// Extensions.
extend Two {
  optional int32 first = 111 [default = 3];
  // The second.
  optional odd.Other second = 112;
}
extend .odd.two.Two { optional group Third = 1000 {} }
message Between {}
extend odd.two.Two { optional group Fourth = 1001 {} }
extend odd.Extendable { repeated string texts = 536870911; }

// A set of messages.
message Set { option message_set_wire_format = true; extensions 4 to max; }
message InSet { extend Set { optional InSet in_set = 2147483646; } optional string s = 1; }

// An enum.
enum Kind { // behind the enum
  // A value.
  A = 0x10; // behind the value
  B = -2147483648;
  // Reserved.
  reserved 1, 3 to 5, 100 to max;
  reserved -5 to -1;
  reserved "C";
}

// A service.
service Greeter { // behind the service
  option deprecated = true;
  // A method.
  rpc Get(Two) returns (stream odd.Other); // behind the method
  // With options.
  rpc Put(stream Set) returns (stream Two) { option idempotency_level = IDEMPOTENT; }
  rpc Empty(Two) returns (Set) {}
}
// At the end.
"""
_OTHER = """
syntax = "proto3";
package odd;
message Other { optional int32 x = 1; string y = 2; optional Other other = 3; repeated int32 xs = 4; }
"""
_WEAK = """
syntax = "proto2";
package odd;
message Extendable { extensions 1 to max; }
"""

_SHADOWS = """
syntax = "proto2";
package a.b.a;
import "shadows/top.proto";
message M {
  message a { message M {} }
  optional .a.b.a.M first = 1;
  optional a.M second = 2;
  optional M M = 3;
  optional .a.N third = 4;
  optional .a.b.N fourth = 5;
  optional b.N fifth_b = 14;
  optional .message.string fifth = 6;
  optional .message sixth = 7;
  optional string string = 8;
  oneof N { .a.b.N seventh = 9; .repeated eighth = 10; }
  message b { message N {} }
  optional .map map = 11;
  map<string, .stream> value = 12;
  map<string, .value> key = 13;
}
service M2 { rpc M(.a.b.a.M) returns (stream .stream); rpc N(.a.b.N) returns (.a.N); }
"""
_SHADOWED = """
syntax = "proto2";
import public "shadows/a.proto";
import public "shadows/ab.proto";
message message { message string {} enum int32 { option_ = 0; } }
message repeated {}
message stream { optional .message.int32 number = 1; extensions 5; }
message map {}
message value {}
extend .stream { optional .message stream_ = 5; }
"""

_CUSTOM = r"""
syntax = "proto3";
package custom.v1;
import "custom/options.proto";
import "google/protobuf/any.proto";
import "google/protobuf/descriptor.proto";
// Of the file.
option (custom.file) = "for \"files\" ä \177";
option (custom.tree) = {
  name: "root"
  numbers: [1, -2, 3]
  children { name: "child" children {} ratio: inf }
  children { name: 'x' "y" kind: TWO raw: "\377\000" }
  by_name { key: "k" value { name: "v" } }
  by_name { key: "a" value { big: 18446744073709551615 small: -9223372036854775808 } }
  [custom.deep] { name: "extended" }
  [custom.Tree.number]: -7
  Group { x: 1 }
  any { [type.googleapis.com/custom.Tree] { name: "packed" } }
  one: 1.5
  set { [custom.InSet] { text: "in a set" } }
};
message M {
  // Of the message.
  option (.custom.v1.message) = true;
  option (custom.many) = 1;
  option (custom.many) = 2;
  string x = 1 [(custom.field) = -1.5, (custom.kind) = TWO, json_name = "X", deprecated = true];
  string y = 2 [(custom.field) = nan];
  string z = 3 [(custom.field) = -inf, (custom.tree_of_field) = { name: "z" children: { name: "zz" } }];
  double w = 4 [(custom.exact) = 1e22, (custom.single) = 0.1, (custom.fixed) = 4294967295];
  oneof o { option (custom.oneof) = "o"; int32 i = 5 [(custom.raw) = "\001\002"]; }
  extend google.protobuf.MessageOptions { optional bool inner = 50010; }
  option (M.inner) = false;
}
extend google.protobuf.MessageOptions { bool message = 50011; }
enum E {
  option (custom.enum) = E_ONE_NAME;
  ZERO = 0 [(custom.value) = { name: "zero" }];
}
service S {
  option (custom.service).name = "piecewise";
  option (custom.service).kind = TWO;
  option (custom.service).children = { name: "c" };
  rpc Get(M) returns (M) { option (custom.method) = { }; option (custom.method).name = "m"; }
  rpc List(M) returns (M) { option idempotency_level = NO_SIDE_EFFECTS; option (custom.number) = 0x7f; }
}
message Shadow {
  message custom { message v1 {} }
  option (.custom.v1.message) = true;
  custom.v1 x = 1 [(.custom.field) = 2];
}
"""
_CUSTOM_OPTIONS = """
syntax = "proto2";
package custom;
import "google/protobuf/descriptor.proto";
import "google/protobuf/any.proto";
enum Kind { ONE = 1; TWO = 2; E_ONE_NAME = 3; }
message Set { option message_set_wire_format = true; extensions 4 to max; }
message InSet { extend Set { optional InSet in_set = 50; } optional string text = 1; }
message Tree {
  optional string name = 1 [default = "back\\\\slash"];
  repeated int32 numbers = 2;
  repeated Tree children = 3;
  optional float ratio = 4;
  optional Kind kind = 5;
  optional bytes raw = 6;
  map<string, Tree> by_name = 7;
  optional uint64 big = 8;
  optional int64 small = 9;
  optional group Group = 10 { optional int32 x = 1; }
  optional google.protobuf.Any any = 11;
  oneof choice { double one = 12; bool two = 13; }
  optional Set set = 14;
  extensions 100 to 200;
  extend Tree { optional sint32 number = 101; }
}
extend Tree { optional Tree deep = 100; }
extend google.protobuf.FileOptions { optional string file = 50001; optional Tree tree = 50002; }
extend google.protobuf.MessageOptions { repeated int32 many = 50003; }
extend google.protobuf.FieldOptions {
  optional double field = 50001;
  optional Kind kind = 50002;
  optional Tree tree_of_field = 50003;
  optional double exact = 50004;
  optional float single = 50005;
  optional fixed32 fixed = 50006;
  optional bytes raw = 50007;
}
extend google.protobuf.OneofOptions { optional string oneof = 50001; }
extend google.protobuf.EnumOptions { optional Kind enum = 50001; }
extend google.protobuf.EnumValueOptions { optional Tree value = 50001; }
extend google.protobuf.ServiceOptions { optional Tree service = 50001; }
extend google.protobuf.MethodOptions { optional Tree method = 50001; optional uint32 number = 50002; }
extend google.protobuf.ExtensionRangeOptions { optional string range = 50001; }
message Ranges { extensions 1 to 5, 7 [(range) = "r"]; extensions 8 [verification = UNVERIFIED]; }
"""

_EDITION = """
edition = "2023";
package edition;
import "google/protobuf/cpp_features.proto";
import "google/protobuf/go_features.proto";
option features.field_presence = IMPLICIT;
option features.(pb.cpp).legacy_closed_enum = true;
option features.(pb.go).api_level = API_OPAQUE;
message M {
  option features.(pb.go).api_level = API_HYBRID;
  option features.json_format = LEGACY_BEST_EFFORT;
  int32 implicit = 1;
  string explicit = 2 [features.field_presence = EXPLICIT, default = "x"];
  int32 required = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 expanded = 4 [features.repeated_field_encoding = EXPANDED];
  Part part = 5 [features.message_encoding = DELIMITED];
  message Part { int32 x = 1; }
  map<string, Part> parts = 6 [features.utf8_validation = NONE];
  reserved gone, also_gone;
  reserved 100 to max;
  oneof o {  int32 a = 7; Part b = 8; }
}
enum E { option features.enum_type = CLOSED; ONE = 1; reserved GONE; reserved -1, 7 to max; }
"""

SETS: Final[dict[str, dict[str, str]]] = {
    "proto2": {"odd/two.proto": _PROTO2, "odd/other.proto": _OTHER, "odd/weak.proto": _WEAK},
    "shadows": {
        "shadows/m.proto": _SHADOWS,
        "shadows/top.proto": _SHADOWED,
        "shadows/a.proto": 'syntax = "proto3";\npackage a;\nmessage N {}\n',
        "shadows/ab.proto": 'syntax = "proto3";\npackage a.b;\nmessage N {}\n',
    },
    "options": {"custom/v1/m.proto": _CUSTOM, "custom/options.proto": _CUSTOM_OPTIONS},
    "edition": {"edition/m.proto": _EDITION},
    "2024": {
        "new/m.proto": """
edition = "2024";
package new;
import option "new/options.proto";
// Of a style that the edition refuses.
option features.enforce_naming_style = STYLE_LEGACY;
option features.default_symbol_visibility = EXPORT_ALL;
option (new.owner) = "me";
message lower_case { message Inner { enum Deep { ZERO = 0; } } local message Hidden {} }
local enum E { export_ = 0; }
""",
        "new/user.proto": """
edition = "2024";
package new;
import "new/m.proto";
export message User { lower_case.Inner inner = 1; lower_case.Inner.Deep deep = 2; }
""",
        "new/options.proto": """
edition = "2024";
package new;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FileOptions { string owner = 50001; }
""",
    },
    "nothing": {"nothing.proto": ""},
}
"""By what they are about."""
