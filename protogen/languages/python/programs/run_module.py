"""Run a module as a command, from a folder of modules. Arguments: MODULES NAME, then the command's own."""

from __future__ import annotations

import runpy
import sys


def main(modules: str, name: str, *arguments: str) -> None:
    """End as the command ends."""
    sys.path.insert(0, modules)
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
