from __future__ import annotations

import json
from typing import Any

import pytest

from protogen.sources.index.packages import WheelFile
from protogen.sources.index.page_formats import JSON, wheels

ADDRESS = "https://example.com/simple/demo/"
NAME = "demo-1.0-py3-none-any.whl"


def as_json(*files: Any, **changes: Any) -> bytes:
    return json.dumps({"meta": {"api-version": "1.3"}, "name": "demo", "files": files, **changes}).encode()


def file(url: str, sha256: str = "", *, yanked: bool = False) -> WheelFile:
    return WheelFile(NAME, url, sha256, yanked)


FILE = {"filename": NAME, "url": "../../files/x.whl", "hashes": {"md5": "1", "sha256": "AB"}}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (as_json(FILE), file("https://example.com/files/x.whl", "ab")),
        (as_json({**FILE, "yanked": "broken"}), file("https://example.com/files/x.whl", "ab", yanked=True)),
        (as_json({**FILE, "yanked": True}), file("https://example.com/files/x.whl", "ab", yanked=True)),
        (as_json({**FILE, "yanked": None}), file("https://example.com/files/x.whl", "ab")),
        (
            as_json({"filename": NAME, "url": "https://elsewhere.test/x.whl"}, {**FILE, "filename": "x.zip"}),
            file("https://elsewhere.test/x.whl"),
        ),
        (
            as_json(FILE, meta={"api-version": "1.99", "new": [1]}, more={}),
            file("https://example.com/files/x.whl", "ab"),
        ),
    ],
)
def test_json_names_files(page: bytes, expected: WheelFile) -> None:
    assert wheels(page, f"{JSON}; charset=utf-8", ADDRESS) == (expected,)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f'<a href="{NAME}#sha256=AB">{NAME}</a>', file(f"{ADDRESS}{NAME}", "ab")),
        (f'<A HREF="{NAME}#md5=AB"> {NAME}\n</A>', file(f"{ADDRESS}{NAME}")),
        (f'<a href="{NAME}" data-yanked>{NAME}</a>', file(f"{ADDRESS}{NAME}", yanked=True)),
        (
            f'<a data-yanked="a &gt; b" href="{NAME}?a=1&amp;b=2">{NAME}</a>',
            file(f"{ADDRESS}{NAME}?a=1&b=2", yanked=True),
        ),
        (
            f'<base href="/files/"><a href="{NAME}"><b>{NAME}</b></a>',
            file(f"https://example.com/files/{NAME}"),
        ),
        (
            f'<a name="top">{NAME}</a><a href="demo-1.0.tar.gz">x</a><a href="//e.test/{NAME}">{NAME}',
            file(f"https://e.test/{NAME}"),
        ),
        (
            f'<meta name="pypi:repository-version" content="1.4"><br><a href="{NAME}">{NAME}<a>',
            file(f"{ADDRESS}{NAME}"),
        ),
        (f'<!DOCTYPE html><p>caf\udce9<a href="{NAME}">{NAME}</a>', file(f"{ADDRESS}{NAME}")),
        (
            '<a href="demo-1.0%2Bx-py3-none-any.whl">it</a>',
            WheelFile("demo-1.0+x-py3-none-any.whl", f"{ADDRESS}demo-1.0%2Bx-py3-none-any.whl"),
        ),
    ],
)
def test_html_links_to_files(page: str, expected: WheelFile) -> None:
    assert wheels(page.encode("utf-8", "surrogateescape"), "text/html", ADDRESS) == (expected,)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (b"", JSON),
        (b"please log in", JSON),
        (b"[]", JSON),
        (b'{"files": 1}', JSON),
        (b'{"files": [{"filename": "x"}]}', JSON),
        (as_json(FILE, meta={"api-version": "2.0"}), JSON),
        (as_json({**FILE, "url": "https://[::1/x.whl"}), JSON),
        (b"[" * 100_000, JSON),
        (b'<meta name="pypi:repository-version" content="2.0">', "text/html"),
        (f'<a href="https://[::1/x.whl">{NAME}</a>'.encode(), "text/html"),
    ],
)
def test_what_is_no_project_page_is_refused(page: bytes, kind: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        wheels(page, kind, ADDRESS)


def test_html_without_links_has_no_files() -> None:
    assert wheels(b"<html>please log in", "text/html", ADDRESS) == ()
