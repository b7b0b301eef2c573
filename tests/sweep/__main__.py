"""`python -m tests.sweep`: every release that a source offers, in every language, one table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from protogen.errors import ProtogenError
from tests.sweep import report, results, rotation, tools
from tests.sweep.attempt import Sweep, attempt

LANGUAGES = ("go", "java", "python")


def main(arguments: list[str] | None = None) -> int:
    """Try the releases that were asked for, and print the table; 1 where one failed or differs."""
    options = _options(arguments)
    sweep = _sweep(options)
    kept = options.work / "results.jsonl"
    chosen = choose(sweep.offered() if not options.releases else [], options)
    done = {} if options.fresh else results.read(kept)
    left = [name for name in chosen if not _is_done(done.get((sweep.source, name)), sweep)]
    say(f"{sweep.source}: {len(chosen)} releases, {len(left)} to try: {', '.join(left)}")

    def one(release: str) -> results.Result | None:
        try:
            found = attempt(sweep, release)
        except (AssertionError, OSError, ProtogenError) as error:
            say(f"{sweep.source} {release}: NOT COMPARED: {error}")
            return None
        results.append(kept, found)
        say(report.line(found))
        return found

    with ThreadPoolExecutor(options.jobs) as pool:
        fresh = dict(zip(left, pool.map(one, left), strict=True))
    rows = [row for name in chosen if (row := fresh.get(name, done.get((sweep.source, name))))]
    print(report.table(rows, sweep.languages))
    if options.markdown:
        _write(options.markdown, list(results.read(kept).values()))
    return int(len(rows) < len(chosen) or any(row.failures or row.differing for row in rows))


def choose(offered: Sequence[str], options: argparse.Namespace) -> list[str]:
    """The releases that were asked for, or a sample of those that are offered."""
    if options.releases:
        return [name for text in options.releases for name in text.split(",")]
    return rotation.sample(offered, options.sample, options.seed) if options.sample else list(offered)


def _write(document: Path, kept: list[results.Result]) -> None:
    """Put the tables of what is kept, and this machine's tools, between the document's marks."""
    parts = {"tools": tools.described(each.commit for each in kept if each.commit)}
    for source in ("index", "git"):
        rows = [each for each in kept if each.source == source]
        if rows:
            parts[source] = report.table(rows, LANGUAGES)
    document.write_text(report.with_parts(document.read_text(), parts))


def say(text: str) -> None:
    """Tell what goes on, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def _is_done(result: results.Result | None, sweep: Sweep) -> bool:
    if result is None or result.failures:
        return False
    return bool(result.unusable) or set(sweep.languages) <= set(result.languages)


def _sweep(options: argparse.Namespace) -> Sweep:
    languages = tuple(dict.fromkeys(name for text in options.lang for name in text.split(",")))
    repositories = [f"--repo={each}" for each in options.repo]
    return Sweep(
        options.source,
        ("--source", options.source, *repositories),
        languages or LANGUAGES,
        options.cache_dir or options.work / "cache",
        options.work,
        options.artifacts,
        tools.commit(),
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__)
    parser.add_argument("--source", choices=("index", "git"), default="index")
    parser.add_argument("--repo", action="append", default=[], metavar="NAME=URL", help="as protogen's own")
    parser.add_argument("--releases", action="append", default=[], help="these only, by commas")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of those that are offered")
    parser.add_argument(
        "--seed", type=int, default=rotation.this_week(), help="which ones; default: the week"
    )
    parser.add_argument("--lang", action="append", default=[], help="languages, by commas; default: all")
    parser.add_argument("--artifacts", action="store_true", help="build what registries take, javadoc too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write all results that are kept")
    parser.add_argument("--jobs", type=int, default=1, help="releases at a time")
    parser.add_argument("--fresh", action="store_true", help="try again what is done")
    work = Path(tempfile.gettempdir()) / "protogen-sweep"
    parser.add_argument("--work", type=Path, default=work, help="where results are kept")
    cache = os.environ.get("PROTOGEN_CACHE_DIR")
    parser.add_argument("--cache-dir", type=Path, default=Path(cache) if cache else None)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
