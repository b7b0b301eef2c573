"""Which public repositories hold the protos that others import everywhere."""

from __future__ import annotations

import msgspec

from protogen.recipe import builtin

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
    def lines(self) -> str:
        """What a recipe says of it, below `repositories`, in one line."""
        root = "" if self.root == "." else f", roots: [{self.root}]"
        return f'{self.name}: {{url: "{self.url}", ref: {self.ref}{root}}}'


def holder(name: str) -> PublicRepository | None:
    """The public repository that an import of that name is known to come from."""
    content = (builtin.folder() / _FILE).read_bytes()
    known = msgspec.json.decode(content, type=tuple[PublicRepository, ...])
    return next((each for each in known if name.startswith(each.imports)), None)
