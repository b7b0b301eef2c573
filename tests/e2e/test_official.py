"""What is compiled from git equals the descriptors that the project itself publishes."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.support import official
from tests.support.command import must, protogen
from tests.support.descriptors_equal import differences

# Entry points that the official package has never published.
UNPUBLISHED = {"tensorflow_serving/apis/internal/serialized_input.proto"}


@pytest.mark.parametrize(("release", "version"), [("r2.11", "2.11.1"), ("r2.19", "2.19.1")])
def test_set_equals_the_official_descriptors(
    release: str, version: str, from_corpus: list[str], own_cache: Path, tmp_path: Path
) -> None:
    must(protogen("--version", release, "--lang", "go", *from_corpus, cwd=tmp_path, cache=own_cache))
    (entry,) = (own_cache / "v2" / "sets").glob("set-*")
    compiled = FileDescriptorSet.FromString((entry / "set.binpb").read_bytes())
    published = official.in_package("tensorflow-serving-api", version, tmp_path)
    by_name = {file.name: file for file in published.file}
    ours = {file.name for file in compiled.file if file.name.startswith("tensorflow_serving/")}
    assert ours - set(by_name) == UNPUBLISHED
    common = FileDescriptorSet(file=[file for file in compiled.file if file.name in by_name])
    official_common = FileDescriptorSet(file=[by_name[file.name] for file in common.file])
    assert len(common.file) >= 15
    assert differences(official_common, common) == []
