"""What an edition asks of each language: raised for releases that have it, and only for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protogen.errors import ProtosUnresolved
from protogen.languages import LANGUAGES, load_language, sections
from protogen.languages.documents import facts
from protogen.languages.go import section as go
from protogen.languages.package import Installed
from protogen.protos.outline import File, Method, Outline, Service, Type
from protogen.recipe import model
from tests.unit.languages.go.test_language import request as request_for
from tests.unit.recipe.test_model import GOOD

GRPC, PROTOBUF = go.GRPC, go.PROTOBUF
# The plugins of the others know none.
MADE = [name for name in LANGUAGES if load_language(name).editions]
WITHOUT = """\
schema: 1
name: shop
title: S
releases: a
repositories: {a: {url: 'https://x.example/a', tag: 'v{major}'}}
entry_points: [{repository: a, pattern: '*.proto'}]
"""


def outline(*found: str) -> Outline:
    """A set of files in these editions, after one that has a syntax."""
    served = (Service("S", (Method("Get", "p0.M", "p0.M"),)),)
    files = [
        File(f"d{number}/f.proto", f"p{number}", (), (Type("M", "message"),), served, edition=each)
        for number, each in enumerate(("", *found))
    ]
    return Outline(tuple(files))


def section(language: str, lines: str = "") -> Any:
    text = WITHOUT + (f"languages: {{{language}: {lines}}}\n" if lines else "")
    return load_language(language).read(model.parse(text, "r.yaml"))


def raised(language: str, wanted: Any, *found: str) -> Any:
    return load_language(language).raised(wanted, outline(*found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_protos_with_a_syntax_take_what_they_took(language: str) -> None:
    wanted = section(language)
    assert raised(language, wanted) is wanted


@pytest.mark.parametrize(
    ("language", "found", "expected"),
    [
        ("python", ("2023",), {"python": "3.8", "protobuf": "5.27.2", "grpcio": "1.49.1"}),
        ("python", ("2024",), {"python": "3.9", "protobuf": "6.32.0"}),
        ("python", ("2024", "2023"), {"python": "3.9", "protobuf": "6.32.0"}),
        ("cpp", ("2023",), {"requires": {"cmake": "3.16", "protobuf": "5.27", "grpc": "1.37"}}),
        ("cpp", ("2024",), {"requires": {"cmake": "3.16", "protobuf": "6.32", "grpc": "1.37"}}),
        ("java", ("2023",), {"protobuf": "4.27.5", "grpc": "1.85.1"}),
        ("java", ("2023",), {"tools": {"protoc": "4.27.5", "protoc-gen-grpc-java": "1.78.0"}}),
        ("java", ("2023", "2024"), {"protobuf": "4.32.1"}),
        ("java", ("2024",), {"tools": {"protoc": "4.32.1", "protoc-gen-grpc-java": "1.78.0"}}),
        ("go", ("2023",), {"go": "1.19", "require": {GRPC: "v1.64.0", PROTOBUF: "v1.34.1"}}),
        ("go", ("2023",), {"tools": go.pins().defaults.tools}),
        ("go", ("2024",), {"go": "1.23", "require": {GRPC: "v1.64.0", PROTOBUF: "v1.36.10"}}),
        ("go", ("2024",), {"tools": {"protoc-gen-go": "v1.36.10", "protoc-gen-go-grpc": "v1.6.0"}}),
    ],
)
def test_the_highest_edition_raises_what_serves_it(
    language: str, found: tuple[str, ...], expected: dict[str, object]
) -> None:
    now = raised(language, section(language), *found)
    assert {key: getattr(now, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("language", "lines", "expected"),
    [
        ("python", "{protobuf: 7.34.0, python: '3.10'}", {"protobuf": "7.34.0", "python": "3.10"}),
        ("python", "{protobuf: 5.28.0}", {"protobuf": "6.32.0"}),
        ("java", "{protobuf: 4.35.0, grpc: 1.90.0}", {"protobuf": "4.35.0", "grpc": "1.90.0"}),
        ("java", "{grpc: 1.60.0}", {"grpc": "1.78.0"}),
        (
            "java",
            "{tools: {protoc: 4.35.1}}",
            {"tools": {"protoc": "4.35.1", "protoc-gen-grpc-java": "1.78.0"}},
        ),
        (
            "go",
            "{tools: {protoc-gen-go: v1.36.11}, go: '1.25'}",
            {"tools": {"protoc-gen-go": "v1.36.11", "protoc-gen-go-grpc": "v1.6.0"}, "go": "1.25"},
        ),
        (
            "go",
            f"{{require: {{{GRPC}: v1.80.0, {PROTOBUF}: v1.33.0, example.com/x: v1.0.0}}}}",
            {"require": {GRPC: "v1.80.0", PROTOBUF: "v1.36.10", "example.com/x": "v1.0.0"}},
        ),
    ],
)
def test_what_a_recipe_pins_newer_stays(language: str, lines: str, expected: dict[str, object]) -> None:
    now = raised(language, section(language, lines), "2024")
    assert {key: getattr(now, key) for key in expected} == expected


def test_sums_of_a_recipe_hold_for_its_own_requirements_only() -> None:
    pinned = msgspec.structs.replace(
        go.pins().defaults, indirect={"example.com/x": "v1.0.0"}, sums=("a v1 h1:=",)
    )
    assert (raised("go", pinned, "2024").indirect, raised("go", pinned, "2024").sums) == ({}, ())
    enough = msgspec.structs.replace(pinned, require={GRPC: "v1.64.0", PROTOBUF: "v1.36.10"})
    assert raised("go", enough, "2024").sums == enough.sums


@pytest.mark.parametrize("language", MADE)
def test_an_edition_that_nothing_here_knows_is_refused(language: str) -> None:
    with pytest.raises(ProtosUnresolved, match=r"d1/f\.proto is in edition 2026, .* up to 2024"):
        raised(language, section(language), "2026", "2024")


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {*MADE}))
def test_a_language_without_editions_refuses_them(language: str) -> None:
    with pytest.raises(ProtosUnresolved, match=r"d1/f\.proto is in edition 2023, .* with a syntax only"):
        raised(language, section(language), "2023")


@pytest.mark.parametrize("language", MADE)
def test_the_summary_says_what_an_edition_asks_for(language: str, tmp_path: Path) -> None:
    wanted = replace(request_for(tmp_path, text=GOOD), outline=outline("2023"), entry_points=("d1/f.proto",))
    plain = replace(wanted, outline=outline())
    plans = [load_language(language).plan(each) for each in (plain, wanted)]
    (remark,) = [each for each in plans[1].remarks if "edition" in each]
    floor = {
        "go": "protobuf v1.34.1",
        "java": "protobuf-java 4.27.5",
        "python": "protobuf 5.27.2",
        "typescript": "protobuf ^2.5.0",
        "cpp": "protobuf 5.27",
        "proto": "protoc 27",
    }[language]
    assert remark.startswith("the protos are in edition 2023: the package asks for ")
    assert floor in remark
    assert [each for each in plans[0].remarks if "edition" in each] == []
    assert (facts(plain, Installed({}))["edition"], facts(wanted, Installed({}))["edition"]) == ("", "2023")


@pytest.mark.parametrize(
    ("given", "needed", "higher"),
    [
        ("1.9", "1.10", "1.10"),
        ("v1.36.10", "v1.36.9", "v1.36.10"),
        ("3.20.3", "", "3.20.3"),
        ("6.32", "6.32.0", "6.32.0"),
    ],
)
def test_versions_are_compared_by_numbers(given: str, needed: str, higher: str) -> None:
    assert sections.newer(given, needed) == higher
