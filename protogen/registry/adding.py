"""Adding a release's packages to a registry: a version once, and always with the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from protogen.errors import OutputInTheWay, UsageError
from protogen.publish.failures import explained
from protogen.registry import layout
from protogen.registry.folder import Folder, change, record, settings, writing
from protogen.registry.model import Addition, Held, Published
from protogen.system.files import digest

ADDED = "added"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Status:
    """What became of a package's version."""

    ecosystem: str
    name: str
    version: str
    status: str
    """ADDED or UNCHANGED."""


def add(
    path: Path,
    additions: Sequence[Addition],
    evidence: Mapping[str, bytes],
    url: str = "",
    auth: bool | None = None,
) -> list[Status]:
    """Put the packages into the registry, with the evidence of what they were made from.

    url: where the folder is served; as it was given before by default, and where it is another one all
    indexes that have it are written again. auth: whether its server asks for credentials, as it was given
    before by default. Raises OutputInTheWay where a version has other bytes or a
    foreign file is in the way, OutputUnwritable, and UsageError where the address is needed and unknown;
    then nothing is changed.
    """
    with explained(path, option="--registry"), writing(path) as folder:
        url = (url or folder.url).rstrip("/")
        auth = folder.auth if auth is None else auth
        _check_url(additions, url)
        before = {(each.ecosystem, each.name): _held(folder, each) for each in additions}
        _refuse(folder, additions, before)
        new = [each for each in additions if not before[each.ecosystem, each.name].find(each.version)]
        after = dict(before)
        sums = next(path for path in evidence if path.endswith(f"/{layout.SUMS}"))
        place, sha = sums.rpartition("/")[0], digest(evidence[sums])
        for each in new:
            held = after[each.ecosystem, each.name]
            after[each.ecosystem, each.name] = replace(
                held, versions=(*held.versions, _published(each, place, sha))
            )
        for key, held in before.items():
            if not held.versions:
                _check_free(folder, layout.index(after[key], url))
        touched = [held for key, held in after.items() if held is not before[key]]
        files = {path: content for each in new for path, content in each.files.items()}
        touched, retractions = _with_retractions(folder, touched, files)
        files |= retractions
        files |= evidence if new else {}
        if (url, auth) != (folder.url, folder.auth) or not folder.exists:
            files |= settings(url, auth)
            keys = {(each.ecosystem, each.name) for each in touched}
            touched += [
                held
                for held in folder.packages()
                if held.ecosystem in layout.WITH_URL and (held.ecosystem, held.name) not in keys
            ]
        files |= indexes(folder, touched, url, auth)
        if files:
            change(folder, files)
        return [
            Status(each.ecosystem, each.name, each.version, ADDED if each in new else UNCHANGED)
            for each in additions
        ]


def yank(path: Path, name: str, version: str, reason: str | None, ecosystem: str = "") -> list[Status]:
    """Mark a version as one that nobody should choose, in each ecosystem that has it, or in one.

    reason: shown where the ecosystem shows one; None takes the mark away. Nothing is deleted.
    Raises UsageError where no package has the version, OutputInTheWay and OutputUnwritable.
    """
    with explained(path, option="--registry"), writing(path) as folder:
        found = [
            (held, each)
            for held in folder.packages()
            if held.name == name and ecosystem in ("", held.ecosystem)
            for each in held.released
            if each.version.removeprefix("v") == version.removeprefix("v")
        ]
        if not found:
            raise UsageError(
                f"the registry has no version {version} of {name}",
                where=str(path),
                remedy=f"protogen registry list {path}",
            )
        changed = [
            replace(
                held, versions=tuple(replace(v, yanked=reason) if v is each else v for v in held.versions)
            )
            for held, each in found
            if each.yanked != reason
        ]
        if changed:
            touched, retractions = _with_retractions(folder, changed, {})
            change(folder, retractions | indexes(folder, touched, folder.url, folder.auth))
        names = {(each.ecosystem, each.name) for each in changed}
        return [
            Status(
                held.ecosystem,
                held.name,
                each.version,
                ("yanked" if reason is not None else "offered")
                if (held.ecosystem, held.name) in names
                else UNCHANGED,
            )
            for held, each in found
        ]


def indexes(folder: Folder, touched: Iterable[Held], url: str, auth: bool) -> dict[str, bytes]:
    """The packages' records and indexes, and what their ecosystems' clients read first where it changes."""
    records: dict[str, bytes] = {}
    pages: dict[str, bytes] = {}
    roots: dict[str, set[str]] = {}
    for held in touched:
        records |= record(held)
        pages |= layout.index(held, url)
        roots.setdefault(held.ecosystem, set()).add(held.name)
    for ecosystem, names in roots.items():
        for path, content in layout.root(ecosystem, names | set(folder.names(ecosystem)), url, auth).items():
            if folder.digest_of(path) != digest(content):
                pages[path] = content
    return records | pages


def _with_retractions(
    folder: Folder, touched: Iterable[Held], files: Mapping[str, bytes]
) -> tuple[list[Held], dict[str, bytes]]:
    """The packages with the versions that tell of withdrawn ones, and those versions' files.

    files: what is to be put there, which they may repeat.
    """

    def read(path: str) -> bytes:
        return files[path] if path in files else (folder.path / path).read_bytes()

    packages: list[Held] = []
    placed: dict[str, bytes] = {}
    for held in touched:
        each = layout.retraction(held, read)
        base = held.find(each.base) if each else None
        if not each or not base:
            packages.append(held)
            continue
        _check_free(folder, each.files)
        published = _published(each, base.evidence, base.evidence_sha256)
        packages.append(replace(held, versions=(*held.versions, published)))
        placed |= each.files
    return packages, placed


def _held(folder: Folder, each: Addition) -> Held:
    return folder.package(each.ecosystem, each.name) or Held(each.ecosystem, each.name)


def _published(each: Addition, evidence: str, sha: str) -> Published:
    sums = {path: digest(content) for path, content in each.files.items()}
    return Published(each.version, sums, dict(each.facts), evidence, sha, each.yanked)


def _check_url(additions: Iterable[Addition], url: str) -> None:
    needing = sorted({each.ecosystem for each in additions} & layout.WITH_URL)
    if needing and not url:
        raise UsageError(
            f"{' and '.join(needing)} want to know where the registry is served",
            where="--registry",
            remedy="run again with --registry-url https://example.com/registry",
        )


def _refuse(folder: Folder, additions: Sequence[Addition], before: Mapping[tuple[str, str], Held]) -> None:
    """Raise OutputInTheWay for all versions that have other bytes, and for a foreign file."""
    other = []
    for each in additions:
        known = before[each.ecosystem, each.name].find(each.version)
        sums = {path: digest(content) for path, content in each.files.items()}
        if known:
            if known.files != sums:
                other.append(each)
            continue
        _check_free(folder, each.files)
    if other:
        other.sort(key=lambda each: (each.ecosystem, each.name))
        named = ", ".join(f"{each.name} {each.version} ({each.ecosystem})" for each in other)
        raise OutputInTheWay(
            f"the registry has other bytes of {named}; a version is published once",
            where=str(folder.path),
            remedy="run again with another --package-version, or for the tag of that number",
        )


def _check_free(folder: Folder, files: Mapping[str, bytes]) -> None:
    """Raise OutputInTheWay where a file stands that has other bytes and isn't the registry's."""
    for path, content in files.items():
        if folder.digest_of(path) not in (None, digest(content)):
            raise OutputInTheWay(
                f"{path} is in the way: the registry didn't put it there",
                where=str(folder.path / path),
                remedy="move it away",
            )
