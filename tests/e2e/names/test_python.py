"""Each hostile set ends with a package that Python runs and mypy takes, or with what it can't have.

PROTOGEN_NAMES: how many sets are tried.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support import python_names
from tests.support.command import must, run
from tests.support.hostile_protos import drawn

COUNT = python_names.count(60)
SHARDS = 2
# Of what the compiled runtime uses, every so many are given to the pure Python one too.
PURE = 8
# So many packages does mypy take at once, in less than a gigabyte.
CHECKED = 250


@pytest.fixture(scope="session")
def mypy(shared: Path) -> Path:
    """mypy with the types of the runtimes, in an environment of its own."""
    folder = shared / "python-environments" / "names"
    python = folder / "bin" / "python"
    with FileLock(shared / "python-names.lock"):
        if not (folder / "ready").exists():
            must(run([sys.executable, "-m", "venv", "--clear", str(folder)], cwd=shared))
            wanted = ("mypy", "types-protobuf", "types-grpcio", "protobuf", "grpcio")
            must(run([str(python), "-m", "pip", "install", "-q", "--no-compile", *wanted], cwd=shared))
            (folder / "ready").touch()
    return folder / "bin" / "mypy"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_set_is_a_package_that_works_or_names_its_places(
    shard: int, mypy: Path, tmp_path: Path
) -> None:
    sets = drawn(COUNT)[shard::SHARDS]
    made, refused = python_names.packages(sets, tmp_path)
    assert len(made) + len(refused) == len(sets)
    assert len(refused) <= len(sets) // 10 + 2
    for error in refused:
        assert " can't be: of that name " in error.message or " in JSON, as " in error.message
        assert error.where.partition(":")[2].isdigit()
    wrong = python_names.used(made, tmp_path, "upb")
    wrong += python_names.used(made[::PURE], tmp_path, "python")
    assert not wrong, "\n".join(wrong[:5])
    for start in range(0, len(made), CHECKED):
        files = python_names.typed(made[start : start + CHECKED], tmp_path)
        (tmp_path / "files").write_text("\n".join(files))
        must(run([str(mypy), "--strict", "--no-incremental", "@files"], cwd=tmp_path))
