"""What holds for declarations, by syntax, edition and what they say themselves."""

import pytest
from google.protobuf.descriptor_pb2 import (
    Edition,
    EnumOptions,
    FeatureSet,
    FieldOptions,
    FileDescriptorProto,
    FileOptions,
    MessageOptions,
)
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto as F,
)

from protogen.protos import features
from protogen.protos.features import Features, edition_name, has_presence, is_packed, of_field, of_file

if "EDITION_LEGACY" not in Edition.keys():  # noqa: SIM118
    pytest.skip("the installed protobuf is from before editions", allow_module_level=True)

EXPLICIT, IMPLICIT, REQUIRED = FeatureSet.EXPLICIT, FeatureSet.IMPLICIT, FeatureSet.LEGACY_REQUIRED
FILES = {
    "proto2": FileDescriptorProto(),
    "proto3": FileDescriptorProto(syntax="proto3"),
    "2023": FileDescriptorProto(syntax="editions", edition=Edition.EDITION_2023),
    "2024": FileDescriptorProto(syntax="editions", edition=Edition.EDITION_2024),
    "2023, implicit": FileDescriptorProto(
        syntax="editions",
        edition=Edition.EDITION_2023,
        options=FileOptions(
            features=FeatureSet(field_presence=IMPLICIT, repeated_field_encoding=FeatureSet.EXPANDED)
        ),
    ),
}


def field(
    type_: "F.Type.ValueType" = F.TYPE_INT32, label: "F.Label.ValueType" = F.LABEL_OPTIONAL, **more: object
) -> F:
    said = {key: more.pop(key) for key in [*more] if key in FeatureSet.DESCRIPTOR.fields_by_name}
    made = F(type=type_, label=label, **more)  # type: ignore[arg-type]
    if said:
        made.options.features.CopyFrom(FeatureSet(**said))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("file", ["proto2", "proto3", "2023", "2024"])
def test_defaults_are_those_that_descriptor_proto_names(file: str) -> None:
    number = {"proto2": 998, "proto3": 999, "2023": 1000, "2024": 1001}[file]
    for name in features._NAMES:
        declared = FeatureSet.DESCRIPTOR.fields_by_name[name].GetOptions().edition_defaults
        known = {default.edition: default.value for default in declared if default.edition <= number}
        assert getattr(of_file(FILES[file]), name) == known[max(known)], name


@pytest.mark.parametrize(
    ("file", "each", "expected"),
    [
        ("proto2", field(), True),
        ("proto2", field(label=F.LABEL_REQUIRED), True),
        ("proto2", field(F.TYPE_GROUP), True),
        ("proto2", field(F.TYPE_MESSAGE, F.LABEL_REPEATED), False),
        ("proto3", field(), False),
        ("proto3", field(proto3_optional=True, oneof_index=0), True),
        ("proto3", field(oneof_index=0), True),
        ("proto3", field(F.TYPE_MESSAGE), True),
        ("proto3", field(extendee=".M"), True),
        ("2023", field(), True),
        ("2023", field(F.TYPE_ENUM), True),
        ("2023", field(label=F.LABEL_REPEATED), False),
        ("2023", field(field_presence=IMPLICIT), False),
        ("2023", field(field_presence=REQUIRED), True),
        ("2024", field(), True),
        ("2023, implicit", field(), False),
        ("2023, implicit", field(field_presence=EXPLICIT), True),
        ("2023, implicit", field(field_presence=REQUIRED), True),
        ("2023, implicit", field(F.TYPE_MESSAGE), True),
        ("2023, implicit", field(oneof_index=0), True),
        ("2023, implicit", field(extendee=".M"), True),
    ],
)
def test_presence(file: str, each: F, expected: bool) -> None:
    assert has_presence(each, of_file(FILES[file])) is expected


@pytest.mark.parametrize(
    ("file", "each", "expected"),
    [
        ("proto2", field(label=F.LABEL_REPEATED), False),
        ("proto2", field(label=F.LABEL_REPEATED, options=FieldOptions(packed=True)), True),
        ("proto3", field(label=F.LABEL_REPEATED), True),
        ("proto3", field(label=F.LABEL_REPEATED, options=FieldOptions(packed=False)), False),
        ("proto3", field(F.TYPE_STRING, F.LABEL_REPEATED), False),
        ("proto3", field(F.TYPE_MESSAGE, F.LABEL_REPEATED), False),
        ("proto3", field(), False),
        ("2023", field(label=F.LABEL_REPEATED), True),
        ("2023", field(F.TYPE_ENUM, F.LABEL_REPEATED), True),
        ("2023", field(label=F.LABEL_REPEATED, repeated_field_encoding=FeatureSet.EXPANDED), False),
        ("2023, implicit", field(label=F.LABEL_REPEATED), False),
        ("2023, implicit", field(label=F.LABEL_REPEATED, repeated_field_encoding=FeatureSet.PACKED), True),
    ],
)
def test_packing(file: str, each: F, expected: bool) -> None:
    assert is_packed(each, of_file(FILES[file])) is expected


@pytest.mark.parametrize(
    ("file", "each", "expected"),
    [
        ("proto2", field(label=F.LABEL_REQUIRED), {"field_presence": "LEGACY_REQUIRED"}),
        ("proto2", field(F.TYPE_GROUP), {"message_encoding": "DELIMITED"}),
        (
            "2023",
            field(F.TYPE_MESSAGE, message_encoding=FeatureSet.DELIMITED),
            {"message_encoding": "DELIMITED"},
        ),
        ("2023", field(F.TYPE_STRING, utf8_validation=FeatureSet.NONE), {"utf8_validation": "NONE"}),
    ],
)
def test_a_fields_own_features(file: str, each: F, expected: dict[str, str]) -> None:
    around = of_file(FILES[file])
    found = of_field(each, around)
    assert {name: getattr(found, name) for name in expected} == expected
    assert of_field(field(), around) == around


def test_the_nearest_word_counts() -> None:
    file = of_file(FILES["2023, implicit"])
    assert file.field_presence == "IMPLICIT"
    message = file.within(MessageOptions(features=FeatureSet(json_format=FeatureSet.LEGACY_BEST_EFFORT)))
    assert (message.field_presence, message.json_format) == ("IMPLICIT", "LEGACY_BEST_EFFORT")
    enum = message.within(EnumOptions(features=FeatureSet(enum_type=FeatureSet.CLOSED)))
    assert (enum.enum_type, enum.json_format) == ("CLOSED", "LEGACY_BEST_EFFORT")
    assert message.enum_type == "OPEN"


def test_what_a_syntax_settles_no_declaration_changes() -> None:
    proto2 = of_file(FILES["proto2"])
    assert proto2.within(EnumOptions(features=FeatureSet(enum_type=FeatureSet.OPEN))) is proto2
    assert Features() == of_file(FILES["2024"])


@pytest.mark.parametrize(("number", "name"), [(0, ""), (1000, "2023"), (1001, "2024"), (9999, "9999")])
def test_names_of_editions(number: int, name: str) -> None:
    assert edition_name(number) == name
