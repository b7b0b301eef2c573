"""Digests of files as one file has them: what `sha256sum --check` reads."""

from __future__ import annotations

from collections.abc import Mapping

NAME = "SHA256SUMS"


def render(digests: Mapping[str, str]) -> bytes:
    """SHA-256 in hex by path, a line each."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def read(content: bytes) -> dict[str, str]:
    """SHA-256 in hex by path, of such a file."""
    lines = (line.partition("  ") for line in content.decode().splitlines())
    return {path: digest for digest, _, path in lines}
