"""A release's protos, read and resolved: where every command that looks at protos begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen import descriptors, imports
from protogen.copies import check_copies
from protogen.progress import Kind
from protogen.protoset import Form
from protogen.sources import resolve

if TYPE_CHECKING:
    from protogen.protoset import ProtoSet
    from protogen.release import Release, Resolved
    from protogen.sources.base import Source
    from protogen.workbench import Workbench


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

    def compile(self, bench: Workbench) -> descriptors.DescriptorSet:
        """The self-contained descriptor set, from the cache where it was compiled before.

        Raises CompileFailed.
        """
        with bench.progress.task(self.release.name, Kind.COMPILE, f"{len(self.graph.files)} protos"):
            return descriptors.compile_set(self.graph, self.protos.form, bench.protoc, bench.cache)


def read(source: Source, version: str, groups: tuple[str, ...], bench: Workbench) -> Closure:
    """The closure of the entry points of the release that `version` names.

    Raises what the source raises, and ProtosUnresolved where the graph can't be closed.
    """
    return closed(resolve(source, version, groups, bench), version, bench)


def closed(resolved: Resolved, version: str, bench: Workbench) -> Closure:
    """The closure of the entry points of a release that was found; raises what read raises."""
    with bench.progress.task(version, Kind.READ, "protos"):
        protos = resolved.read()
        graph = imports.resolve(
            protos,
            lambda file: descriptors.imports_of(file, protos.form),
            lambda name: descriptors.well_known(bench.protoc, name),
        )
        check_copies(graph, protos.form, bench.protoc)
    return Closure(protos, graph)
