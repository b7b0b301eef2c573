"""What a registry takes of a Python project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.python.plan import PythonPlan


def build(package: Package[PythonPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build."""
    raise NotImplementedError
