"""Whether a folder can be a registry: what is told of it before anything is built."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from protogen.errors import OutputInTheWay, UsageError
from protogen.publish.tree import MANIFEST, WORKPLACE
from protogen.registry.folder import Folder
from protogen.registry.layout import WITH_URL

_REMEDY = "choose another folder with --registry"


def check_apart(registry: Path, folders: Mapping[str, Path]) -> None:
    """Raise UsageError where the registry is a folder that a run writes anew, lies in one, or holds one.

    folders: by what goes there. Links are followed.
    """
    own = Path(os.path.realpath(registry))
    for name, folder in folders.items():
        other = Path(os.path.realpath(folder))
        if own == other or own in other.parents or other in own.parents:
            raise UsageError(
                f"the registry and {name} would be written into one another: {registry} and {folder}",
                where="--registry",
                remedy=_REMEDY,
            )


def check_address(ecosystems: Iterable[str], url: str) -> None:
    """Raise UsageError where an ecosystem's clients want the registry's whole address and nobody said it."""
    needing = sorted(WITH_URL.intersection(ecosystems))
    if needing and not url:
        raise UsageError(
            f"clients of {' and '.join(needing)} must be told where the registry is served",
            where="--registry",
            remedy="run again with --registry-url https://example.com/registry",
        )


def check_is_registry(registry: Path) -> None:
    """Raise OutputInTheWay for what can't become a registry, and what reading one raises.

    A link to a folder is as good as the folder.
    """
    own = Path(os.path.realpath(registry))
    if own.parent == own or WORKPLACE in own.parts:
        raise UsageError(f"{registry} can't be a registry", where="--registry", remedy=_REMEDY)
    if registry.is_symlink() and not registry.exists():
        raise OutputInTheWay(f"{registry} is a link to nothing", where=str(registry), remedy=_REMEDY)
    place = next(each for each in (own, *own.parents) if each.exists())
    if not place.is_dir():
        raise OutputInTheWay(f"{place} is a file, not a folder", where=str(registry), remedy=_REMEDY)
    if not Folder(own).exists and (own / MANIFEST).is_file():
        raise OutputInTheWay(
            f"{registry} holds a package or artifacts, and isn't a registry", where=str(own), remedy=_REMEDY
        )
