"""Commits that no ref of their own repository tells: pinned by another one, or the newest at some time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ReleaseNotFound
from protogen.recipe.model import Recipe
from protogen.recipe.pins import Pin
from protogen.releases import names
from protogen.sources.gitrepo import commits, history, pin_texts
from protogen.sources.gitrepo.choices import ChosenCommit, Pinned, choose_tag
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.pin_texts import PinText
from protogen.sources.gitrepo.places import clean, slug
from protogen.system.cache import key
from protogen.system.context import Context
from protogen.system.progress import Kind
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.sources.worktree import Worktree


@dataclass(frozen=True)
class PinnedCommits:
    """Finds what is pinned for a release."""

    recipe: Recipe
    version: str
    """The release, as typed."""
    context: Context
    client: GitClient
    url: Callable[[str], str]
    """Where a repository is, by its name."""
    listing: Callable[[str], names.Listing]
    """Its refs."""
    committed: Callable[[], str]
    """When the release's own commit was made, YYYYMMDDhhmmss."""
    trees: Mapping[str, Worktree]
    """The repositories that are folders."""

    def pinning(self, name: str) -> set[str]:
        """The repositories that pin this one."""
        return {pin.repository for pin in self.recipe.repositories[name].pins}

    def commit(self, name: str, wanted: Pinned, folders: Mapping[str, Path]) -> ChosenCommit:
        """What the first pin names that says anything; where none does, the newest before the release.

        folders: the cache entries of the repositories that pin.
        Raises ReleaseNotFound.
        """
        repository = self.recipe.repositories[name]
        tried = []
        for pin in repository.pins:
            folder, tree = folders.get(pin.repository), self.trees.get(pin.repository)
            text = commits.pinned(pin, folder, self.context.processes) if folder else ""
            if tree:
                text = commits.pinned_in_text(pin, tree.folder, self.context.processes)
            if text:
                return self._named_by(pin, text, name, wanted.reason)
            tried.append(f"{pin.repository}:{pin.file or pin.submodule}")
        if repository.by_date:
            return self._by_date(name, repository.by_date)
        raise ReleaseNotFound(
            f"no pin of {name} was found; looked in {', '.join(tried)}",
            where=name,
            remedy=f"run again with --ref {name}=REF",
        )

    def _named_by(self, pin: Pin, text: str, name: str, reason: str) -> ChosenCommit:
        """The commit that the text of a pin names. Raises ReleaseNotFound."""
        found = pin_texts.read(text, as_tag=pin.as_ == "tag")
        listing = self.listing(name)
        note = f"pinned in {pin.repository}'s {pin.place}: {reason}"
        if found.version:
            place, tag = f"{pin.repository}:{pin.place}", choose_tag(found.version, listing)
            if pin.as_ != "tag":
                raise ReleaseNotFound(
                    f"{place} pins {name} at {text!r}, which isn't a commit",
                    where=name,
                    remedy=f"write `as: tag` into the pin if that is a release of {name}, or run again with "
                    f"--ref {name}=REF",
                )
            if not tag:
                near = names.nearest(found.version, listing.releases() or listing.offered())
                also = f"; nearest: {', '.join(near)}" if near else ""
                raise ReleaseNotFound(
                    f"{place} pins {name} at {text!r}, which no tag of {name} is{also}",
                    where=name,
                    remedy=f"run again with --ref {name}={near[0] if near else 'REF'}",
                )
            return ChosenCommit(*tag, names.Commit(tag[1]), note)
        commit = self._completed(name, found, listing) if found.is_short else found.commit
        return ChosenCommit("", commit, names.Commit(commit), note)

    def _completed(self, name: str, found: PinText, listing: names.Listing) -> str:
        """The whole id of an abbreviated commit: among the refs, in the cache, or by the remote's history.

        Raises ReleaseNotFound where there is none, or where there are several.
        """
        known = {commit for commit in listing.refs.values() if commit.startswith(found.commit)}
        if len(known) == 1:
            return known.pop()
        commit = self._history(
            name,
            ("completed", found.commit),
            lambda folder: history.completed(self.client, self.url(name), found.commit, found.day, folder),
        )
        if not commit:
            raise ReleaseNotFound(
                f"{name} has no commit that begins with {found.commit}, or several",
                where=name,
                remedy=f"run again with --ref {name}=REF",
            )
        return commit

    def _by_date(self, name: str, branch: str) -> ChosenCommit:
        """The newest commit of a branch before the release was made. Raises ReleaseNotFound."""
        listing, ref = self.listing(name), names.HEADS + branch
        if self.recipe.releases in self.trees and ref in listing.refs:
            commit = listing.refs[ref]
            return ChosenCommit(
                ref, commit, names.Commit(commit), "nothing pins it, and a folder has no date"
            )
        moment = self.committed()
        commit, day = "", f"{moment[:4]}-{moment[4:6]}-{moment[6:8]}"
        if ref in listing.refs:
            commit = self._history(
                name,
                ("before", ref, moment),
                lambda folder: history.newest_before(self.client, self.url(name), ref, moment, folder),
            )
        if not commit:
            problem = f"no commit before {day}" if ref in listing.refs else "no such branch"
            raise ReleaseNotFound(
                f"nothing pins {name}, and of its branch {branch} there is {problem}",
                where=name,
                remedy=f"run again with --ref {name}=REF",
            )
        note = f"nothing pins it; the newest of {branch} before {day}, when {self.version} was made"
        return ChosenCommit(ref, commit, names.Commit(commit), note)

    def _history(self, name: str, asked: tuple[str, ...], find: Callable[[Path], str]) -> str:
        """What the history of a repository says, which stays true, so that the cache keeps it."""
        cache, url = self.context.cache, self.url(name)
        place = key(f"{slug(url)}-history", clean(url), asked)
        if known := cache.read("fetched", place):
            return known.decode()
        if cache.offline:
            raise cache.absent("fetched", f"the history of {name}")
        with scratch() as folder, self.context.progress.task("", Kind.REFS, name):
            found = find(folder)
        if found:
            cache.put("fetched", place, found.encode())
        return found
