"""The module around an output folder: its path by its go.mod, and whether it can hold the packages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from protogen.errors import UsageError
from protogen.publish.manifest import ManifestUnreadable, read_manifest

# Source: golang.org/x/mod/modfile, its lexer.
_TOKEN = re.compile(
    r'[ \t\r]+|//[^\n]*|"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|\n|[()\[\]{},]|(?:(?!//|/\*)[^\s()\[\]{},"`])+'
)
_BLANK = re.compile(r"[ \t\r]|//")

# Names that neither module zips nor import paths can hold. Source: golang.org/x/mod/module.
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)


def enclosing_path(out: Path) -> str:
    """The import path of a folder inside a module, from the go.mod above it, or in it if that is the user's.

    Raises UsageError where there is none, it can't be read, or go takes no packages in the folder.
    """
    out = out.absolute()
    folders = (out, *out.parents) if _is_module_of_the_user(out) else out.parents
    go_mod = next((folder / "go.mod" for folder in folders if (folder / "go.mod").is_file()), None)
    if go_mod is None:
        raise UsageError(
            f"--go-module . needs a go.mod in a folder above {out}",
            where=str(out),
            remedy="run go mod init there first, or give --go-module PATH for a module of its own",
        )
    try:
        module = module_path(go_mod.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--go-module . can't read the module's path: {error}",
            where=str(go_mod),
            remedy=f"correct it until this tells the path: (cd {go_mod.parent} && go list -m)",
        ) from None
    if go_mod.parent == out:
        return module
    folder = out.relative_to(go_mod.parent).as_posix()
    if problem := unfit(folder):
        raise UsageError(
            f"packages below {folder} of the module {module} can't be used: {problem}",
            where=f"--go-module . --out {out}",
            remedy="run again with another --out, or with --go-module PATH for a module of its own",
        )
    return f"{module}/{folder}"


def _is_module_of_the_user(out: Path) -> bool:
    """Whether a go.mod in the folder stays: that of an earlier run for a module of its own doesn't."""
    try:
        return (out / "go.mod").is_file() and "go.mod" not in read_manifest(out)[0]
    except (OSError, ManifestUnreadable):
        return True


def module_path(go_mod: str) -> str:
    """The path that a go.mod declares.

    Raises ValueError that says what is wrong with it.
    """
    found, block, opened = [], "", 0
    for number, tokens in _statements(go_mod):
        if block:
            if tokens == [")"]:
                block = ""
            elif block == "module":
                found.append((number, tokens))
        elif tokens[1:] == ["("]:
            block, opened = tokens[0], number
        elif tokens[0] == "module":
            found.append((number, tokens[1:]))
    if block:
        raise ValueError(f"line {opened}: {block} ( is never closed")
    if not found:
        raise ValueError("it has no module line")
    if len(found) > 1:
        raise ValueError(f"line {found[1][0]}: it declares the module a second time")
    number, tokens = found[0]
    if len(tokens) != 1:
        raise ValueError(f"line {number}: expected one module path")
    return _unquoted(tokens[0], number)


def unfit(path: str) -> str:
    """Why go doesn't take packages below a folder of a module; empty where it does.

    path: the folder, relative to the module. Source: golang.org/x/mod/module.CheckImportPath, and go help
    packages for what `./...` leaves out.
    """
    for element in path.split("/"):
        head = element.partition(".")[0]
        if element == "testdata" or element[0] in "_.":
            return f"go build ./... leaves out folders such as {element!r}"
        if element == "vendor":
            return "go keeps 'vendor' for copies of other modules"
        if not re.fullmatch(r"[A-Za-z0-9._~+-]+", element) or element[-1] == ".":
            return (
                f"{element!r} can't be part of an import path: it is of ASCII letters, digits and - . _ ~ +"
            )
        if head.lower() in DEVICES:
            return f"{element!r} is a name that Windows reserves, which go refuses in import paths"
        if re.search(r"~\d+$", head):
            return f"{element!r} ends in ~ and digits, which go refuses in import paths"
    return ""


def _statements(go_mod: str) -> list[tuple[int, list[str]]]:
    """The lines that say something: number and tokens."""
    found: list[tuple[int, list[str]]] = []
    number, at, tokens = 1, 0, list[str]()
    while at < len(go_mod):
        match = _TOKEN.match(go_mod, at)
        if not match:
            raise ValueError(f"line {number}: unexpected {go_mod[at : at + 2].strip()!r}")
        at, text = match.end(), match[0]
        if text == "\n":
            found.append((number, tokens))
            number, tokens = number + 1, []
        elif not _BLANK.match(text):
            tokens.append(text)
    return [(line, each) for line, each in [*found, (number, tokens)] if each]


def _unquoted(token: str, number: int) -> str:
    if token[0] == "`":
        return token[1:-1]
    if token[0] != '"':
        return token
    try:
        return str(ast.literal_eval(token))
    except (SyntaxError, ValueError):
        raise ValueError(f"line {number}: {token} is no string") from None
