"""A proxy that counts what clients send through it."""

from __future__ import annotations

import socket
import threading
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
                server = socket.create_connection(("localhost", self._target))
                for source, target, counts in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pump, args=(source, target, counts), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                if counts:
                    with self._lock:
                        self.sent += len(chunk)
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)
