"""A proxy that counts what clients send through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class CountingProxy:
    """Forwards connections to a port of this machine. sent: bytes from clients so far."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("localhost", 0))
        self._lock = threading.Lock()
        self.sent = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(("localhost", self._target)) as server:
            back = threading.Thread(target=_pump, args=(server, client, lambda count: None), daemon=True)
            back.start()
            _pump(client, server, self._count)
            back.join()

    def _count(self, count: int) -> None:
        with self._lock:
            self.sent += count


def _pump(source: socket.socket, target: socket.socket, count: Callable[[int], None]) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            count(len(chunk))
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
