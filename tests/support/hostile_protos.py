"""Protos that are valid and hostile: what protoc takes, with names that generated code trips over.

A set is `{path: text}`. Names are keywords and runtime names of Go, Java and Python, and words that differ
by case, underscores, digits, or by what generators add to them, so that two of them often meet in code.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

Protos = dict[str, str]
T = TypeVar("T")

KEYWORDS = (
    # Go, with predeclared names.
    "break case chan const continue default defer else fallthrough for func go goto if import interface map "
    "package range return select struct switch type var nil true false iota append len string error any init "
    "main "
    # Java.
    "abstract assert boolean byte catch char class do double enum extends final finally float implements "
    "instanceof int long native new null private protected public short static strictfp super synchronized "
    "this throw throws transient try void volatile while record sealed yield "
    # Python.
    "None True False and as async await def del elif except from global in is lambda nonlocal not or pass "
    "raise with match print self "
    # Proto itself.
    "message service rpc returns stream option optional required repeated reserved extend extensions group "
    "oneof syntax package to max"
).split()
RUNTIME = (
    # Go: methods of messages and enums, imports and variables of generated files.
    "Reset String ProtoMessage ProtoReflect Descriptor Marshal Unmarshal ExtensionMap ExtensionRangeArray "
    "state sizeCache unknownFields XXX_unrecognized Enum Type Number EnumDescriptor UnmarshalJSON reflect "
    "sync proto protoimpl protoreflect grpc codes status context x mi ms file_a_proto_init File_a_proto "
    # Java: nested classes, methods of messages, enums and builders, classes of the language.
    "Object Class Integer Builder builder Parser parser descriptor internal_static UNRECOGNIZED getClass "
    "hashCode equals serialized_size all_fields unknown_fields initialized default_instance "
    "message_or_builder Message Override Deprecated Iterable List Map java com io google Outer FooGrpc "
    # Python: methods of messages and enum wrappers, modules.
    "HasField ClearField SerializeToString ParseFromString FromString CopyFrom MergeFrom DESCRIPTOR "
    "Extensions ByteSize ListFields WhichOneof Name Value keys values items name value protobuf typing "
    "builtins sys grpcio __init__ __class__ __slots__ int32 bytes bool Any Timestamp datetime"
).split()
STEMS = ("foo", "bar", "foo_bar", "greeter", "a", "b1", "x_y_z", "get_foo", "text", "kind")
_DERIVED = (
    "{c} {s} {c} {s} {c} {s} {c} {s} {u} {l} _{s} {s}_ {c}_ {s}__x {s}_1 {s}1 {c}_{c} x{s} "
    # Go.
    "get_{s} Get{c} {c}Client {c}Server New{c}Client Unimplemented{c}Server Unsafe{c}Server "
    "Register{c}Server {c}_ServiceDesc {c}_name {c}_value is{c} is_{s} E_{c} Default_{c} "
    "{c}_Get_FullMethodName {c}_builder _{c}_Get_Handler set_{s} has_{s} clear_{s} which_{s} "
    # Java.
    "{s}_value {s}_bytes {s}_count {s}_list {s}_case {c}Case {c}OrBuilder {s}_builder {s}_map {c}Grpc "
    "{c}Proto {c}OuterClass {s}_or_builder add_{s} put_{s} {c}Entry "
    # Python.
    "{c}Stub {c}Servicer add_{c}Servicer_to_server {s}_pb2 {s}_FIELD_NUMBER __{s} _{u}"
).split()
_SCALARS = (
    "int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 float double bool string bytes"
).split()
_DEFAULTS = {"float": ("inf", "-inf", "nan", "1.5"), "double": ("nan", "2"), "bool": ("true",)}
_DEFAULTS |= {"string": ('"a"', '"\\""'), "bytes": ('"\\001"', '"b"')}
_KEYS = ("int32", "string", "bool")
# As messages, parameters and variables of generated code are called, among others.
_FOLDERS = ("", "a", "a", "b", "a/b", "a/internal", "b-c", "b_c", "x", "in", "Foo", "Greeter", "M")
_FILES = (
    "a",
    "foo",
    "foo_bar",
    "foo-bar",
    "foo.bar",
    "Foo",
    "import",
    "1",
    "x_linux",
    "foo_test",
    "foo_2_proto",
)
_PACKAGES = ("", "p", "p", "q", "p.q", "one.v1", "one.v2", "import.class", "None", "other.pkg")


@st.composite
def sets(draw: st.DrawFn, *, files: int = 3, editions: bool = False) -> Protos:
    """Sets of one to `files` protos; editions: some of them in edition 2023."""
    return _Drawing(lambda count: draw(st.integers(0, count - 1)), _syntaxes(editions=editions)).files(files)


def drawn(count: int, *, seed: int = 0, files: int = 3, editions: bool = False) -> list[Protos]:
    """That many sets, the same for a seed each time and quickly: for tests that judge batches."""
    chance = random.Random(seed)
    return [_Drawing(chance.randrange, _syntaxes(editions=editions)).files(files) for _ in range(count)]


def _syntaxes(*, editions: bool) -> Sequence[str]:
    return ("proto3", "proto3", "proto2", *(["2023"] if editions else []))


@dataclass
class _Scope:
    """A scope of proto names. prefix: with the dot at its end; json: of a message's fields."""

    prefix: str
    json: set[str] = field(default_factory=set)
    numbers: int = 0


