"""The commands of git that talk to a remote: listing refs and fetching commits."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from protogen.errors import ReleaseNotFound, SourceRefused, SourceUnreachable, ToolMissing, ToolTimedOut
from protogen.sources.gitrepo.environment import Address, address, environment
from protogen.system.locations import check_ref, is_url, without_credentials
from protogen.system.parallel import Once
from protogen.system.process import Finished, Processes
from protogen.system.scratch import disk_full

LOWEST_GIT = "2.31"
"""The first that takes settings by GIT_CONFIG_COUNT."""
_SHA256_LENGTH = 64
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TRACKED = "refs/remotes/"
_IN_PART = (("remote.origin.promisor", "true"), ("remote.origin.partialclonefilter", "blob:none"))
_PATIENCE = (("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "30"))
_LISTED = ("refs/heads/", "refs/tags/", _TRACKED)


@dataclass(frozen=True)
class GitClient:
    """Runs git with an environment of its own; the URL reaches git by environment, never by argument."""

    processes: Processes
    environ: Mapping[str, str]
    list_seconds: float = 60.0
    """The limit for all tries together, as the next."""
    fetch_seconds: float = 900.0
    tries: int = 3
    """How often in all, where it fails for a reason that may pass."""
    first_wait: float = 1.0
    """Seconds before the second try; each further wait is twice as long."""
    once: Once = field(default_factory=Once)
    """What is asked of git once for each URL."""

    def list_refs(self, url: str) -> dict[str, str]:
        """Branches and tags of a remote: full refname -> commit, annotated tags peeled.

        Of a repository on this machine, the branches that it tracks of its own remotes count as
        its own: a plain clone has most of its branches there only.
        Raises SourceUnreachable, SourceRefused, ToolMissing.
        """
        # Only so is a server asked for these alone; some hold a hundred thousand others.
        kinds = ("--heads", "--tags") if is_url(url) and not url.startswith("file://") else ()
        done = self._git(url, "ls-remote", "--quiet", *kinds, "origin", timeout=self.list_seconds)
        refs: dict[str, str] = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            commit, _, ref = line.partition("\t")
            if not _ID.fullmatch(commit):
                continue
            name = ref.removesuffix("^{}")
            if not name.startswith(_LISTED):
                continue
            with suppress(ValueError):  # what no user could name, and no terminal should show
                check_ref(name)
                refs[name] = commit
        return with_tracked(refs)

    def fetch(self, url: str, commit: str, ref: str, folder: Path) -> bool:
        """Make folder a bare repository that holds the commit and its trees; whether it holds all blobs too.

        A server without filters sends the blobs along, and one that only serves files all of its
        history. The commit is asked for by its id; a server that only serves refs is asked for the ref.
        Raises ReleaseNotFound for a commit that the remote doesn't have.
        """
        try:
            return self._fetch_commit(url, commit, ref, folder, in_part=True)
        except SourceRefused as error:
            if "dumb http transport" not in error.message:
                raise
        import shutil

        shutil.rmtree(folder)  # git would wait for ever for what the part that is there promises
        self._fetch_commit(url, commit, ref, folder, in_part=False)
        return True

    def _fetch_commit(self, url: str, commit: str, ref: str, folder: Path, *, in_part: bool) -> bool:
        self.init(folder, commit)
        part = ("--depth=1", "--filter=blob:none") if in_part else ()
        options = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *part, "origin")
        target = f"refs/protogen/{commit}"
        try:
            done = self._git(url, *options, f"+{commit}:{target}", folder=folder, in_part=in_part)
        except ReleaseNotFound as missing:
            if not ref:
                raise
            done = self._git(url, *options, f"+{ref}:{target}", folder=folder, in_part=in_part)
            try:
                self.read(folder, "cat-file", "-e", f"{commit}^{{commit}}")
            except SourceRefused:  # the ref has moved on since its commit was listed or locked
                raise missing from None
        return b"filtering not recognized" in done.stderr

    def init(self, folder: Path, id_: str) -> None:
        """Make folder an empty bare repository for objects with ids like this one."""
        form = "sha256" if len(id_) == _SHA256_LENGTH else "sha1"
        made = ("init", "--quiet", "--bare", "--template=", f"--object-format={form}", "--", str(folder))
        self._run(*made, url="")

    def fetch_commits(self, url: str, refspecs: Iterable[str], since: str, folder: Path) -> None:
        """Make folder a bare repository that holds the commits of refs, without their trees.

        since: commits that are older are left out; empty for all.
        """
        self.init(folder, "")
        part = ("--filter=tree:0", *((f"--shallow-since={since}",) if since else ()))
        options = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *part, "origin", *refspecs)
        self._git(url, *options, folder=folder, in_part=True)

    def fetch_objects(self, url: str, ids: Iterable[str], folder: Path) -> None:
        """Fetch blobs by id, in one request, into a repository that fetch or init made."""
        wanted = "".join(f"{id_}\n" for id_ in ids).encode()
        if wanted:
            noop = ("-c", "fetch.negotiationAlgorithm=noop")
            options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", "--stdin")
            arguments = (*noop, "fetch", *options, "origin")
            self._git(url, *arguments, folder=folder, stdin=wanted, in_part=True)

    def read(self, folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
        """The output of a command on a repository that fetch made, and on nothing else.

        Raises SourceRefused, ToolMissing.
        """
        return self._run(*arguments, url="", folder=folder, timeout=self.fetch_seconds, stdin=stdin).stdout

    def reader(self, folder: Path) -> Callable[[tuple[str, ...], bytes], bytes]:
        """Gives what `read` does of one repository, from arguments and input."""
        return lambda arguments, stdin: self.read(folder, *arguments, stdin=stdin)

    def _address(self, url: str) -> Address:
        """What git makes of the URL by the user's url.*.insteadOf, freed of credentials.

        A path has none, so git isn't started for it.
        """
        asked = Address(url, [("remote.origin.url", url)])
        if not is_url(url):
            return asked

        def ask() -> Address:
            done = self._run("ls-remote", "--get-url", "origin", url=url, address=asked)
            try:
                return address(done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n"))
            except ValueError as error:
                place = without_credentials(url)
                raise SourceRefused(
                    f"{place} can't be asked: {error}", where=place, remedy="correct the URL"
                ) from None

        return self.once.get(("address", url), ask)

    def _patience(self) -> tuple[tuple[str, str], ...]:
        """When git gives up a connection that stalls, unless the user's settings say so."""

        def ask() -> tuple[tuple[str, str], ...]:
            argv = ("git", "config", "--get-regexp", r"^http\.(.*\.)?lowspeed(limit|time)$")
            done = self.processes.run(
                argv, timeout=60.0, cwd=Path("/"), env=environment(self.environ, ()) | {"GIT_DIR": os.devnull}
            )
            return () if done.stdout else _PATIENCE

        return self.once.get("patience", ask)

    def _git(
        self,
        url: str,
        *arguments: str,
        folder: Path | None = None,
        timeout: float = 0.0,
        stdin: bytes = b"",
        in_part: bool = False,
    ) -> Finished:
        """Run a command that talks to the remote, again where that may help.

        in_part: whether the repository in the folder lacks objects that the remote has.
        """
        deadline = time.monotonic() + (timeout or self.fetch_seconds)
        address = self._address(url)
        if folder:
            more = (*self._patience(), *(_IN_PART if in_part else ()))
            address = replace(address, settings=(*address.settings, *more))
        for tried in range(self.tries):
            wait = self.first_wait * 2**tried
            left = deadline - time.monotonic()
            try:
                return self._run(
                    *arguments, url=url, address=address, folder=folder, timeout=left, stdin=stdin
                )
            except SourceUnreachable as error:
                from protogen.sources.gitrepo.messages import may_pass

                last = tried + 1 == self.tries or time.monotonic() + wait >= deadline
                if last or not may_pass(error):
                    raise
            self.processes.pause(wait)
        raise AssertionError("the last try returns or raises")

    def _run(
        self,
        *arguments: str,
        url: str,
        address: Address | None = None,
        folder: Path | None = None,
        timeout: float = 60.0,
        stdin: bytes = b"",
    ) -> Finished:
        """Run git. folder: the repository that it works on, no other is looked for."""
        own = environment(self.environ, address.settings if address else ())
        own |= address.environ if address else {}
        if arguments[0] != "init":
            own |= {"GIT_DIR": str(folder or os.devnull), "GIT_NO_REPLACE_OBJECTS": "1"}
        if not address:
            own |= {"GIT_NO_LAZY_FETCH": "1"}
        argv = ("git", *arguments)
        try:
            # Away from the user's folder, whose repository's own settings don't concern this one.
            done = self.processes.run(argv, timeout=timeout, cwd=Path("/"), env=own, stdin=stdin)
        except ToolMissing as error:
            raise ToolMissing(
                "git can't be started, and the git source needs it",
                where="PATH",
                remedy="install git",
            ) from error
        except ToolTimedOut as error:
            raise SourceUnreachable(
                f"{without_credentials(url)} did not answer within {timeout:.3g} seconds",
                where=without_credentials(url),
            ) from error
        if done.returncode != 0:
            from protogen.sources.gitrepo.messages import failure, scrub, unread

            if full := disk_full(done.message, folder, "set --cache-dir"):
                raise full
            if not url:
                raise unread(done.message, folder)
            message = scrub(done.message, url, *(address.environ.values() if address else ()))
            raise failure(url, message, address.url if address else "")
        return done


def with_tracked(refs: Mapping[str, str]) -> dict[str, str]:
    """The refs, with branches tracked of other repositories where no own branch has the name. Pure.

    Those of `origin` come first; those of other remotes count where they agree.
    """
    own = {name: commit for name, commit in refs.items() if not name.startswith(_TRACKED)}
    found: dict[str, dict[str, str]] = {}
    for name, commit in refs.items():
        remote, _, branch = name.removeprefix(_TRACKED).partition("/")
        if name.startswith(_TRACKED) and branch not in {"", "HEAD"}:
            found.setdefault(f"refs/heads/{branch}", {})[remote] = commit
    for name, commits in found.items():
        if "origin" in commits or len(set(commits.values())) == 1:
            own.setdefault(name, commits.get("origin", next(iter(commits.values()))))
    return own
