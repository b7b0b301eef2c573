"""What every language's package says of itself: facts for README templates, and licenses."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.languages import editions
from protogen.protos.license_files import packaged
from protogen.system.locations import is_url

if TYPE_CHECKING:
    import jinja2

    from protogen.languages.base import Provided, Request
    from protogen.releases.release import ResolvedRepository


def facts(request: Request, provided: Provided) -> dict[str, Any]:
    """What a README template may show; nothing in it depends on the machine or the time."""
    release = request.release
    tools = sorted(provided.tools.values(), key=lambda tool: tool.name)
    return {
        "recipe": request.recipe.name,
        "title": request.recipe.title,
        "release": release.name,
        "version": release.package_version,
        "source": release.source,
        "repositories": [
            {"name": r.name, "place": public_place(r), "ref": r.ref, "commit": r.commit, "note": r.note}
            for r in release.repositories
        ],
        "edition": editions.edition(request.outline),
        "tools": [f"{tool.name} {tool.version}" for tool in tools],
        "lacking": list(request.lacking),
        "services": [
            {
                "name": f"{file.package}.{service.name}",
                "file": file.name,
                "methods": [m.name for m in service.methods],
            }
            for file in request.outline.files
            for service in file.services
            if file.name not in request.well_known
        ],
    }


def origin(request: Request, provided: Provided) -> dict[str, object]:
    """What went in, for the manifest: facts that are the same on every machine."""
    release = request.release
    return {
        "recipe": request.recipe.name,
        "recipe_sha256": request.recipe.digest,
        "version": release.name,
        "package_version": release.package_version,
        "source": release.source,
        "groups": list(request.groups),
        "repositories": {
            each.name: {"url": public_place(each), "ref": each.ref, "commit": each.commit}
            for each in release.repositories
        },
        "tools": {tool.name: tool.version for tool in provided.tools.values()},
    }


def public_place(repository: ResolvedRepository) -> str:
    """The repository's address as a package may show it: never a path of somebody's machine."""
    if not is_url(repository.url) or repository.url.startswith("file:"):
        return "a local repository"
    return repository.url


def license_files(request: Request) -> dict[str, str]:
    """The license files of the releases' repository, and those of the others whose text differs."""
    recipe = request.recipe
    return packaged(request.licenses, recipe.releases, known_license(recipe.license))


def known_license(identifier: str) -> str:
    """The text of a license that protogen carries, by SPDX identifier; empty for others."""
    package = Path(__file__).parents[1]
    for path in (package / "licenses" / f"{identifier}.txt", package.parent / "LICENSE"):
        if identifier == "Apache-2.0" and path.is_file():
            return path.read_text(encoding="utf-8")
    return ""


@lru_cache(maxsize=8)
def templates(folder: Path) -> jinja2.Environment:
    """The templates beside a language. A name that a template asks for and doesn't get is an error."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown and Go, not HTML
    )
