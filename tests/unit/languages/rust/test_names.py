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


def message(*fields: str | Field, **oneofs: str) -> Type:
    plain = [each if isinstance(each, Field) else Field(each) for each in fields]
    inside = [Field(each, oneof=name) for name, names in oneofs.items() for each in names.split()]
    return Type("M", "message", fields=(*plain, *inside), oneofs=tuple(oneofs))


KINDS = Type("Kind", "enum", values=("KIND_A", "A_B", "A"))
A, PUSH, INSERT = (Field(name, "enum") for name in ("a", "push_a", "insert_a"))
REPEATED, MAP = Field("a", "enum", repeated=True), Field("a", "enum", repeated=True, map=True)


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
            [File("a.proto", "", (), (message(),), (Service("S", (Method("Connect", "M", "M"),)),))],
            ("s_client::connect", "a function of each client", "S.Connect"),
            id="an RPC that is called as what each client has",
        ),
        pytest.param(
            [
                File(
                    "a.proto",
                    "",
                    (),
                    (message(),),
                    (Service("S", (Method("GetIt", "M", "M"), Method("get_it", "M", "M"))),),
                )
            ],
            ("s_client::get_it", "S.GetIt", "S.get_it"),
            id="two RPCs",
        ),
        pytest.param(
            [
                File("a.proto", "a", (), (), (Service("S", ()),)),
                File("b.proto", "a.tonic", (), (), ()),
            ],
            ("a.tonic.rs", "the services of the package a", "the package a.tonic"),
            id="two files of the generators",
        ),
        *(
            pytest.param([File("a.proto", "", (), (type_,), services, syntax=syntax)], expected, id=about)
            for about, syntax, type_, services, expected in (
                ("two fields", "", message("a_b", "aB"), (), ("M::a_b", "M.a_b", "M.aB")),
                ("a field and a oneof", "proto3", message("aB", a_b="x"), (), ("M::a_b", "M.a_b", "M.aB")),
                ("two of a oneof", "proto3", message(k="a_b aB"), (), ("m::K::AB", "M.a_b", "M.aB")),
                ("two values", "", KINDS, (), ("Kind::A", "Kind.KIND_A", "Kind.A")),
                (
                    "setters",
                    "proto3",
                    message(A, Field("set_a", "enum")),
                    (),
                    ("M::set_a()", "M.a", "M.set_a"),
                ),
                ("a getter of proto2", "", message(A, "set_a"), (), ("M::set_a()", "M.a", "M.set_a")),
                ("what appends", "proto3", message(REPEATED, PUSH), (), ("M::push_a()", "M.a", "M.push_a")),
                ("what inserts", "proto3", message(MAP, INSERT), (), ("M::insert_a()", "M.a", "M.insert_a")),
                (
                    "a service called as what servers use",
                    "proto3",
                    message(),
                    (Service("Context", ()),),
                    ("context_server::Context", "what each server uses", "Context"),
                ),
                (
                    "a service called as what serves an RPC",
                    "proto3",
                    message(),
                    (Service("EchoSvc", (Method("Echo", "M", "M"),)),),
                    ("echo_svc_server::EchoSvc", "EchoSvc", "EchoSvc.Echo"),
                ),
            )
        ),
    ],
)
def test_what_rust_would_give_one_name_is_found(files: list[File], expected: tuple[str, str, str]) -> None:
    clash = next(names.clashes(files))
    name, first, second = expected
    assert clash.problem == f"{first} and {second} would both be {name}"
    assert [place.declaration for place in (clash.first, clash.second) if place] == [first, second]


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        (Type("_", "message"), "_"),
        (message("_"), "M._"),
        (Type("E", "enum", values=("_",)), "E._"),
    ],
)
def test_a_name_that_rust_has_no_letters_for_is_found(type_: Type, name: str) -> None:
    clash = next(names.clashes([File("a.proto", "", (), (type_,), ())]))
    assert (clash.problem, clash.second) == (f"{name} has no name there", None)


def test_types_that_generated_code_looks_for_in_the_wrong_crate_are_found() -> None:
    features, method = (
        Field("f", "message", "pb.CppFeatures"),
        Method("Get", "google.protobuf.Any", "google.protobuf.Own"),
    )
    files = [
        File("a.proto", "a", (), (message(features, Field("g", "message", "a.M")),), ()),
        File("b.proto", "google.protobuf", (), (Type("Own", "message"),), (Service("S", (method,)),)),
        File("c.proto", "", (), (message(Field("m", "message", "M")),), ()),
    ]
    assert [clash.problem for clash in names.clashes(files)] == [
        "M.f is of pb.CppFeatures, which prost-types hasn't",
        "S.Get is of google.protobuf.Own, which prost-types hasn't",
    ]


def test_a_field_that_begins_as_a_second_name_of_a_value_is_found() -> None:
    enum = Type("E", "enum", values=("A", "B"), aliases=("B",))

    def file(default: str) -> File:
        field = Field("f", "enum", "a.E", default=True, default_value=default)
        return File("a.proto", "a", (), (enum, message(field)), ())

    assert list(names.clashes([file("A")])) == []
    assert [clash.problem for clash in names.clashes([file("B")])] == ["M.f begins as B, a second name"]


@pytest.mark.parametrize(
    "files",
    [
        [File("a.proto", "a.req", (), (), ()), File("b.proto", "a", (), (Type("Req", "message"),), ())],
        [File("a.proto", "a.b", (), (), ()), File("b.proto", "a.b", (), (DEEP,), ())],
        [File("a.proto", "", (), (message(A, "set_a"),), (), syntax="proto3")],
        [File("a.proto", "", (), (Type("E", "enum", values=("E_A", "A"), aliases=("A",)),), ())],
        [File("a.proto", "", (), (Type("Ver", "enum", values=("VER_1", "_1", "VERB")),), ())],
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
    ids=[
        "a message without a module",
        "one package in two files",
        "a field and a setter",
        "aliases",
        "values that keep the enum's name",
        "proto3's optional",
    ],
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
