"""Protos as files below a folder, looked up through ordered import roots."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from protogen.errors import ProtosUnresolved
from protogen.protos.license_files import is_license
from protogen.protos.protoset import Absent, Form, Origin, ProtoFile, ProtoSet, preferred
from protogen.recipe.model import EntryPoints, Recipe
from protogen.recipe.roots import Root, import_name, mount
from protogen.releases.release import Release
from protogen.sources.links import follow
from protogen.system.locations import is_url
from protogen.system.paths import PathPattern, check_import, fixed_prefix, legible, pattern

_MAX_PROTO_BYTES = 20_000_000
_MAX_LICENSE_BYTES = 1_000_000
_NAMED = 3
# Source: Git LFS's specification, docs/spec.md of its repository.
_LFS = re.compile(rb"version https://[^/\n]+/spec/v\d+\n(?:[^\n]+\n)*oid \w+:[0-9a-f]+\nsize \d+\n")


class Blobs(Protocol):
    """Files that are fetched when they are wanted."""

    @property
    def ids(self) -> Mapping[str, str]:
        """What is known of each, by path."""
        ...

    def want(self, paths: Iterable[str]) -> None:
        """Fetch those of the paths that are such files, together."""
        ...

    def file(self, path: str) -> Path | None:
        """The file that holds what the path does; None where it is none of them."""
        ...


@dataclass(frozen=True)
class _Wanted:
    """Which paths are meant."""

    pattern: PathPattern
    excluded: tuple[PathPattern, ...] = ()

    def fullmatch(self, path: str) -> bool:
        return self.pattern.fullmatch(path) and not any(each.fullmatch(path) for each in self.excluded)


@dataclass(frozen=True)
class Worktree:
    """One repository's files."""

    repository: str
    """Its name in the recipe."""
    folder: Path
    roots: tuple[Root, ...]
    """Import roots, in order."""
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Paths of protos that the folder can't hold, with the reason."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Symbolic links that the folder doesn't hold: path -> what the link holds."""
    submodules: frozenset[str] = frozenset()
    """Their paths."""
    url: str = ""
    """Where the files were fetched from; empty for a folder of the user."""
    blobs: Blobs | None = None
    """Further files that the folder doesn't hold."""

    def want(self, names: Iterable[str]) -> None:
        """Get ready to find these import names, where their files have to be fetched first."""
        if self.blobs and self.blobs.ids:
            self.blobs.want(
                self._final(path) for name in names for path in (root.path_of(name) for root in self.roots)
            )

    def find(self, name: str) -> tuple[ProtoFile, ...]:
        """Every file that an import name reaches, in the order of the roots.

        Raises ProtosUnresolved for a file that can't be read or is absurdly large.
        """
        found = []
        for root in self.roots:
            path = root.path_of(name)
            content = self._read(path) if path else None
            if content is not None:
                found.append(ProtoFile(name, Origin(self.repository, root.path, path), content))
        return tuple(found)

    def match(self, text: str, exclude: Sequence[str] = ()) -> tuple[tuple[str, ...], dict[str, str]]:
        """The import names of files that a path pattern matches; paths that can have none, and why.

        exclude: patterns of paths that aren't wanted. Nor are those that import roots exclude.
        """
        wanted = _Wanted(pattern(text), tuple(map(pattern, exclude)))
        passed_over = {path: reason for path, reason in self.unusable.items() if wanted.fullmatch(path)}
        names = set()
        for path in (*self._paths(fixed_prefix(text), wanted), *self._links(wanted, passed_over)):
            name = import_name(path, self.roots)
            if not name:
                continue
            try:
                check_import(name)
            except ValueError as error:
                passed_over.setdefault(path, str(error))
            if path not in passed_over:
                names.add(name)
        return tuple(sorted(names)), passed_over

    def _paths(self, prefix: str, wanted: _Wanted) -> Iterator[str]:
        """The files below a folder that are wanted."""
        with suppress(ValueError):
            top = self.folder / follow(prefix, self.links)
            for folder, folders, files in os.walk(top):
                folders[:] = [name for name in folders if name != ".git"]
                below = os.path.relpath(folder, top)
                for file in files:
                    path = "/".join(filter(None, (prefix, "" if below == "." else below, file)))
                    if wanted.fullmatch(path) and not self._stands_for(Path(folder, file), wanted):
                        yield path
        for path in self.blobs.ids if self.blobs else ():
            if wanted.fullmatch(path):
                yield path

    def _stands_for(self, file: Path, wanted: _Wanted) -> bool:
        """Whether a file is a link to another one of the folder that is wanted too, under its own name."""
        if not file.is_symlink():
            return False
        final = os.path.relpath(os.path.realpath(file), os.path.realpath(self.folder))
        return wanted.fullmatch(final)

    def _links(self, wanted: _Wanted, passed_over: dict[str, str]) -> Iterator[str]:
        """The links that stand for files under names of their own; those that lead nowhere are passed."""
        for path in self.links:
            if not wanted.fullmatch(path):
                continue
            try:
                final = follow(path, self.links)
            except ValueError as error:
                passed_over[path] = str(error)
                continue
            there = (self.folder / final).is_file() or (self.blobs and final in self.blobs.ids)
            if there and not wanted.fullmatch(final):
                yield path

    def _final(self, path: str) -> str:
        """The path that a path leads to; the same where it leads nowhere."""
        with suppress(ValueError):
            return follow(path, self.links)
        return path

    def absent(self, name: str) -> Absent | None:
        """Why an import name that isn't found may be missing; None where nothing tells."""
        for unfollowed in filter(None, (root.path_of(name) for root in self.roots)):
            path = unfollowed
            with suppress(ValueError):
                path = follow(path, self.links)
            for submodule in sorted(self.submodules):
                if path.startswith(f"{submodule}/"):
                    return Absent(
                        f"{name!r} is below {submodule}, a submodule of {self.repository}, which isn't "
                        "fetched with it",
                        "add the submodule's repository to the recipe, with pins: "
                        f"[{{repository: {self.repository}, submodule: {submodule}}}]",
                    )
        return None

    def root_for(self, name: str) -> Root | None:
        """The root that would serve an import name which none serves, nearest to the top; None for none."""
        paths = list(self._paths("", _Wanted(pattern("**/*.proto"))))
        found = [path.removesuffix(f"/{name}") for path in paths if path.endswith(f"/{name}")]
        if found:
            return Root(min(found, key=lambda root: (root.count("/"), root)))
        return mount(name, paths)

    def licenses(self) -> dict[str, str]:
        """The texts of the license files at the top of the repository, by name."""
        texts = {}
        with suppress(OSError):
            for file in sorted(self.folder.iterdir()):
                if is_license(file.name) and file.is_file() and file.stat().st_size <= _MAX_LICENSE_BYTES:
                    texts[file.name] = file.read_text(encoding="utf-8", errors="replace")
        return texts

    def _read(self, path: str) -> bytes | None:
        if path in self.unusable:
            raise ProtosUnresolved(
                f"{self.repository}:{legible(path)} can't be read: {self.unusable[path]}",
                where=f"{self.repository}:{legible(path)}",
                remedy="rename the file in its repository",
            )
        try:
            final = follow(path, self.links)
        except ValueError as error:
            raise ProtosUnresolved(
                f"{self.repository}:{path} can't be read: {error}",
                where=f"{self.repository}:{path}",
                remedy="correct the link in its repository, or import the file by another path",
            ) from None
        file = (self.blobs.file(final) if self.blobs else None) or self.folder / final
        try:
            if not file.is_file():
                return None
            size = file.stat().st_size
            if size > _MAX_PROTO_BYTES:
                raise ProtosUnresolved(
                    f"{self.repository}:{path} has {size} bytes; more than {_MAX_PROTO_BYTES} is no proto",
                    where=f"{self.repository}:{path}",
                    remedy="check the repository, or leave the file out of the entry points",
                )
            return self._checked(path, file.read_bytes())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ProtosUnresolved(f"{self.repository}:{path} can't be read: {reason}", where=path) from None

    def _checked(self, path: str, content: bytes) -> bytes:
        if not _LFS.match(content):
            return content
        name = self.repository
        clone = name if is_url(self.url) else self.url or str(self.folder)
        fetched = f"git clone {shlex.quote(self.url)} {name} && " if is_url(self.url) else ""
        pull = f"{fetched}git -C {shlex.quote(clone)} lfs pull"
        again = f", then run again with --source folder --repo {name}={clone}" if self.url else ""
        raise ProtosUnresolved(
            f"{name}:{path} is a Git LFS pointer; its content isn't in git",
            where=f"{name}:{path}",
            remedy=f"{pull}{again}",
        )


