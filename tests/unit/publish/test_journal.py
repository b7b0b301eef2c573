from __future__ import annotations

import errno
import os
from pathlib import Path

import msgspec
import pytest

from protogen.errors import OutputInTheWay, OutputUnwritable
from protogen.publish.durable import sync_folder
from protogen.publish.journal import (
    Journal,
    Run,
    Step,
    clean,
    commit,
    connected,
    end,
    open_workplace,
    read_journal,
    relative,
    resolve,
)
from protogen.publish.target import workplace

STEP = Step(
    base=0,
    name="go",
    slot="0",
    root="folder",
    before={},
    folders=[],
    after={"a": "1" * 64},
    write=["a"],
    remove=[],
    prune=[],
)
JOURNAL = Journal(1, "id", ["."], [STEP])


def opened(base: Path, *others: Path) -> Path:
    base.mkdir(parents=True)
    open_workplace(base, Run("id", relative([base, *others], base), 1))
    return base


def test_bases_are_found_again_after_a_move_of_all_of_them(tmp_path: Path) -> None:
    here, there = tmp_path / "a/b", tmp_path / "c"
    assert [resolve(here, name) for name in relative([here, there], here)] == [here, there]
    assert relative([there], here) == ["../../c"]


def test_a_journal_reads_back_and_is_gone_after_its_end(tmp_path: Path) -> None:
    base = opened(tmp_path / "gen")
    assert read_journal(base) is None
    commit(base, JOURNAL)
    assert read_journal(base) == JOURNAL
    end(base)
    assert read_journal(base) is None


@pytest.mark.parametrize(
    "step",
    [
        {"base": 1},
        {"base": -1},
        {"slot": "../0"},
        {"name": ".."},
        {"name": "a/b"},
        {"name": "/etc"},
        {"after": {"../a": "1" * 64}},
        {"write": ["b"]},
        {"before": {"../a": "x"}},
        {"folders": [".."]},
        {"remove": ["../a"]},
        {"prune": ["/a"]},
    ],
    ids=str,
)
def test_a_planted_journal_that_reaches_out_of_its_folder_is_refused(
    tmp_path: Path, step: dict[str, object]
) -> None:
    base = opened(tmp_path / "gen")
    changes: dict[str, object] = {"steps": [msgspec.structs.replace(STEP, **step)]}
    commit(base, msgspec.structs.replace(JOURNAL, **changes))
    with pytest.raises(OutputUnwritable, match="can't be read") as caught:
        read_journal(base)
    assert str(workplace(base)) in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": 2, "id": "id", "bases": [], "steps": []}'])
def test_a_journal_of_another_kind_is_refused_not_removed(tmp_path: Path, content: bytes) -> None:
    base = opened(tmp_path / "gen")
    (workplace(base) / "journal").write_bytes(content)
    with pytest.raises(OutputUnwritable, match="can't be read"):
        read_journal(base)


def test_every_base_of_a_run_is_found_from_any_of_them(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("a", "b", "c")]
    for place in places:
        opened(place, *places)
    for place in places:
        assert connected([place]).keys() == set(places)


def test_a_torn_run_file_stands_for_litter(tmp_path: Path) -> None:
    base = opened(tmp_path / "gen")
    (workplace(base) / "run").write_bytes(b'{"id": "x"')
    assert connected([base]) == {base: None}
    (workplace(base) / "run").unlink()
    assert connected([base]) == {base: None}


def test_what_only_has_the_name_of_a_workplace_is_left_alone(tmp_path: Path) -> None:
    workplace(tmp_path).mkdir()
    (workplace(tmp_path) / "diary.txt").touch()
    with pytest.raises(OutputInTheWay, match="isn't protogen's"):
        connected([tmp_path])


def test_a_symlink_with_the_name_of_a_workplace_isnt_followed(tmp_path: Path) -> None:
    workplace(tmp_path).symlink_to(tmp_path)
    with pytest.raises(OutputInTheWay, match="isn't protogen's"):
        connected([tmp_path])


def test_cleaning_removes_workplaces_and_the_folders_made_for_them_if_empty(tmp_path: Path) -> None:
    empty, used = opened(tmp_path / "empty"), opened(tmp_path / "used")
    (workplace(empty) / "0/deep").mkdir(parents=True)
    (workplace(empty) / "folder").mkdir()
    (used / "go").mkdir()
    clean(connected([empty, used]))
    assert sorted(tmp_path.rglob("*")) == [used, used / "go"]


def test_a_file_system_that_cant_sync_folders_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(code: int) -> None:
        def fsync(_: int) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fsync)

    refuse(errno.EINVAL)
    sync_folder(tmp_path)
    refuse(errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)


def test_a_workplace_that_is_removed_while_it_is_looked_at_isnt_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = opened(tmp_path / "gen")

    def gone(_: Path) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "iterdir", gone)
    assert connected([base]) == {}
