"""`python -m tests.sweep.gallery`: the recipes of protogen, in some releases and every language, proven.

What came of it is kept in recipes/proven.json, from which the page of the gallery is made.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from protogen.recipe import builtin
from tests.support.command import protogen

PROVEN = "proven.json"
_PROTOS = re.compile(r": (\d+) protos$", re.M)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the recipes, and keep what came of it; 1 where a language failed."""
    options = _options(arguments)
    file = builtin.folder() / PROVEN
    proven: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    failed = False
    for recipe in options.recipes or builtin.names():
        releases = options.version or chosen(offered(recipe, options))
        found = {release: tried(recipe, release, options) for release in releases}
        failed |= any(outcome for each in found.values() for outcome in each["languages"].values())
        day = datetime.now(timezone.utc).date().isoformat()
        proven[recipe] = {"day": day, "releases": {**_kept(proven, recipe, options), **found}}
        file.write_text(json.dumps(proven, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return int(failed)


def chosen(names: Sequence[str]) -> list[str]:
    """The newest release, and two older ones: one from the middle, and the oldest."""
    return list(dict.fromkeys([names[0], names[len(names) // 2], names[-1]])) if names else ["main"]


def offered(recipe: str, options: argparse.Namespace) -> list[str]:
    """The releases that the recipe's repository has, newest first."""
    ran = protogen(
        *("versions", "--recipe", recipe, "--format", "json", *_places(options)),
        cwd=Path.cwd(),
        cache=options.cache,
    )
    return [each["version"] for each in json.loads(ran.out)] if not ran.code else []


def tried(recipe: str, release: str, options: argparse.Namespace) -> dict[str, Any]:
    """What came of a release: its protos, the seconds, and for each language why it failed, or nothing."""
    began = time.monotonic()
    out = options.work / recipe / release.replace("/", "-")
    outcomes, protos = {}, 0
    for language in options.lang.split(","):
        ran = protogen(
            *("--recipe", recipe, "--version", release, "--lang", language, "--verify"),
            *("--out", str(out), *_places(options)),
            cwd=Path.cwd(),
            cache=options.cache,
        )
        outcomes[language] = _failure(ran.err) if ran.code else ""
        if not ran.code:
            protos = int(_PROTOS.findall(ran.err)[0])
        print(f"{recipe} {release} {language}: {outcomes[language] or 'proven'}", file=sys.stderr, flush=True)
    return {"languages": outcomes, "protos": protos, "seconds": round(time.monotonic() - began)}


def _failure(text: str) -> str:
    errors = [line.removeprefix("error: ") for line in text.splitlines() if line.startswith("error: ")]
    return errors[0] if errors else text.strip()[-200:]


def _kept(proven: dict[str, Any], recipe: str, options: argparse.Namespace) -> dict[str, Any]:
    """Releases of before, where only some were asked for."""
    kept: dict[str, Any] = proven.get(recipe, {}).get("releases", {}) if options.version else {}
    return kept


def _places(options: argparse.Namespace) -> list[str]:
    return [f"--repo={each}" for each in options.repo]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sweep.gallery", description=__doc__)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="by name; all where none is given")
    parser.add_argument("--version", action="append", default=[], metavar="RELEASE")
    parser.add_argument("--lang", default="go,java,python,typescript,rust,proto")
    parser.add_argument("--repo", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--cache", type=Path, default=Path("gallery-cache").absolute())
    parser.add_argument("--work", type=Path, default=Path("gallery").absolute())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
