"""A package index on this machine: project pages, wheels, ranges, and the faults that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Fault:
    """What is answered instead, once."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Offer:
    """One wheel on a project page."""

    name: str
    content: bytes
    yanked: bool = False
    digest: str | None = None  # None: the right one; empty: none given

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest() if self.digest is None else self.digest


@dataclass
class IndexServer:
    """What the server offers; may be changed while it runs.

    ranges: all, none, not-last (none that count from the end), 416 (those are refused), wrong (other
    bytes than asked for), short (fewer), wrong tail or silly tail (of those from the end).
    files: where the files are said to be, as the start of an address; empty for this server.
    credentials: `user:password` that every request must bring.
    """

    projects: dict[str, list[Offer]] = field(default_factory=dict)
    ranges: str = "all"
    as_json: bool = True
    etags: bool = False
    credentials: str = ""
    page: bytes | None = None
    drop: int = 0
    file_query: str = ""
    files: str = ""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        user = f"{self.credentials}@" if self.credentials else ""
        return f"http://{user}127.0.0.1:{self.port}/simple/"

    def paths(self, part: str) -> list[str]:
        """The paths that were asked for and contain part."""
        return [path for path, _ in self.requests if part in path]

    def file(self, name: str) -> Offer | None:
        return next(
            (offer for offers in self.projects.values() for offer in offers if offer.name == name), None
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is part of the tests."""


@contextmanager
def serving(index: IndexServer) -> Iterator[IndexServer]:
    server = _Server(("127.0.0.1", 0), type("Bound", (_Answers,), {"index": index}))
    index.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: IndexServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        index, path = self.index, self.path.partition("?")[0]
        with index.lock:
            index.requests.append((self.path, self.headers.get("Range", "")))
            index.authorizations.append(self.headers.get("Authorization", ""))
            fault = next(
                (faults.pop(0) for part, faults in index.faults.items() if part in path and faults), None
            )
        if fault:
            self._send(fault.status, b"not now", fault.headers)
        elif index.credentials and not self._allowed():
            self._send(401, b"who are you?", {})
        elif path.startswith("/simple/"):
            self._project(path.split("/")[2])
        elif (offer := index.file(path.rpartition("/")[2])) is not None:
            self._file(offer.content)
        else:
            self._send(404, b"no such file", {})

    def _allowed(self) -> bool:
        wanted = base64.b64encode(self.index.credentials.encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    def _project(self, name: str) -> None:
        index = self.index
        if name not in index.projects:
            self._send(404, b"no such project", {})
            return
        offers = index.projects[name]
        content = index.page if index.page is not None else _page(name, offers, index)
        kind = JSON if index.as_json else "text/html"
        headers = {"Content-Type": kind}
        if index.etags:
            headers["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                self._send(304, b"", headers)
                return
        self._send(200, content, headers)

    def _file(self, content: bytes) -> None:
        index, size = self.index, len(content)
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        offered = {"Accept-Ranges": "bytes"} if index.ranges != "none" else {}
        if not wanted or index.ranges == "none" or (index.ranges == "not-last" and not wanted[1]):
            self._send(200, content, offered)
            return
        if wanted[1]:
            start, end = int(wanted[1]), min(size, int(wanted[2]) + 1)
        else:
            start, end = max(0, size - int(wanted[2])), size
            if index.ranges == "416":
                self._send(416, b"", {})
                return
        part = content[start:end]
        if index.ranges == "wrong" and wanted[1]:
            start, end = start + 1, end + 1
        if index.ranges == "wrong tail" and not wanted[1]:
            part, end = part[:-1], end - 1
        if index.ranges == "silly tail" and not wanted[1]:
            start = end + 5
        if index.ranges == "short" and wanted[1]:
            part = part[:-1]
        self._send(206, part, {**offered, "Content-Range": f"bytes {start}-{end - 1}/{size}"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        dropped = self.index.drop if "/files/" in self.path else 0
        if dropped:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(content[: len(content) - dropped])


def _page(name: str, offers: list[Offer], index: IndexServer) -> bytes:
    def address(offer: Offer) -> str:
        return f"{index.files}/files/{offer.name}{index.file_query}"

    if index.as_json:
        files = [
            {
                "filename": offer.name,
                "url": address(offer),
                "hashes": {"sha256": offer.sha256} if offer.sha256 else {},
                "yanked": "broken" if offer.yanked else False,
            }
            for offer in offers
        ]
        return json.dumps({"meta": {"api-version": "1.0"}, "name": name, "files": files}).encode()
    lines = [
        f'<a href="{html.escape(address(offer))}#sha256={offer.sha256}"'
        + (' data-yanked="broken"' if offer.yanked else "")
        + f">{offer.name}</a><br/>"
        for offer in offers
    ]
    return f"<!DOCTYPE html><html><body>{''.join(lines)}</body></html>".encode()
