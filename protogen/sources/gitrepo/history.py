"""Commits that no ref has: an id completed, the newest of a branch at some time. Only commits are fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from protogen.errors import ReleaseNotFound, SourceRefused
from protogen.sources.gitrepo.client import GitClient

_HEAD = ("+HEAD:refs/protogen/HEAD",)
_ALL = ("+refs/heads/*:refs/protogen/heads/*", "+refs/tags/*:refs/protogen/tags/*")
_MARGIN = timedelta(days=2)
_RECENT = timedelta(days=120)


def completed(client: GitClient, url: str, short: str, day: str, folder: Path) -> str:
    """The id of the commit that begins so; empty where the remote has none, or several.

    day: when it was made, YYYYMMDD, so that less of the history is asked for. folder: for repositories.
    Raises SourceUnreachable, SourceRefused.
    """
    since = _written(_time(day) - _MARGIN) if day else ""
    ways = [(_HEAD, since), (_ALL, since)] if since else []
    for bare in _fetched(client, url, [*ways, (_ALL, "")], folder):
        known = client.read(bare, "rev-list", "--all").decode().split()
        found = {each for each in known if each.startswith(short)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def newest_before(client: GitClient, url: str, ref: str, moment: str, folder: Path) -> str:
    """The newest commit of a ref that is no younger than the moment, YYYYMMDDhhmmss; empty for none.

    Raises SourceUnreachable, SourceRefused.
    """
    wanted = (f"+{ref}:refs/protogen/branch",)
    before = f"--before={_written(_time(moment))}"
    for bare in _fetched(client, url, [(wanted, _written(_time(moment) - _RECENT)), (wanted, "")], folder):
        found = client.read(bare, "rev-list", "-1", "--first-parent", before, "refs/protogen/branch")
        if found.strip():
            return found.decode().strip()
    return ""


def _fetched(
    client: GitClient, url: str, ways: Sequence[tuple[Sequence[str], str]], folder: Path
) -> Iterator[Path]:
    """A repository for each way, from little to all: what to fetch, and since when."""
    for number, (wanted, since) in enumerate(ways):
        bare = folder / f"history{number}.git"
        try:
            client.fetch_commits(url, wanted, since, bare)
            yield bare
        except (SourceRefused, ReleaseNotFound):
            # Where nothing is as young as that, servers fail instead of giving nothing.
            if not since:
                raise
        finally:
            shutil.rmtree(bare, ignore_errors=True)


def _time(text: str) -> datetime:
    return datetime.strptime(f"{text}000000"[:14], "%Y%m%d%H%M%S")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
