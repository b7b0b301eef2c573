"""Tools for Python packages are installed by the real pip, and only as pinned."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.errors import ToolFailed
from protogen.languages.toolchain.python import provide_modules
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import wheel

NAME = "made_up_tool-1.0-py3-none-any.whl"
METADATA = b"Metadata-Version: 2.1\nName: made-up-tool\nVersion: 1.0\n"


def tool(text: bytes) -> Offer:
    folder = "made_up_tool-1.0.dist-info"
    members = {
        "made_up_tool.py": text,
        f"{folder}/METADATA": METADATA,
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{folder}/RECORD": b"",
    }
    return Offer(NAME, wheel(members))


def test_a_file_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    right, altered = tool(b"text = 'right'\n"), tool(b"text = 'altered'\n")
    pins = tmp_path / "pins.txt"
    pins.write_text(f"made-up-tool==1.0 \\\n    --hash=sha256:{right.sha256}\n")
    index = IndexServer()
    with serving(index):
        environ = {"PATH": os.environ["PATH"], "PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": os.devnull}
        toolbox = Toolbox(Cache(tmp_path / "cache"), Processes(), {**environ, "HOME": str(tmp_path)})
        index.projects["made-up-tool"] = [altered]
        with pytest.raises(ToolFailed) as caught:
            provide_modules(toolbox, pins)
        index.projects["made-up-tool"] = [right]
        folder = provide_modules(toolbox, pins)
    assert f"the index's file of made-up-tool==1.0 isn't the pinned one: Expected sha256 {right.sha256}" in (
        caught.value.message
    )
    assert altered.sha256 in caught.value.message
    assert "the publishers' own files" in caught.value.remedy
    assert (folder / "made_up_tool.py").read_text() == "text = 'right'\n"
