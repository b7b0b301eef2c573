from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.languages import LANGUAGES, load_language
from protogen.languages.toolchain.need import Need, serves
from protogen.recipe import model
from tests.unit.recipe.test_model import GOOD

NUMBERS = st.lists(st.integers(0, 99), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("found", "wanted", "exact", "expected"),
    [
        ("1.35.2", "1.35.2", True, True),
        ("1.35.1", "1.35.2", True, False),
        ("1.36.0", "1.35.2", True, False),
        ("", "1.35.2", True, False),
        ("1.26.8", "1.21", False, True),
        ("1.21", "1.21.0", False, True),
        ("1.9.9", "1.21", False, False),
        ("17", "8", False, True),
        ("", "8", False, False),
        ("", "", False, True),
        ("3.1", "", True, True),
    ],
)
def test_a_version_serves_or_not(found: str, wanted: str, exact: bool, expected: bool) -> None:
    assert serves(found, Need("x", wanted, exact=exact)) is expected


@given(NUMBERS, NUMBERS)
def test_the_order_is_that_of_numbers(one: list[int], other: list[int]) -> None:
    length = max(len(one), len(other))
    padded = [(*numbers, *[0] * length)[:length] for numbers in (one, other)]
    found, wanted = (".".join(map(str, numbers)) for numbers in (one, other))
    assert serves(found, Need("x", wanted)) is (padded[0] >= padded[1])


def wanted(text: str) -> dict[str, Need]:
    read = model.parse(text, "r.yaml")
    return {need.name: need for name in LANGUAGES for need in load_language(name).needs(read)}


def test_versions_are_those_of_the_recipe() -> None:
    sections = "languages:\n  go: {tools: {protoc-gen-go: v1.34.0}}\n  java: {tools: {protoc: 3.24.1}}\n"
    needs = wanted(GOOD + sections)
    assert needs["protoc-gen-go"].wanted == "1.34.0"
    assert needs["protoc-gen-go"].asked.endswith("cmd/protoc-gen-go@v1.34.0")
    assert "protoc-gen-go@v1.34.0-" in needs["protoc-gen-go"].entries[0]
    assert needs["protoc"].wanted == "24.1"
    assert "protoc:3.24.1" in needs["protoc"].asked
    assert not needs["protoc-gen-grpc-java"].on_path
    assert needs["go"].wanted == "1.21 or newer"
    assert needs["pip"].wanted == "any"


def test_requirements_are_resolved_where_the_recipe_leaves_them_out() -> None:
    assert wanted(GOOD)["go.sum"].asked == "go mod tidy"
    complete = 'languages: {go: {sums: ["example.com/x v1 h1:x="], indirect: {}}}\n'
    assert "go.sum" not in wanted(GOOD + complete)


def test_whatever_a_client_installs_names_a_client_that_is_needed_too() -> None:
    needs = wanted(GOOD)
    assert {need.client for need in needs.values()} <= {"", *needs}
    assert all(need.entries for need in needs.values() if need.client)


@pytest.mark.parametrize(
    ("name", "said", "version"),
    [
        ("go", "go version go1.26.8 linux/amd64", "1.26.8"),
        ("mvn", "\x1b[1mApache Maven 3.8.7\x1b[m\nMaven home: /x", "3.8.7"),
        ("java", 'openjdk version "17.0.15" 2025-04-15', "17"),
        ("java", 'java version "1.8.0_392"', "8"),
        ("java", 'openjdk version "25" 2025-09-16', "25"),
        ("javac", "javac 17.0.15", "17"),
        ("javac", "javac 1.8.0_392", "8"),
        ("protoc", "libprotoc 25.9", "25.9"),
        ("protoc-gen-go", "protoc-gen-go v1.35.2", "1.35.2"),
        ("pip", "pip 24.0 from /x (python 3.11)", "24.0"),
    ],
)
def test_what_programs_say_of_their_version(name: str, said: str, version: str) -> None:
    match = re.search(wanted(GOOD)[name].tells, said)
    assert match
    assert match[1] == version
