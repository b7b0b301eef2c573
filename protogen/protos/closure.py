"""A release's protos, read and resolved: where every command that looks at protos begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.protos import descriptors, imports
from protogen.protos.copies import check_copies
from protogen.protos.protoc import Protoc
from protogen.protos.protoset import Form
from protogen.system.progress import Kind

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoSet
    from protogen.releases.release import Release
    from protogen.system.context import Context


@dataclass(frozen=True)
class Closure:
    """The protos of one release as their source gave them, and the graph of those that count."""

    protos: ProtoSet
    graph: imports.ImportGraph

    @property
    def release(self) -> Release:
        """What the release's name was resolved to."""
        return self.protos.release

    def texts(self) -> dict[str, bytes]:
        """The text of each file by import name; empty where the source has compiled protos only."""
        if self.protos.form is not Form.TEXT:
            return {}
        return {name: file.content for name, file in self.graph.files.items()}

    def compile(self, context: Context) -> descriptors.DescriptorSet:
        """The self-contained descriptor set, from the cache where it was compiled before.

        Raises CompileFailed.
        """
        with context.progress.task(self.release.name, Kind.COMPILE, f"{len(self.graph.files)} protos"):
            return descriptors.compile_set(
                self.graph, self.protos.form, Protoc(context.processes), context.cache
            )


def close(read: Callable[[], ProtoSet], version: str, context: Context) -> Closure:
    """The closure of the entry points of a release whose protos `read` gives.

    Raises what reading raises, and ProtosUnresolved where the graph can't be closed.
    """
    protoc = Protoc(context.processes)
    with context.progress.task(version, Kind.READ, "protos"):
        protos = read()
        graph = imports.resolve(
            protos,
            lambda file: descriptors.imports_of(file, protos.form),
            lambda name: descriptors.well_known(protoc, name),
        )
        check_copies(graph, protos.form, protoc)
    return Closure(protos, graph)
