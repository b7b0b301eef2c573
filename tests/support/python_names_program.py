"""Use generated packages by the names that their protos declare; standard input: the packages, as JSON.

Argument: the folder that they are in, with `protos/PACKAGE/set.binpb`. Prints what is wrong, as JSON.
"""

from __future__ import annotations

import importlib
import json
import keyword
import pkgutil
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.empty_pb2 import Empty
from google.protobuf.internal import api_implementation
from google.protobuf.message import Message

UPB = api_implementation.Type() == "upb"
# What every message's class has of its own.
OWN = {*dir(Empty), *dir(type(Empty)), "Extensions", "__annotations__"}
NUMBERS = {F.CPPTYPE_STRING: "a", F.CPPTYPE_BOOL: True, F.CPPTYPE_FLOAT: 1.5, F.CPPTYPE_DOUBLE: 2.5}


def main(folder: str) -> None:
    """Judge each package."""
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    warnings.simplefilter("error")
    wrong = []
    for package in json.load(sys.stdin):
        content = Path(folder, "protos", package, "set.binpb").read_bytes()
        try:
            Judge(package, FileDescriptorSet.FromString(content)).judge()
        except Exception:
            wrong.append(f"{package}: {traceback.format_exc()[-900:]}")
    json.dump(wrong, sys.stdout)


class Judge:
    """One package and the set that it was made of."""

    def __init__(self, package: str, descriptor_set: Any) -> None:
        self.package = package
        self.files = descriptor_set.file
        self.root = importlib.import_module(package)
        self.pool = self.root.descriptor_pool
        self.modules: dict[str, Any] = {}
        self.services: dict[str, Any] = {}

    def judge(self) -> None:
        """All of it; raises AssertionError or what the package raises."""
        for each in pkgutil.walk_packages(self.root.__path__, f"{self.package}."):
            module = importlib.import_module(each.name)
            first = Path(str(module.__file__)).read_text(encoding="utf-8").partition("\n")[0]
            assert module.__name__ == each.name and module is sys.modules[each.name]
            if first.startswith("# Made by protogen from "):
                proto = first.removeprefix("# Made by protogen from ").removesuffix("; edits are lost.")
                (self.services if each.name.endswith("_grpc") else self.modules)[proto] = module
        for name in self.root.__all__:
            assert hasattr(self.root, name), name
        for file in self.files:
            module, pooled = self.modules[file.name], self.pool.FindFileByName(file.name)
            scope = [each.name for each in (*file.message_type, *file.enum_type, *file.extension)]
            scope += [value.name for enum in file.enum_type for value in enum.value]
            for name in scope:
                found(module, name, scope)
            for enum in file.enum_type:
                for value in enum.value:
                    assert found(module, value.name, scope) == value.number
                self.enum(found(module, enum.name, scope), enum)
            for message in file.message_type:
                class_ = found(module, message.name, scope)
                self.message(class_, message, pooled.message_types_by_name[message.name])
            for service in file.service:
                self.service(file, service)

    def enum(self, wrapper: Any, enum: Any) -> None:
        """All values of an enum, by name."""
        for value in enum.value:
            assert wrapper.Value(value.name) == value.number
        assert wrapper.DESCRIPTOR.name == enum.name

    def message(self, class_: Any, message: Any, descriptor: Any) -> None:
        """A message and what is nested in it: made, filled by names, sent and received."""
        assert class_.DESCRIPTOR is descriptor or class_.DESCRIPTOR.full_name == descriptor.full_name
        assert isinstance(class_(), Message) and class_.__module__.startswith(self.package)
        made = class_()
        for field in descriptor.fields:
            fill(made, field)
        content = class_.SerializeToString(made)
        again = class_.FromString(content)
        assert again == made and class_.FromString(content) is not made
        for field in descriptor.fields:
            if settable(field.name):
                assert getattr(made, field.name) == getattr(again, field.name)
        arguments = {
            field.name: getattr(made, field.name)
            for field in descriptor.fields
            if plain(field) and settable(field.name)
        }
        arguments.pop("self", None)
        assert class_(**arguments) is not None
        scope = [each.name for each in (*message.field, *message.nested_type, *message.enum_type)]
        scope += [each.name for each in message.extension]
        scope += [value.name for enum in message.enum_type for value in enum.value]
        for nested in message.nested_type:
            if not nested.options.map_entry:
                held = found(class_, nested.name, scope, OWN)
                self.message(held, nested, descriptor.nested_types_by_name[nested.name])
        for enum in message.enum_type:
            self.enum(found(class_, enum.name, scope, OWN), enum)
            for value in enum.value:
                number = found(class_, value.name, scope, OWN)
                assert number == value.number, value.name

    def service(self, file: Any, service: Any) -> None:
        """A service's stub on a channel that only takes notes, and its servicer on such a server."""
        module = self.services[file.name]
        prefix = f"{file.package}." if file.package else ""
        channel = Notes()
        stub = getattr(module, f"{service.name}Stub")(channel)
        routes = {f"/{prefix}{service.name}/{method.name}" for method in service.method}
        assert set(channel.routes) == routes and len(channel.routes) == len(routes)
        assert len(vars(stub)) == len(routes), "two RPCs have one name"
        server = Notes()
        servicer = getattr(module, f"{service.name}Servicer")()
        getattr(module, f"add_{service.name}Servicer_to_server")(servicer, server)
        for method in service.method:
            serving = server.handlers[0].service(Call(f"/{prefix}{service.name}/{method.name}"))
            asked = self.pool.FindMessageTypeByName(method.input_type[1:])
            answered = self.pool.FindMessageTypeByName(method.output_type[1:])
            assert type(serving.request_deserializer(b"")).DESCRIPTOR.full_name == asked.full_name
            assert serving.response_serializer(answered._concrete_class()) == b"", method.name


