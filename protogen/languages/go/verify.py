"""Whether a Go module serves a consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.go.plan import GoPlan


def prove(package: Package[GoPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove."""
    raise NotImplementedError
