"""A set without the custom options of some proto packages, and without imports that nothing else needs. Pure.

Options say nothing of what is on the wire, so messages stay as they are. What remains is the set's own bytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from protogen.protos import wire
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

Path = tuple[int, ...]

# Fields of FileDescriptorProto.
_DEPENDENCY, _PUBLIC, _WEAK, _SOURCE_INFO, _OPTION_DEPENDENCY = 3, 10, 11, 9, 15
_OF_PROTOBUF = ".google.protobuf."
# How much like another package a name is that may be a slip.
_LIKENESS = 0.8


@dataclass(frozen=True)
class _Kind:
    """A kind of declaration in descriptor.proto."""

    options: int
    """The field that holds its options."""
    extendee: str
    """The message that they are."""
    within: Mapping[int, str] = field(default_factory=dict)
    """The declarations in it: field -> kind."""


_KINDS = {
    "file": _Kind(8, "FileOptions", {4: "message", 5: "enum", 6: "service", 7: "field"}),
    "message": _Kind(
        7, "MessageOptions", {2: "field", 3: "message", 4: "enum", 5: "range", 6: "field", 8: "oneof"}
    ),
    "field": _Kind(8, "FieldOptions"),
    "oneof": _Kind(2, "OneofOptions"),
    "range": _Kind(3, "ExtensionRangeOptions"),
    "enum": _Kind(3, "EnumOptions", {2: "value"}),
    "value": _Kind(3, "EnumValueOptions"),
    "service": _Kind(3, "ServiceOptions", {2: "method"}),
    "method": _Kind(4, "MethodOptions"),
}


@dataclass(frozen=True)
class Stripped:
    """What is left of a set."""

    content: bytes
    """The serialized FileDescriptorSet."""
    changed: frozenset[str]
    """The files that aren't as they were."""
    misspelled: Mapping[str, str]
    """Proto packages that no file of the set is of -> one with options that is named much like it."""


def without_options(
    descriptor_set: bytes, packages: Collection[str], entry_points: Collection[str]
) -> Stripped:
    """The serialized FileDescriptorSet without options whose extensions these proto packages declare.

    A package stands for those below it too. Imports of files of these packages go where nothing else of them
    is used, and so do files that the entry points then don't reach.
    """
    if not packages:
        return Stripped(descriptor_set, frozenset(), {})
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    whole = {file.name: file for file in FileDescriptorSet.FromString(descriptor_set).file}
    holders = {name for name, file in whole.items() if _is_of(file.package, packages)}
    uses = _Uses(whole, holders)
    entries = dict(zip(whole, wire.contents(descriptor_set, 1), strict=True))
    left = {name: _Declarations(uses.numbers).of_file(entry) for name, entry in entries.items()}
    for name, (_, found) in left.items():
        uses.note_options(name, found.used)
    made = {
        name: _without_imports(content, uses.needless(name), found.gone)
        for name, (content, found) in left.items()
    }
    reached = _reached(entry_points, made)
    return Stripped(
        b"".join(wire.field(1, made[name]) for name in whole if name in reached),
        frozenset(name for name in reached if made[name] != entries[name]),
        _misspelled(packages, whole.values()),
    )


def _is_of(package: str, packages: Iterable[str]) -> bool:
    return any(package == each or package.startswith(f"{each}.") for each in packages)


def _misspelled(packages: Collection[str], files: Collection[FileDescriptorProto]) -> dict[str, str]:
    known = {file.package for file in files}
    others = {
        file.package
        for file in files
        if not _is_of(file.package, packages) and any(_extendee(each) for each in _extensions(file))
    }
    found = {}
    for each in packages:
        if not any(_is_of(package, [each]) for package in known):
            alike = next((package for package in sorted(others) if each in package), "")
            if meant := alike or nearest(each, others, likeness=_LIKENESS):
                found[each] = meant
    return found


class _Declarations:
    """The declarations of a file, read once."""

    def __init__(self, numbers: Mapping[str, Collection[int]]) -> None:
        self._numbers = numbers
        self.gone: set[Path] = set()
        """Paths of options that were taken out, as source info counts."""
        self.used: set[tuple[str, int]] = set()
        """Extendee and number of the others."""

    def of_file(self, content: bytes) -> tuple[bytes, _Declarations]:
        return self._stripped(content, _KINDS["file"], ()), self

    def _stripped(self, declaration: bytes, kind: _Kind, path: Path) -> bytes:
        parts, counts = [], Counter[int]()
        for number, piece, content in wire.pieces(declaration):
            if number == kind.options:
                parts.append(self._options(piece, content, kind, (*path, number)))
            elif number in kind.within:
                below = (*path, number, counts[number])
                counts[number] += 1
                parts.append(wire.field(number, self._stripped(content, _KINDS[kind.within[number]], below)))
            else:
                parts.append(piece)
        return b"".join(parts)

    def _options(self, piece: bytes, content: bytes, kind: _Kind, path: Path) -> bytes:
        unwanted, kept = self._numbers.get(kind.extendee, ()), []
        before = len(self.gone)
        for number, each, _ in wire.pieces(content):
            if number in unwanted:
                self.gone.add((*path, number))
            else:
                self.used.add((kind.extendee, number))
                kept.append(each)
        if len(self.gone) == before:
            return piece
        if not kept:
            self.gone.add(path)
            return b""
        return wire.field(path[-1], b"".join(kept))


