from __future__ import annotations

import msgspec
import pytest

from protogen.languages.java.identifiers import Placement
from protogen.languages.java.naming import packages, patches, placements, upstream
from protogen.protos.outline import Field, File, Method, Service, Type

MANY = {"java_multiple_files": "true"}


def message(name: str, *nested: Type) -> Type:
    return Type(name, "message", nested=nested)


def holder(name: str, held: Field, *, repeated: bool = False) -> Type:
    """A message with one field."""
    return Type(name, "message", fields=(msgspec.structs.replace(held, repeated=repeated),))


def message_field(type_: str) -> Field:
    return Field("x", "message", type_, 1)


def enum(name: str) -> Type:
    return Type(name, "enum")


def file(
    name: str,
    *types: str | Type,
    package: str = "shop",
    services: tuple[str, ...] = (),
    imports: tuple[str, ...] = (),
    options: dict[str, str] | None = None,
    java: str = "",
) -> File:
    """A file; java is its java_package."""
    return File(
        name,
        package,
        imports,
        tuple(message(each) if isinstance(each, str) else each for each in types),
        tuple(Service(each, (Method("Do", "shop.A", "shop.A"),)) for each in services),
        options={**(options or {}), **({"java_package": java} if java else {})},
    )


def named(outer: str) -> dict[str, str]:
    return {"java_outer_classname": outer}


def changed(*files: File, prefix: str = "") -> dict[str, dict[str, str]]:
    return patches(files, placements(files, "fallback", prefix))


@pytest.mark.parametrize(
    ("made", "package", "outer"),
    [
        (file("a/get_model_status.proto", "X"), "shop", "GetModelStatus"),
        (file("predict.proto"), "shop", "Predict"),
        (file("input.proto", "Input"), "shop", "InputOuterClass"),
        (file("input.proto", message("A", message("B", enum("Input")))), "shop", "InputOuterClass"),
        (file("order.proto", services=("Order",)), "shop", "OrderOuterClass"),
        (file("rpc_options.proto", "RPCOptions"), "shop", "RpcOptions"),
        (file("v1beta.x-y.proto"), "shop", "V1BetaXY"),
        (file("HTTPRule.protodevel"), "shop", "HTTPRule"),
        (file("input.proto", "Input", options=named("Input")), "shop", "Input"),
        (file("a.proto", package=""), "", "A"),
        (file("a.proto", java="com.example"), "com.example", "A"),
    ],
)
def test_upstream_is_what_protoc_does(made: File, package: str, outer: str) -> None:
    assert upstream(made) == Placement(package, outer, multiple=False)


