"""The checks that pre-commit runs are those that CI runs."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_ci_runs_every_hook_with_the_same_options() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    lines = [line.replace(" --check", "") for line in script.splitlines()]
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert len(entries) == 5
    assert [entry for entry in entries if not any(line.startswith(entry) for line in lines)] == []
