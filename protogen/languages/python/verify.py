"""Whether a Python project serves a consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.python.plan import PythonPlan


def prove(package: Package[PythonPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove."""
    raise NotImplementedError
