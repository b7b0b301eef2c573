from __future__ import annotations

from pathlib import Path

import pytest

from protogen.system.cache.upkeep import Item, parse_size, to_remove

NOW, HOUR = 1_000_000.0, 3600.0
ITEMS = [
    Item("sets/new", Path("n"), 100, NOW - 60),
    Item("fetched/old", Path("o"), 200, NOW - 9 * HOUR),
    Item("fetched/mid", Path("m"), 300, NOW - 5 * HOUR),
    Item("tools/mid", Path("t"), 400, NOW - 5 * HOUR),
    Item("notes/mine", Path("u"), 9000, NOW - 99 * HOUR, is_entry=False),
]


@pytest.mark.parametrize(
    ("older_than", "max_size", "removed"),
    [
        (None, None, []),
        (9 * HOUR, None, []),
        (9 * HOUR - 1, None, ["fetched/old"]),
        (HOUR, None, ["fetched/old", "fetched/mid", "tools/mid"]),
        (0.0, None, ["fetched/old", "fetched/mid", "tools/mid"]),
        (None, 1000, []),
        (None, 999, ["fetched/old"]),
        (None, 799, ["fetched/old", "fetched/mid"]),
        (None, 0, ["fetched/old", "fetched/mid", "tools/mid"]),
        (6 * HOUR, 500, ["fetched/old", "fetched/mid"]),
    ],
)
def test_what_is_old_or_too_much_goes_least_lately_used_first(
    older_than: float | None, max_size: int | None, removed: list[str]
) -> None:
    chosen = to_remove(ITEMS, NOW, older_than=older_than, max_size=max_size)
    assert [item.name for item in chosen] == removed


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("100", 100),
        ("1k", 1024),
        ("500M", 500 << 20),
        ("2G", 2 << 30),
        ("2 GiB", 2 << 30),
        ("1.5gb", 3 << 29),
        ("1T", 1 << 40),
        ("7b", 7),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1X", "1e9", "one", "1.G", "9" * 99, "1 2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(text)
