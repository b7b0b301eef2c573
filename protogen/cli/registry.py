"""`protogen registry …`: look at a folder of packages, check it, and withdraw versions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from protogen.cli import completion, report
from protogen.cli.options import examples, format_option
from protogen.errors import ProtogenError, UsageError
from protogen.registry import checking
from protogen.registry.folder import Folder
from protogen.registry.model import Held, Published
from protogen.registry.order import ascending, latest
from protogen.registry.yanking import yank as withdraw
from protogen.system.text import one_line

_EXAMPLES = examples(
    "protogen --version r2.11 --lang go,python --registry public",
    "protogen registry list public",
    "protogen registry yank public example.com/client 2.11.1 --reason 'use 2.11.2'",
)


class _Damaged(ProtogenError):
    """What `verify` found stays as it is."""

    code = 7


@click.group(epilog=_EXAMPLES)
def registry() -> None:
    """Look at a folder of packages, check it, withdraw versions."""


@registry.command("list", epilog=examples("protogen registry list public --format json"))
@click.argument("folder", metavar="DIR", shell_complete=completion.folders)
@format_option("text", "json")
def list_(folder: str, format_: str) -> int:
    """The packages: ecosystem, name, latest version, number of versions."""
    found = _opened(folder)
    packages = list(found.packages())
    if format_ == "json":
        entries = [
            {
                "ecosystem": each.ecosystem,
                "name": each.name,
                "latest": _latest(each.offered),
                "versions": [version.version for version in ascending(each.released)],
            }
            for each in packages
        ]
        report.print_json(
            {"schema": 1, "folder": str(found.path), "url": found.service.url, "packages": entries}
        )
        return 0
    rows = [
        (each.ecosystem, each.name, _latest(each.offered) or "-", str(len(each.released)))
        for each in packages
    ]
    if rows:
        report.table(("ecosystem", "name", "latest", "versions"), rows)
    return 0


@registry.command(epilog=examples("protogen registry show public example.com/client"))
@click.argument("folder", metavar="DIR", shell_complete=completion.folders)
@click.argument("name", shell_complete=completion.packages)
@format_option("text", "json")
def show(folder: str, name: str, format_: str) -> int:
    """A package's versions, their files with sums, and where the evidence of their origin is."""
    found = _opened(folder)
    packages = [each for each in found.packages() if each.name == name]
    if not packages:
        raise UsageError(
            f"the registry has no package {name}",
            where=str(found.path),
            remedy=f"protogen registry list {found.path}",
        )
    if format_ == "json":
        entries = [
            {
                "ecosystem": each.ecosystem,
                "name": each.name,
                "versions": [_document(found, each, version) for version in ascending(each.versions)],
            }
            for each in packages
        ]
        report.print_json({"schema": 1, "packages": entries})
        return 0
    for each in packages:
        for version in reversed(ascending(each.versions)):
            click.echo(f"{each.ecosystem} {each.name} {version.version}{_mark(version)}")
            contents = found.contents(each.ecosystem, each.name, version.version)
            for path, sha in contents.files.items() if contents else ():
                click.echo(f"  {sha}  {path}")
            click.echo(f"  made from: {contents.evidence if contents else 'unknown'}")
    return 0


@registry.command(epilog=examples("protogen registry verify public"))
@click.argument("folder", metavar="DIR", shell_complete=completion.folders)
@format_option("text", "json")
def verify(folder: str, format_: str) -> int:
    """Check every file against its sum and every index against what is there; 7 where something differs."""
    found = _opened(folder)
    wrong = checking.findings(found)
    if format_ == "json":
        findings = [{"path": each.path, "problem": each.problem} for each in wrong]
        report.print_json({"schema": 1, "findings": findings})
    else:
        for each in wrong:
            click.echo(f"{each.path}: {each.problem}")
    if wrong:
        raise _Damaged(
            f"{len(wrong)} of the registry's files are not as they must be",
            where=str(found.path),
            remedy=_remedy(wrong),
        )
    if format_ != "json":
        report.say(f"{found.path} is whole")
    return 0


def _remedy(wrong: Collection[checking.Finding]) -> str:
    """What mends all that was found."""
    foreign = [each for each in wrong if each.problem == checking.FOREIGN]
    ways = ["run their releases again with --registry, or put them back from a backup"]
    if foreign:
        ways = [*ways, "move away what the registry didn't put there"][len(foreign) == len(wrong) :]
    return "; ".join(ways)


@registry.command(
    epilog=examples("protogen registry yank public example.com/client 2.11.1 --reason 'use 2.11.2'")
)
@click.argument("folder", metavar="DIR", shell_complete=completion.folders)
@click.argument("name", shell_complete=completion.packages)
@click.argument("version", shell_complete=completion.package_versions)
@click.option("--reason", default="", metavar="TEXT", help="Why, for ecosystems that show it.")
@click.option("--ecosystem", default="", metavar="NAME", help="Only in this one, of several that have NAME.")
@click.option("--undo", is_flag=True, help="Offer the version again.")
def yank(folder: str, name: str, version: str, reason: str, ecosystem: str, undo: bool) -> int:
    """Mark a version as one that nobody should choose; nothing is deleted."""
    found = _opened(folder)
    if undo and reason:
        raise UsageError("--undo takes no --reason", where="--reason", remedy="leave out one of the two")
    # Clients print it in their terminals, on a line.
    line = None if undo else one_line(reason)
    for each in withdraw(found.path, name, version, line, ecosystem):
        report.say(f"{each.ecosystem} {each.name} {each.version}: {each.status}")
    return 0


def _opened(folder: str) -> Folder:
    found = Folder(Path(folder))
    if not found.exists:
        raise UsageError(
            f"{folder} is no registry",
            where=folder,
            remedy=f"protogen --version RELEASE --lang LANG --registry {folder}",
        )
    return found


def _latest(versions: tuple[Published, ...]) -> str | None:
    newest = latest(versions)
    return newest.version if newest else None


def _mark(version: Published) -> str:
    """What a version's line says of its being withdrawn, or of what it withdraws."""
    if version.is_retraction:
        return f"  retracts: {', '.join(version.facts['retracts']) or 'nothing any more'}"
    return "" if version.yanked is None else f"  yanked: {version.yanked or 'no reason given'}"


def _document(folder: Folder, package: Held, version: Published) -> dict[str, Any]:
    contents = folder.contents(package.ecosystem, package.name, version.version)
    return {
        "version": version.version,
        "yanked": version.yanked is not None,
        "reason": version.yanked or "",
        "evidence": contents.evidence if contents else "",
        "files": contents.files if contents else {},
        # By version, with reasons: what go reads of it in this one.
        **({"retracts": version.facts["retracts"]} if version.is_retraction else {}),
    }
