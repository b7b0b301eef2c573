"""JavaPlan: the decisions for one release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.languages.java.pom import Pom

if TYPE_CHECKING:
    from protogen.languages.base import Invocation
    from protogen.languages.java.placement import Placement
    from protogen.languages.java.section import JavaSection


@dataclass(frozen=True)
class JavaPlan:
    """Decisions for one release. prefix: the package before all others, if any. pom: what the user adds.

    placeholder: nobody chose the group. held_twice: protos whose classes a jar that the package requires
    holds too.
    """

    section: JavaSection
    group: str
    artifact: str
    prefix: str
    placements: Mapping[str, Placement]
    patches: Mapping[str, Mapping[str, str]]
    invocations: tuple[Invocation, ...]
    has_services: bool
    pom: Pom = field(default_factory=Pom)
    placeholder: bool = False
    remarks: tuple[str, ...] = ()
    held_twice: tuple[str, ...] = ()
