"""Unit tests start no process and touch no network."""

from __future__ import annotations

import os
import socket
import subprocess
from typing import Any, NoReturn

import pytest


@pytest.fixture(autouse=True)
def nothing_leaves_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a unit test may start no process and open no connection")

    for module, names in (
        (subprocess, ("Popen",)),
        (os, ("fork", "forkpty", "posix_spawn", "posix_spawnp", "execv", "execve", "system")),
        (socket.socket, ("connect", "connect_ex", "sendto")),
        (socket, ("create_connection", "getaddrinfo")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, refuse)
