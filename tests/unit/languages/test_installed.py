from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import UnknownLanguage
from protogen.languages import LANGUAGES, OWN, installed
from protogen.languages.entry import Entry

MODULE = """
from protogen.languages.entry import Entry
FINE, OTHER = Entry("fine", "theirs:Fine"), Entry("other", "theirs:Other")
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "theirs.py").write_text(MODULE)
    (tmp_path / "theirs-1.0.dist-info").mkdir()
    (tmp_path / "theirs-1.0.dist-info" / "METADATA").write_text("Name: theirs\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def offer(site: Path, *lines: str) -> dict[str, Entry]:
    text = f"[{installed.GROUP}]\n" + "".join(f"{line}\n" for line in lines)
    (site / "theirs-1.0.dist-info" / "entry_points.txt").write_text(text)
    return installed.entries()


def test_a_distribution_brings_its_entry(site: Path) -> None:
    assert offer(site, "fine = theirs:FINE") == {"fine": Entry("fine", "theirs:Fine")}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("fine = theirs:OTHER", "theirs:OTHER is no Entry of that name"),
        ("fine = theirs:MODULE", "AttributeError: "),
        ("fine = nowhere:FINE", "ModuleNotFoundError: "),
    ],
)
def test_what_cannot_be_loaded_fails_where_it_is_used(site: Path, line: str, problem: str) -> None:
    (entry,) = offer(site, line).values()
    with pytest.raises(UnknownLanguage) as caught:
        entry.load()
    assert f"the language 'fine' of theirs can't be used: {problem}" in caught.value.message
    assert caught.value.remedy.endswith("pip uninstall theirs")


def test_nothing_is_imported_where_no_distribution_has_the_group(tmp_path: Path) -> None:
    (tmp_path / "theirs-1.0.dist-info").mkdir()
    assert installed.entries([str(tmp_path), str(tmp_path / "missing")]) == {}
    (tmp_path / "theirs-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\n")
    assert installed.entries([str(tmp_path)]) == {}


def test_protogens_own_languages_come_first_and_are_not_replaced() -> None:
    assert list(LANGUAGES)[: len(OWN)] == list(OWN)
    assert all(LANGUAGES[name] is entry for name, entry in OWN.items())
