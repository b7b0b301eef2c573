"""Programs in TypeScript that use an npm package with its kit."""

from __future__ import annotations

import shutil
from pathlib import Path

from filelock import FileLock

from tests.e2e import npm

PACKAGE = "tensorflow-serving-client"
# What the package asks for, and all that there is.
LIBRARIES = {
    "oldest": {"@bufbuild/protobuf": "2.5.0", "@grpc/grpc-js": "1.13.0"},
    "newest": {"@bufbuild/protobuf": "^2.5.0", "@grpc/grpc-js": "^1.14.0"},
}


def program(name: str, text: str, package: Path, libraries: str, shared: Path, *, kind: str = "m") -> Path:
    """A program, compiled once. kind: `m` for a module of ECMAScript, `c` for one of CommonJS.

    The libraries stand in the folder around those of all releases, where Node finds them.
    """
    around = shared / f"kit-typescript-{libraries}"
    folder = around / package.parent.name
    made = folder / f"{name}.{kind}js"
    with FileLock(around.with_suffix(".lock")):
        if not (around / "node_modules").exists():
            required = {key: npm.REQUIRED[key] for key in ("typescript", "@types/node")}
            npm.project(around, {}, required | LIBRARIES[libraries])
        installed = folder / "node_modules" / PACKAGE
        if not installed.exists():
            shutil.copytree(package, installed)
        if not made.exists():
            source = made.with_suffix(f".{kind}ts")
            source.write_text(text, encoding="utf-8")
            npm.compile_strictly(folder, [source.name], around)
    return made
