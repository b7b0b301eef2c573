from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import CompileFailed
from protogen.protos import descriptors
from protogen.protos.imports import Import, ImportGraph
from protogen.protos.outline import Field, File, Outline, Type, outline_of
from protogen.protos.protoc import version_told_by
from protogen.protos.protoset import Form, Origin, ProtoFile
from tests.support.drawn_sets import sets

BOOLEANS = ("java_multiple_files", "java_generic_services")


def serialized() -> bytes:
    file = FileDescriptorProto(name="a/x.proto", package="p.q", dependency=["b.proto", "c.proto", "d.proto"])
    file.public_dependency.append(1)
    file.weak_dependency.append(2)
    file.options.java_package = "com.example"
    file.options.java_multiple_files = True
    file.options.cc_enable_arenas = True
    message = file.message_type.add(name="M")
    message.field.add(name="f", number=1)
    message.oneof_decl.add(name="o")
    message.nested_type.add(name="N").nested_type.add(name="Deep")
    message.nested_type.add(name="FEntry").options.map_entry = True
    message.enum_type.add(name="E").value.add(name="ONE", number=0)
    file.enum_type.add(name="Top").value.add(name="ZERO", number=0)
    file.extension.add(name="ext")
    service = file.service.add(name="S")
    service.method.add(name="Call", input_type=".p.q.M", output_type=".p.q.M.N", server_streaming=True)
    return FileDescriptorSet(file=[file]).SerializeToString()


def test_outline_tells_what_planning_needs() -> None:
    (file,) = outline_of(serialized()).files
    assert (file.name, file.package, file.directory) == ("a/x.proto", "p.q", "a")
    assert file.options == {"java_package": "com.example", "java_multiple_files": "true"}
    message, enum = file.types
    assert message.fields == (Field("f", kind="double", number=1),)
    assert message.oneofs == ("o",)
    assert [(type_.name, type_.kind) for type_ in message.nested] == [("N", "message"), ("E", "enum")]
    assert enum == Type("Top", "enum", values=("ZERO",))
    assert file.extensions == (Field("ext", kind="double"),)
    (method,) = file.services[0].methods
    assert (method.input, method.output) == ("p.q.M", "p.q.M.N")
    assert (method.client_streaming, method.server_streaming) == (False, True)


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        ({"a": "a", "b_c": "bC"}, False),
        ({"a": "", "kind": ""}, False),
        ({"kind_": "kind"}, True),
        ({"a": "b", "b": "c"}, True),
        ({"a": "x", "b": "x"}, True),
    ],
)
def test_outline_tells_whether_names_in_json_are_alike(names: dict[str, str], alike: bool) -> None:
    file = FileDescriptorProto(name="x.proto")
    outer = file.message_type.add(name="Outer")
    message = outer.nested_type.add(name="M")
    message.oneof_decl.add(name="kind")
    for name, json in names.items():
        message.field.add(name=name, json_name=json or None, type=9, label=1)
    (found,) = outline_of(FileDescriptorSet(file=[file]).SerializeToString()).files[0].types
    assert (found.alike_in_json, found.nested[0].alike_in_json) == (False, alike)


