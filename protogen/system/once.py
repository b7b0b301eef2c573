"""What several releases of a run share: asked for once, remembered to the run's end."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """Values and failures by key; threads that come later wait for the first."""

    def __init__(self) -> None:
        self._slots: dict[Hashable, _Slot] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What make returned at the first call with the key. Raises what it raised."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        made: T = slot.get(make)
        return made

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots


class _Slot:
    def __init__(self) -> None:
        self._lock = Lock()
        self._value: Any = None
        self._error: BaseException | None = None
        self._is_filled = False

    def get(self, make: Callable[[], Any]) -> Any:
        with self._lock:
            if not self._is_filled:
                try:
                    self._value = make()
                except BaseException as error:
                    self._error = error
                self._is_filled = True
        if self._error:
            raise self._error
        return self._value
