"""Languages that installed distributions bring, by entry points of the group `protogen.languages`.

They are looked for by the names of files, as the options of a language have to be known before a command
line is read, and importlib.metadata takes longer to import than most of a warm run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.errors import UnknownLanguage
from protogen.languages.entry import Entry
from protogen.system import distributions

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "protogen.languages"


def entries(folders: Iterable[str] | None = None) -> dict[str, Entry]:
    """The languages of distributions in the folders that modules are imported from, by name."""
    if not any(_texts(folders)):
        return {}
    from importlib.metadata import entry_points

    return {each.name: _entry(each) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)}


def _texts(folders: Iterable[str] | None) -> Iterator[bool]:
    """Of each distribution with entry points, whether the group is among them."""
    mark = f"[{GROUP}]".encode()
    for each in distributions.metadata(folders):
        with suppress(OSError), open(f"{each.path}/entry_points.txt", "rb") as file:  # noqa: PTH123
            yield mark in file.read()


def _entry(point: EntryPoint) -> Entry:
    """What the entry point names; where it can't be had, an entry that says why once it is used."""
    try:
        found = point.load()
        if isinstance(found, Entry) and found.name == point.name:
            return found
        problem = f"{point.value} is no Entry of that name"
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    distribution = point.dist.name if point.dist else point.value
    return Broken(point.name, problem, distribution=distribution)


@dataclass(frozen=True)
class Broken(Entry):
    """A language that is installed but can't be used. implementation: why."""

    distribution: str = ""

    def load(self) -> None:
        """Raise UnknownLanguage."""
        raise UnknownLanguage(
            f"the language {self.name!r} of {self.distribution} can't be used: {self.implementation}",
            where="--lang",
            remedy=f"update it, or remove it: pip uninstall {self.distribution}",
        )
