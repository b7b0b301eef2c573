"""protoc reads what the printer prints back to equal descriptors, and to equal comments."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from protogen.protos.printer import completed
from protogen.protos.protoc import Protoc
from protogen.system.process import Processes
from tests.support.commented import with_comments
from tests.support.edition_protos import PROTOS
from tests.support.hostile_protos import drawn
from tests.support.printed_protos import SETS
from tests.support.round_trip import WELL_KNOWN, check, compiled

# CI runs these on the lowest of everything too, whose compiler knows neither 2024 nor `-inf` as an option.
IS_NEW = not Protoc(Processes()).missing_for("2024")
KNOWN = [*SETS.values(), PROTOS["2024"]] if IS_NEW else [SETS[name] for name in ("proto2", "shadows")]
DRAWN = int(os.environ.get("PROTOGEN_PRINTED", "20"))


def test_all_that_the_language_of_protos_has_comes_back(tmp_path: Path) -> None:
    everything = {path: text for protos in KNOWN for path, text in protos.items()}
    check(compiled(tmp_path / "original", everything, WELL_KNOWN), tmp_path)


def test_files_that_have_a_text_keep_it_and_others_are_printed(tmp_path: Path) -> None:
    content = compiled(tmp_path, SETS["proto2"])
    found = completed({"odd/other.proto": b"as it was", "not/in/the/set.proto": b""}, content)
    assert found.texts.keys() == SETS["proto2"].keys()
    assert found.texts["odd/other.proto"] == b"as it was"
    assert b"message Two {" in found.texts["odd/two.proto"]


@pytest.mark.slow
def test_what_is_drawn_comes_back(tmp_path: Path) -> None:
    chance = random.Random(0)
    for number, protos in enumerate(drawn(DRAWN, editions=True)):
        commented = {path: with_comments(text, chance) for path, text in protos.items()}
        folder = tmp_path / str(number)
        check(compiled(folder / "original", commented, WELL_KNOWN), folder)
