"""Cargo projects of strangers: they get crates by path, and what these require is compiled once for all."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.command import Ran, must, run

CRATE = "tensorflow-serving-client"
# As paths have it.
OWN = "tensorflow_serving_client"
# As the proof has it, so that its libraries serve too.
_PROFILE = "[profile.dev]\ndebug = false\nincremental = false\n\n[workspace]\n"


def environment(shared: Path) -> dict[str, str]:
    """For every cargo of a run."""
    return {"CARGO_TARGET_DIR": str(shared / "cargo-target"), "CARGO_BUILD_JOBS": "2"}


def unpacked(crate: Path, folder: Path) -> Path:
    """What an archive of a crate holds, below a folder."""
    with tarfile.open(crate) as packed:
        packed.extractall(folder, filter="data")
    return folder / crate.name.removesuffix(".crate")


def project(
    folder: Path, name: str, crates: Mapping[str, Path], features: str, needed: str, program: str
) -> Path:
    """A project that requires crates of one name by paths, each under a name of its own.

    features: of the crates. needed: what else it requires, as Cargo.toml has it.
    """
    lines = [
        f'{own} = {{ package = "{CRATE}", path = "{path}", features = [{features}] }}\n'
        for own, path in crates.items()
    ]
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.rs").write_text(program)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2021"\n\n'
        f"[dependencies]\n{''.join(lines)}{needed}\n{_PROFILE}"
    )
    return folder


def cargo(shared: Path, folder: Path, *arguments: str) -> Ran:
    """Run cargo in a folder; it has to end well."""
    return must(run(["cargo", *arguments], cwd=folder, **environment(shared)))


def forget(url: str) -> None:
    """Remove what cargo keeps of the registry that is served at an address."""
    kept = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "registry"
    for settings in kept.glob("index/*/config.json"):
        if f'"{url}/' in settings.read_text():
            for kind in ("cache", "src", "index"):
                shutil.rmtree(kept / kind / settings.parent.name, ignore_errors=True)
