"""The import scanner and the import graph: closure, importer chains, ambiguity, cycles. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protogen.errors import MissingImport, ProtosUnresolved
from protogen.recipe import public
from protogen.system.files import digest
from protogen.system.paths import check_import, legible

if TYPE_CHECKING:
    from protogen.protos.protoset import ProtoFile, ProtoSet
    from protogen.recipe.public import PublicRepository


# protoc recurses along imports and dies on chains of about 10,000; no real API comes near this.
MAX_CHAIN = 500
_CORRECT_IMPORT = (
    "correct the import in its repository, or leave the file that has it out of the entry points"
)
# Of a longer ring, its ends are named.
_SHOWN = 20

# None of these can match one text in two ways: hostile input would have them try all of them.
_STRING = rb"\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_SPACE = rb"(?:\s|//[^\n]*(?:\n|\Z)|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)"
_TOKEN = re.compile(
    rb"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<quote>[\"'])|(?P<mark>[{};])|"
    rb"(?P<import>(?<![\w.])import(?![\w.]))",
    re.DOTALL,
)
_IMPORT = re.compile(
    rb"import" + _SPACE + rb"*(?:(?P<modifier>public|weak|option)(?!\w)" + _SPACE + rb"*)?"
    rb"(?P<strings>(?:" + _STRING + rb")(?:" + _SPACE + rb"*(?:" + _STRING + rb"))*)" + _SPACE + rb"*;",
    re.DOTALL,
)
_EDITION = re.compile(
    _SPACE + rb"*edition" + _SPACE + rb"*=" + _SPACE + rb"*"
    rb"(?P<strings>(?:" + _STRING + rb")(?:" + _SPACE + rb"*(?:" + _STRING + rb"))*)" + _SPACE + rb"*;",
    re.DOTALL,
)
# A part of a string, up to its end or a thousand escapes: one expression for all needs memory for each.
_STRING_PART = {
    b'"': re.compile(rb"[^\"\\\n]*(?:\\.[^\"\\\n]*){0,1000}", re.DOTALL),
    b"'": re.compile(rb"[^'\\\n]*(?:\\.[^'\\\n]*){0,1000}", re.DOTALL),
}
_MAX_STATEMENT = 1_000_000
_LITERAL = re.compile(_STRING + rb"|//[^\n]*|/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass(frozen=True)
class Import:
    """One import statement."""

    name: str
    modifier: str = ""
    """Empty, `public`, `weak` or `option`."""


@dataclass(frozen=True)
class ImportGraph:
    """The closure of the entry points."""

    entry_points: tuple[str, ...]
    files: Mapping[str, ProtoFile]
    """Every file of the closure by import name, imports before importers."""
    imports: Mapping[str, tuple[Import, ...]]
    """What each imports, in the order written."""
    well_known: frozenset[str]
    """Those that the compiler brings along."""
    copies: Mapping[str, tuple[ProtoFile, ...]] = field(default_factory=dict)
    """The places of those that are in several with different content; the first one is in files."""

    def chain(self, name: str) -> tuple[str, ...]:
        """A shortest chain of imports from an entry point to the file, both included."""
        return _shortest_chain(self.entry_points, self.imports, name)

    def digest(self) -> str:
        """SHA-256 over names and contents: the same closure, the same digest."""
        return _digest(self.files)

    def own_digest(self) -> str:
        """The digest without what the compiler brings, which another version of it may have changed."""
        return _digest({name: file for name, file in self.files.items() if name not in self.well_known})


def _digest(files: Mapping[str, ProtoFile]) -> str:
    return digest("".join(f"{name}\0{digest(file.content)}\n" for name, file in sorted(files.items())))


def scan_imports(text: bytes) -> tuple[Import, ...]:
    """The import statements of a proto, in order.

    Comments, strings, aggregate options, line ends and a byte order mark are what they are to
    protoc; what isn't a well-formed import is left for protoc to report.
    """
    return tuple(each for each, _, _ in statements(text))


def statements(text: bytes) -> Iterator[tuple[Import, int, int]]:
    """The import statements of a proto, as scan_imports finds them, each with where it begins and ends."""
    depth = 0
    at_start = True
    end = 3 if text.startswith(b"\xef\xbb\xbf") else 0
    while token := _TOKEN.search(text, end):
        at_start = at_start and not text[end : token.start()].strip()
        end = token.end()
        if token["mark"]:
            depth = max(0, depth + {b"{": 1, b"}": -1, b";": 0}[token["mark"]])
            at_start = True
        elif token["quote"]:
            end = _string_end(text, end, token["quote"])
            at_start = False
        elif token["import"]:
            statement = None
            if at_start and depth == 0:
                statement = _IMPORT.match(text, token.start(), token.start() + _MAX_STATEMENT)
            if statement:
                name = b"".join(_unquote(part) for part in _LITERAL.findall(statement["strings"]))
                modifier = (statement["modifier"] or b"").decode()
                end = statement.end()
                yield Import(name.decode("utf-8", "surrogateescape"), modifier), statement.start(), end
            at_start = bool(statement)


def scan_edition(text: bytes) -> str:
    """The edition that a proto is written in, as its first statement says; empty for a syntax, or nothing."""
    found = _EDITION.match(text, 3 if text.startswith(b"\xef\xbb\xbf") else 0)
    if not found:
        return ""
    return b"".join(_unquote(part) for part in _LITERAL.findall(found["strings"])).decode("utf-8", "replace")


def _string_end(text: bytes, start: int, quote: bytes) -> int:
    """Where the string ends that begins at start, after its quote; a line end ends it as well."""
    part = _STRING_PART[quote]
    while (match := part.match(text, start)) and match.end() > start:
        start = match.end()
    return start + 1 if text.startswith(quote, start) else start


def resolve(
    protos: ProtoSet,
    imports_of: Callable[[ProtoFile], Sequence[Import]],
    well_known: Callable[[str], ProtoFile | None],
) -> ImportGraph:
    """The import graph of the entry points.

    imports_of: reads one file's imports, by the source's form. well_known: the compiler's own
    protos, which always win over a repository's copy.
    Raises MissingImport, ProtosUnresolved for cycles and absurd depths.
    """
    files: dict[str, ProtoFile] = {}
    imports: dict[str, tuple[Import, ...]] = {}
    copies: dict[str, tuple[ProtoFile, ...]] = {}
    built_in = set()
    level: list[str] = list(protos.entry_points)
    depth = 0
    while level:
        following: dict[str, None] = {}
        for name in level:
            _check_name(name, protos, imports)
        protos.want(level)
        for name in level:
            file = well_known(name)
            if file:
                built_in.add(name)
            else:
                found = _locate(name, protos, imports)
                file = found[0]
                if any(other.content != file.content for other in found):
                    copies[name] = found
            files[name] = file
            imports[name] = tuple(imports_of(file))
            following.update((wanted.name, None) for wanted in imports[name])
        level = [name for name in following if name not in files]
        depth += 1
        if depth > MAX_CHAIN and level:
            raise _too_deep(_shortest_chain(protos.entry_points, imports, level[0]))
    edges = {name: [wanted.name for wanted in imports[name]] for name in files}
    for group in strongly_connected(edges):
        if len(group) > 1 or group[0] in edges[group[0]]:
            raise _cycle(group, edges)
    order = imports_first(protos.entry_points, edges)
    return ImportGraph(
        protos.entry_points,
        {name: files[name] for name in order},
        {name: imports[name] for name in order},
        frozenset(built_in),
        copies,
    )


def strongly_connected(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The strongly connected components, each sorted, those that others point to first.

    Tarjan's algorithm without recursion: chains may be long.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    components = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, following = work[-1]
            for other in following:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(edges.get(other, ()))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    components.append(sorted(component))
    return components


def _check_name(name: str, protos: ProtoSet, imports: Mapping[str, tuple[Import, ...]]) -> None:
    try:
        check_import(name)
    except ValueError as error:
        chain = [legible(each) for each in _shortest_chain(protos.entry_points, imports, name)]
        raise MissingImport(
            f"an import can't be followed: {error}", where=" imports ".join(chain), remedy=_CORRECT_IMPORT
        ) from None


def _locate(name: str, protos: ProtoSet, imports: Mapping[str, tuple[Import, ...]]) -> tuple[ProtoFile, ...]:
    def path() -> str:
        return " imports ".join(_shortest_chain(protos.entry_points, imports, name))

    found = protos.find(name)
    if not found and (absent := protos.absent(name)):
        raise MissingImport(absent.message, where=path(), remedy=absent.remedy)
    if not found:
        known = public.holder(name)
        held = f"; {known.name} is known to hold it" if known else ""
        raise MissingImport(
            f"{name!r} is not in {protos.release.name}; searched {', '.join(protos.roots)}{held}",
            where=path(),
            remedy=_remedy(name, protos, known),
        )
    return found


def _remedy(name: str, protos: ProtoSet, known: PublicRepository | None) -> str:
    """How to get at an import that no place holds."""
    if protos.release.source == "index":
        return "run again with --source git: the packages leave it out"
    if name.startswith("google/protobuf/"):
        # Each compiler brings those that it knows: feature files came with 1.80.
        return f"{sys.executable} -m pip install --upgrade grpcio-tools"
    if proposal := protos.proposal(name):
        return proposal
    repositories = {each.name: each.url.removesuffix(".git") for each in protos.release.repositories}
    if known and known.name not in repositories and known.url not in repositories.values():
        return f"add to the repositories of the recipe: {known.name}: {public.PUBLIC}"
    if len(repositories) > 1:
        return (
            "choose refs that match with --ref NAME=REF, or with --match pin where the recipe knows pins, "
            "or add the repository that holds it to the recipe"
        )
    return (
        "add the repository that holds it to the recipe's repositories, or run again with another --version"
    )


def _unquote(literal: bytes) -> bytes:
    if not literal.startswith((b'"', b"'")):
        return b""
    return _ESCAPE.sub(_unescape, literal[1:-1])


def _unescape(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, other = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        return bytes([int(octal, 8) & 255])
    return _ESCAPED.get(other, other)


def _shortest_chain(
    entry_points: Sequence[str], imports: Mapping[str, tuple[Import, ...]], name: str
) -> tuple[str, ...]:
    importer: dict[str, str] = dict.fromkeys(entry_points, "")
    level = list(entry_points)
    while level and name not in importer:
        following = []
        for file in level:
            for wanted in imports.get(file, ()):
                if wanted.name not in importer:
                    importer[wanted.name] = file
                    following.append(wanted.name)
        level = following
    chain = [name]
    while importer.get(chain[-1]):
        chain.append(importer[chain[-1]])
    return tuple(reversed(chain))


def imports_first(entry_points: Sequence[str], edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Depth first, imports before importers; raises ProtosUnresolved on a chain of absurd length."""
    order: dict[str, int] = {}
    for entry in entry_points:
        work = [(entry, iter(edges[entry]))]
        while work:
            name, following = work[-1]
            pending = next((other for other in following if other not in order), None)
            if pending is not None:
                work.append((pending, iter(edges[pending])))
                continue
            work.pop()
            if name not in order:
                order[name] = 1 + max((order[other] for other in edges[name]), default=0)
                if order[name] > MAX_CHAIN:
                    raise _too_deep((name,))
    return list(order)


def _too_deep(chain: Sequence[str]) -> ProtosUnresolved:
    return ProtosUnresolved(
        f"a chain of imports is longer than {MAX_CHAIN} files, which protoc can't be trusted with",
        where=f"{chain[0]} … {chain[-1]}",
        remedy="check the entry points and import roots of the recipe",
    )


def _cycle(group: Sequence[str], edges: Mapping[str, Sequence[str]]) -> ProtosUnresolved:
    members = set(group)
    path = {group[0]: 0}
    name = group[0]
    while (name := next(other for other in edges[name] if other in members)) not in path:
        path[name] = len(path)
    ring = [*list(path)[path[name] :], name]
    shown = ring if len(ring) <= _SHOWN else [*ring[: _SHOWN // 2], "…", *ring[-_SHOWN // 2 :]]
    return ProtosUnresolved(
        f"files import each other, which protobuf doesn't allow: {' imports '.join(shown)}",
        where=ring[0],
        remedy="choose another release with --version or --ref NAME=REF",
    )
