from __future__ import annotations

import re

import pytest
import yaml

from protogen.analysis.draft.pins import find_pins

COMMIT = "0123456789abcdef" * 2 + "01234567"
URL = "https://git.example/acme/types"


@pytest.mark.parametrize(
    ("submodules", "files", "expected"),
    [
        (["third_party/types"], {}, {"submodule": "third_party/types"}),
        (["third_party/other"], {}, None),
        (
            [],
            {"go.mod": "require (\n\tgit.example/acme/types/v2 v2.1.0\n)\n"},
            {"file": "go.mod", "module": "git.example/acme/types/v2", "as": "tag"},
        ),
        (
            [],
            {"go.mod": "require git.example/acme/types v0.0.0-20240101000000-0123456789ab\n"},
            {"file": "go.mod", "module": "git.example/acme/types"},
        ),
        ([], {"go.mod": "require git.example/acme/typesetting v1.0.0\n"}, None),
        ([], {"WORKSPACE": f'urls = ["{URL}/archive/{COMMIT}.tar.gz"]'}, {"file": "WORKSPACE"}),
        ([], {"WORKSPACE": f'strip_prefix = "types-{COMMIT}"'}, {"file": "WORKSPACE"}),
        ([], {"WORKSPACE": f'remote = "{URL}",\n commit = "{COMMIT}"'}, {"file": "WORKSPACE"}),
        (
            [],
            {"MODULE.bazel": 'bazel_dep(name = "types", version = "0.0.0-20260130-c0fcb356")'},
            {"file": "MODULE.bazel"},
        ),
        ([], {"MODULE.bazel": 'bazel_dep(name = "types", version = "1.2.0")'}, None),
    ],
)
def test_pins_are_seen(submodules: list[str], files: dict[str, str], expected: dict[str, str] | None) -> None:
    found = [yaml.safe_load(each) for each in find_pins("base", URL + ".git", "api", submodules, files)]
    if expected is None:
        assert found == []
        return
    (pin,) = found
    if pattern := pin.pop("pattern", ""):
        seen = re.search(pattern, files[pin["file"]])
        assert seen is not None
        assert seen[1] in (COMMIT, "0.0.0-20260130-c0fcb356")
    assert pin == {"repository": "api", **expected}
