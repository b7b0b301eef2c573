"""Adds a made-up release to a registry in a process of its own: `python -m … ROOT VERSION [TEXT]`.

It prints a line once it is ready, begins when it reads one, and prints the seconds that it took.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from protogen.errors import ProtogenError
from protogen.registry import layout
from protogen.registry.adding import Status, add
from tests.support.registry_packages import LANGUAGES, artifacts

URL = "http://127.0.0.1:1/registry"


def put(root: Path, version: str, text: str = "", languages: tuple[str, ...] = LANGUAGES) -> list[Status]:
    """Add a made-up release."""
    return add(root, *layout.additions(artifacts(version, languages, text), "api", version), URL)


def main() -> int:
    """0, or the code of the error that is printed."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = time.monotonic()
    try:
        put(Path(sys.argv[1]), sys.argv[2], "".join(sys.argv[3:]))
    except ProtogenError as error:
        sys.stderr.write(str(error))
        return error.code
    sys.stdout.write(str(time.monotonic() - began))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
