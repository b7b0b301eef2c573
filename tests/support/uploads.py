"""A server on localhost that takes whatever it is sent, for what publishes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Upload:
    """One request. headers: by name in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Uploads:
    """Where the server is, and what it was sent. status: what it answers."""

    url: str = ""
    received: list[Upload] = field(default_factory=list)
    status: int = 201


@contextmanager
def server() -> Iterator[Uploads]:
    """The server, while it runs."""
    uploads = Uploads()

    class Handler(BaseHTTPRequestHandler):
        # The newer protocol answers curl's `Expect`, which would wait a second for that.
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            uploads.received.append(Upload(self.command, self.path, headers, body))
            self.send_response(uploads.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    uploads.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield uploads
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
