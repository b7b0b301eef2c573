"""Names as protos write them: what a name stands for where, and the shortest for a declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

# What a statement may begin with, and the types that need no declaration: as the first word of a type's
# name the parser takes them for that.
_WORDS = frozenset(
    "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string "
    "bytes message enum extensions reserved extend option oneof optional required repeated group map stream "
    "rpc returns service import package syntax edition export local public weak".split()
)


@dataclass(frozen=True)
class Symbols:
    """All that the files of a set declare, by full names.

    A file sees only what it imports. What a name stands for among all is what it stands for among fewer, if
    its declaration is one of them: so one table serves every file, and every tool's view of them.
    """

    names: frozenset[str]
    scopes: frozenset[str]
    """Those of them that have others in them: packages, messages, enums and services."""

    @classmethod
    def of(cls, files: Iterable[Any]) -> Symbols:
        """What they declare."""
        names, scopes = set[str](), set[str]()
        for file in files:
            parts = file.package.split(".") if file.package else []
            scopes |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
            for name, is_scope in _declared(file, file.package):
                (scopes if is_scope else names).add(name)
        return cls(frozenset(names | scopes), frozenset(scopes))

    def meaning(self, name: str, scope: str) -> str:
        """The full name of what a name stands for in a scope, as protoc looks for it; empty for nothing."""
        first = name.split(".", maxsplit=1)[0]
        while True:
            found = within(scope, first)
            if first == name and found in self.names:
                return found
            if first != name and found in self.scopes:
                found = within(scope, name)
                return found if found in self.names else ""
            if not scope:
                return ""
            scope = scope.rpartition(".")[0]

    def type_name(self, full: str, scope: str, package: str) -> str:
        """A type as it reads best in a scope: from there where that is in its own package, else in full.

        full: with a dot before it, which stays where the name would stand for something else without.
        """
        name, around = full.removeprefix("."), scope
        while package and (around == package or around.startswith(f"{package}.")):
            if name.startswith(f"{around}.") and self._serves(name[len(around) + 1 :], name, scope):
                return name[len(around) + 1 :]
            around = around.rpartition(".")[0]
        return self.full_name(name, scope)

    def full_name(self, name: str, scope: str) -> str:
        """The full name, with a dot before it where it would stand for something else in the scope."""
        return name if self._serves(name, name, scope) else f".{name}"

    def _serves(self, written: str, name: str, scope: str) -> bool:
        return written.split(".", maxsplit=1)[0] not in _WORDS and self.meaning(written, scope) == name


def within(scope: str, name: str) -> str:
    """The full name of what has that name in the scope."""
    return f"{scope}.{name}" if scope else name


def _declared(declaring: Any, scope: str) -> Iterator[tuple[str, bool]]:
    """What a file or message declares, by full names, and whether others are in it."""
    kinds = declaring.DESCRIPTOR.fields_by_name
    nested = declaring.message_type if "message_type" in kinds else declaring.nested_type
    for message in nested:
        yield within(scope, message.name), True
        yield from _declared(message, within(scope, message.name))
    for enum in declaring.enum_type:
        yield within(scope, enum.name), True
        yield from ((within(scope, value.name), False) for value in enum.value)
    for kind in ("extension", "field", "oneof_decl"):
        for each in getattr(declaring, kind) if kind in kinds else ():
            yield within(scope, each.name), False
    for service in declaring.service if "service" in kinds else ():
        yield within(scope, service.name), True
        for method in service.method:
            yield within(within(scope, service.name), method.name), False
