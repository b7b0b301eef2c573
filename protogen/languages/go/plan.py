"""GoPlan: the decisions for one release."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.languages.base import Invocation
    from protogen.languages.go.naming import GoPackage
    from protogen.languages.go.section import GoSection


@dataclass(frozen=True)
class GoPlan:
    """Decisions for one release.

    module: the path with `/vN`. enclosing: whether the package is part of the module around it.
    outputs: what the plugins write ▶ where it belongs.
    """

    section: GoSection
    module: str
    enclosing: bool
    packages: tuple[GoPackage, ...]
    invocations: tuple[Invocation, ...]
    outputs: Mapping[str, str]
    has_services: bool
    remarks: tuple[str, ...] = ()
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
