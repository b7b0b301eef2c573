"""GoPlan: the decisions for one release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Invocation
    from protogen.languages.go.externals import External
    from protogen.languages.go.naming import GoPackage
    from protogen.languages.go.requirements import Requirements
    from protogen.languages.go.section import GoSection


@dataclass(frozen=True)
class GoPlan:
    """Decisions for one release.

    module: the path with `/vN`. enclosing: whether the package is part of the module around it.
    outputs: what the plugins write ▶ where it belongs. externals: protos whose Go package is another
    module's. carried: protos that popular modules carry too, by module.
    """

    section: GoSection
    module: str
    enclosing: bool
    packages: tuple[GoPackage, ...]
    invocations: tuple[Invocation, ...]
    outputs: Mapping[str, str]
    has_services: bool
    externals: tuple[External, ...] = ()
    carried: Mapping[str, Sequence[str]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def requirements(self) -> Requirements:
        """What the module requires."""
        from protogen.languages.go.requirements import Requirements

        return Requirements.of(self.section, grpc=self.has_services, externals=self.externals)
