"""The end of a run of several releases: what became of each, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from protogen.cli import report
from protogen.cli.tables import columns

if TYPE_CHECKING:
    from protogen.cli.report import Result


_NONE = "-"


def tell(results: Sequence[Result]) -> None:
    """One line for each release, where there were several: done or failed, version, languages."""
    if len(results) < 2:
        return
    failed = sum(result.error is not None for result in results)
    report.say(f"{len(results)} releases: {len(results) - failed} done, {failed} failed")
    for line in columns([_row(result) for result in results]):
        report.say(f"  {line}")


def _row(result: Result) -> tuple[str, str, str, str]:
    if result.outcome is None:
        code = result.error.code if result.error else 0
        return result.version, f"failed ({code})", _NONE, _NONE
    languages = ", ".join(each.language for each in result.outcome.published)
    return result.version, "done", result.outcome.release.package_version, languages
