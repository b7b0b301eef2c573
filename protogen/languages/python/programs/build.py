"""Build a project's sdist, and the wheel from what the sdist holds. Arguments: MODULES PROJECT DIST UNPACKED.

MODULES: a folder with the build backend.
"""

from __future__ import annotations

import importlib
import os
import sys
import tarfile
from pathlib import Path


def main(modules: str, project: str, dist: str, unpacked: str) -> None:
    """Leave both files in dist."""
    sys.path.insert(0, modules)
    backend = importlib.import_module("hatchling.build")
    os.chdir(project)
    with tarfile.open(Path(dist, backend.build_sdist(dist))) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(unpacked)  # noqa: S202
    (root,) = Path(unpacked).iterdir()
    os.chdir(root)
    backend.build_wheel(dist)


if __name__ == "__main__":
    main(*sys.argv[1:])
