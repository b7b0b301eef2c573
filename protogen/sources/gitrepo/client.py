"""The commands of git that talk to a remote: listing refs and fetching commits."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import (
    ProtogenError,
    ReleaseNotFound,
    SourceRefused,
    SourceUnreachable,
    ToolFailed,
    ToolMissing,
)
from protogen.locations import secrets, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from protogen.process import Finished, Processes

_LIST_SECONDS = 60.0
_FETCH_SECONDS = 900.0
# What configures the transport may come in; what would point git at another repository may not.
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|ASKPASS|PROXY_\w+|HTTP_\w+|EXEC_PATH|"
    r"CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))"
)
_UNREACHABLE = re.compile(
    r"could(?: not|n't) (?:resolve|connect)|failed to connect|unable to connect|"
    r"connection (?:refused|timed out|reset)|network is unreachable|no route to host|"
    r"temporary failure in name resolution|operation timed out|operation too slow|timed out|"
    r"name or service not known|proxy connect aborted|"
    r"ssl|the remote end hung up|early eof|rpc failed|unexpected disconnect",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"authentication failed|could not read username|could not read password|terminal prompts disabled|"
    r"permission denied|access denied|returned error: 40[13]|host key verification failed|"
    r"not found|does not appear to be a git repository|does not exist|dubious ownership",
    re.IGNORECASE,
)
_NO_COMMIT = re.compile(
    r"not our ref|couldn't find remote ref|could not find remote ref|unadvertised object|no such remote ref"
)


@dataclass(frozen=True)
class GitClient:
    """Runs git with an environment of its own; the URL reaches git by environment, never by argument."""

    processes: Processes
    environ: Mapping[str, str]

    def list_refs(self, url: str) -> dict[str, str]:
        """Branches and tags of a remote: full refname ▶ commit, annotated tags peeled.

        Raises SourceUnreachable, SourceRefused, ToolMissing.
        """
        done = self._git(url, "ls-remote", "--quiet", "--heads", "--tags", "origin", timeout=_LIST_SECONDS)
        refs: dict[str, str] = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            commit, _, ref = line.partition("\t")
            if not re.fullmatch(r"[0-9a-f]{40}", commit):
                continue
            refs[ref.removesuffix("^{}")] = commit
        return refs

    def fetch(self, url: str, commit: str, ref: str, folder: Path) -> bool:
        """Make folder a bare repository that holds the commit and its trees; whether it holds all blobs too.

        A server without filters sends the blobs along. The commit is asked for by its id; a server
        that only serves refs is asked for the ref.
        Raises ReleaseNotFound for a commit that the remote doesn't have.
        """
        self._run("init", "--quiet", "--bare", "--template=", "--", str(folder), cwd=folder.parent, url="")
        options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--filter=blob:none")
        try:
            done = self._git(
                url, "fetch", *options, "origin", f"+{commit}:refs/protogen/{commit}", cwd=folder
            )
        except ReleaseNotFound as missing:
            if not ref:
                raise
            done = self._git(url, "fetch", *options, "origin", f"+{ref}:refs/protogen/{commit}", cwd=folder)
            self._must_hold(commit, folder, missing)
        return b"filtering not recognized" in done.stderr

    def _must_hold(self, commit: str, folder: Path, missing: ReleaseNotFound) -> None:
        """A ref may have moved on since its commit was listed or locked."""
        try:
            self._run("cat-file", "-e", f"{commit}^{{commit}}", url="", cwd=folder)
        except SourceRefused:
            raise missing from None

    def fetch_objects(self, url: str, ids: Iterable[str], folder: Path) -> None:
        """Fetch blobs by id, in one request, into a repository that fetch made."""
        wanted = "\n".join(ids)
        if wanted:
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin")
            noop = ("-c", "fetch.negotiationAlgorithm=noop")
            self._git(url, *noop, "fetch", *options, "origin", cwd=folder, stdin=wanted.encode() + b"\n")

    def _git(
        self,
        url: str,
        *arguments: str,
        cwd: Path | None = None,
        timeout: float = _FETCH_SECONDS,
        stdin: bytes = b"",
    ) -> Finished:
        return self._run(*arguments, url=url, cwd=cwd, timeout=timeout, stdin=stdin)

    def _run(
        self,
        *arguments: str,
        url: str,
        cwd: Path | None = None,
        timeout: float = _FETCH_SECONDS,
        stdin: bytes = b"",
    ) -> Finished:
        environ = environment(self.environ, {"remote.origin.url": url} if url else {})
        argv = ("git", *arguments)
        try:
            # Away from the user's folder, whose repository's own settings don't concern this one.
            done = self.processes.run(argv, timeout=timeout, cwd=cwd or Path("/"), env=environ, stdin=stdin)
        except ToolMissing as error:
            raise ToolMissing(
                "git can't be started, and the git source needs it",
                where="PATH",
                remedy="install git, or run again with --source index",
            ) from error
        except ToolFailed as error:
            if "did not finish" in error.message:
                raise SourceUnreachable(
                    f"{without_credentials(url)} did not answer within {timeout:g} seconds",
                    where=without_credentials(url),
                ) from error
            raise
        if done.returncode != 0:
            raise failure(url, scrub(done.words, url))
        return done


def environment(inherited: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for git: inherited GIT_* that would lead it elsewhere removed, no prompts.

    settings are git's own (`remote.origin.url`), passed by environment: an argument could be read
    by every user of the machine, and could pass for an option.
    """
    settings = {
        "protocol.ext.allow": "never",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "transfer.fsckObjects": "false",
        **settings,
    }
    if "remote.origin.url" in settings:
        settings |= {"remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none"}
    kept = {
        key: value for key, value in inherited.items() if not key.startswith("GIT_") or _KEPT.fullmatch(key)
    }
    kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh", "LC_ALL": "C"}
    kept.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=30")
    for number, (key, value) in enumerate(settings.items()):
        kept |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return kept | {"GIT_CONFIG_COUNT": str(len(settings))}


def failure(url: str, words: str) -> ProtogenError:
    """What git's own words mean, as an error; words carry no credentials."""
    place = without_credentials(url)
    if told := _line(_NO_COMMIT, words):
        return ReleaseNotFound(
            f"{place} doesn't have that commit or ref: {told}",
            where=place,
            remedy="check the id, or name a branch or tag instead",
        )
    unreachable = _line(_UNREACHABLE, words)
    if (told := _line(_REFUSED, words)) and not unreachable:
        return SourceRefused(
            f"{place} refuses: {told}",
            where=place,
            remedy=f"check the address and your credentials: git ls-remote -- {place}",
        )
    if unreachable:
        return SourceUnreachable(f"{place} can't be reached: {unreachable}", where=place)
    return SourceRefused(f"git failed on {place}: {words}", where=place, remedy=f"git ls-remote -- {place}")


def _line(kind: re.Pattern[str], words: str) -> str:
    """The first line that says so, without git's own prefix; empty where none does."""
    found = next((line for line in words.splitlines() if kind.search(line)), "")
    return found.removeprefix("fatal: ").removeprefix("error: ").removeprefix("remote: ")


def scrub(words: str, url: str) -> str:
    """The words without the URL's credentials."""
    for secret in secrets(url):
        words = words.replace(secret, "***")
    return words
