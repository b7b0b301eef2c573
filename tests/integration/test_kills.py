"""Runs that are killed at seeded moments: the packages are old, new, or settled by the next run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from protogen.publish.steps import pending
from tests.integration.test_generate import tree
from tests.support import plugins, upstream

# How many kills in all; CI asks for more.
KILLS = int(os.environ.get("PROTOGEN_KILLS", "4"))
CHUNKS = 4
LANGUAGES = ("go", "python")
# Done before the signal; killed; told to stop, before or after protogen listens for it.
ENDS = {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 143, 130, 1}


@dataclass(frozen=True)
class Target:
    """A run between two releases, and where it takes place."""

    work: Path
    options: list[str]

    def argv(self, release: str, cache: Path) -> list[str]:
        return [
            *(sys.executable, "-m", "protogen", "--version", release, "--lang", ",".join(LANGUAGES), "-q"),
            *(*self.options, "--cache-dir", str(cache)),
        ]

    def start(self, release: str, cache: Path) -> subprocess.Popen[bytes]:
        environ = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TMPDIR": str(self.work / "tmp"),
        }
        return subprocess.Popen(
            self.argv(release, cache),
            cwd=self.work,
            env=environ,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def finish(self, release: str, cache: Path) -> float:
        """Run to the end, which must be a good one; its seconds."""
        before = time.monotonic()
        child = self.start(release, cache)
        _, err = child.communicate(timeout=120)
        assert child.returncode == 0, err.decode()
        return time.monotonic() - before

    def packages(self) -> dict[str, bytes]:
        return {name: content for name, (content, _) in tree(self.work / "gen").items()}

    def outs(self) -> list[Path]:
        return [self.work / "gen" / language for language in LANGUAGES]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    shop = upstream.shop(tmp_path / "upstream")
    shop.api.commit({"shop/shop.proto": None, "shop/other.proto": upstream.SHOP})
    shop.api.git("branch", "--force", "release-1.0")
    tools = plugins.tool_options(plugins.go_tools(tmp_path / "tools"))
    (tmp_path / "work" / "tmp").mkdir(parents=True)
    return Target(tmp_path / "work", [*shop.options, *tools])


def folders(folder: Path) -> list[Path]:
    """The folders in a folder of temporary files.

    A file isn't looked for: Python's own tempfile tries the folder by writing one, and a kill at that instant
    leaves it.
    """
    return [path for path in folder.iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    "chunk", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, CHUNKS))]
)
def test_a_kill_at_any_moment_leaves_old_new_or_a_journal(chunk: int, target: Target, tmp_path: Path) -> None:
    chance = random.Random(chunk)
    warm = tmp_path / "cache"
    trees = {}
    for release in ("1.0", "1.0.0"):
        target.finish(release, warm)
        trees[release] = target.packages()
    seconds = target.finish("1.0", warm)
    cold_seconds = 2 * seconds
    old, new = "1.0", "1.0.0"
    for number in range(max(1, KILLS // CHUNKS)):
        cold = chance.random() < 0.3
        cache = tmp_path / f"cold-{number}" if cold else warm
        child = target.start(new, cache)
        time.sleep(chance.random() * (cold_seconds if cold else seconds))
        child.send_signal(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        _, err = child.communicate(timeout=60)
        assert child.returncode in ENDS, err.decode()
        if not pending(target.outs()):
            assert target.packages() in (trees[old], trees[new]), "a mixture of two releases"
        target.finish(new, cache)
        assert target.packages() == trees[new]
        assert not pending(target.outs())
        assert folders(target.work / "tmp") == [], "scratch folders are left"
        assert list((cache / "tmp").iterdir()) == [], "staged entries are left"
        assert sorted(path.name for path in (target.work / "gen").iterdir()) == list(LANGUAGES)
        shutil.rmtree(tmp_path / f"cold-{number}", ignore_errors=True)
        old, new = new, old
