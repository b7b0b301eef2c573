"""What a language is to protogen: a class with defaults, of which it overrides what is its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast

import msgspec

from protogen.errors import VerificationFailed
from protogen.languages import documents, kit, sections
from protogen.languages.build_dir import BuildDir
from protogen.languages.entry import Entry
from protogen.languages.package import (
    Artifacts,
    Coordinates,
    Generator,
    Installed,
    P,
    Package,
    Plan,
    Request,
    invocations,
)
from protogen.languages.sections import Pins
from protogen.languages.toolchain.toolbox import BY_HAND, Client, Tool, Toolbox
from protogen.protos.outline import File, Outline
from protogen.recipe.document import doc
from protogen.recipe.model import Recipe
from protogen.system.archives import DATE

_SHOWN_NAMES = 12


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about a language that has no section of its own kind."""

    package: Annotated[str, doc("The default name of the package.")] = ""
    tools: Annotated[dict[str, str], doc("Versions of the generators.")] = {}
    requires: Annotated[
        dict[str, str],
        doc("What the package requires, each with what the ecosystem writes of its version."),
    ] = {}
    example: Annotated[str, doc("Code for the README, with `@package{}` for the package's name.")] = ""


S = TypeVar("S", bound=msgspec.Struct)


class Language(Generic[S, P]):
    """A language. Each member has a default that serves where an ecosystem is like most.

    Planning and packaging are pure; install, build and prove touch the machine, through the toolbox.
    """

    entry: ClassVar[Entry]
    title: ClassVar[str] = ""
    """What prose calls it: `Go`."""
    ecosystem: ClassVar[str] = ""
    """The type of its package URLs: `golang`."""
    client: ClassVar[Client] = BY_HAND
    """The ecosystem's package manager, which installs its tools; by default the user has to."""
    package_option: ClassVar[str] = ""
    """The key of the setting that names the package, where it isn't `NAME_package`."""
    packages: ClassVar[Mapping[str, str]] = {}
    """What the client calls them, by name, where that is another."""
    section: type[S] = cast("type[S]", Section)
    """The type of its section of a recipe."""
    fixed: ClassVar[tuple[str, ...]] = ("tools",)
    """Keys of its section that are mappings, in which a recipe can't add to the keys of the defaults."""
    generators: ClassVar[tuple[Generator, ...]] = ()
    generated_folder: ClassVar[str] = ""
    """Where in the package the generators' files go, with a slash behind."""
    placeholders: ClassVar[tuple[str, ...]] = ("package",)
    """The kinds of placeholders that a recipe's source in this language may have: `@KIND{NAME}`."""
    build_commands: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Run in the package's folder to leave in `{dist}` what a registry takes; see `filled`."""
    fetch_commands: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Run there first, to fetch what the package requires: no fault of its where one fails."""
    prove_commands: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Run in a project of a stranger's, made of the templates in the language's folder `consumer`."""
    wire_tested: ClassVar[bool] = False
    """Whether that project reads the messages of the file `samples` and writes them again, to `written`: see
    protogen.protos.samples."""
    proving_memory: ClassVar[int] = 512 * 1024**2
    """Bytes that build and prove take at their peak, as measured."""

    @property
    def name(self) -> str:
        """What `--lang` calls it."""
        return self.entry.name

    @property
    def folder(self) -> Path:
        """Where the language's module is, with `templates/` and `consumer/` beside it."""
        return Path(str(sys.modules[type(self).__module__].__file__)).parent

    # The recipe's section, and the versions in `pins.json` beside the language's module.

    @property
    def pins(self) -> Pins[S]:
        """The versions that it asks for, and hashes."""
        return sections.read_pins(self.folder / "pins.json", self.section)

    @property
    def defaults(self) -> S:
        """What a recipe gets that says nothing."""
        return self.pins.defaults

    @property
    def editions(self) -> Mapping[str, S]:
        """By edition of protos, the lowest versions that packages can be made with."""
        return self.pins.editions

    def read(self, recipe: Recipe) -> S:
        """The recipe's section, with the defaults for what it leaves out.

        Raises RecipeError.
        """
        return sections.with_defaults(self.name, recipe, self.section, self.defaults, self.fixed)

    def raised(self, section: S, outline: Outline) -> S:
        """The section, with newer versions where the protos are in an edition that needs them.

        Raises ProtosUnresolved for an edition that the language can't be made of.
        """
        return sections.raised(section, outline, self.editions, self.title)

    # Versions.

    def version(self, version: str) -> str:
        """A SemVer version in the ecosystem's own syntax.

        Raises UsageError for one that has no form there.
        """
        return version

    def refusal(self, version: str) -> str:
        """Why a public registry won't take the version; empty where it takes it.

        Raises what version raises.
        """
        return ""

    def registry_refusal(self, version: str) -> str:
        """Why not even a registry of one's own offers the version; empty where it does.

        Raises what version raises.
        """
        return ""

    # Tools.

    def tools(self, section: S) -> tuple[Tool, ...]:
        """What its client installs to make packages of a section that was read; pure.

        They are installed while protos are fetched, and `protogen doctor` looks for them.
        """
        tools: Mapping[str, str] = getattr(section, "tools", {})
        return tuple(
            Tool(name, version, self.client, self.packages.get(name, name), hashes=self.pins.hashes)
            for name, version in tools.items()
        )

    def install(self, request: Request, plan: P, toolbox: Toolbox) -> Installed:
        """Get what the plan needs: the tools that its invocations name.

        Raises ToolMissing, ToolFailed.
        """
        used = {name for each in plan.invocations for name in (each.plugin, each.protoc)}
        return Installed(toolbox.install([tool for tool in self.tools(plan.section) if tool.name in used]))

    # Decisions.

    def cache_inputs(self, recipe: Recipe, settings: Mapping[str, str], out: Path) -> str:
        """All that a package takes from where it will stand, request.out; empty for nothing.

        It is part of what tells whether a package has to be made again, and asked before anything is read.
        Raises UsageError and RecipeError for what can't be, whatever the release.
        """
        self.package_name(recipe, settings)
        return ""

    def package_name(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        """What the ecosystem calls the package: as the user says, else the recipe's section, else its name.

        Raises RecipeError; a language that knows what a registry takes raises UsageError too.
        """
        given, section = settings.get(self.package_option or f"{self.name}_package"), self.read(recipe)
        return given or getattr(section, "package", "") or recipe.name

    def check_artifacts(self, recipe: Recipe, settings: Mapping[str, str]) -> None:
        """Raises UsageError where packages can't be published on their own."""

    def plan(self, request: Request) -> P:
        """Decide names, options and invocations.

        Raises UsageError for settings that can't be, ProtosUnresolved for protos that the language can't
        express.
        """
        section, files = self.raised(self.read(request.recipe), request.outline), self.files(request)
        floors = " and ".join(
            f"{name} {version}" for name, version in getattr(section, "requires", {}).items()
        )
        plan = Plan(
            section=section,
            version=self.version(request.release.package_version),
            name=self.package_name(request.recipe, request.settings),
            invocations=invocations(self.generators, files),
            has_services=any(file.services for file in files),
            remarks=sections.remark(request.outline, floors) if floors else (),
        )
        return cast("P", plan)

    def files(self, request: Request) -> list[File]:
        """The protos that are generated: all but those that the language's runtime has."""
        return [file for file in request.outline.files if file.name not in request.well_known]

    # The package's files.

    def stands_for(self, kind: str, name: str, request: Request, plan: P) -> str:
        """What `@KIND{NAME}` in an example or a kit stands for; empty where it is nothing of this release."""
        return plan.name if (kind, name) == ("package", "") else ""

    def kit(self, request: Request, plan: P) -> dict[str, bytes]:
        """The files of the recipe's kit, by their paths in the package.

        Raises RecipeError for a placeholder that stands for nothing in this release.
        """
        folder = self.kit_folder(request, plan)
        found = kit.files(self.name, request, lambda kind, name: self.stands_for(kind, name, request, plan))
        return {f"{folder}{path}": content for path, content in found.items()}

    def kit_example(self, request: Request, plan: P) -> str:
        """The recipe's program that makes a call by its kit; empty where there is none.

        Raises RecipeError for a placeholder that stands for nothing in this release.
        """
        return kit.example(self.name, request, lambda kind, name: self.stands_for(kind, name, request, plan))

    def kit_folder(self, request: Request, plan: P) -> str:
        """Where in the package the files of a recipe's kit go, with a slash behind."""
        return "client/"

    def facts(self, request: Request, plan: P, installed: Installed) -> dict[str, Any]:
        """What its templates may show, beside the facts of all languages."""
        own = getattr(plan.section, "example", "")
        example = kit.filled_in(own, lambda kind, name: self.stands_for(kind, name, request, plan))
        return {
            "package": plan.name,
            "package_version": plan.version,
            "section": plan.section,
            "has_services": plan.has_services,
            "files": self.files(request),
            "example": example.strip(),
        }

    def write(self, request: Request, plan: P, installed: Installed) -> dict[str, bytes]:
        """The package's files that no generator writes: they can be made while generators run."""
        texts = self.rendered("templates", request, plan, installed) | documents.license_files(request)
        return {path: text.encode() for path, text in texts.items()}

    def rendered(
        self, folder: str, request: Request, plan: P, installed: Installed, **more: Any
    ) -> dict[str, str]:
        """The templates of a folder beside the language's module, by path."""
        own = {"kit_example": self.kit_example(request, plan), **more}
        facts = documents.facts(request, installed) | self.facts(request, plan, installed) | own
        return documents.render(self.folder / folder, facts)

    def layout(self, plan: P, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """What the generators wrote, by its place in the package."""
        return {f"{self.generated_folder}{path}": content for path, content in generated.items()}

    def coordinates(self, package: Package[P]) -> tuple[Coordinates, ...]:
        """The package's own, then those of what it requires directly. Before a slash is a namespace."""
        plan, requires = package.plan, getattr(package.plan.section, "requires", {})
        own = (plan.name, plan.version, "")
        named = [own, *((name, "", constraint) for name, constraint in sorted(requires.items()))]
        return tuple(Coordinates(self.ecosystem, *name.rpartition("/")[::2], *each) for name, *each in named)

    # What a registry takes, and whether it serves.

    def build(self, package: Package[P], build_dir: BuildDir, *, complete: bool) -> Artifacts:
        """The files that a registry takes, the same bytes whenever they are built: files are of one date.

        complete: with all that registries ask for (sources, documentation); else only what a consumer
        needs. Raises ToolMissing, ToolFailed, VerificationFailed for a package that can't be built,
        UsageError for one that can't be published on its own.
        """
        project = build_dir.write("project", package.files)
        dist = build_dir.write("dist", self.packed(package))
        for path in project.rglob("*"):
            os.utime(path, (DATE, DATE))
        date = {"SOURCE_DATE_EPOCH": str(DATE)}
        for argv in self.filled(self.build_commands, package, build_dir):
            build_dir.run(f"{self.name}: {' '.join(argv[:2])}", argv, project, date)
        found = sorted(path for path in dist.rglob("*") if path.is_file())
        files = {path.relative_to(dist).as_posix(): path for path in found}
        refusal = self.refusal(package.request.release.package_version)
        return Artifacts(files, (refusal,) if refusal else ())

    def packed(self, package: Package[P]) -> dict[str, bytes]:
        """What a registry takes that no command makes: archives that protogen writes itself, by name."""
        return {}

    def prove(self, package: Package[P], built: Artifacts, build_dir: BuildDir) -> None:
        """Use the artifacts as a stranger would: in a project of its own, from a registry's layout.

        Raises VerificationFailed with the tool's own words, ToolMissing, ToolFailed.
        """
        more = {
            "dist": str(build_dir.folder / "dist"),
            "artifacts": sorted(built.files),
            "descriptor_set": str(package.request.descriptor_set),
        }
        texts = self.rendered("consumer", package.request, package.plan, package.installed, **more)
        consumer = build_dir.write("consumer", {path: text.encode() for path, text in texts.items()})
        offline = self.client.offline if build_dir.toolbox.offline else {}
        for argv in self.filled(self.fetch_commands, package, build_dir):
            build_dir.fetch(f"{self.name}: {' '.join(argv[:2])}", argv, consumer, self.client)
        given = self._samples(package) if self.wire_tested else ""
        (consumer / "samples").write_text(given) if given else None
        for argv in self.filled(self.prove_commands, package, build_dir):
            build_dir.run(f"{self.name}: {' '.join(argv[:2])}", argv, consumer, offline)
        if given:
            self._check_written(package, given, consumer)

    def _samples(self, package: Package[P]) -> str:
        from protogen.protos.samples import samples

        names = [file.name for file in self.files(package.request)]
        return samples(package.request.descriptor_set.read_bytes(), names)

    def _check_written(self, package: Package[P], given: str, consumer: Path) -> None:
        from protogen.protos.samples import differing

        written = consumer / "written"
        after = written.read_text(encoding="utf-8") if written.is_file() else ""
        if names := differing(package.request.descriptor_set.read_bytes(), given, after):
            raise VerificationFailed(
                f"{self.name}: {', '.join(names[:_SHOWN_NAMES])} aren't written as they were read",
                where=str(consumer),
                remedy="compare the files `samples` and `written` there",
            )

    def filled(
        self, commands: Iterable[Sequence[str]], package: Package[P], build_dir: BuildDir
    ) -> list[list[str]]:
        """The commands; `{dist}`, `{package}`, `{version}` and `{python}` stand for what they say.

        `{artifact}` stands for the first file in `{dist}`.
        """
        dist = build_dir.folder / "dist"
        known = {
            "dist": str(dist),
            "artifact": next((str(path) for path in sorted(dist.rglob("*")) if path.is_file()), ""),
            "package": package.plan.name,
            "version": package.plan.version,
            "python": sys.executable,
        }
        return [[part.format(**known) for part in argv] for argv in commands]
