"""One publish: check all targets, stage them, commit once, change them, clean up."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import OutputInTheWay, OutputUnwritable
from protogen.publish.changes import Changes, Obstacle, plan_changes
from protogen.publish.durable import sync_trees
from protogen.publish.exclusive import FolderVanished, held
from protogen.publish.failures import explained, in_place_of_folder
from protogen.publish.journal import (
    SCHEMA,
    Journal,
    Run,
    Step,
    clean,
    commit,
    end,
    open_workplace,
    read_journal,
    relative,
)
from protogen.publish.line_ends import keep, unconverted
from protogen.publish.manifest import ManifestUnreadable, manifest_of, read_manifest
from protogen.publish.steps import complete, left_behind, recover, stage
from protogen.publish.target import Published, Target, base_of, missing_parents, real_outs, workplace
from protogen.publish.tree import FILE, FOLDER, MANIFEST, OTHER, SYMLINK, Disk, Tree, kind, scan
from protogen.system.files import digest

_NAMED_AT_MOST = 5
_KEPT_TREE = "; nothing was changed"


@dataclass(frozen=True)
class Survey:
    """A target as it was found: the tree with its manifest, what is on disk, and what is to change."""

    target: Target
    out: Path
    root: str
    """The kind of what stands at the target."""
    tree: Tree
    hashes: dict[str, str]
    disk: Disk
    old: dict[str, str]
    """The hashes of what was published before."""
    changes: Changes
    complaint: str
    """Why the manifest that stands there can't be read."""

    @property
    def changed(self) -> bool:
        """Whether anything has to be written."""
        return bool(self.root != FOLDER or self.changes.write or self.changes.remove)


def publish(
    targets: Sequence[Target], *, force: bool = False, dry_run: bool = False
) -> tuple[Published, ...]:
    """Make each target's folder hold its tree, all of them or none; interrupted publishes are settled first.

    force overwrites foreign and edited files. dry_run checks and reports, and writes nothing.
    Raises UsageError (folders in one another), OutputInTheWay, OutputUnwritable, and ValueError for a
    tree with a path that no file may have.
    """
    outs = real_outs(targets)
    if not targets:
        return ()
    if dry_run:
        return _dry_run(targets, outs, force=force)
    made: list[Path] = []
    while True:
        recover(outs)
        with explained(targets[0].out, consequence=_KEPT_TREE), suppress(FolderVanished):
            made += _make_parents(outs)
            with held(_folders_to_lock(outs)):
                if not left_behind(outs):  # else the run that held the locks before us was killed
                    return _publish(targets, outs, made, force=force)


def _dry_run(targets: Sequence[Target], outs: Sequence[Path], *, force: bool) -> tuple[Published, ...]:
    with explained(targets[0].out):
        for base in left_behind(outs):
            if read_journal(base):
                raise OutputInTheWay(
                    "an interrupted publish has to be completed first",
                    where=str(workplace(base)),
                    remedy="run the same command without --dry-run",
                )
        surveys = _survey_all(targets, outs)
        _refuse_obstacles(surveys, force=force)
        return tuple(_published(survey, "would-write") for survey in surveys)


def _publish(
    targets: Sequence[Target], outs: Sequence[Path], made: Sequence[Path], *, force: bool
) -> tuple[Published, ...]:
    try:
        surveys = _survey_all(targets, outs)
        _refuse_obstacles(surveys, force=force)
        changed = [survey for survey in surveys if survey.changed]
        for survey in changed:
            _refuse_unwritable(survey)
        if changed:
            _write(changed, made)
    except BaseException:
        _remove_empty(made)
        raise
    return tuple(_published(survey, "written") for survey in surveys)


def _write(surveys: Sequence[Survey], made: Sequence[Path]) -> None:
    """Stage all durably, commit, take the steps, clean up. Before the commit, a failure leaves no trace."""
    bases = sorted({base_of(survey.out) for survey in surveys})
    leader, name = bases[0], os.urandom(8).hex()
    runs = {
        base: Run(name, relative(bases, base), len({base, *base.parents}.intersection(made)))
        for base in bases
    }
    journal = Journal(SCHEMA, name, relative(bases, leader), [])
    opened: dict[Path, Run | None] = {}
    try:
        for base, run in runs.items():
            opened[base] = run
            open_workplace(base, run)
        for number, survey in enumerate(surveys):
            with explained(survey.target.out, consequence=_KEPT_TREE):
                journal.steps.append(_staged(survey, bases, str(number)))
        sync_trees([workplace(base) for base in bases], bases)
        commit(leader, journal)
    except BaseException:
        there = {base: run for base, run in opened.items() if kind(workplace(base)) == FOLDER}
        if leader in there:
            end(leader)
        clean(there)
        raise
    complete(leader, journal, bases, just_staged=True)
    with explained(surveys[0].target.out, consequence="; only old files are left to remove"):
        clean(opened)


def _staged(survey: Survey, bases: Sequence[Path], slot: str) -> Step:
    base = base_of(survey.out)
    stage(workplace(base) / slot, {path: survey.tree[path] for path in survey.changes.write})
    return Step(
        base=bases.index(base),
        name="." if base == survey.out else survey.out.name,
        slot=slot,
        root=survey.root,
        before=dict(survey.disk.files),
        folders=sorted(survey.disk.folders),
        after=survey.hashes,
        write=list(survey.changes.write),
        remove=list(survey.changes.remove),
        prune=list(survey.changes.prune),
    )


