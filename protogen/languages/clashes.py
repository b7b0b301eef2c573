"""Declarations of protos that can't be in a language: two that would have one name, or one with none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from protogen.errors import ProtosUnresolved
from protogen.languages.package import Request
from protogen.protos.outline import File, all_types


@dataclass(frozen=True)
class Place:
    """A declaration in a file, which generated code has a name for."""

    file: str
    declaration: str = ""
    """Names joined by dots, without the proto package; empty for the file itself."""
    through: str = ""
    """The file that passes it on by a public import; empty where none does."""

    def __str__(self) -> str:
        """As an error calls it."""
        if self.through:
            return f"{self.declaration} of {self.file}, which {self.through} imports publicly,"
        return self.declaration or f"the file {self.file}"


@dataclass(frozen=True)
class Clash:
    """Why a language can't have a declaration."""

    problem: str
    first: Place
    second: Place | None = None
    """The other of two that meet; None where there is one only."""


def same_name(name: str, first: Place, second: Place) -> Clash:
    """Two declarations that generated code has one name for."""
    return Clash(f"{first} and {second} would both be {name}", first, second)


def refused(
    message: str,
    clash: Clash,
    request: Request,
    otherwise: str = "leave the file out of the recipe's entry points",
) -> ProtosUnresolved:
    """The error of a clash, with the lines of both. otherwise: what helps but for another name."""
    places = [clash.first, *([clash.second] if clash.second else [])]
    where = [request.location(place.file, place.declaration) for place in places]
    return ProtosUnresolved(
        f"{message}: {clash.problem}",
        where=" and ".join(dict.fromkeys(where)),
        remedy=f"rename {'one of the two' if clash.second else 'it'}, or {otherwise}",
    )


def too_alike(file: File) -> Iterator[Clash]:
    """Two fields of a proto3 message that gRPC's older generators take for one, as protoc did.

    They disregard case and underscores. Source: reflect/protodesc/desc_validate.go of Go's protobuf 1.34.
    """
    for path, type_ in all_types(file.types if file.syntax == "proto3" else ()):
        seen: dict[str, Place] = {}
        for field in type_.fields:
            place = Place(file.name, f"{path}.{field.name}")
            other = seen.setdefault(field.name.replace("_", "").lower(), place)
            if other is not place:
                yield Clash(f"gRPC's generator takes {other} and {place} for one field", other, place)


def served(files: Iterable[File]) -> list[File]:
    """The files that a generator of stubs reads: those with services, and all that they import."""
    by_name = {file.name: file for file in files}
    found: dict[str, File] = {}
    waiting = [name for name, file in by_name.items() if file.services]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            waiting += by_name[name].dependencies
    return sorted(found.values(), key=lambda file: file.name)


def entry_name(field: str) -> str:
    """The message that protoc makes up for the entries of a map."""
    return "".join(part[:1].upper() + part[1:] for part in field.split("_")) + "Entry"
