"""Whether what a driver tells of cases.json is what the cases say."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("cases.json").read_text(encoding="utf-8")
)
# The first release of the corpus that has a type: before it, a kit refuses the type.
NEWER = {
    **dict.fromkeys(("DT_FLOAT8_E5M2", "DT_FLOAT8_E4M3FN", "DT_INT4", "DT_UINT4"), "r2.19"),
    **dict.fromkeys(("DT_INT2", "DT_UINT2"), "master"),
}
RELEASES = ("r1.15", "r2.5", "r2.11", "r2.19", "master")


def complaints(
    told: dict[str, dict[str, Any]], release: str, cases: dict[str, list[dict[str, Any]]] = CASES
) -> list[str]:
    """Every case that came out otherwise; empty where all is well."""
    assert told.keys() == cases.keys()
    found = []
    for section, listed in cases.items():
        assert told[section].keys() == {case["name"] for case in listed}
        for case in listed:
            came = told[section][case["name"]]
            if not _is_right(section, case, came, release):
                found.append(f"{section}, {case['name']}: {json.dumps(came)[:400]}")
    return found


def _is_right(section: str, case: dict[str, Any], came: Any, release: str) -> bool:
    wanted_error = case.get("error")
    if section == "tensors" and RELEASES.index(NEWER.get(case["dtype"], "r1.15")) > RELEASES.index(release):
        wanted_error = "type"
    if section == "refused_files":
        return came["error"] == "reply" and case["says"] in came["message"]
    if wanted_error:
        return (
            isinstance(came, dict)
            and came.get("error") == wanted_error
            and all(each in came["message"] for each in case.get("says", ()))
        )
    return not (isinstance(came, dict) and "error" in came) and _RIGHT[section](case, came)


def _tensor(case: dict[str, Any], came: Any) -> bool:
    return (
        came["content"] == case.get("content", case["listed"])
        and came["listed"] == case["listed"]
        and same(case["dtype"], came["read_content"], case["values"])
        and same(case["dtype"], came["read_listed"], case["values"])
    )


def _read(case: dict[str, Any], came: Any) -> bool:
    dtype, shape, values = came
    return dtype == case["dtype"] and shape == case["shape"] and same(dtype, values, case["values"])


def _check(case: dict[str, Any], came: Any) -> bool:
    return (
        came["filled"] == case["filled"]
        and came["sent"].keys() == case["sent"].keys()
        and all(
            came["sent"][name][:2] == wanted[:2] and same(wanted[0], came["sent"][name][2], wanted[2])
            for name, wanted in case["sent"].items()
        )
    )


def _split(case: dict[str, Any], came: Any) -> bool:
    return bool(
        came["parts"] == case["parts"] and came["joined"] == list(range(math.prod(case["inputs"]["x"])))
    )


def _status(case: dict[str, Any], came: Any) -> bool:
    return (
        came["kind"] == case["kind"]
        and came["code"] == case["code"]
        and all(each in came["message"] for each in case["says"])
    )


_RIGHT: dict[str, Callable[[dict[str, Any], Any], bool]] = {
    "tensors": _tensor,
    "reads": _read,
    "writes": lambda case, came: bool(came == case["wire"]),
    "checks": _check,
    "splits": _split,
    "examples": lambda case, came: came in (case["wire"], case.get("bare")),
    "statuses": _status,
    "records": lambda case, came: bool(came == {"file": case["file"], "records": case["records"]}),
    "warmups": lambda case, came: bool(came == case["request"]),
    "models": lambda case, came: bool(came == case["message"]),
}


def same(dtype: str, came: list[Any], wanted: list[Any]) -> bool:
    """Whether elements are the same, bit by bit, whatever way of writing them a language has."""
    return len(came) == len(wanted) and all(
        _bits(dtype, a) == _bits(dtype, b) for a, b in zip(came, wanted, strict=True)
    )


def _bits(dtype: str, value: Any) -> Any:
    if dtype == "DT_STRING":
        return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()
    if isinstance(value, list):
        return [_bits("DT_FLOAT" if dtype == "DT_COMPLEX64" else "DT_DOUBLE", part) for part in value]
    if isinstance(value, bool):
        return value
    if dtype in ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"):
        number = float(value)
        return (
            struct.pack("<d" if dtype == "DT_DOUBLE" else "<f", number) if not math.isnan(number) else "nan"
        )
    return int(value)
