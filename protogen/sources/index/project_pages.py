"""The project pages of an index: asked for in parallel, read only when needed, remembered for --offline."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from protogen.errors import SourceRefused, SourceUnreachable
from protogen.sources.index import page_formats
from protogen.sources.index.http_client import (
    HttpClient,
    host_of,
    read_body,
    user_and_password,
    without_userinfo,
)
from protogen.sources.index.packages import Package, WheelFile, package
from protogen.system import pip_settings
from protogen.system.cache import Cache, key
from protogen.system.context import Context
from protogen.system.keyring import Keyring
from protogen.system.parallel import Once
from protogen.system.pip_settings import PipSettings

if TYPE_CHECKING:
    from requests import Response


_PAGE_LIMIT = 64 * 1024 * 1024


class ProjectPage(msgspec.Struct, frozen=True):
    """The wheels of one project on one index, as kept in the cache."""

    wheels: tuple[WheelFile, ...] = ()
    etag: str = ""
    """The page's own mark, kept only where every address could be kept."""


@dataclass(frozen=True)
class ProjectPages:
    """Project pages of the indexes that pip is set to; offline, as they were when last asked for."""

    settings: PipSettings
    cache: Cache
    once: Once
    """Holds the pages that the run has read already."""
    http: HttpClient | None
    """None where they may not be asked."""

    def ask(self, names: Iterable[str]) -> None:
        """Start asking every index for each of the projects, all at the same time.

        Raises SourceRefused for an index that pip would not ask either.
        """
        if self.http is None:
            return
        if self.settings.no_index:
            raise SourceRefused(
                "pip is set to use no index",
                where="pip's settings",
                remedy="unset PIP_NO_INDEX, or run again with --source git",
            )
        for index in self.settings.indexes:
            self.http.check_index(index or _default_index())
        for name in names:
            for index in self.settings.indexes:
                self.http.threads.submit(self._page, index, name)

    def package(self, name: str) -> Package:
        """What the indexes offer of a project; the main index wins over the others.

        An index that fails is passed over where another one has the project, as pip does.
        Raises SourceUnreachable, SourceRefused, CacheDamaged.
        """
        wheels: dict[str, WheelFile] = {}
        failures = []
        for index in self.settings.indexes:
            try:
                page = self._page(index, name)
            except (SourceUnreachable, SourceRefused) as error:
                failures.append(error)
                continue
            for wheel in page.wheels:
                wheels.setdefault(wheel.name, wheel)
        if failures and not wheels:
            raise failures[0]
        return package(name, wheels.values())

    def _page(self, index: str, name: str) -> ProjectPage:
        return self.once.get(("page", index, name), lambda: self._read(index, name))

    def _read(self, index: str, name: str) -> ProjectPage:
        """The page as the index has it, which the cache then remembers for --offline."""
        place = key(f"{name}-page", without_userinfo(index) if index else "")
        content = self.cache.read("fetched", place)
        known = None if content is None else msgspec.msgpack.decode(content, type=ProjectPage)
        if self.http is None:
            if known is None:
                raise self.cache.absent("fetched", f"the versions of {name} on the index")
            return known

        def read(response: Response) -> ProjectPage:
            if response.status_code == 304:
                return known or ProjectPage()
            return _parsed(response, name) if response.status_code == 200 else ProjectPage()

        headers = {"Accept": page_formats.ACCEPT}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        page = self.http.get(page_address(index, name), read, headers)
        if page is not known:
            self.cache.put("fetched", place, msgspec.msgpack.encode(_without_secrets(page)))
        return page


@contextmanager
def open_pages(context: Context, names: Sequence[str]) -> Iterator[ProjectPages]:
    """The pages of the index that pip is set to, or of the cache; these projects are asked for at once.

    Raises what ProjectPages.ask raises.
    """
    settings = pip_settings.read(context.environ)
    with ExitStack() as stack:
        http = None
        if not context.offline:
            keyring = Keyring.of(settings, context.processes, context.environ)
            http = stack.enter_context(closing(HttpClient(settings, keyring, context.once)))
        pages = ProjectPages(settings, context.cache, context.once, http)
        pages.ask(names)
        yield pages


def page_address(index: str, name: str) -> str:
    """Where an index has the page of a project; an empty index is pip's default."""
    from packaging.utils import canonicalize_name

    return f"{(index or _default_index()).rstrip('/')}/{canonicalize_name(name)}/"


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


def _parsed(response: Response, name: str) -> ProjectPage:
    """The wheels of a page. Raises SourceRefused where it isn't a project page."""
    content = read_body(response, _PAGE_LIMIT)
    try:
        wheels = page_formats.wheels(content, response.headers.get("Content-Type", "text/html"), response.url)
    except ValueError:
        host = host_of(response.url)
        raise SourceRefused(
            f"{host} answers with something that is no project page of {name}",
            where=host,
            remedy="check the index that pip is set to, or run again with --source git",
        ) from None
    return ProjectPage(wheels, response.headers.get("ETag", ""))


def _without_secrets(page: ProjectPage) -> ProjectPage:
    """The page without addresses that hold credentials or a query."""
    kept = tuple(
        wheel
        if "?" not in wheel.url and user_and_password(wheel.url) == ("", None)
        else replace(wheel, url="")
        for wheel in page.wheels
    )
    return ProjectPage(kept, page.etag if kept == page.wheels else "")
