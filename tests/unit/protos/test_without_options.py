from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import FieldOptions, FileDescriptorProto, FileDescriptorSet
from hypothesis import given

from protogen.protos import wire
from protogen.protos.without_options import Stripped, without_options
from tests.support.drawn_sets import sets

OPTIONS = ".google.protobuf.{}Options"
KINDS = "File Message Field Oneof ExtensionRange Enum EnumValue Service Method".split()
GOGO = 65001
# The values of fields of every kind on the wire: a number, 8 and 4 bytes, a text, a group.
VALUES = [
    wire.field(GOGO, 1),
    wire.varint(GOGO << 3 | 1) + bytes(8),
    wire.varint(GOGO << 3 | 5) + bytes(4),
    wire.field(GOGO, b"text"),
    wire.varint(GOGO << 3 | 3) + wire.field(1, 2) + wire.varint(GOGO << 3 | 4),
]


def holder(name: str, package: str, number: int, *imports: str) -> FileDescriptorProto:
    """A file that extends every kind of options by that number."""
    file = FileDescriptorProto(name=name, package=package, dependency=imports)
    file.message_type.add(name="Rule").field.add(name="x", number=1)
    for kind in KINDS:
        file.extension.add(name=f"on_{kind.lower()}", number=number, extendee=OPTIONS.format(kind))
    return file


def stripped(
    *files: FileDescriptorProto, entries: str = "a.proto", of: tuple[str, ...] = ("gogo",)
) -> Stripped:
    return without_options(FileDescriptorSet(file=files).SerializeToString(), of, entries.split())


def left(found: Stripped) -> dict[str, FileDescriptorProto]:
    return {file.name: file for file in FileDescriptorSet.FromString(found.content).file}


def declarations(file: FileDescriptorProto) -> list[Any]:
    """One declaration of each kind, in the order of KINDS."""
    message = file.message_type.add(name="M")
    message.nested_type.add(name="Deep")
    range_ = message.extension_range.add(start=100, end=200)
    enum = message.nested_type[0].enum_type.add(name="E")
    service = file.service.add(name="S")
    method = service.method.add(name="Do", input_type=".p.M", output_type=".p.M")
    field, oneof = message.nested_type[0].field.add(name="f", number=1), message.oneof_decl.add(name="o")
    return [file, message, field, oneof, range_, enum, enum.value.add(name="ZERO", number=0), service, method]


def test_options_go_from_every_kind_of_declaration_and_others_stay() -> None:
    for value in VALUES:
        file = FileDescriptorProto(name="a.proto", package="p", dependency=["gogo.proto", "other.proto"])
        plain = FileDescriptorProto(name="a.proto", package="p", dependency=["other.proto"])
        for with_gogo, without in zip(declarations(file), declarations(plain), strict=True):
            with_gogo.options.MergeFromString(value + wire.field(70_000, b"kept"))
            without.options.MergeFromString(wire.field(70_000, b"kept"))
        found = stripped(file, holder("gogo.proto", "gogo", GOGO), holder("other.proto", "other", 70_000))
        assert left(found)["a.proto"] == plain
        assert list(left(found)) == ["a.proto", "other.proto"]
        assert found.changed == {"a.proto"}


def test_a_declaration_without_other_options_has_none_left() -> None:
    file = FileDescriptorProto(name="a.proto", package="p", dependency=["gogo.proto"])
    for each in declarations(file):
        each.options.MergeFromString(wire.field(GOGO, 1))
    found = stripped(file, holder("gogo.proto", "gogo.deep", GOGO))
    assert not any(
        each.HasField("options") for each in [left(found)["a.proto"], *left(found)["a.proto"].service]
    )
    assert list(left(found)) == ["a.proto"]


def test_a_number_counts_for_the_options_that_it_extends_only() -> None:
    gogo = FileDescriptorProto(name="gogo.proto", package="gogo")
    # Within a message, as some are declared.
    gogo.message_type.add(name="Scope").extension.add(
        name="x", number=GOGO, extendee=OPTIONS.format("Message")
    )
    file = FileDescriptorProto(name="a.proto", package="p", dependency=["gogo.proto"])
    field = file.message_type.add(name="M").field.add(name="f", number=1)
    file.message_type[0].options.MergeFromString(wire.field(GOGO, 1))
    field.options.MergeFromString(wire.field(GOGO, 1))
    after = left(stripped(file, gogo))["a.proto"].message_type[0]
    assert not after.HasField("options")
    assert after.field[0].options.SerializeToString() == wire.field(GOGO, 1)


def test_an_import_stays_where_its_types_are_used() -> None:
    file = FileDescriptorProto(name="a.proto", package="p", dependency=["gogo.proto"])
    file.message_type.add(name="M").field.add(name="f", number=1, type_name=".gogo.Rule")
    file.options.MergeFromString(wire.field(GOGO, 1))
    found = stripped(
        file, holder("gogo.proto", "gogo", GOGO, "google/protobuf/descriptor.proto"), descriptor()
    )
    assert list(left(found)) == ["a.proto", "gogo.proto", "google/protobuf/descriptor.proto"]
    assert not left(found)["a.proto"].HasField("options")


