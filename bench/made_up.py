"""Repositories that are made for a benchmark: one that is large, and many with many protos."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from bench.rig import Rig

_PROTO = 'syntax = "proto3";\npackage p{group};\n{imports}\nmessage M{number} {{\n{fields}\n}}\n'


def large_tree(rig: Rig) -> tuple[Path, Path]:
    """A bare repository with one commit of many files that don't compress, and its recipe.

    A quarter of its protos are reached from the ten entry points.
    """
    bare, sizes, chance = rig.scratch / "large.git", rig.sizes, random.Random(1)
    folders = [f"d{number % 40}/e{number}" for number in range(sizes.folders)]
    protos: dict[str, bytes] = {}
    reached = max(10, sizes.protos // 4)
    names = [f"{folders[number % len(folders)]}/p{number}.proto" for number in range(sizes.protos)]
    for number, name in enumerate(names):
        following = number + 10
        imports = [names[following]] if number < reached and following < min(reached, len(names)) else []
        protos[name] = proto(0, number, imports)
    entries = [f"{{repository: large, pattern: {name}}}" for name in names[:10]]
    recipe = rig.scratch / "large.yaml"
    recipe.write_text(
        f"schema: 1\nname: large\nreleases: large\nrepositories:\n  large:\n    url: file://{bare}\n"
        f"    branch: release-{{major}}.{{minor}}\nentry_points: [{', '.join(entries)}]\n"
    )
    if not bare.exists():
        # One by one: the memory of a measured run is never less than that of the process that starts it.
        others = (
            (f"{folders[number % len(folders)]}/f{number}.bin", chance.randbytes(sizes.bytes_a_file))
            for number in range(sizes.files - sizes.protos)
        )
        _commit(rig, bare, chain(others, protos.items()))
    return bare, recipe


def many_protos(rig: Rig, count: int) -> Path:
    """The recipe of `count` protos in several repositories, each importing up to four others."""
    chance, sizes = random.Random(2), rig.sizes
    repositories = [f"r{number}" for number in range(sizes.repositories)]
    names = [f"{repositories[number % len(repositories)]}/p{number}.proto" for number in range(count)]
    contents: dict[str, dict[str, bytes]] = {name: {} for name in repositories}
    for number, name in enumerate(names):
        # Of later files only, so that there is no cycle; and of near ones, so that chains stay short.
        later = range(number + 1, min(count, number + 1 + count // 10))
        imports = [names[each] for each in chance.sample(later, min(4, len(later)))]
        contents[name.partition("/")[0]][name] = proto(number % 50, number, imports)
    folder = rig.scratch / f"many-{count}.repositories"
    lines = ["schema: 1", "name: many", "releases: r0", "repositories:"]
    for name in repositories:
        bare = folder / f"{name}.git"
        lines += [f"  {name}:", f"    url: file://{bare}", "    branch: release-{major}.{minor}"]
        if not bare.exists():
            folder.mkdir(exist_ok=True)
            _commit(rig, bare, contents[name].items())
    lines += [
        "entry_points:",
        *(f"  - {{repository: {name}, pattern: '{name}/*.proto'}}" for name in repositories),
    ]
    recipe = rig.scratch / f"many-{count}.yaml"
    recipe.write_text("\n".join(lines) + "\n")
    return recipe


def proto(group: int, number: int, imports: Iterable[str]) -> bytes:
    """A file with one message of ten fields."""
    fields = "\n".join(f"  // Field {each} of it.\n  string field_{each} = {each};" for each in range(1, 11))
    lines = "\n".join(f'import "{name}";' for name in imports)
    return _PROTO.format(group=group, number=number, imports=lines, fields=fields).encode()


def _commit(rig: Rig, bare: Path, files: Iterable[tuple[str, bytes]]) -> None:
    rig.git("init", "--quiet", "--bare", "--template=", str(bare))
    rig.git("-C", str(bare), "fast-import", "--quiet", stdin=_stream(files))
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        rig.git("-C", str(bare), "config", key, "true")
    rig.git("-C", str(bare), "symbolic-ref", "HEAD", "refs/heads/release-1.0")


def _stream(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    yield b"commit refs/heads/release-1.0\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\n"
    for name, content in files:
        yield f"M 100644 inline {name}\ndata {len(content)}\n".encode() + content + b"\n"
