"""Which protoc it is: by the folder of its metadata, where that tells, else by the metadata."""

import importlib.metadata
from pathlib import Path

import pytest

from protogen.protos.protoc import Protoc, complaint
from protogen.system.process import Finished, Processes


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


def test_of_what_a_failed_protoc_says_its_errors_are_kept() -> None:
    log = b"W0000 00:00:1795871610.997271   32373 parser.cc:659] No syntax specified for: a.proto.\n"
    banner = b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    warning = b"a.proto:2:1: warning: Import b.proto is unused.\n"
    error = b'c.proto:3:9: Expected ";".\n'
    done = Finished(("protoc",), 1, b"", banner + log * 5000 + warning + error)
    assert complaint(done) == 'c.proto:3:9: Expected ";".'
    assert complaint(Finished(("protoc",), 1, b"", banner + warning)) == warning.decode().strip()
    fatal = b"F0000 00:00:1795871610.997271   32373 parser.cc:659] Check failed: x\n"
    assert complaint(Finished(("protoc",), 1, b"", banner + fatal)) == fatal.decode().strip()


@pytest.mark.parametrize(
    ("installed", "edition", "needed"),
    [
        ("1.62.3", "2023", "1.66.0"),
        ("1.66.0", "2023", ""),
        ("1.80.0", "2024", "1.81.0"),
        ("1.81.0rc1", "2024", ""),
        ("1.85.1", "2024", ""),
        ("1.62.3", "2099", ""),
    ],
)
def test_which_compiler_an_edition_needs(
    installed: str, edition: str, needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    protoc = Protoc(Processes())
    monkeypatch.setitem(protoc.__dict__, "version", installed)
    assert protoc.missing_for(edition) == needed
