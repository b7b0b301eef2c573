"""`python -m bench.stages RECIPE CACHE`: seconds of resolving and of compiling a recipe's 1.0, as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from protogen import closure, recipe
from protogen.cache import Cache
from protogen.process import Processes
from protogen.selection import Selection
from protogen.sources import open_source
from protogen.workbench import Workbench


def main() -> None:
    """Resolve and compile with every repository cached, and print what each took."""
    read, root = recipe.load(sys.argv[1]), Path(sys.argv[2])
    bench = Workbench(Cache(root), Processes(), dict(os.environ))
    source = open_source(read, Selection("git"), bench)
    source.resolve("1.0", ())
    shutil.rmtree(root / "sets", ignore_errors=True)
    start = time.perf_counter()
    found = closure.read(source, "1.0", (), bench)
    resolved = time.perf_counter()
    found.compile(bench)
    print(json.dumps({"resolve": resolved - start, "compile": time.perf_counter() - resolved}))


if __name__ == "__main__":
    main()
