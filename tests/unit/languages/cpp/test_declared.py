"""Names that meet in C++: what g++ said of what protoc 21.12 and gRPC's plugin 1.51 wrote, case by case."""

from __future__ import annotations

import pytest

from protogen.languages.clashes import Clash
from protogen.languages.cpp.declared import clashes
from protogen.protos.outline import Field, File, Method, Service, Type


def message(name: str, *fields: Field, nested: tuple[Type, ...] = (), oneofs: tuple[str, ...] = ()) -> Type:
    return Type(name, "message", nested, fields, oneofs=oneofs)


def enum(name: str, *values: str) -> Type:
    return Type(name, "enum", values=values)


def file(*types: Type, rpcs: tuple[str, ...] = (), service: str = "S", syntax: str = "proto3") -> File:
    methods = tuple(Method(each, "p.M", "p.M") for each in rpcs)
    services = (Service(service, methods),) if rpcs else ()
    return File("x.proto", "p", (), types, services, syntax=syntax)


def found(made: File) -> Clash | None:
    return next(clashes([made]), None)


HAS = (Field("foo", oneof="_foo", synthetic=True), Field("has_foo"))
CASE = message("M", Field("a", oneof="foo"), Field("foo_case"), oneofs=("foo",))
TWO_ONEOFS = message("M", Field("a", oneof="a_b"), Field("b", oneof="aB"), oneofs=("a_b", "aB"))


@pytest.mark.parametrize(
    ("made", "problem", "first", "second"),
    [
        # Accessors, which begin with the field's name in small letters.
        (file(message("M", *HAS)), "both be has_foo", "M.has_foo", "M.foo"),
        (
            file(message("M", Field("foo", repeated=True), Field("foo_size"))),
            "both be foo_size",
            "M.foo_size",
            "M.foo",
        ),
        (file(CASE), "both be foo_case", "M.foo_case", "M.foo"),
        (file(message("M", Field("Foo"), Field("foo")), syntax="proto2"), "both be foo", "M.foo", "M.Foo"),
        (file(message("M", Field("descriptor"))), "both be descriptor", "M.descriptor", "M"),
        (file(message("M", Field("size_t"))), "both be size_t", "M.size_t", "M"),
        (
            file(message("M", Field("unknown_fields")), syntax="proto2"),
            "both be unknown_fields",
            "M.unknown_fields",
            "M",
        ),
        # Classes and enums, which stand beside those that they are in.
        (file(message("A", nested=(message("B"),)), message("A_B")), "both be A_B", "A_B", "A.B"),
        (file(message("M", nested=(message("M"),))), "both be M", "M.M", "M"),
        (file(message("M", nested=(message("New"),))), "both be New", "M.New", "M"),
        (file(TWO_ONEOFS), "both be ABCase", "", ""),
        (file(enum("E", "E_MIN")), "both be E_MIN", "E.E_MIN", "E"),
        (file(enum("E", "A", "E_Name")), "both be E_Name", "E.E_Name", "E"),
        (
            file(message("O", Field("a_1b", oneof="o"), nested=(enum("E", "kA1B"),), oneofs=("o",))),
            "both be kA1B",
            "O.E.kA1B",
            "O.a_1b",
        ),
        # Services.
        (file(message("M"), rpcs=("async",)), "both be async", "S.async", "S"),
        (file(message("M"), rpcs=("Service",)), "both be Service", "S.Service", "S"),
        (file(message("M"), rpcs=("Get",), service="Stub"), "its class has already", "Stub", ""),
        # Macros.
        (
            file(message("M", Field("linux", "bool"))),
            "M.linux would be linux, which is a macro",
            "M.linux",
            "",
        ),
        (file(message("M", Field("Errno", "int32"))), "errno, which is a macro", "M.Errno", ""),
        (file(enum("E", "EOF")), "EOF, which is a macro", "E.EOF", ""),
        (file(message("O", nested=(enum("E", "EPERM"),))), "EPERM, which is a macro", "O.E.EPERM", ""),
    ],
)
def test_two_of_one_name_are_found(made: File, problem: str, first: str, second: str) -> None:
    clash = found(made)
    assert clash
    assert problem in clash.problem
    if first:
        assert clash.first.declaration == first
        assert (clash.second.declaration if clash.second else "") == second


@pytest.mark.parametrize(
    "made",
    [
        file(
            message("M", Field("foo"), *(Field(f"{each}_foo") for each in ("set", "clear", "mutable", "has")))
        ),
        file(message("M", Field("clear"), Field("new"), Field("swap"), Field("unknown_fields"))),
        file(message("M", Field("EOF"), Field("NULL"), Field("major"), Field("stdin"))),
        file(message("O", Field("a"), nested=(enum("E", "Z"),)), enum("E", "A", "MIN", "OUT", "SIGINT")),
        file(message("M"), rpcs=("Get", "AsyncGet", "NewStub", "S")),
    ],
)
def test_names_of_which_each_is_one_declarations_are_fine(made: File) -> None:
    assert found(made) is None
