"""Protos to a set by protoc, the set to protos by the printer, and back: what must be equal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.protos.printer import printed
from protogen.protos.printer.reading import same

WELL_KNOWN = Path(grpc_tools.__file__).with_name("_proto")


def compiled(folder: Path, protos: Mapping[str, str | bytes], *more: Path) -> bytes:
    """The self-contained set of protos, with source info. more: where else imports are looked for."""
    for path, text in protos.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode() if isinstance(text, str) else text)
    out = folder / "set.binpb"
    arguments = [f"-I{folder}", *(f"-I{each}" for each in more), "--include_imports", "--include_source_info"]
    done = subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *arguments, f"-o{out}", *protos],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr}\n{protos}"
    return out.read_bytes()


def without_source_info(content: bytes) -> bytes:
    files = FileDescriptorSet.FromString(content)
    for file in files.file:
        file.ClearField("source_code_info")
    return files.SerializeToString()


def comments(content: bytes) -> dict[tuple[str, tuple[int, ...]], list[tuple[str, str, tuple[str, ...]]]]:
    """By file and path, the comments before, behind and apart of each statement."""
    found: dict[tuple[str, tuple[int, ...]], list[tuple[str, str, tuple[str, ...]]]] = {}
    for file in FileDescriptorSet.FromString(content).file:
        for each in file.source_code_info.location:
            texts = (each.leading_comments, each.trailing_comments, tuple(each.leading_detached_comments))
            if any(texts):
                found.setdefault((file.name, tuple(each.path)), []).append(texts)
    return found


def check(original: bytes, folder: Path) -> None:
    """The set comes back, printed without its source info and with it, when with its comments."""
    for name, content in (("plain", without_source_info(original)), ("commented", original)):
        made = printed(content)
        assert made.left_out == ()
        again = compiled(folder / name, made.texts)
        assert same(original, again), made.texts
        assert name == "plain" or comments(again) == comments(original), made.texts
