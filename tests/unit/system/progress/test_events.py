"""Tasks that are told of, and what is told of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from protogen.system.progress import Began, Ended, Event, Kind, Meter, Progress, Task

FETCH = Task("r1", Kind.FETCH, "api")


def test_a_task_begins_and_ends() -> None:
    heard: list[Event] = []
    with Progress(heard.append).task("r1", Kind.FETCH, "api"):
        assert heard == [Began(FETCH)]
    assert heard == [Began(FETCH), Ended(FETCH)]


def test_a_task_that_raises_failed_and_its_bytes_are_told() -> None:
    heard: list[Event] = []
    meter = Meter()
    with pytest.raises(KeyboardInterrupt), Progress(heard.append).task("r1", Kind.FETCH, "api", meter):
        meter.add(7)
        raise KeyboardInterrupt
    assert heard == [Began(FETCH, meter), Ended(FETCH, 7, failed=True)]


def test_without_a_listener_nothing_is_asked() -> None:
    def received() -> int:
        raise AssertionError("nobody wants to know")

    with Progress().task("r1", Kind.FETCH, "api", received):
        pass
    Progress().shared("r1", Kind.GENERATE, "go", 1)(True)


@pytest.mark.parametrize("parts", [(True, True, True), (True, False, True)])
def test_a_shared_task_ends_with_its_last_part(parts: tuple[bool, ...]) -> None:
    heard: list[Event] = []
    task = Task("r1", Kind.GENERATE, "go")
    ended = Progress(heard.append).shared("r1", Kind.GENERATE, "go", len(parts))
    for ok in parts[:-1]:
        ended(ok)
    assert heard == [Began(task)]
    ended(parts[-1])
    assert heard == [Began(task), Ended(task, failed=not all(parts))]


def test_a_shared_task_without_parts_is_none() -> None:
    heard: list[Event] = []
    Progress(heard.append).shared("r1", Kind.GENERATE, "python", 0)
    assert heard == []


def test_a_meter_counts_from_every_thread() -> None:
    meter, gate = Meter(), threading.Barrier(4)

    def count(_: int) -> None:
        gate.wait(5)
        for _ in range(1000):
            meter.add(1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert meter() == 4000
