"""Contents of protos from strangers: the scanner and the graph stay quick and correct."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.errors import MissingImport, ProtosUnresolved
from protogen.protos import imports
from protogen.protos.imports import Import, ImportGraph, scan_imports
from protogen.protos.protoset import Form, Origin, ProtoFile, ProtoSet
from protogen.releases.release import Release

BOUND_SECONDS = 30
MANY = 50_000


@pytest.mark.parametrize(
    "text",
    [
        b"import " + b"/**/" * MANY + b"x;",
        b"import " + b"/* * */" * MANY + b'"a";',
        b"import " * MANY,
        b";import " * MANY,
        b";import /" * MANY,
        b'import "' + b'\\"' * MANY,
        b'"' + b'\\"' * MANY,
        b"'" + b"\\'" * MANY + b"\n" + b"'\\" * MANY,
        b'import "a" ' + b'"b" ' * MANY,
        b'import "a" ' + b'"b" //\n' * MANY + b";",
        b"import //\n" * MANY,
        b";import /*" * MANY,
        b"{" * MANY + b"}" * MANY,
        b"/*" * MANY,
        b"import" + b" " * MANY * 10,
        (b"import" + b" " * 1000) * 2000,
    ],
    ids=lambda text: text[:12].decode(),
)
def test_no_text_makes_the_scanner_slow(text: bytes) -> None:
    before = time.monotonic()
    scan_imports(text + b'\n;import "last.proto";')
    assert time.monotonic() - before < BOUND_SECONDS


def test_a_statement_of_absurd_length_is_left_to_protoc() -> None:
    assert scan_imports(b"import " + b" " * 2_000_000 + b'"a.proto";') == ()


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b"import", b' "a"', b"'b'", b";", b"{", b"}", b"//", b"\n", b"/*", b"*/"])))
def test_what_the_scanner_finds_stands_in_the_text(parts: list[bytes]) -> None:
    text = b"".join(parts)
    found = scan_imports(text)
    assert len(found) <= text.count(b"import")
    assert all(set(each.name) <= {"a", "b"} and each.name for each in found)


@given(st.binary(max_size=300))
def test_any_bytes_are_scanned(text: bytes) -> None:
    assert all(isinstance(each.name, str) for each in scan_imports(text))


def resolved(texts: dict[str, str], *entry_points: str, stolen: dict[str, str] | None = None) -> ImportGraph:
    """The graph of texts; stolen: what the compiler's folder would give for a name."""
    release = Release("1", "1.0.0", "git", ())

    def file(name: str, text: str) -> ProtoFile:
        return ProtoFile(name, Origin("r", ".", name), text.encode())

    def find(name: str) -> tuple[ProtoFile, ...]:
        return (file(name, texts[name]),) if name in texts else ()

    def well_known(name: str) -> ProtoFile | None:
        return file(name, stolen[name]) if stolen and name in stolen else None

    protos = ProtoSet(release, Form.TEXT, entry_points, find, ("r:.",))
    return imports.resolve(protos, lambda each: scan_imports(each.content), well_known)


@pytest.mark.parametrize(
    "name",
    ["--plugin=x", "@arguments", "-x.proto", "../x.proto", "a,b.proto", "a\\nb", "\\377.proto", "\\000"],
)
def test_an_import_that_protoc_could_mistake_is_refused_with_a_legible_chain(name: str) -> None:
    with pytest.raises(MissingImport, match="can't be followed") as caught:
        resolved({"a.proto": f'import "{name}";'}, "a.proto")
    assert caught.value.where.startswith("a.proto imports ")
    assert str(caught.value).replace("\n", "").isprintable()


def test_an_entry_point_that_protoc_could_mistake_is_refused() -> None:
    with pytest.raises(MissingImport, match="starts with '-'"):
        resolved({"-o.proto": ""}, "-o.proto")


def test_the_compilers_own_folder_cannot_be_left() -> None:
    name = "google/protobuf/../../secret.proto"
    with pytest.raises(MissingImport, match=r"`\.\.` in the path"):
        resolved({"a.proto": f'import "{name}";'}, "a.proto", stolen={name: ""})


def chain(length: int) -> dict[str, str]:
    return {f"{n}.proto": f'import "{n + 1}.proto";' if n + 1 < length else "" for n in range(length)}


@pytest.mark.parametrize("all_are_entry_points", [False, True])
def test_a_chain_of_ten_thousand_is_refused(*, all_are_entry_points: bool) -> None:
    texts = chain(10_000)
    before = time.monotonic()
    with pytest.raises(ProtosUnresolved, match="longer than 500 files"):
        resolved(texts, *(texts if all_are_entry_points else ["0.proto"]))
    assert time.monotonic() - before < BOUND_SECONDS


def test_a_ring_of_ten_thousand_is_told_by_its_ends() -> None:
    texts = {**chain(10_000), "9999.proto": 'import "0.proto";'}
    before = time.monotonic()
    with pytest.raises(ProtosUnresolved, match="files import each other") as caught:
        resolved(texts, *texts)
    assert time.monotonic() - before < BOUND_SECONDS
    assert "0.proto imports 1.proto" in caught.value.message
    assert "9999.proto imports 0.proto" in caught.value.message
    assert len(str(caught.value)) < 2000


def test_five_thousand_entry_points_are_resolved() -> None:
    texts = {f"{n}.proto": f'import "{n // 2}.proto";' if n else "" for n in range(5000)}
    graph = resolved(texts, *texts)
    assert len(graph.files) == 5000
    assert graph.imports["4999.proto"] == (Import("2499.proto"),)
