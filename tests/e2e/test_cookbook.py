"""What docs/cookbook.md offers: built against artifacts, and compared with what protoc reads."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.cookbook import builds
from tests.support.command import must, run

# The first to ask builds everything; the others wait for it.
pytestmark = pytest.mark.timeout(900)

PROTOS = {
    "models": ("ModelServerConfig", "tensorflow_serving/config/model_server_config.proto"),
    "batching": ("BatchingParameters", "tensorflow_serving/servables/tensorflow/session_bundle_config.proto"),
    "monitoring": ("MonitoringConfig", "tensorflow_serving/config/monitoring_config.proto"),
}


@pytest.fixture(scope="session")
def drivers(dist: Path, shared: Path) -> dict[str, list[str]]:
    """The command of each language's driver."""
    programs = "".join(path.read_text() for path in sorted(builds.PROGRAMS.glob("[dD]river.*")))
    inputs = [(dist / "SHA256SUMS").read_text(), programs, *builds.files().values()]
    folder = shared / f"cookbook-{hashlib.sha256(''.join(inputs).encode()).hexdigest()[:12]}"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "commands.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            commands = {}
            for language, build in builds.BUILDERS.items():
                (folder / language).mkdir(parents=True)
                commands[language] = build(dist, folder / language)
            (folder / "commands.json").write_text(json.dumps(commands))
    return dict(json.loads((folder / "commands.json").read_text()))


@pytest.mark.parametrize("language", builds.BUILDERS)
def test_configuration_files_are_read_as_the_server_reads_them(
    language: str, drivers: dict[str, list[str]], dist: Path, tmp_path: Path
) -> None:
    page, read = tmp_path / "page", tmp_path / "read"
    builds.write(page, "conf")
    (page / "bad.conf").write_text("max_batch_size { value: 1 }\nbtch_timeout_micros { value: 1 }\n")
    read.mkdir()
    refused = must(run([*drivers[language], str(page), str(read)], cwd=tmp_path)).out
    assert refused.startswith("refused ") and "bad.conf" in refused and "btch_timeout_micros" in refused
    for name in ("batching", "monitoring"):
        content = (read / f"{name}.pb").read_bytes()
        assert content and content == encoded(page, name, dist)


def test_the_list_of_models_is_one_that_the_server_reads(dist: Path, tmp_path: Path) -> None:
    builds.write(tmp_path / "page", "conf")
    assert b"half_plus_two" in encoded(tmp_path / "page", "models", dist)


def encoded(folder: Path, name: str, dist: Path) -> bytes:
    """What protoc, whose parser is the server's, makes of a file in text format."""
    message, proto = PROTOS[name]
    (protoset,) = dist.glob("*.protoset")
    argv = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={protoset}"]
    argv += [f"--encode=tensorflow.serving.{message}", proto]
    text = (folder / f"{name}.conf").read_bytes()
    return subprocess.run(argv, input=text, capture_output=True, check=True).stdout