def descriptor() -> FileDescriptorProto:
    return FileDescriptorProto(name="google/protobuf/descriptor.proto", package="google.protobuf")


def test_an_import_stays_where_what_it_imports_publicly_is_used() -> None:
    types = FileDescriptorProto(name="t.proto", package="t")
    types.message_type.add(name="T")
    gogo = holder("gogo.proto", "gogo", GOGO, "t.proto")
    gogo.public_dependency.append(0)
    file = FileDescriptorProto(name="a.proto", package="p", dependency=["gogo.proto"])
    file.message_type.add(name="M").field.add(name="f", number=1, type_name=".t.T")
    assert list(left(stripped(file, gogo, types))) == ["a.proto", "gogo.proto", "t.proto"]
    file.message_type[0].field[0].type_name = ""
    assert list(left(stripped(file, gogo, types))) == ["a.proto"]


def test_a_public_import_stays_where_another_file_uses_it() -> None:
    through = FileDescriptorProto(
        name="b.proto", package="q", dependency=["gogo.proto"], public_dependency=[0]
    )
    file = FileDescriptorProto(name="a.proto", package="p", dependency=["b.proto"])
    field = file.message_type.add(name="M").field.add(name="f", number=1, type_name=".gogo.Rule")
    gogo = holder("gogo.proto", "gogo", GOGO)
    assert list(left(stripped(file, through, gogo))["b.proto"].public_dependency) == [0]
    field.type_name = ".p.M"
    after = left(stripped(file, through, gogo))
    assert list(after) == ["a.proto", "b.proto"]
    assert not after["b.proto"].public_dependency


def test_indices_and_source_info_follow_the_imports() -> None:
    imports = ["x.proto", "gogo.proto", "y.proto", "z.proto"]
    file = FileDescriptorProto(name="a.proto", package="p", dependency=imports)
    file.public_dependency.extend([1, 2])
    file.weak_dependency.extend([1, 3])
    file.message_type.add(name="M").field.add(name="f", number=1).options.MergeFromString(
        wire.field(GOGO, 1) + FieldOptions(deprecated=True).SerializeToString()
    )
    comments: dict[tuple[int, ...], str]
    comments = {(3, 0): "x", (3, 1): "gogo", (3, 2): "y", (10, 0): "g", (10, 1): "y", (11, 1): "z"}
    comments |= {
        (4, 0, 2, 0): "f",
        (4, 0, 2, 0, 8): "[]",
        (4, 0, 2, 0, 8, GOGO): "o",
        (4, 0, 2, 0, 8, 3): "d",
    }
    for path, comment in comments.items():
        file.source_code_info.location.add(path=path, span=[1, 2, 3], leading_comments=comment)
    others = [FileDescriptorProto(name=name) for name in imports if name != "gogo.proto"]
    after = left(stripped(file, holder("gogo.proto", "gogo", GOGO), *others))["a.proto"]
    assert list(after.dependency) == ["x.proto", "y.proto", "z.proto"]
    assert (list(after.public_dependency), list(after.weak_dependency)) == ([1], [2])
    told = {tuple(each.path): each.leading_comments for each in after.source_code_info.location}
    kept = {(4, 0, 2, 0): "f", (4, 0, 2, 0, 8): "[]", (4, 0, 2, 0, 8, 3): "d"}
    assert told == {(3, 0): "x", (3, 1): "y", (10, 0): "y", (11, 0): "z", **kept}
    assert {tuple(each.span) for each in after.source_code_info.location} == {(1, 2, 3)}


def test_imports_for_options_only_go_too() -> None:
    # Edition 2024's `import option`, which runtimes from before it don't know.
    file = FileDescriptorProto(name="a.proto", package="p")
    file.MergeFromString(wire.field(15, b"gogo.proto") + wire.field(15, b"kept.proto"))
    kept = FileDescriptorProto(name="kept.proto", package="kept")
    found = stripped(file, holder("gogo.proto", "gogo", GOGO), kept)
    assert list(left(found)) == ["a.proto", "kept.proto"]


def test_an_entry_point_stays_and_misspelled_packages_are_told() -> None:
    gogo = holder("gogo.proto", "gogo", GOGO)
    others = [holder(f"{name}.proto", name, 70_000) for name in ("a.openapi.b", "validate")]
    names = ("gogo", "gog", "openapi", "valdiate", "envoy")
    found = stripped(gogo, *others, entries="gogo.proto", of=names)
    assert list(left(found)) == ["gogo.proto"]
    assert found.misspelled == {"openapi": "a.openapi.b", "valdiate": "validate"}
    assert found.changed == frozenset()


@given(sets())
def test_a_set_without_such_options_keeps_its_bytes(content: bytes) -> None:
    entries = [file.name for file in FileDescriptorSet.FromString(content).file]
    assert without_options(content, ("gogo",), entries) == Stripped(content, frozenset(), {})