class Notes:
    """A channel and a server."""

    def __init__(self) -> None:
        self.routes: list[str] = []
        self.handlers: list[Any] = []

    def unary_unary(self, route: str, request_serializer: Any, response_deserializer: Any) -> object:
        """Note the route."""
        assert callable(request_serializer) and response_deserializer(b"") is not None
        self.routes.append(route)
        return object()

    unary_stream = stream_unary = stream_stream = unary_unary

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """Note the handlers."""
        self.handlers += handlers


class Call:
    """What a handler is asked for."""

    def __init__(self, method: str) -> None:
        self.method = method


def found(holder: Any, name: str, scope: list[str], own: set[str] | None = None) -> Any:
    """What is declared as name: by its own name, or, where that is the holder's own, by one with underscores.

    Names with underscores must be there for keywords too.
    """
    other = name
    while keyword.iskeyword(other) or (other != name and other in scope) or other in (own or ()):
        other += "_"
    dunder = name.startswith("__") and name.endswith("__")
    if not hasattr(holder, other) or (dunder and hasattr(holder, f"{other}_")):
        other += "_"
    value = getattr(holder, other)
    if keyword.iskeyword(name):
        same = getattr(holder, name)
        assert same is value or same.DESCRIPTOR is value.DESCRIPTOR or same == value
    return value


def settable(field: str) -> bool:
    """Whether the runtime takes a field by its name: pure Python has its own attributes first."""
    return UPB or not (field in OWN or (field.startswith("__") and field.endswith("__")))


def plain(field: Any) -> bool:
    """Whether a constructor takes the field's value as it is read."""
    return field.message_type is None


def fill(made: Any, field: Any) -> None:
    """Give a field a value, by its name where the runtime takes that."""
    repeated = field.is_repeated if hasattr(field, "is_repeated") else field.label == F.LABEL_REPEATED
    if not settable(field.name):
        return
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return
    if field.cpp_type == F.CPPTYPE_MESSAGE:
        if repeated:
            getattr(made, field.name).add()
        else:
            part = getattr(made, field.name)
            type(part).SetInParent(part)
        return
    value: Any = NUMBERS.get(field.cpp_type, 1)
    if field.type == F.TYPE_BYTES:
        value = b"a"
    if field.cpp_type == F.CPPTYPE_ENUM:
        value = field.enum_type.values[0].number
    if repeated:
        getattr(made, field.name).append(value)
    else:
        setattr(made, field.name, value)


if __name__ == "__main__":
    main(sys.argv[1])
