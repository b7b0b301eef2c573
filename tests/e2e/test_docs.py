"""The site of the docs: built strictly, its links and anchors lead somewhere, and it fetches nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
# Where an element names what a browser fetches by itself; a link is another matter.
_FETCHED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}


@dataclass
class Page(HTMLParser):
    """What a page links to and fetches, its anchors, its text outside of code, and its headings."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    prose: str = ""
    _inside: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Page:
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        return page

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if _FETCHED.get(tag, "") in given and given.get("rel") not in {"prev", "next", "canonical"}:
            self.fetched.append(given[_FETCHED[tag]])
        if tag in {"code", "pre", "script", "style"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside[-1:] == [tag]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.prose += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A proxy that isn't there stands in the way of whatever would be fetched."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://localhost:9")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page.read(path) for path in sorted(site.rglob("*.html"))}


def test_every_page_is_there(site: Path, pages: dict[Path, Page]) -> None:
    wanted = {path.stem for path in (ROOT / "docs").glob("*.md")}
    wanted |= {f"reference/{name}" for name in ("commands", "gallery", "languages", "recipe", "settings")}
    there = {str(path.relative_to(site).with_suffix("")) for path in pages}
    assert there == wanted | {"404"}


def test_every_page_can_be_reached_from_home(site: Path, pages: dict[Path, Page]) -> None:
    linked = {link.split("#")[0] for link in pages[site / "index.html"].links}
    missing = {str(path.relative_to(site)) for path in pages} - linked - {"index.html", "404.html"}
    assert not missing


def test_links_and_anchors_lead_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    checked, broken = 0, []
    for path, page in pages.items():
        for link in (*page.links, *page.fetched):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            checked += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else set()
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken
    assert checked > 500


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    elsewhere = {
        f"{path.relative_to(site)}: {address}"
        for path, page in pages.items()
        for address in page.fetched
        if urlsplit(address).scheme not in {"", "data"} or urlsplit(address).netloc
    }
    assert not elsewhere
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", path.read_text(encoding="utf-8"))
    # The theme's script would fetch this one where a page has a diagram.
    assert not any('class="mermaid"' in path.read_text(encoding="utf-8") for path in pages)


def test_markdown_is_read_as_it_was_meant(site: Path, pages: dict[Path, Page]) -> None:
    """Lists, tables and fences that a stricter reader takes for words show as their signs."""
    for path, page in pages.items():
        signs = re.findall(r"^.*(?:^ *[-*] \S|\| ?---|```|\]\(|\*\*).*$", page.prose, re.MULTILINE)
        assert not signs, f"{path.relative_to(site)}: {signs[:3]}"
        assert not re.search(r"<code>[^<]*\\\|", path.read_text(encoding="utf-8")), path


def test_made_pages_are_in_the_search(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    for words in ("PROTOGEN_GO_MODULE", "package_folders", "ArchiveRefused", "developerConnection"):
        assert words in index, words
