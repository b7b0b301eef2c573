"""What the outline tells of declarations."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from protogen.protos.outline import outline_of


def test_second_names_of_values_and_what_a_field_begins_as() -> None:
    file = FileDescriptorProto(name="a.proto")
    enum = file.enum_type.add(name="E")
    enum.options.allow_alias = True
    for name, number in (("A", 0), ("B", 1), ("C", 0), ("D", 1), ("F", -1)):
        enum.value.add(name=name, number=number)
    message = file.message_type.add(name="M")
    message.field.add(
        name="e", number=1, type=FieldDescriptorProto.TYPE_ENUM, type_name=".E", default_value="C"
    )
    message.field.add(name="s", number=2, type=FieldDescriptorProto.TYPE_STRING, default_value="C")
    (found,) = outline_of(FileDescriptorSet(file=[file]).SerializeToString()).files
    by_name = {each.name: each for each in found.types}
    assert by_name["E"].aliases == ("C", "D")
    assert [(each.default, each.default_value) for each in by_name["M"].fields] == [(True, "C"), (True, "")]
