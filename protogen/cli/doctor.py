"""`protogen doctor`: what a run would find on this machine, and what mends it."""

from __future__ import annotations

import json
from typing import Any

import click

from protogen.cli import checklist, report
from protogen.cli.job import LANG, TOOL
from protogen.cli.options import examples, format_option, selection_options
from protogen.cli.selected import command_context, commas, read_selection
from protogen.languages import ALL, choose

_CANNOT = 6


_EXAMPLES = examples("protogen doctor --lang go", "protogen doctor --offline --format json")


@click.command(epilog=_EXAMPLES)
@LANG
@selection_options
@TOOL
@format_option("text", "json")
def doctor(**options: Any) -> int:
    """Look at tools, network and cache; 6 where packages can't be made. It changes nothing."""
    from protogen.analysis.doctor.check import problems
    from protogen.analysis.doctor.examine import examine

    selection, languages = read_selection(options), choose(commas(options["languages"]) or (ALL,))
    with command_context(options) as context:
        checks = examine(selection.recipe, selection, languages, context)
    if options["format_"] == "json":
        click.echo(json.dumps({"schema": 1, "checks": [check.plain for check in checks]}, indent=2))
    else:
        checklist.show(checks)
    found = problems(checks)
    if not found:
        return 0
    names = ", ".join(dict.fromkeys(check.name for check in found))
    remedy = next((check.remedy for check in found if check.remedy), "")
    report.failure(
        report.Failure(_CANNOT, f"packages can't be made here: {names}", "", remedy), as_json=False
    )
    return _CANNOT
