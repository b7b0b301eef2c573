"""`protogen cache …`: look at the cache, check it, shrink it, and carry it to another machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import click

from protogen.cli import report
from protogen.cli.command import open_cache
from protogen.cli.options import CACHE_DIR, examples, format_option
from protogen.errors import OutputInTheWay, ProtogenError, UsageError
from protogen.system.cache import archive, upkeep
from protogen.system.cache.archive import import_archive
from protogen.system.cache.upkeep import Item
from protogen.system.progress import size_text

_DAY = 24 * 3600.0
_EXAMPLES = examples(
    "protogen cache list",
    "protogen cache prune --older-than 30 --max-size 2G",
    "protogen cache export protogen-cache.tar.gz",
)


class _Damaged(ProtogenError):
    """What `verify` found stays as it is."""

    code = 7


@click.group(epilog=_EXAMPLES)
def cache() -> None:
    """Look at the cache, check it, shrink it, carry it to another machine."""


@cache.command("dir", epilog=examples("protogen cache dir"))
@CACHE_DIR
def dir_(cache_dir: str | None) -> int:
    """Print the cache folder."""
    click.echo(open_cache(cache_dir).root)
    return 0


@cache.command("list", epilog=examples("protogen cache list --format json"))
@CACHE_DIR
@format_option("text", "json")
def list_(cache_dir: str | None, format_: str) -> int:
    """What the cache holds: kind, name, size, last use."""

    root = open_cache(cache_dir).root
    items = upkeep.entries(root)
    if format_ == "json":
        entries = [
            {"kind": item.kind, "name": item.name, "size": item.size, "used": _moment(item.used)}
            for item in items
        ]
        report.print_json({"schema": 1, "folder": str(root), "entries": entries})
        return 0
    for item in items:
        click.echo(f"{item.kind:<12} {size_text(item.size):>10}  {_moment(item.used)}  {item.name}")
    report.say(f"{_count(items)} in {root}")
    return 0


@cache.command(epilog=examples("protogen cache verify --repair"))
@click.option("--repair", is_flag=True, help="Remove what is damaged; a run makes it again.")
@CACHE_DIR
@format_option("text", "json")
def verify(repair: bool, cache_dir: str | None, format_: str) -> int:
    """Check every byte of the cache; 7 where something is damaged and stays."""

    kept = open_cache(cache_dir)
    count, findings = upkeep.verify(kept, repair=repair)
    if format_ == "json":
        damaged = [
            {"name": each.item.name, "damage": each.damage, "removed": each.removed} for each in findings
        ]
        report.print_json({"schema": 1, "entries": count, "damaged": damaged})
    else:
        for each in findings:
            click.echo(f"{each.item.name}: {each.damage}{' (removed)' if each.removed else ''}")
    left = sum(not each.removed for each in findings)
    if not left:
        report.say(f"{count - len(findings)} of {count} entries are whole, {len(findings)} removed")
        return 0
    remedy = "remove them by hand" if repair else "protogen cache verify --repair"
    message = f"{left} of {count} cache entries are damaged"
    return report.failure(_Damaged(message, where=str(kept.root), remedy=remedy))


@cache.command(epilog=examples("protogen cache prune --older-than 30 --max-size 2G --dry-run"))
@click.option(
    "--older-than", type=click.FloatRange(0), metavar="DAYS", help="Remove what wasn't used for so long."
)
@click.option(
    "--max-size", metavar="SIZE", help="Remove the least lately used until the rest fits, such as 2G."
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would be.")
@CACHE_DIR
def prune(older_than: float | None, max_size: str | None, dry_run: bool, cache_dir: str | None) -> int:
    """Remove what is old or too much, and always what killed runs and earlier versions left."""

    try:
        most = None if max_size is None else upkeep.parse_size(max_size)
    except ValueError as error:
        raise UsageError(str(error), where="--max-size", remedy="run again with --max-size 2G") from None
    age = None if older_than is None else older_than * _DAY
    pruned = upkeep.prune(open_cache(cache_dir), time.time(), older_than=age, max_size=most, dry_run=dry_run)
    done = "would remove" if dry_run else "removed"
    for item in pruned.items:
        report.say(f"{done} {item.name} ({size_text(item.size)})")
    for path in pruned.leftovers:
        report.say(f"{done} {path.parent.name}/{path.name}")
    report.say(f"{done} {_count(pruned.items)} and {len(pruned.leftovers)} leftovers")
    return 0


@cache.command(epilog=examples("protogen cache export protogen-cache.tar.gz --kind fetched"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only entries of this kind; repeats.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@CACHE_DIR
def export(file: Path, kinds: tuple[str, ...], force: bool, cache_dir: str | None) -> int:
    """Write the cache into one FILE (tar; compressed where its name ends in gz)."""

    root = open_cache(cache_dir).root
    items = upkeep.entries(root)
    for kind in kinds:
        if kind not in {item.kind for item in items}:
            known = ", ".join(sorted({item.kind for item in items})) or "nothing at all"
            raise UsageError(f"the cache holds nothing of kind {kind!r}; there is {known}", where="--kind")
    if not items:
        raise UsageError("the cache holds nothing to export", where=str(root), remedy="make a release first")
    if file.exists() and not force:
        raise OutputInTheWay(f"{file} is there already", where=str(file))
    chosen = [item for item in items if not kinds or item.kind in kinds]
    archive.export(chosen, file)
    report.say(f"wrote {file}: {_count(chosen)}")
    return 0


@cache.command("import", epilog=examples("protogen cache import protogen-cache.tar.gz"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@CACHE_DIR
def import_(file: Path, cache_dir: str | None) -> int:
    """Take the entries of an exported FILE into the cache; trust who gives it to you."""

    kept = open_cache(cache_dir)
    count = import_archive(file, kept)
    report.say(f"took {count} entries into {kept.root}")
    return 0


def _count(items: Sequence[Item]) -> str:
    return f"{len(items)} entries, {size_text(sum(item.size for item in items))}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
