from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import MissingImport, ProtosUnresolved
from protogen.protos import imports
from protogen.protos.imports import Import, ImportGraph, scan_edition, scan_imports, strongly_connected
from protogen.protos.protoset import Form, Origin, ProtoFile, ProtoSet
from protogen.releases.release import Release


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import "a.proto";', ["a.proto"]),
        ("import 'a.proto';", ["a.proto"]),
        ('import public "a.proto"; import weak "b.proto";', ["public a.proto", "weak b.proto"]),
        ('import option "a.proto";', ["option a.proto"]),
        ('syntax = "proto3";\nimport "a.proto";', ["a.proto"]),
        ('option java_package = "import \\"x.proto\\";";\nimport "a.proto";', ["a.proto"]),
        ('option (o) = { a: "}" b: { c: 1 } };\nimport "a.proto";', ["a.proto"]),
        ('// import "x.proto";\nimport "a.proto";', ["a.proto"]),
        ('/* import "x.proto"; */ import "a.proto";', ["a.proto"]),
        ('/* // */ import "a.proto"; // */ import "x.proto";', ["a.proto"]),
        ('// "unclosed\nimport "a.proto";', ["a.proto"]),
        ('import /* c */ "a.proto" /* d */ ;', ["a.proto"]),
        ('import// c\n"a.proto";', ["a.proto"]),
        ('import public// c\n"a.proto";', ["public a.proto"]),
        ('import"a.proto";import"b.proto";', ["a.proto", "b.proto"]),
        ('import "a"\n".proto";', ["a.proto"]),
        ('import "a" /* "x" */ \'.proto\';', ["a.proto"]),
        ('import "\\141\\x2eproto";', ["a.proto"]),
        ('import "a\\"b.proto";', ['a"b.proto']),
        ('import\r\n"a.proto";\r\nimport "b.proto";\r\n', ["a.proto", "b.proto"]),
        ('message M { string import = 1; }\nimport "a.proto";', ["a.proto"]),
        ('message M { option x = "import"; }\nimport "a.proto";', ["a.proto"]),
        ('message M { import "x.proto"; }', []),
        ('message important {}\nimport "a.proto";', ["a.proto"]),
        ('option import.x = 1;\nimport "a.proto";', ["a.proto"]),
        ('option x = import "y.proto";', []),
        ('import "a.proto"', []),
        ("import a.proto;", []),
        ('import "unclosed', []),
        ('/* unclosed import "a.proto";', []),
        ('"unclosed string\nimport "a.proto";', []),
        ("", []),
        (';;import "a.proto";', ["a.proto"]),
        ('}import "a.proto";', ["a.proto"]),
    ],
)
def test_scanner_finds_what_protoc_takes_for_imports(text: str, expected: list[str]) -> None:
    found = [f"{each.modifier} {each.name}".strip() for each in scan_imports(text.encode())]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ('edition = "2023";', "2023"),
        ("edition='2024';", "2024"),
        ('\xef\xbb\xbf// Copyright\n/* more */ edition /**/ = "20" "24" ;\npackage p;', "2024"),
        ('syntax = "proto3";', ""),
        ('// edition = "2023";\nsyntax = "proto2";', ""),
        ('/* edition = "2023"; */', ""),
        ('package p; edition = "2023";', ""),
        ('editions = "2023";', ""),
        ("edition = 2023;", ""),
        ('edition = "2023"', ""),
        ("", ""),
    ],
)
def test_scanner_finds_the_edition(text: str, edition: str) -> None:
    assert scan_edition(text.encode("latin-1")) == edition


@pytest.mark.parametrize(
    "text",
    [
        'edition = "2024";\nimport option "o.proto";\nimport "a.proto";',
        'edition = "2024"; import "a.proto"; import  option /**/ "o.proto"; local message import { }',
        'edition = "2024"; export message M { enum import {} } import option "o.proto"; import "a.proto";',
    ],
)
def test_scanner_knows_the_words_of_edition_2024(text: str) -> None:
    assert set(scan_imports(text.encode())) == {Import("o.proto", "option"), Import("a.proto")}


