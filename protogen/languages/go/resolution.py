"""go.mod and go.sum of a package: from the recipe, else as the toolchain resolves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.go.requirements import probe_source, render_go_mod
from protogen.languages.toolchain.go import PLACEHOLDER, tidy

if TYPE_CHECKING:
    from protogen.languages.go.requirements import Requirements
    from protogen.languages.toolchain.toolbox import Toolbox


def module_texts(requirements: Requirements, module: str, toolbox: Toolbox) -> dict[str, str]:
    """The two texts by name, for a module of that path.

    Raises ToolMissing, ToolFailed.
    """
    if requirements.complete:
        return {"go.mod": render_go_mod(module, requirements), "go.sum": requirements.go_sum}
    go_mod, go_sum = tidy(toolbox, render_go_mod(PLACEHOLDER, requirements), probe_source(requirements))
    return {"go.mod": go_mod.replace(f"module {PLACEHOLDER}", f"module {module}", 1), "go.sum": go_sum}
