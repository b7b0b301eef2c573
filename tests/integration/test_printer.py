"""protoc reads what the printer prints back to equal descriptors, and to equal comments."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.protos.printer import completed, printed
from protogen.protos.printer.reading import same
from tests.support.commented import with_comments
from tests.support.edition_protos import PROTOS
from tests.support.hostile_protos import drawn
from tests.support.printed_protos import SETS

EVERYTHING = {path: text for protos in (*SETS.values(), PROTOS["2024"]) for path, text in protos.items()}
WELL_KNOWN = Path(grpc_tools.__file__).with_name("_proto")
DRAWN = int(os.environ.get("PROTOGEN_PRINTED", "20"))


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


def check(protos: Mapping[str, str], folder: Path) -> None:
    original = compiled(folder / "original", protos, WELL_KNOWN)
    for name, content in (("plain", without_source_info(original)), ("commented", original)):
        made = printed(content)
        assert made.left_out == ()
        again = compiled(folder / name, made.texts)
        assert same(original, again), made.texts
        assert name == "plain" or comments(again) == comments(original), made.texts


def test_all_that_the_language_of_protos_has_comes_back(tmp_path: Path) -> None:
    check(EVERYTHING, tmp_path)


def test_files_that_have_a_text_keep_it_and_others_are_printed(tmp_path: Path) -> None:
    content = compiled(tmp_path, SETS["proto2"])
    found = completed({"odd/other.proto": b"as it was", "not/in/the/set.proto": b""}, content)
    assert found.texts.keys() == SETS["proto2"].keys()
    assert found.texts["odd/other.proto"] == b"as it was"
    assert b"message Two {" in found.texts["odd/two.proto"]


@pytest.mark.slow
def test_what_is_drawn_comes_back(tmp_path: Path) -> None:
    chance = random.Random(0)
    for number, protos in enumerate(drawn(DRAWN, editions=True)):
        commented = {path: with_comments(text, chance) for path, text in protos.items()}
        check(commented, tmp_path / str(number))
