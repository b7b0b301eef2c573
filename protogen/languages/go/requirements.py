"""go.mod and go.sum: what generated code requires, at the lowest versions it compiles with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.languages.go.section import GRPC

if TYPE_CHECKING:
    from protogen.languages.go.externals import External
    from protogen.languages.go.section import GoSection


@dataclass(frozen=True)
class Requirements:
    """The requirements of a generated module.

    complete: nothing is left to resolve. imports: packages of modules whose own path is none.
    """

    go: str
    direct: Mapping[str, str]
    indirect: Mapping[str, str]
    go_sum: str
    complete: bool
    imports: tuple[str, ...] = ()

    @classmethod
    def of(cls, section: GoSection, *, grpc: bool, externals: Sequence[External] = ()) -> Requirements:
        """The section's requirements; without services nothing imports gRPC, and its data don't fit.

        externals: packages of more modules that are imported; they aren't in its data either.
        """
        direct = {path: version for path, version in section.require.items() if grpc or path != GRPC}
        direct = {**{each.module: each.version for each in externals}, **direct}
        complete = bool(section.sums) and grpc and not externals
        return cls(
            section.go,
            direct,
            section.indirect if complete else {},
            "".join(f"{line}\n" for line in section.sums) if complete else "",
            complete,
            tuple(each.import_path for each in externals),
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
        if path not in {GRPC, "google.golang.org/protobuf"}
        and not any(each.startswith(f"{path}/") for each in requirements.imports)
    )
    imports += requirements.imports
    return "package requirements\n\nimport (\n" + "".join(f'\t_ "{path}"\n' for path in imports) + ")\n"
