"""Adding a release's packages to a registry: a version once, and always with the same bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from protogen.errors import OutputInTheWay
from protogen.publish.failures import explained
from protogen.registry import indexes, layout, releases
from protogen.registry.change import change, writing
from protogen.registry.folder import Folder, settings
from protogen.registry.in_the_way import check_free
from protogen.registry.model import Addition, Contents, Held, Package, Published, Service, Version
from protogen.registry.pages.catalogue import Row
from protogen.registry.precheck import check_address
from protogen.registry.release import Release
from protogen.registry.retractions import with_retractions
from protogen.system.files import digest

ADDED, WOULD_ADD = "added", "would-add"
RESTORED, WOULD_RESTORE = "restored", "would-restore"
UNCHANGED = "unchanged"
REFUSED = "refused"


class VersionTaken(OutputInTheWay):
    """Versions that the registry has with other bytes."""

    named: str = ""
    """The packages, each with its version and ecosystem."""
    ecosystems: frozenset[str] = frozenset()
    evidence: str = ""
    """The folder, below the registry's, that says what the first of them was made from."""


class Status(Package, frozen=True):
    """What became of a package's version."""

    status: str
    """ADDED, RESTORED where files of it were missing or damaged, or UNCHANGED; or what would be: WOULD_ADD,
    WOULD_RESTORE, REFUSED."""


def add(
    path: Path,
    additions: Sequence[Addition],
    evidence: Mapping[str, bytes],
    url: str = "",
    auth: bool | None = None,
    compare: releases.Compare | None = None,
) -> list[Status]:
    """Put the packages into the registry, with the evidence of what they were made from.

    url: where the folder is served, auth: whether its server asks for credentials; as they were given
    before by default, and where they are others all indexes and pages that have them are written again.
    compare: what tells the release's page what changed since the release before; None leaves that out.
    Raises OutputInTheWay where a version has other bytes or a foreign file is in the way,
    OutputUnwritable, and UsageError where the address is needed and unknown; then nothing is changed.
    """
    with explained(path, option="--registry"), writing(path) as folder:
        known = folder.service
        service = Service((url or known.url).rstrip("/"), known.auth if auth is None else auth)
        check_address({each.ecosystem for each in additions}, service.url)
        statuses, taken = _statuses(folder, additions)
        if refused := refusal(folder, taken):
            raise refused
        new = [each for each, status in zip(additions, statuses, strict=True) if status.status == ADDED]
        files = {path: content for each in additions for path, content in each.files.items()}
        # What is unchanged keeps the evidence of the run that added it.
        is_kept = bool(new) or _is_kept(folder, additions, evidence)
        files |= evidence if is_kept else {}
        contents = {each.key: _contents(each, evidence) for each in new}
        packages, retracting, more = with_retractions(folder, _with(folder, additions, new), files, contents)
        _check_indexes(folder, packages, service)
        records = indexes.records(packages, contents | more)
        listed = releases.rows(folder)
        touched = _releases(folder, listed, additions, evidence, compare, is_kept=is_kept)
        if service != known or not folder.exists:
            records |= settings(service)
            packages += _others_with_url(folder, packages)
            touched = {each.key: each for _, each in folder.releases()} | touched
        records |= releases.records(touched.values())
        pages = indexes.pages(folder, packages, service)
        known_packages = releases.Packages(folder, packages, contents | more)
        pages |= releases.pages(listed, touched.values(), known_packages, service.url)
        steps = [indexes.changed(folder, each) for each in (files | retracting, records, pages)]
        if any(steps):
            change(folder, steps)
        return statuses


def _releases(
    folder: Folder,
    listed: Sequence[Row],
    additions: Sequence[Addition],
    evidence: Mapping[str, bytes],
    compare: releases.Compare | None,
    *,
    is_kept: bool,
) -> dict[tuple[str, str], Release]:
    """The releases whose records or pages this run writes, by recipe and version."""
    place = _place(evidence)
    found = (
        releases.after_run(folder, listed, additions, place, evidence, compare)
        if is_kept
        else releases.of_run(folder, place)
    )
    return {each.key: each for each in found}