@pytest.mark.parametrize(
    "files",
    [
        (file("a.proto", "A", "B"), file("b.proto", "C", package="shop.sub")),
        (file("predict.proto", "Request"), file("status.proto", "StatusProto", services=("Health",))),
        (file("x.proto", "A", java="com.example", options=named("XProtos") | MANY),),
        # Types in outer classes don't meet: only the outer classes stand in the package.
        (file("a.proto", "Foo", package="p.a", java="p"), file("b.proto", "foo", package="p.b", java="p")),
        # Neither does an outer class meet a type inside another.
        (file("foo.proto", "X"), file("bar.proto", "Foo")),
        # A type deep inside its outer class may differ from it by case.
        (file("rpc_options.proto", message("A", message("RPCOptions"))),),
    ],
)
def test_names_that_are_fine_stay(files: tuple[File, ...]) -> None:
    assert changed(*files) == {}


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        # A sibling's, of its own directory first, the most frequent one.
        (
            (
                file("d/a.proto", java="com.a"),
                file("e/b.proto", java="com.b"),
                file("e/c.proto", java="com.b"),
                file("d/x.proto", "X"),
                file("f/y.proto", "Y"),
            ),
            {"d/x.proto": "com.a", "f/y.proto": "com.b"},
        ),
        (
            (file("d/a.proto", java="com.b"), file("d/b.proto", java="com.a"), file("d/x.proto", "X")),
            {"d/x.proto": "com.a"},
        ),
        # Another proto package is no sibling.
        ((file("d/a.proto", package="p", java="com.a"), file("d/x.proto", "X")), {"d/x.proto": "shop"}),
        # One that only passes imports on stands with what it imports.
        (
            (
                file("d/a.proto", "A", java="com.a"),
                file("d/shim.proto", package="shop.dummy", imports=("other.proto", "d/a.proto")),
                file("old.proto", package="", imports=("d/shim.proto",)),
            ),
            {"d/shim.proto": "com.a", "old.proto": "com.a"},
        ),
        ((file("empty.proto", package="p"),), {"empty.proto": "p"}),
        # Nothing is left in the default package.
        ((file("some-dir/x.proto", "X", package=""),), {"some-dir/x.proto": "some_dir"}),
        ((file("x.proto", "X", package=""),), {"x.proto": "fallback"}),
        ((file("x.proto", "X", options={"java_package": ""}),), {"x.proto": "shop"}),
        # Words that Java reserves.
        ((file("x.proto", "X", package="shop.default.new"),), {"x.proto": "shop.default_.new_"}),
    ],
)
def test_package_of_a_file(files: tuple[File, ...], wanted: dict[str, str]) -> None:
    homes = packages(files, "fallback")
    assert {name: homes[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        # By case only: with a type of its own, with another file's outer class, with a type beside it.
        ((file("rpc_options.proto", "RPCOptions"),), {"rpc_options.proto": "RpcOptionsOuterClass"}),
        ((file("x/ab.proto"), file("y/Ab.proto"), file("z/aB.proto")), {"y/Ab.proto": "AbOuterClass"}),
        (
            (file("x/a_b.proto", "X"), file("y/aB.proto"), file("z/AB.proto")),
            {"y/aB.proto": "ABOuterClass", "z/AB.proto": "ABOuterClass2"},
        ),
        ((file("a.proto", "B", options=MANY), file("b.proto")), {"b.proto": "BOuterClass"}),
        (
            (file("a.proto", "B", options=MANY), file("b_or_builder.proto")),
            {"b_or_builder.proto": "BOrBuilderOuterClass"},
        ),
        ((file("a.proto", enum("B"), options=MANY), file("b.proto")), {"b.proto": "BOuterClass"}),
        ((file("a.proto", services=("B",)), file("bGrpc.proto")), {"bGrpc.proto": "BGrpcOuterClass"}),
        # protoc refuses a declared name that a type of the file has.
        ((file("a.proto", "A", options=named("A")),), {"a.proto": "AOuterClass"}),
        ((file("a.proto", "A", "AOuterClass"),), {"a.proto": "AOuterClass2"}),
        # Who declares its outer class keeps it.
        ((file("a.proto"), file("b.proto", options=named("A"))), {"a.proto": "AOuterClass"}),
        # And one with types before one without.
        ((file("a/x.proto"), file("b/x.proto", "A")), {"a/x.proto": "XOuterClass"}),
        # Names that are no identifiers.
        ((file("3d.proto"), file("-.proto"), file("c.proto", options=named("class"))), {"3d.proto": "_3D"}),
    ],
)
def test_outer_classes_are_made_unique(files: tuple[File, ...], wanted: dict[str, str]) -> None:
    given = changed(*files)
    for name, outer in wanted.items():
        assert given[name] == {"java_outer_classname": outer}
    placed = placements(files, "fallback")
    assert len({each.outer.lower() for each in placed.values()}) == len(files)


def test_types_that_meet_move_one_file_to_a_package_of_its_own() -> None:
    files = (
        file("a.proto", "Foo", package="p.a", java="com.x", options=MANY),
        file("b_c.proto", "FOO", package="p.b", java="com.x", options=MANY),
        file("d.proto", services=("S",), package="p.c", java="com.x"),
        file("e.proto", services=("S",), package="p.d", java="com.x"),
        file("f.proto", "SGrpc", package="p.e", java="com.x", options=MANY),
    )
    assert changed(*files) == {
        "b_c.proto": {"java_package": "com.x.bc"},
        "e.proto": {"java_package": "com.x.e"},
        "f.proto": {"java_package": "com.x.f"},
    }


def test_a_package_of_its_own_may_be_taken_too() -> None:
    files = (
        file("x/b.proto", "Foo", package="p.a", java="com.x", options=MANY),
        file("y/b.proto", "Foo", package="p.b", java="com.x", options=MANY),
        file("z/b.proto", "foo", package="p.c", java="com.x", options=MANY),
    )
    assert changed(*files) == {
        "y/b.proto": {"java_package": "com.x.b"},
        "z/b.proto": {"java_package": "com.x.b2"},
    }


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        # A parameter of generated code hides the package: of every message, of some.
        ((file("a.proto", "A", package="other.pkg"),), {"a.proto": "other_.pkg"}),
        ((file("a.proto", holder("A", message_field("A"), repeated=True), package="m"),), {"a.proto": "m_"}),
        ((file("a.proto", holder("A", Field("x")), package="m"),), {}),
        ((file("a.proto", "A", package="data.v1"),), {}),
        # A class of the package, an enum's value, an extension.
        ((file("a.proto", "shop", options=MANY),), {"a.proto": "shop_"}),
        ((file("a.proto", Type("E", "enum", values=("shop",))),), {"a.proto": "shop_"}),
        # The runtime's own, also where it is declared.
        ((file("a.proto", "A", package="java.x"),), {"a.proto": "java_.x"}),
        ((file("a.proto", "A", java="java.lang.x"),), {"a.proto": "java_.lang.x"}),
        # Types that are imported everywhere, where a name begins; elsewhere they hide nothing.
        ((file("a.proto", "A", package="System.v1"),), {"a.proto": "System_.v1"}),
        ((file("a.proto", "A", package="Process"),), {"a.proto": "Process_"}),
        ((file("a.proto", "A", java="Class.x"),), {"a.proto": "Class_.x"}),
        ((file("a.proto", "A", package="x.System"),), {}),
        ((file("a.proto", "A", package="system"),), {}),
        # A class and a package of one name.
        (
            (file("a.proto", "sub", options=MANY), file("b.proto", "B", package="shop.sub")),
            {"b.proto": "shop.sub_"},
        ),
        # Code that imports it is in scope of something else.
        (
            (
                file("a.proto", "A", package="pay"),
                file("b.proto", "pay", imports=("a.proto",)),
            ),
            {"a.proto": "pay_"},
        ),
    ],
)
def test_a_package_that_code_would_misread_is_renamed(
    files: tuple[File, ...], wanted: dict[str, str]
) -> None:
    assert {name: options["java_package"] for name, options in changed(*files).items()} == wanted


