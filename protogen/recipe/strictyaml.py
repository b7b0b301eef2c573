"""Strict parsing of YAML: what two readers could take for two things is refused, with file and line."""

from __future__ import annotations

from typing import Any

import yaml

from protogen.errors import RecipeError, Spot
from protogen.recipe.document import MAX_CHARACTERS, Document, dotted

_MAX_DEPTH = 30
# Numbers and the like; YAML reads 1:1:1:… as a number to base 60, in quadratic time.
_MAX_SCALAR = 100
_OPENING = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
# The C parser of libyaml is several times faster; both are the safe subset.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, file: str) -> Document:
    """Read one YAML mapping. Anchors, duplicate keys and deep nesting are refused.

    Raises RecipeError.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refused(file, 0, f"larger than {MAX_CHARACTERS} characters")
    lines: dict[tuple[str | int, ...], int] = {}
    scalars: dict[tuple[str | int, ...], str] = {}
    try:
        _check_tokens(text, file)
        node = yaml.compose(text, Loader=_Loader)
        value = _build(node, (), lines, scalars, file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _refused(file, mark.line + 1 if mark else 0, f"not valid YAML: {problem}") from None
    except RecursionError:
        raise _refused(file, 0, "nested too deeply") from None
    if not isinstance(value, dict):
        raise _refused(file, 1, "expected a mapping of keys to values")
    return Document(file, value, lines, scalars)


def _refused(file: str, line: int, problem: str, key: str = "") -> RecipeError:
    return RecipeError.at(Spot(file, line, key, problem))


def _check_tokens(text: str, file: str) -> None:
    """Refuse aliases, and nesting that would exhaust the C parser's stack."""
    depth = 0
    for token in yaml.scan(text, Loader=_Loader):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise _refused(file, line, "aliases are not allowed; write the value out")
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > _MAX_DEPTH:
            raise _refused(file, token.start_mark.line + 1, "nested too deeply")


def _build(
    node: yaml.Node | None,
    path: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    scalars: dict[tuple[str | int, ...], str],
    file: str,
) -> Any:
    if len(path) > _MAX_DEPTH:
        raise _refused(file, 0, "nested too deeply")
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in mapping:
                raise _refused(file, line, "this key stands twice", dotted((*path, key)))
            spot = (*path, key)
            lines[spot] = line
            mapping[key] = _build(child, spot, lines, scalars, file)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, child in enumerate(node.value):
            place = (*path, index)
            lines[place] = child.start_mark.line + 1
            items.append(_build(child, place, lines, scalars, file))
        return items
    if isinstance(node, yaml.ScalarNode):
        scalars[path] = str(node.value)
        return _scalar(node, file)
    return None


def _scalar(node: yaml.ScalarNode, file: str) -> Any:
    constructor = yaml.constructor.SafeConstructor()
    try:
        # Dates and binaries have no place in a recipe: a version such as 2020-01-01 stays text.
        if node.tag.rsplit(":", 1)[-1] in {"timestamp", "binary"}:
            return node.value
        if len(node.value) > _MAX_SCALAR and not node.tag.endswith(":str"):
            raise ValueError("too long")
        return constructor.construct_object(node)
    except (ValueError, ArithmeticError, KeyError, yaml.YAMLError):
        problem = f"{node.value[:_MAX_SCALAR]!r} can't be read as {node.tag}"
        raise _refused(file, node.start_mark.line + 1, problem) from None
