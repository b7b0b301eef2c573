"""What a registry takes of a Go module: the files of a module proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.errors import UsageError, VerificationFailed
from protogen.languages import documents
from protogen.languages.base import Artifacts
from protogen.languages.go import proxy_layout
from protogen.publish.manifest import render_manifest
from protogen.publish.tree import MANIFEST
from protogen.releases import package_versions
from protogen.system.cache import digest

if TYPE_CHECKING:
    from protogen.languages.base import Package, Workshop
    from protogen.languages.go.plan import GoPlan

PROXY = "proxy"
"""The folder of a workshop that holds the built files in the layout of a proxy."""


def build(package: Package[GoPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build."""
    if package.plan.enclosing:
        if complete:
            raise UsageError(
                "a Go package in the module around it is published with that module, not on its own",
                where="--go-module . --artifacts",
                remedy="leave out --artifacts, or give --go-module PATH for a module of its own",
            )
        return Artifacts({})
    typed = package.request.release.package_version
    files = published_files(package)
    if problem := proxy_layout.too_large(files):
        raise VerificationFailed(
            f"{package.plan.module} can't be a Go module: {problem}",
            where=package.plan.module,
            remedy="take entry points out of the recipe, or leave out a --with GROUP",
        )
    root = shop.folder / PROXY
    built = {}
    for path, content in proxy_layout.layout(package.plan.module, package_versions.go(typed), files).items():
        built[path] = root / path
        built[path].parent.mkdir(parents=True, exist_ok=True)
        built[path].write_bytes(content)
    refusal = package_versions.refusal("go", typed)
    return Artifacts(built, (refusal,) if refusal else ())


def published_files(package: Package[GoPlan]) -> dict[str, bytes]:
    """What the output folder holds: the module has the same checksum through git as through a proxy."""
    origin = documents.origin(package.request, package.provided)
    hashes = {path: digest(content) for path, content in package.files.items()}
    return {**package.files, MANIFEST: render_manifest(hashes, origin)}