def _survey_all(targets: Sequence[Target], outs: Sequence[Path]) -> list[Survey]:
    surveys = []
    for target, out in zip(targets, outs, strict=True):
        with explained(target.out, consequence=_KEPT_TREE):
            surveys.append(_survey(target, out))
    return surveys


def _survey(target: Target, out: Path) -> Survey:
    """Read what is there. Raises OutputUnwritable for a file in the place of a folder, and OSError."""
    missing_parents(out)
    root = kind(out)
    if root in {FILE, OTHER}:
        raise in_place_of_folder(target.out)
    manifest, hashes = manifest_of(target)
    old: dict[str, str] = {}
    complaint = ""
    disk = Disk()
    if root == FOLDER:
        try:
            old, old_manifest = read_manifest(out)
            if old_manifest is not None:
                old = {**old, MANIFEST: digest(old_manifest)}
        except ManifestUnreadable as error:
            complaint = f"the manifest {target.out / MANIFEST} can't be read ({error})"
        disk = scan(out, {*old, *hashes})
    return Survey(
        target=target,
        out=out,
        root=root,
        tree={**target.tree, MANIFEST: manifest},
        hashes=hashes,
        disk=disk,
        old=old,
        changes=plan_changes(old, disk, hashes),
        complaint=complaint,
    )


def _refuse_obstacles(surveys: Iterable[Survey], *, force: bool) -> None:
    """Raise OutputInTheWay for all targets' obstacles at once: those that nothing removes come first."""
    surveys = tuple(surveys)
    immovable = [_sentence(survey, obstacle) for survey in surveys for obstacle in survey.changes.immovable]
    if immovable:
        raise OutputInTheWay(
            f"in the way: {_listed(immovable)}",
            remedy="move the folder away and run again; --force replaces files only",
        )
    in_the_way = [
        _sentence(survey, obstacle)
        for survey in surveys
        for obstacle in (*_root_obstacles(survey), *survey.changes.in_the_way)
    ]
    if in_the_way and not force:
        complaints = [survey.complaint for survey in surveys if survey.complaint]
        converted = [
            survey
            for survey in surveys
            if any(_converted(survey, each) for each in survey.changes.in_the_way)
        ]
        if (
            converted
            and not complaints
            and all(
                _converted(survey, each)
                for survey in surveys
                for each in (*_root_obstacles(survey), *survey.changes.in_the_way)
            )
        ):
            raise _only_converted(converted, in_the_way)
        raise OutputInTheWay("; ".join([*complaints, f"in the way: {_listed(in_the_way)}"]))


def _root_obstacles(survey: Survey) -> list[Obstacle]:
    return [Obstacle("", "a symlink")] if survey.root == SYMLINK else []


def _converted(survey: Survey, obstacle: Obstacle) -> bool:
    """Whether a file is as protogen wrote it, but for its line ends."""
    known = survey.old.get(obstacle.path)
    return (
        survey.disk.files.get(obstacle.path) not in (SYMLINK, OTHER)
        and known is not None
        and digest(unconverted((survey.out / obstacle.path).read_bytes())) == known
    )


def _only_converted(surveys: Sequence[Survey], names: Sequence[str]) -> OutputInTheWay:
    kept = keep(survey.target.out for survey in surveys)
    return OutputInTheWay(
        f"in the way: {_listed(names)}, as git writes them where core.autocrlf is set",
        where=str(surveys[0].target.out),
        remedy=f"{kept} && protogen with the same options and --force" if kept else "run again with --force",
    )


def _sentence(survey: Survey, obstacle: Obstacle) -> str:
    reason = "edited, its line ends only" if _converted(survey, obstacle) else obstacle.reason
    return f"{survey.target.out / obstacle.path} ({reason})"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")


def _refuse_unwritable(survey: Survey) -> None:
    """Find out before anything is staged what would end the steps half-way."""
    if survey.root == FOLDER:
        for folder in ("", *sorted(survey.disk.folders)):
            if not os.access(survey.out / folder, os.W_OK | os.X_OK):
                raise OutputUnwritable(
                    f"{survey.target.out / folder} can't be written: permission denied or read-only",
                    where=str(survey.target.out / folder),
                    remedy="make it writable for you, or choose another folder with --out",
                )


def _make_parents(outs: Iterable[Path]) -> list[Path]:
    made: list[Path] = []
    try:
        for out in outs:
            for parent in missing_parents(out):
                with suppress(FileExistsError):  # a concurrent run was faster
                    parent.mkdir()
                    made.append(parent)
                    parent.chmod(0o755)
    except BaseException:
        _remove_empty(made)
        raise
    return made


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def _folders_to_lock(outs: Iterable[Path]) -> set[Path]:
    """The parents; and the targets that hold their own workplace, as others may see other parents."""
    return {folder for out in outs for folder in (out.parent, base_of(out))}


def _published(survey: Survey, status: str) -> Published:
    return Published(
        language=survey.target.language,
        out=survey.target.out,
        status=status if survey.changed else "unchanged",
        files=tuple(sorted(survey.target.tree)),
        written=tuple(path for path in survey.changes.write if path != MANIFEST),
        removed=survey.changes.remove,
        manifest=survey.hashes[MANIFEST],
    )
