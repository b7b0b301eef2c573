"""What a registry takes of a Python project: its sdist, and the wheel that is built from it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import VerificationFailed
from protogen.languages.base import Artifacts
from protogen.languages.toolchain.python import complaint, isolated, provide_modules, run_isolated
from protogen.languages.toolchain.remedies import barred

if TYPE_CHECKING:
    from protogen.languages.base import Package, Workshop
    from protogen.languages.python.plan import PythonPlan


# hatchling, twine and pip with all that these need, each file by its hash: installed without resolving
# anything, so that the same protogen writes the same bytes tomorrow. Made by tools/refresh_pins.py.
TOOLS = Path(__file__).with_name("tools.txt")
PROGRAMS = Path(__file__).with_name("programs")
# The first moment that a zip can express.
_DATE = {"SOURCE_DATE_EPOCH": "315532800"}
# The backend takes the ignore file of a work tree around into the sdist; it looks no further than these.
_BORDERS = (".git", ".hg")


def build(package: Package[PythonPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build. Both files are always built, because the wheel shows that the sdist is whole."""
    modules = provide_modules(shop.toolbox, TOOLS)
    project, dist, unpacked = (shop.folder / name for name in ("project", "dist", "unpacked"))
    _lay_out(package.files, project)
    dist.mkdir()
    unpacked.mkdir()
    arguments = [str(path) for path in (modules, project, dist, unpacked)]
    run_step("building the sdist and the wheel", [*isolated(PROGRAMS / "build.py"), *arguments], shop, _DATE)
    return Artifacts({path.name: path for path in sorted(dist.iterdir())})


def run_step(step: str, argv: Sequence[str], shop: Workshop, extra: Mapping[str, str] | None = None) -> None:
    """Run a command in the workshop; it needs no network, and gets no settings for one.

    Raises VerificationFailed with its own words where it fails, ToolMissing, ToolFailed.
    """
    done = run_isolated(shop.toolbox, argv, shop.folder, extra or {})
    if done.returncode != 0:
        # twine and `pip check` print what they find, pip and the backend what went wrong.
        words = replace(done, stderr=done.stdout + b"\n" + done.stderr).words
        variables = [f"{name}={value}" for name, value in (extra or {}).items()]
        raise barred(words) or VerificationFailed(
            f"python: {step} failed: {complaint(words)}",
            where=str(shop.folder),
            remedy=f"cd {shlex.quote(str(shop.folder))} && {shlex.join([*variables, *argv])}",
        )


def _lay_out(files: Mapping[str, bytes], project: Path) -> None:
    for name in _BORDERS:
        (project / name).mkdir(parents=True)
    for path, content in files.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o644)
