from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protogen.protos import aliases, descriptors
from protogen.protos.imports import Import, ImportGraph, scan_imports
from protogen.protos.protoset import Form, Origin, ProtoFile

PLACES = {"rpc.proto": "api/rpc.proto", "etcd/api/rpc.proto": "api/rpc.proto"}


def closure(entries: str, texts: Mapping[str, str], well_known: str = "") -> ImportGraph:
    files = {
        name: ProtoFile(name, Origin("r", ".", PLACES.get(name, name)), text.encode())
        for name, text in texts.items()
    }
    imports = {name: scan_imports(file.content) for name, file in files.items()}
    return ImportGraph(tuple(entries.split()), files, imports, frozenset(well_known.split()))


def united(graph: ImportGraph, names: Mapping[str, str]) -> ImportGraph:
    def renamed(file: ProtoFile, names: Mapping[str, str]) -> ProtoFile:
        return replace(file, content=aliases.in_text(file.content, names))

    return aliases.one_name_each(graph, names, renamed)


TEXTS = {
    "rpc.proto": "",
    "etcd/api/rpc.proto": "",
    "raft.proto": 'import "rpc.proto";',
    "lock.proto": 'import "etcd/api/rpc.proto"; import "rpc.proto";',
}


@pytest.mark.parametrize(
    ("entries", "names", "kept", "entries_then"),
    [
        ("raft.proto lock.proto", {}, "etcd/api/rpc.proto", ("lock.proto", "raft.proto")),
        ("raft.proto lock.proto rpc.proto", {}, "rpc.proto", ("lock.proto", "raft.proto", "rpc.proto")),
        (
            "raft.proto lock.proto rpc.proto",
            {"rpc.proto": "etcd/api/rpc.proto"},
            "etcd/api/rpc.proto",
            ("etcd/api/rpc.proto", "lock.proto", "raft.proto"),
        ),
        (
            "raft.proto lock.proto",
            {"etcd/api/rpc.proto": "rpc.proto"},
            "rpc.proto",
            ("lock.proto", "raft.proto"),
        ),
    ],
)
def test_a_file_has_one_name(
    entries: str, names: dict[str, str], kept: str, entries_then: tuple[str, ...]
) -> None:
    graph = united(closure(entries, TEXTS), names)
    assert set(graph.files) == {kept, "raft.proto", "lock.proto"}
    assert graph.entry_points == entries_then
    assert graph.files[kept].name == kept
    for name in ("raft.proto", "lock.proto"):
        assert graph.imports[name] == scan_imports(graph.files[name].content) == (Import(kept),)
        assert list(graph.files).index(kept) < list(graph.files).index(name)


def test_an_alias_names_a_file_that_nothing_imports_by_its_own_name() -> None:
    texts = {"raft.proto": 'import "rpc.proto";', "rpc.proto": ""}
    graph = united(closure("raft.proto", texts), {"rpc.proto": "etcd/api/rpc.proto", "x.proto": "y.proto"})
    assert list(graph.files) == ["etcd/api/rpc.proto", "raft.proto"]


def test_a_closure_of_files_with_one_name_stays_as_it_is() -> None:
    texts = {"raft.proto": 'import "rpc.proto";', "rpc.proto": ""}
    graph = closure("raft.proto", texts)
    assert united(graph, {"x.proto": "y.proto"}) is graph


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import "a.proto";', 'import "b.proto";'),
        ('import\n  "a." // x\n  "proto" ;\nmessage M {}', 'import "b.proto";\n\n\nmessage M {}'),
        ("import public 'a.proto'; // c", 'import public "b.proto"; // c'),
        ('import "a.proto";\nimport "b.proto";\n', 'import "b.proto";\n\n'),
        ('import "b.proto";\nimport "a.proto";\n', 'import "b.proto";\n\n'),
        ('import "b.proto"; import public "a.proto";', 'import public "b.proto"; '),
        ('import weak "c.proto";import "a.proto";', 'import weak "c.proto";import "b.proto";'),
        ("option x = { y: 'import \"a.proto\";' };", "option x = { y: 'import \"a.proto\";' };"),
        ('// import "a.proto";\r\nimport "a.proto";\r\n', '// import "a.proto";\r\nimport "b.proto";\r\n'),
    ],
)
def test_a_text_imports_by_the_other_name(text: str, expected: str) -> None:
    assert aliases.in_text(text.encode(), {"a.proto": "b.proto"}) == expected.encode()


def test_a_descriptor_imports_by_the_other_name() -> None:
    file = FileDescriptorProto(name="x.proto", dependency=["c.proto", "b.proto", "a.proto", "d.proto"])
    file.public_dependency.append(2)
    file.weak_dependency.append(3)
    aliases.in_descriptor(file, {"a.proto": "b.proto"})
    assert list(file.dependency) == ["c.proto", "b.proto", "d.proto"]
    assert (list(file.public_dependency), list(file.weak_dependency)) == ([1], [2])


def test_a_compiled_proto_is_given_the_other_names_too() -> None:
    descriptor = FileDescriptorProto(name="x.proto", dependency=["a.proto"])
    file = ProtoFile("x.proto", Origin("r", ".", "x.proto"), descriptor.SerializeToString())
    changed = descriptors.renamed(file, Form.DESCRIPTOR, {"a.proto": "b.proto"})
    assert list(FileDescriptorProto.FromString(changed.content).dependency) == ["b.proto"]
