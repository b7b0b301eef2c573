"""The corpus: git bundles with the real protos, beside the project or at $PROTOGEN_CORPUS."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

NAMES = ("serving", "tensorflow")
RELEASES = ("r1.15", "r2.1", "r2.5", "r2.6", "r2.11", "r2.12", "r2.16", "r2.19", "master")


def folder() -> Path | None:
    """The folder of the bundles, or None."""
    given = os.environ.get("PROTOGEN_CORPUS")
    path = Path(given) if given else Path(__file__).parents[3] / "shared" / "corpus"
    return path if all((path / f"{name}.bundle").is_file() for name in NAMES) else None


def repositories(root: Path) -> dict[str, Path]:
    """Bare repositories of the corpus below root, ready for partial clones; skips without a corpus."""
    bundles = folder()
    if bundles is None:
        pytest.skip("NO CORPUS: set PROTOGEN_CORPUS to the folder of serving.bundle and tensorflow.bundle")
    return {name: mirror(bundles / f"{name}.bundle", root / f"{name}.git") for name in NAMES}


def mirror(source: Path, target: Path) -> Path:
    """A bare copy that serves filters and any object."""
    git("clone", "--quiet", "--mirror", str(source), str(target))
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        git("-C", str(target), "config", key, "true")
    return target


def git(*arguments: str, cwd: Path | None = None, date: str = "2024-01-01T00:00:00Z") -> str:
    """Run git as nobody in particular; its output. date: when commits are made."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environ |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
    }
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout
