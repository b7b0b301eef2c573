"""Finding import roots: which prefix of the paths in a repository makes each import resolve. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from protogen.recipe.roots import Root, import_name, mount

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
    foreign: Callable[[str], bool] = lambda name: False
    """Whether an import of that name is known to be of another project."""


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
    mounts: Mapping[str, tuple[Root, ...]] = field(default_factory=dict)
    """Roots with a prefix, of the repositories that have some; they come before the others."""


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
    mounts = {name: tuple(sorted(each, key=str)) for name, each in search.mounts.items()}
    roots = {name: _ordered(search.roots[name], alone=name not in mounts) for name in trees.paths}
    return Found(
        roots,
        dict(sorted(search.missing.items())),
        dict(sorted(search.doubtful.items())),
        search.clashes(roots),
        search.aliases(
            (place, import_name(place[1], (*mounts.get(place[0], ()), *map(Root, roots[place[0]]))))
            for place in entries
        ),
        len(search.seen),
        mounts,
    )


def united(found: Sequence[Found]) -> Found:
    """What was found in several releases together: every root, and whatever is unclear in one of them."""
    first, *others = found
    for other in others:
        first = Found(
            {
                name: _ordered({*roots, *other.roots[name]}, alone=False)
                for name, roots in first.roots.items()
            },
            {**other.missing, **first.missing},
            {**other.doubtful, **first.doubtful},
            {**other.clashes, **first.clashes},
            {**other.aliases, **first.aliases},
            max(first.files, other.files),
            {
                name: tuple(dict.fromkeys((*first.mounts.get(name, ()), *other.mounts.get(name, ()))))
                for name in {*first.mounts, *other.mounts}
            },
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
        self.mounts: dict[str, set[Root]] = {}
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
                nearest = self._plainly_meant(name, place, found)
                if not found and (mounted := self._mounted(name, place[0])):
                    pending.append(mounted)
                elif not found:
                    self.missing[name] = place
                elif nearest:
                    pending.append(self._take(name, nearest))
                else:
                    self.open.setdefault(name, place)

    def _plainly_meant(self, name: str, importer: Place, found: Sequence[Place]) -> Place | None:
        """The only file of that name; else the one at the top of a repository, or beside the importer.

        A name without a folder says too little for the top.
        """
        if len(found) == 1:
            return found[0]
        beside = (importer[0], f"{importer[1].rpartition('/')[0]}/{name}")
        tops = [each for each in found if each[1] == name]
        own = [each for each in tops if each[0] == importer[0]]
        if "/" in name and (len(own) == 1 or len(tops) == 1):
            return (own or tops)[0]
        return beside if beside in found else None

    def _mounted(self, name: str, importer: str) -> Place | None:
        """The file that a root with a prefix would give that name, in the importer's repository at first."""
        if self._trees.foreign(name):
            return None
        for repository in sorted(self._trees.paths, key=lambda each: each != importer):
            root = mount(name, self._trees.paths[repository])
            if root and root.as_:
                self.mounts.setdefault(repository, set()).add(root)
                self.served[name] = repository, root.path_of(name)
                return self.served[name]
        return None

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
        roots, mounts = self.roots[repository], self.mounts.get(repository, ())
        if all(any(root.is_above(path) for root in mounts) for path in entries):
            return
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


def aside_folder(path: str, folder: str) -> str:
    """The folder of tests, examples or copies, below a folder, that the path is in; empty for none."""
    start = 0 if folder == "." else len(folder) + 1
    parts = path[start:].split("/")[:-1]
    count = next((index for index, part in enumerate(parts, 1) if _ASIDE.search(part)), 0)
    return path[:start] + "/".join(parts[:count]) if count else ""


def _depth(place: Place, name: str) -> tuple[int, Place]:
    root = root_of(place, name)
    return root.count("/") + (root != "."), place


def _below(path: str, root: str) -> bool:
    return root == "." or path.startswith(f"{root}/")


def _ordered(roots: Iterable[str], *, alone: bool = True) -> tuple[str, ...]:
    """The top first, then by depth and name; alone: the top where nothing was found."""
    ordered = tuple(sorted(roots, key=lambda root: (root != ".", root.count("/"), root)))
    return ordered or ((".",) if alone else ())


_PACKAGE = re.compile(rb"^[ \t]*package[ \t]+([A-Za-z_][\w.]*)[ \t]*;", re.MULTILINE)


def _root_by_package(path: str, content: bytes) -> str:
    """The folder above the one that the proto package names, as the style guides ask for; else the top."""
    package = _PACKAGE.search(content)
    folder = path.rpartition("/")[0]
    named = package[1].decode().replace(".", "/") if package else ""
    if named and (folder == named or folder.endswith(f"/{named}")):
        return folder.removesuffix(named).rstrip("/") or "."
    return "."
