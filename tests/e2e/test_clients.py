"""The real npm installs a tool, where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from protogen.languages.toolchain.clients import NPM
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes


@pytest.mark.skipif(not shutil.which("npm"), reason="there is no npm")
def test_npm_installs_a_package_that_node_runs(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "package.json").write_text(
        json.dumps({"name": "made-up-gen", "version": "1.2.3", "bin": {"gen": "gen.js"}})
    )
    (package / "gen.js").write_text('#!/usr/bin/env node\nconsole.log("made up")\n')
    packed = subprocess.run(["npm", "pack", "--silent"], cwd=package, capture_output=True, check=True)
    asked = Tool("gen", f"file:{package / packed.stdout.decode().strip()}", NPM, "made-up-gen")
    box = Toolbox(Cache(tmp_path / "cache"), Processes(), {**os.environ, "npm_config_offline": "true"})
    path = box.install([asked])["gen"].path
    assert subprocess.run([path], capture_output=True, check=True).stdout == b"made up\n"
