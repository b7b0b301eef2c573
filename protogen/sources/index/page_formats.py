"""The two forms of a project page, JSON and HTML, read to the wheels that it names. Pure.

The specification is the simple repository API of Python's packaging guide (PEP 503, 592, 629, 691). A
library for it brings eight others, a third of what protogen takes to install.
"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec

from protogen.sources.index.packages import WheelFile

JSON = "application/vnd.pypi.simple.v1+json"
ACCEPT = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_MAJOR = "1"


class _Meta(msgspec.Struct, rename="kebab"):
    api_version: str = "1.0"


class _File(msgspec.Struct):
    filename: str
    url: str
    hashes: dict[str, str] = {}
    yanked: bool | str | None = False


class _Project(msgspec.Struct):
    files: list[_File]
    meta: _Meta = msgspec.field(default_factory=_Meta)


def wheels(content: bytes, content_type: str, address: str) -> tuple[WheelFile, ...]:
    """The wheels of a page. address: where it was read, for relative links.

    Raises ValueError where it is no project page, or of a version that nobody knows.
    """
    is_json = content_type.split(";", maxsplit=1)[0].strip() == JSON
    found = _of_json(content, address) if is_json else _of_html(content, address)
    return tuple(file for file in found if file.name.endswith(".whl"))


def _of_json(content: bytes, address: str) -> list[WheelFile]:
    try:
        project = msgspec.json.decode(content, type=_Project)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    _check_version(project.meta.api_version)
    return [
        WheelFile(
            file.filename,
            urljoin(address, file.url),
            file.hashes.get("sha256", "").lower(),
            bool(file.yanked),
        )
        for file in project.files
    ]


def _of_html(content: bytes, address: str) -> list[WheelFile]:
    links = _Links(address)
    links.feed(content.decode("utf-8", "replace"))
    links.close()
    return links.found


class _Links(HTMLParser):
    """The links of a page: their paths end in the file's name, as pip reads it; fragments are digests."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: list[WheelFile] = []
        self._base = address

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link, and note the page's base and version."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in attributes:
            url, fragment = urldefrag(urljoin(self._base, attributes["href"]))
            name = unquote(urlsplit(url).path.rpartition("/")[2])
            kind, _, digest = fragment.partition("=")
            sha256 = digest.lower() if kind == "sha256" else ""
            self.found.append(WheelFile(name, url, sha256, "data-yanked" in attributes))
        elif tag == "base" and "href" in attributes:
            self._base = urljoin(self._base, attributes["href"])
        elif tag == "meta" and attributes.get("name") == "pypi:repository-version":
            _check_version(attributes.get("content", ""))


def _check_version(version: str) -> None:
    if version.split(".", maxsplit=1)[0] != _MAJOR:
        raise ValueError(f"version {version} of the repository API")
