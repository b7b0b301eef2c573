from __future__ import annotations

import pytest

from protogen.protos.license_files import is_license, packaged

LICENSES = """
LICENSE license License LICENCE LICENSE.txt LICENSE.md license.rst LICENSES COPYING COPYING.LESSER copying.txt
NOTICE NOTICE.txt notice.md LICENSE-APACHE LICENSE-MIT LICENSE_APACHE LICENSE-2.0.txt LICENSE.Apache-2.0
UNLICENSE MIT-LICENSE.txt LICENCE.BSD
""".split()
OTHERS = """
license.go license.proto LICENSE.py license-check.yaml license_header.txt.tmpl licensing.md NOTICED copyingx
README.md licenser notices.md LICENSE/x x/LICENSE license.json AUTHORS
""".split()


@pytest.mark.parametrize("name", LICENSES)
def test_license_files_are_known_by_name(name: str) -> None:
    assert is_license(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_no_license(name: str) -> None:
    assert not is_license(name)


@pytest.mark.parametrize(
    ("licenses", "otherwise", "expected"),
    [
        ({"api": {"LICENSE": "A"}}, "X", {"LICENSE": "A"}),
        ({"api": {"LICENSE": "A"}, "base": {"LICENSE": "A\n"}}, "", {"LICENSE": "A"}),
        ({"api": {"LICENSE": "A"}, "base": {"LICENSE": "B"}}, "", {"LICENSE": "A", "LICENSE.base": "B"}),
        ({"base": {"LICENSE": "B"}}, "X", {"LICENSE": "X", "LICENSE.base": "B"}),
        ({"base": {"LICENSE": "B"}}, "", {"LICENSE.base": "B"}),
        ({}, "", {}),
        ({"api": {"NOTICE": "N"}}, "X", {"LICENSE": "X", "NOTICE": "N"}),
        (
            {"api": {"LICENSE-MIT": "M", "LICENSE-APACHE": "A"}, "base": {"COPYING.txt": "B", "NOTICE": "N"}},
            "X",
            {"LICENSE-APACHE": "A", "LICENSE-MIT": "M", "COPYING.txt.base": "B", "NOTICE.base": "N"},
        ),
        ({"api": {"LICENSE": "A", "License": "B"}}, "", {"LICENSE": "A", "License.2": "B"}),
        (
            {"api": {"LICENSE.base": "A"}, "base": {"LICENSE": "B"}},
            "",
            {"LICENSE.base": "A", "LICENSE.base.2": "B"},
        ),
        ({"api": {"LICENSE (old) é*.txt": "A"}}, "", {"LICENSE-old-.txt": "A"}),
    ],
)
def test_packages_hold_every_license_once(
    licenses: dict[str, dict[str, str]], otherwise: str, expected: dict[str, str]
) -> None:
    assert packaged(licenses, "api", otherwise) == expected
