"""Which protoc it is: by the folder of its metadata, where that tells, else by the metadata."""

import importlib.metadata
from pathlib import Path

import pytest

from protogen.process import Processes
from protogen.protoc import Protoc


@pytest.mark.parametrize(
    ("installed", "version"),
    [
        (["grpcio_tools-1.62.3.dist-info/METADATA"], "1.62.3"),
        (["grpcio_tools-1.62.3.dist-info/METADATA", "grpcio-1.70.0.dist-info/METADATA"], "1.62.3"),
        (["grpcio_tools-1.62.3.dist-info/METADATA", "grpcio_tools_x-1.dist-info/METADATA"], "1.62.3"),
        ([], "asked"),
        (["grpcio_tools-1.62.3.dist-info/RECORD"], "asked"),
        (["grpcio_tools-1.62.3.egg-info/PKG-INFO"], "asked"),
        (["grpcio_tools-1.62.3.dist-info/METADATA", "grpcio_tools-1.63.0.dist-info/METADATA"], "asked"),
        (["grpcio_tools-1.62.3.dist-info/METADATA", "grpcio_tools-1.63.0.egg-info/PKG-INFO"], "asked"),
        (["grpcio_tools-1.62.0rc1.dist-info/METADATA"], "asked"),
        (["grpcio_tools-1.62.0+local.dist-info/METADATA"], "asked"),
        (["grpcio_tools-1..2.dist-info/METADATA"], "asked"),
        (["grpcio_tools-.dist-info/METADATA"], "asked"),
    ],
)
def test_a_version_is_taken_from_the_folder_of_the_metadata_only_where_that_is_sure(
    installed: list[str], version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in installed:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"asked for {name}")
    protoc = Protoc(Processes())
    monkeypatch.setitem(protoc.__dict__, "package", tmp_path / "grpc_tools")

    assert protoc.version == version.replace("asked", "asked for grpcio-tools")


def test_where_the_folder_cannot_be_listed_the_metadata_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"asked for {name}")
    protoc = Protoc(Processes())
    monkeypatch.setitem(protoc.__dict__, "package", tmp_path / "packages.zip" / "grpc_tools")

    assert protoc.version == "asked for grpcio-tools"


def test_the_folder_tells_the_version_that_the_metadata_tell() -> None:
    assert Protoc(Processes()).version == importlib.metadata.version("grpcio-tools")
