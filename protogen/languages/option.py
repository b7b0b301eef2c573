"""A setting of a language: all that every command has to know of the languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec


@dataclass(frozen=True)
class Option:
    """A setting of a language that the command line offers: `--go-module` is the key `go_module`.

    shape: the type of a setting that only protogen.yaml gives, as a mapping; its value is the canonical
    JSON of one.
    """

    key: str
    metavar: str
    help: str
    shape: Callable[[], type[msgspec.Struct]] | None = None

    @property
    def flag(self) -> str:
        """The long option."""
        return "--" + self.key.replace("_", "-")
