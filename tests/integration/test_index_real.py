"""Real protos wherever a package index can be reached, as it can where these tests could be installed."""

from __future__ import annotations

from tests.integration.conftest import Command


def test_a_real_release_comes_from_its_published_packages(command: Command, go_tools: list[str]) -> None:
    arguments = ("--version", "2.11.1", "--lang", "go", "--source", "index", "--format", "json", *go_tools)
    ended = command(*arguments)
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["repositories"]["serving"]["ref"] == "tensorflow-serving-api==2.11.1"
    assert release["repositories"]["tensorflow"]["ref"] == "tensorflow-cpu==2.11.1"
    files = release["languages"]["go"]["files"]
    assert len([name for name in files if name.endswith(".pb.go")]) == 51 + 3
    assert "tensorflow/tsl/protobuf/error_codes.pb.go" in files
    assert "not in this source: tensorflow_serving/apis/internal/serialized_input.proto" in ended.err
    group = command(*arguments, "--with", "config")
    assert group.code == 5
    assert "--source git" in group.err
