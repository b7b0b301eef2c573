"""Rust: a crate that needs neither protoc nor a build script, made by the plugins of prost and tonic."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import msgspec

from protogen.errors import RecipeError, UsageError
from protogen.languages import clashes, documents
from protogen.languages.base import Language, Section
from protogen.languages.package import Generator, Installed, Package, Plan, Request
from protogen.languages.rust import RUST, names
from protogen.languages.toolchain.clients import CARGO
from protogen.protos.outline import File, all_types
from protogen.recipe.document import doc
from protogen.recipe.kit import part_name
from protogen.recipe.model import Recipe
from protogen.releases.release import counted
from protogen.system.archives import tar_gz

_FLAT, _CALLING = "flat_output_dir", ("no_include", 'server_mod_attribute=.=#[cfg(feature = "server")]')
# How the generators name files of protos without a package: one isn't Rust's, one is hidden.
_RENAMED = {"_": "_.rs", ".tonic.rs": "_.tonic.rs"}
# A file of the kit in its mod.rs, with the attributes before.
_DECLARED = r"(?m)^(?:#\[.*\]\n)*(?:pub )?(?:mod {0};|use {0}::[^;]*;)\n"


class RustSection(Section, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about Rust."""

    rust: Annotated[str, doc("The lowest version of Rust that the crate declares.")] = ""
    kit_requires: Annotated[
        dict[str, str], doc("Crates that only the kit needs, at the lowest versions that it compiles with.")
    ] = msgspec.field(default_factory=dict)
    kit_features: Annotated[
        dict[str, tuple[str, ...]],
        doc("Features that the kit adds, each with what it turns on; `client` is that of its module."),
    ] = msgspec.field(default_factory=dict)


class Rust(Language[RustSection, Plan]):
    """One crate a release; a proto package is a module, in those of the packages around it."""

    entry = RUST
    title = "Rust"
    ecosystem = "cargo"
    client = CARGO
    package_option = "crate"
    section = RustSection
    fixed = ("tools", "requires")
    # A file a proto package, of all its protos: parts of a set would write over each other.
    generators = (
        Generator("prost", (_FLAT, "enable_type_names"), "protoc-gen-prost", per_file=False),
        Generator("tonic", (_FLAT, *_CALLING), "protoc-gen-tonic", services_only=True, per_file=False),
    )
    # Not beside lib.rs: a package may be called `lib` or `main`.
    generated_folder = "src/generated/"
    fetch_commands = (
        ("{python}", "-m", "tarfile", "-e", "{artifact}", "crate"),
        ("cargo", "fetch", "--quiet"),
    )
    prove_commands = (("cargo", "run", "--quiet"),)
    wire_tested = True
    proving_memory = 900 * 1024**2

    def version(self, version: str) -> str:
        """With a dot before the number of a pre-release that is counted."""
        return counted(version)

    def package_name(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        """A name that crates' registries take."""
        name, given = super().package_name(recipe, settings), settings.get(self.package_option)
        if problem := names.problem(name, self.read(recipe).requires):
            raise UsageError(
                f"{name!r} can't be a crate: {problem}",
                where="--crate" if given else "languages.rust of the recipe",
                remedy=f"run again with --crate {names.nearest(name)}",
            )
        return name

    def plan(self, request: Request) -> Plan:
        """With what the crate requires where it has no services; refuses names that Rust makes one of."""
        plan = super().plan(request)
        for clash in names.clashes(self.files(request)):
            raise clashes.refused("Rust can't express the protos", clash, request)
        requires, calls = plan.section.requires.items(), plan.has_services
        needed = {name: lowest for name, lowest in requires if calls or not name.startswith("tonic")}
        return replace(plan, section=msgspec.structs.replace(plan.section, requires=needed))

    def facts(self, request: Request, plan: Plan, installed: Installed) -> dict[str, Any]:
        """What the crate's and a stranger's files show."""
        files, crate = self.files(request), plan.name.replace("-", "_")
        has_kit = f"{self.kit_folder(request, plan)}mod.rs" in self.kit(request, plan)
        return super().facts(request, plan, installed) | {
            "has_kit": has_kit,
            "kit_requires": plan.section.kit_requires if has_kit else {},
            "kit_features": plan.section.kit_features if has_kit else {},
            "crate": crate,
            "modules": tree(files),
            "call": next(documents.plain_calls(request.outline, {file.name for file in files}), None),
            "names": names,
            "all_types": all_types,
            "type_of": partial(names.type_path, crate, request.outline),
        }

    def stands_for(self, kind: str, name: str, request: Request, plan: Plan) -> str:
        """The crate as paths have it."""
        return super().stands_for(kind, name, request, plan).replace("-", "_")

    def kit_folder(self, request: Request, plan: Plan) -> str:
        """That of the crate's module `client`."""
        return "src/client/"

    def kit(self, request: Request, plan: Plan) -> dict[str, bytes]:
        """With a mod.rs that declares no file that is left out."""
        files, folder = super().kit(request, plan), self.kit_folder(request, plan)
        if files and any(names.module(each.package)[:1] == ("client",) for each in self.files(request)):
            raise RecipeError(
                "rust: the kit of the recipe and a proto package are both the module client",
                where=f"{folder}mod.rs",
                remedy="run again with --without-kit",
            )
        left_out = {each.part for each in request.recipe.kit.get(self.name, ())} - set(map(part_name, files))
        declared = files.get(f"{folder}mod.rs", b"").decode()
        for name in left_out:
            declared = re.sub(_DECLARED.format(name), "", declared)
        return files | ({f"{folder}mod.rs": declared.encode()} if declared else {})

    def layout(self, plan: Plan, generated: Mapping[str, bytes]) -> dict[str, bytes]:
        """Under names that are Rust's."""
        return super().layout(plan, {_RENAMED.get(path, path): text for path, text in generated.items()})

    def packed(self, package: Package[Plan]) -> dict[str, bytes]:
        """The crate as `cargo package` would make it, but with Cargo.toml as it is.

        What cargo makes of that differs with its version, and it adds the commit of a work tree around.
        """
        stem = f"{package.plan.name}-{package.plan.version}"
        return {f"{stem}.crate": tar_gz(stem, package.files)}


def tree(files: Collection[File], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """A module of the crate: its name, the generated files that it includes, and the modules in it."""
    packages = {names.module(file.package): file.package or "_" for file in files}
    below = sorted({each[len(path)] for each in packages if each[: len(path)] == path and each != path})
    calls = any(file.services for file in files if names.module(file.package) == path)
    return {
        "name": path[-1] if path else "",
        "files": [f"{packages[path]}{end}" for end in (".rs", ".tonic.rs")[: 1 + calls] if path in packages],
        "modules": [tree(files, (*path, name)) for name in below],
    }
