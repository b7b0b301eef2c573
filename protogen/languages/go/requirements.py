"""go.mod and go.sum: what generated code requires, at the lowest versions it compiles with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protogen.languages.go.section import GRPC, PROTOBUF, GoSection, pins
from protogen.languages.package import External
from protogen.languages.toolchain.go import GO
from protogen.languages.toolchain.toolbox import Tool, Toolbox

# The module path under which requirements are resolved, for any module.
_PLACEHOLDER = "example.com/module"
_DIRECTIVE = re.compile(r"^go (\d+\.\d+\S*)$", re.MULTILINE)


@dataclass(frozen=True)
class Requirements:
    """The requirements of a generated module."""

    go: str
    direct: Mapping[str, str]
    indirect: Mapping[str, str]
    go_sum: str
    complete: bool
    """Nothing is left to resolve."""
    imports: tuple[str, ...] = ()
    """Packages of modules whose own path is none."""

    @classmethod
    def of(cls, section: GoSection, *, grpc: bool, externals: Sequence[External] = ()) -> Requirements:
        """The section's requirements; without services nothing imports gRPC, and its data don't fit.

        externals: packages of more modules that are imported; they aren't in its data either.
        """
        direct = {path: version for path, version in section.require.items() if grpc or path != GRPC}
        direct = {**{each.package: each.version for each in externals}, **direct}
        complete = bool(section.sums) and grpc and not externals
        return cls(
            section.go,
            direct,
            section.indirect if complete else {},
            "".join(f"{line}\n" for line in section.sums) if complete else "",
            complete,
            tuple(sorted({each.options["go_package"].partition(";")[0] for each in externals})),
        )


def render_go_mod(module: str, requirements: Requirements) -> str:
    """go.mod in gofmt's own layout, so that `go mod tidy` leaves it alone."""
    blocks = [f"module {module}\n", f"go {requirements.go}\n"]
    for paths, mark in ((requirements.direct, ""), (requirements.indirect, " // indirect")):
        lines = [f"{path} {version}{mark}" for path, version in sorted(paths.items())]
        if len(lines) == 1:
            blocks.append(f"require {lines[0]}\n")
        elif lines:
            blocks.append("require (\n" + "".join(f"\t{line}\n" for line in lines) + ")\n")
    return "\n".join(blocks)


def directive(go_mod: str) -> str:
    """The lowest Go that a go.mod asks for; empty where it names none."""
    match = _DIRECTIVE.search(go_mod)
    return match[1] if match else ""


def probe_source(requirements: Requirements) -> str:
    """A Go file that imports what generated code imports, for `go mod tidy` to see."""
    imports = [
        "google.golang.org/protobuf/reflect/protoreflect",
        "google.golang.org/protobuf/runtime/protoimpl",
    ]
    if GRPC in requirements.direct:
        imports += [GRPC, f"{GRPC}/codes", f"{GRPC}/status"]
    imports += sorted(
        path
        for path in requirements.direct
        if path not in {GRPC, PROTOBUF}
        and not any(f"{each}/".startswith(f"{path}/") for each in requirements.imports)
    )
    imports += requirements.imports
    return "package requirements\n\nimport (\n" + "".join(f'\t_ "{path}"\n' for path in imports) + ")\n"


def go_sum(requirements: Requirements) -> Tool:
    """go.sum, and go.mod beside it, as the go command works them out for any module."""
    texts = {
        "go.mod": render_go_mod(_PLACEHOLDER, requirements),
        "requirements.go": probe_source(requirements),
    }
    return Tool("go.sum", "", GO, inputs=tuple(texts.items()), hashes=pins().hashes)


def module_texts(requirements: Requirements, module: str, toolbox: Toolbox) -> dict[str, str]:
    """go.mod and go.sum for a module of that path: from the recipe, else as the go command resolves them.

    Raises ToolMissing, ToolFailed.
    """
    if requirements.complete:
        return {"go.mod": render_go_mod(module, requirements), "go.sum": requirements.go_sum}
    tool = go_sum(requirements)
    resolved = toolbox.install([tool])[tool.name].path
    go_mod = resolved.with_name("go.mod").read_text(encoding="utf-8")
    return {
        "go.mod": go_mod.replace(f"module {_PLACEHOLDER}", f"module {module}", 1),
        "go.sum": resolved.read_text(encoding="utf-8"),
    }
