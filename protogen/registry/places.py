"""Places of files below the registry's folder: whether they are free, and the sums of what goes there."""

from __future__ import annotations

from collections.abc import Mapping

from protogen.errors import OutputInTheWay
from protogen.registry.folder import Folder
from protogen.system.files import digest


def sums(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 by path."""
    return {path: digest(content) for path, content in files.items()}


def check_free(folder: Folder, files: Mapping[str, bytes]) -> None:
    """Raise OutputInTheWay where a file stands that has other bytes and isn't the registry's."""
    for path, content in files.items():
        if folder.digest_of(path) not in (None, digest(content)):
            raise OutputInTheWay(
                f"{path} is in the way: the registry didn't put it there",
                where=str(folder.path / path),
                remedy="move it away",
            )
