"""What was meant by a name that isn't there."""

from __future__ import annotations

import pytest

from protogen.system.suggestions import nearest


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("--verison", ("--verbose", "--verify", "--version"), "--version"),
        ("Go", ("go", "java"), "go"),
        ("servng", ("tensorflow", "serving"), "serving"),
        ("zzz", ("go", "java"), ""),
        ("", ("go",), ""),
        ("go", (), ""),
    ],
)
def test_nearest(typed: str, known: tuple[str, ...], meant: str) -> None:
    assert nearest(typed, known) == meant
