"""Where packages are built and proven, and what their tools print there when they fail."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import ToolFailed
from protogen.languages.toolchain.remedies import barred, failed
from protogen.languages.toolchain.toolbox import Client, Toolbox
from protogen.system.process import Finished
from protogen.system.scratch import disk_full

_SECONDS = 900.0
_SHOWN_LINES = 12


@dataclass(frozen=True)
class BuildDir:
    """Where a package is built and proven: an empty folder that is gone afterwards.

    If the proof fails it stays, and the error names it.
    """

    toolbox: Toolbox
    folder: Path

    def write(self, name: str, files: Mapping[str, bytes]) -> Path:
        """Write the files below a folder of that name; the folder."""
        root = self.folder / name
        root.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o644)
        return root

    def run(self, what: str, argv: Sequence[str], cwd: Path, extra: Mapping[str, str]) -> Finished:
        """Run a command in the user's environment; what: `LANGUAGE: step`, for the error.

        Raises VerificationFailed with what the command printed where it fails, ToolMissing, ToolFailed.
        """
        argv, done = self._run(argv, cwd, extra)
        if done.returncode != 0:
            printed = _printed(done)
            raise barred(printed) or failed(f"{what} failed: {_last_lines(printed)}", argv, cwd, extra)
        return done

    def fetch(self, what: str, argv: Sequence[str], cwd: Path, client: Client) -> None:
        """Run a command by which the client fetches what others published; without network, with --offline.

        Raises ToolFailed with what it printed where it fails, ToolMissing.
        """
        offline = self.toolbox.offline
        argv, done = self._run(argv, cwd, client.offline if offline else {})
        if done.returncode != 0:
            reason = " without network (--offline)" if offline else ""
            place = f"the network and the {client.registry} ({client.settings})"
            raise ToolFailed(
                f"{what} failed{reason}: {_last_lines(_printed(done))}",
                where=shlex.join(argv),
                remedy="run the same command once without --offline" if offline else f"check {place}",
            )

    def _run(self, argv: Sequence[str], cwd: Path, extra: Mapping[str, str]) -> tuple[list[str], Finished]:
        """The command as it was run, and how it ended. Raises OutputUnwritable where the disk is full."""
        given = self.toolbox.given.get(argv[0])
        argv = [str(given) if given else argv[0], *argv[1:]]
        environ = {**self.toolbox.environ, **extra}
        done = self.toolbox.processes.run(argv, timeout=_SECONDS, cwd=cwd, env=environ)
        if done.returncode != 0 and (error := disk_full(_printed(done))):
            raise error
        return argv, done


def _printed(done: Finished) -> str:
    return (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")


def _last_lines(printed: str) -> str:
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    return "\n  ".join(lines[-_SHOWN_LINES:])
