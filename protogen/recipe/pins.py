"""Pins: where a repository says which commit or release of another one it is used with."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection
from typing import Annotated, Literal

import msgspec

from protogen.recipe import periods
from protogen.recipe.document import Document, doc
from protogen.recipe.document import Path as KeyPath
from protogen.recipe.periods import Periodic
from protogen.system.paths import check_relative

_MAX_EXPRESSION = 1000
_WAYS = "file with pattern or module, or submodule"


class Pin(Periodic, frozen=True, forbid_unknown_fields=True):
    """Where another repository pins this one: file with pattern or module, or submodule."""

    repository: Annotated[str, doc("The one that pins.")]
    file: Annotated[str, doc("Where the commit stands in it.")] = ""
    pattern: Annotated[str, doc("A regular expression whose only group is the commit.")] = ""
    module: Annotated[str, doc("Instead of a pattern: the path of the Go module, in a go.mod.")] = ""
    as_: Annotated[
        Literal["commit", "tag"],
        doc("`tag` where a release of this repository stands there: a version or the tag itself."),
    ] = msgspec.field(default="commit", name="as")
    submodule: Annotated[str, doc("The path of the submodule that is this repository.")] = ""

    @property
    def place(self) -> str:
        """Where it is in the repository that pins, for messages."""
        return self.file or f"submodule {self.submodule}"


def check(document: Document, path: KeyPath, pin: Pin, owner: str, repositories: Collection[str]) -> None:
    """Raise RecipeError for a pin that can't be. owner: the repository that it pins."""
    if pin.repository not in repositories or pin.repository == owner:
        others = ", ".join(sorted(name for name in repositories if name != owner))
        problem = f"no other repository {pin.repository!r}"
        raise document.error(problem, (*path, "repository"), f"one of {others}")
    ways = bool(pin.pattern) + bool(pin.module)
    if bool(pin.file) == bool(pin.submodule) or bool(pin.file) != bool(ways):
        raise document.error("unclear pin", path, _WAYS)
    if ways > 1:
        raise document.error("pattern stands beside it", (*path, "module"), "pattern, or module")
    if pin.submodule and pin.as_ == "tag":
        raise document.error("a submodule is a commit", (*path, "as"), "commit, or nothing")
    if pin.module and pin.file.rpartition("/")[2] != "go.mod":
        raise document.error(f"{pin.file!r} has no Go modules", (*path, "file"), "a go.mod")
    periods.check(document, path, pin)
    key = "file" if pin.file else "submodule"
    try:
        check_relative(pin.file or pin.submodule)
    except ValueError as error:
        raise document.error(str(error), (*path, key), "a path inside the repository, with /") from None
    if pin.pattern:
        _check_expression(document, (*path, "pattern"), pin.pattern)


def _check_expression(document: Document, path: KeyPath, expression: str) -> None:
    try:
        if len(expression) > _MAX_EXPRESSION:
            raise ValueError(f"longer than {_MAX_EXPRESSION} characters")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            groups = re.compile(expression).groups
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise document.error(f"not a regular expression: {error}", path) from None
    if groups != 1:
        raise document.error(f"{groups} groups", path, "exactly one group, the commit")
