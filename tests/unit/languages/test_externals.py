from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from protogen.errors import ProtosUnresolved
from protogen.languages import refusals
from protogen.languages.externals import Protos, Served, everywhere, served
from protogen.languages.package import Request
from protogen.languages.published import (
    PublishedFile,
    PublishedPackage,
    Table,
    conflicts,
    declared,
    lacking,
    read_table,
)
from protogen.protos.outline import Field, File, Method, Outline, Service, Type
from protogen.recipe import model
from protogen.releases.release import Release
from tests.unit.recipe.test_model import GOOD

STATUS = File(
    "pub/status.proto",
    "pub",
    (),
    (
        Type("Status", "message", fields=(Field("code", "int32", number=1),)),
        Type("Code", "enum", values=("OK",)),
    ),
    (),
)
OPERATION = File(
    "pub/operation.proto",
    "pub",
    ("pub/status.proto",),
    (Type("Operation", "message", fields=(Field("error", "message", "pub.Status", 1),)),),
    (Service("Operations", (Method("Get", "pub.Operation", "pub.Operation"),)),),
)
OWN = File(
    "shop/a.proto",
    "shop",
    ("pub/operation.proto",),
    (Type("Order", "message", fields=(Field("done", "message", "pub.Operation", 1),)),),
    (),
)


def published(*files: File) -> dict[str, PublishedFile]:
    return {
        file.name: PublishedFile(file.package, {"go_package": f"x/{file.name}"}, declared(file))
        for file in files
    }


TABLE = Table(
    {
        "x.org/status": PublishedPackage("v1", files=published(STATUS)),
        "x.org/operation": PublishedPackage("v2", files=published(OPERATION)),
    },
    {"shop/": "x.org/shop"},
)


def serve(
    *files: File,
    externals: str = "",
    entry_points: tuple[str, ...] = ("shop/a.proto",),
    table: Table = TABLE,
    always: tuple[str, ...] = (),
) -> Served:
    request = Request(
        recipe=model.parse(GOOD + externals, "recipe.yaml"),
        release=Release("1.0.0", "1.0.0", "git", ()),
        outline=Outline(files),
        descriptor_set=Path("none"),
        entry_points=entry_points,
        well_known=frozenset(),
        licenses={},
        settings={},
        out=Path("out"),
    )
    return served("go", table, request, title="Go", libraries=MappingProxyType({}), always=always)


def taken(found: Served) -> dict[str, str]:
    return {each.proto: f"{each.package} {each.version}" for each in found.externals}


BOTH = {"pub/status.proto": "x.org/status v1", "pub/operation.proto": "x.org/operation v2"}


def test_protos_that_published_packages_have_are_taken_from_there() -> None:
    found = serve(STATUS, OPERATION, OWN)
    assert taken(found) == BOTH
    # What generated code doesn't import itself is no requirement of it.
    assert [each.proto for each in found.imported] == ["pub/operation.proto"]
    assert found.remarks == ("pub from x.org/operation v2", "pub from x.org/status v1")
    assert found.carried == {"x.org/shop": ("shop/a.proto",)}


@pytest.mark.parametrize(
    ("externals", "expected"),
    [
        ("externals: false", {}),
        ("externals: true", BOTH),
        # What imports a proto that is generated is generated too.
        ("externals: {pub/status.proto: null}", {}),
        ("externals: {pub/status.proto: {go: null}}", {}),
        ("externals: {pub/operation.proto: null}", {"pub/status.proto": BOTH["pub/status.proto"]}),
        ("externals: {pub/**: {java: null}}", BOTH),
        ("externals: {pub/**: {go: {version: v9}}}", {name: f"{each[:-1]}9" for name, each in BOTH.items()}),
        (
            "externals: {pub/status.proto: {go: {package: mine.org, version: v3}}}",
            BOTH | {"pub/status.proto": "mine.org v3"},
        ),
        (
            "externals: {pub/s*.proto: {go: {version: v4}}, pub/**: null}",
            {"pub/status.proto": "x.org/status v4"},
        ),
    ],
)
def test_a_recipe_says_otherwise_by_path(externals: str, expected: dict[str, str]) -> None:
    assert taken(serve(STATUS, OPERATION, OWN, externals=externals)) == expected


