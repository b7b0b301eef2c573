from __future__ import annotations

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, SourceCodeInfo
from hypothesis import given
from hypothesis import strategies as st

from protogen.protos import wire
from protogen.protos.descriptors import with_legible_comments


def made(number: int, text: bytes) -> bytes:
    message = wire.field(1, b"M") + wire.field(2, wire.field(1, b"f") + wire.field(7, b"\xff"))
    content = wire.field(1, b"a.proto") + wire.field(4, message)
    info = wire.field(1, wire.field(1, b"\x04\x00") + wire.field(number, text))
    return wire.field(1, content + wire.field(9, info) + wire.field(10, 0))


def test_bytes_that_are_no_text_are_replaced_in_every_kind_of_comment() -> None:
    for number in (3, 4, 6):
        changed = with_legible_comments(made(number, b" caf\xe9 \xc3\xa9\n\x00\x1b\xef\xbb\xbf\ttab\r\n"))
        assert changed == made(number, " caf\ufffd \u00e9\n\ufffd\ufffd\ufffd\ttab\r\n".encode())


def test_other_bytes_than_comments_stay() -> None:
    assert with_legible_comments(made(1, b"\xff")) == made(1, b"\xff")
    assert wire.contents(wire.contents(wire.contents(made(3, b"x"), 1)[0], 4)[0], 2)[0].endswith(b"\xff")


@given(st.lists(st.text()), st.text(), st.text())
def test_a_set_with_legible_comments_is_what_it_was(detached: list[str], leading: str, trailing: str) -> None:
    if any(not each.isprintable() for each in (*detached, leading, trailing)):
        return
    place = SourceCodeInfo.Location(
        path=[4, 0],
        span=[1, 2, 3],
        leading_comments=leading.replace("\ufeff", ""),
        trailing_comments=trailing.replace("\ufeff", ""),
        leading_detached_comments=[each.replace("\ufeff", "") for each in detached],
    )
    files = [FileDescriptorProto(name="a.proto", source_code_info=SourceCodeInfo(location=[place]))]
    content = FileDescriptorSet(file=files).SerializeToString()
    assert with_legible_comments(content) == content
