"""The hostile protos that other tests draw are protos: protoc takes every set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hostile_protos import drawn


@pytest.mark.slow
def test_protoc_takes_every_drawn_set(tmp_path: Path) -> None:
    for number, protos in enumerate(drawn(int(os.environ.get("PROTOGEN_NAMES", "20")), editions=True)):
        root = tmp_path / str(number)
        for path, text in protos.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "grpc_tools.protoc", f"-I{root}", f"-o{os.devnull}", *protos],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{done.stderr}\n{protos}"
