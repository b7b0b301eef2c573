"""Descriptors are read from generated Go and Java as those languages read them."""

from __future__ import annotations

from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from tests.sweep.registered import of_go, of_java


def proto(name: str) -> FileDescriptorProto:
    made = FileDescriptorProto(name=name, package="shop")
    # A quote, a backslash, a line end, and bytes beyond ASCII that digits follow.
    made.message_type.add(name="M").field.add(name="f", default_value="\"\\\n\t'ü7€")
    return made


def escaped(content: bytes) -> str:
    """As protoc prints bytes in a Java literal."""
    plain = {9: "\\t", 10: "\\n", 34: '\\"', 39: "\\'", 92: "\\\\"}
    return "".join(
        plain.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in content
    )


def test_go_files_give_their_raw_descriptors(tmp_path: Path) -> None:
    for name in ("shop/a.proto", "google/protobuf/any.proto"):
        numbers = ", ".join(f"0x{byte:02x}" for byte in proto(name).SerializeToString())
        text = f"var file_{len(name)}_rawDesc = []byte{{\n\t{numbers},\n}}\n\nvar (\n\tx = 0x01\n)\n"
        (tmp_path / f"{len(name)}.pb.go").write_text(text)
    (tmp_path / "a_grpc.pb.go").write_text("package shop\n")
    assert list(of_go(tmp_path).file) == [proto("shop/a.proto")]


def test_java_files_give_their_descriptor_literals(tmp_path: Path) -> None:
    content = proto("shop/a.proto").SerializeToString()
    lines = '" +\n      "'.join(escaped(content[start : start + 7]) for start in range(0, len(content), 7))
    text = f'  static {{\n    java.lang.String[] descriptorData = {{\n      "{lines}"\n    }};\n    "x";\n'
    (tmp_path / "A.java").write_text(text)
    (tmp_path / "Message.java").write_text("final class Message {}\n")
    assert list(of_java(tmp_path).file) == [proto("shop/a.proto")]
