from __future__ import annotations

import pytest

from protogen.languages.typescript.modules import method_name, modules, path, safe, shared
from protogen.protos.outline import Field, File, Service, Type


def message(name: str, *nested: Type, extensions: tuple[Field, ...] = ()) -> Type:
    return Type(name, "message", nested=nested, extensions=extensions)


def file(name: str, *types: Type, services: tuple[str, ...] = (), extensions: tuple[str, ...] = ()) -> File:
    return File(
        name,
        "p",
        (),
        types,
        tuple(Service(each, ()) for each in services),
        extensions=tuple(map(Field, extensions)),
    )


def exports(of: File) -> dict[str, bool]:
    (made,) = modules([of], ())
    return dict(made.exports)


def test_a_module_exports_its_file_and_all_that_it_declares() -> None:
    made = exports(
        file(
            "a-b/c.d.proto",
            message("M", message("N", extensions=(Field("e"),)), Type("E", "enum")),
            Type("Outer", "enum"),
            services=("Api",),
            extensions=("more",),
        )
    )
    types = {"M", "M_N"}
    values = {"M_E", "Outer", "MSchema", "M_NSchema", "M_ESchema", "OuterSchema", "M_N_e", "Api", "more"}
    assert made == dict.fromkeys(types, False) | dict.fromkeys(values | {"file_a_b_c_d"}, True)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ([message("Foo"), message("FooSchema")], ["Foo", "FooSchema", "FooSchema$", "FooSchemaSchema"]),
        (
            [message("A_B"), message("A", message("B"))],
            ["A_B", "A", "A_B$", "A_BSchema", "ASchema", "A_BSchema$"],
        ),
        (
            [message("A_B_C"), message("A_B", message("C")), message("A", message("B_C"))],
            [f"A_B_C{end}{salt}" for end in ("", "Schema") for salt in ("", "$", "$1")]
            + ["A", "ASchema", "A_B", "A_BSchema"],
        ),
        ([message("string"), Type("Object", "enum")], ["string$", "Object$", "stringSchema", "ObjectSchema"]),
    ],
)
def test_names_that_are_taken_or_mean_something_get_a_dollar(types: list[Type], expected: list[str]) -> None:
    assert sorted(exports(file("f.proto", *types)).keys() - {"file_f"}) == sorted(expected)


def test_what_two_modules_share_is_the_first_ones_and_entry_points_come_first() -> None:
    found = modules(
        [
            file("a.proto", message("M"), message("Other")),
            file("x/y.proto", message("M")),
            file("x_y.proto", services=("M",)),
        ],
        entry_points=["x_y.proto"],
    )
    assert [each.proto for each in found] == ["x_y.proto", "a.proto", "x/y.proto"]
    assert [(name, first.proto, second.proto) for name, first, second in shared(found)] == [
        ("M", "x_y.proto", "a.proto"),
        ("M", "x_y.proto", "x/y.proto"),
        ("file_x_y", "x_y.proto", "x/y.proto"),
        ("MSchema", "a.proto", "x/y.proto"),
    ]
    assert shared(found[:1]) == []


def test_identifiers_methods_and_paths_are_those_of_the_plugin() -> None:
    assert [safe(each) for each in ("class", "Uint8Array", "Class")] == ["class$", "Uint8Array$", "Class"]
    names = ["Get", "GetURL", "get_it", "Constructor", "ToString", "X"]
    expected = ["get", "getURL", "get_it", "constructor$", "toString$", "x"]
    assert [method_name(each) for each in names] == expected
    assert [path(each) for each in ("a/b.proto", "c.protodevel")] == ["a/b_pb", "c.protodevel_pb"]
