"""What several releases of a run share: asked for once, remembered to the run's end."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Once:
    """Values and failures by key; threads that come later wait for the first."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Future[Any]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What make returned at the first call with the key. Raises what it raised."""
        with self._lock:
            known = self._made.get(key)
            future: Future[T] = known or self._made.setdefault(key, Future())
        if known is None:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._made
