"""What of the protos has another name in Python than its own, decided from the outline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from protogen.languages.python import names
from protogen.protos.outline import File, Type

# By file, then by path in the file, `Outer.Inner.None`: the last part's name in Python. Empty for a
# field, which has none but its own.
Renamings = dict[str, dict[str, str]]


def renamings(files: Iterable[File]) -> Renamings:
    """The files whose modules can't hold all that they declare as it comes; the others are missing."""
    by_name = {file.name: file for file in files}
    found: Renamings = {}
    for file in by_name.values():
        renamed = dict(_of_file(file))
        # A star import that brings `globals` takes it from the module; a constant takes a value's name.
        if renamed or "globals" in _taken_over(file, by_name) or _values_beside_constants(file):
            found[file.name] = renamed
    return found


def declared(file: File) -> list[str]:
    """The names in the file's own scope."""
    return [name for name, _ in _scope(file.types)] + [each.name for each in file.extensions]


def python_path(path: str, renamed: Mapping[str, str]) -> str:
    """The path of a message or enum in its file, as Python spells it."""
    if not renamed:
        return path
    parts = path.split(".")
    prefixes = [".".join(parts[: length + 1]) for length in range(len(parts))]
    return ".".join(renamed.get(prefix) or part for prefix, part in zip(prefixes, parts, strict=True))


def unholdable(files: Iterable[File]) -> Iterator[tuple[File, str]]:
    """What protobuf's own Python can't hold: a file and the path in it of what is declared there."""
    for file in files:
        for path, name, kind in _members(file.types, ""):
            if name in (names.UNHOLDABLE_EXTENSIONS if kind == "extension" else names.UNHOLDABLE):
                yield file, path if kind != "value" else _declaration(path, file)


def _of_file(file: File) -> Iterator[tuple[str, str]]:
    siblings = {*declared(file), *(names.field_number(each.name) for each in file.extensions)}
    for name in declared(file):
        found = names.attribute(name, siblings, names.MODULE)
        if found != name:
            yield name, found
    yield from _of_messages(file.types, "")


def _of_messages(types: Iterable[Type], prefix: str) -> Iterator[tuple[str, str]]:
    for message in types:
        if message.kind != "message":
            continue
        path = f"{prefix}{message.name}."
        siblings = {name for _, name, _ in _members((message,), prefix, deep=False)}
        for place, name, kind in _members((message,), prefix, deep=False):
            if kind == "field":
                if name in names.OBJECT or name == "DESCRIPTOR":
                    yield place, ""
                continue
            found = names.attribute(name, siblings, names.MESSAGE)
            # Compiled runtimes look for a field only.
            if found != name or name.endswith("_FIELD_NUMBER"):
                yield place, found
        yield from _of_messages(message.nested, path)


def _members(types: Iterable[Type], prefix: str, *, deep: bool = True) -> Iterator[tuple[str, str, str]]:
    """What messages declare: path, name and kind."""
    for message in types:
        if message.kind != "message":
            continue
        path = f"{prefix}{message.name}."
        for field in message.fields:
            yield f"{path}{field.name}", field.name, "field"
        for name, kind in _scope(message.nested):
            yield f"{path}{name}", name, kind
        for extension in message.extensions:
            yield f"{path}{extension.name}", extension.name, "extension"
        if deep:
            yield from _members(message.nested, path)


def _scope(types: Iterable[Type]) -> Iterator[tuple[str, str]]:
    """The names that types bring into their scope, each with its kind: an enum's values too."""
    for each in types:
        yield each.name, each.kind
        for value in each.values:
            yield value, "value"


def _taken_over(file: File, files: Mapping[str, File]) -> set[str]:
    """What a file's public imports bring into its module."""
    found: set[str] = set()
    for name in file.public:
        if name in files:
            found |= {*declared(files[name]), *_taken_over(files[name], files)}
    return found


def _values_beside_constants(file: File) -> bool:
    values = {name for name, kind in _scope(file.types) if kind == "value"}
    return not values.isdisjoint(names.field_number(each.name) for each in file.extensions)


def _declaration(value: str, file: File) -> str:
    """The path of a value with its enum's name in it, by its path in the scope that it belongs to."""
    *outer, name = value.split(".")
    scope: Iterable[Type] = file.types
    for each in outer:
        scope = next(type_ for type_ in scope if type_.name == each).nested
    enum = next(type_ for type_ in scope if name in type_.values)
    return ".".join((*outer, enum.name, name))
