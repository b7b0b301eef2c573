"""What a language is to protogen. To add one, read this and one language beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    import msgspec

    from protogen.languages.option import Option
    from protogen.languages.toolchain.need import Need
    from protogen.languages.toolchain.toolbox import Tool, Toolbox
    from protogen.protos.outline import Outline
    from protogen.recipe.model import Recipe
    from protogen.releases.release import Release


@dataclass(frozen=True)
class Request:
    """All that a language plans from; values only.

    descriptor_set: the compiled set, self-contained. settings: what the user chose, by option key.
    out: where the package will stand. well_known: files of the set that the compiler brings, and
    so do most languages' runtimes. lacking: entry points that the
    source can't offer. groups: of extra entry points.
    """

    recipe: Recipe
    release: Release
    outline: Outline
    descriptor_set: Path
    entry_points: tuple[str, ...]
    well_known: frozenset[str]
    licenses: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, str]
    out: Path
    lacking: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """What a generator is to do for some files of the set, in one run or in several.

    generator: the name in `--NAME_out`. plugin: the tool that serves it, which is started without a
    protoc; empty where protoc does itself. protoc: the tool that is that protoc, empty for the one of
    grpcio-tools.
    """

    generator: str
    parameters: tuple[str, ...]
    files: tuple[str, ...]
    plugin: str = ""
    protoc: str = ""


@dataclass(frozen=True)
class Provided:
    """What the toolchain provided: tools by name, and texts that only a tool could tell."""

    tools: Mapping[str, Tool]
    texts: Mapping[str, str] = field(default_factory=dict)


class Plan(Protocol):
    """A language's decisions for one release: what to run; more is the language's own."""

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """What to run."""
        ...

    @property
    def patches(self) -> Mapping[str, Mapping[str, str]]:
        """File options to set on a copy of the set, by file: the language's own names for things."""
        ...

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the summary must tell the user of this package."""
        ...


P = TypeVar("P", bound=Plan)


@dataclass(frozen=True)
class Package(Generic[P]):
    """A package that was made: what it was made from, and its files by path."""

    request: Request
    plan: P
    provided: Provided
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Coordinates:
    """What a package is called in its ecosystem, by the fields of a package URL.

    version: in the ecosystem's own syntax; empty where a constraint is all there is.
    """

    ecosystem: str
    namespace: str
    name: str
    version: str = ""
    constraint: str = ""


@dataclass(frozen=True)
class Workshop:
    """Where a package is built and proven. folder: an empty scratch folder of the language's own.

    It is gone afterwards, unless the proof fails: then the error names it.
    """

    toolbox: Toolbox
    folder: Path


@dataclass(frozen=True)
class Artifacts:
    """What a registry takes: its path below the artifacts folder ▶ the file in the workshop.

    remarks: what stands between these files and a registry, for the summary.
    """

    files: Mapping[str, Path]
    remarks: tuple[str, ...] = ()


class Language(Protocol[P]):
    """A language, with its own kind of plan.

    Planning and packaging are pure; provide, build and prove touch the machine, through the toolbox.
    proving_memory: bytes that prove takes at its peak, as measured.
    """

    name: str
    options: tuple[Option, ...]
    tools: tuple[str, ...]
    proving_memory: int

    @property
    def section(self) -> type[msgspec.Struct]:
        """The type of the language's own section of a recipe."""
        ...

    def needs(self, recipe: Recipe) -> tuple[Need, ...]:
        """The programs that packages of the recipe take, at the versions that it wants; pure.

        Raises RecipeError for a section that can't be read.
        """
        ...

    def surroundings(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """All that a package takes from where it will stand, request.out; empty for nothing.

        It is part of what tells whether a package has to be made again.
        It is asked before anything is read, for each release. Raises UsageError where what it needs
        isn't there, and for settings that can't be, whatever the release.
        """
        ...

    def plan(self, request: Request) -> P:
        """Decide names, options and invocations.

        Raises UsageError for settings that can't be, ProtosUnresolved for protos that the
        language can't express.
        """
        ...

    def provide(self, request: Request, plan: P, toolbox: Toolbox) -> Provided:
        """Get what the plan needs.

        Raises ToolMissing, ToolFailed.
        """
        ...

    def prefetch(self, recipe: Recipe, toolbox: Toolbox) -> None:
        """Get what packages of the recipe usually take, before their protos are known.

        It runs while protos are fetched; what it installs, provide finds, and what fails here, fails there.
        """
        ...

    def write(self, request: Request, plan: P, provided: Provided) -> dict[str, bytes]:
        """The package's files that no generator writes: they can be made while generators run."""
        ...

    def place(self, plan: P, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """What the generators wrote, by its place in the package."""
        ...

    def coordinates(self, package: Package[P]) -> tuple[Coordinates, ...]:
        """The package's own, then those of what it requires directly."""
        ...

    def build(self, package: Package[P], shop: Workshop, *, complete: bool) -> Artifacts:
        """The files that a registry takes, the same bytes whenever they are built.

        complete: with all that registries ask for (sources, documentation); else only what a
        consumer needs. Raises ToolMissing, ToolFailed, VerificationFailed for a package that can't
        be built, UsageError for one that can't be published on its own.
        """
        ...

    def prove(self, package: Package[P], built: Artifacts, shop: Workshop) -> None:
        """Use the artifacts as a stranger would: in a project of its own, from a registry's layout.

        Raises VerificationFailed with the tool's own words, ToolMissing, ToolFailed.
        """
        ...