def preview(
    path: Path, additions: Sequence[Addition], url: str = ""
) -> tuple[tuple[Status, ...], VersionTaken | None]:
    """What `add` would make of the packages, and the error that it would end with; nothing is written.

    Raises UsageError where the address is needed and unknown, OutputInTheWay for a foreign file in the way.
    """
    folder = Folder(path)
    check_address({each.ecosystem for each in additions}, url or folder.service.url)
    statuses, taken = _statuses(folder, additions)
    would = {ADDED: WOULD_ADD, RESTORED: WOULD_RESTORE}
    previewed = tuple(replace(each, status=would.get(each.status, each.status)) for each in statuses)
    return previewed, refusal(folder, taken)


def _statuses(folder: Folder, additions: Sequence[Addition]) -> tuple[list[Status], list[Version]]:
    """What is to become of each, and the keys of those that have other bytes than their version.

    Raises OutputInTheWay for a foreign file.
    """
    found: list[Status] = []
    taken: list[Version] = []
    for each in additions:
        known = folder.contents(*each.key)
        if known is None:
            check_free(folder, each.files)
            status = ADDED
        elif known.files != each.sums:
            taken.append(each.key)
            status = REFUSED
        else:
            status = RESTORED if indexes.changed(folder, each.files) else UNCHANGED
        found.append(Status(*each.key, status))
    return found, taken


def refusal(folder: Folder, taken: Collection[Version]) -> VersionTaken | None:
    """The error for versions that have other bytes, by ecosystem, name and version; None for none."""
    if not taken:
        return None
    first = min(taken)
    named = ", ".join(f"{name} {version} ({ecosystem})" for ecosystem, name, version in sorted(taken))
    error = VersionTaken(
        others(named),
        where=str(folder.path),
        remedy="run again with another --package-version, or for the tag of that number",
    )
    error.named, error.ecosystems = named, frozenset(ecosystem for ecosystem, _, _ in taken)
    known = folder.contents(*first)
    error.evidence = known.evidence if known else ""
    return error


def others(named: str) -> str:
    """What is told of packages that have other bytes. named: they, with versions and ecosystems."""
    return f"the registry has other bytes of {named}; a version is published once"


def _with(folder: Folder, additions: Iterable[Addition], new: Iterable[Addition]) -> list[Held]:
    """The packages of all additions, with the new ones' versions."""
    packages: dict[tuple[str, str], Held] = {}
    for each in additions:
        key = each.ecosystem, each.name
        if key not in packages:
            packages[key] = folder.package(*key) or Held(*key)
    for each in new:
        held = packages[each.ecosystem, each.name]
        # The record of what it consists of may have been lost alone.
        if not held.find(each.version):
            published = Published(each.version, dict(each.facts))
            packages[each.ecosystem, each.name] = replace(held, versions=(*held.versions, published))
    return list(packages.values())


def _check_indexes(folder: Folder, packages: Iterable[Held], service: Service) -> None:
    """Raise OutputInTheWay where a foreign file is in the place of a new package's index."""
    known = folder.ecosystems()
    for held in packages:
        if folder.package(held.ecosystem, held.name) is None:
            check_free(folder, layout.index(held, service.url))
        if held.ecosystem not in known:
            check_free(folder, layout.root(held.ecosystem, [held.name], service))


def _is_kept(folder: Folder, additions: Iterable[Addition], evidence: Mapping[str, bytes]) -> bool:
    """Whether a version that is there already was added with the same evidence."""
    known = (folder.contents(*each.key) for each in additions)
    return _place(evidence) in {each.evidence for each in known if each}


def _contents(each: Addition, evidence: Mapping[str, bytes]) -> Contents:
    place = _place(evidence)
    return Contents(each.sums, place, digest(evidence[layout.sums_path(place)]))


def _place(evidence: Mapping[str, bytes]) -> str:
    """The folder of the evidence."""
    end = layout.sums_path("")
    return next(path.removesuffix(end) for path in evidence if path.endswith(end))


def _others_with_url(folder: Folder, packages: Iterable[Held]) -> list[Held]:
    """Packages of the folder, beside those, whose indexes have the folder's address in them."""
    keys = {(each.ecosystem, each.name) for each in packages}
    return [
        held
        for held in folder.packages()
        if held.ecosystem in layout.WITH_URL and (held.ecosystem, held.name) not in keys
    ]
