from __future__ import annotations

import ast
import textwrap

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from protogen.languages.python.comments import comments, docstring, documented


def file(leading: str, trailing: str = "") -> FileDescriptorProto:
    made = FileDescriptorProto(name="a.proto")
    made.source_code_info.location.add(path=[4, 0], leading_comments=leading, trailing_comments=trailing)
    made.source_code_info.location.add(path=[4, 1])
    return made


@pytest.mark.parametrize(
    ("leading", "trailing", "expected"),
    [
        (" One line.\n", "", "One line."),
        (" One.\n   Indented.\n", "", "One.\n  Indented."),
        (" One.\n\n Three.\n", " Behind.\n", "One.\n\nThree.\nBehind."),
        ("None.\n Mixed.\n", "", "None.\n Mixed."),
        ("", " Behind.\n", "Behind."),
        (" Tab\tand bell\a \n", "", "Tab\tand bell"),
    ],
)
def test_comments_lose_their_marks(leading: str, trailing: str, expected: str) -> None:
    assert comments(file(leading, trailing)) == {(4, 0): expected}


@pytest.mark.parametrize("leading", ["", "\n", "  \n \n"])
def test_empty_comments_are_none(leading: str) -> None:
    assert comments(file(leading)) == {}


def test_docstrings() -> None:
    assert docstring("", "  ") == []
    assert docstring("One.", "  ") == ['  """One."""']
    assert docstring('"One"', "") == ['""""One"', '"""']
    assert docstring("One.\n\n Two.", "  ") == ['  """One.', "", "   Two.", '  """']
    assert documented({(4, 0): "One."}, (4, 0), "") == ['"""One."""']
    assert documented({(4, 0): "One."}, (4, 1), "") == []


@given(st.text(), st.sampled_from(["", "    "]))
def test_a_docstring_holds_any_comment(text: str, indent: str) -> None:
    try:
        found = comments(file(text))
    except UnicodeEncodeError:
        return
    lines = docstring(found.get((4, 0), ""), indent)
    if lines:
        value = ast.literal_eval(textwrap.dedent("\n".join(lines)))
        expected = found[4, 0].splitlines()
        assert [line.strip() for line in value.rstrip().splitlines()] == [line.strip() for line in expected]
