"""A mapping that a person wrote in YAML, parsed strictly and read as types.

What two readers could take for two things is refused, and complaints name file, line, key and what was
expected. Importing YAML takes a tenth of a run that changes nothing, so what was parsed before comes from
the cache, where there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from protogen.errors import Location, OutputUnwritable, RecipeError
from protogen.system.cache import Cache, key

if TYPE_CHECKING:
    import yaml

T = TypeVar("T")
Path = tuple[str | int, ...]
"""Keys and numbers of items, from the outermost to what is meant."""

MAX_CHARACTERS = 1_000_000
_MAX_DEPTH = 30
# Numbers and the like; YAML reads 1:1:1:… as a number to base 60, in quadratic time.
_MAX_SCALAR = 100
# Another one where something else is made of the same text, or something else is kept of it.
_FORMAT = 2

_AT = re.compile(r"(?: - at `(?:key in )?(?P<path>\$[^`]*)`)$")
_STEP = re.compile(r"\.(?P<key>[A-Za-z_][\w-]*)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
# What YAML reads as a number, a version perhaps.
_UNQUOTED = re.compile(r"Expected `str`, got `(?:int|float)`")


def doc(text: str) -> msgspec.Meta:
    """What a key is for, beside its type: `Annotated[str, doc("…")]`; JSON Schemas tell it."""
    return msgspec.Meta(description=text)


@dataclass(frozen=True)
class Document:
    """A parsed YAML mapping, and by path: the line (from 1) of each key and item, scalars as written."""

    file: str
    value: dict[str, Any]
    lines: Mapping[Path, int]
    scalars: Mapping[Path, str]

    def error(self, message: str, path: Path, expected: str = "") -> RecipeError:
        """The complaint about what stands at path."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return RecipeError.at(Location(self.file, self.lines.get(known, 1), dotted(path), message, expected))

    def at(self, path: Path) -> Any:
        """What stands at path, which must be there."""
        value: Any = self.value
        for step in path:
            value = value[step]
        return value

    def convert(self, path: Path, to: type[T]) -> T:
        """What stands at path, checked against the type; nothing is coerced.

        Raises RecipeError.
        """
        try:
            return msgspec.convert(self.at(path), to, strict=True)
        except msgspec.ValidationError as error:
            message, below = _split(str(error))
            unknown = re.search(r"unknown field `([^`]*)`", message)
            if unknown:
                names = ", ".join(_field_names(to, below))
                raise self.error(
                    "unknown key", (*path, *below, unknown[1]), names and f"one of {names}"
                ) from None
            here = (*path, *below)
            quoted = f'"{self.scalars.get(here, "")}", in quotes' if _UNQUOTED.match(message) else ""
            raise self.error(message[0].lower() + message[1:], here, quoted) from None


def parse(text: str, file: str, cache: Cache | None = None) -> Document:
    """The document of a text; anchors, duplicate keys and deep nesting are refused.

    file: what messages call it. cache: where it may have been parsed before, for texts without
    credentials; one that can't be written does without. Raises RecipeError; no such text is kept.
    """
    if cache is None:
        return _parsed(text, file)
    place = key("recipe", _FORMAT, text)
    if kept := cache.read("sets", place):
        parts = json.loads(kept)
        lines, scalars = ({tuple(path): each for path, each in parts[name]} for name in ("lines", "scalars"))
        return Document(file, parts["value"], lines, scalars)
    document = _parsed(text, file)
    lines_of, scalars_of = list(document.lines.items()), list(document.scalars.items())
    with suppress(OutputUnwritable):
        content = {"value": document.value, "lines": lines_of, "scalars": scalars_of}
        cache.put("sets", place, json.dumps(content).encode())
    return document


def dotted(path: Path) -> str:
    """The path as a person writes it: `repositories.a.roots[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _parsed(text: str, file: str) -> Document:
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise _refused(file, 0, f"larger than {MAX_CHARACTERS} characters")
    lines: dict[Path, int] = {}
    scalars: dict[Path, str] = {}
    # The C parser of libyaml is several times faster; both are the safe subset.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_tokens(text, file, loader)
        node = yaml.compose(text, Loader=loader)
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
    return RecipeError.at(Location(file, line, key, problem))


def _check_tokens(text: str, file: str, loader: Any) -> None:
    """Refuse aliases, and nesting that would exhaust the C parser's stack."""
    import yaml

    opening = (
        yaml.BlockMappingStartToken,
        yaml.BlockSequenceStartToken,
        yaml.FlowMappingStartToken,
        yaml.FlowSequenceStartToken,
    )
    closing = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
    depth = 0
    for token in yaml.scan(text, Loader=loader):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise _refused(file, line, "aliases are not allowed; write the value out")
        depth += isinstance(token, opening) - isinstance(token, closing)
        if depth > _MAX_DEPTH:
            raise _refused(file, token.start_mark.line + 1, "nested too deeply")


def _build(
    node: yaml.Node | None,
    path: Path,
    lines: dict[Path, int],
    scalars: dict[Path, str],
    file: str,
) -> Any:
    import yaml

    if len(path) > _MAX_DEPTH:
        raise _refused(file, 0, "nested too deeply")
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            name, line = str(key_node.value), key_node.start_mark.line + 1
            if name in mapping:
                raise _refused(file, line, "this key stands twice", dotted((*path, name)))
            here = (*path, name)
            lines[here] = line
            mapping[name] = _build(child, here, lines, scalars, file)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, child in enumerate(node.value):
            here = (*path, index)
            lines[here] = child.start_mark.line + 1
            items.append(_build(child, here, lines, scalars, file))
        return items
    if isinstance(node, yaml.ScalarNode):
        scalars[path] = str(node.value)
        return _scalar(node, file)
    return None


def _scalar(node: yaml.ScalarNode, file: str) -> Any:
    import yaml

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


def _split(message: str) -> tuple[str, Path]:
    at = _AT.search(message)
    if not at:
        return message, ()
    steps: list[str | int] = []
    for step in _STEP.finditer(at["path"]):
        if step["any"]:
            break
        steps.append(step["key"] if step["key"] else int(step["index"]))
    return message[: at.start()], tuple(steps)


def _field_names(to: Any, below: Path) -> tuple[str, ...]:
    """The keys of the struct that stands below one of this type; none where no struct is found there."""
    for step in below:
        if isinstance(step, int):
            to = (*get_args(to), None)[0]
        else:
            types = {field.encode_name: field.type for field in _fields(to)}
            to = types.get(step) or (*get_args(to), None)[-1]
        if get_origin(to) is Annotated:
            to = get_args(to)[0]
    return tuple(field.encode_name for field in _fields(to))


def _fields(to: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    if isinstance(to, UnionType):
        to = next((each for each in get_args(to) if _fields(each)), None)
    return msgspec.structs.fields(to) if isinstance(to, type) and issubclass(to, msgspec.Struct) else ()
