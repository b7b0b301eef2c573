"""The cases: each prints its own part of the table, and can be run alone."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench import made_up, plot
from bench.kits import kits
from bench.measure import Sample, side_by_side
from bench.others import Others
from bench.registry import registry
from bench.rig import RELEASE, ROOT, Rig

LANGUAGES = ("go", "java", "python")
ALL = ",".join(LANGUAGES)
# The corpus has these; the later a release is, the more protos it has.
RELEASES = ("r2.11", "r2.12", "r2.6", "r2.16", "r2.5", "r2.19", "r2.1", "r1.15", "2.19.1", "2.16.2")
# A warm run takes packages from the cache that were made before; or its generators run all the same.
_WARM: dict[str, tuple[str, ...]] = {"from the cache": (), "generated": ("--regenerate",)}
# A run in a process of its own, which then says what it and its children took.
_MEASURED = """
import os, resource, sys, time
from protogen.cli.main import run
start = time.perf_counter(); code = run(sys.argv[1:]); wall = time.perf_counter() - start
used = os.times(); memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(); print(wall, used.user + used.children_user, memory); sys.exit(code)
"""
_PACKAGES = ("tensorflow-serving-api==2.11.1", "tensorflow==2.11.1")


def warm(rig: Rig) -> None:
    """Each language into an empty folder, sources and tools cached, beside the floor, a script and buf."""
    corpus = rig.corpus()
    rig.run(rig.protogen("--version", RELEASE, "--lang", ALL, *corpus, "--out", "first"))
    others = Others.of(rig)
    for language in LANGUAGES:
        beside = {
            "floor: protoc and plugins": partial(others.floor, language),
            "script: clone, protoc, plugins": partial(others.script, language),
            "buf generate": partial(others.buf, language),
        }
        for how, options in _WARM.items():
            sides = {f"protogen {' '.join(options)}": partial(_into_empty, rig, language, corpus, options)}
            side_by_side(f"warm run, {language}, {how}", {**sides, **beside}, rig.pairs)


def languages(rig: Rig) -> None:
    """All three languages at once, beside each alone."""
    corpus = rig.corpus()
    for how, options in _WARM.items():
        sides = {name: partial(_into_empty, rig, name, corpus, options) for name in (ALL, *LANGUAGES)}
        side_by_side(f"warm run, all three languages, {how}", sides, rig.pairs)


def unchanged(rig: Rig) -> None:
    """A rerun that changes nothing, beside one that asks no remote, and what git alone takes."""
    corpus = rig.corpus()
    (url,) = [option.partition("=")[2].partition("=")[2] for option in corpus if "serving" in option]
    for asked in ("go", ALL):
        again = rig.protogen("--version", RELEASE, "--lang", asked, *corpus, "--out", "again")
        sides = {
            "protogen": partial(rig.run, again),
            "the same, --offline": partial(rig.run, [*again, "--offline"]),
            "git ls-remote": partial(rig.run, ["git", "ls-remote", "--quiet", "--heads", "--tags", url]),
        }
        side_by_side(f"unchanged rerun, {asked}", sides, rig.pairs)


def start(rig: Rig) -> None:
    """`protogen --help`, beside Python alone and Python with click."""
    sides = {
        "protogen --help": partial(rig.run, [sys.executable, "-m", "protogen", "--help"]),
        "python -c pass": partial(rig.run, [sys.executable, "-c", "pass"]),
        "python -c 'import click'": partial(rig.run, [sys.executable, "-c", "import click"]),
    }
    side_by_side("start", sides, rig.pairs)


def git(rig: Rig) -> None:
    """Fetching from a large repository with an empty cache, beside a full shallow clone: time and packs."""
    bare, recipe = made_up.large_tree(rig)
    log, hook = rig.scratch / "packs.log", rig.scratch / "count-pack"
    hook.write_text(f'#!/bin/sh\nexec 3>&1\n"$@" | tee /dev/fd/3 | wc -c >> {log}\n')
    hook.chmod(0o755)
    config = rig.scratch / "gitconfig"
    config.write_text(f"[uploadpack]\n\tpackObjectsHook = {hook}\n")

    def counted(argv: list[str]) -> Sample:
        log.unlink(missing_ok=True)
        sample = rig.run(argv, GIT_CONFIG_GLOBAL=str(config))
        return replace(sample, moved=sum(map(int, log.read_text().split())) / 1024**2)

    def cold() -> Sample:
        graph = ("graph", "--version", "1.0", "--recipe", str(recipe), "--source", "git", "--format", "json")
        return counted(rig.protogen(*graph, cache=rig.fresh("cold-git")))

    def clone() -> Sample:
        folder = str(rig.fresh("clone"))
        return counted(["git", "clone", "--quiet", "--depth", "1", f"file://{bare}", folder])

    packed = sum(path.stat().st_size for path in (bare / "objects").rglob("*.pack")) / 1024**2
    title = f"cold git, {rig.sizes.files} files in {rig.sizes.folders} folders, {packed:.0f} MiB packed"
    side_by_side(title, {"protogen": cold, "git clone --depth 1": clone}, rig.pairs)


def index(rig: Rig) -> None:
    """The index source with an empty cache but for tools, beside a warm one."""
    go = ("--version", RELEASE, "--lang", "go", "--source", "index", "--out", "index")
    rig.run(rig.protogen(*go))

    def cold() -> Sample:
        cache = rig.fresh("cold-index")
        shutil.copytree(rig.cache / "v2" / "tools", cache / "v2" / "tools", copy_function=os.link)
        return rig.run(rig.protogen(*go, cache=cache))

    side_by_side(
        "index, cold", {"protogen": cold, "protogen, warm": lambda: rig.run(rig.protogen(*go))}, rig.pairs
    )


def cold(rig: Rig) -> None:
    """All three languages by the index with empty caches of protogen, Go and Maven, beside its halves."""
    asked = ("--version", RELEASE, "--lang", ALL, "--source", "index")
    rig.run(rig.protogen(*asked, "--out", "cold-first"))

    def sample(cached: str) -> Sample:
        """With one kind of entries in protogen's cache, or none."""
        folder = rig.fresh("cold")
        if cached:
            kind = Path("v2", cached)
            shutil.copytree(rig.cache / kind, folder / "cache" / kind, copy_function=os.link)
        own = {"GOPATH": "go", "GOMODCACHE": "modules", "GOCACHE": "built"}
        return rig.run(
            rig.protogen(*asked, "--out", str(folder / "gen"), cache=folder / "cache"),
            MAVEN_OPTS=f"-Dmaven.repo.local={folder / 'maven'}",
            **{name: str(folder / path) for name, path in own.items()},
        )

    halves = {"cold": "", "protos cached": "fetched", "tools cached": "tools"}
    sides = {name: partial(sample, cached) for name, cached in halves.items()}
    side_by_side("cold run, all three languages", sides, max(1, rig.pairs // 2))


def wheels(rig: Rig) -> None:
    """Downloading, once, the wheels that the index source reads a part of."""
    folder = rig.fresh("wheels")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps"]
    machine = ["--python-version", "3.10", "--platform", "manylinux2014_x86_64", "--only-binary", ":all:"]
    sample = rig.run([*pip, *machine, "--dest", str(folder), *_PACKAGES])
    moved = sum(path.stat().st_size for path in folder.iterdir()) / 1024**2
    print(f"\nwheels, once\n  {'pip download':<34}{sample.wall:9.3f} s {moved:9.0f} MiB moved", flush=True)


def verify(rig: Rig) -> None:
    """A verified Go package, beside the compiler alone on it; modules and compiled packages are cached."""
    corpus, out = rig.corpus(), rig.scratch / "verified"
    proven = rig.protogen("--version", RELEASE, "--lang", "go", *corpus, "--out", str(out), "--verify")
    rig.run(proven)
    build = ["go", "-C", str(out / "go"), "build", "-mod=readonly", "./..."]
    sides = {"protogen --verify": partial(rig.run, proven), "go build": partial(rig.run, build)}
    side_by_side("verify, go", sides, rig.pairs)


def memory(rig: Rig) -> None:
    """protogen's own peak memory, children excluded, with an empty cache and with a full one."""
    print("\nown peak memory")
    for source, options in {"git": rig.corpus(), "index": ["--source", "index"]}.items():
        for state in ("cold", "warm"):
            arguments = [*("--version", RELEASE, "--lang", ALL, "-q"), *options]
            arguments += ["--out", f"memory-{source}-{state}", "--cache-dir", f"memory-{source}-cache"]
            print(f"  {f'{source}, {state}':<34}{_measured(rig, arguments)[2]:9.1f} MiB", flush=True)


def releases(rig: Rig) -> None:
    """More and more releases at once, all languages, generated from a warm cache, beside one."""
    corpus = rig.corpus()
    sides = {}
    for count in sorted(rig.sizes.releases, reverse=True):
        named = ",".join(RELEASES[:count])
        rig.run(rig.protogen("--version", named, "--lang", ALL, *corpus, "--out", "releases-first"))
        sides[f"{count} releases, three languages"] = partial(
            _into_empty, rig, ALL, corpus, _WARM["generated"], named
        )
    side_by_side("several releases at once", sides, max(1, rig.pairs // 2))


def growth(rig: Rig) -> None:
    """Resolving and compiling more and more protos, with a plot."""
    found: dict[str, list[float]] = {"resolve": [], "compile": []}
    print(f"\ngrowth, {rig.sizes.repositories} repositories")
    for count in rig.sizes.synthetic:
        recipe = made_up.many_protos(rig, count)
        taken = _stages(recipe, rig.scratch / f"many-{count}.cache", max(1, rig.pairs // 2))
        for stage, column in found.items():
            column.append(statistics.median(each[stage] for each in taken))
        row = "".join(f"{stage} {column[-1]:7.3f} s   " for stage, column in found.items())
        print(f"  {count:>6} protos   {row}", flush=True)
    plot.draw(rig.sizes.synthetic, found, rig.scratch / plot.NAME)


def scale(rig: Rig) -> None:
    """APIs of Envoy's and googleapis' size: resolved and compiled, and the smaller one as packages, warm."""
    rounds = max(1, rig.pairs // 2)
    print("\nscale, warm")
    # The smaller one first: a run's peak is never less than that of the process that starts it.
    recipe = _compiled(rig, "Envoy", rig.sizes.envoy, 7, rounds)
    cached = ("-q", "--cache-dir", str(rig.cache), "--recipe", str(recipe), "--version", "1.0")
    for language in LANGUAGES:
        asked = [*cached, "--source", "git", "--lang", language, "--out", f"scale-{language}"]
        _measured(rig, asked)
        again = [_measured(rig, [*asked, "--regenerate"]) for _ in range(rounds)]
        _row(f"like Envoy, {language}, generated", again)
        _row(f"like Envoy, {language}, unchanged", [_measured(rig, asked) for _ in range(rounds)])
    _compiled(rig, "googleapis", rig.sizes.googleapis, 1, rounds)


def _compiled(rig: Rig, like: str, count: int, repositories: int, rounds: int) -> Path:
    """The recipe of an API of that size, after a row of what resolving and compiling it takes."""
    recipe = made_up.api(rig, count, repositories)
    taken = _stages(recipe, rig.scratch / f"api-{count}.cache", rounds)
    both = [(each["resolve"] + each["compile"], each["user"], each["memory"]) for each in taken]
    _row(f"like {like}, {count} protos: resolve, compile", both)
    return recipe


def _row(title: str, taken: Sequence[tuple[float, float, float]]) -> None:
    wall, user, memory = (statistics.median(column) for column in zip(*taken, strict=True))
    print(f"  {title:<48}{wall:9.3f} s{user:9.3f} s user{memory:7.0f} MiB own", flush=True)


def _measured(rig: Rig, arguments: list[str]) -> tuple[float, float, float]:
    """Seconds of a run, those of processors for users' code, and MiB of its own peak without children."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *arguments],
        cwd=rig.scratch,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    wall, user, memory = map(float, done.stdout.split()[-3:])
    return wall, user, memory


def _stages(recipe: Path, cache: Path, rounds: int) -> list[dict[str, float]]:
    """What `bench.stages` says of a recipe, so many times."""
    taken = []
    for _ in range(rounds):
        argv = [sys.executable, "-m", "bench.stages", str(recipe), str(cache)]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        taken.append(json.loads(done.stdout))
    return taken


def _into_empty(
    rig: Rig, languages: str, corpus: list[str], options: Sequence[str], versions: str = RELEASE
) -> Sample:
    out = str(rig.fresh("warm"))
    asked = ("--version", versions, "--lang", languages, *options)
    return rig.run(rig.protogen(*asked, *corpus, "--out", out))


CASES: dict[str, Callable[[Rig], None]] = {
    "warm": warm,
    "languages": languages,
    "unchanged": unchanged,
    "start": start,
    "git": git,
    "index": index,
    "cold": cold,
    "wheels": wheels,
    "verify": verify,
    "memory": memory,
    "releases": releases,
    "scale": scale,
    "growth": growth,
    "kits": kits,
    "registry": registry,
}


def keep_plot(rig: Rig) -> None:
    """Put the plot, if one was drawn, where docs/performance.md shows it."""
    drawn = rig.scratch / plot.NAME
    if drawn.is_file():
        shutil.copyfile(drawn, Path(ROOT, "docs", plot.NAME))