@dataclass
class _Type:
    """A declared type that later fields may have; extendable: a proto2 message with a range."""

    name: str
    file: str
    is_enum: bool
    proto3: bool
    extendable: bool = False
    extended: int = 100


@dataclass
class _Drawing:
    """One set while it is drawn: which names are taken, and which types there are.

    pick: a number from 0 that is less than the one given.
    """

    pick: Callable[[int], int]
    syntaxes: Sequence[str]
    taken: dict[str, str] = field(default_factory=dict)
    types: list[_Type] = field(default_factory=list)
    visible: dict[str, set[str]] = field(default_factory=dict)
    public: dict[str, set[str]] = field(default_factory=dict)
    stems: list[str] = field(default_factory=list)
    folders: Sequence[str] = _FOLDERS
    plain: bool = False
    syntax: str = ""
    file: str = ""

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.pick(len(choices))]

    def chance(self, percent: int) -> bool:
        """True that often."""
        return self.pick(100) >= 100 - percent

    def times(self, most: int) -> range:
        """As often as drawn."""
        return range(self.pick(most + 1))

    def files(self, most: int) -> Protos:
        """The set."""
        self.stems = [self.one_of(STEMS) for _ in range(2)]
        self.plain = self.chance(40)
        if self.chance(40):
            self.folders = [self.one_of(_FOLDERS)]
        found: Protos = {}
        for _ in range(1 + self.pick(most)):
            folder = self.one_of(self.folders)
            path = f"{folder}/{self.one_of(_FILES)}.proto".lstrip("/")
            # File systems that ignore case would hold one of them only.
            if path.lower() not in map(str.lower, found):
                found[path] = self._file(path, list(found))
        return found

    def _file(self, path: str, earlier: Sequence[str]) -> str:
        self.file, self.syntax = path, self.one_of(self.syntaxes)
        package = self._package()
        lines = [f'edition = "{self.syntax}";' if self.syntax.isdigit() else f'syntax = "{self.syntax}";']
        if package:
            lines.append(f"package {package};")
        self.visible[path], self.public[path] = {path}, {path}
        for other in earlier:
            if self.chance(60):
                public = self.chance(20)
                lines.append(f'import {"public " if public else ""}"{other}";')
                self.visible[path] |= self.public[other]
                if public:
                    self.public[path] |= self.public[other]
        if self.chance(20):
            lines.append(f'option go_package = "example.com/x/{self.one_of(["one", "two;dos", "go"])}";')
        if self.chance(20):
            lines.append(f'option java_package = "{self.one_of(["com.x", "com.x.int_", "p"])}";')
        if self.chance(40):
            lines.append("option java_multiple_files = true;")
        scope = _Scope(f"{package}." if package else "")
        lines += self._message(scope, 0)
        for _ in self.times(3):
            kind = self.one_of(["message", "message", "enum", "service", "extend"])
            lines += {
                "message": lambda: self._message(scope, 0),
                "enum": lambda: self._enum(scope),
                "service": lambda: self._service(scope),
                "extend": lambda: self._extend(scope),
            }[kind]()
        return "\n".join(lines) + "\n"

    def _package(self) -> str:
        package = self.one_of(_PACKAGES)
        parts = package.split(".") if package else []
        prefixes = [".".join(parts[: n + 1]) for n in range(len(parts))]
        if any(self.taken.get(prefix, "package") != "package" for prefix in prefixes):
            return ""
        self.taken |= dict.fromkeys(prefixes, "package")
        return package

    def _name(self, scope: _Scope, *, plain: str = "", barred: Sequence[str] = ()) -> str:
        """A name that is free in the scope."""
        kind = self.pick(10)
        if self.plain and plain and kind < 5:
            name = plain
        elif kind < 3:
            name = self.one_of(KEYWORDS)
        elif kind < 5:
            name = self.one_of(RUNTIME)
        else:
            stem = self.one_of(self.stems)
            camel = "".join(part[:1].upper() + part[1:] for part in stem.split("_"))
            shape = self.one_of(_DERIVED)
            name = shape.format(s=stem, c=camel, u=stem.upper(), l=camel[0].lower() + camel[1:])
        number, free = 1, name
        while scope.prefix + free in self.taken or free in barred:
            number += 1
            free = f"{name}{number}"
        self.taken[scope.prefix + free] = "declared"
        return free

    def _message(self, scope: _Scope, depth: int) -> list[str]:
        name = self._name(scope, plain="M")
        proto2 = self.syntax == "proto2"
        own = _Scope(f"{scope.prefix}{name}.")
        declared = _Type(own.prefix[:-1], self.file, is_enum=False, proto3=self.syntax == "proto3")
        body = []
        if proto2 and self.chance(40):
            body.append("extensions 100 to 200;")
            declared.extendable = True
        self.types.append(declared)
        if depth < 2:
            for _ in self.times(2 if depth == 0 else 1):
                body += self._message(own, depth + 1) if self.chance(60) else self._enum(own)
        for _ in self.times(4):
            body += self._one_field(own)
        if depth < 2 and self.chance(15):
            body += self._extend(own)
        return [f"message {name} {{", *(f"  {line}" for line in body), "}"]

    def _one_field(self, scope: _Scope) -> list[str]:
        kind = self.one_of(["plain", "plain", "plain", "repeated", "optional", "map", "oneof"])
        if kind == "oneof":
            name = self._name(scope, plain="kind")
            fields = [self._field(scope, "") for _ in range(1 + len(self.times(2)))]
            return [f"oneof {name} {{", *(f"  {line}" for line in fields), "}"]
        if kind == "map":
            return [self._map(scope)]
        if self.syntax == "proto2" and self.chance(10):
            return self._group(scope)
        if self.syntax == "proto2":
            return [self._field(scope, "repeated " if kind == "repeated" else "optional ")]
        if self.syntax.isdigit():
            return [self._field(scope, "repeated " if kind == "repeated" else "")]
        return [self._field(scope, "" if kind == "plain" else f"{kind} ")]

    def _field_name(self, scope: _Scope, *, synthetic: bool = False) -> str:
        name = self._name(scope, plain="field")
        while _json_name(name) in scope.json or (synthetic and f"{scope.prefix}_{name}" in self.taken):
            name = self._name(scope, plain="field")
        scope.json.add(_json_name(name))
        if synthetic:
            self.taken[f"{scope.prefix}_{name}"] = "declared"
        return name

    def _field(self, scope: _Scope, label: str) -> str:
        type_, is_enum = self._type()
        synthetic = label == "optional " and self.syntax == "proto3"
        name = self._field_name(scope, synthetic=synthetic)
        scope.numbers += 1
        default = ""
        if (
            self.syntax == "proto2"
            and label == "optional "
            and type_ in _SCALARS
            and not is_enum
            and self.chance(30)
        ):
            default = f" [default = {self.one_of(_DEFAULTS.get(type_, ('7',)))}]"
        return f"{label}{type_} {name} = {scope.numbers}{default};"

    def _group(self, scope: _Scope) -> list[str]:
        """A message and a field in one; the field's name is the message's in lower case."""
        name = self._name(scope, plain="Group")
        field_name = name.lower()
        if (
            not name[0].isupper()
            or _json_name(field_name) in scope.json
            or scope.prefix + field_name in self.taken
        ):
            return []
        self.taken[scope.prefix + field_name] = "declared"
        scope.json.add(_json_name(field_name))
        scope.numbers += 1
        number = scope.numbers
        inner = self._field(_Scope(f"{scope.prefix}{name}."), "optional ")
        return [f"optional group {name} = {number} {{", f"  {inner}", "}"]

    def _map(self, scope: _Scope) -> str:
        name = self._field_name(scope)
        while scope.prefix + _entry_name(name) in self.taken:
            name = self._field_name(scope)
        self.taken[scope.prefix + _entry_name(name)] = "declared"
        scope.numbers += 1
        return f"map<{self.one_of(_KEYS)}, {self._type()[0]}> {name} = {scope.numbers};"

    def _type(self) -> tuple[str, bool]:
        """A scalar, or a type that the file sees; proto3 takes no closed enums."""
        seen = [
            each
            for each in self.types
            if each.file in self.visible[self.file]
            and not (each.is_enum and self.syntax == "proto3" and not each.proto3)
        ]
        if seen and self.chance(40):
            chosen = self.one_of(seen)
            return f".{chosen.name}", chosen.is_enum
        return self.one_of(_SCALARS), False

    def _enum(self, scope: _Scope) -> list[str]:
        name = self._name(scope, plain="E")
        values: list[str] = []
        lines = []
        for number in range(1 + len(self.times(3))):
            # The parser takes these two for statements.
            value = self._name(scope, plain="ZERO", barred=("option", "reserved"))
            if _stripped(value, name) in values:
                del self.taken[scope.prefix + value]
                continue
            values.append(_stripped(value, name))
            lines.append(f"  {value} = {number};")
        declared = _Type(scope.prefix + name, self.file, is_enum=True, proto3=self.syntax == "proto3")
        self.types.append(declared)
        return [f"enum {name} {{", *lines, "}"]

    def _service(self, scope: _Scope) -> list[str]:
        name = self._name(scope, plain="Greeter")
        own = _Scope(f"{scope.prefix}{name}.")
        messages = [
            each.name for each in self.types if not each.is_enum and each.file in self.visible[self.file]
        ]
        lines = []
        for _ in self.times(3):
            method = self._name(own, plain="Get")
            sides = [f"{'stream ' if self.chance(25) else ''}.{self.one_of(messages)}" for _ in range(2)]
            lines.append(f"  rpc {method}({sides[0]}) returns ({sides[1]});")
        return [f"service {name} {{", *lines, "}"]

    def _extend(self, scope: _Scope) -> list[str]:
        """Extensions of one message; nothing where there is none to extend."""
        known = [each for each in self.types if each.extendable and each.file in self.visible[self.file]]
        if not known or self.syntax == "proto3":
            return []
        target = self.one_of(known)
        lines = []
        for _ in range(1 + len(self.times(1))):
            label = self.one_of(["optional ", "repeated "]) if self.syntax == "proto2" else ""
            type_, _enum = self._type()
            lines.append(f"  {label}{type_} {self._name(scope, plain='ext')} = {target.extended};")
            target.extended += 1
        return [f"extend .{target.name} {{", *lines, "}"]


def _json_name(name: str) -> str:
    return re.sub(r"_+(.?)", lambda match: match[1].upper(), name)


def _entry_name(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_")) + "Entry"


def _stripped(value: str, enum: str) -> str:
    """A value as protoc compares it with its siblings: without its enum's name, underscores and case."""
    rest, prefix = value, enum.replace("_", "").lower()
    while rest and prefix:
        if rest[0] == "_":
            rest = rest[1:]
        elif rest[0].lower() == prefix[0]:
            rest, prefix = rest[1:], prefix[1:]
        else:
            break
    kept = value if prefix else rest.lstrip("_") or value
    return kept.replace("_", "").lower()
