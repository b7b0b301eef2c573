"""Clients that do nothing but install tools: npm and cargo."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from protogen.errors import ToolFailed
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox, named, options
from protogen.system.files import digest
from protogen.system.scratch import disk_full, scratch

_SECONDS = 1200.0
_ASK_SECONDS = 60.0
_SHOWN_LINES = 12
# It requires something of the registry that cargo takes where none is named.
_ASKING = """\
[package]
name = "asking"
version = "0.0.0"
edition = "2021"

[dependencies]
something = "1"
"""


class Npm(Client):
    """Programs of npm packages, run by node."""

    name = "npm"
    prerequisites = (
        Prerequisite("npm", "8", title="npm", packages=dict.fromkeys(("apt-get", "dnf", "apk"), "npm")),
        Prerequisite(
            "node", "20", packages={"apt-get": "nodejs", "dnf": "nodejs", "apk": "nodejs", "brew": "node"}
        ),
    )
    registry = "npm registry"
    offline: ClassVar[Mapping[str, str]] = {"npm_config_offline": "true"}
    settings = "npm config get registry"
    _arguments = (
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--omit=dev",
        "--no-bin-links",
    )
    # Options of the user's own installations that would bend one into a folder.
    _dropped = frozenset(
        {"prefix", "global", "location", "dry_run", "omit", "include", "only", "save", "workspace"}
    )

    def command(self, tool: Tool) -> str:
        """See Client."""
        return f"npm install {tool.package}@{tool.version}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client."""
        environ = {
            key: value
            for key, value in toolbox.environ.items()
            if key.lower().removeprefix("npm_config_") not in self._dropped or "_" not in key
        }
        for tool in tools:
            own = folder / tool.name
            own.mkdir()
            asked = ["install", "--prefix", str(own), *self._arguments, f"{tool.package}@{tool.version}"]
            _run(self, tool, asked, own, toolbox, environ)
            package = own / "node_modules" / tool.package
            script = _script(package, tool.name)
            (own / tool.name).write_text(
                f'#!/bin/sh\nexec node "$(dirname "$0")/{script.relative_to(own).as_posix()}" "$@"\n'
            )
            (own / tool.name).chmod(0o755)

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> dict[str, str]:
        """See Client. Of all packages, as the registry has them."""
        listed = json.loads((folder / "node_modules" / ".package-lock.json").read_text(encoding="utf-8"))
        return {
            f"{path.rpartition('node_modules/')[2]}@{each['version']}": each["integrity"]
            for path, each in listed["packages"].items()
            if "integrity" in each
        }


class Cargo(Client):
    """Programs of crates, built on this machine."""

    name = "cargo"
    prerequisites = (
        # What the plugins of prost and tonic are built of asks for it.
        Prerequisite(
            "cargo", "1.82", title="cargo", packages=dict.fromkeys(("apt-get", "dnf", "apk"), "cargo")
        ),
        # It links what cargo compiles.
        Prerequisite("cc", packages={"apt-get": "gcc", "dnf": "gcc", "apk": "build-base"}),
    )
    registry = "crates registry"
    offline: ClassVar[Mapping[str, str]] = {"CARGO_NET_OFFLINE": "true"}
    settings = "cargo's config.toml"
    _dropped = frozenset({"CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"})

    def command(self, tool: Tool) -> str:
        """See Client."""
        return f"cargo install {tool.package}@{tool.version}"

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client. --locked: with what the crate's author built it with."""
        environ = {key: value for key, value in toolbox.environ.items() if key not in self._dropped}
        for tool in tools:
            own = folder / tool.name
            own.mkdir()
            asked = ["install", "--quiet", "--locked", "--root", str(own), "--bin", tool.name]
            _run(self, tool, [*asked, f"{tool.package}@{tool.version}"], own, toolbox, environ)
            program = own / "bin" / tool.name
            program.rename(own / tool.name)
            for path in [path for path in own.iterdir() if path.name != tool.name]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> dict[str, str]:
        """See Client. Of the crate, which holds the hashes of all that it is built of."""
        home = toolbox.environ.get("CARGO_HOME") or Path(toolbox.environ.get("HOME", "/"), ".cargo")
        crates = Path(home, "registry", "cache").glob(f"*/{tool.package}-{tool.version}.crate")
        # Several registries may have it: that of the one that was asked last.
        newest = sorted(crates, key=lambda path: path.stat().st_mtime)[-1:]
        return {f"{tool.package}@{tool.version}": digest(path.read_bytes()) for path in newest}

    def public_index(self, toolbox: Toolbox) -> str:
        """The index of the public registry, as indexes of other registries name it.

        It is where cargo looks for what a manifest requires without saying more.
        Raises ToolMissing and ToolFailed.
        """
        return toolbox.once.get("cargo's public index", partial(self._ask_index, toolbox))

    def _ask_index(self, toolbox: Toolbox) -> str:
        program = self.prerequisites[0]
        remedy = f"install cargo {program.wanted}, or leave rust out of --lang"
        path = toolbox.find(program, "it knows where crates find what they require", remedy)
        with scratch() as folder:
            (folder / "src").mkdir()
            (folder / "src" / "lib.rs").touch()
            (folder / "Cargo.toml").write_text(_ASKING)
            argv = [str(path), "metadata", "--no-deps", "--offline", "--format-version", "1"]
            done = toolbox.processes.run(argv, timeout=_ASK_SECONDS, cwd=folder, env=toolbox.environ)
        try:
            source: str = json.loads(done.stdout)["packages"][0]["dependencies"][0]["source"]
            return source.removeprefix("registry+")
        except (ValueError, LookupError, TypeError, AttributeError):
            raise ToolFailed(
                f"cargo metadata names no public registry: {done.message}", where=str(path), remedy=remedy
            ) from None


NPM, CARGO = Npm(), Cargo()


def _run(
    client: Client,
    tool: Tool,
    arguments: list[str],
    folder: Path,
    toolbox: Toolbox,
    environ: Mapping[str, str],
) -> None:
    program, given = client.prerequisites[0], options([tool])
    remedy = f"install {program.name} {program.wanted}, or give {given}"
    path = toolbox.find(program, f"{named([tool])} is installed with it", remedy)
    done = toolbox.processes.run([str(path), *arguments], timeout=_SECONDS, cwd=folder, env=environ)
    if done.returncode != 0:
        lines = "\n  ".join(done.message.splitlines()[:_SHOWN_LINES]) or f"exit code {done.returncode}"
        raise disk_full(done.message) or ToolFailed(
            f"{client.command(tool)} failed: {lines}",
            where=client.command(tool),
            remedy=f"check the network and the {client.registry} ({client.settings}), or give {given}",
        )


def _script(package: Path, name: str) -> Path:
    """The script that a package offers as a program. Raises ToolFailed."""
    try:
        offered = json.loads((package / "package.json").read_text(encoding="utf-8")).get("bin", {})
    except (OSError, ValueError):
        offered = {}
    script = offered if isinstance(offered, str) else offered.get(name, "")
    if script:
        return package / script
    raise ToolFailed(
        f"the npm package {package.name} has no program {name}",
        where=str(package.name),
        remedy=f"correct the language's tools, or give --tool {name}=PATH",
    )
