"""What can change between two sets, and how it is told: read by protogen, and held beside buf."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodOptions,
)

from tests.support.schemas import (
    Element,
    enum,
    field,
    file,
    mapped,
    message,
    present,
    rpc,
    serialized,
    service,
    within,
)

Files = tuple[FileDescriptorProto, ...]
# Runtimes from before editions have no field for what their files say.
KNOWS_EDITIONS = "features" in FileDescriptorProto().options.DESCRIPTOR.fields_by_name


Said = TypeVar("Said", FieldDescriptorProto, DescriptorProto, EnumDescriptorProto)


@dataclass(frozen=True)
class Case:
    """A change: two serialized sets. change_cases.txt holds how each is told."""

    name: str
    old: bytes
    new: bytes


@cache
def told() -> dict[str, list[str]]:
    """By case: a line a change, with what it breaks; ` buf: ` leads to what buf says it breaks instead."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    cases = (part.splitlines() for part in text.split("\n# ")[1:])
    found = {name: [line for line in lines if line] for name, *lines in cases}
    return {name: lines for name, lines in found.items() if KNOWS_EDITIONS or "edition" not in name}


def one(name: str, old: Element, new: Element) -> Case:
    """A change inside one file, beside which others stand."""
    rest: list[Element] = [message("Kept"), enum("KeptEnum", ("KEPT", 0))]
    return several(name, (file("a.proto", old, *rest),), (file("a.proto", new, *rest),))


def several(name: str, old: Files, new: Files) -> Case:
    """A change between files."""
    return Case(name, serialized(*old), serialized(*new))


def edition(name: str, old: tuple[Element, ...], new: tuple[Element, ...], *, to: int = 1000) -> Case:
    """A change inside one file of edition 2023."""
    return several(name, (of_edition(1000, *old),), (of_edition(to, *new),))


def of_edition(number: int, *elements: Element) -> FileDescriptorProto:
    """A file of the edition with that number."""
    made = file("a.proto", *elements)
    made.syntax, made.edition = "editions", number  # type: ignore[assignment]
    return made


def said(element: Said, feature: str, value: int) -> Said:
    """The declaration with a feature of its own, by number."""
    setattr(element.options.features, feature, value)
    return element


def proto2(name: str, old: tuple[Element, ...], new: tuple[Element, ...]) -> Case:
    """A change inside one file of proto2."""
    before, after = (file("a.proto", *side, syntax="proto2") for side in (old, new))
    return several(name, (before,), (after,))


def kept_enums(*names: str) -> list[Element]:
    return [enum(name, (f"{name}_0", 0)) for name in names]