def test_a_package_of_the_recipes_own_is_imported_as_it_says() -> None:
    found = serve(
        STATUS,
        OPERATION,
        OWN,
        externals="externals: {pub/**: {go: {package: m, version: v3, import: m/pub}}}",
    )
    assert {each.options["go_package"] for each in found.externals} == {"m/pub"}


@pytest.mark.parametrize(
    ("entry_points", "expected"),
    [
        # A recipe for what a package has generates it, and what lies beside it.
        (("pub/operation.proto",), {}),
        (("pub/operation.proto", "pub/new.proto"), {}),
        (("pub/operation.proto", "shop/a.proto"), BOTH),
    ],
)
def test_a_recipe_for_the_very_protos_of_a_package_generates_them(
    entry_points: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert taken(serve(STATUS, OPERATION, OWN, entry_points=entry_points)) == expected


def test_what_every_program_has_is_never_generated_again() -> None:
    entry_points = ("pub/operation.proto", "pub/new.proto")
    new = changed(OWN, name="pub/new.proto", package="pub")
    found = serve(STATUS, OPERATION, new, entry_points=entry_points, always=("x.org/status",))
    assert taken(found) == {"pub/status.proto": BOTH["pub/status.proto"]}


def test_a_package_without_anything_of_its_own_is_refused() -> None:
    with pytest.raises(ProtosUnresolved, match="nothing to generate: published packages serve all 2 protos"):
        serve(
            STATUS, OPERATION, entry_points=("pub/status.proto",), always=("x.org/status", "x.org/operation")
        )


def changed(file: File, **changes: Any) -> File:
    return msgspec.structs.replace(file, **changes)


def test_another_proto_of_the_same_name_is_generated() -> None:
    other = changed(
        STATUS,
        types=(Type("Status", "message", fields=(Field("code", "string", number=1),)), *STATUS.types[1:]),
    )
    found = serve(other, OPERATION, OWN)
    assert taken(found) == {}
    assert found.carried["x.org/status"] == ("pub/status.proto",)
    assert taken(serve(changed(STATUS, package="other"), OWN)) == {}


def test_what_a_package_lacks_is_generated_with_all_that_it_has() -> None:
    newer = changed(STATUS, types=(*STATUS.types, Type("New", "message")))
    # Nobody needs it.
    assert taken(serve(newer, OPERATION, OWN)) == BOTH
    user = changed(OWN, types=(Type("Order", "message", fields=(Field("new", "message", "pub.New", 1),)),))
    found = serve(newer, OPERATION, user)
    assert taken(found) == {}
    (remark,) = found.remarks
    assert remark.startswith("x.org/status v1 lacks pub.New, which shop/a.proto uses")


def test_fields_that_a_package_lacks_are_said_where_messages_lead_to_them() -> None:
    message = Type("Status", "message", fields=(*STATUS.types[0].fields, Field("more", number=2)))
    newer = changed(STATUS, types=(message, *STATUS.types[1:]))
    assert any(
        "x.org/status v1 lacks pub.Status.more of the protos" in each
        for each in serve(newer, OPERATION, OWN).remarks
    )
    plain = changed(OWN, types=())
    assert not any("lacks" in each for each in serve(newer, OPERATION, plain).remarks)
    # Of another version nothing is known.
    other = serve(newer, OPERATION, OWN, externals="externals: {pub/**: {go: {version: v9}}}")
    assert not any("lacks" in each for each in other.remarks)
    # So the proof has to look for it.
    assert other.unknown == (
        "pub.Operation",
        "pub.Operation.error",
        "pub.Status",
        "pub.Status.code",
        "pub.Status.more",
    )
    assert serve(newer, OPERATION, OWN).unknown == ()


BROUGHT = Table({"grpc.org": PublishedPackage("v1", brought=("pub/status.proto",), files=published(STATUS))})


@pytest.mark.parametrize("externals", ["", "externals: false", "externals: {pub/**: null}"])
def test_what_grpc_brings_is_never_generated(externals: str) -> None:
    found = serve(STATUS, OPERATION, OWN, table=BROUGHT, externals=externals)
    assert taken(found) == {"pub/status.proto": "grpc.org v1"}


@pytest.mark.parametrize(
    ("file", "entry_points"),
    [
        (changed(STATUS, package="other"), ("shop/a.proto",)),
        (
            changed(STATUS, types=(Type("Status", "message", fields=(Field("kode", number=1),)),)),
            ("shop/a.proto",),
        ),
        (changed(STATUS, types=(*STATUS.types, Type("New", "message"))), ("pub/status.proto",)),
    ],
)
def test_another_copy_of_what_grpc_brings_is_refused(file: File, entry_points: tuple[str, ...]) -> None:
    with pytest.raises(ProtosUnresolved, match="gRPC brings that"):
        serve(file, OWN, table=BROUGHT, entry_points=entry_points)


def test_what_differs_is_told_by_name_and_number() -> None:
    known = published(STATUS)["pub/status.proto"]
    assert (conflicts(STATUS, known), lacking(STATUS, known)) == (frozenset(), frozenset())
    renamed = changed(STATUS, types=(Type("Status", "message", fields=(Field("kode", "int32", number=1),)),))
    assert conflicts(renamed, known) == {"Status.kode"}
    assert lacking(renamed, known) == {"pub.Status.kode"}
    streaming = changed(
        OPERATION, services=(Service("Operations", (Method("Get", "pub.Operation", "pub.Operation", True),)),)
    )
    assert conflicts(streaming, published(OPERATION)["pub/operation.proto"]) == {"Operations.Get"}
    assert declared(changed(STATUS, extensions=(Field("mark", number=7),)))["mark"] == {"": "7 string"}


@pytest.mark.parametrize("language", ["go", "java"])
def test_the_tables_name_a_version_and_a_place_for_all_that_packages_have(language: str) -> None:
    import protogen.languages

    table = read_table(Path(protogen.languages.__file__).parent / language)
    files = [name for each in table.packages.values() for name in each.files]
    assert len(files) == len({*files}) > 50
    for package, each in table.packages.items():
        assert each.files, package
        assert each.version or package in {"google.golang.org/grpc", "io.grpc:grpc-services"}
        for file in each.files.values():
            assert file.options.get("go_package" if language == "go" else "java_package")


@pytest.mark.parametrize(
    ("language", "problem"),
    [
        ("python", "packages for Python have copies of their own; expected go or java"),
        ("cobol", "no such language"),
    ],
)
def test_a_language_that_takes_no_externals_is_refused(language: str, problem: str) -> None:
    text = f"{GOOD}externals: {{a/**: {{go: null, {language}: {{package: p}}}}}}\n"
    (refusal,) = refusals(model.parse(text, "r.yaml"))
    assert problem in refusal.message
    assert f"externals.a/**.{language}" in refusal.message


def test_what_is_served_anywhere_is_told_by_language() -> None:
    status = File(
        "google/rpc/status.proto",
        "google.rpc",
        (),
        (Type("Status", "message", fields=(Field("code", "int32", number=1),)),),
        (),
    )
    asked = Protos(model.parse(GOOD, "r.yaml"), Outline((status, OWN)), ("shop/a.proto",), frozenset())
    assert everywhere(asked) == {
        "google/rpc/status.proto": {
            "go": "google.golang.org/genproto/googleapis/rpc",
            "java": "com.google.api.grpc:proto-google-common-protos",
        }
    }
