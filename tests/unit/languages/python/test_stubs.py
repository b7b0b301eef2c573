from __future__ import annotations

import ast

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from protogen.languages.python.field_types import FieldTypes, is_assignable
from protogen.languages.python.message_stubs import message_stub
from protogen.languages.python.modules import message_module
from protogen.languages.python.services import service_module, service_stub
from protogen.languages.python.symbols import (
    Imported,
    References,
    Symbol,
    named_imports,
    public_names,
    relative_import,
    star_import,
    symbols,
)

F = FieldDescriptorProto
MODULES = {"a/m.proto": "a.m_pb2", "b.proto": "b_pb2"}


def made(syntax: str = "proto3") -> tuple[FileDescriptorProto, FileDescriptorProto]:
    file = FileDescriptorProto(name="a/m.proto", package="a", syntax=syntax, dependency=["b.proto"])
    message = file.message_type.add(name="M")
    entry = message.nested_type.add(name="MapEntry")
    entry.options.map_entry = True
    # A map's fields may stand in any order.
    entry.field.add(name="value", number=2, type=F.TYPE_MESSAGE, type_name=".b.B", label=F.LABEL_OPTIONAL)
    entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    other = FileDescriptorProto(name="b.proto", package="b", syntax="proto3", public_dependency=[])
    other.message_type.add(name="B")
    other.enum_type.add(name="E").value.add(name="NONE", number=0)
    return file, other


def field(kind: F.Type.ValueType, label: F.Label.ValueType = F.LABEL_OPTIONAL, type_name: str = "") -> F:
    return F(name="f", number=1, type=kind, label=label, type_name=type_name)


@pytest.mark.parametrize(
    ("each", "read", "argument"),
    [
        (field(F.TYPE_SINT64), "_builtins.int", "_builtins.int | None"),
        (field(F.TYPE_FLOAT), "_builtins.float", "_builtins.float | None"),
        (field(F.TYPE_BOOL), "_builtins.bool", "_builtins.bool | None"),
        (field(F.TYPE_ENUM, type_name=".b.E"), "_b_pb2.E.ValueType", "_b_pb2.E.ValueType | None"),
        (field(F.TYPE_MESSAGE, type_name=".a.M"), "M", "M | None"),
        (
            field(F.TYPE_BYTES, F.LABEL_REPEATED),
            "_containers.RepeatedScalarFieldContainer[_builtins.bytes]",
            "_abc.Iterable[_builtins.bytes] | None",
        ),
        (
            field(F.TYPE_GROUP, F.LABEL_REPEATED, ".b.B"),
            "_containers.RepeatedCompositeFieldContainer[_b_pb2.B]",
            "_abc.Iterable[_b_pb2.B] | None",
        ),
        (
            field(F.TYPE_MESSAGE, F.LABEL_REPEATED, ".a.M.MapEntry"),
            "_containers.MessageMap[_builtins.str, _b_pb2.B]",
            "_abc.Mapping[_builtins.str, _b_pb2.B] | None",
        ),
    ],
)
def test_field_types(each: F, read: str, argument: str) -> None:
    types = FieldTypes(symbols(made(), MODULES, {}), References("a.m_pb2").to, Imported())
    assert types.read(each) == read
    assert types.argument(each) == argument
    assert is_assignable(each) == (not read.startswith("_containers") and read != "M")


def test_symbols_and_references() -> None:
    found = symbols(made(), MODULES, {})
    assert found.keys() == {".a.M", ".a.M.MapEntry", ".b.B", ".b.E"}
    assert found[".b.E"] == Symbol("b_pb2", "E")
    references = References("a.c.x_pb2")
    assert references.alias("a.m_pb2") == references.alias("a.m_pb2") == "_m_pb2"
    assert references.alias("m_pb2") == "_m_pb2_2"
    assert references.imports() == ["from ...a import m_pb2 as _m_pb2", "from ... import m_pb2 as _m_pb2_2"]
    assert relative_import("top_pb2", "_pool") == "from . import _pool"
    assert star_import("a.b_pb2", "c.d_pb2") == "from ..c.d_pb2 import *"
    assert named_imports("a_pb2", "b_pb2", ["B"]) == ["from .b_pb2 import B as B"]


def test_public_imports_pass_on_what_they_import() -> None:
    top = FileDescriptorProto(name="top.proto", dependency=["mid.proto"], public_dependency=[0])
    mid = FileDescriptorProto(name="mid.proto", dependency=["x.proto", "b.proto"], public_dependency=[1])
    mid.extension.add(name="ext")
    other = made()[1]
    other.enum_type[0].value.add(name="None", number=1)
    files = {file.name: file for file in (top, mid, other)}
    assert public_names(top, files, {}) == ["B", "E", "EXT_FIELD_NUMBER", "NONE", "ext"]
    modules = {"top.proto": "top_pb2", "mid.proto": "mid_pb2"}
    stub = message_stub(top, files, modules, {}, {})
    assert "from .mid_pb2 import B as B\n" in stub