def test_a_proto_that_a_newer_compiler_brings_is_no_matter_of_refs() -> None:
    wanted = "google/protobuf/go_features.proto"
    with pytest.raises(MissingImport) as caught:
        imports.resolve(
            proto_set({"a.proto": f'import "{wanted}";'}, "a.proto"),
            lambda file: scan_imports(file.content),
            lambda name: None,
        )
    assert caught.value.remedy == f"{sys.executable} -m pip install --upgrade grpcio-tools"


def test_scanner_passes_over_a_byte_order_mark() -> None:
    assert scan_imports(b'\xef\xbb\xbfimport "a.proto";') == (Import("a.proto"),)


names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}\.proto", fullmatch=True)
noise = st.sampled_from(
    [
        " ",
        "\n",
        "\r\n",
        "\t",
        '// import "x.proto";\n',
        "/* import 'x.proto'; */",
        "/**/",
        'option a = "import \\"x.proto\\";";',
        "message M { string import = 1; /* } */ }",
        "option (o) = { s: '{' };",
        ";",
    ]
)


@given(
    st.lists(
        st.tuples(noise, st.sampled_from(["", "public ", "weak "]), names, st.sampled_from("'\"")), max_size=8
    )
)
def test_scanner_finds_every_import_through_noise(parts: list[tuple[str, str, str, str]]) -> None:
    text = "".join(
        f"{before}import {modifier}{quote}{name}{quote};" for before, modifier, name, quote in parts
    )
    assert scan_imports(text.encode()) == tuple(
        Import(name, modifier.strip()) for _, modifier, name, _ in parts
    )


@given(st.binary(max_size=200))
def test_scanner_survives_any_bytes(content: bytes) -> None:
    assert isinstance(scan_imports(content), tuple)


def proto_set(
    files: Mapping[str, str], *entry_points: str, twice: Mapping[str, str] | None = None
) -> ProtoSet:
    def find(name: str) -> tuple[ProtoFile, ...]:
        found = []
        for root, contents in (("one", files), ("two", twice or {})):
            if name in contents:
                found.append(ProtoFile(name, Origin("repo", root, f"{root}/{name}"), contents[name].encode()))
        return tuple(found)

    return ProtoSet(
        Release("r1", "1.0.0", "folder", ()), Form.TEXT, entry_points, find, ("repo:one", "repo:two")
    )


def resolve(protos: ProtoSet) -> ImportGraph:
    def well_known(name: str) -> ProtoFile | None:
        return (
            ProtoFile(name, Origin("protoc", ".", name), b"") if name.startswith("google/protobuf/") else None
        )

    return imports.resolve(protos, lambda file: scan_imports(file.content), well_known)


def chain_of(names: list[str]) -> dict[str, str]:
    return {
        name: f'import "{after}";' for name, after in zip(names, [*names[1:], ""], strict=True) if after
    } | {names[-1]: ""}


def test_closure_holds_what_is_reached_imports_first() -> None:
    files = {
        "a.proto": 'import "b.proto"; import "c.proto";',
        "b.proto": 'import public "d.proto"; import "google/protobuf/any.proto";',
        "c.proto": 'import "d.proto";',
        "d.proto": "",
        "unused.proto": "",
    }
    graph = resolve(proto_set(files, "a.proto"))
    assert list(graph.files) == ["d.proto", "google/protobuf/any.proto", "b.proto", "c.proto", "a.proto"]
    assert graph.well_known == {"google/protobuf/any.proto"}
    assert graph.chain("d.proto") == ("a.proto", "b.proto", "d.proto")
    assert graph.chain("a.proto") == ("a.proto",)


def test_digest_changes_with_content_only() -> None:
    one = resolve(proto_set({"a.proto": "", "b.proto": ""}, "a.proto", "b.proto"))
    same = resolve(proto_set({"b.proto": "", "a.proto": ""}, "b.proto", "a.proto"))
    other = resolve(proto_set({"a.proto": " ", "b.proto": ""}, "a.proto", "b.proto"))
    assert one.digest() == same.digest() != other.digest()


