"""Projects of strangers that use TypeScript packages: what they require, how they compile."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from protogen.languages import load_language
from tests.support.command import must, run

_CONSUMER = load_language("typescript").folder / "consumer"
# A proof has the same, but for the transport that README.md shows besides.
REQUIRED: Final = dict(
    re.findall(r'"((?:@[\w-]+/)?[\w-]+)": "([~^\d][^"]*)"', (_CONSUMER / "package.json.jinja").read_text())
) | {"@grpc/grpc-js": "1.14.7"}
_COMPILER = {
    "module": "nodenext",
    "target": "es2022",
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "skipLibCheck": False,
    "types": ["node"],
}


def project(folder: Path, packages: Mapping[str, Path], required: Mapping[str, str] = REQUIRED) -> None:
    """Install packages, each from a file and under a name of the project's own, and what else it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {name: f"file:{path}" for name, path in packages.items()}
    told = {"private": True, "type": "module", "dependencies": {**required, **named}}
    (folder / "package.json").write_text(json.dumps(told))
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--no-package-lock"]
    must(run(["npm", "install", *options], cwd=folder))


def compile_strictly(
    folder: Path, files: Iterable[str], compiler: Path | None = None, /, **options: object
) -> None:
    """Have tsc write JavaScript for these files of the project.

    compiler: the project that has tsc, where it is another.
    """
    settings = {"compilerOptions": _COMPILER | options, "files": list(files)}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    tsc = (compiler or folder) / "node_modules" / "typescript" / "bin" / "tsc"
    must(run(["node", str(tsc), "--project", "."], cwd=folder))


def built_once(folder: Path, package: Path, name: str, program: Path) -> Path:
    """A program in a project of its own that requires a package; the compiled one."""
    compiled = folder / program.with_suffix(".mjs").name
    if not compiled.exists():
        project(folder, {name: package})
        shutil.copy(program, folder)
        compile_strictly(folder, [program.name])
    return compiled
