from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.errors import ProtogenError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.toolchain import python
from protogen.languages.toolchain.python import complaint, is_unmet, provide_modules, provide_wheels
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.script import Script

PINS = Path(__file__).parents[4] / "protogen" / "languages" / "python" / "tools.txt"
UNMET = (
    "ERROR: Could not find a version that satisfies the requirement protobuf>=99 (from versions: 3.20.3)\n"
    "ERROR: No matching distribution found for protobuf>=99\n"
)
EMPTY = UNMET.replace("3.20.3", "none")
UNREACHABLE = f"WARNING: Retrying (Retry(total=0)) after connection broken\n{UNMET}"


class Pip(Script):
    """Plays pip, venv and compileall; notes the environment that pip got."""

    def __init__(self, code: int = 0, words: str = "", *, venv: int = 0) -> None:
        super().__init__(self._answer)
        self.code, self.said, self.venv = code, words, venv
        self.environ: Mapping[str, str] = {}

    def _answer(self, argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        if "venv" in argv:
            return Finished(tuple(argv), self.venv, b"", b"")
        if {"install", "wheel"} & {*argv}:
            self.environ = env
            folder = Path(argv[argv.index("--target" if "install" in argv else "--wheel-dir") + 1])
            (folder / "made").write_text("made")
            if "install" in argv:
                (folder / "bin").mkdir()
                (folder / "bin" / "twine").write_text(f"#!{sys.executable}")
        return Finished(tuple(argv), self.code, b"", self.said.encode())


def box(
    tmp_path: Path, script: Script, environ: Mapping[str, str] | None = None, *, offline: bool = False
) -> Toolbox:
    return Toolbox(Cache(tmp_path / "cache", offline), script, {"PATH": "/bin", **(environ or {})}, {})


def test_modules_are_installed_once_and_can_be_moved(tmp_path: Path) -> None:
    pip = Pip()
    folder = provide_modules(box(tmp_path, pip), PINS)
    install, compiled = pip.started
    assert install[:5] == (sys.executable, "-I", "-m", "pip", "install")
    assert install[-2:] == ("--requirement", str(PINS))
    assert {"--no-deps", "--require-hashes", "--only-binary"} < {*install}
    assert compiled[2:4] == ("-m", "compileall")
    # The commands of bin/ hold absolute paths.
    assert {path.name for path in folder.iterdir()} == {"made", ".entry.json"}
    for offline in (False, True):
        assert provide_modules(box(tmp_path, pip, offline=offline), PINS) == folder
    assert len(pip.started) == 2
    other = tmp_path / "other.txt"
    other.write_text(PINS.read_text().replace("sha256:0", "sha256:1"))
    assert provide_modules(box(tmp_path, pip), other) != folder


def test_wheels_are_kept_by_what_is_required(tmp_path: Path) -> None:
    pip = Pip()
    for requirements in (["grpcio>=1", "protobuf>=3"], ["protobuf>=3", "grpcio>=1"]):
        folder = provide_wheels(box(tmp_path, pip), tmp_path / "modules", requirements, tmp_path)
    (wheel,) = pip.started
    assert wheel[:4] == (sys.executable, "-I", "-B", str(tmp_path / "modules/pip/__pip-runner__.py"))
    assert provide_wheels(box(tmp_path, pip), tmp_path / "modules", ["protobuf>=3"], tmp_path) != folder


def test_pip_gets_the_users_index_but_no_options_that_bend_it(tmp_path: Path) -> None:
    pip, index = Pip(), "http://localhost/simple/"
    bent = {"PIP_TARGET": "/elsewhere", "PIP_CONSTRAINT": "c.txt", "PIP_USER": "1"}
    provide_modules(box(tmp_path, pip, {"PIP_INDEX_URL": index, **bent}), PINS)
    assert pip.environ["PIP_INDEX_URL"] == index
    assert "PIP_TARGET" not in pip.environ
    assert pip.environ["PIP_CONSTRAINT"] == os.devnull
    assert pip.environ["PIP_USER"] == "0"


@pytest.mark.parametrize("kind", ["modules", "wheels"])
def test_offline_needs_the_cache(tmp_path: Path, kind: str) -> None:
    toolbox = box(tmp_path, Pip(), offline=True)
    with pytest.raises(ToolMissing) as caught:
        if kind == "modules":
            provide_modules(toolbox, PINS)
        else:
            provide_wheels(toolbox, tmp_path, ["protobuf>=3"], tmp_path)
    assert "--offline forbids" in caught.value.message
    assert "without --offline" in caught.value.remedy


@pytest.mark.parametrize(
    ("words", "expected"), [(UNMET, VerificationFailed), (EMPTY, ToolFailed), (UNREACHABLE, ToolFailed)]
)
def test_only_an_index_that_answers_speaks_against_the_package(
    tmp_path: Path, words: str, expected: type[ProtogenError]
) -> None:
    assert is_unmet(words) == (expected is VerificationFailed)
    with pytest.raises(expected, match="No matching distribution found for protobuf>=99") as caught:
        provide_wheels(box(tmp_path, Pip(1, words)), tmp_path, ["protobuf>=99"], tmp_path / "proof")
    assert caught.value.remedy
    assert (caught.value.where == str(tmp_path / "proof")) == (expected is VerificationFailed)


def test_tools_that_the_index_lacks_are_the_users_trouble(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="the tools for Python packages can't be fetched"):
        provide_modules(box(tmp_path, Pip(1, UNMET)), PINS)
    assert not (tmp_path / "cache" / "v2").exists()


def test_a_pip_is_made_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "find_spec", lambda name: None)
    pip = Pip()
    provide_modules(box(tmp_path, pip), PINS)
    venv, install, _ = pip.started
    assert venv[1:4] == ("-I", "-m", "venv")
    assert install[0] == f"{venv[4]}/bin/python"
    with pytest.raises(ToolMissing, match="there is no pip") as caught:
        provide_modules(box(tmp_path / "other", Pip(venv=1)), PINS)
    assert "ensurepip" in caught.value.remedy


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("WARNING: x\nERROR: one\nERROR: two\n\nhint", "one\n  two"),
        ("Traceback\n  File x\nValueError: y", "Traceback\n    File x\n  ValueError: y"),
        ("\n".join(map(str, range(20))), "\n  ".join(map(str, range(12, 20)))),
        ("", ""),
    ],
)
def test_complaints_are_pips_errors_or_the_last_lines(words: str, expected: str) -> None:
    assert complaint(words) == expected


def test_isolated_programs_see_nothing_of_the_user(tmp_path: Path) -> None:
    seen: list[Mapping[str, str]] = []

    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        seen.append(env)
        return Finished(tuple(argv), 0, b"", b"")

    bent = {"LC_ALL": "de_DE", "TZ": "Asia/Tokyo", "PYTHONPATH": "/x", "HATCH_BUILD_CLEAN": "1"}
    python.run_isolated(box(tmp_path, Script(answer), bent), ["x"], tmp_path, {"MORE": "1"})
    assert seen[0]["PATH"] == "/bin"
    assert (seen[0]["LC_ALL"], seen[0]["TZ"], seen[0]["MORE"]) == ("C.UTF-8", "UTC", "1")
    assert not {"PYTHONPATH", "HATCH_BUILD_CLEAN"} & seen[0].keys()