class _Uses:
    """Which file uses which, beside importing it."""

    def __init__(self, files: Mapping[str, FileDescriptorProto], holders: Collection[str]) -> None:
        self._files, self._holders = files, holders
        self.numbers: dict[str, set[int]] = defaultdict(set)
        """The extensions to take out, by the options that they extend."""
        self._declaring: dict[tuple[str, int], str] = {}
        owners: dict[str, str] = {}
        for name, file in files.items():
            prefix = f".{file.package}" if file.package else ""
            declared = [each.name for each in file.message_type] + [each.name for each in file.enum_type]
            owners |= {f"{prefix}.{each}": name for each in declared}
            for extension in _extensions(file):
                extendee = _extendee(extension)
                self._declaring[extendee, extension.number] = name
                if name in holders and extendee:
                    self.numbers[extendee].add(extension.number)
        self._needs = {
            name: {owner for type_ in _referenced(file) if (owner := _owner(type_, owners))}
            for name, file in files.items()
        }

    def note_options(self, name: str, used: Iterable[tuple[str, int]]) -> None:
        """Take note of the options that a file keeps."""
        self._needs[name] |= {self._declaring[each] for each in used if each in self._declaring}

    def needless(self, name: str) -> set[str]:
        """The imports of a file that it needed for options only."""
        file = self._files[name]
        public = {file.dependency[index] for index in file.public_dependency}
        return {each for each in self._imports(name) if not self._is_needed(name, each, each in public)}

    def _imports(self, name: str) -> Iterator[str]:
        options = wire.contents(self._files[name].SerializeToString(), _OPTION_DEPENDENCY)
        known = (*self._files[name].dependency, *(each.decode() for each in options))
        return (each for each in known if each in self._holders)

    def _is_needed(self, name: str, imported: str, is_public: bool) -> bool:
        visible = self._visible(imported)
        needing = self._files.keys() - visible if is_public else {name}
        return any(not visible.isdisjoint(self._needs[each]) for each in needing)

    def _visible(self, name: str) -> set[str]:
        found, waiting = set[str](), [name]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                file = self._files[each]
                waiting += [file.dependency[index] for index in file.public_dependency]
        return found


def _owner(type_: str, owners: Mapping[str, str]) -> str:
    """The file that declares a type, by the outermost one around it."""
    while type_ and type_ not in owners:
        type_ = type_.rpartition(".")[0]
    return owners.get(type_, "")


def _extendee(extension: Any) -> str:
    """The options that it extends; empty for another message."""
    kind: str = extension.extendee
    return kind.removeprefix(_OF_PROTOBUF) if kind.startswith(_OF_PROTOBUF) else ""


def _extensions(declaring: Any) -> Iterator[Any]:
    yield from declaring.extension
    is_file = "message_type" in declaring.DESCRIPTOR.fields_by_name
    for message in declaring.message_type if is_file else declaring.nested_type:
        yield from _extensions(message)


def _referenced(file: FileDescriptorProto) -> Iterator[str]:
    """The types that a file's own declarations name."""
    waiting: list[Any] = [*file.message_type]
    fields = [*file.extension]
    while waiting:
        message = waiting.pop()
        waiting += message.nested_type
        fields += (*message.field, *message.extension)
    for each in fields:
        yield from filter(None, (each.type_name, each.extendee))
    for service in file.service:
        for method in service.method:
            yield from (method.input_type, method.output_type)


def _without_imports(content: bytes, needless: Collection[str], gone: Collection[Path]) -> bytes:
    """A file without some imports, and with source info of what is left."""
    if not needless and not gone:
        return content
    names = [each.decode() for each in wire.contents(content, _DEPENDENCY)]
    kept = [index for index, name in enumerate(names) if name not in needless]
    moved = {before: after for after, before in enumerate(kept)}
    # By the field that counts the imports, what each index becomes.
    indices: dict[int, dict[int, int]] = {_DEPENDENCY: moved, _PUBLIC: {}, _WEAK: {}}
    counts = Counter[int]()
    parts = []
    for number, piece, held in wire.pieces(content):
        if number in (_PUBLIC, _WEAK):
            ((_, index),) = wire.fields(piece)
            if (after := moved.get(int(index))) is not None:
                indices[number][counts[number]] = len(indices[number])
                parts.append(wire.field(number, after))
            counts[number] += 1
        elif number in (_DEPENDENCY, _OPTION_DEPENDENCY):
            parts.append(b"" if held.decode() in needless else piece)
        else:
            parts.append(piece)
    whole = b"".join(parts)
    return wire.changed(whole, {_SOURCE_INFO}, lambda info: _locations(info, indices, gone))


def _locations(info: bytes, indices: Mapping[int, Mapping[int, int]], gone: Collection[Path]) -> bytes:
    parts = []
    for number, piece, location in wire.pieces(info):
        path = _path(location) if number == 1 else ()
        if any(path[:length] in gone for length in range(1, len(path) + 1)):
            continue
        if len(path) == 2 and path[0] in indices:
            after = indices[path[0]].get(path[1])
            if after is None:
                continue
            rest = b"".join(each for inner, each, _ in wire.pieces(location) if inner != 1)
            parts.append(wire.field(1, wire.field(1, bytes((path[0],)) + wire.varint(after)) + rest))
        else:
            parts.append(piece)
    return b"".join(parts)


def _path(location: bytes) -> Path:
    packed = b"".join(wire.contents(location, 1))
    found, value, shift = [], 0, 0
    for byte in packed:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return tuple(found)


def _reached(entry_points: Iterable[str], files: Mapping[str, bytes]) -> set[str]:
    found, waiting = set[str](), list(entry_points)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for number in (_DEPENDENCY, _OPTION_DEPENDENCY):
                waiting += [each.decode() for each in wire.contents(files[name], number)]
    return found
