"""Import roots: which file of a repository an import name means, and the other way round. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from protogen.recipe.document import Document, doc
from protogen.recipe.document import Path as KeyPath
from protogen.recipe.periods import Periodic
from protogen.system.paths import check_relative, pattern


class Root(Periodic, frozen=True, forbid_unknown_fields=True):
    """A folder that import names are relative to, or a prefix of theirs stands for."""

    path: Annotated[str, doc("The folder, `.` for the top.")]
    as_: Annotated[str, doc("What import names of its files begin with: `etcd` for etcd/api/kv.proto.")] = (
        msgspec.field(default="", name="as")
    )
    exclude: Annotated[
        tuple[str, ...],
        doc("Paths in the repository that it doesn't serve; patterns as those of entry points."),
    ] = ()

    def __str__(self) -> str:
        """As a recipe has it."""
        plain: dict[str, str | list[str]] = {"as": self.as_, "exclude": list(self.exclude)}
        plain |= {"from": self.from_, "until": self.until}
        said = [f"{key}: {_written(value)}" for key, value in plain.items() if value]
        return f"{{{', '.join((f'path: {self.path}', *said))}}}" if said else self.path

    def path_of(self, name: str) -> str:
        """The path in the repository that an import name means; empty where this root serves none."""
        if self.as_:
            prefix = f"{self.as_}/"
            if not name.startswith(prefix):
                return ""
            name = name[len(prefix) :]
        path = name if self.path == "." else f"{self.path}/{name}"
        return "" if self.excludes(path) else path

    def name_of(self, path: str) -> str:
        """The import name of a file below the root."""
        below = path if self.path == "." else path[len(self.path) + 1 :]
        return f"{self.as_}/{below}" if self.as_ else below

    def is_above(self, path: str) -> bool:
        """Whether the path lies below the root."""
        return self.path == "." or path.startswith(f"{self.path}/")

    def excludes(self, path: str) -> bool:
        """Whether the root doesn't serve the path, though it may lie below."""
        return any(pattern(each).fullmatch(path) for each in self.exclude)


def import_name(path: str, roots: Sequence[Root]) -> str:
    """The name under which a file of the repository is imported: by the deepest root above it.

    Of equally deep ones the first counts. Empty where all roots above exclude the file; the path itself where
    none is above.
    """
    above = [root for root in roots if root.is_above(path)]
    serving = [root for root in above if not root.excludes(path)]
    if not serving:
        return "" if above else path
    return max(serving, key=lambda root: 0 if root.path == "." else len(root.path)).name_of(path)


def mount(name: str, paths: Sequence[str]) -> Root | None:
    """The root with a prefix that would serve an import name: by the path whose end is most like its own.

    A file's own name is not enough, unless the file lies at the top.
    """
    found: dict[str, int] = {}
    wanted = name.split("/")
    for path in paths:
        parts = path.split("/")
        common = 0
        while common < min(len(parts), len(wanted) - 1) and parts[-1 - common] == wanted[-1 - common]:
            common += 1
        if common > 1 or common == len(parts):
            found[path] = common
    if not found:
        return None
    best = min(found, key=lambda path: (-found[path], path.count("/"), path))
    cut = found[best]
    return Root("/".join(best.split("/")[:-cut]) or ".", as_="/".join(wanted[:-cut]))


def check_patterns(document: Document, path: KeyPath, patterns: Sequence[str]) -> None:
    """Raise RecipeError for an exclusion that can match no proto."""
    for index, text in enumerate(patterns):
        here = (*path, index)
        try:
            check_relative(text)
        except ValueError as error:
            raise document.error(str(error), here, "a path inside the repository, with /") from None
        if text.startswith("!"):
            raise document.error(f"{text!r}", here, f"{text[1:]!r}; what is listed here is left out")
        if not text.endswith((".proto", "**")):
            raise document.error(f"{text!r}", here, "a pattern that ends in .proto or **")


def _written(value: str | list[str]) -> str:
    return f"[{', '.join(map(_written, value))}]" if isinstance(value, list) else _plain(value)


def _plain(text: str) -> str:
    return f'"{text}"' if text[0] in "*!&" or text[0].isdigit() else text
