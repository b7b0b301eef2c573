"""Whether a Maven project serves a consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.java.plan import JavaPlan


def prove(package: Package[JavaPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove."""
    raise NotImplementedError
