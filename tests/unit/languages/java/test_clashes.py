from __future__ import annotations

import msgspec
import pytest

from protogen.languages.clashes import Clash
from protogen.languages.java import clashes
from protogen.languages.java.naming import placements
from protogen.protos.outline import Field, File, Method, Service, Type

MANY = {"java_multiple_files": "true"}
GENERIC_MANY = {**MANY, "java_generic_services": "true"}


def message(name: str, *fields: Field, nested: tuple[Type, ...] = (), oneofs: tuple[str, ...] = ()) -> Type:
    return Type(name, "message", nested, fields, oneofs=oneofs)


def enum(name: str, *values: str) -> Type:
    return Type(name, "enum", values=values)


def rpcs(name: str, *methods: str, streamed: bool = False) -> Service:
    return Service(name, tuple(Method(each, "p.M", "p.M", streamed) for each in methods))


def file(
    *types: Type,
    services: tuple[Service, ...] = (),
    extensions: tuple[Field, ...] = (),
    options: dict[str, str] | None = None,
    syntax: str = "proto3",
    name: str = "x.proto",
) -> File:
    return File(name, "p", (), types, services, extensions, options or {}, syntax=syntax)


def found(*files: File) -> Clash | None:
    placed = placements(files, "fallback")
    return next((clash for _, clash in clashes.clash_of_each(files, placed) if clash), None)


def numbered(*names: str, kind: str = "string", repeated: bool = False) -> list[Field]:
    return [Field(name, kind, number=number, repeated=repeated) for number, name in enumerate(names, 1)]


SAME = Field("from", "message", "p.M", 1)
CHOICE = message("M", Field("a", oneof="kind"), Field("kind_case"), oneofs=("kind",))
OPEN = message("M", Field("e", "enum", "p.E"), Field("e_value", "int32"))
MAP = message("M", Field("m", map=True, repeated=True), nested=(message("MDefaultEntryHolder"),))


