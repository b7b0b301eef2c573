"""Programs in Rust that use a crate with its kit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from tests.e2e import crates

# What the crate asks for, in an order in which each can be had; tokio-util so that tokio can.
OLDEST = (
    "tonic-prost@0.14.2",
    "tonic@0.14.2",
    "prost-types@0.14.1",
    "prost@0.14.1",
    "tokio-util@0.7.13",
    "tokio@1.44.0",
)
# What else programs need.
NEEDED = """\
prost = "0.14"
serde_json = { version = "1", features = ["float_roundtrip"] }
tokio = { version = "1", features = ["io-util", "macros", "net", "rt-multi-thread", "time"] }
tonic = { version = "0.14", default-features = false }
"""
FEATURES = '"client", "fake", "tls"'


def programs(texts: Mapping[str, str], package: Path, libraries: str, shared: Path) -> Path:
    """The folder of programs that use a crate, built once without a warning."""
    name = f"kit-rust-{package.parent.name}-{libraries}-{'-'.join(texts)}".replace(".", "_")
    folder = shared / name
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            crates.project(folder, name, {crates.OWN: package}, FEATURES, NEEDED, "fn main() {}\n")
            for program, text in texts.items():
                (folder / "src" / "bin" / f"{program}.rs").parent.mkdir(exist_ok=True)
                (folder / "src" / "bin" / f"{program}.rs").write_text(text, encoding="utf-8")
            (folder / "src" / "main.rs").unlink()
            if libraries == "oldest":
                for each in OLDEST:
                    crate, _, version = each.partition("@")
                    crates.cargo(shared, folder, "update", "--quiet", "--precise", version, crate)
            assert not crates.cargo(shared, folder, "build", "--quiet").err
            built = shared / "cargo-target" / "debug"
            for program in texts:
                shutil.copy(built / program, folder / program)
            (folder / "done").touch()
    return folder
