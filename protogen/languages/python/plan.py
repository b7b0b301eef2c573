"""PythonPlan: the decisions for one release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.base import Invocation
    from protogen.languages.python.renaming import Renamings
    from protogen.languages.python.section import PythonSection


@dataclass(frozen=True)
class PythonPlan:
    """Decisions for one release.

    package: the import package. distribution: its name on an index. version: by PEP 440.
    modules: proto ▶ module of its messages, below the import package. exports: what the root
    offers ▶ the module that has it. renamings: what has another name in Python than its own.
    """

    section: PythonSection
    package: str
    distribution: str
    version: str
    modules: Mapping[str, str]
    exports: Mapping[str, str]
    renamings: Renamings
    has_services: bool
    remarks: tuple[str, ...] = ()
    invocations: tuple[Invocation, ...] = ()
    patches: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