@pytest.mark.parametrize(
    ("made", "problem", "first", "second"),
    [
        # Accessors of a field and of what every message has, or another field.
        (
            file(message("M", Field("descriptor"))),
            "getDescriptor(), which its class has",
            "M.descriptor",
            "M",
        ),
        (
            file(message("M", Field("default_instance"))),
            "getDefaultInstance(), which its class has",
            "M.default_instance",
            "M",
        ),
        (file(message("M", SAME)), "mergeFrom(p.M), which its class has", "M.from", "M"),
        (
            file(message("M", *numbered("value", "value_bytes"))),
            "both be getValueBytes()",
            "M.value",
            "M.value_bytes",
        ),
        (file(OPEN), "both be getEValue()", "M.e", "M.e_value"),
        (file(CHOICE), "both be ", "M.kind", "M.kind_case"),
        (file(message("M", *numbered("a", "A"))), "both be A_FIELD_NUMBER", "M.a", "M.A"),
        (
            file(message("M", Field("a", oneof="a_b"), Field("b", oneof="aB"), oneofs=("a_b", "aB"))),
            "both be ABCase",
            "M.a_b",
            "M.aB",
        ),
        # Classes.
        (file(message("Text", nested=(message("Text"),))), "within another", "Text.Text", "Text"),
        (file(message("Builder")), "a class of that name in it", "Builder", "Builder"),
        (file(message("M", nested=(enum("Builder"),))), "Builder, which its class has", "M.Builder", "M"),
        (file(message("M"), enum("MOrBuilder")), "both be MOrBuilder", "M", "MOrBuilder"),
        (file(message("M"), enum("MOrBuilder"), options=MANY), "both be MOrBuilder", "M", "MOrBuilder"),
        (file(message("SGrpc"), services=(rpcs("S"),), options=MANY), "both be SGrpc", "SGrpc", "S"),
        (
            file(message("M", Field("a", oneof="k"), oneofs=("k",), nested=(enum("KCase"),))),
            "both be KCase",
            "M.k",
            "M.KCase",
        ),
        (file(MAP), "both be MDefaultEntryHolder", "M.m", "M.MDefaultEntryHolder"),
        (file(message("FieldAccessorTable")), "which messages inherit", "FieldAccessorTable", ""),
        (
            file(message("M", nested=(message("UnusedPrivateParameter"),))),
            "messages inherit",
            "M.UnusedPrivateParameter",
            "",
        ),
        # Names that can't be.
        (file(message("int")), "class int, a reserved word", "int", ""),
        (file(enum("E", "class")), "field class, a reserved word", "E.class", ""),
        (
            file(message("M", Field("a", oneof="_1"), oneofs=("_1",))),
            "'1Case', which is no name",
            "M._1",
            "",
        ),
        # Values of enums.
        (file(enum("E", "A", "UNRECOGNIZED")), "UNRECOGNIZED, which its", "E.UNRECOGNIZED", "E"),
        (file(enum("E", "value")), "value, which its enum has", "E.value", "E"),
        (file(enum("E", "A", "A_VALUE")), "both be A_VALUE", "E.A", "E.A_VALUE"),
        # Of the file.
        (
            file(message("A", nested=(message("B"),)), message("A_B")),
            "both be internal_static_p_A_B_descriptor",
            "A.B",
            "A_B",
        ),
        (
            file(extensions=tuple(numbered("foo_bar", "fooBar")), syntax=""),
            "both be fooBar",
            "foo_bar",
            "fooBar",
        ),
        # What hides the words of generated code.
        (file(message("M", nested=(message("com"),))), "hides the com", "M.com", "M"),
        (file(message("java"), options=MANY), "hides the java", "java", ""),
        (file(message("M"), extensions=(Field("com"),), syntax=""), "hides the com", "com", ""),
        (file(message("M"), message("SuppressWarnings")), "hides the", "SuppressWarnings", "M"),
        (
            file(message("M", Field("a")), enum("NullPointerException")),
            "hides the",
            "NullPointerException",
            "M",
        ),
        (
            file(message("AssertionError"), services=(rpcs("S", "Do"),), options=MANY),
            "hides the",
            "AssertionError",
            "S",
        ),
        # RPCs.
        (
            file(services=(rpcs("S", "GetThing", "get_thing"),)),
            "both be getGetThingMethod",
            "S.GetThing",
            "S.get_thing",
        ),
        (
            file(services=(rpcs("S", "Get", "GetGetMethod"),)),
            "gives the descriptor of S.Get",
            "S.GetGetMethod",
            "S.Get",
        ),
        # gRPC's generator reads the protos as protoc did some years ago.
        (
            file(message("M", *numbered("foo_case", "FooCase", kind="int32")), services=(rpcs("S"),)),
            "for one",
            "M.foo_case",
            "M.FooCase",
        ),
        # A variable beside a type obscures it, and around an enum too.
        (file(message("descriptor")), "obscures", "descriptor", ""),
        (
            file(message("M", Field("text", "int32"), nested=(message("text_"),)), options=MANY),
            "a variable text_ of M.text obscures",
            "M.text_",
            "M.text",
        ),
        (
            file(message("M", nested=(enum("unknownFields", "A"),)), options=MANY),
            "obscures",
            "M.unknownFields",
            "M",
        ),
        (
            file(message("M", Field("text", "int32"), nested=(message("N", nested=(enum("text_", "A"),)),))),
            "obscures",
            "M.N.text_",
            "M.text",
        ),
        (file(enum("value", "A"), options=MANY), "obscures", "value", ""),
        (file(enum("A_VALUE", "A"), options=MANY), "obscures", "A_VALUE", "A_VALUE.A"),
    ],
)
def test_what_java_cannot_express(made: File, problem: str, first: str, second: str) -> None:
    clash = found(made)
    assert clash
    assert problem in clash.problem
    assert clash.first.declaration == first
    assert (clash.second.declaration if clash.second else "") == second