def test_unused_imports_are_left_out_and_the_others_hide_nothing() -> None:
    imported = Imported.beside({"_typing", "_typing_", "_T", "other"})
    assert imported.variable == "_T_"
    assert imported.statements(["_abc.x", "_typing__.x"]) == [
        "import collections.abc as _abc",
        "import typing as _typing__",
        "",
    ]
    assert imported.statements(["_message.x"]) == ["from google.protobuf import message as _message", ""]
    assert imported.statements([]) == []


def test_a_message_stub_is_sound_where_names_hide_each_other() -> None:
    file, other = made("")
    message: DescriptorProto = file.message_type[0]
    message.field.add(name="M", number=1, type=F.TYPE_MESSAGE, type_name=".a.M", label=F.LABEL_OPTIONAL)
    message.field.add(name="from", number=2, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL)
    message.oneof_decl.add(name="one")
    message.oneof_decl.add(name="two")
    for number in range(2):
        message.field.add(name=f"x{number}", number=3 + number, type=F.TYPE_INT32, oneof_index=number)
    stub = message_stub(file, {"b.proto": other}, MODULES, symbols((file, other), MODULES, {}), {})
    ast.parse(stub)
    assert "def M(self) -> _global_M: ..." in stub
    assert stub.endswith("\n_global_M: _typing_extensions.TypeAlias = M\n")
    assert stub.count("@_typing.overload") == 2
    assert 'HasField(self, field_name: _typing.Literal["M", "from", "x0", "x1", "one", "two"])' in stub
    assert "from:" not in stub


def test_an_any_has_the_runtimes_methods() -> None:
    file = FileDescriptorProto(name="google/protobuf/any.proto", package="google.protobuf", syntax="proto3")
    file.message_type.add(name="Any").nested_type.add(name="Struct")
    modules = {file.name: "google.protobuf.any_pb2"}
    stub = message_stub(file, {}, modules, symbols((file,), modules, {}), {})
    assert "class Any(_message.Message, _well_known_types.Any):" in stub
    assert "class Struct(_message.Message):" in stub


def test_services_of_every_kind() -> None:
    file, other = made()
    calls = file.service.add(name="Calls")
    for name, sent, received in (("One", 0, 0), ("Out", 0, 1), ("In", 1, 0), ("import", 1, 1)):
        calls.method.add(
            name=name,
            input_type=".b.B",
            output_type=".a.M",
            client_streaming=bool(sent),
            server_streaming=bool(received),
        )
    file.service.add(name="Idle")
    places = symbols((file, other), MODULES, {})
    module, stub = service_module(file, MODULES, places), service_stub(file, MODULES, places)
    for text in (module, stub):
        ast.parse(text)
    for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
        assert f"= channel.{kind}(" in module
        assert f"_grpc.{kind}_rpc_method_handler(" in module
    assert '"/a.Calls/import",' in module
    assert "self.import_ = channel.stream_stream(" in module
    assert '"import": _grpc.stream_stream_rpc_method_handler(\n            servicer.import_,' in module
    assert "    Out: _grpc.UnaryStreamMultiCallable[_b_pb2.B, _m_pb2.M]\n" in stub
    assert "    In: _aio.StreamUnaryMultiCallable[_b_pb2.B, _m_pb2.M]  # type: ignore[assignment]\n" in stub
    assert "def In(self, request_iterator: _RequestIterator[_b_pb2.B], context: _ServicerContext)" in stub
    assert "class IdleServicer:\n    pass\n" in module


def test_a_service_without_a_package_has_a_plain_route() -> None:
    file = FileDescriptorProto(name="b.proto", syntax="proto3")
    file.message_type.add(name="B")
    file.service.add(name="Bare").method.add(name="Do", input_type=".B", output_type=".B")
    assert '"/Bare/Do"' in service_module(file, MODULES, symbols((file,), MODULES, {}))


NAMED = """
Name Value keys values items DESCRIPTOR HasField Extensions SerializeToString mro ValueType None __init__
""".split()


