from __future__ import annotations

import pytest

from protogen.cli import totals
from protogen.cli.report import Failure, Result


def test_a_release_that_failed_has_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    totals.tell([Result("a", error=Failure(5, "no", "", "")), Result("b-1", error=Failure(3, "no", "", ""))])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "2 releases: 0 done, 2 failed",
        "  a    failed (5)  -  -",
        "  b-1  failed (3)  -  -",
    ]


def test_one_release_needs_no_totals(capsys: pytest.CaptureFixture[str]) -> None:
    totals.tell([Result("a", error=Failure(5, "no", "", ""))])
    assert capsys.readouterr().err == ""