@pytest.mark.parametrize(
    "made",
    [
        # protoc moves these itself.
        file(message("M", *numbered("class", "serialized_size", "unknown_fields", "cached_size"))),
        file(message("M", *numbered("_class", "__all_fields"))),
        file(message("M", *numbered("value", repeated=True), Field("value_count", number=7))),
        file(message("M", *numbered("foo_bar", "fooBar"))),
        # Methods with other parameters.
        file(message("M", *numbered("field", "oneof", "repeated_field", "unknown", kind="int32"))),
        file(message("M", Field("from", "message", "p.N")), message("N")),
        file(services=(rpcs("S", "getClass", "build", "bindService", "notify", "toString", "getChannel"),)),
        file(services=(rpcs("S", "int", "class", "wait", streamed=True),)),
        # Closed enums have neither another accessor nor another value.
        file(OPEN, syntax=""),
        file(enum("E", "UNRECOGNIZED"), syntax=""),
        # What nobody writes short, and what is in nobody's scope.
        file(message("String"), message("Object"), message("Override"), message("Integer")),
        file(message("Parser"), message("Message"), message("Descriptors")),
        file(enum("E", "com", "java", "SuppressWarnings")),
        file(message("M"), enum("NullPointerException"), message("io")),
        file(message("M", *numbered("foo_case", "FooCase", kind="int32"))),
        # A variable of a class around doesn't obscure a message, nor one of an enum's own type the enum.
        file(message("M", Field("text", "int32"), nested=(message("N", nested=(message("text_"),)),))),
        file(enum("E", "E"), message("descriptor"), options=MANY),
        file(enum("UNRECOGNIZED", "A"), options=MANY),
        # Compiled for release 8, where these are names.
        file(message("record"), message("yield"), message("var"), message("_")),
    ],
)
def test_what_java_can_express(made: File) -> None:
    assert found(made) is None


def test_a_class_of_another_file_hides_as_well() -> None:
    clash = found(file(message("M"), options=MANY), file(message("java"), options=MANY, name="y.proto"))
    assert clash
    assert (clash.first.file, clash.second and clash.second.file) == ("y.proto", "x.proto")


def generic(*methods: str, service: str = "S", package: str = "p", **more: object) -> File:
    made = file(message("M"), services=(rpcs(service, *methods),), options={"java_generic_services": "true"})
    return msgspec.structs.replace(made, package=package, **more)


@pytest.mark.parametrize(
    ("files", "without"),
    [
        ([generic("Get", "callMethod", "getChannel")], []),
        ([file(services=(rpcs("Interface"),))], []),
        ([generic("Get", service="Interface")], ["x.proto"]),
        ([generic("Get", service="BlockingStub")], ["x.proto"]),
        ([generic("import")], ["x.proto"]),
        ([generic("getDescriptor")], ["x.proto"]),
        ([generic("get_thing", "GetThing")], ["x.proto"]),
        # A parameter would hide the package, as the class itself would.
        ([generic("Get", package="request.v1")], ["x.proto"]),
        ([generic("Get", service="p")], ["x.proto"]),
        # In a package of several files: another class, a package below it, on file systems that ignore case.
        (
            [
                generic("Get", service="other", options=GENERIC_MANY),
                file(message("Other"), name="o.proto", options=MANY),
            ],
            ["x.proto"],
        ),
        (
            [
                generic("Get", service="q", options=GENERIC_MANY),
                msgspec.structs.replace(file(message("O"), name="o.proto"), package="p.q"),
            ],
            ["x.proto"],
        ),
        (
            [
                generic("Get", options=GENERIC_MANY),
                generic("Get", service="s", name="y.proto", types=(), options=GENERIC_MANY),
            ],
            [],
        ),
        ([generic("Get"), generic("Get", service="s", name="y.proto", types=())], []),
    ],
)
def test_generic_services_are_left_out_where_their_classes_clash(
    files: list[File], without: list[str]
) -> None:
    assert clashes.clashing_services(files, placements(files, "fallback")) == tuple(without)
