"""Recipes and protogen.yaml key by key, from the schemas that editors get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protogen.analysis import schema
from protogen.cli import defaults
from protogen.cli.main import load
from protogen.languages import LANGUAGES, load_language
from reference.tables import code, prose, table

if TYPE_CHECKING:
    from collections.abc import Mapping

_RECIPE = """\
# Recipe schema

What each key of a recipe takes. [Recipes](../recipes.md) has an example and says how to begin one;
`protogen recipe schema` prints the same as JSON Schema.
"""
_SETTINGS = """\
# Settings schema

What each key of `protogen.yaml` takes: the long options with `_` for `-`. [Vendoring](../vendoring.md) has an
example, and [commands](commands.md) tell which command takes what; `protogen recipe schema --settings` prints
the same as JSON Schema.
"""
_TYPES_OF = {name: load_language(name).section for name in LANGUAGES}
_SECTIONS = {section.__name__: f"languages.{name}" for name, section in _TYPES_OF.items()}
_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}


def recipe_page() -> str:
    """The page of recipes, as Markdown."""
    made = schema.recipe_schema(_TYPES_OF)
    return "\n".join([_RECIPE, "## Recipe\n", _keys(made), *_definitions(made)])


def settings_page() -> str:
    """The page of protogen.yaml, as Markdown."""
    made = schema.settings_schema(defaults.known(load("generate")))
    return "\n".join([_SETTINGS, "## Keys\n", _keys(made), *_definitions(made)])


def _definitions(made: Mapping[str, Any]) -> list[str]:
    return [
        f"## {_title(name)}\n\n{prose(each['description'])}\n\n{_keys(each)}"
        for name, each in made.get("$defs", {}).items()
    ]


def _title(definition: str) -> str:
    return _SECTIONS.get(definition, definition)


def _keys(definition: Mapping[str, Any]) -> str:
    required = definition.get("required", ())
    return table(
        ("key", "takes", "default", "what it says"),
        (
            (
                code(key),
                _takes(value),
                "required" if key in required else _default(value),
                prose(value.get("description", "")),
            )
            for key, value in definition["properties"].items()
        ),
    )


def _takes(value: Mapping[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in value:
        title = _title(value["$ref"].rpartition("/")[2])
        return f"[{title}](#{title.lower().replace('.', '')})"
    if "anyOf" in value:
        return ", or ".join(map(_takes, value["anyOf"]))
    if "const" in value or "enum" in value:
        return ", ".join(code(str(each)) for each in value.get("enum", [value.get("const")]))
    return _plain(value)


def _plain(value: Mapping[str, Any]) -> str:
    kind = value.get("type")
    if kind == "array":
        return f"list of {_takes(value['items'])}"
    if kind == "object" and "properties" in value:
        named = [f"{code(key)} is {_takes(each)}" for key, each in value["properties"].items()]
        return f"mapping: {', '.join(named)}"
    if kind == "object":
        return f"mapping of names to {_takes(value['additionalProperties'])}"
    return "text" if isinstance(kind, list) else _TYPES[str(kind)]


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    return code(", ".join(map(str, default)) if isinstance(default, list | tuple) else str(default or ""))
