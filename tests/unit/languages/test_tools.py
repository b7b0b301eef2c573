"""What the languages take of tools, by the recipe."""

from __future__ import annotations

import re

import pytest

from protogen.languages import LANGUAGES, choose, load_language
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.toolbox import Tool
from protogen.recipe import model
from tests.unit.recipe.test_model import GOOD


def wanted(text: str) -> dict[str, Prerequisite | Tool]:
    recipe = model.parse(text, "r.yaml")
    found: list[Prerequisite | Tool] = []
    for language in choose(("all",)):
        found += [*language.client.prerequisites, *language.tools(language.read(recipe))]
    return {each.name: each for each in found}


def tools(text: str) -> dict[str, Tool]:
    return {name: each for name, each in wanted(text).items() if isinstance(each, Tool)}


def test_versions_are_those_of_the_recipe() -> None:
    sections = "languages:\n  go: {tools: {protoc-gen-go: v1.34.0}}\n  java: {tools: {protoc: 3.24.1}}\n"
    found = tools(GOOD + sections)
    plugin, protoc = found["protoc-gen-go"], found["protoc"]
    assert (plugin.wanted, protoc.wanted) == ("1.34.0", "24.1")
    assert plugin.client.command(plugin).endswith("cmd/protoc-gen-go@v1.34.0")
    assert "protoc-gen-go@v1.34.0-" in plugin.entry
    assert "protoc:3.24.1" in protoc.client.command(protoc)
    assert not found["protoc-gen-grpc-java"].is_told
    assert wanted(GOOD)["go"].wanted == "1.21 or newer"
    assert wanted(GOOD)["pip"].wanted == "any"


@pytest.mark.parametrize("name", [name for name in LANGUAGES if load_language(name).pins.hashes])
def test_each_tool_of_a_language_with_hashes_has_its_own(name: str) -> None:
    language = load_language(name)
    for section in language.pins.sections():
        for tool in language.tools(section):
            known = {key for key in language.pins.hashes if tool.version in key}
            homes = {re.split(r"@|:\d", key)[0] for key in known}
            assert tool.inputs or any(tool.package.startswith(home) for home in homes), tool


def test_requirements_are_resolved_where_the_recipe_leaves_them_out() -> None:
    go_sum = tools(GOOD)["go.sum"]
    assert (go_sum.client.command(go_sum), go_sum.is_told) == ("go mod tidy", False)
    complete = 'languages: {go: {sums: ["example.com/x v1 h1:x="], indirect: {}}}\n'
    assert "go.sum" not in tools(GOOD + complete)


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
