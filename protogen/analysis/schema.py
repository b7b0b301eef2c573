"""JSON Schemas of recipes and of protogen.yaml, for editors: made from what reads these files. Pure.

Whatever a schema refuses, the reader refuses too; the reader knows more, such as which names there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from protogen.recipe import externals, kit, model, packages, periods, pins, public, roots
from protogen.recipe.project_file import Setting

Schema = dict[str, Any]

_TEMPLATE: Final = "#/$defs/{name}"
# As YAML reads it: what is written `2.10` reaches an option as that text, and an empty value as none.
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean", "null"]}


def recipe_schema(sections: Mapping[str, type[msgspec.Struct]]) -> Schema:
    """The schema of a recipe with the languages' sections."""
    types: list[type[msgspec.Struct]] = [model.RecipeFile, model.Repository, model.EntryPoints]
    types += [
        pins.Pin,
        model.Preference,
        roots.Root,
        kit.Part,
        externals.External,
        packages.Package,
        *sections.values(),
    ]
    _, found = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    definitions = {type_.__name__: found[type_.__name__] for type_ in types}
    whole = definitions.pop(model.RecipeFile.__name__)
    _narrow(whole["properties"], definitions, sections)
    return {**whole, "title": "A recipe of protogen", "$defs": definitions}


def settings_schema(known: Mapping[str, Setting]) -> Schema:
    """The schema of protogen.yaml, from the options that it may set."""
    shapes = [each.shape for each in known.values() if each.shape]
    return {
        "title": "Settings of protogen",
        "description": "The long options of protogen, with _ for -.",
        "type": "object",
        "properties": {name: _setting(each) for name, each in sorted(known.items())},
        "additionalProperties": False,
        **({"$defs": _shapes(shapes)} if shapes else {}),
    }


def _narrow(
    top: Schema, definitions: Mapping[str, Schema], sections: Mapping[str, type[msgspec.Struct]]
) -> None:
    """Add what model.parse checks beyond types."""
    name = {"pattern": f"^(?:{model.NAME.pattern})$", "maxLength": model.MAX_NAME}
    entries = {"items": {"$ref": _TEMPLATE.format(name=model.EntryPoints.__name__)}}
    top["schema"] |= {"const": 1}
    top["name"] |= name
    top["repositories"] |= {
        "additionalProperties": {
            "anyOf": [{"$ref": _TEMPLATE.format(name=model.Repository.__name__)}, {"const": public.PUBLIC}]
        },
        "propertyNames": name,
        "minProperties": 1,
    }
    top["entry_points"] |= entries | {"minItems": 1}
    top["prefer"] |= {"items": {"$ref": _TEMPLATE.format(name=model.Preference.__name__)}}
    name_of_proto = {"pattern": r"\.proto$"}
    top["aliases"]["additionalProperties"] |= name_of_proto
    top["aliases"]["propertyNames"] = name_of_proto
    top["strip_options"]["items"] |= {"pattern": f"^(?:{model.PROTO_PACKAGE.pattern})$"}
    external = {"$ref": _TEMPLATE.format(name=externals.External.__name__)}
    by_language = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"anyOf": [external, {"type": "null"}]},
    }
    definitions[externals.External.__name__]["minProperties"] = 1
    top["externals"] |= {
        "anyOf": [
            {"type": "boolean"},
            {
                "type": "object",
                "propertyNames": {"pattern": r"(?:\.proto|\*\*)$"},
                "additionalProperties": {"anyOf": [by_language, {"type": "null"}]},
            },
        ]
    }
    top["groups"]["additionalProperties"] |= entries
    top["kit"] |= {"additionalProperties": {"$ref": _TEMPLATE.format(name=kit.Part.__name__)}}
    top["languages"] |= {
        "properties": {
            language: {"$ref": _TEMPLATE.format(name=type_.__name__)} for language, type_ in sections.items()
        },
        "additionalProperties": False,
    }
    repository = definitions[model.Repository.__name__]["properties"]
    definitions[model.Repository.__name__]["anyOf"] = [
        {"required": ["url"], "properties": {"url": {"minLength": 1}}},
        {"required": ["packages"], "properties": {"packages": {"minItems": 1}}},
    ]
    definitions[packages.Package.__name__]["properties"]["name"] |= {
        "pattern": f"^(?:{packages.NAME.pattern})$"
    }
    repository["branch"] |= {"pattern": r"^$|\{major\}"}
    for shape in repository["tag"]["anyOf"]:
        shape.get("items", shape)["pattern"] = r"^$|\{(?:major|date)\}"
    repository["roots"] |= {"minItems": 1}
    definitions[model.Repository.__name__]["not"] = {
        "required": ["ref"],
        "properties": {"ref": {"minLength": 1}},
        "anyOf": [
            {"required": [key], "properties": {key: {least: 1}}}
            for key, least in (
                ("branch", "minLength"),
                ("tag", "minLength"),
                ("pins", "minItems"),
                ("by_date", "minLength"),
            )
        ],
    }
    definitions[model.EntryPoints.__name__]["properties"]["pattern"] |= {"pattern": r"^[^!].*\.proto$"}
    definitions[model.Preference.__name__]["properties"]["pattern"] |= {"pattern": r"\.proto$"}
    for name_ in (model.EntryPoints.__name__, roots.Root.__name__):
        excluded = definitions[name_]["properties"]["exclude"]
        excluded |= {"items": {"type": "string", "pattern": r"^[^!].*(?:\.proto|\*\*)$"}}
    definitions[roots.Root.__name__]["properties"]["path"] |= {"minLength": 1}
    number = {"pattern": f"^(?:{periods.NUMBER.pattern})?$"}
    for periodic in (model.Repository, model.EntryPoints, pins.Pin, roots.Root):
        for key in ("from", "until"):
            definitions[periodic.__name__]["properties"][key] |= number
    definitions[pins.Pin.__name__]["anyOf"] = [
        {"required": ["file", "pattern"]},
        {"required": ["file", "module"]},
        {"required": ["submodule"]},
    ]


def _shapes(shapes: list[type[msgspec.Struct]]) -> dict[str, Schema]:
    """The definitions of mappings and all that they hold."""
    _, found = msgspec.json.schema_components(shapes, ref_template=_TEMPLATE)
    return dict(sorted(found.items()))


def _setting(setting: Setting) -> Schema:
    if setting.shape:
        return {"description": setting.help, "$ref": _TEMPLATE.format(name=setting.shape.__name__)}
    scalar = {"enum": list(setting.choices)} if setting.choices else _SCALAR
    several = {"type": "array", "items": scalar}
    shapes: dict[str, Schema] = {
        "flag": {"type": "boolean"},
        "number": {"type": "integer"},
        "text": scalar,
        "texts": {"anyOf": [scalar, several]},
        "pairs": {"anyOf": [scalar, several, {"type": "object", "additionalProperties": scalar}]},
    }
    described = {"description": re.sub(r"\s+\[.*?\]$", "", setting.help)} if setting.help else {}
    return described | shapes[setting.kind]
