from __future__ import annotations

import os
import socket
import subprocess

import pytest


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: subprocess.run(["true"], check=False),
        lambda: os.system("true"),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.create_connection(("localhost", 9)),
    ],
)
def test_unit_tests_cannot_start_processes_or_connect(attempt: object) -> None:
    with pytest.raises(AssertionError, match="unit test"):
        attempt()  # type: ignore[operator]
