"""Protos of a commit that has very many: fetched when they are wanted, with their neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from protogen.sources.gitrepo.client import GitClient

# A file's imports are most often beside it, so a folder is fetched whole unless it has more files.
_MOST_NEIGHBOURS = 64


@dataclass(frozen=True)
class Blobs:
    """The files of a commit that its cache entry doesn't hold."""

    ids: Mapping[str, str]
    """The blob of each, by path."""
    fetched: Callable[[tuple[str, ...]], Path]
    """Gives the folder that holds these blobs, each under its id; asks the remote unless the cache has it."""
    _places: dict[str, Path] = field(default_factory=dict)
    """Where each blob is that was wanted so far, by id."""

    def want(self, paths: Iterable[str]) -> None:
        """Fetch those of the paths that are files here, and what is beside them, in one request.

        Raises SourceUnreachable, SourceRefused.
        """
        missing = [path for path in paths if self.ids.get(path, "") not in {"", *self._places}]
        around = (each for path in missing for each in (path, *self._neighbours(path)))
        ids = tuple(sorted({self.ids[path] for path in around} - {*self._places}))
        if ids:
            folder = self.fetched(ids)
            self._places.update({id_: folder / id_ for id_ in ids})

    def file(self, path: str) -> Path | None:
        """The file that holds what the path does; None where it is none of these."""
        if path not in self.ids:
            return None
        self.want([path])
        return self._places[self.ids[path]]

    def _neighbours(self, path: str) -> list[str]:
        found = self._folders[path.rpartition("/")[0]]
        return found if len(found) <= _MOST_NEIGHBOURS else []

    @cached_property
    def _folders(self) -> Mapping[str, list[str]]:
        found = defaultdict(list)
        for path in self.ids:
            found[path.rpartition("/")[0]].append(path)
        return found


def fetch(client: GitClient, url: str, ids: Iterable[str], folder: Path, limit: int) -> None:
    """Fill the folder with blobs, each under its id; limit: the most bytes that one may have.

    Raises SourceUnreachable, SourceRefused, ReleaseNotFound.
    """
    import shutil

    from protogen.sources.gitrepo.objects import read_blobs

    wanted = tuple(ids)
    bare = folder / "fetched.git"
    client.init(bare, wanted[0])
    client.fetch_objects(url, wanted, bare)

    run = client.reader(bare)
    for id_, content in read_blobs(run, wanted, limit=limit).items():
        (folder / id_).write_bytes(content)
    shutil.rmtree(bare)
