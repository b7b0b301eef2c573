"""The Go names of every kind of declaration, as protoc-gen-go and protoc-gen-go-grpc give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.languages.clashes import Place, same_name, too_alike
from protogen.languages.go import identifiers
from protogen.protos.outline import Field, File, Method, Service, Type


def file(*types: Type, name: str = "a/x.proto", services: tuple[Service, ...] = (), **more: object) -> File:
    return File(name, "p", (), types, services, **more)  # type: ignore[arg-type]


def message(name: str, *fields: Field, nested: tuple[Type, ...] = (), **more: object) -> Type:
    return Type(name, "message", nested=nested, fields=fields, **more)  # type: ignore[arg-type]


def service(name: str, *methods: str, streams: bool = False) -> Service:
    return Service(name, tuple(Method(each, "p.M", "p.M", streams) for each in methods))


def names(file: File) -> set[str]:
    """What it declares, but for the variables that every file has."""
    found = {each.name for each in identifiers.declared(file)}
    return {name for name in found if not name.startswith(("file_", "File_"))}


def clash(*files: File) -> tuple[str, str, str] | None:
    by_name = {file.name: file for file in files}
    found = identifiers.clash(identifiers.together(by_name, by_name))
    if not found:
        return None
    assert found.second
    return found.problem.rpartition(" would both be ")[2], found.first.declaration, found.second.declaration


@pytest.mark.parametrize(
    ("name", "camel"),
    [
        ("foo_bar", "FooBar"),
        ("FooBar", "FooBar"),
        ("foo", "Foo"),
        ("_foo", "XFoo"),
        ("foo_1", "Foo_1"),
        ("foo1bar", "Foo1Bar"),
        ("aXb", "AXb"),
        ("RPCOptions", "RPCOptions"),
        ("a_B", "A_B"),
        ("foo__bar", "Foo_Bar"),
        ("foo_", "Foo_"),
        ("__init__", "XInit__"),
        ("Outer.Inner", "Outer_Inner"),
        ("Outer.inner", "OuterInner"),
        ("Outer._x", "Outer_XX"),
        ("a.b_c.D", "ABC_D"),
    ],
)
def test_names_are_camel_cased_as_protoc_gen_go_does(name: str, camel: str) -> None:
    assert identifiers.camel_case(name) == camel


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}(\.[A-Za-z_][A-Za-z0-9_]{0,8})?", fullmatch=True))
def test_camel_cased_names_are_exported_identifiers(name: str) -> None:
    camel = identifiers.camel_case(name)
    assert camel.isidentifier()
    assert camel[0].isupper()


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("foo-bar.proto", "foo_bar_proto"),
        ("a/é.proto", "a_é_proto"),
        ("1.proto", "_1_proto"),
        ("type", "_type"),
        ("Foo", "Foo"),
    ],
)
def test_texts_are_made_identifiers_as_protoc_gen_go_does(text: str, identifier: str) -> None:
    assert identifiers.sanitized(text) == identifier


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (file(message("foo_bar")), {"FooBar"}),
        (
            file(message("Outer", nested=(message("inner"), message("In")))),
            {"Outer", "OuterInner", "Outer_In"},
        ),
        (
            file(Type("Kind", "enum", values=("A", "b_c"))),
            {"Kind", "Kind_A", "Kind_b_c", "Kind_name", "Kind_value"},
        ),
        (
            file(message("M", nested=(Type("E", "enum", values=("A",)),))),
            {"M", "M_E", "M_A", "M_E_name", "M_E_value"},
        ),
        (file(message("M", Field("a_b", oneof="kind"))), {"M", "M_AB", "isM_Kind"}),
        # protoc-gen-go gives way to nested types, and to the messages of map entries.
        (
            file(message("M", Field("in", oneof="kind"), nested=(message("In"),))),
            {"M", "M_In", "M_In_", "isM_Kind"},
        ),
        (
            file(message("M", Field("a_entry", oneof="o"), Field("a", map=True, repeated=True))),
            {"M", "M_AEntry_", "isM_O"},
        ),
        # The oneof of proto3's optional isn't written.
        (file(message("M", Field("a", oneof="_a", synthetic=True))), {"M"}),
        (file(message("M", Field("reset", default=True))), {"M", "Default_M_Reset_"}),
        (
            file(message("M", extensions=(Field("ext"),)), extensions=(Field("top_level"),)),
            {"M", "E_M_Ext", "E_TopLevel"},
        ),
        (
            file(services=(service("shop", "get_it"),)),
            {
                "ShopClient",
                "shopClient",
                "NewShopClient",
                "ShopServer",
                "UnimplementedShopServer",
                "UnsafeShopServer",
                "RegisterShopServer",
                "Shop_ServiceDesc",
                "Shop_GetIt_FullMethodName",
                "_Shop_GetIt_Handler",
            },
        ),
    ],
)
def test_what_a_file_declares(declared: File, expected: set[str]) -> None:
    assert names(declared) == expected


def test_streams_have_types_of_their_own() -> None:
    plain, streamed = (names(file(services=(service("S", "Get", streams=each),))) for each in (False, True))
    assert streamed - plain == {"S_GetClient", "S_GetServer"}


@pytest.mark.parametrize(
    ("declared", "suffixes"),
    [
        (file(), "rawDesc goTypes depIdxs init"),
        (
            file(message("M")),
            "rawDesc goTypes depIdxs init rawDescOnce rawDescData rawDescGZIP msgTypes",
        ),
        (
            file(Type("E", "enum", values=("A",)), extensions=(Field("x"),)),
            "rawDesc goTypes depIdxs init rawDescOnce rawDescData rawDescGZIP enumTypes extTypes",
        ),
    ],
)
def test_variables_of_a_file(declared: File, suffixes: str) -> None:
    expected = {"File_a_x_proto", *(f"file_a_x_proto_{suffix}" for suffix in suffixes.split())}
    found = {each.name for each in identifiers.declared(declared)}
    assert {name for name in found if name.lower().startswith("file_")} == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("foo",), {"Foo", "GetFoo"}),
        # In the order of the fields, each gives way to those before it and to what messages have.
        (("string", "reset"), {"String_", "GetString_", "Reset_", "GetReset_"}),
        (("get_foo", "foo"), {"GetFoo", "GetGetFoo", "Foo_", "GetFoo_"}),
        (("foo", "get_foo"), {"Foo", "GetFoo", "GetFoo_", "GetGetFoo_"}),
        (("foo_bar", "FooBar"), {"FooBar", "GetFooBar", "FooBar_", "GetFooBar_"}),
    ],
)
def test_members_of_a_message(fields: tuple[str, ...], expected: set[str]) -> None:
    found = identifiers.members(file(message("M", *map(Field, fields))))
    own = {"Reset", "String", "ProtoMessage", "ProtoReflect", "Descriptor"}
    assert {each.name for each in found if each.owner == "M"} == expected | own


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (file(message("foo_bar"), message("FooBar")), ("FooBar", "foo_bar", "FooBar")),
        (
            file(message("GreeterClient"), services=(service("Greeter"),)),
            ("GreeterClient", "GreeterClient", "Greeter"),
        ),
        (file(Type("E", "enum", values=("name",))), ("E_name", "E.name", "E")),
        (file(Type("E", "enum", values=("A", "value"))), ("E_value", "E.value", "E")),
        (
            file(services=(service("S", "GetThing", "get_thing"),)),
            ("S_GetThing_FullMethodName", "S.GetThing", "S.get_thing"),
        ),
        (
            file(services=(service("A", "B_C"), service("A_B", "C"))),
            ("A_B_C_FullMethodName", "A.B_C", "A_B.C"),
        ),
        (file(message("M", Field("proto_reflect"))), ("M.ProtoReflect", "M", "M.proto_reflect")),
        (
            file(message("File", nested=(Type("E", "enum", values=("a_x_proto",)),))),
            ("File_a_x_proto", "", "File.E.a_x_proto"),
        ),
        (file(message("E_Ext"), extensions=(Field("ext"),)), ("E_Ext", "E_Ext", "ext")),
        (
            file(message("M", Field("a", oneof="o")), message("M_A")),
            ("M_A", "M.a", "M_A"),
        ),
        # A oneof has a getter, which protoc-gen-go doesn't reckon with.
        (
            file(message("M", Field("get_kind"), Field("a", oneof="kind"))),
            ("M.GetKind", "M.get_kind", "M.kind"),
        ),
        (file(message("M", Field("String"), Field("string"))), None),
        (file(message("M"), message("N"), services=(service("S", "M"),)), None),
    ],
)
def test_names_that_meet_in_a_file(declared: File, expected: tuple[str, str, str] | None) -> None:
    assert clash(declared) == expected


@pytest.mark.parametrize(
    ("fields", "syntax", "expected"),
    [
        (("foo_bar", "FooBar"), "proto3", ("M.N.foo_bar", "M.N.FooBar")),
        (("_A", "b", "a_"), "proto3", ("M.N._A", "M.N.a_")),
        (("foo_bar", "FooBar"), "", None),
        (("foo", "bar"), "proto3", None),
    ],
)
def test_fields_that_older_plugins_take_for_one(
    fields: tuple[str, ...], syntax: str, expected: tuple[str, str] | None
) -> None:
    declared = file(message("M", nested=(message("N", *map(Field, fields)),)), syntax=syntax)
    found = [(str(each.first), str(each.second)) for each in too_alike(declared)]
    assert found == ([expected] if expected else [])


def test_variables_of_two_files_meet() -> None:
    files = [file(name="a/foo-bar.proto"), file(name="a/foo_bar.proto")]
    assert clash(*files) == ("File_a_foo_bar_proto", "", "")


def test_a_public_import_declares_what_it_passes_on() -> None:
    types = (
        message("M", Field("a", oneof="o"), Field("d", default=True)),
        Type("E", "enum", values=("A",)),
    )
    passed = file(*types, name="b/y.proto", services=(service("S", "Get"),))
    passing = File("a/x.proto", "p", ("b/y.proto",), (message("E"),), (), public=("b/y.proto",))
    files = {each.name: each for each in (passed, passing)}
    found = identifiers.clash(identifiers.together(["a/x.proto"], files))
    assert found is not None
    assert found.second == Place("b/y.proto", "E", through="a/x.proto")
    declared = {each.name for each in identifiers.forwarded(passed, "a/x.proto")}
    assert declared == {"M", "M_A", "Default_M_D", "E", "E_A", "E_name", "E_value"}
    # In one package nothing is passed on.
    assert identifiers.clash(identifiers.together(files, files)) == same_name(
        "E", Place("a/x.proto", "E"), Place("b/y.proto", "E")
    )


def met(*fields: str, oneof: str = "", go_api: str) -> Type:
    """A message whose fields have presence; the last one stands in the oneof."""
    made = [
        Field(each, number=number, presence=True, oneof=oneof if each == fields[-1] else "")
        for number, each in enumerate(fields, 1)
    ]
    return message("M", *made, go_api=go_api)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (met("x", go_api="opaque"), {"GetX", "SetX", "HasX", "ClearX"}),
        (
            met("x", "build", go_api="opaque"),
            {f"{method}{name}" for method in ("Get", "Set", "Has", "Clear") for name in ("X", "Build_")},
        ),
        (
            met("_foo", "X_foo", go_api="opaque"),
            {f"{method}XFoo_{number}" for method in ("Get", "Set", "Has", "Clear") for number in (1, 2)},
        ),
        (
            met("x", "t", oneof="pick", go_api="opaque"),
            {f"{method}{name}" for method in ("Get", "Set", "Has", "Clear") for name in ("X", "T")}
            | {"HasPick", "ClearPick", "WhichPick"},
        ),
        (
            message("M", Field("x"), Field("r", repeated=True), go_api="opaque"),
            {"GetX", "SetX", "GetR", "SetR"},
        ),
        (
            met("x", "get_x", go_api="hybrid"),
            {"X", "GetX", "GetX_", "Get_X", "Set_X", "Has_X", "Clear_X"}
            | {"GetGetX", "SetGetX", "HasGetX", "ClearGetX", "GetGetX_"},
        ),
    ],
)
def test_accessors_of_the_hybrid_and_the_opaque_api(of: Type, expected: set[str]) -> None:
    found = {each.name for each in identifiers.members(file(of)) if each.owner == "M"}
    assert found - {"Reset", "String", "ProtoMessage", "ProtoReflect", "Descriptor"} >= expected
    if of.go_api == "opaque":
        assert found == {*expected, "Reset", "String", "ProtoMessage", "ProtoReflect", "Descriptor"}


@pytest.mark.parametrize(
    ("go_api", "expected"),
    [
        ("", {"M", "M_T", "isM_Pick"}),
        ("opaque", {"M", "m_T", "isM_Pick", "M_builder", "case_M_Pick", "M_Pick_not_set_case", "M_T_case"}),
        (
            "hybrid",
            {"M", "M_T", "m_T", "isM_Pick", "M_builder", "case_M_Pick", "M_Pick_not_set_case", "M_T_case"},
        ),
    ],
)
def test_what_each_api_declares_for_a_message(go_api: str, expected: set[str]) -> None:
    assert names(file(met("t", oneof="pick", go_api=go_api))) == expected


def test_a_field_and_a_oneof_of_one_name_meet_in_the_opaque_api() -> None:
    assert clash(file(met("K", "i", oneof="k", go_api="opaque"))) == ("M.HasK", "M.K", "M.k")
    assert clash(file(met("x", "has_x", go_api="opaque"))) is None
