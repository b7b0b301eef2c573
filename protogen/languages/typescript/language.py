"""TypeScript: what a language is asked, answered by naming and modules beside this module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import msgspec

from protogen.errors import UsageError
from protogen.languages import documents, kit
from protogen.languages.base import Language, Section
from protogen.languages.clashes import refused
from protogen.languages.package import Generator, Installed, Package, Plan, Request
from protogen.languages.toolchain.clients import NPM
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.languages.typescript import TYPESCRIPT, clashes, compiling, modules, naming
from protogen.recipe.document import doc
from protogen.recipe.model import Recipe
from protogen.releases.release import counted
from protogen.system.archives import tar_gz

_PLUGIN = "protoc-gen-es"
_FLAGS = ("target=js+dts", "import_extension=js")
# What settings of the user's own would bend.
_INSTALL = (
    *("npm", "install", "--location=project", "--no-workspaces", "--no-package-lock", "--no-dry-run"),
    *("--ignore-scripts", "--include=optional", "--no-audit", "--no-fund", "--no-update-notifier"),
)


class TypeScriptSection(Section, frozen=True, forbid_unknown_fields=True):
    """What a recipe says about TypeScript."""

    kit_requires: Annotated[
        dict[str, str],
        doc("npm packages that only the kit needs, which the package has as optional peer dependencies."),
    ] = msgspec.field(default_factory=dict)


class TypeScript(Language[TypeScriptSection, Plan]):
    """One npm package a release, with a module for each proto, as ECMAScript's modules and as CommonJS."""

    entry = TYPESCRIPT
    title = "TypeScript"
    ecosystem = "npm"
    client = NPM
    package_option = "npm_package"
    placeholders = ("package", "module")
    section = TypeScriptSection
    packages: ClassVar = {_PLUGIN: f"@bufbuild/{_PLUGIN}"}
    generators = (
        Generator("es", (*_FLAGS, "js_import_style=module"), _PLUGIN, folder="esm/"),
        Generator("es", (*_FLAGS, "js_import_style=legacy_commonjs"), _PLUGIN, folder="cjs/"),
    )
    fetch_commands = ((*_INSTALL, "--prefer-offline"),)
    prove_commands = (
        # All that it requires is there by now.
        (*_INSTALL, "--offline", "--no-save", "{artifact}"),
        ("node", "node_modules/typescript/bin/tsc", "--project", "."),
        ("node", "prove.mjs"),
        ("node", "prove.cjs"),
    )

    # Measured: tsc 7, and node around it.
    proving_memory = 320 * 1024**2

    def version(self, version: str) -> str:
        """With a dot before the number of a pre-release that is counted."""
        return counted(version)

    def refusal(self, version: str) -> str:
        """A pre-release isn't what `npm install` gets of itself."""
        told = f"{counted(version)} is a pre-release, which npm publishes under a tag only: --tag next"
        return told if "-" in version else ""

    def package_name(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        """A name that npm's registry takes."""
        name = super().package_name(recipe, settings)
        if problem := naming.problem(name):
            raise UsageError(
                f"{name!r} can't be an npm package: {problem}",
                where="--npm-package" if settings.get(self.package_option) else "languages.typescript",
                remedy=f"run again with --npm-package {naming.nearest(name)}",
            )
        return name

    def plan(self, request: Request) -> Plan:
        """With what the index has of one module only; refuses what can't be in a module."""
        for file, found in clashes.clashes(self.files(request)):
            raise refused(f"TypeScript can't express {file.name}", found, request)
        plan, shared = super().plan(request), modules.shared(self._modules(request))
        remark = f"the index leaves out {len(shared)} names that another module has too: README.md has them"
        return replace(plan, remarks=(*plan.remarks, remark)) if shared else plan

    def install(self, request: Request, plan: Plan, toolbox: Toolbox) -> Installed:
        """And the recipe's kit, which a tool has to compile."""
        tools = super().install(request, plan, toolbox).tools

        def beside(kind: str, name: str) -> str:
            """From a module of the kit."""
            found = self.stands_for(kind, name, request, plan)
            return (
                f"..{found.removeprefix(plan.name) or '/index.js'}" if kind == "module" and found else found
            )

        sources = kit.files(self.name, request, beside)
        return Installed(tools, compiling.compiled(sources, tools[_PLUGIN], toolbox) if sources else {})

    def stands_for(self, kind: str, name: str, request: Request, plan: Plan) -> str:
        """`@package{}` and `@module{}`, the package's name, and `@module{PROTO}`, the module of a proto."""
        if kind == "module":
            known = name in {file.name for file in self.files(request)}
            return plan.name if not name else f"{plan.name}/{modules.path(name)}.js" if known else ""
        return super().stands_for(kind, name, request, plan)

    def kit(self, request: Request, plan: Plan) -> dict[str, bytes]:
        """None as the recipe has it: what was compiled of it is written."""
        return {}

    def write(self, request: Request, plan: Plan, installed: Installed) -> dict[str, bytes]:
        """And the kit."""
        compiled = {path: text.encode() for path, text in installed.texts.items()}
        return kit.placed(super().write(request, plan, installed), compiled, self.name)

    def facts(self, request: Request, plan: Plan, installed: Installed) -> dict[str, Any]:
        """What its templates show."""
        facts, found = super().facts(request, plan, installed), self._modules(request)
        call = next(documents.plain_calls(request.outline, {each.proto for each in found}), None)
        called = call and {
            "service": modules.safe(call.service.name),
            "method": modules.method_name(call.method.name),
            "module": f"{plan.name}/{modules.path(call.file.name)}.js",
        }
        return facts | {
            "archive": _archive(plan),
            "call": called,
            "example": facts["example"] or (called and _EXAMPLE.format(**called)) or "",
            "kit": compiling.INDEX if f"cjs/{compiling.INDEX}" in installed.texts else "",
            "kit_modules": re.findall(r"(?m)^cjs/(.*\.js)$", "\n".join(sorted(installed.texts))),
            "kit_requires": plan.section.kit_requires if installed.texts else {},
            "license": request.recipe.license,
            "modules": found,
            "requires": plan.section.requires,
            "shared": modules.shared(found),
        }

    def _modules(self, request: Request) -> tuple[modules.Module, ...]:
        return modules.modules(self.files(request), request.entry_points)

    def rendered(
        self, folder: str, request: Request, plan: Plan, installed: Installed, **more: Any
    ) -> dict[str, str]:
        """In a stranger's project the source of the kit too: what it says of types is checked there."""
        texts = super().rendered(folder, request, plan, installed, **more)
        if folder != "consumer" or not installed.texts:
            return texts
        sources = kit.files(self.name, request, lambda kind, name: self.stands_for(kind, name, request, plan))
        own = {"kit/package.json": '{ "type": "commonjs" }\n'}
        return texts | own | {f"kit/{path}": text.decode() for path, text in sources.items()}

    def packed(self, package: Package[Plan]) -> dict[str, bytes]:
        """What `npm pack` would make, but that no mode of a user's files is in it."""
        return {_archive(package.plan): tar_gz("package", package.files)}


_EXAMPLE = """\
import {{ createClient }} from "@connectrpc/connect";
import {{ createGrpcTransport }} from "@connectrpc/connect-node";
import {{ {service} }} from "{module}";

const transport = createGrpcTransport({{ baseUrl: "http://localhost:8500" }});
console.log(await createClient({service}, transport).{method}({{}}, {{ timeoutMs: 5000 }}));"""


def _archive(plan: Plan) -> str:
    return f"{plan.name.lstrip('@').replace('/', '-')}-{plan.version}.tgz"
