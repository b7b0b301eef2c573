"""JavaPlan: the decisions for one release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.languages.base import Invocation
    from protogen.languages.java.naming import Placement
    from protogen.languages.java.section import JavaSection


@dataclass(frozen=True)
class JavaPlan:
    """Decisions for one release. prefix: the package before all others, if any."""

    section: JavaSection
    group: str
    artifact: str
    prefix: str
    placements: Mapping[str, Placement]
    patches: Mapping[str, Mapping[str, str]]
    invocations: tuple[Invocation, ...]
    has_services: bool
    remarks: tuple[str, ...] = ()
