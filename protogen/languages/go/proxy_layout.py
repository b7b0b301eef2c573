"""A module in the file layout that GOPROXY serves. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from protogen.system.archives import zip_bytes

# Source: golang.org/x/mod/module, its expression for pseudo-versions.
_PSEUDO = re.compile(r"v\d+\.(?:0\.0-|\d+\.\d+-(?:[^+]*\.)?0\.)(\d{14})-[0-9A-Za-z]+")
# Source: golang.org/x/mod/zip.
_MAX_FILES, _MAX_FILE = 500 * 1024**2, 16 * 1024**2
_LIMITED = ("go.mod", "LICENSE")


def layout(module: str, version: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a proxy that serves this one version of the module, by path.

    A pseudo-version stands in no list; where that is empty, `@latest` says which one there is.
    """
    home, name = escaped(module), escaped(version)
    known = info(version)
    served = {
        f"{home}/@v/{name}.info": known,
        f"{home}/@v/{name}.mod": files["go.mod"],
        f"{home}/@v/{name}.zip": zip_bytes(
            {f"{module}@{version}/{path}": each for path, each in files.items()}
        ),
    }
    if _PSEUDO.fullmatch(version):
        return served | {f"{home}/@v/list": b"", f"{home}/@latest": known}
    return served | {f"{home}/@v/list": f"{version}\n".encode()}


def escaped(name: str) -> str:
    """A module path or version for file systems that ignore case: `Team` ▶ `!team`."""
    return re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", name)


def info(version: str) -> bytes:
    """What a proxy tells of a version.

    The time is that of a commit: only a pseudo-version knows one, and go takes an answer without.
    """
    facts = {"Version": version}
    if pseudo := _PSEUDO.fullmatch(version):
        year, rest = pseudo[1][:4], [pseudo[1][at : at + 2] for at in range(4, 14, 2)]
        facts["Time"] = "{}-{}-{}T{}:{}:{}Z".format(year, *rest)
    return (json.dumps(facts, separators=(",", ":")) + "\n").encode()


def too_large(files: Mapping[str, bytes]) -> str:
    """Why go would refuse a zip of the files; empty where it wouldn't."""
    for name in _LIMITED:
        if len(files.get(name, b"")) > _MAX_FILE:
            return f"{name} has more than {_MAX_FILE} bytes"
    if sum(map(len, files.values())) > _MAX_FILES:
        return f"its files have more than {_MAX_FILES} bytes together"
    return ""
