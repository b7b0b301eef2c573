"""What is asked of a language, and what it answers: values only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from protogen.languages.toolchain.programs import Program
from protogen.protos.outline import File, Outline
from protogen.protos.printer import Printed, completed
from protogen.recipe.model import Recipe
from protogen.releases.release import Release


@dataclass(frozen=True)
class Request:
    """All that a language plans from; values only."""

    recipe: Recipe
    release: Release
    outline: Outline
    descriptor_set: Path
    """The compiled set, self-contained."""
    entry_points: tuple[str, ...]
    well_known: frozenset[str]
    """Files of the set that the compiler brings, and so do most languages' runtimes."""
    licenses: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, str]
    """What the user chose, by option key."""
    out: Path
    """Where the package will stand."""
    missing_entry_points: tuple[str, ...] = ()
    """Entry points that the source can't offer."""
    groups: tuple[str, ...] = ()
    """Of extra entry points."""
    texts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Of the protos that the source has as text, by import name."""

    def protos(self) -> Printed:
        """Every proto of the set: as the source has it, printed from its descriptor where it has no text."""
        return completed(self.texts, self.descriptor_set.read_bytes())

    def location(self, file: str, declaration: str) -> str:
        """`file:line` of a declaration; the file alone where the set doesn't tell lines."""
        from protogen.protos.descriptors import line_of

        line = line_of(self.descriptor_set.read_bytes(), file, declaration)
        return f"{file}:{line}" if line else file


@dataclass(frozen=True)
class Generator:
    """A program that writes code for files of the set."""

    name: str
    """The name in `--NAME_out`."""
    parameters: tuple[str, ...] = ()
    plugin: str = ""
    """The tool that serves it, which is started without a protoc; empty where a protoc does itself."""
    protoc: str = ""
    """The tool that is that protoc; empty for the one of grpcio-tools."""
    services_only: bool = False
    """Whether it gets only the files that have services."""
    per_file: bool = True
    """Whether what it writes for a file depends on no other, so that several runs may share the files."""
    folder: str = ""
    """Where its files go among those that are generated, with a slash behind: it tells apart what one plugin
    writes by two sets of parameters."""


@dataclass(frozen=True)
class Invocation:
    """What a generator is to do for some files of the set. The first fields are the generator's."""

    generator: str
    parameters: tuple[str, ...]
    files: tuple[str, ...]
    plugin: str = ""
    protoc: str = ""
    per_file: bool = True
    folder: str = ""


def invocations(
    generators: Iterable[Generator], files: Collection[File], *parameters: str
) -> tuple[Invocation, ...]:
    """What the generators are to do for these files. parameters: for each, after its own."""
    found = []
    for each in generators:
        names = sorted(file.name for file in files if file.services or not each.services_only)
        if names or not each.services_only:
            own = (*each.parameters, *parameters)
            tool = (each.plugin, each.protoc, each.per_file, each.folder)
            found.append(Invocation(each.name, own, tuple(names), *tool))
    return tuple(found)


@dataclass(frozen=True)
class Installed:
    """What the toolchain provided: tools by name, and texts that only a tool could tell."""

    tools: Mapping[str, Program]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class External:
    """A proto that isn't generated: a published package serves."""

    proto: str
    package: str
    """What the ecosystem calls the package."""
    version: str
    """The lowest that serves."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The file options that say where the package has its code."""
    stubs: str = ""
    """The package that has the stubs of its services, where that is another."""
    imported: bool = True
    """Whether generated code imports it, and not only what it imports."""
    serviced: bool = False
    """Whether it has services."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A language's decisions for one release; a language adds its own."""

    section: Any
    """The recipe's section of the language, with defaults."""
    version: str
    """The package's, in the ecosystem's own syntax."""
    name: str = ""
    """What the ecosystem calls the package."""
    invocations: tuple[Invocation, ...] = ()
    """What to run."""
    has_services: bool = False
    remarks: tuple[str, ...] = ()
    """What the summary must tell the user of this package."""
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """File options to set on a copy of the set, by file: the language's own names for things."""
    externals: tuple[External, ...] = ()
    """Protos of the set that aren't generated, since published packages serve."""


P = TypeVar("P", bound=Plan)


@dataclass(frozen=True)
class Package(Generic[P]):
    """A package that was made: what it was made from, and its files by path."""

    request: Request
    plan: P
    installed: Installed
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Coordinates:
    """What a package is called in its ecosystem, by the fields of a package URL."""

    ecosystem: str
    namespace: str
    name: str
    version: str = ""
    """In the ecosystem's own syntax; empty where a constraint is all there is."""
    constraint: str = ""


@dataclass(frozen=True)
class Artifacts:
    """What a registry takes."""

    files: Mapping[str, Path]
    """Each file in the BuildDir, by its path below the artifacts folder."""
    remarks: tuple[str, ...] = ()
    """What stands between these files and a registry, for the summary."""