def proto_set(
    recipe: Recipe, release: Release, trees: Sequence[Worktree], groups: tuple[str, ...]
) -> ProtoSet:
    """The ProtoSet of work trees.

    Raises ProtosUnresolved where a pattern of the entry points or of a group matches no file.
    """
    by_name = {tree.repository: tree for tree in trees}
    names: set[str] = set()
    notices: dict[str, None] = {}
    for entry in recipe.selected(groups):
        matched, nameless = by_name[entry.repository].match(entry.pattern, entry.exclude)
        passed_over = _passed_over(entry.repository, nameless)
        if not matched and not entry.optional:
            raise _nothing_matches(entry, release, passed_over)
        names.update(matched)
        notices.update(dict.fromkeys(passed_over))
    if not names:
        raise _nothing_at_all(recipe, release)
    licenses = {tree.repository: tree.licenses() for tree in trees}

    def want(names: Sequence[str]) -> None:
        meant = [recipe.aliases.get(name, name) for name in names]
        for tree in trees:
            tree.want(meant)

    return ProtoSet(
        release=release,
        form=Form.TEXT,
        entry_points=tuple(sorted(names)),
        want=want,
        find=lambda name: preferred(
            recipe.prefer,
            name,
            tuple(found for tree in trees for found in tree.find(recipe.aliases.get(name, name))),
        ),
        roots=tuple(
            f"{tree.repository}:{root.path}{f' as {root.as_}' if root.as_ else ''}"
            for tree in trees
            for root in tree.roots
        ),
        absent=lambda name: _absent(name, recipe.aliases.get(name, name), trees),
        licenses={name: texts for name, texts in licenses.items() if texts},
        notices=(*notices, *unlicensed(licenses)),
        aliases=recipe.aliases,
        strip_options=recipe.strip_options,
        proposal=lambda name: _proposal(name, trees),
    )


