"""What is compiled from git equals the descriptors that the project itself publishes."""

from __future__ import annotations

import ast
import sys
import zipfile
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError

from tests.support.command import must, protogen, run
from tests.support.descriptors_equal import differences

# Entry points that the official package has never published.
UNPUBLISHED = {"tensorflow_serving/apis/internal/serialized_input.proto"}


def descriptor_in(module: bytes, name: str) -> FileDescriptorProto:
    """The literal that is a descriptor of that name; older modules write it as text."""
    for node in ast.walk(ast.parse(module)):
        value = node.value if isinstance(node, ast.Constant) else None
        try:
            content = value.encode("latin1") if isinstance(value, str) else value
            if isinstance(content, bytes) and FileDescriptorProto.FromString(content).name == name:
                return FileDescriptorProto.FromString(content)
        except (DecodeError, UnicodeEncodeError):
            continue
    raise AssertionError(f"no descriptor of {name}")


def official(version: str, folder: Path) -> FileDescriptorSet:
    """The descriptors in the official wheel, read by this test's own few lines."""
    argv = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    must(run([*argv, f"tensorflow-serving-api=={version}"], cwd=folder))
    (wheel,) = folder.glob("*.whl")
    found = FileDescriptorSet()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("_pb2.py"):
                found.file.append(descriptor_in(archive.read(name), name.replace("_pb2.py", ".proto")))
    return found


@pytest.mark.parametrize(("release", "version"), [("r2.11", "2.11.1"), ("r2.19", "2.19.1")])
def test_set_equals_the_official_descriptors(
    release: str, version: str, from_corpus: list[str], own_cache: Path, tmp_path: Path
) -> None:
    must(protogen("--version", release, "--lang", "go", *from_corpus, cwd=tmp_path, cache=own_cache))
    (entry,) = (own_cache / "sets").iterdir()
    compiled = FileDescriptorSet.FromString((entry / "set.binpb").read_bytes())
    published = official(version, tmp_path)
    by_name = {file.name: file for file in published.file}
    ours = {file.name for file in compiled.file if file.name.startswith("tensorflow_serving/")}
    assert ours - set(by_name) == UNPUBLISHED
    common = FileDescriptorSet(file=[file for file in compiled.file if file.name in by_name])
    official_common = FileDescriptorSet(file=[by_name[file.name] for file in common.file])
    assert len(common.file) >= 15
    assert differences(official_common, common) == []
