"""Runs the functions of docs/cookbook.md: see ../builds.py."""

from __future__ import annotations

import sys
from pathlib import Path

from conf import read_batching, read_monitoring


def main(folder: Path, out: Path) -> None:
    for name, read in (("batching", read_batching), ("monitoring", read_monitoring)):
        message = read(folder / f"{name}.conf")
        (out / f"{name}.pb").write_bytes(message.SerializeToString(deterministic=True))
    try:
        read_batching(folder / "bad.conf")
    except ValueError as error:
        print("refused", error)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