def _absent(name: str, meant: str, trees: Sequence[Worktree]) -> Absent | None:
    found = next(filter(None, (tree.absent(meant) for tree in trees)), None)
    if found or meant == name:
        return found
    return Absent(
        f"{name!r} is {meant!r} by the recipe's aliases, and no repository has that",
        f"correct aliases in the recipe: {name} stands for a name by which another file could import it",
    )


def unlicensed(licenses: Mapping[str, Mapping[str, str]], of: str = "") -> tuple[str, ...]:
    """What to tell of repositories without a license file.

    licenses: by repository, empty for none. of: what was searched, where it isn't the repository itself.
    """
    return tuple(f"{of}{name} has no license file" for name, texts in licenses.items() if not texts)


def _proposal(name: str, trees: Sequence[Worktree]) -> str:
    """The import root that would serve an import name, as a line of the recipe; empty for none.

    One that is a plain folder comes before one with a prefix.
    """
    found = [(tree, root) for tree in trees if (root := tree.root_for(name))]
    if not found:
        return ""
    tree, root = min(found, key=lambda each: bool(each[1].as_))
    known = tree.roots if tree.roots != (Root("."),) or not root.as_ else ()
    return (
        f"add an import root to {tree.repository} in the recipe: "
        f"roots: [{', '.join(map(str, (*known, root)))}]"
    )


def _passed_over(repository: str, found: Mapping[str, str]) -> tuple[str, ...]:
    """Messages on paths that no proto can import, with the reasons; of many, the first ones."""
    messages = [
        f"{repository}:{legible(path)} is left out, since no proto can import it: "
        f"{reason.removeprefix(f'{path!r}: ')}"
        for path, reason in sorted(found.items())[:_NAMED]
    ]
    if more := len(found) - len(messages):
        messages.append(f"{repository}: {more} more protos are left out for such names")
    return tuple(messages)


def _nothing_matches(entry: EntryPoints, release: Release, passed_over: Sequence[str]) -> ProtosUnresolved:
    nothing = f"{entry.repository} at {release.name} has no file that matches {entry.pattern}"
    nothing += f" and none of {', '.join(entry.exclude)}" if entry.exclude else ""
    return ProtosUnresolved(
        "; ".join((nothing, *passed_over)),
        where=f"{entry.repository}:{fixed_prefix(entry.pattern) or '.'}",
        remedy="choose another release with --version, or correct the recipe's entry points; those that only "
        "some releases have take `optional: true`, or `from` and `until`",
    )


def _nothing_at_all(recipe: Recipe, release: Release) -> ProtosUnresolved:
    return ProtosUnresolved(
        f"recipe {recipe.name} has no entry points for {release.name}",
        where=f"recipe {recipe.name}",
        remedy="choose another release with --version, or correct the recipe's entry points",
    )
