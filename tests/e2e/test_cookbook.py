"""What docs/cookbook.md offers: built against artifacts, and judged by what others wrote."""

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
from tests.e2e.rpc import environments
from tests.e2e.rpc.servers import PROGRAMS
from tests.support.command import must, run

# The first to ask builds everything; the others wait for it.
pytestmark = pytest.mark.timeout(900)

ORACLE = builds.PROGRAMS / "oracle.py"
PROTOS = {
    "batching": ("BatchingParameters", "tensorflow_serving/servables/tensorflow/session_bundle_config.proto"),
    "monitoring": ("MonitoringConfig", "tensorflow_serving/config/monitoring_config.proto"),
}
PACKED = """\
custom_model_config {
  [type.googleapis.com/tensorflow.serving.FileSystemStoragePathSourceConfig] {
    servables { servable_name: 'm', base_path: "/models/" "m" servable_version_policy { all {} } }
    file_system_poll_wait_seconds: -0x1
  }
}
"""
# 17 rows in parts of 3; a part that fails; no rows; inputs that don't match; a scalar alone.
BATCHES = f"""\
text 17 {" ".join(f"t{number}" for number in range(17))}
x 17 2 {" ".join(map(str, range(34)))}
told 6 0 3
error INVALID_ARGUMENT part 1 fails
told {{failed}}
x 0 2
refused
refused
told 1 0 1
"""


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


@pytest.fixture(scope="session")
def oracle(shared: Path) -> list[str]:
    """The command of the oracle."""
    return [str(environments.oracle(shared)), "-W", "ignore", str(ORACLE)]


def call(command: list[str], *arguments: Path | str, cwd: Path) -> str:
    """What a command prints."""
    return must(run([*command, *map(str, arguments)], cwd=cwd)).out


def test_tensors_are_what_numpy_and_the_other_languages_read(
    drivers: dict[str, list[str]], oracle: list[str], tmp_path: Path
) -> None:
    call(oracle, "make", "given", cwd=tmp_path)
    written: list[str] = []
    for language, driver in drivers.items():
        assert not call(driver, "tensors", "given/bad", "given/good", language, cwd=tmp_path)
        written.append(language)
    for language, driver in drivers.items():
        pairs = []
        for other in drivers.keys() - {language}:
            for form in ("content", "values"):
                pairs += [f"{other}/{form}", f"{language}-{other}-{form}/{language}"]
        call(driver, "tensors", "given/bad", *pairs, cwd=tmp_path)
        written += pairs[1::2]
    assert len(written) == 15
    call(oracle, "tensors", *written, cwd=tmp_path)


@pytest.mark.parametrize("language", builds.BUILDERS)
def test_warm_up_records_are_the_official_messages(
    language: str, drivers: dict[str, list[str]], oracle: list[str], tmp_path: Path
) -> None:
    call(oracle, "make", "given", cwd=tmp_path)
    call(drivers[language], "warmup", "given/requests", "model/1", cwd=tmp_path)
    file = tmp_path / "model" / "1" / "assets.extra" / "tf_serving_warmup_requests"
    call(oracle, "warmup", file, "given/requests", cwd=tmp_path)


@pytest.mark.parametrize("language", builds.BUILDERS)
def test_configuration_files_are_read_as_the_server_reads_them(
    language: str, drivers: dict[str, list[str]], oracle: list[str], dist: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / "page", tmp_path / "packed"]
    for folder in folders:
        builds.write(folder, "conf")
        (folder / "bad.conf").write_text('model_config_list {\n  config { nme: "x" }\n}\n')
        (folder / "read").mkdir()
    (tmp_path / "packed" / "models.conf").write_text(PACKED)
    pairs = [folder / name for folder in folders for name in ("models.conf", "official.pb")]
    call(oracle, "models", *pairs, cwd=tmp_path)
    for folder in folders:
        refused = call(drivers[language], "conf", folder, folder / "read", cwd=tmp_path)
        assert refused.startswith("refused ") and "bad.conf" in refused and "nme" in refused
        read = (folder / "read" / "models.pb").read_bytes()
        assert len(read) > 40 and read == (folder / "official.pb").read_bytes()
    for name, (message, proto) in PROTOS.items():
        read = (tmp_path / "page" / "read" / f"{name}.pb").read_bytes()
        assert read and read == encoded(tmp_path / "page" / f"{name}.conf", message, proto, dist)


def encoded(file: Path, message: str, proto: str, dist: Path) -> bytes:
    """What protoc, whose parser is the server's, makes of a file in text format."""
    (protoset,) = dist.glob("*.protoset")
    argv = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={protoset}"]
    argv += [f"--encode=tensorflow.serving.{message}", proto]
    return subprocess.run(argv, input=file.read_bytes(), capture_output=True, check=True).stdout


@pytest.mark.parametrize("language", builds.BUILDERS)
def test_a_batch_goes_in_parts_and_comes_back_whole(
    language: str, drivers: dict[str, list[str]], shared: Path, tmp_path: Path
) -> None:
    argv = [str(environments.official(shared)), "-W", "ignore", str(PROGRAMS / "batch_server.py")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            place = f"localhost:{int(server.stdout.readline())}"
            told = call(drivers[language], "batches", place, cwd=tmp_path)
        finally:
            server.kill()
    # A thread may have begun the next part when the failure came, and that is cancelled too.
    assert told in {BATCHES.format(failed=failed) for failed in ("3 2 3", "4 3 3")}
