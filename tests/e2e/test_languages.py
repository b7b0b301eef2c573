"""What every language of the registry keeps: its package serves strangers, and tells of no machine.

What is one language's own, such as which runtimes its code takes, is in that language's tests.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.languages import LANGUAGES, load_language
from protogen.recipe import builtin, model
from tests.support.command import must, protogen

every_language = pytest.mark.parametrize("language", LANGUAGES)


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def opened(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The file, or what an archive holds."""
    if name.endswith((".zip", ".jar", ".whl")):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for member in packed.infolist():
                yield from opened(f"{name}/{member.filename}", packed.read(member))
    elif name.endswith((".tar.gz", ".tgz", ".crate")):
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            for each in packed.getmembers():
                if each.isfile() and (stream := packed.extractfile(each)):
                    yield f"{name}/{each.name}", stream.read()
    else:
        yield name, content


@every_language
def test_a_stranger_gets_it_from_a_registry_and_uses_it(language: str, twice: tuple[Path, Path]) -> None:
    # Both runs ended well, the first of them after the language had proven what it built.
    assert files(twice[0] / "dist" / language)
    assert "README.md" in files(twice[0] / "gen" / language)


@every_language
def test_the_same_bytes_in_another_place_for_another_user(language: str, twice: tuple[Path, Path]) -> None:
    for folder in (f"gen/{language}", f"dist/{language}"):
        one, other = (files(place / folder) for place in twice)
        assert one.keys() == other.keys()
        assert [name for name in one if one[name] != other[name]] == []


@every_language
def test_no_file_tells_of_a_time_a_path_or_a_machine(language: str, twice: tuple[Path, Path]) -> None:
    place = twice[0]
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    secrets = [str(place.parent), str(Path.home()), str(Path(__file__).parents[2]), f"{now:%Y-%m-%d}"]
    secrets += [name for name in [socket.gethostname()] if len(name) > len("localhost")]
    for folder in (f"gen/{language}", f"dist/{language}"):
        for name, content in files(place / folder).items():
            for inside, text in opened(name, content):
                assert [each for each in secrets if each.encode() in text] == [], inside


@every_language
def test_its_readme_has_an_example_and_its_coordinates(language: str, twice: tuple[Path, Path]) -> None:
    readme = (twice[0] / "gen" / language / "README.md").read_text()
    example = load_language(language).read(model.load(builtin.default_name())).example
    calls = re.findall(r"[A-Za-z]{12,}", example)
    assert calls
    assert all(call in readme for call in calls)
    materials = json.loads(next((twice[0] / "dist").glob("*.cdx.json")).read_text())
    own = [
        each["purl"]
        for each in materials["components"]
        if f"pkg:{load_language(language).ecosystem}/" in each.get("purl", "")
    ]
    assert own


@every_language
def test_a_second_run_changes_nothing(
    language: str, twice: tuple[Path, Path], cache: Path, from_corpus: list[str]
) -> None:
    arguments = ["--version", "r2.11", "--lang", language, "--regenerate", *from_corpus]
    assert "unchanged" in must(protogen(*arguments, cwd=twice[1], cache=cache)).err
