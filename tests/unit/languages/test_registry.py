"""What languages say of themselves without importing their parts, held against these."""

from __future__ import annotations

import pytest

from protogen.analysis.graph import graphviz
from protogen.cli.command import NO_LANGUAGES_TOOLS
from protogen.languages import LANGUAGES, load_language
from protogen.languages.java import pom
from protogen.languages.toolchain import buf
from protogen.recipe import model
from tests.unit.recipe.test_model import GOOD


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_names_what_may_be_given_for_it(name: str) -> None:
    language = load_language(name)
    tools = language.tools(language.read(model.parse(GOOD, "r.yaml")))
    client = [language.client.prerequisites[0].name] if tools else []
    assert [*LANGUAGES[name].programs] == [*client, *(tool.name for tool in tools if tool.is_program)]


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_languages_section_and_settings_are_types(name: str) -> None:
    language = load_language(name)
    assert isinstance(model.parse(GOOD, "r.yaml").section(name, language.section), language.section)
    for option in language.entry.options:
        assert option.shape is None or option.shape().__doc__


def test_only_java_takes_a_mapping() -> None:
    (shaped,) = [each for language in LANGUAGES.values() for each in language.options if each.shape]
    assert shaped.key == pom.KEY
    assert shaped.shape
    assert shaped.shape() is pom.Pom


def test_tools_that_no_language_takes_are_named() -> None:
    assert NO_LANGUAGES_TOOLS == (graphviz.TOOL, buf.NAME)
