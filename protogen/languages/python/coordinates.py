"""What a Python package is called, and what it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.base import Coordinates

if TYPE_CHECKING:
    from protogen.languages.base import Package
    from protogen.languages.python.plan import PythonPlan


def coordinates(package: Package[PythonPlan]) -> tuple[Coordinates, ...]:
    """See Language.coordinates."""
    plan = package.plan
    required = {"protobuf": plan.section.protobuf}
    if plan.has_services:
        required["grpcio"] = plan.section.grpcio
    return (
        Coordinates("pypi", "", plan.distribution, plan.version),
        *(Coordinates("pypi", "", name, constraint=f">={floor}") for name, floor in sorted(required.items())),
    )
