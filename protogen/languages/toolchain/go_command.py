"""The go command for building and running modules, with what this machine has set for it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ProtogenError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.toolchain.go import ask, environment, find_go, user_settings
from protogen.languages.toolchain.remedies import barred
from protogen.system.scratch import disk_full

if TYPE_CHECKING:
    from protogen.languages.toolchain.toolbox import Toolbox
    from protogen.system.process import Finished


_SECONDS = 600.0
_WORDS = 12
# Of all that go says when it can't get a module, the parts that speak of the way to it.
_UNREACHED = re.compile(
    r"dial tcp|no such host|connection re(?:fused|set)|i/o timeout|TLS handshake|proxyconnect|x509:"
    r"|module lookup disabled by GOPROXY=off|https?://\S+: 5\d\d |context deadline exceeded"
)
# What the module itself is wrong about, or this Go is too old for.
_OWN_FAULT = re.compile(r"checksum mismatch|errors parsing go\.mod")
_OLD = re.compile(r"requires go >= ([\d.]+)")
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class GoCommand:
    """The go command. version: as it says itself, `go1.2.3`. module_cache: the user's.
    proxies: GOPROXY, without the network where the toolbox is offline. settings: the user's.
    """

    toolbox: Toolbox
    path: Path
    home: Path
    version: str
    module_cache: Path
    proxies: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, toolbox: Toolbox, home: Path) -> GoCommand:
        """The machine's own. home: an existing folder, for a user that has none.

        Raises ToolMissing, ToolFailed.
        """
        path = find_go(toolbox)
        told = ask(toolbox, path, home, {"GOTOOLCHAIN": "local"})
        version, cache, proxies = (told.get(key, "") for key in ("GOVERSION", "GOMODCACHE", "GOPROXY"))
        return cls(
            toolbox,
            path,
            home,
            version,
            Path(cache),
            local_only(proxies) if toolbox.offline else proxies,
            user_settings(told),
        )

    def check_serves(self, lowest: str) -> None:
        """Raise ToolMissing where this Go is older than what a go.mod asks for."""
        wanted, own = numbers(lowest), numbers(self.version)
        if wanted and own and own < wanted:
            raise ToolMissing(
                f"{self.version} is older than go {lowest}, which go.mod asks for",
                where=str(self.path),
                remedy=f"install Go {lowest} or newer, or give it with --tool go=PATH",
            )

    def run(self, arguments: Sequence[str], *, cwd: Path, extra: Mapping[str, str]) -> Finished:
        """Run go with these variables set; how it ended is the caller's to judge."""
        environ = environment(self.toolbox.environ, str(self.home), self.settings) | dict(extra)
        return self.toolbox.processes.run(
            [str(self.path), *arguments], timeout=_SECONDS, cwd=cwd, env=environ
        )


def failure(
    step: str, done: Finished, *, cwd: Path, extra: Mapping[str, str], dependencies: bool = False
) -> ProtogenError:
    """The error that a failed run is: the package's own, unless a module or room on the disk is lacking.

    dependencies: whether the run did nothing but get other modules.
    """
    message = f"go: {step} failed: {complaint(done)}"
    if stopped := disk_full(done.words) or barred(done.words):
        return stopped
    if old := _OLD.search(done.words):
        return ToolMissing(
            message, where=step, remedy=f"install Go {old[1]} or newer, or give it with --tool go=PATH"
        )
    if _UNREACHED.search(done.words) or (dependencies and not _OWN_FAULT.search(done.words)):
        return ToolFailed(
            message,
            where=step,
            remedy="check the network and GOPROXY; with --offline, run the same command once without",
        )
    return VerificationFailed(message, where=str(cwd), remedy=repeated(done.argv, cwd=cwd, extra=extra))


def repeated(argv: Sequence[str], *, cwd: Path, extra: Mapping[str, str]) -> str:
    """The command line that does it again."""
    settings = " ".join(f"{key}={shlex.quote(value)}" for key, value in extra.items())
    return f"cd {shlex.quote(str(cwd))} && {settings} {shlex.join(argv)}"


def complaint(done: Finished) -> str:
    """The tool's own words: the first lines, which name the cause, without its progress."""
    lines = [line for line in done.words.splitlines() if not line.startswith("go: downloading")]
    return "\n  ".join(lines[:_WORDS]) or f"exit code {done.returncode}"


def local_only(proxies: str) -> str:
    """The proxies of a GOPROXY that are folders of this machine; `off` where none is."""
    return ",".join([each for each in re.split("[,|]", proxies) if each.startswith("file://")] or ["off"])


def numbers(version: str) -> tuple[int, int, int] | None:
    """The numbers of a Go version; None where it has none: `devel` builds."""
    match = _NUMBERS.search(version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
