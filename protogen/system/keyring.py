"""The user's keyring, asked for the credentials of a package index as pip asks it.

Source: pip's user guide, the chapter on authentication, and `pip._internal.network.auth`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from protogen.errors import ToolFailed, ToolMissing

if TYPE_CHECKING:
    from protogen.system.pip_settings import PipSettings
    from protogen.system.process import Finished, Processes


_SECONDS = 60.0


def provider(settings: PipSettings, path: str) -> str:
    """Which keyring pip would use, `import`, `subprocess` or none. path: as the variable PATH.

    pip asks one that it had to find by itself only where it may ask the user as well.
    """
    if settings.keyring == "disabled" or (settings.keyring == "auto" and settings.no_input):
        return ""
    if settings.keyring in {"import", "auto"} and find_spec("keyring"):
        return "import"
    if settings.keyring in {"subprocess", "auto"} and shutil.which("keyring", path=path):
        return "subprocess"
    return ""


@dataclass(frozen=True)
class Keyring:
    """The command that asks the keyring, and how it is run."""

    command: tuple[str, ...]
    processes: Processes
    environ: Mapping[str, str]

    @classmethod
    def of(cls, settings: PipSettings, processes: Processes, environ: Mapping[str, str]) -> Keyring | None:
        """The one that pip would use; None where it would use none."""
        path = environ.get("PATH", "")
        kind = provider(settings, path)
        if kind == "import":
            return cls((sys.executable, "-I", "-m", "keyring"), processes, environ)
        program = shutil.which("keyring", path=path) if kind else None
        return cls((program,), processes, environ) if program else None

    def credentials(self, service: str, user: str) -> tuple[str, str] | None:
        """User and password that are kept for an address; user: empty for whoever it is.

        A keyring that fails has none, as for pip.
        """
        if service.startswith("-") or user.startswith("-"):
            return None
        with suppress(ToolMissing, ToolFailed):
            done = self._run(["--mode=creds", "--output=json", "get", service, *([user] if user else [])])
            if done.returncode == 0 and (found := _credentials(done.stdout)):
                return found
            # Versions before 25.2.1 give the password of a user only.
            if user and done.returncode == 2:
                done = self._run(["get", service, user])
                password = done.stdout.decode("utf-8", "replace").rstrip("\r\n")
                return (user, password) if done.returncode == 0 and password else None
        return None

    def _run(self, arguments: Sequence[str]) -> Finished:
        environ = {**self.environ, "PYTHONIOENCODING": "utf-8"}
        return self.processes.run([*self.command, *arguments], timeout=_SECONDS, env=environ)


def _credentials(printed: bytes) -> tuple[str, str] | None:
    with suppress(ValueError, KeyError, TypeError):
        answer = json.loads(printed)
        return str(answer["username"]), str(answer["password"])
    return None
