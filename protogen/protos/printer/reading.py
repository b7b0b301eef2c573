"""Reading a descriptor set by its own words: options that its files declare become fields by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from protogen.protos import wire

_DESCRIPTOR = "google/protobuf/descriptor.proto"
_KEPT_OPTIONS = ("map_entry", "message_set_wire_format", "features")


def read(descriptor_set: bytes) -> tuple[Any, ...]:
    """The files of a serialized FileDescriptorSet, as FileDescriptorProto of a pool of the set's own.

    Defaults of fields, and strings in declared options, are bytes: protoc takes any.
    """
    content = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set)
    shapes = {file.name: _newest(_shape(file)) for file in _with_descriptor(content.file)}
    if not _share_numbers(shapes.values()):
        return tuple(_messages(shapes.values()).FromString(descriptor_set).file)
    # Files that don't see each other may give one number to several extensions: each is read by what it sees.
    files = []
    for name, file in zip((file.name for file in content.file), _entries(descriptor_set), strict=True):
        seen = [shapes[each] for each in _seen(name, shapes)]
        files += _messages(seen).FromString(file).file
    return tuple(files)


def _messages(shapes: Iterable[FileDescriptorProto]) -> Any:
    """FileDescriptorSet as a pool of these files has it. Of extensions of one number the first counts."""
    pool, taken = DescriptorPool(), set[tuple[str, int]]()
    for shape in _in_order([_without_taken(shape, taken) for shape in shapes]):
        pool.AddSerializedFile(shape.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))


def _entries(descriptor_set: bytes) -> list[bytes]:
    """A set of each file alone."""
    return [wire.field(1, file) for file in wire.contents(descriptor_set, 1)]


def _seen(name: str, shapes: Mapping[str, FileDescriptorProto]) -> list[str]:
    """The file, those that it imports, those that these import, and so on; descriptor.proto in any case."""
    found = [name]
    for each in found:
        found += [other for other in shapes[each].dependency if other in shapes and other not in found]
    return [*found, *({_DESCRIPTOR} - {*found})]


def _holders(declaring: Any) -> Iterator[Any]:
    """The file or message, and all messages in it."""
    yield declaring
    is_file = "message_type" in declaring.DESCRIPTOR.fields_by_name
    for message in declaring.message_type if is_file else declaring.nested_type:
        yield from _holders(message)


def _share_numbers(shapes: Iterable[FileDescriptorProto]) -> bool:
    extensions = [each for shape in shapes for holder in _holders(shape) for each in holder.extension]
    return len({(each.extendee, each.number) for each in extensions}) < len(extensions)


def _without_taken(shape: FileDescriptorProto, taken: set[tuple[str, int]]) -> FileDescriptorProto:
    """A copy without the extensions whose number is taken; fills that with those it has."""
    copy = FileDescriptorProto()
    copy.CopyFrom(shape)
    for holder in _holders(copy):
        kept = [each for each in holder.extension if (each.extendee, each.number) not in taken]
        taken.update((each.extendee, each.number) for each in kept)
        del holder.extension[:]
        holder.extension.extend(kept)
    return copy


def same(one: bytes, other: bytes, *, but_unknown: bool = False) -> bool:
    """Whether two serialized sets have equal descriptors, whatever their order and source info.

    but_unknown: passing over options that no file of the set declares.
    """
    return _facts(one, but_unknown) == _facts(other, but_unknown)


def _facts(descriptor_set: bytes, but_unknown: bool) -> dict[str, bytes]:
    found = {}
    for file in read(descriptor_set):
        file.ClearField("source_code_info")
        if but_unknown:
            file.DiscardUnknownFields()
            _clear_empty_options(file)
        found[file.name] = file.SerializeToString(deterministic=True)
    return found


def _clear_empty_options(declaration: Any) -> None:
    for field, value in declaration.ListFields():
        if field.name == "options" and not value.ByteSize():
            declaration.ClearField("options")
        elif field.message_type and field.name != "options":
            for each in value:
                _clear_empty_options(each)


def _with_descriptor(files: Iterable[FileDescriptorProto]) -> list[FileDescriptorProto]:
    found = list(files)
    return found if any(file.name == _DESCRIPTOR for file in found) else [_runtimes(), *found]


def _runtimes() -> FileDescriptorProto:
    return FileDescriptorProto.FromString(descriptor_pb2.DESCRIPTOR.serialized_pb)


def _newest(shape: FileDescriptorProto) -> FileDescriptorProto:
    """Of descriptor.proto the set's own or the runtime's, whichever declares more."""
    if shape.name != _DESCRIPTOR:
        return shape
    return max(shape, _shape(_runtimes()), key=lambda each: each.ByteSize())


def _shape(file: FileDescriptorProto) -> FileDescriptorProto:
    """What tells how messages are read: no options, defaults or services, which a pool may refuse."""
    shape = FileDescriptorProto()
    shape.CopyFrom(file)
    for name in ("source_code_info", "service", "weak_dependency"):
        shape.ClearField(name)
    if not shape.syntax:
        shape.ClearField("syntax")
    if "option_dependency" in shape.DESCRIPTOR.fields_by_name:
        # For a pool all imports are alike.
        shape.dependency.extend(shape.option_dependency)
        shape.ClearField("option_dependency")
    _reduce_options(shape)
    for field in shape.extension:
        _shape_field(field, is_text=False)
    for message in shape.message_type:
        _shape_message(message, is_text=file.name == _DESCRIPTOR)
    for enum in shape.enum_type:
        _shape_enum(enum)
    return shape


def _shape_message(message: DescriptorProto, *, is_text: bool) -> None:
    _reduce_options(message)
    for name in ("reserved_range", "reserved_name"):
        message.ClearField(name)
    for each in message.extension_range:
        each.ClearField("options")
    for oneof in message.oneof_decl:
        oneof.ClearField("options")
    for field in (*message.field, *message.extension):
        is_key = message.options.map_entry and field.name == "key"
        _shape_field(field, is_text=is_key or (is_text and field.name != "default_value"))
        if not field.extendee:
            # One that is like no other's, nor like a field's name.
            field.json_name = f"#{field.number}"
    for nested in message.nested_type:
        _shape_message(nested, is_text=is_text)
    for enum in message.enum_type:
        _shape_enum(enum)


def _shape_field(field: FieldDescriptorProto, *, is_text: bool) -> None:
    field.ClearField("default_value")
    field.ClearField("json_name")
    _reduce_options(field)
    if field.type == field.TYPE_STRING and not is_text:
        field.type = field.TYPE_BYTES


def _shape_enum(enum: Any) -> None:
    _reduce_options(enum)
    for name in ("reserved_range", "reserved_name"):
        enum.ClearField(name)
    for value in enum.value:
        value.ClearField("options")
    # Whether it may have aliases isn't asked by pools that are told it may.
    enum.options.allow_alias = len({value.number for value in enum.value}) < len(enum.value)


def _reduce_options(declaration: Any) -> None:
    """Leave of a declaration's options those that tell how a message is read."""
    options = type(declaration.options)()
    options.CopyFrom(declaration.options)
    declaration.ClearField("options")
    for name in _KEPT_OPTIONS:
        if name in options.DESCRIPTOR.fields_by_name and options.HasField(name):
            if name == "features":
                declaration.options.features.CopyFrom(options.features)
                declaration.options.features.DiscardUnknownFields()
            else:
                setattr(declaration.options, name, getattr(options, name))


def _in_order(shapes: Iterable[FileDescriptorProto]) -> Iterator[FileDescriptorProto]:
    """Each after those that it imports; what isn't there isn't imported."""
    waiting = {shape.name: shape for shape in shapes}
    ahead, done = list(reversed(waiting)), set[str]()
    while ahead:
        shape = waiting[ahead[-1]]
        first = [name for name in shape.dependency if name in waiting and name not in done]
        if first and shape.name not in done:
            ahead += first
            continue
        name = ahead.pop()
        if name not in done:
            done.add(name)
            known = [each for each in shape.dependency if each in waiting]
            public = [shape.dependency[index] for index in shape.public_dependency]
            del shape.dependency[:], shape.public_dependency[:]
            shape.dependency.extend(known)
            shape.public_dependency.extend(known.index(each) for each in public if each in waiting)
            yield shape
