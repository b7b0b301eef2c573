from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protogen.errors import ProtogenError, ToolMissing, VerificationFailed
from protogen.languages.package import Artifacts
from protogen.pipeline import verify
from protogen.system import machine
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes

STEPS: tuple[str, ...] = ("build", "prove")


class Fake:
    """A language that notes what is done to it, and fails where it is told to."""

    def __init__(self, name: str, fails: dict[str, ProtogenError], need: int = 1) -> None:
        self.name, self.fails, self.proving_memory = name, fails, need
        self.done: list[str] = []
        self.folder = Path()
        self.meeting: threading.Barrier | None = None

    def build(self, package: object, shop: Any, *, complete: bool) -> Artifacts:
        self.folder = shop.folder
        self._step("build complete" if complete else "build")
        (shop.folder / "made").write_bytes(self.name.encode())
        return Artifacts({f"{self.name}.zip": shop.folder / "made"}, (f"remark of {self.name}",))

    def prove(self, package: object, built: Artifacts, shop: Any) -> None:
        assert [path.read_bytes() for path in built.files.values()] == [self.name.encode()]
        self._step("prove")

    def _step(self, name: str) -> None:
        if self.meeting:
            self.meeting.wait(5)
        self.done.append(name)
        step = name.removesuffix(" complete")
        if step in self.fails:
            raise self.fails[step]


def build(*languages: Fake, prove: bool = True, complete: bool = True) -> dict[str, verify.Built]:
    release = SimpleNamespace(release=SimpleNamespace(name="r1"))
    packages = {each.name: SimpleNamespace(request=release) for each in languages}
    context = Context(Cache(Path("cache")), Processes(), {})
    return verify.build(cast(Any, languages), cast(Any, packages), context, prove=prove, complete=complete)


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(machine, "free_memory", lambda: 100)


def test_files_and_remarks_come_back_and_nothing_stays() -> None:
    one, other = Fake("one", {}), Fake("other", {})
    built = build(one, other)
    assert {name: dict(each.files) for name, each in built.items()} == {
        "one": {"one.zip": b"one"},
        "other": {"other.zip": b"other"},
    }
    assert built["one"].remarks == ("remark of one",)
    assert one.done == ["build complete", "prove"]
    assert not one.folder.exists()


def test_what_is_not_asked_for_is_not_done() -> None:
    one = Fake("one", {})
    build(one, prove=False, complete=False)
    assert one.done == ["build"]


def test_languages_run_side_by_side_where_memory_allows() -> None:
    one, other = Fake("one", {}, 50), Fake("other", {}, 50)
    one.meeting = other.meeting = threading.Barrier(2)
    build(one, other)
    assert one.done == other.done == ["build complete", "prove"]


def test_languages_run_one_after_another_where_it_does_not() -> None:
    order: list[str] = []
    one, other = Fake("one", {}, 60), Fake("other", {}, 60)
    for each in (one, other):
        each.done = order
    build(one, other)
    assert order == ["build complete", "prove"] * 2


@pytest.mark.parametrize("step", STEPS)
def test_a_failed_proof_keeps_its_own_folder_only(step: str) -> None:
    bad, good = Fake("bad", {step: VerificationFailed("no")}), Fake("good", {})
    with pytest.raises(VerificationFailed, match=r"^no$"):
        build(bad, good)
    assert bad.folder.is_dir()
    assert not good.folder.exists()
    assert good.done == ["build complete", "prove"]


def test_another_failure_keeps_nothing() -> None:
    bad = Fake("bad", {"build": ToolMissing("no tool")})
    with pytest.raises(ToolMissing):
        build(bad)
    assert not bad.folder.exists()


def test_several_failures_are_told_together_with_the_code_of_the_first() -> None:
    first = Fake("first", {"prove": VerificationFailed("first no", where="/a", remedy="look")})
    second = Fake("second", {"build": ToolMissing("second no", where="/b", remedy="install")}, need=999)
    with pytest.raises(VerificationFailed) as caught:
        build(first, second)
    assert str(caught.value) == "first no\nsecond no\n  where: /a, /b\n  try:   look"