BUY, STREAMED = rpc("Buy", "p.Kept", "p.Kept"), rpc("Buy", "p.Kept", "p.Kept", "client server")
NARROW_AND_WIDE = (message("N", enum("E", ("A", 0))), message("W", enum("E", ("A", 0), ("B", 1))))
OTHER = file("z.proto", message("Other"), package="q")
CASES: tuple[Case, ...] = (
    # Fields
    one("field added", message("M"), message("M", field("a", 1))),
    one("field removed", message("M", message("N", field("a", 1))), message("M", message("N"))),
    one("field removed, reserved", message("M", field("a", 1)), message("M", reserved=[(1, 1)], names=["a"])),
    one("field removed, name reserved", message("M", field("a", 1)), message("M", names=["a"])),
    one("field removed, number reserved", message("M", field("a", 1)), message("M", reserved=[(1, 2)])),
    one("field renamed", message("M", field("a_b", 1)), message("M", field("b_c", 1))),
    one("field renumbered", message("M", field("a", 1)), message("M", field("a", 2))),
    one("field renumbered, other type", message("M", field("a", 1)), message("M", field("a", 2, "string"))),
    one("field renamed, same JSON name", message("M", field("a_b", 1)), message("M", field("aB", 1))),
    one("json name", message("M", field("a", 1)), message("M", field("a", 1, json_name="z"))),
    one("int32 to string", message("M", field("a", 1)), message("M", field("a", 1, "string"))),
    one("int32 to uint64", message("M", field("a", 1)), message("M", field("a", 1, "uint64"))),
    one("int32 to uint32", message("M", field("a", 1)), message("M", field("a", 1, "uint32"))),
    one("string to bytes", message("M", field("a", 1, "string")), message("M", field("a", 1, "bytes"))),
    one("bytes to string", message("M", field("a", 1, "bytes")), message("M", field("a", 1, "string"))),
    one(
        "message to bytes",
        message("M", field("a", 1, "message p.Kept")),
        message("M", field("a", 1, "bytes")),
    ),
    one("enum to int32", message("M", field("a", 1, "enum p.KeptEnum")), message("M", field("a", 1))),
    one(
        "other message",
        message("M", field("a", 1, "message p.Kept")),
        message("M", field("a", 1, "message p.M")),
    ),
    one(
        "wider enum",
        message("M", field("a", 1, "enum p.M.N.E"), *NARROW_AND_WIDE),
        message("M", field("a", 1, "enum p.M.W.E"), *NARROW_AND_WIDE),
    ),
    one(
        "narrower enum",
        message("M", field("a", 1, "enum p.M.W.E"), *NARROW_AND_WIDE),
        message("M", field("a", 1, "enum p.M.N.E"), *NARROW_AND_WIDE),
    ),
    one("repeated", message("M", field("a", 1)), message("M", field("a", 1, label="repeated"))),
    one("explicit presence", message("M", field("a", 1)), message("M", present(field("a", 1)))),
    one(
        "packed",
        message("M", field("a", 1, label="repeated")),
        message("M", field("a", 1, label="repeated", packed=False)),
    ),
    one("jstype", message("M", field("a", 1, "int64")), message("M", field("a", 1, "int64", jstype=1))),
    one("ctype", message("M", field("a", 1, "string")), message("M", field("a", 1, "string", ctype=1))),
    one("field deprecated", message("M", field("a", 1)), message("M", field("a", 1, deprecated=True))),
    one(
        "map value",
        message("M", *mapped("a", 1, "string", "int32", "p.M")),
        message("M", *mapped("a", 1, "string", "int64", "p.M")),
    ),
    one(
        "map renamed",
        message("M", *mapped("a", 1, "string", "int32", "p.M")),
        message("M", *mapped("b", 1, "string", "int32", "p.M")),
    ),
    one("map removed", message("M", *mapped("a", 1, "string", "int32", "p.M")), message("M")),
    one(
        "map renamed, other value",
        message("M", *mapped("a", 1, "string", "int32", "p.M")),
        message("M", *mapped("b", 1, "string", "bytes", "p.M")),
    ),
    one(
        "map moved to another's number",
        message("M", *mapped("a", 1, "string", "int32", "p.M"), field("b", 2, "string")),
        message("M", *mapped("a", 2, "string", "bytes", "p.M")),
    ),
    one(
        "map to repeated",
        message("M", *mapped("a", 1, "string", "int32", "p.M")),
        message("M", field("a", 1, "message p.Kept", "repeated")),
    ),
    # Oneofs
    one("into a oneof", message("M", field("a", 1)), message("M", *within("o", field("a", 1)))),
    one(
        "out of a oneof",
        message("M", *within("o", field("a", 1), field("b", 2))),
        message("M", *within("o", field("a", 1)), field("b", 2)),
    ),
    one("optional to oneof", message("M", present(field("a", 1))), message("M", *within("o", field("a", 1)))),
    one(
        "oneof renamed",
        message("M", *within("o", field("a", 1), field("b", 2))),
        message("M", *within("q", field("a", 1), field("b", 2))),
    ),
    one("oneof gone", message("M", *within("o", field("a", 1))), message("M", present(field("a", 1)))),
    # Messages
    one(
        "no longer reserved",
        message("M", reserved=[(2, 2), (5, 7)], names=["x"]),
        message("M", reserved=[(6, 6)]),
    ),
    one("newly reserved", message("M"), message("M", reserved=[(2, 3)], names=["x"])),
    one("message deprecated", message("M"), message("M", deprecated=True)),
    one("message undeprecated", message("M", deprecated=True), message("M")),
    one("nested removed", message("M", message("N"), enum("E", ("A", 0))), message("M")),
    several(
        "message removed with what it holds",
        (file("a.proto", message("M", message("N", field("a", 1)), enum("E", ("A", 0))), *kept_enums("K")),),
        (file("a.proto", *kept_enums("K")),),
    ),
    several(
        "message added",
        (file("a.proto"),),
        (file("a.proto", message("M", message("N"), field("a", 1), field("b", 2))),),
    ),
    # Enums
    one("value added", enum("E", ("A", 0)), enum("E", ("A", 0), ("B", 1))),
    one("value removed", enum("E", ("A", 0), ("B", 1)), enum("E", ("A", 0))),
    one(
        "value removed, reserved",
        enum("E", ("A", 0), ("B", 1)),
        enum("E", ("A", 0), reserved=[(1, 1)], names=["B"]),
    ),
    one("value renamed", enum("E", ("A", 0), ("B", 1)), enum("E", ("A", 0), ("C", 1))),
    one("value renumbered", enum("E", ("A", 0), ("B", 1)), enum("E", ("A", 0), ("B", -2))),
    one("alias added", enum("E", ("A", 0), ("B", 1)), enum("E", ("A", 0), ("B", 1), ("C", 1))),
    one("aliased value added", enum("E", ("A", 0)), enum("E", ("A", 0), ("B", 1), ("C", 1))),
    one("alias removed", enum("E", ("A", 0), ("B", 1), ("C", 1)), enum("E", ("A", 0), ("B", 1))),
    one(
        "enum reserved",
        enum("E", ("A", 0), reserved=[(2, 2), (5, 7)], names=["x"]),
        enum("E", ("A", 0), reserved=[(8, 8)]),
    ),
    one("enum deprecated", enum("E", ("A", 0)), enum("E", ("A", 0), deprecated=["A", "E"])),
    several("enum removed", (file("a.proto", *kept_enums("E", "F")),), (file("a.proto", *kept_enums("F")),)),
    # Services
    one("rpc added", service("S"), service("S", BUY)),
    one("rpc removed", service("S", BUY), service("S")),
    one("rpc streams", service("S", BUY), service("S", STREAMED)),
    several(
        "rpc takes and gives",
        (file("a.proto", message("A"), message("B"), service("S", rpc("Buy", "p.A", "p.A"))),),
        (file("a.proto", message("A"), message("B"), service("S", rpc("Buy", "p.B", "p.B"))),),
    ),
    one(
        "rpc idempotent",
        service("S", BUY),
        service("S", rpc("Buy", "p.Kept", "p.Kept", idempotency_level=MethodOptions.IDEMPOTENT)),
    ),
    one("rpc deprecated", service("S", BUY), service("S", rpc("Buy", "p.Kept", "p.Kept", deprecated=True))),
    one("service deprecated", service("S"), service("S", deprecated=True)),
    several(
        "service removed",
        (file("a.proto", message("Kept"), service("S", BUY)),),
        (file("a.proto", message("Kept")),),
    ),
    several(
        "service added",
        (file("a.proto", message("Kept")),),
        (file("a.proto", message("Kept"), service("S", BUY)),),
    ),
    # Files
    several(
        "file removed",
        (file("a.proto", message("M", message("N"))), file("b.proto", message("B"))),
        (file("b.proto", message("B")),),
    ),
    several("file added", (OTHER,), (OTHER, file("a.proto", message("M"), *kept_enums("E")))),
    several("package removed", (file("a.proto", message("M"), *kept_enums("E")), OTHER), (OTHER,)),
    several("empty package removed", (file("a.proto", package=""), OTHER), (OTHER,)),
    several(
        "file moved",
        (file("a.proto", message("M", message("N")), *kept_enums("E")),),
        (file("b/c.proto", message("M", message("N")), *kept_enums("E")),),
    ),
    several(
        "file moved, one type less, one more",
        (file("a.proto", message("M"), message("N")),),
        (file("b.proto", message("M"), message("O")),),
    ),
    several(
        "file moved, a value gone",
        (file("a.proto", enum("E", ("A", 0), ("B", 1))),),
        (file("b.proto", enum("E", ("A", 0))),),
    ),
    several(
        "files merged",
        (file("a.proto", message("M")), file("b.proto", message("N"))),
        (file("c.proto", message("M"), message("N")),),
    ),
    several(
        "file moved, other options",
        (file("a.proto", message("M"), java_package="x"),),
        (file("b.proto", message("M"), java_package="y", deprecated=True),),
    ),
    several(
        "message moved",
        (file("a.proto", message("M", message("N")), message("A")), file("b.proto", message("B"))),
        (file("a.proto", message("A")), file("b.proto", message("B"), message("M", message("N")))),
    ),
    several(
        "message moved from a file that is gone",
        (file("a.proto", message("M"), message("N")), file("b.proto", message("B"))),
        (file("b.proto", message("B"), message("M")), file("c.proto", message("N"))),
    ),
    several(
        "types moved, a shim stays",
        (file("a.proto", *kept_enums("E"), package="p", java_package="x", go_package="g/x"),),
        (file("b.proto", *kept_enums("E")), file("a.proto", package="p.dummy", public=["b.proto"])),
    ),
    several(
        "types moved, an empty file stays",
        (file("a.proto", message("M")), OTHER),
        (file("b.proto", message("M")), file("a.proto"), OTHER),
    ),
    several(
        "package changed",
        (file("a.proto", message("M"), message("N")),),
        (file("a.proto", message("M"), message("N"), package="q"),),
    ),
    several(
        "package dropped",
        (file("a.proto", message("M")), OTHER),
        (file("a.proto", message("M"), package=""), OTHER),
    ),
    several(
        "syntax",
        (
            file(
                "a.proto",
                message("M", field("a", 1), field("r", 2, label="repeated"), field("s", 3, "string")),
                *kept_enums("E"),
            ),
        ),
        (
            file(
                "a.proto",
                message("M", field("a", 1), field("r", 2, label="repeated"), field("s", 3, "string")),
                *kept_enums("E"),
                syntax="proto2",
            ),
        ),
    ),
    several(
        "options of a file",
        (file("a.proto", message("M"), java_package="x", cc_enable_arenas=False),),
        (
            file(
                "a.proto",
                message("M"),
                java_package="y",
                java_multiple_files=True,
                optimize_for=2,
                deprecated=True,
            ),
        ),
    ),
    # proto2
    proto2("required", (message("M", field("a", 1)),), (message("M", field("a", 1, label="required")),)),
    proto2("required added", (message("M"),), (message("M", field("a", 1, label="required")),)),
    proto2("required removed", (message("M", field("a", 1, label="required")),), (message("M"),)),
    proto2("default", (message("M", field("a", 1, default="4")),), (message("M", field("a", 1)),)),
    proto2(
        "group to message",
        (message("M", field("g", 1, "group p.M.G"), message("G")),),
        (message("M", field("g", 1, "message p.M.G"), message("G")),),
    ),
    proto2(
        "extension",
        (
            message("M", extensions=[(100, 200)]),
            field("x", 100, extends="p.M"),
            field("y", 101, extends="p.M"),
        ),
        (
            message("M", extensions=[(100, 150)]),
            field("x", 100, "string", extends="p.M"),
            field("z", 102, extends="p.M"),
        ),
    ),
    proto2(
        "extension renumbered",
        (message("M", extensions=[(100, 200)]), field("x", 100, extends="p.M")),
        (message("M", extensions=[(100, 200)]), field("x", 101, extends="p.M")),
    ),
)

