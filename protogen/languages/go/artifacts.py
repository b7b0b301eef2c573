"""What a registry takes of a Go module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.go.plan import GoPlan


def build(package: Package[GoPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build."""
    raise NotImplementedError
