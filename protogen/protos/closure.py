"""A release's protos, read and resolved: where every command that looks at protos begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import AmbiguousImport, CompileFailed
from protogen.protos import descriptors, imports, wire
from protogen.protos.aliases import one_name_each
from protogen.protos.protoc import Protoc
from protogen.protos.protoset import Form
from protogen.system.progress import Kind
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoFile, ProtoSet
    from protogen.releases.release import Release
    from protogen.system.context import Context

# Of several proposals, so many are named.
_NAMED = 4


@dataclass(frozen=True)
class Closure:
    """The protos of one release as their source gave them, and the graph of those that count."""

    protos: ProtoSet
    graph: imports.ImportGraph

    @property
    def release(self) -> Release:
        """What the release's name was resolved to."""
        return self.protos.release

    def texts(self, compiled: descriptors.DescriptorSet) -> dict[str, bytes]:
        """The text of each file of the set by import name, as far as the source has texts that say the same.

        Where it has none, of google's own.
        """
        is_text = self.protos.form is Form.TEXT
        named = self.graph.files if is_text else self.graph.well_known
        there = {file.name for file in compiled.outline.files} - compiled.changed
        return {name: self.graph.files[name].content for name in sorted(there.intersection(named))}

    def compile(self, context: Context) -> descriptors.DescriptorSet:
        """The self-contained descriptor set, from the cache where it was compiled before.

        Raises CompileFailed.
        """
        with context.progress.task(self.release.name, Kind.COMPILE, f"{len(self.graph.files)} protos"):
            return descriptors.compile_set(
                self.graph,
                self.protos.form,
                Protoc(context.processes),
                context.cache,
                self.protos.strip_options,
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
        graph = one_name_each(
            graph, protos.aliases, lambda file, names: descriptors.renamed(file, protos.form, names)
        )
        _check_copies(graph, protos.form, protoc)
    return Closure(protos, graph)


def _check_copies(graph: imports.ImportGraph, form: Form, protoc: Protoc) -> None:
    """Raise AmbiguousImport where copies of a proto in the closure differ in more than comments and layout.

    They are compiled, each with what the closure has for its imports, and their descriptors compared.
    """
    if not graph.copies:
        return
    described = _from_text(graph, protoc) if form is Form.TEXT else _from_descriptors(graph)
    differing = {name: sizes for name, sizes in described.items() if len({*sizes.values()}) > 1}
    if differing:
        raise _ambiguous(graph, differing)


def _variants(graph: imports.ImportGraph) -> dict[str, tuple[ProtoFile, ...]]:
    """The copies by name, one for each content."""
    return {
        name: tuple({file.content: file for file in reversed(found)}.values())[::-1]
        for name, found in graph.copies.items()
    }


def _from_text(graph: imports.ImportGraph, protoc: Protoc) -> dict[str, dict[ProtoFile, bytes]]:
    """By name, the descriptor of each copy; one that doesn't compile has its own text for it."""
    variants = _variants(graph)
    described: dict[str, dict[ProtoFile, bytes]] = {name: {} for name in variants}
    with scratch() as folder:
        closure = folder / "closure"
        for name, file in graph.files.items():
            if name not in graph.well_known:
                _write(closure / name, file.content)
        for number in range(max(map(len, variants.values()))):
            turn = {name: files[number] for name, files in variants.items() if number < len(files)}
            copies = folder / str(number)
            for name, file in turn.items():
                _write(copies / name, file.content)
            compiled = _compile(list(turn), [copies, closure], folder, protoc)
            for name, file in turn.items():
                # Together they may not compile where each one does.
                alone = compiled or _compile([name], [copies, closure], folder, protoc)
                described[name][file] = alone.get(name, file.content)
    return described


def _compile(names: Sequence[str], roots: Sequence[Path], folder: Path, protoc: Protoc) -> dict[str, bytes]:
    """The serialized descriptors of protos, without source info; none where they don't compile."""
    out = folder / "set.binpb"
    searched = [f"-I{root}" for root in (*roots, protoc.include)]
    done = protoc.run([*searched, f"--descriptor_set_out={out}", *names], cwd=folder)
    if done.returncode != 0:
        return {}
    files = wire.contents(out.read_bytes(), 1)
    return {wire.contents(file, 1)[-1].decode(): file for file in files}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _from_descriptors(graph: imports.ImportGraph) -> dict[str, dict[ProtoFile, bytes]]:
    described: dict[str, dict[ProtoFile, bytes]] = {}
    for name, files in _variants(graph).items():
        described[name] = {}
        for file in files:
            try:
                parsed = descriptors.parse_file(file)
                parsed.ClearField("source_code_info")
                described[name][file] = parsed.SerializeToString(deterministic=True)
            except CompileFailed:
                described[name][file] = file.content
    return described


def _ambiguous(
    graph: imports.ImportGraph, differing: Mapping[str, Mapping[ProtoFile, bytes]]
) -> AmbiguousImport:
    first = next(iter(differing))
    one, other, *_ = differing[first]
    also = [name for name in differing if name != first]
    more = f"; so are {', '.join(also[:_NAMED])}{' and others' if also[_NAMED:] else ''}" if also else ""
    return AmbiguousImport(
        f"{first!r} is in two places with different content: {one.origin} and {other.origin}{more}",
        where=" imports ".join(graph.chain(first)),
        remedy=f"say in the recipe which one counts: prefer: [{', '.join(_proposals(differing))}]",
    )


def _proposals(differing: Mapping[str, Mapping[ProtoFile, bytes]]) -> list[str]:
    """Preferences for the copies that declare most, as newer ones do: one for a folder, if one will do."""
    chosen: dict[str, tuple[str, str]] = {}
    for name, described in differing.items():
        best = max(described, key=lambda file: len(described[file])).origin
        several = len({file.origin.root for file in described if file.origin.repository == best.repository})
        chosen[name] = (best.repository, best.root if several > 1 else "")
    proposals: dict[str, None] = {}
    for name, (repository, root) in chosen.items():
        folder = name.rpartition("/")[0]
        alike = [each for each in chosen if each.rpartition("/")[0] == folder]
        together = folder and len(alike) > 1 and len({chosen[each] for each in alike}) == 1
        wanted = f"{folder}/*.proto" if together else name
        rooted = f', root: "{root}"' if root else ""
        proposals[f'{{pattern: "{wanted}", repository: {repository}{rooted}}}'] = None
    return list(proposals)
