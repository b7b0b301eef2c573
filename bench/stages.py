"""`python -m bench.stages RECIPE CACHE`: seconds of resolving and of compiling a recipe's 1.0, as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from protogen.recipe import model
from protogen.sources import find, resolve
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes


def main() -> None:
    """Resolve and compile with every repository cached, and print what each took."""
    recipe, root = model.load(sys.argv[1]), Path(sys.argv[2])
    bench = Context(Cache(root), Processes(), dict(os.environ))
    selection = Selection(recipe, source="git")
    find(selection, "1.0", bench).read()
    shutil.rmtree(root / "v2" / "sets", ignore_errors=True)
    start = time.perf_counter()
    found = resolve(selection, "1.0", bench)
    resolved = time.perf_counter()
    found.compile(bench)
    print(json.dumps({"resolve": resolved - start, "compile": time.perf_counter() - resolved}))


if __name__ == "__main__":
    main()
