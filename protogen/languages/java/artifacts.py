"""What a registry takes of a Maven project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.java.plan import JavaPlan


def build(package: Package[JavaPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build."""
    raise NotImplementedError
