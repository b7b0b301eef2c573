"""What a Go package is called, and what it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.base import Coordinates
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Package
    from protogen.languages.go.plan import GoPlan


def coordinates(package: Package[GoPlan]) -> tuple[Coordinates, ...]:
    """See Language.coordinates."""
    plan = package.plan
    version = package_versions.go(package.request.release.package_version)
    required = plan.requirements.direct
    return (_module(plan.module, version), *(_module(path, each) for path, each in sorted(required.items())))


def _module(path: str, version: str) -> Coordinates:
    namespace, _, name = path.rpartition("/")
    return Coordinates("golang", namespace, name, version)