def test_missing_import_names_the_chain_and_every_root() -> None:
    files = chain_of(["a.proto", "b.proto", "c.proto"]) | {"c.proto": 'import "gone/x.proto";'}
    with pytest.raises(MissingImport) as caught:
        resolve(proto_set(files, "a.proto"))
    assert caught.value.message == "'gone/x.proto' is not in r1; searched repo:one, repo:two"
    assert caught.value.where == "a.proto imports b.proto imports c.proto imports gone/x.proto"
    assert caught.value.code == 5


@pytest.mark.parametrize("name", ["../x.proto", "/etc/passwd", "-x.proto", "a\\\\b.proto", "a//b.proto"])
def test_import_that_leaves_its_root_is_refused(name: str) -> None:
    with pytest.raises(MissingImport, match="can't be followed"):
        resolve(proto_set({"a.proto": f'import "{name}";'}, "a.proto"))


def test_same_import_with_different_content_takes_the_first_root_and_keeps_the_others_to_compare() -> None:
    files = {"a.proto": 'import "b.proto";', "b.proto": "// one"}
    graph = resolve(proto_set(files, "a.proto", twice={"b.proto": "// two"}))
    assert graph.files["b.proto"].content == b"// one"
    assert {name: [str(each.origin) for each in found] for name, found in graph.copies.items()} == {
        "b.proto": ["repo:one/b.proto", "repo:two/b.proto"]
    }


def test_same_import_with_same_content_takes_the_first_root() -> None:
    graph = resolve(
        proto_set({"a.proto": 'import "b.proto";', "b.proto": ""}, "a.proto", twice={"b.proto": ""})
    )
    assert graph.files["b.proto"].origin.root == "one"
    assert not graph.copies


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"a.proto": 'import "a.proto";'}, "a.proto imports a.proto"),
        (
            {"a.proto": 'import "b.proto";', "b.proto": 'import "c.proto";', "c.proto": 'import "b.proto";'},
            "b.proto imports c.proto imports b.proto",
        ),
    ],
)
def test_files_that_import_each_other_are_named(files: dict[str, str], path: str) -> None:
    with pytest.raises(ProtosUnresolved) as caught:
        resolve(proto_set(files, "a.proto"))
    assert path in caught.value.message


def test_a_chain_of_500_is_resolved_and_a_longer_one_refused() -> None:
    names = [f"{number}.proto" for number in range(imports.MAX_CHAIN)]
    assert len(resolve(proto_set(chain_of(names), "0.proto")).files) == imports.MAX_CHAIN
    names.append("last.proto")
    with pytest.raises(ProtosUnresolved, match="longer than 500 files"):
        resolve(proto_set(chain_of(names), "0.proto"))
    names += [f"more-{number}.proto" for number in range(10_000)]
    with pytest.raises(ProtosUnresolved, match="longer than 500 files"):
        resolve(proto_set(chain_of(names), "0.proto"))


def test_a_long_way_round_is_refused_even_where_a_short_one_exists() -> None:
    names = [f"{number}.proto" for number in range(imports.MAX_CHAIN + 1)]
    files = chain_of(names)
    files["0.proto"] = "".join(f'import "{name}";' for name in names[1:])
    with pytest.raises(ProtosUnresolved, match="longer than 500 files"):
        resolve(proto_set(files, "0.proto"))


def test_components_equal_mutual_reachability_on_every_small_graph() -> None:
    nodes = "abc"
    pairs = list(permutations(nodes, 2))
    for chosen in product([False, True], repeat=len(pairs)):
        edges: dict[str, list[str]] = {node: [] for node in nodes}
        for (one, other), there in zip(pairs, chosen, strict=True):
            if there:
                edges[one].append(other)
        reach = {node: reachable(node, edges) for node in nodes}
        expected = {frozenset(o for o in nodes if o == n or (o in reach[n] and n in reach[o])) for n in nodes}
        found = strongly_connected(edges)
        assert {frozenset(group) for group in found} == expected
        position = {node: number for number, group in enumerate(found) for node in group}
        assert all(position[other] <= position[node] for node in nodes for other in edges[node])


def reachable(start: str, edges: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    work = [start]
    while work:
        for other in edges[work.pop()]:
            if other not in seen:
                seen.add(other)
                work.append(other)
    return seen
