"""Finding import roots: which prefix of the paths in a repository makes each import resolve. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protogen.recipe.roots import Root, import_name

Place = tuple[str, str]
"""A repository, and a path or a root in it."""

_ASIDE = re.compile(r"(?:^|/)(?:tests?|testdata|testing|examples?|samples?|vendor|node_modules)(?:/|$)")


@dataclass(frozen=True)
class Trees:
    """The protos of all repositories."""

    paths: Mapping[str, Sequence[str]]
    """By repository."""
    read: Callable[[Place], bytes]
    """The content of one."""
    imports: Callable[[bytes], Iterable[str]]
    """What a content imports."""
    well_known: Callable[[str], bool]
    """Whether the compiler brings a proto of that name."""
    want: Callable[[Iterable[Place]], None] = lambda places: None
    """Told of protos that will be read next, so that they are fetched together."""


@dataclass(frozen=True)
class Found:
    """The import roots of each repository, in order, and what stays unclear."""

    roots: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, Place] = field(default_factory=dict)
    """Imports that no repository holds, with a file that imports them."""
    doubtful: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    """Imports that several places hold with different content; the one that was taken comes first."""
    clashes: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    """Imports that the roots that were found make ambiguous, with the places."""
    aliases: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    """Files that are imported by several names."""
    files: int = 0
    """How many protos the entry points lead to."""


def find_roots(trees: Trees, entries: Sequence[Place]) -> Found:
    """The roots through which everything that the entry points import is found.

    An import that only one file can serve settles its root. What is left over goes to the root
    that serves most of it, nearer to the importer and to the top of the repository.
    """
    search = _Search(trees)
    search.follow(entries)
    while search.open:
        search.settle_one()
    owners = {repository for repository, _ in entries}
    for repository in owners:
        search.add_entry_root(repository, [path for owner, path in entries if owner == repository])
    roots = {name: _ordered(search.roots[name]) for name in trees.paths}
    return Found(
        roots,
        dict(sorted(search.missing.items())),
        dict(sorted(search.doubtful.items())),
        search.clashes(roots),
        search.aliases(
            (place, import_name(place[1], tuple(map(Root, roots[place[0]])))) for place in entries
        ),
        len(search.seen),
    )


def united(found: Sequence[Found]) -> Found:
    """What was found in several releases together: every root, and whatever is unclear in one of them."""
    first, *others = found
    for other in others:
        first = Found(
            {name: _ordered({*roots, *other.roots[name]}) for name, roots in first.roots.items()},
            {**other.missing, **first.missing},
            {**other.doubtful, **first.doubtful},
            {**other.clashes, **first.clashes},
            {**other.aliases, **first.aliases},
            max(first.files, other.files),
        )
    return first


class _Search:
    """What is known so far. open: imports with several candidates, each with an importer."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._named: dict[str, list[Place]] = defaultdict(list)
        for repository, paths in trees.paths.items():
            for path in paths:
                self._named[path.rpartition("/")[2]].append((repository, path))
        self.roots: dict[str, set[str]] = defaultdict(set)
        self.seen: set[Place] = set()
        self.served: dict[str, Place] = {}
        self.open: dict[str, Place] = {}
        self.missing: dict[str, Place] = {}
        self.doubtful: dict[str, tuple[Place, ...]] = {}

    def candidates(self, name: str) -> list[Place]:
        """Every file that could be imported by that name."""
        return [
            (repository, path)
            for repository, path in self._named.get(name.rpartition("/")[2], ())
            if path == name or path.endswith(f"/{name}")
        ]

    def follow(self, files: Iterable[Place]) -> None:
        """Resolve what the files import, and what that imports, as far as it is beyond doubt."""
        pending = [place for place in files if place not in self.seen]
        self._trees.want(pending)
        while pending:
            place = pending.pop()
            if place in self.seen:
                continue
            self.seen.add(place)
            for name in self._trees.imports(self._trees.read(place)):
                if name in self.served or name in self.missing or self._trees.well_known(name):
                    continue
                found = self.candidates(name)
                if not found:
                    self.missing[name] = place
                elif len(found) == 1:
                    pending.append(self._take(name, found[0]))
                else:
                    self.open.setdefault(name, place)

    def settle_one(self) -> None:
        """Decide the open imports that roots already serve, else choose one more root."""
        for name in sorted(self.open):
            known = [each for each in self.candidates(name) if root_of(each, name) in self.roots[each[0]]]
            if known:
                del self.open[name]
                self.follow([self._take(name, min(known, key=lambda each: _depth(each, name)))])
                return
        votes = Counter(
            (each[0], root_of(each, name)) for name in self.open for each in self.candidates(name)
        )
        importers = {place[0] for place in self.open.values()}
        repository, root = min(
            votes,
            key=lambda place: (
                bool(_ASIDE.search(place[1])),
                -votes[place],
                place[0] not in importers,
                place[1].count("/") + (place[1] != "."),
                place,
            ),
        )
        for name in sorted(self.open):
            places = self.candidates(name)
            taken = next(
                (each for each in places if (each[0], root_of(each, name)) == (repository, root)), None
            )
            if taken and len({self._trees.read(each) for each in places}) > 1:
                self.doubtful[name] = (taken, *(each for each in places if each != taken))
        self.roots[repository].add(root)

    def add_entry_root(self, repository: str, entries: Sequence[str]) -> None:
        """Make sure that the entry points themselves can be imported."""
        roots = self.roots[repository]
        if not roots:
            guesses = {_root_by_package(path, self._trees.read((repository, path))) for path in entries}
            roots |= guesses if len(guesses) == 1 else {"."}
        if not all(any(_below(path, root) for root in roots) for path in entries):
            roots.add(".")

    def clashes(self, roots: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Place, ...]]:
        """Imports that several roots serve with different content."""
        found = {}
        for name, taken in sorted(self.served.items()):
            places = [each for each in self.candidates(name) if root_of(each, name) in roots[each[0]]]
            if len({self._trees.read(each) for each in places}) > 1:
                found[name] = (taken, *(each for each in places if each != taken))
        return found

    def aliases(self, entries: Iterable[tuple[Place, str]]) -> dict[Place, tuple[str, ...]]:
        """Files with several names: their messages would be defined twice."""
        names: dict[Place, set[str]] = defaultdict(set)
        for place, name in (*((place, name) for name, place in self.served.items()), *entries):
            names[place].add(name)
        return {place: tuple(sorted(each)) for place, each in sorted(names.items()) if len(each) > 1}

    def _take(self, name: str, place: Place) -> Place:
        self.served[name] = place
        self.roots[place[0]].add(root_of(place, name))
        return place


def root_of(place: Place, name: str) -> str:
    """The root through which a file is imported by a name that its path ends with."""
    return place[1].removesuffix(name).rstrip("/") or "."


def _depth(place: Place, name: str) -> tuple[int, Place]:
    root = root_of(place, name)
    return root.count("/") + (root != "."), place


def _below(path: str, root: str) -> bool:
    return root == "." or path.startswith(f"{root}/")


def _ordered(roots: Iterable[str]) -> tuple[str, ...]:
    """The top first, then by depth and name; the top alone where nothing was found."""
    return tuple(sorted(roots, key=lambda root: (root != ".", root.count("/"), root))) or (".",)


_PACKAGE = re.compile(rb"^[ \t]*package[ \t]+([A-Za-z_][\w.]*)[ \t]*;", re.MULTILINE)


def _root_by_package(path: str, content: bytes) -> str:
    """The folder above the one that the proto package names, as the style guides ask for; else the top."""
    package = _PACKAGE.search(content)
    folder = path.rpartition("/")[0]
    named = package[1].decode().replace(".", "/") if package else ""
    if named and (folder == named or folder.endswith(f"/{named}")):
        return folder.removesuffix(named).rstrip("/") or "."
    return "."
