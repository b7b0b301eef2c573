"""Copies of one proto in several places: whether they are the same to a compiler, and which one counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import AmbiguousImport, CompileFailed
from protogen.protos import wire
from protogen.protos.protoset import Form
from protogen.system.paths import pattern
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.protos.imports import ImportGraph
    from protogen.protos.protoc import Protoc
    from protogen.protos.protoset import ProtoFile
    from protogen.recipe.model import Preference


_NAMED = 4


def preferred(
    preferences: Sequence[Preference], name: str, found: tuple[ProtoFile, ...]
) -> tuple[ProtoFile, ...]:
    """Those of the places of an import that the first fitting preference chooses; all where none fits."""
    for each in preferences if len(found) > 1 else ():
        chosen = tuple(file for file in found if _is_from(file, each))
        if chosen and pattern(each.pattern).fullmatch(name):
            return chosen
    return found


def check_copies(graph: ImportGraph, form: Form, protoc: Protoc) -> None:
    """Raise AmbiguousImport where copies of a proto in the closure differ in more than comments and layout.

    They are compiled, each with what the closure has for its imports, and their descriptors compared.
    """
    if not graph.copies:
        return
    described = _from_text(graph, protoc) if form is Form.TEXT else _from_descriptors(graph)
    differing = {name: sizes for name, sizes in described.items() if len({*sizes.values()}) > 1}
    if differing:
        raise _ambiguous(graph, differing)


def _is_from(file: ProtoFile, preference: Preference) -> bool:
    return file.origin.repository == preference.repository and preference.root in ("", file.origin.root)


def _variants(graph: ImportGraph) -> dict[str, tuple[ProtoFile, ...]]:
    """The copies by name, one for each content."""
    return {
        name: tuple({file.content: file for file in reversed(found)}.values())[::-1]
        for name, found in graph.copies.items()
    }


def _from_text(graph: ImportGraph, protoc: Protoc) -> dict[str, dict[ProtoFile, bytes]]:
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


def _from_descriptors(graph: ImportGraph) -> dict[str, dict[ProtoFile, bytes]]:
    from protogen.protos.descriptors import parse_file

    described: dict[str, dict[ProtoFile, bytes]] = {}
    for name, files in _variants(graph).items():
        described[name] = {}
        for file in files:
            try:
                parsed = parse_file(file)
                parsed.ClearField("source_code_info")
                described[name][file] = parsed.SerializeToString(deterministic=True)
            except CompileFailed:
                described[name][file] = file.content
    return described


def _ambiguous(graph: ImportGraph, differing: Mapping[str, Mapping[ProtoFile, bytes]]) -> AmbiguousImport:
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
