from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import ProtosUnresolved
from protogen.languages.typescript.clashes import clashes
from protogen.languages.typescript.language import TypeScript
from protogen.protos.outline import Field, File, Method, Service, Type
from tests.unit.languages.go.test_language import request


def proto(*declared: Type | Service | Field, name: str = "f.proto") -> File:
    return File(
        name,
        "p",
        (),
        tuple(each for each in declared if isinstance(each, Type)),
        tuple(each for each in declared if isinstance(each, Service)),
        extensions=tuple(each for each in declared if isinstance(each, Field)),
    )


def message(*fields: str, **oneofs: str) -> Type:
    inside = [Field(name, oneof=oneof) for oneof, names in oneofs.items() for name in names.split()]
    return Type("M", "message", fields=(*map(Field, fields), *inside), oneofs=tuple(oneofs))


def service(*methods: str, name: str = "S") -> Service:
    return Service(name, tuple(Method(each, "p.M", "p.M") for each in methods))


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (proto(message("foo_bar", "fooBar")), "M.foo_bar and M.fooBar would both be fooBar"),
        (proto(message("foo_bar", "foo__bar")), "M.foo_bar and M.foo__bar would both be fooBar"),
        (proto(message("fooBar", foo_bar="x")), "M.fooBar and M.foo_bar would both be fooBar"),
        (proto(message(fooBar="x", foo_bar="y")), "M.fooBar and M.foo_bar would both be fooBar"),
        (proto(message(kind="a_b aB")), "M.a_b and M.aB would both be aB"),
        (proto(Type("Out", "message", (message("a_1", "a1"),))), "Out.M.a_1 and Out.M.a1 would both be a1"),
        (proto(message("_")), "nothing is left of M._"),
        (proto(service("GetIt", "getIt")), "S.GetIt and S.getIt would both be getIt"),
        (proto(Type("keyof", "message")), "keyof means something else there"),
        (proto(Type("module", "enum")), "module means something else there"),
        (proto(service(name="eval")), "eval means something else there"),
        (proto(Field("require")), "require means something else there"),
        *(
            (proto(name=name), f"no module is found whose path has %, #, ? or a folder node_modules: {name}")
            for name in (
                "a%20b.proto",
                "a#/b.proto",
                "a?.proto",
                "node_modules/a.proto",
                "a/node_modules/b.proto",
            )
        ),
    ],
)
def test_what_would_not_compile_or_load_is_found(file: File, problem: str) -> None:
    assert [(found.name, clash.problem) for found, clash in clashes([file])] == [(file.name, problem)]


@pytest.mark.parametrize(
    "files",
    [
        [proto(message("foo", "FOO", "_foo", "constructor", "class", a="value", b="case"))],
        [proto(message(foo_bar="fooBar"))],
        [proto(Type("M", "message", fields=(Field("x", oneof="_x", synthetic=True), Field("X"))))],
        [proto(service("Get", "Get_It", "GetIt", "then")), proto(service("get"), name="g.proto")],
        [proto(Type("module", "message"), service(name="keyof"), Type("Any", "enum"))],
        [proto(Type("M", "message", (Type("any", "message"), Type("exports", "enum"))))],
        [proto(name=name) for name in ("a b.proto", "ü.proto", "a_b.proto", "my_node_modules/x.proto")],
    ],
)
def test_what_compiles_is_let_pass(files: list[File]) -> None:
    assert list(clashes(files)) == []


def test_files_that_are_one_where_case_does_not_count_are_told() -> None:
    ((_, clash),) = clashes([proto(name="a/x.proto"), proto(name="A/x.proto"), proto(name="b/x.proto")])
    assert clash.problem == "the file a/x.proto and the file A/x.proto differ in the case of letters only"


def test_the_plan_refuses_it_with_both_places(tmp_path: Path) -> None:
    asked = request(tmp_path, files=(proto(message("foo_bar", "fooBar")),))
    asked.descriptor_set.write_bytes(b"")
    with pytest.raises(ProtosUnresolved) as raised:
        TypeScript().plan(asked)
    assert "TypeScript can't express f.proto: M.foo_bar and M.fooBar" in str(raised.value)
    assert raised.value.where == "f.proto"
    assert "rename one of the two" in str(raised.value.remedy)
