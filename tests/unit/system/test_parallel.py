from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import pytest

from protogen.system.parallel import at_once, threads
from protogen.system.process import Processes


def test_results_are_in_order_whoever_is_first() -> None:
    def waiting(number: int) -> int:
        time.sleep(0.01 * (4 - number))
        return number

    for count in (0, 1, 2, 9):
        assert at_once([partial(waiting, number) for number in range(5)], most=count) == list(range(5))
    assert at_once([]) == []


@pytest.mark.timeout(10)
def test_acts_run_side_by_side_and_in_this_thread_too() -> None:
    met, seen = threading.Barrier(3), set()

    def meet() -> None:
        seen.add(threading.get_ident())
        met.wait()

    at_once([meet] * 3)
    assert len(seen) == 3
    assert threading.get_ident() in seen


def test_after_a_failure_no_act_begins() -> None:
    tried: list[int] = []

    def fail_once(number: int) -> None:
        tried.append(number)
        if len(tried) == 1:
            raise OSError(f"not {number}")
        time.sleep(0.05)

    with pytest.raises(OSError, match="not 0"):
        at_once([partial(fail_once, number) for number in range(30)], most=8)
    assert len(tried) <= 8


def test_of_several_failures_the_first_in_order_is_raised() -> None:
    begun = threading.Barrier(2)

    def fail(number: int, seconds: float) -> None:
        begun.wait(5)
        time.sleep(seconds)
        raise OSError(f"not {number}")

    with pytest.raises(OSError, match="not 0"):
        at_once([partial(fail, 0, 0.05), partial(fail, 1, 0.0)])


class Cancelled(Processes):
    def __init__(self) -> None:
        super().__init__()
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


@pytest.mark.timeout(10)
def test_an_interruption_ends_the_children_and_outdoes_other_failures() -> None:
    processes, begun = Cancelled(), threading.Event()

    def act() -> None:
        if threading.current_thread() is threading.main_thread():
            assert begun.wait(5)
            raise KeyboardInterrupt
        begun.set()
        processes.cancelled.wait(5)
        raise OSError

    with pytest.raises(KeyboardInterrupt):
        at_once([act] * 8, processes, most=2)
    assert processes.cancelled.is_set()


def test_an_interruption_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    start: Callable[[threading.Thread], None] = threading.Thread.start
    begun: list[threading.Thread] = []

    def interrupted(thread: threading.Thread) -> None:
        if len(begun) == 3:
            raise KeyboardInterrupt
        begun.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        at_once([partial(time.sleep, 0.01)] * 30, most=8)
    assert len(begun) == 3
    assert not any(thread.is_alive() for thread in begun)


@pytest.mark.parametrize(("error", "cancelled"), [(KeyboardInterrupt, True), (OSError, False)])
def test_an_interrupted_pool_ends_the_children_and_a_failed_one_waits_for_them(
    error: type[BaseException], *, cancelled: bool
) -> None:
    processes, begun, done = Cancelled(), threading.Event(), list[int]()
    futures = list[Future[None]]()

    def act() -> None:
        begun.set()
        until = time.monotonic() + 30
        # Goes on until the others are dropped, so that none of them can begin before that.
        while not (futures and futures[-1].cancelled()) and time.monotonic() < until:
            time.sleep(0.01)
        done.append(1)

    with pytest.raises(error), threads(1, processes) as pool:
        futures += [pool.submit(act) for _ in range(9)]
        begun.wait(10)
        raise error
    assert processes.cancelled.is_set() is cancelled
    assert len(done) == 1, "what was begun ends, and nothing else begins"
