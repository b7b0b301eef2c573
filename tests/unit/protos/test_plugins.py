from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from protogen.protos import plugins
from tests.support import schemas
from tests.support.drawn_sets import sets

OPTIONAL = CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
# Serialized, since an older protobuf doesn't know them by name.
SERIALIZED_EDITIONS = {"2023": b"\x70\xe8\x07", "2024": b"\x70\xe9\x07"}
EDITIONS = CodeGeneratorResponse.FEATURE_SUPPORTS_EDITIONS


def importing(**imports: list[str]) -> bytes:
    """A set of files a.proto, b.proto, … by what they import."""
    files = [
        FileDescriptorProto(
            name=f"{name}.proto",
            dependency=[f"{each}.proto" for each in names],
            public_dependency=range(len(names)),
        )
        for name, names in imports.items()
    ]
    return FileDescriptorSet(file=files).SerializeToString()


def asked(
    descriptor_set: bytes, *wanted: str, parameter: str = "", compiler: str = ""
) -> CodeGeneratorRequest:
    content = plugins.request(plugins.entries(descriptor_set), wanted, parameter, compiler)
    return CodeGeneratorRequest.FromString(content)


@given(sets(), st.text(max_size=5), st.sampled_from([(), (7, 35, 1, ""), (5, 29, 0, "-rc2")]), st.randoms())
def test_a_request_is_the_one_that_protobuf_would_write(
    content: bytes, parameter: str, version: tuple[Any, ...], random: Any
) -> None:
    files = FileDescriptorSet.FromString(content).file
    wanted = random.sample(files, len(files))
    expected = CodeGeneratorRequest(
        file_to_generate=[file.name for file in wanted],
        proto_file=wanted,
        source_file_descriptors=wanted,
    )
    if parameter:
        expected.parameter = parameter
    if version:
        told = expected.compiler_version
        told.major, told.minor, told.patch, told.suffix = version
    compiler = f"{'.'.join(map(str, version[:3]))}{version[3]}" if version else ""
    names = [file.name for file in wanted]
    request = plugins.request(plugins.entries(content), names, parameter, compiler)
    assert request == expected.SerializeToString(deterministic=True)


@pytest.mark.parametrize(
    ("imports", "wanted", "sent"),
    [
        ({"a": [], "b": []}, "b", "b"),
        ({"c": [], "b": ["c"], "a": ["b"]}, "a", "cba"),
        ({"d": [], "b": ["d"], "c": ["d"], "a": ["c", "b"]}, "a", "dcba"),
        ({"d": [], "b": ["d"], "c": ["d"]}, "cb", "dcb"),
        ({"b": [], "a": ["b"]}, "ba", "ba"),
        ({"a": ["b"], "b": ["a"]}, "a", "ba"),
    ],
)
def test_only_what_is_imported_is_sent_and_before_it_is(
    imports: dict[str, list[str]], wanted: str, sent: str
) -> None:
    request = asked(importing(**imports), *(f"{name}.proto" for name in wanted))
    assert [file.name.removesuffix(".proto") for file in request.proto_file] == list(sent)
    assert [file.name[0] for file in request.source_file_descriptors] == [
        name for name in sent if name in wanted
    ]


def test_imports_that_serve_options_only_are_sent_too() -> None:
    files = [FileDescriptorProto(name="b.proto"), FileDescriptorProto(name="a.proto", dependency=["b.proto"])]
    # option_dependency, which protobuf before 32 doesn't know by name, is the same with number 15.
    content = b"".join(
        bytes((10, len(each))) + each
        for each in (file.SerializeToString().replace(b"\x1a\x07", b"\x7a\x07") for file in files)
    )
    assert [file.name for file in asked(content, "a.proto").proto_file] == ["b.proto", "a.proto"]


def test_a_long_chain_of_imports_is_followed() -> None:
    names = [f"x{number}" for number in range(3000)]
    chain = dict(zip(names, ([name] for name in names[1:]), strict=False))
    content = importing(**chain, **{names[-1]: []})
    assert len(asked(content, "x0.proto").proto_file) == 3000


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"z\.proto is not in the descriptor set"):
        asked(importing(a=["z"]), "a.proto")


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'35\.1' is no version of protoc"):
        asked(importing(a=[]), "a.proto", compiler="35.1")


def answer(**values: Any) -> plugins.Answer:
    of_tomorrow = bytes((0x9A, 0x06, 1)) + b"x"
    return plugins.read_answer(CodeGeneratorResponse(**values).SerializeToString() + of_tomorrow)


def chunk(name: str, content: str = "", point: str = "") -> CodeGeneratorResponse.File:
    return CodeGeneratorResponse.File(name=name, insertion_point=point, content=content)


