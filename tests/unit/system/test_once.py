from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from protogen.system.parallel import Once


def test_a_value_is_made_once() -> None:
    once, numbers = Once(), iter(range(10))
    assert "k" not in once
    assert [once.get("k", lambda: next(numbers)) for _ in range(3)] == [0, 0, 0]
    assert once.get("other", lambda: next(numbers)) == 1
    assert "k" in once


def test_a_failure_is_remembered() -> None:
    once, calls = Once(), list[int]()

    def fail() -> int:
        calls.append(1)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once.get("k", fail)
    assert calls == [1]


def test_threads_wait_for_the_first() -> None:
    once, calls, go_on = Once(), list[int](), threading.Event()

    def make() -> int:
        calls.append(1)
        assert go_on.wait(10)
        return len(calls)

    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(once.get, "k", make) for _ in range(4)]
        go_on.set()
        assert [result.result(10) for result in results] == [1, 1, 1, 1]
