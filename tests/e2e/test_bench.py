"""Every case of the benchmark runs, on little; what it measures is nobody's business here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.cases import CASES
from bench.rig import ROOT
from tests.support import corpus

# What says in the table that the case was measured. `wheels` downloads hundreds of megabytes, and `cold`
# compiles Go's library again and again.
PRINTED = {
    "warm": "buf generate",
    "languages": "warm run, all three languages",
    "unchanged": "unchanged rerun, go",
    "start": "protogen --help",
    "git": "MiB moved",
    "index": "index, cold",
    "verify": "go build",
    "memory": "MiB",
    "releases": "2 releases, three languages",
    "growth": "40 protos",
    "scale": "like Envoy, python, unchanged",
    "registry": "verify",
    "kits": "700 rows in 4 parts",
}


def test_every_case_is_tried() -> None:
    assert {*PRINTED, "wheels", "cold"} == set(CASES)


def test_every_case_runs_on_little() -> None:
    if corpus.folder() is None:
        pytest.skip("NO CORPUS: set PROTOGEN_CORPUS to the folder of serving.bundle and tensorflow.bundle")
    argv = [sys.executable, "-m", "bench", *PRINTED, "-n", "1", "--small"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr
    assert [case for case, printed in PRINTED.items() if printed not in done.stdout] == []


def test_a_case_that_is_not_there_is_named() -> None:
    argv = [sys.executable, "-m", "bench", "wram"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no case 'wram'" in done.stderr
