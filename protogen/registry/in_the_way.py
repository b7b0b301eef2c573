"""Files that the registry didn't put where it would put its own."""

from __future__ import annotations

from collections.abc import Mapping

from protogen.errors import OutputInTheWay
from protogen.registry.folder import Folder
from protogen.system.files import digest


def check_free(folder: Folder, files: Mapping[str, bytes]) -> None:
    """Raise OutputInTheWay where a file stands that has other bytes and isn't the registry's."""
    for path, content in files.items():
        if folder.digest_of(path) not in (None, digest(content)):
            raise OutputInTheWay(
                f"{path} is in the way: the registry didn't put it there",
                where=str(folder.path / path),
                remedy="move it away",
            )
