"""A kit in TypeScript as the modules of a package, compiled by what protoc-gen-es is installed with.

There is one implementation, as CommonJS; modules of ECMAScript export what it does. So a class is the same
whichever way a program has loaded it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from protogen.errors import Location, RecipeError, ToolFailed
from protogen.languages.toolchain.clients import NPM
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.recipe.kit import FOLDER
from protogen.system.cache import key

KIT = "client"
"""The folder of a kit in both halves of a package."""
INDEX = f"{KIT}/index.js"
"""What programs import by the folder's name alone."""
_SCRIPT = Path(__file__).with_name("programs") / "compile_kit.cjs"
_SECONDS = 300.0
_SHOWN_LINES = 12
_MADE = "made.json"


def compiled(sources: Mapping[str, bytes], plugin: Program, toolbox: Toolbox) -> dict[str, str]:
    """The modules and their declarations, by their paths in the package.

    sources: by path below the kit's folder. plugin: protoc-gen-es. Raises RecipeError for what can't be
    compiled, ToolMissing, ToolFailed.
    """
    given = json.dumps({path: text.decode() for path, text in sources.items()})

    def make(entry: Path) -> None:
        (entry / _MADE).write_text(_compile(given, plugin, toolbox), encoding="utf-8")

    if plugin.found == NPM.name:
        known = key("kit-typescript", plugin.version, _SCRIPT.read_text(encoding="utf-8"), given)
        text = (toolbox.cache.get("packages", known, make) / _MADE).read_text(encoding="utf-8")
    else:
        # Another one may come with another compiler.
        text = _compile(given, plugin, toolbox)
    made: dict[str, str] = json.loads(text)
    found = {}
    for path, content in sorted(made.items()):
        module = path.removesuffix(".d.ts").removesuffix(".js")
        up = "../" * (module.count("/") + 2)
        found[f"cjs/{KIT}/{path}"] = content
        found[f"esm/{KIT}/{path}"] = f'export * from "{up}cjs/{KIT}/{module}.js";\n'
    return found


def _compile(given: str, plugin: Program, toolbox: Toolbox) -> str:
    node = toolbox.find(
        NPM.prerequisites[1], "the recipe's kit is compiled by it", "install Node 20 or newer"
    )
    argv = [str(node), str(_SCRIPT), str(plugin.path)]
    done = toolbox.processes.run(argv, timeout=_SECONDS, env=toolbox.environ, stdin=given.encode())
    if done.returncode != 0:
        reason = "\n  ".join(done.message.splitlines()[-_SHOWN_LINES:])
        raise ToolFailed(
            f"the recipe's kit can't be compiled: {reason}",
            where=str(plugin.path),
            remedy="leave out --tool protoc-gen-es, or run again with --without-kit",
        )
    told = json.loads(done.stdout)
    for path, line, problem in told["wrong"]:
        raise RecipeError.at(Location(f"{FOLDER}/typescript/{path}", line, "", problem))
    return json.dumps(told["made"], sort_keys=True)
