"""The registry's pages for people: one of all releases, and one of each. Values in, HTML out; pure."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from protogen.registry.model import Version
from protogen.registry.pages import install
from protogen.registry.pages.catalogue import Row, Yanks, href, page_path
from protogen.registry.release import Release

if TYPE_CHECKING:
    import jinja2

PATH = "index.html"
PLACEHOLDER = "https://example.com/ADDRESS-OF-THIS-FOLDER"
"""What commands say where nobody told where the registry is served, and no script can see it."""
Files: TypeAlias = Mapping[Version, Mapping[str, str]]
"""SHA-256 by path below the registry's folder, of each version of a package."""
# So many releases of each API have commands in the list, so that a long one stays small.
_RECENT = 30
_TEMPLATES = Path(__file__).with_name("templates")
_UNREAD = {"go": (".info",), "pypi": (".metadata",), "maven": (".md5", ".sha1", ".sha256", ".sha512")}


def index(rows: Collection[Row], url: str) -> bytes:
    """The page of all releases, in their order; url: where the registry is served, if that is known."""
    packages = {(each.ecosystem, each.name) for row in rows for each in row.packages}
    return _render(
        "index",
        "",
        url,
        settings=install.settings(packages),
        languages=(languages := _languages(packages)),
        needed=[each for each in ("Java", "Rust") if each in languages],
        recipes=[
            (recipe, [_shown(row, is_recent=number < _RECENT) for number, row in enumerate(rows)])
            for recipe, rows in groupby(rows, lambda each: each.recipe)
        ],
        count=len(rows),
    )


def release(of: Release, files: Files, yanks: Yanks, url: str) -> bytes:
    """The page of a release. files: what its packages consist of."""
    path = page_path(of.recipe, of.version)
    packages = sorted(of.packages, key=lambda each: install.order(each.ecosystem, each.name))
    return _render(
        "release",
        "../" * path.count("/"),
        url,
        of=of,
        path=path,
        packages=[
            {
                "id": f"package-{number}",
                "language": install.language(each.ecosystem, each.name),
                "of": each,
                "yanked": yanks.get(each.key),
                "snippets": install.full(each, files.get(each.key, {})),
                "files": _fetched(each.ecosystem, files.get(each.key, {})),
            }
            for number, each in enumerate(packages)
        ],
        since_page=page_path(of.recipe, of.since) if of.since else "",
        diff=_diff(of),
    )


def _shown(row: Row, *, is_recent: bool) -> dict[str, Any]:
    """What the list shows of a release; how to install an older one is told by its own page."""
    packages = sorted(row.packages, key=lambda each: install.order(each.ecosystem, each.name))
    yanked = [each for each in packages if each.yanked is not None]
    return {
        "of": row,
        "languages": [install.language(each.ecosystem, each.name) for each in packages],
        "names": [each.name for each in packages],
        "commands": [
            {
                "language": install.language(each.ecosystem, each.name),
                "command": install.brief(*each.key),
                "yanked": each.yanked,
            }
            for each in (packages if is_recent else ())
        ],
        "yanked": "" if not yanked else "withdrawn" if len(yanked) == len(packages) else "partly withdrawn",
    }


def _languages(packages: Iterable[tuple[str, str]]) -> list[str]:
    in_order = sorted(packages, key=lambda each: install.order(*each))
    return list(dict.fromkeys(install.language(*each) for each in in_order))


def _fetched(ecosystem: str, files: Mapping[str, str]) -> list[tuple[str, str]]:
    """The files that people fetch, with their sums: none that only clients read."""
    unread = _UNREAD.get(ecosystem, ())
    return [(path, sha) for path, sha in sorted(files.items()) if not path.endswith(unread)]


def _diff(of: Release) -> str:
    """The command that shows all changes; empty where upstream's names aren't known."""
    names = of.since_release, of.main.release
    return shlex.join(["protogen", "diff", *names, "--recipe", of.recipe]) if all(names) else ""


def _render(name: str, root: str, url: str, **values: Any) -> bytes:
    style, script = (_text(each) for each in ("page.css", "page.js"))
    address = url or PLACEHOLDER
    text = (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            root=root,
            index=f"{root}{PATH}",
            address=address,
            filled=partial(_filled, address),
            is_known=bool(url),
            style=style,
            script=script,
            policy=_policy(style, script),
            **values,
        )
    )
    return text.encode()


def _filled(address: str, text: str) -> str:
    """A text of install.py as HTML, with the address where scripts find it."""
    # Escaped in one go: a long list has thousands.
    return escape(text).replace(install.ADDRESS, f"<var>{escape(address)}</var>")


def _policy(style: str, script: str) -> str:
    """What the page may do: nothing but its own style and script, whatever a name brought into it."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    """What a content security policy calls an inline text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["href"] = href
    return environment