def test_outline_tells_what_a_field_is() -> None:
    file = FileDescriptorProto(name="x.proto", dependency=["a.proto", "b.proto"], public_dependency=[1])
    message = file.message_type.add(name="M")
    message.oneof_decl.add(name="kind")
    message.oneof_decl.add(name="_maybe")
    entry = message.nested_type.add(name="ByNameEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type="TYPE_STRING")
    entry.field.add(name="value", number=2, type="TYPE_ENUM", type_name=".p.E")
    add = message.field.add
    add(name="by_name", number=1, label="LABEL_REPEATED", type="TYPE_MESSAGE", type_name=".M.ByNameEntry")
    add(name="one", number=2, type="TYPE_MESSAGE", type_name=".p.M", oneof_index=0)
    add(name="maybe", number=3, type="TYPE_INT32", oneof_index=1, proto3_optional=True)
    add(name="more", number=4, type="TYPE_STRING", label="LABEL_REPEATED")
    add(name="given", number=5, type="TYPE_BYTES", default_value="x")
    message.extension.add(name="inner", number=100, type="TYPE_BOOL")
    (found,) = outline_of(FileDescriptorSet(file=[file]).SerializeToString()).files
    assert found.public == ("b.proto",)
    (declared,) = found.types
    assert declared.fields == (
        Field("by_name", "enum", "p.E", 1, repeated=True, map=True),
        Field("one", "message", "p.M", 2, oneof="kind"),
        Field("maybe", "int32", number=3, oneof="_maybe", synthetic=True),
        Field("more", "string", number=4, repeated=True),
        Field("given", "bytes", number=5, default=True),
    )
    assert declared.extensions == (Field("inner", "bool", number=100),)
    assert declared.nested == ()


@pytest.mark.parametrize(
    ("declaration", "line"),
    [
        ("M", 4),
        ("M.f", 5),
        ("M.N.Deep", 7),
        ("M.E.ONE", 9),
        ("S.Call", 12),
        ("M.gone", 0),
        ("gone", 0),
        ("", 0),
        ("Top", 0),
    ],
)
def test_the_line_of_a_declaration_is_found(declaration: str, line: int) -> None:
    found = FileDescriptorSet.FromString(serialized())
    for path, number in (
        ([4, 0], 4),
        ([4, 0, 2, 0], 5),
        ([4, 0, 3, 0, 3, 0], 7),
        ([4, 0, 4, 0, 2, 0], 9),
        ([6, 0, 2, 0], 12),
    ):
        found.file[0].source_code_info.location.add(path=path, span=[number - 1, 2, 9])
    content = found.SerializeToString()
    assert descriptors.line_of(content, "a/x.proto", declaration) == line
    assert descriptors.line_of(content, "b.proto", declaration) == 0


def test_outline_finds_the_file_of_a_message() -> None:
    outline = outline_of(serialized())
    found = outline.file_of("p.q.M.N")
    assert found is not None
    assert found.name == "a/x.proto"
    assert outline.file_of("p.q.X") is None
    assert Outline((File("n.proto", "", (), (Type("T", "message"),), ()),)).file_of("T") is not None


def test_options_are_patched_on_a_copy() -> None:
    content = serialized()
    patched = descriptors.patch_options(
        content,
        {"a/x.proto": {"java_package": "z", "java_multiple_files": "false", "java_outer_classname": "O"}},
    )
    options = FileDescriptorSet.FromString(patched).file[0].options
    assert (options.java_package, options.java_multiple_files, options.java_outer_classname) == (
        "z",
        False,
        "O",
    )
    assert FileDescriptorSet.FromString(content).file[0].options.java_package == "com.example"


@given(
    sets(),
    st.dictionaries(
        st.sampled_from(["x.proto", "v.proto", "gone.proto"]),
        st.dictionaries(
            st.sampled_from(["java_package", "java_outer_classname", *BOOLEANS]),
            st.sampled_from(["true", "false"]),
        ),
    ),
)
def test_patching_is_what_protobuf_would_set(content: bytes, patches: dict[str, dict[str, str]]) -> None:
    expected = FileDescriptorSet.FromString(content)
    for file in expected.file:
        for name, value in patches.get(file.name, {}).items():
            setattr(file.options, name, value == "true" if name in BOOLEANS else value)
    assert FileDescriptorSet.FromString(descriptors.patch_options(content, patches)) == expected


def test_a_file_without_patches_keeps_its_bytes() -> None:
    content = serialized()
    assert descriptors.patch_options(content, {"b.proto": {"java_package": "z"}, "a/x.proto": {}}) == content


def proto(content: bytes) -> ProtoFile:
    return ProtoFile("a/x.proto", Origin("repo", ".", "a/x.proto"), content)


def test_imports_are_read_in_either_form() -> None:
    text = proto(b'import public "c.proto";')
    assert descriptors.imports_of(text, Form.TEXT) == (Import("c.proto", "public"),)
    descriptor = proto(FileDescriptorSet.FromString(serialized()).file[0].SerializeToString())
    assert descriptors.imports_of(descriptor, Form.DESCRIPTOR) == (
        Import("b.proto"),
        Import("c.proto", "public"),
        Import("d.proto", "weak"),
    )


def test_bytes_that_are_no_descriptor_are_named() -> None:
    with pytest.raises(CompileFailed, match=r"repo:a/x\.proto is not a descriptor"):
        descriptors.parse_file(proto(b"\xff\xff"))


def graph() -> ImportGraph:
    files = {name: ProtoFile(name, Origin("repo", ".", name), b"") for name in ("b.proto", "a.proto")}
    return ImportGraph(("a.proto",), files, {"a.proto": (Import("b.proto"),), "b.proto": ()}, frozenset())


def test_compile_error_keeps_protocs_words_and_names_the_chain() -> None:
    words = "b.proto:3:1: Expected ';'.\na.proto:1:1: Import failed."
    error = descriptors._compile_error(graph(), words, 1)
    assert "b.proto:3:1: Expected ';'." in error.message
    assert error.where == "a.proto imports b.proto (from repo:b.proto)"
    assert error.remedy == "correct b.proto in repo, or take another ref of it: --ref repo=REF"


def test_of_many_compile_errors_the_first_are_shown() -> None:
    words = "\n".join(f"a.proto:{line}:1: Expected ';'." for line in range(1, 12))
    error = descriptors._compile_error(graph(), words, 1)
    assert "a.proto:8:1" in error.message
    assert error.message.endswith("… and 3 more lines")
    assert error.remedy == "correct a.proto in repo, or leave it out of the recipe's entry points"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_proto_in_another_encoding_is_told_by_it(encoding: str) -> None:
    content = 'syntax = "proto3"; message A {}'.encode(encoding)
    files = {"a.proto": ProtoFile("a.proto", Origin("repo", "r", "r/a.proto"), content)}
    of = ImportGraph(("a.proto",), files, {"a.proto": ()}, frozenset())
    error = descriptors._compile_error(of, "a.proto:1:1: Invalid control characters encountered in text.", 1)
    named = encoding[:6].upper()
    assert error.message == f"the protos don't compile: a.proto is {named}, and protoc takes UTF-8 only"
    assert error.remedy == f"convert it in its repository: iconv -f {named} -t UTF-8 r/a.proto"


def test_compile_error_tells_of_a_signal() -> None:
    error = descriptors._compile_error(graph(), "", -11)
    assert error.message == "the protos don't compile: protoc died by signal 11"
    assert error.where == "protoc"


def test_a_closure_that_differs_from_the_compilers_is_told() -> None:
    compiled = FileDescriptorSet()
    for name in ("a.proto", "z.proto"):
        compiled.file.add(name=name)
    with pytest.raises(CompileFailed, match=r"protoc adds \['z.proto'\] and lacks \['b.proto'\]"):
        descriptors._check_closure(graph(), compiled.SerializeToString())


def test_set_is_read_from_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "set.binpb").write_bytes(b"x")
    assert descriptors.DescriptorSet(tmp_path / "set.binpb", Outline(()), "").read() == b"x"


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("# source: version.proto\n# Protobuf Python Version: 7.35.1\nimport x\n", "7.35.1"),
        ("# Protobuf Python Version: 5.29.0-rc2\n", "5.29.0-rc2"),
        ("# Protobuf Python Version: 35.1\n", ""),
        ("import x\n", ""),
    ],
)
def test_the_version_that_plugins_are_told_is_read_from_a_module(module: str, version: str) -> None:
    assert version_told_by(module) == version


EDITION_2024 = 1001


@pytest.mark.skipif(
    "features" not in FileDescriptorProto().options.DESCRIPTOR.fields_by_name,
    reason="the installed protobuf is from before editions",
)
def test_outline_tells_what_an_edition_says_of_generated_code() -> None:
    file = FileDescriptorProto(name="x.proto", syntax="editions", edition=EDITION_2024)  # type: ignore[arg-type]
    plain, other = file.message_type.add(name="Plain"), file.message_type.add(name="Other")
    plain.field.add(name="a", number=1)
    # (pb.java).nest_in_file_class = YES and (pb.go).api_level = API_OPEN, which nothing here has to know.
    other.options.features.MergeFromString(bytes.fromhex("ca3e022802d23e021001"))
    nested = other.nested_type.add(name="Nested")
    nested.options.features.MergeFromString(bytes.fromhex("d23e021002"))
    (found,) = outline_of(FileDescriptorSet(file=[file]).SerializeToString()).files
    first, second = found.types
    assert (found.edition, found.syntax) == ("2024", "editions")
    assert (first.in_file_class, first.go_api, first.fields[0].presence) == (False, "opaque", True)
    assert (second.in_file_class, second.go_api, second.nested[0].go_api) == (True, "", "hybrid")
