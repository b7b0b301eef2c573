"""Names as heck, prost-build and tonic-build make them; the e2e tests compile what these predict."""

from __future__ import annotations

import pytest

from protogen.languages.rust import names
from protogen.protos.outline import Field, File, Method, Outline, Service, Type

DEEP = Type("Req", "message", nested=(Type("Deep_one", "message"),))


@pytest.mark.parametrize(
    ("name", "snake", "camel"),
    [
        ("TensorShapeProto", "tensor_shape_proto", "TensorShapeProto"),
        ("DT_FLOAT", "dt_float", "DtFloat"),
        ("HTTPServer2Config", "http_server2_config", "HttpServer2Config"),
        ("a1B", "a1_b", "A1B"),
        ("A1b", "a1b", "A1b"),
        ("XMLHttp", "xml_http", "XmlHttp"),
        ("fooBar_baz", "foo_bar_baz", "FooBarBaz"),
        ("type", "r#type", "Type"),
        ("Self", "self_", "Self_"),
        ("crate", "crate_", "Crate"),
        ("_2d", "_2d", "_2d"),
        ("gen", "r#gen", "Gen"),
        ("_", "", ""),
    ],
)
def test_names_are_those_that_the_generators_make(name: str, snake: str, camel: str) -> None:
    assert (names.snake(name), names.camel(name)) == (snake, camel)


@pytest.mark.parametrize(
    ("package", "expected"),
    [("", ()), ("tensorflow.serving", ("tensorflow", "serving")), ("a.type.V1", ("a", "r#type", "v1"))],
)
def test_a_package_is_modules(package: str, expected: tuple[str, ...]) -> None:
    assert names.module(package) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [("PredictionService", "prediction_service"), ("ABCService", "abc_service"), ("get_it", "get_it")],
)
def test_a_services_modules_are_named_by_its_own_name_in_rust(service: str, expected: str) -> None:
    assert names.service_module(service) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("shop.v1.Req", "shop_client::shop::v1::Req"),
        ("shop.v1.Req.Deep_one", "shop_client::shop::v1::req::DeepOne"),
        ("Bare", "shop_client::Bare"),
        ("google.protobuf.Empty", "()"),
        ("google.protobuf.Int64Value", "i64"),
        ("google.protobuf.Any", "prost_types::Any"),
        ("google.protobuf.compiler.Version", "prost_types::compiler::Version"),
    ],
)
def test_a_type_is_where_the_crate_or_the_runtime_has_it(message: str, expected: str) -> None:
    known = tuple(Type(name, "message") for name in ("Any", "Empty", "Int64Value"))
    outline = Outline(
        (
            File("google/protobuf/x.proto", "google.protobuf", (), known, ()),
            File(
                "google/protobuf/compiler/plugin.proto",
                "google.protobuf.compiler",
                (),
                (Type("Version", "message"),),
                (),
            ),
            File("shop/v1/r.proto", "shop.v1", (), (DEEP,), ()),
            File("bare.proto", "", (), (Type("Bare", "message"),), ()),
        )
    )
    assert names.type_path("shop_client", outline, message) == expected


def oneof(name: str, *fields: str, synthetic: bool = False) -> tuple[Field, ...]:
    return tuple(Field(each, oneof=name, synthetic=synthetic) for each in fields)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            [File("a.proto", "a", (), (Type("Foo_Bar", "message"), Type("FooBar", "enum")), ())],
            ("a::FooBar", "Foo_Bar", "FooBar"),
            id="two types",
        ),
        pytest.param(
            [
                File("a.proto", "a.req", (), (), ()),
                File("b.proto", "a", (), (DEEP,), ()),
            ],
            ("a::req", "the package a.req", "Req"),
            id="a package and the module of a message",
        ),
        pytest.param(
            [File("a.proto", "a.B", (), (), ()), File("b.proto", "a.b", (), (), ())],
            ("a::b", "the package a.B", "the package a.b"),
            id="two packages",
        ),
        pytest.param(
            [
                File(
                    "a.proto",
                    "",
                    (),
                    (
                        Type(
                            "M",
                            "message",
                            nested=(Type("Kind", "message"),),
                            fields=oneof("kind", "x", "y"),
                            oneofs=("kind",),
                        ),
                    ),
                    (),
                )
            ],
            ("m::Kind", "M.kind", "M.Kind"),
            id="a oneof and a message",
        ),
        pytest.param(
            [File("a.proto", "", (), (), (Service("S", (Method("Connect", "A", "B"),)),))],
            ("s_client::connect", "a function of each client", "S.Connect"),
            id="an RPC that is called as what each client has",
        ),
        pytest.param(
            [
                File(
                    "a.proto",
                    "",
                    (),
                    (),
                    (Service("S", (Method("GetIt", "A", "B"), Method("get_it", "A", "B"))),),
                )
            ],
            ("s_client::get_it", "S.GetIt", "S.get_it"),
            id="two RPCs",
        ),
    ],
)
def test_what_rust_would_give_one_name_is_found(files: list[File], expected: tuple[str, str, str]) -> None:
    clash = next(names.clashes(files))
    name, first, second = expected
    assert clash.problem == f"{first} and {second} would both be {name}"
    assert [place.declaration for place in (clash.first, clash.second) if place] == [first, second]


def test_a_name_that_rust_has_no_letters_for_is_found() -> None:
    (clash,) = names.clashes([File("a.proto", "", (), (Type("_", "message"),), ())])
    assert (clash.problem, clash.second) == ("_ has no name there", None)


@pytest.mark.parametrize(
    "files",
    [
        [File("a.proto", "a.req", (), (), ()), File("b.proto", "a", (), (Type("Req", "message"),), ())],
        [File("a.proto", "a.b", (), (), ()), File("b.proto", "a.b", (), (DEEP,), ())],
        [
            File(
                "a.proto",
                "a",
                (),
                (
                    Type(
                        "M",
                        "message",
                        (Type("X", "enum"),),
                        fields=oneof("_x", "x", synthetic=True),
                        oneofs=("_x",),
                    ),
                ),
                (),
            )
        ],
    ],
    ids=["a message without a module", "one package in two files", "proto3's optional"],
)
def test_names_that_only_look_alike_are_let_pass(files: list[File]) -> None:
    assert list(names.clashes(files)) == []


@pytest.mark.parametrize(
    ("crate", "problem", "nearest"),
    [
        ("tensorflow-serving-client", "", ""),
        ("A_b-2", "", ""),
        ("2fast", "a letter first", "fast"),
        ("my.crate", "a letter first", "my-crate"),
        ("größe", "a letter first", "gr-e"),
        ("a" * 65, "a letter first", "a" * 64),
        ("@", "a letter first", "client"),
        ("Core", "another's", "Core-client"),
        ("type", "another's", "type-client"),
        ("tonic", "another's", "tonic-client"),
    ],
)
def test_a_crate_has_a_name_that_registries_take(crate: str, problem: str, nearest: str) -> None:
    told = names.problem(crate, {"tonic": "0.14"})
    assert told.endswith(problem)
    if not problem:
        assert told == ""
        return
    assert names.nearest(crate) == nearest
    assert names.problem(nearest, {"tonic": "0.14"}) == ""