FILES = st.builds(
    CodeGeneratorResponse.File,
    name=st.text(max_size=5),
    insertion_point=st.text(max_size=2),
    content=st.text(max_size=200),
)


@given(st.text(max_size=5), st.integers(0, 2**64 - 1), st.integers(0, 2**31 - 1), st.lists(FILES, max_size=4))
def test_an_answer_is_read_as_protobuf_reads_it(
    error: str, features: int, edition: int, files: list[CodeGeneratorResponse.File]
) -> None:
    read = answer(
        error=error, supported_features=features, minimum_edition=edition, maximum_edition=9, file=files
    )
    assert (read.error, read.features, read.editions) == (error.encode(), features, (edition, 9))
    assert read.chunks == tuple(
        plugins.Chunk(file.name, file.insertion_point, file.content.encode()) for file in files
    )


@pytest.mark.parametrize(
    "content", [b"\x7a\x05\x0a", b"\x7a\x02\x0a\x05", b"\x7a\x03\x0a\x01\xff", b"Hello!"]
)
def test_what_is_no_answer_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|wire type|doesn't end|invalid start byte"):
        plugins.read_answer(content)


def test_files_are_joined_from_their_chunks() -> None:
    files = [chunk("a/x.go", "1"), chunk("", "2"), chunk("b.go", ""), chunk("", "ä")]
    assert plugins.written(answer(file=files)) == {"a/x.go": b"12", "b.go": "ä".encode()}
    assert plugins.written(answer()) == {}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([chunk("", "1")], "its first file has no name"),
        ([chunk("a"), chunk("b"), chunk("a")], "it wrote a twice"),
        ([chunk("/etc/x")], "'/etc/x': starts with '/'"),
        ([chunk("a/../../x")], "an empty part, `.` or `..` in the path"),
        ([chunk("a/b"), chunk("a")], "it wrote a as a file and a/b below it"),
        ([chunk("a", "x", "imports")], "it wants to insert at 'imports' of 'a'"),
        ([chunk("a"), chunk("", "x", "imports")], "it wants to insert at 'imports' of ''"),
    ],
)
def test_files_that_cannot_be_written_are_refused(
    files: list[CodeGeneratorResponse.File], words: str
) -> None:
    with pytest.raises(ValueError, match=f"^(.*: )?{words.replace('.', '[.]')}"):
        plugins.written(answer(file=files))


def proto(syntax: str, *elements: schemas.Element, edition: str = "") -> dict[str, plugins.Entry]:
    file = schemas.file("x.proto", *elements)
    file.syntax = syntax
    if edition:
        file.MergeFromString(SERIALIZED_EDITIONS[edition])
    return plugins.entries(FileDescriptorSet(file=[file]).SerializeToString())


PRESENT = schemas.message("M", schemas.message("N", schemas.present(schemas.field("f", 1))))
PLAIN = schemas.message("M", schemas.message("N", schemas.field("f", 1)))


@pytest.mark.parametrize(
    ("files", "says", "words"),
    [
        (proto("proto3", PLAIN), {}, ""),
        (proto("", PLAIN), {}, ""),
        (proto("", PRESENT), {}, ""),
        (proto("proto3", PRESENT), {"supported_features": OPTIONAL}, ""),
        (
            proto("proto3", PLAIN, PRESENT),
            {"supported_features": EDITIONS},
            "x.proto has optional fields, and the plugin doesn't say that it knows those of proto3",
        ),
        (
            proto("editions", edition="2023"),
            {"supported_features": OPTIONAL, "minimum_edition": 998, "maximum_edition": 1001},
            "x.proto is in edition 2023, and the plugin doesn't say that it knows editions",
        ),
        (
            proto("editions", edition="2024"),
            {"supported_features": EDITIONS, "minimum_edition": 1000, "maximum_edition": 1000},
            "x.proto is in edition 2024, and the plugin says that it knows 2023 to 2023",
        ),
        (
            proto("editions", edition="2023"),
            {"supported_features": EDITIONS, "minimum_edition": 1001, "maximum_edition": 1002},
            "x.proto is in edition 2023, and the plugin says that it knows 2024 to 2026",
        ),
        (
            proto("editions", PLAIN, edition="2023"),
            {"supported_features": EDITIONS, "minimum_edition": 998, "maximum_edition": 1000},
            "",
        ),
    ],
)
def test_a_file_must_be_understood(files: dict[str, plugins.Entry], says: dict[str, Any], words: str) -> None:
    assert plugins.not_understood(answer(**says), files, ["x.proto"]) == words


def test_only_wanted_files_must_be_understood() -> None:
    assert plugins.not_understood(answer(), proto("proto3", PRESENT), []) == ""