def test_what_the_runtimes_call_their_own_is_left_out_of_classes() -> None:
    file = FileDescriptorProto(name="b.proto", syntax="proto3")
    message, enum = file.message_type.add(name="M"), file.enum_type.add(name="E")
    for number, name in enumerate(NAMED):
        message.field.add(name=name, number=number + 1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
        enum.value.add(name=name, number=number)
    enum.value.add(name="V", number=100)
    stub = message_stub(file, {}, MODULES, symbols((file,), MODULES, {}), {})
    classes = {each.name: each for each in ast.parse(stub).body if isinstance(each, ast.ClassDef)}

    def held(name: str) -> dict[str, str]:
        return {
            each.target.id: ast.unparse(each.annotation)
            for each in classes[name].body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }

    assert held("_EEnumTypeWrapper") == {
        "DESCRIPTOR": "_descriptor.EnumDescriptor",
        **dict.fromkeys(("HasField", "Extensions", "SerializeToString", "V"), "_E.ValueType"),
    }
    assert "V" not in held("_E")
    fields = {name: type_ for name, type_ in held("M").items() if not name.endswith("_FIELD_NUMBER")}
    assert fields == {
        "DESCRIPTOR": "_descriptor.Descriptor",
        **dict.fromkeys(("Name", "Value", "keys", "values", "items", "ValueType"), "_builtins.str"),
    }
    assert "HasField: _builtins.str | None = ..." in stub
    assert "__init__: E.ValueType" in stub


def test_a_stub_has_aliases_for_names_that_no_statement_takes() -> None:
    file, _ = made()
    file.message_type[0].nested_type.add(name="import").enum_type.add(name="class").value.add(name="A")
    file.message_type.add(name="None").field.add(
        name="in", number=1, type=F.TYPE_MESSAGE, type_name=".a.M.import", label=F.LABEL_OPTIONAL
    )
    file.service.add(name="S").method.add(name="Do", input_type=".a.None", output_type=".a.M.import")
    renamings = {"a/m.proto": {"None": "None_", "M.import": "import_", "M.import.class": "class_"}}
    places = symbols((file, made()[1]), MODULES, renamings)
    stub = message_stub(file, {"b.proto": made()[1]}, MODULES, places, renamings)
    ast.parse(stub)
    assert "\nclass None_(_message.Message):" in stub
    assert "    class import_(_message.Message):" in stub
    assert "        class class_(_class_, metaclass=_class_EnumTypeWrapper):" in stub
    assert 'Literal["in"]' in stub
    module = service_module(file, MODULES, places)
    assert "request_serializer=_m_pb2.None_.SerializeToString," in module
    assert "_grpc.UnaryUnaryMultiCallable[_m_pb2.None_, _m_pb2.M.import_]" in service_stub(
        file, MODULES, places
    )


def test_what_a_stub_imports_hides_nothing_of_the_protos() -> None:
    file = FileDescriptorProto(name="b.proto", syntax="proto3", dependency=["a/m.proto"])
    message = file.message_type.add(name="_builtins")
    message.field.add(name="_typing", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
    message.field.add(name="_m_pb2", number=2, type=F.TYPE_MESSAGE, type_name=".a.M", label=F.LABEL_OPTIONAL)
    for name in ("message", "_E", "E"):
        file.enum_type.add(name=name).value.add(name=f"{name}0")
    file.service.add(name="S").method.add(name="_grpc", input_type="._builtins", output_type="._builtins")
    places = symbols((file, made()[0]), MODULES, {})
    stub = message_stub(file, {"a/m.proto": made()[0]}, MODULES, places, {})
    assert "import builtins as _builtins_\n" in stub
    assert "from google.protobuf import message as _message_\n" in stub
    assert "    _typing: _builtins_.str\n" in stub
    assert "from .a import m_pb2 as _m_pb2_\n" in stub
    assert "\nclass E(_E_, metaclass=_EEnumTypeWrapper):" in stub
    assert "\nclass _E(__E, metaclass=__EEnumTypeWrapper):" in stub
    assert "    _grpc: _grpc_.UnaryUnaryMultiCallable[" in service_stub(file, MODULES, places)


def test_an_enum_in_a_message_of_the_name_of_its_descriptor() -> None:
    file = FileDescriptorProto(name="b.proto", syntax="proto3")
    file.message_type.add(name="DESCRIPTOR").enum_type.add(name="E").value.add(name="A")
    stub = message_stub(file, {}, MODULES, symbols((file,), MODULES, {}), {})
    assert "        A: _global_DESCRIPTOR._E.ValueType  # 0\n" in stub
    assert "\nDESCRIPTOR:" not in stub


def test_a_class_body_changes_no_name_of_a_module() -> None:
    file = FileDescriptorProto(name="_3d.proto", syntax="proto3")
    file.message_type.add(name="__M")
    file.service.add(name="S").method.add(name="__Do", input_type=".__M", output_type=".__M")
    modules = {"_3d.proto": "_3d_pb2"}
    module = service_module(file, modules, symbols((file,), modules, {}))
    assert "from . import _3d_pb2 as _3d_pb2\n" in module
    assert 'request_serializer=getattr(_3d_pb2, "__M").SerializeToString,' in module
    assert "        self.__Do__ = channel.unary_unary(\n" in module


def test_a_module_that_needs_care_says_what_is_called_how() -> None:
    file, _ = made()
    assert "_pool.load(\n" in message_module(file, MODULES, None)
    module = message_module(file, MODULES, {"None": "None_"})
    assert "from .. import _renaming\n" in module
    assert '    __name__,\n    _globals,\n    {\n        "None": "None_",\n    },\n)\n' in module


def test_a_file_name_declares_no_encoding() -> None:
    file = FileDescriptorProto(name="coding:x.proto", syntax="proto3")
    compile(message_module(file, {file.name: "x_pb2"}, None).encode(), "x_pb2.py", "exec")
