"""Public repositories whose protos others import everywhere: recipes need not say where they are."""

from __future__ import annotations

import msgspec

from protogen.recipe import builtin

PUBLIC = "public"
"""What stands in a recipe in place of such a repository's settings."""
_FILE = "public-protos.json"


class PublicRepository(msgspec.Struct, frozen=True):
    """A repository whose protos are imported at a branch."""

    name: str
    url: str
    ref: str
    imports: tuple[str, ...]
    """What the names of its protos start with."""
    root: str = "."

    @property
    def settings(self) -> dict[str, object]:
        """What a recipe would say of it."""
        return {"url": self.url, "ref": self.ref, "roots": [self.root]}


def known() -> dict[str, PublicRepository]:
    """Those that protogen knows, by name."""
    content = (builtin.folder() / _FILE).read_bytes()
    return {each.name: each for each in msgspec.json.decode(content, type=tuple[PublicRepository, ...])}


def holder(name: str) -> PublicRepository | None:
    """The public repository that an import of that name is known to come from."""
    return next((each for each in known().values() if name.startswith(each.imports)), None)
