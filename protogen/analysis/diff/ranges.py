"""Ranges of numbers, ends included: what is reserved, and what one set of ranges lacks of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True)
class Reserved:
    """Numbers and names that a message or an enum keeps from being used."""

    numbers: tuple[Range, ...]
    names: tuple[str, ...]

    def beyond(self, other: Reserved, gone: Mapping[str, int] | None = None) -> str:
        """What the other doesn't reserve, as a proto writes it.

        gone: numbers by name of what was removed, which goes without saying.
        """
        gone = gone or {}
        told = [(number, number) for number in gone.values()]
        names = [f'"{name}"' for name in self.names if name not in other.names and name not in gone]
        return ", ".join(filter(None, [text(minus(self.numbers, [*other.numbers, *told])), *names]))


def holds(ranges: Iterable[Range], number: int) -> bool:
    """Whether a number lies in one of the ranges."""
    return any(low <= number <= high for low, high in ranges)


def minus(ranges: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    """What is in ranges and not in others, in order and in as few ranges as can be."""
    left = merged(ranges)
    for low, high in others:
        left = [part for each in left for part in _cut(each, low, high)]
    return left


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The same numbers in order and in as few ranges as can be."""
    found: list[Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def text(ranges: Iterable[Range]) -> str:
    """As a proto writes them: `2, 5 to 7`."""
    return ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in ranges)


def _cut(each: Range, low: int, high: int) -> list[Range]:
    parts = [(each[0], min(each[1], low - 1)), (max(each[0], high + 1), each[1])]
    return [part for part in parts if part[0] <= part[1]]