def test_an_outer_class_hides_no_package() -> None:
    assert changed(file("com.proto", "A", options=named("com"))) == {
        "com.proto": {"java_outer_classname": "comOuterClass"}
    }
    assert changed(file("Shop.proto", "A", package="Shop")) == {
        "Shop.proto": {"java_outer_classname": "ShopOuterClass"}
    }


def test_with_a_prefix_a_package_is_read_as_it_is() -> None:
    assert changed(file("a.proto", "A", package="other.pkg"), prefix="com.x") == {
        "a.proto": {"java_package": "com.x.other.pkg"}
    }


def test_types_of_one_file_may_differ_by_case() -> None:
    assert changed(file("a.proto", "Foo", "FOO", options=MANY)) == {}


def test_a_prefix_goes_before_every_package() -> None:
    files = (file("a.proto", "A"), file("b.proto", "B", java="com.b"), file("c.proto", "C", package=""))
    assert changed(*files, prefix="my.own") == {
        "a.proto": {"java_package": "my.own.com.b"},
        "b.proto": {"java_package": "my.own.com.b"},
        "c.proto": {"java_package": "my.own.fallback"},
    }


def test_where_classes_are() -> None:
    inside, beside = Placement("p", "Outer", multiple=False), Placement("p", "Outer", multiple=True)
    assert inside.message("A.B") == "p.Outer.A.B"
    assert beside.message("A.B") == "p.A.B"
    assert inside.service("S") == beside.service("S") == "p.SGrpc"


def edition_2024(each: File) -> File:
    return msgspec.structs.replace(each, edition="2024")


@pytest.mark.parametrize(
    ("made", "outer"),
    [
        (file("x/plain.proto", "M"), "PlainProto"),
        (file("x/foo_proto.proto", "M"), "FooProtoProto"),
        (file("x/foo-proto.proto", "M"), "FooProtoProto"),
        (file("x/fooproto.proto", "M"), "FooprotoProto"),
        (file("x/proto.proto", "M"), "ProtoProto"),
        (file("x/own.proto", "M", options=named("Mine")), "Mine"),
    ],
)
def test_edition_2024_calls_every_outer_class_proto(made: File, outer: str) -> None:
    placed = upstream(edition_2024(made))
    assert (placed.outer, placed.multiple) == (outer, True)
    assert placed.message("M.Inner") == "shop.M.Inner"
    assert changed(edition_2024(made)) == {}


def test_an_outer_class_that_protoc_refuses_gets_another_name() -> None:
    clash = edition_2024(file("x/clash.proto", "ClashProto"))
    deep = edition_2024(file("x/deep.proto", message("M", message("DeepProto")), package="deep"))
    assert changed(clash, deep) == {
        "x/clash.proto": {"java_outer_classname": "ClashProtoOuterClass"},
        "x/deep.proto": {"java_outer_classname": "DeepProtoOuterClass"},
    }


def test_in_edition_2024_each_type_says_where_it_stands() -> None:
    inside = msgspec.structs.replace(message("M", message("N")), in_file_class=True)
    made = edition_2024(file("x/some.proto", inside, "N", services=("S",)))
    placed = placements([made], "fallback")["x/some.proto"]
    assert placed.message("M") == "shop.SomeProto.M"
    assert placed.message("M.N") == "shop.SomeProto.M.N"
    assert placed.message("N") == "shop.N"
    assert placed.service("S") == "shop.SGrpc"


def test_what_stands_in_a_file_class_clashes_with_none_outside() -> None:
    inside = msgspec.structs.replace(message("M"), in_file_class=True)
    other = file("y/m.proto", "M", options=MANY)
    found = placements([edition_2024(file("x/some.proto", inside)), other], "fallback")
    assert {placed.package for placed in found.values()} == {"shop"}
    found = placements([edition_2024(file("x/some.proto", "M")), other], "fallback")
    assert len({placed.package for placed in found.values()}) == 2


@pytest.mark.parametrize("edition", ["", "2023"])
def test_before_edition_2024_names_are_as_ever(edition: str) -> None:
    made = msgspec.structs.replace(file("x/input.proto", "Input"), edition=edition)
    assert upstream(made) == Placement("shop", "InputOuterClass", multiple=False)
