"""The commands of git that talk to a remote: listing refs and fetching commits."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable, ToolFailed, ToolMissing
from protogen.locations import check_ref, without_credentials
from protogen.scratch import disk_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from protogen.process import Finished, Processes

LOWEST_GIT = "2.31"
"""The first that takes settings by GIT_CONFIG_COUNT."""

# What configures the transport may come in; what would point git at another repository may not.
_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|ASKPASS|PROXY_\w+|HTTP_\w+|EXEC_PATH|"
    r"CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))"
)


@dataclass(frozen=True)
class GitClient:
    """Runs git with an environment of its own; the URL reaches git by environment, never by argument.

    What fails for a reason that may pass is tried again, `tries` times in all, after first_wait
    seconds and then twice as long. list_seconds, fetch_seconds: the limit for all tries together.
    """

    processes: Processes
    environ: Mapping[str, str]
    list_seconds: float = 60.0
    fetch_seconds: float = 900.0
    tries: int = 3
    first_wait: float = 1.0

    def list_refs(self, url: str) -> dict[str, str]:
        """Branches and tags of a remote: full refname ▶ commit, annotated tags peeled.

        Raises SourceUnreachable, SourceRefused, ToolMissing.
        """
        arguments = ("ls-remote", "--quiet", "--heads", "--tags", "origin")
        done = self._git(url, *arguments, timeout=self.list_seconds)
        refs: dict[str, str] = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            commit, _, ref = line.partition("\t")
            if not re.fullmatch(r"[0-9a-f]{40}", commit):
                continue
            name = ref.removesuffix("^{}")
            with suppress(ValueError):  # what no user could name, and no terminal should show
                check_ref(name)
                refs[name] = commit
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
        timeout: float = 0.0,
        stdin: bytes = b"",
    ) -> Finished:
        """Run a command that talks to the remote, again where that may help."""
        limit = timeout or self.fetch_seconds
        deadline = time.monotonic() + limit
        wait = self.first_wait
        for remaining in reversed(range(self.tries)):
            try:
                left = deadline - time.monotonic()
                return self._run(*arguments, url=url, cwd=cwd, timeout=left, stdin=stdin)
            except SourceUnreachable as error:
                from protogen.sources.gitrepo.words import may_pass

                again = may_pass(error) and time.monotonic() + wait < deadline
                if not remaining or not again:
                    raise
            self.processes.pause(wait)
            wait *= 2
        raise AssertionError("the last try returns or raises")

    def _run(
        self,
        *arguments: str,
        url: str,
        cwd: Path | None = None,
        timeout: float = 60.0,
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
                    f"{without_credentials(url)} did not answer within {timeout:.3g} seconds",
                    where=without_credentials(url),
                ) from error
            raise
        if done.returncode != 0:
            from protogen.sources.gitrepo.words import failure, scrub

            raise disk_full(done.words, cwd, "set --cache-dir") or failure(url, scrub(done.words, url))
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
        # Larger objects are streamed to disk instead of being held in memory.
        "core.bigFileThreshold": "20m",
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
