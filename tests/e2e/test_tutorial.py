"""docs/tutorial.md, followed to the letter in a clean folder: what it shows is what one sees."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
_SECONDS = 240
# A CI's log has the stages, too; and the tests' own settings are not those of a reader.
_NOT_A_READERS = ("CI", "GITHUB_", "GITLAB_", "PROTOGEN_", "PYTHONPATH", "VIRTUAL_ENV")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def shell(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euc", f"if [ -d .venv ]; then . .venv/bin/activate; fi\n{script}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


@contextmanager
def serving(script: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    argv = ["bash", "-euc", f". .venv/bin/activate\nexec {script}"]
    with subprocess.Popen(argv, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == "ready\n"
            yield
        finally:
            server.terminate()


def test_the_tutorial_can_be_followed(tmp_path: Path, cache: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "protogen").symlink_to(ROOT)
    mine = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_A_READERS)}
    environment = mine | {"PROTOGEN_CACHE_DIR": str(cache), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    install, make, install_made, serve, call, mistake = blocks("sh")
    made, answer, complaint = blocks("text")
    port = str(free_port())
    for name, program in zip(("server.py", "client.py"), blocks("python"), strict=True):
        assert f"`{name}`" in TEXT
        assert "localhost:8500" in program
        (work / name).write_text(program.replace("8500", port), encoding="utf-8")

    installed = shell(install, work, environment)
    assert installed.returncode == 0, installed.stderr
    run = shell(make, work, environment)
    assert (run.returncode, run.stderr) == (0, made)
    assert "unchanged gen/python" in shell(make, work, environment).stderr
    used = shell(install_made, work, environment)
    assert used.returncode == 0, used.stderr
    with serving(serve, work, environment):
        called = shell(call, work, environment)
    assert (called.returncode, called.stdout) == (0, answer), called.stderr
    # Which releases are nearest changes with each release.
    wrong = shell(mistake, work, environment)
    assert wrong.returncode == 3
    assert re.sub(r"\d+\.\d+\.\d+", "N", wrong.stderr) == re.sub(r"\d+\.\d+\.\d+", "N", complaint)
