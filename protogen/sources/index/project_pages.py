"""The project pages of an index: asked for in parallel, read only when needed, remembered for --offline."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import ProtogenError, SourceRefused
from protogen.sources.index import page_formats
from protogen.sources.index.http_client import HttpClient, host_of, read_body, without_userinfo
from protogen.sources.index.wheels import Package, WheelFile, package
from protogen.system import cache as caches

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from requests import Response

    from protogen.system.cache import Cache
    from protogen.system.parallel import Once
    from protogen.system.pip_settings import PipSettings


_PAGE_LIMIT = 64 * 1024 * 1024


class Listing(msgspec.Struct, frozen=True):
    """The wheels of one project on one index, as kept in the cache.

    etag: the page's own mark, kept only where every address could be kept; those that hold
    credentials or a query are left out.
    """

    wheels: tuple[WheelFile, ...] = ()
    etag: str = ""


@dataclass(frozen=True)
class _Page:
    """A project page as it came: not modified, not there, or its content."""

    status: int
    content: bytes = b""
    content_type: str = ""
    address: str = ""
    etag: str = ""


@dataclass(frozen=True)
class OnlinePages:
    """Project pages from the indexes that pip is set to. once: those that the run has read already."""

    settings: PipSettings
    http: HttpClient
    cache: Cache
    pool: ThreadPoolExecutor
    once: Once
    _asked: dict[str, list[Future[_Page]]] = field(default_factory=dict)

    def ask(self, names: Iterable[str]) -> None:
        """Start asking every index for each of the projects, all at the same time."""
        if self.settings.no_index:
            raise SourceRefused(
                "pip is set to use no index",
                where="pip's settings",
                remedy="unset PIP_NO_INDEX, or run again with --source git",
            )
        addresses = [index or _default_index() for index in self.settings.indexes]
        for address in addresses:
            self.http.check_index(address)
        for name in names:
            if self._seen(name) in self.once:
                continue
            self._asked[name] = [
                self.pool.submit(self._get, index, address, name)
                for index, address in zip(self.settings.indexes, addresses, strict=True)
            ]

    def package(self, name: str) -> Package:
        """What the indexes offer of a project; the main index wins over the others.

        An index that fails is passed over where another one has the project, as pip does.
        Raises SourceUnreachable, SourceRefused.
        """
        return self.once.get(self._seen(name), lambda: self._package(name))

    def _seen(self, name: str) -> tuple[object, ...]:
        return "page", tuple(self.settings.indexes), name

    def _package(self, name: str) -> Package:
        wheels: dict[str, WheelFile] = {}
        failures = []
        for index, asked in zip(self.settings.indexes, self._asked[name], strict=True):
            try:
                listing = self._listing(index, name, asked.result())
            except ProtogenError as error:
                failures.append(error)
                continue
            for wheel in listing.wheels:
                wheels.setdefault(wheel.name, wheel)
        if failures and not wheels:
            raise failures[0]
        return package(name, wheels.values())

    def _get(self, index: str, address: str, name: str) -> _Page:
        known = _remembered(self.cache, index, name)
        headers = {"Accept": page_formats.ACCEPT}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        return self.http.get(_project_address(address, name), _read, headers)

    def _listing(self, index: str, name: str, page: _Page) -> Listing:
        if page.status == 304:
            return _remembered(self.cache, index, name) or Listing()
        listing = Listing() if page.status != 200 else Listing(_wheels(page, name), page.etag)
        content = msgspec.msgpack.encode(_without_secrets(listing))
        self.cache.put("fetched", _key(index, name), content)
        return listing


@dataclass(frozen=True)
class RememberedPages:
    """Project pages as they were when last asked for."""

    settings: PipSettings
    cache: Cache

    def package(self, name: str) -> Package:
        """What the indexes offered of a project.

        Raises SourceUnreachable where none was ever asked, CacheDamaged.
        """
        wheels: dict[str, WheelFile] = {}
        listings = [_remembered(self.cache, index, name) for index in self.settings.indexes]
        if not any(listings):
            raise self.cache.absent("fetched", f"the versions of {name} on the index")
        for listing in listings:
            for wheel in listing.wheels if listing else ():
                wheels.setdefault(wheel.name, wheel)
        return package(name, wheels.values())


def page_address(index: str, name: str) -> str:
    """Where an index has the page of a project; an empty index is pip's default."""
    return _project_address(index or _default_index(), name)


def _default_index() -> str:
    """The index that pip asks where it is set to none, by pip's own word: installed, or Python's own copy."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return _bundled_pips_index()
    return str(PyPI.simple_url)


def _bundled_pips_index() -> str:
    import ensurepip
    from importlib.util import module_from_spec
    from zipimport import zipimporter

    for pip in Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"):
        importer = zipimporter(str(pip / "pip" / "_internal" / "models"))
        if spec := importer.find_spec("index"):
            module = module_from_spec(spec)
            importer.exec_module(module)
            return str(module.PyPI.simple_url)
    raise SourceRefused(
        "pip is set to no index, and there is no pip that knows which one is the default",
        where="pip's settings",
        remedy=f"{sys.executable} -m ensurepip, or set PIP_INDEX_URL, or run again with --source git",
    )


def _project_address(index: str, name: str) -> str:
    from packaging.utils import canonicalize_name

    return f"{index.rstrip('/')}/{canonicalize_name(name)}/"


def _read(response: Response) -> _Page:
    if response.status_code != 200:
        return _Page(response.status_code)
    return _Page(
        200,
        read_body(response, _PAGE_LIMIT),
        response.headers.get("Content-Type", "text/html"),
        response.url,
        response.headers.get("ETag", ""),
    )


def _wheels(page: _Page, name: str) -> tuple[WheelFile, ...]:
    """The wheels of a page. Raises SourceRefused where it isn't a project page."""
    try:
        return page_formats.wheels(page.content, page.content_type, page.address)
    except ValueError:
        host = host_of(page.address)
        raise SourceRefused(
            f"{host} answers with something that is no project page of {name}",
            where=host,
            remedy="check the index that pip is set to, or run again with --source git",
        ) from None


def _without_secrets(listing: Listing) -> Listing:
    kept = tuple(
        wheel if _may_keep(wheel.url) else WheelFile(wheel.name, "", wheel.sha256, wheel.yanked)
        for wheel in listing.wheels
    )
    return Listing(kept, listing.etag if kept == listing.wheels else "")


def _may_keep(url: str) -> bool:
    return "?" not in url and without_userinfo(url)[1] is None


def _remembered(cache: Cache, index: str, name: str) -> Listing | None:
    content = cache.read("fetched", _key(index, name))
    return None if content is None else msgspec.msgpack.decode(content, type=Listing)


def _key(index: str, name: str) -> str:
    return caches.key(f"{name}-page", without_userinfo(index)[0] if index else "")
