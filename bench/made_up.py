"""Repositories that are made for a benchmark: a large one, many with many protos, and whole APIs."""

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


def api(rig: Rig, count: int, repositories: int) -> Path:
    """The recipe of an API as large ones are: folders of five protos, a package each, imports twelve deep.

    Each proto has commented messages whose fields take those of the imports; each third one a service.
    """
    chance, names = random.Random(3), [f"r{number}" for number in range(repositories)]
    paths = [f"{names[n // 5 % repositories]}/area{n // 50}/d{n // 5}/v1/f{n}.proto" for n in range(count)]
    contents: dict[str, dict[str, bytes]] = {name: {} for name in names}
    step = max(1, count // 12)
    for number, path in enumerate(paths):
        # Of the next level only: no cycle of files nor packages, and as deep as there are levels.
        below = range(min(count, number + step), min(count, number + 2 * step))
        contents[path.partition("/")[0]][path] = _api_file(
            number, paths, chance.sample(below, min(4, len(below)))
        )
    lines = ["schema: 1", "name: api", "license: Apache-2.0", "releases: r0", "repositories:"]
    folder = rig.scratch / f"api-{count}.repositories"
    folder.mkdir(exist_ok=True)
    for name in names:
        bare = folder / f"{name}.git"
        lines += [f"  {name}:", f"    url: file://{bare}", "    branch: release-{major}.{minor}"]
        _commit(rig, bare, contents[name].items())
    lines += [
        "entry_points:",
        *(f"  - {{repository: {name}, pattern: '{name}/**/*.proto'}}" for name in names),
    ]
    lines += ["languages:", "  go: {module: example.com/api}", "  java: {group: com.example, artifact: api}"]
    lines += ["  python: {package: api_client}"]
    recipe = rig.scratch / f"api-{count}.yaml"
    recipe.write_text("\n".join(lines) + "\n")
    return recipe


def _api_file(number: int, paths: list[str], imports: list[int]) -> bytes:
    package = f"area{number // 50}.d{number // 5}.v1"
    lines = ['syntax = "proto3";', f"// What area {number // 50} has.", f"package {package};"]
    lines += ['import "google/protobuf/timestamp.proto";', *(f'import "{paths[each]}";' for each in imports)]
    lines += [f'option go_package = "example.com/api/{Path(paths[number]).parent};d{number // 5}";']
    lines += ["option java_multiple_files = true;", f'option java_package = "com.example.{package}";']
    for message in range(6):
        lines += [
            f"// Message {message} of file {number},",
            "// and a second line.",
            f"message M{number}x{message} {{",
        ]
        kinds = ["string", "int64", "repeated string", "map<string, string>", "bool"]
        kinds += ["google.protobuf.Timestamp"]
        kinds += [f".area{each // 50}.d{each // 5}.v1.M{each}x{message}" for each in imports]
        for field, kind in enumerate(kinds, 1):
            lines += [f"  // Field {field}, which says what it is for in a", "  // line or two.", ""]
            lines[-1] = f"  {kind} field_{field} = {field};"
        lines += ["}"]
    if number % 3 == 0:
        lines += ["// What can be asked.", f"service Service{number} {{"]
        for rpc in range(5):
            lines += [f"  // Asks {rpc}.", f"  rpc Ask{rpc}(M{number}x{rpc}) returns (M{number}x{rpc + 1});"]
        lines += ["}"]
    return ("\n".join(lines) + "\n").encode()


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
