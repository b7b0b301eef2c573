from __future__ import annotations

import pytest

from protogen.sources.gitrepo.pin_texts import PinText, go_module, read

C = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "as_tag", "expected"),
    [
        (C, False, PinText(C)),
        (C, True, PinText(C)),
        (f" {C} ", False, PinText(C)),
        ("v0.0.0-20260130123456-abcdef123456", False, PinText("abcdef123456", "20260130")),
        ("v1.2.4-0.20260130123456-abcdef123456", True, PinText("abcdef123456", "20260130")),
        ("v2.0.0-20260130123456-abcdef123456+incompatible", True, PinText("abcdef123456", "20260130")),
        ("0.0.0-20260130-c0fcb356", False, PinText("c0fcb356", "20260130")),
        ("0.0.0-20260130-c0fcb356.bcr.1", False, PinText("c0fcb356", "20260130")),
        ("20260130-c0fcb356", False, PinText("c0fcb356", "20260130")),
        ("c0fcb356", False, PinText("c0fcb356")),
        ("c0fcb356", True, PinText(version="c0fcb356")),
        ("1.3.0", False, PinText(version="1.3.0")),
        ("v3.2.2+incompatible", True, PinText(version="v3.2.2")),
    ],
)
def test_a_pin_is_a_commit_the_beginning_of_one_or_a_version(
    text: str, *, as_tag: bool, expected: PinText
) -> None:
    found = read(text, as_tag=as_tag)
    assert found == expected
    assert found.is_short == (bool(found.commit) and found.commit != C)


MOD = """\
module example.com/api

go 1.21

require example.com/single v1.0.0 // indirect

require (
	example.com/base v1.3.0
	example.com/moved v1.0.0
	example.com/local v1.1.0
)

exclude example.com/gone v1.0.0

replace example.com/moved v1.0.0 => example.com/fork v0.0.0-20260130123456-abcdef123456

replace (
	example.com/local => ../local
)
"""


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("example.com/base", "v1.3.0"),
        ("example.com/single", "v1.0.0"),
        ("example.com/moved", "v0.0.0-20260130123456-abcdef123456"),
        ("example.com/local", "v1.1.0"),
        ("example.com/gone", ""),
        ("example.com/bas", ""),
    ],
)
def test_a_go_mod_says_the_version_of_a_module(module: str, version: str) -> None:
    assert go_module(MOD, module) == version
