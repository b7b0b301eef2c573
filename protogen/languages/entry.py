"""What is known of a language before it is used: all that the command line has to ask of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec


@dataclass(frozen=True)
class Option:
    """A setting of a language that the command line offers: `--go-module` is the key `go_module`."""

    key: str
    metavar: str
    help: str
    shape: Callable[[], type[msgspec.Struct]] | None = None
    """The type of a setting that only protogen.yaml gives, as a mapping; its value is canonical JSON."""

    @property
    def flag(self) -> str:
        """The long option."""
        return "--" + self.key.replace("_", "-")


@dataclass(frozen=True)
class Entry:
    """A language in the registry. What it does is imported when it is asked for."""

    name: str
    """What `--lang`, recipes and folders of packages call it."""
    implementation: str
    """`module:Class`, a class below protogen.languages.base.Language."""
    options: tuple[Option, ...] = ()
    programs: tuple[str, ...] = ()
    """What `--tool` takes for it."""
    in_all: bool = False
    """Whether `--lang all` makes it: a language that came later would ask those who say `all` for a
    toolchain that they haven't, so that it is made by its name, or by `every`."""

    def load(self) -> Any:
        """The language itself."""
        module, _, name = self.implementation.partition(":")
        return getattr(import_module(module), name)()