IMPLICIT, REQUIRED = 2, 3


def edition_cases() -> tuple[Case, ...]:
    return (
        edition(
            "edition: presence",
            (message("M", field("a", 1), field("b", 2)),),
            (
                message(
                    "M",
                    said(field("a", 1), "field_presence", IMPLICIT),
                    said(field("b", 2), "field_presence", REQUIRED),
                ),
            ),
        ),
        edition(
            "edition: encoding",
            (
                message(
                    "M",
                    field("a", 1, "message p.M"),
                    field("r", 2, label="repeated"),
                    field("s", 3, "string"),
                ),
            ),
            (
                message(
                    "M",
                    said(field("a", 1, "message p.M"), "message_encoding", 2),
                    said(field("r", 2, label="repeated"), "repeated_field_encoding", 2),
                    said(field("s", 3, "string"), "utf8_validation", 3),
                ),
            ),
        ),
        edition(
            "edition: enum closed, JSON at best",
            (enum("E", ("A", 0)), message("M")),
            (
                said(said(enum("E", ("A", 0)), "enum_type", 2), "json_format", 2),
                said(message("M"), "json_format", 2),
            ),
        ),
        edition("edition: newer", (message("M", field("a", 1)),), (message("M", field("a", 1)),), to=1001),
        several(
            "edition after proto2",
            (file("a.proto", message("M", field("a", 1)), enum("E", ("A", 0)), syntax="proto2"),),
            (of_edition(1000, message("M", field("a", 1)), enum("E", ("A", 0))),),
        ),
    )


CASES = (*CASES, *edition_cases()) if KNOWS_EDITIONS else CASES
