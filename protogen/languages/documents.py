"""What every language's package says of itself: facts for templates, licenses, a call for the README."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protogen.errors import ToolFailed
from protogen.languages import sections
from protogen.languages.package import External, Installed, Request
from protogen.protos.license_files import packaged
from protogen.protos.outline import File, Method, Outline, Service
from protogen.releases.release import ResolvedRepository
from protogen.system.locations import is_url

if TYPE_CHECKING:
    import jinja2


def facts(request: Request, installed: Installed) -> dict[str, Any]:
    """What a README template may show; nothing in it depends on the machine or the time."""
    release = request.release
    tools = sorted(installed.tools.values(), key=lambda tool: tool.name)
    return {
        "recipe": request.recipe.name,
        "title": request.recipe.title,
        "release": release.name,
        "version": release.package_version,
        "source": release.source,
        "license": request.recipe.license,
        "license_files": sorted(license_files(request)),
        "repositories": [
            {"name": r.name, "place": public_place(r), "ref": r.ref, "commit": r.commit, "note": r.note}
            for r in release.repositories
        ],
        "edition": sections.edition(request.outline),
        "tools": [f"{tool.name} {tool.version}" for tool in tools],
        "missing_entry_points": list(request.missing_entry_points),
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


@dataclass(frozen=True)
class Call:
    """An RPC that takes one message and gives one."""

    file: File
    service: Service
    method: Method
    declaring: File
    """The file of the message that it takes."""
    message: str
    """That message's path in its file."""


def plain_calls(outline: Outline, protos: Collection[str], first: Collection[str] = ()) -> Iterator[Call]:
    """The RPCs that stream nothing, with all that they take in these protos; those of `first` come first."""
    for file in sorted(outline.files, key=lambda each: each.name not in first):
        for service in file.services if file.name in protos else ():
            for method in service.methods:
                declaring = outline.file_of(method.input)
                plain = not method.client_streaming and not method.server_streaming
                if plain and declaring and declaring.name in protos:
                    yield Call(file, service, method, declaring, path_in(declaring, method.input))


def path_in(file: File, name: str) -> str:
    """The path of a message in its file, by its full name."""
    return name[len(file.package) + bool(file.package) :]


def origin(request: Request, installed: Installed, externals: Iterable[External] = ()) -> dict[str, object]:
    """What went in, for the manifest: facts that are the same on every machine.

    externals: the protos that published packages serve.
    """
    release = request.release
    served = {each.proto: f"{each.package} {each.version}" for each in externals}
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
        "tools": {tool.name: tool.version for tool in installed.tools.values()},
        **({"externals": served} if served else {}),
    }


def public_place(repository: ResolvedRepository) -> str:
    """The repository's address as a package may show it: never a path of somebody's machine."""
    if not repository.url and "==" in repository.ref:
        return "the package index"
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


def render(folder: Path, facts: Mapping[str, Any], names: Iterable[str] = ()) -> dict[str, str]:
    """The templates of a folder by their paths without `.jinja`; all, or those of these names.

    Raises ToolFailed for a template that asks for what there isn't, or is none.
    """
    import jinja2

    found = names or sorted(
        path.relative_to(folder).as_posix().removesuffix(".jinja") for path in folder.rglob("*.jinja")
    )
    environment, rendered = templates(folder), {}
    for name in found:
        try:
            rendered[name] = environment.get_template(f"{name}.jinja").render(facts)
        except jinja2.TemplateError as error:
            raise ToolFailed(
                f"a template of the language can't be rendered: {error}",
                where=str(folder / f"{name}.jinja"),
                remedy="correct it, or update the distribution that it belongs to",
            ) from error
    return rendered


@lru_cache(maxsize=8)
def templates(folder: Path) -> jinja2.Environment:
    """The templates of a language, which can include those beside their folder and those of all languages.

    A name that a template asks for and doesn't get is an error.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, folder.parent, Path(__file__).with_name("templates")]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown and Go, not HTML
    )
    # Strings of TOML, too, which knows no pairs of surrogates.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return environment
