"""PythonPlan: the decisions for one release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from protogen.languages.base import Invocation
    from protogen.languages.python.section import PythonSection


class PythonPlan(msgspec.Struct, frozen=True):
    """Decisions for one release.

    package: the import package. distribution: its name on an index. version: by PEP 440.
    modules: proto ▶ module of its messages, below the import package. exports: what the root
    offers ▶ the module that has it.
    """

    section: PythonSection
    package: str
    distribution: str
    version: str
    modules: Mapping[str, str]
    exports: Mapping[str, str]
    has_services: bool
    remarks: tuple[str, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    patches: Mapping[str, Mapping[str, str]] = {}
