"""A git server on this machine that speaks HTTP, and has the faults that a test asks for."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.corpus import git

Answer = Callable[["_Answers"], bool]


@dataclass
class GitServer:
    """faults: by a part of the path, functions that are called instead, once each, and return
    whether the request is answered thereby. requests: method and path of each. credentials:
    `user:password` that a request must bring; authorizations: what each brought. waiting: called
    while a request waits. The server also is a proxy to itself, and serves files of a root without git."""

    root: Path
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    credentials: str = ""
    authorizations: list[str] = field(default_factory=list)
    waiting: Callable[[], None] = lambda: None
    dumb: bool = False
    port: int = 0
    backend: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str, credentials: str = "") -> str:
        return f"http://{credentials}127.0.0.1:{self.port}/{path}"


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serves the repositories below root."""
    server = GitServer(root, backend=str(Path(git("--exec-path").strip(), "git-http-backend")))
    http = _Server(("127.0.0.1", 0), type("Bound", (_Answers,), {"git": server}))
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()
        thread.join()


def status(code: int) -> Answer:
    def answer(request: _Answers) -> bool:
        request.send_error(code)
        return True

    return answer


def hang(request: _Answers) -> bool:
    request.git.over.wait(120)
    return True


def redirect(url: str) -> Answer:
    """An answer that sends the request on, to the same path at another server."""

    def answer(request: _Answers) -> bool:
        request.reply(b"", {"Location": url + request.path}, 302)
        return True

    return answer


def reset(request: _Answers) -> bool:
    request.close_connection = True
    return True


def garbage(request: _Answers) -> bool:
    request.reply(
        b"HTTP nonsense \x1b[31m\x00" * 500, {"Content-Type": "application/x-git-upload-pack-result"}
    )
    return True


def half(request: _Answers) -> bool:
    request.forward(fraction=0.5)
    return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is part of the tests."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    git: GitServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.act()

    def do_POST(self) -> None:
        self.act()

    def act(self) -> None:
        with self.git.lock:
            self.git.requests.append(f"{self.command} {self.path}")
            fault = next(
                (some.pop(0) for part, some in self.git.faults.items() if part in self.path and some), None
            )
            self.git.authorizations.append(self.headers.get("Authorization", ""))
        self.git.waiting()
        if fault and fault(self):
            return
        if self.git.credentials and not self.is_allowed():
            self.reply(b"who are you?", {"WWW-Authenticate": 'Basic realm="git"'}, 401)
        elif self.git.dumb:
            self.send_file()
        else:
            self.forward()

    def is_allowed(self) -> bool:
        wanted = base64.b64encode(self.git.credentials.encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def send_file(self) -> None:
        file = self.git.root / self.local_path().lstrip("/")
        if file.is_file():
            self.reply(file.read_bytes(), {"Content-Type": "text/plain"})
        else:
            self.reply(b"no such file", {}, 404)

    def local_path(self) -> str:
        """The path; of a request to a proxy, which has a whole URL, as well."""
        return urlsplit(self.path).path

    def forward(self, fraction: float = 1.0) -> None:
        path, query = self.local_path(), self.path.partition("?")[2]
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.git.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        done = subprocess.run([self.git.backend], input=body, env=environ, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        code = int(headers.pop("Status", "200").split()[0])
        self.reply(content, headers, code, fraction)

    def reply(self, content: bytes, headers: dict[str, str], code: int = 200, fraction: float = 1.0) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: int(len(content) * fraction)])
        if fraction < 1:
            self.close_connection = True
            time.sleep(0.05)
