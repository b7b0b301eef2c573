"""One release of a sweep: whose fault a failure is, and what the made packages are compared with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.support import official
from tests.support.command import Ran
from tests.sweep import attempt as attempts
from tests.sweep.attempt import Sweep, attempt

REPOSITORIES = {"serving": {"ref": "api==2.3.1"}, "other": {"ref": "lib==2.3.0"}}
FILES = ("api/a.proto", "lib/b.proto", "api/hidden.proto")
Play = Callable[[dict[str, int]], Sweep]


def proto(name: str) -> FileDescriptorProto:
    made = FileDescriptorProto(name=name, package="shop")
    made.message_type.add(name=name.rpartition("/")[2].partition(".")[0].title())
    return made


def write_go(package: Path) -> None:
    package.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(FILES):
        numbers = ", ".join(f"0x{byte:02x}" for byte in proto(name).SerializeToString())
        (package / f"{number}.pb.go").write_text(f"var x_rawDesc = []byte{{\n\t{numbers},\n}}\n")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    """A protogen that ends with the code of the languages asked for, and packages of a fixed index."""

    def published(project: str, version: str, names: set[str], scratch: Path) -> FileDescriptorSet:
        assert (project, version) in {("api", "2.3.1"), ("lib", "2.3.0")}
        held = {f"{project}/a.proto", f"{project}/b.proto"} & names
        return FileDescriptorSet(file=[proto(name) for name in sorted(held)])

    def make(codes: dict[str, int]) -> Sweep:
        def protogen(*arguments: str, cwd: Path, cache: Path) -> Ran:
            languages = arguments[arguments.index("--lang") + 1]
            code = codes.get(languages, 0)
            if not code:
                write_go(Path(arguments[arguments.index("--out") + 1]) / "go")
            error = {"message": f"{languages} is broken"} if code else None
            told = {"package_version": "2.3.1", "repositories": REPOSITORIES, "error": error}
            return Ran(
                code, json.dumps({"releases": [told]}), "  not in this source: api/x.proto, api/y.proto\n"
            )

        monkeypatch.setattr(attempts, "protogen", protogen)
        monkeypatch.setattr(official, "in_large_package", published)
        return Sweep("index", ("--source", "index"), ("go", "java"), tmp_path, tmp_path / "work")

    return make


def test_a_failure_is_laid_at_its_languages_door_and_the_others_are_compared(play: Play) -> None:
    result = attempt(play({"go,java": 7, "java": 7}), "r2.3")
    assert result.failures == {"java": "java is broken"}
    assert result.package_version == "2.3.1"
    assert result.official == ("api==2.3.1", "lib==2.3.0")
    assert (result.files, result.messages, result.languages["go"].files) == (3, 2, 3)
    assert result.unofficial == ("api/hidden.proto",)
    assert result.lacking == ("api/x.proto", "api/y.proto")
    assert result.differing == ()


@pytest.mark.parametrize("code", [3, 5])
def test_a_release_that_the_source_cannot_give_is_tried_once(code: int, play: Play) -> None:
    result = attempt(play({"go,java": code}), "r2.3")
    assert result.unusable == "go,java is broken"
    assert result.languages == {}


@pytest.mark.parametrize("code", [4, 6, 70])
def test_other_failures_are_not_the_releases(code: int, play: Play) -> None:
    result = attempt(play({"go,java": code, "go": code, "java": code}), "r2.3")
    assert set(result.failures) == {"go", "java"}
    assert not result.unusable
    assert result.files == 0


def test_what_is_registered_otherwise_is_named(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = play({"go,java": 7, "java": 7})

    def published(project: str, version: str, names: set[str], scratch: Path) -> FileDescriptorSet:
        found = FileDescriptorSet(file=[proto("api/a.proto")] if project == "api" else [])
        for file in found.file:
            file.message_type[0].field.add(name="lost", number=1)
        return found

    monkeypatch.setattr(official, "in_large_package", published)
    result = attempt(sweep, "r2.3")
    assert result.differing == ("shop.A",)
    (detail,) = result.details
    assert "field shop.A.lost" in detail
    assert detail.endswith("became None")


def test_official_descriptors_are_read_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = play({"go,java": 7, "java": 7})
    first = attempt(sweep, "r2.3")
    monkeypatch.setattr(official, "in_large_package", None)
    assert attempt(sweep, "r2.3").messages == first.messages
