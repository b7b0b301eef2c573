"""`python -m bench.stages RECIPE CACHE`: what resolving and compiling a recipe's 1.0 take, as JSON."""

from __future__ import annotations

import json
import os
import resource
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
    before, start = os.times(), time.perf_counter()
    found = resolve(selection, "1.0", bench)
    resolved = time.perf_counter()
    found.compile(bench)
    compiled, after = time.perf_counter(), os.times()
    user = after.user + after.children_user - before.user - before.children_user
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken = {"resolve": resolved - start, "compile": compiled - resolved, "user": user, "memory": own}
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
