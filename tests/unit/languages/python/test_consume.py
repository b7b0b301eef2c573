"""The program that uses an installed package, on packages that are made up."""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.languages.python.programs import consume

STUB = "class ShopStub:\n    def __init__(self, channel):\n        self.Get = channel.unary_unary('/s/Get')\n"
MESSAGE = (
    "class Req:\n"
    "    class Deep:\n"
    "        FromString = classmethod(lambda cls, content: cls())\n"
    "        SerializePartialToString = lambda self: b''\n"
    "        __eq__ = lambda self, other: type(self) is type(other)\n"
)
FILES = {
    "made_up/__init__.py": "__all__ = ['Known']\ndef __getattr__(name):\n"
    "    if name == 'Known':\n        return 1\n    raise AttributeError(name)\n",
    "made_up/py.typed": "",
    "made_up/base/__init__.py": "",
    "made_up/base/m_pb2.py": MESSAGE,
    "made_up/shop/__init__.py": "",
    "made_up/shop/s_pb2_grpc.py": STUB,
    "made_up/shop/s_pb2_grpc.pyi": "class ShopStub: ...",
}
CALL = {
    "module": "shop.s_pb2_grpc",
    "stub": "ShopStub",
    "method": "Get",
    "message_module": "base.m_pb2",
    "message": "Req.Deep",
}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "made_up"]:
        del sys.modules[name]


def install(tmp_path: Path, changes: dict[str, str | None], more: tuple[str, ...] = ()) -> None:
    """The package with some texts changed, or missing though they are recorded where they are None."""
    site = tmp_path / "site"
    files = FILES | {path: text for path, text in changes.items() if text is not None}
    metadata = "Metadata-Version: 2.4\nName: made-up\nVersion: 1.0\n"
    files["made_up-1.0.dist-info/METADATA"] = metadata
    recorded = [path for path in files if path not in changes or changes[path] is not None]
    files["made_up-1.0.dist-info/RECORD"] = "".join(f"{path},,\n" for path in (*recorded, *more))
    for path, text in files.items():
        if path not in changes or changes[path] is not None:
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)
    importlib.invalidate_caches()


def use(tmp_path: Path, **changes: object) -> None:
    expected = {
        "package": "made_up",
        "distribution": "made-up",
        "version": "1.0",
        "python": "3.8",
        "calls": [CALL],
        "neighbours": [],
        "same": [],
        **changes,
    }
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    consume.main(str(tmp_path / "expected.json"))


def test_a_sound_package_is_used_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(tmp_path, {})
    use(tmp_path)
    assert capsys.readouterr() == ("", "")
    assert "made_up.shop.s_pb2_grpc" in sys.modules


@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        ({}, ("other/__init__.py",), "beside made_up it installs other"),
        ({}, ("../../bin/x",), "beside made_up it installs .."),
        ({"made_up/py.typed": None}, (), "py.typed is missing"),
        ({}, ("made_up/gone_pb2.py",), "gone_pb2.py is recorded but not there"),
        ({"made_up/base/__init__.py": None}, (), "made_up.base"),
        ({"made_up/new.py": "match 1:\n    case 1: pass\n"}, (), "new.py, line 2: not for Python 3.8"),
        ({"made_up/new.pyi": "x: = 1"}, (), "new.pyi, line 1"),
        ({"made_up/__init__.py": "__all__ = ['absent']"}, (), "made_up has no absent"),
        ({"made_up/base/m_pb2.py": MESSAGE.replace("is type", "is not type")}, (), "over the wire"),
        (
            {"made_up/shop/s_pb2_grpc.py": STUB.replace("channel.un", "3 #")},
            (),
            "ShopStub.Get can't be called",
        ),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, changes: dict[str, str | None], more: tuple[str, ...], words: str
) -> None:
    install(tmp_path, changes, more)
    with pytest.raises(SystemExit) as caught:
        use(tmp_path)
    assert words in str(caught.value.code)


def test_another_version_is_told(tmp_path: Path) -> None:
    install(tmp_path, {})
    with pytest.raises(SystemExit, match=r"version 1.0 is installed, not 1\.1"):
        use(tmp_path, version="1.1")


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("made_up/base/m_pb2.py", "import nowhere_at_all", ImportError),
        ("made_up/base/__init__.py", "raise KeyError(1)", KeyError),
        ("made_up/base/m_pb2.py", "import warnings; warnings.warn('old', UserWarning)", UserWarning),
    ],
)
def test_modules_must_import_without_a_word(
    tmp_path: Path, path: str, text: str, kind: type[BaseException]
) -> None:
    install(tmp_path, {path: text})
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with pytest.raises(kind):
            use(tmp_path)


THEIRS = MESSAGE.replace("class Req:\n    class Deep:\n    ", "class Deep:\n").replace("\n        ", "\n    ")


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (THEIRS, ""),
        ("from made_up.base.m_pb2 import Deep", "isn't what it was"),
        ("", ""),
    ],
)
def test_a_message_goes_to_a_neighbour_and_back(theirs: str, words: str, tmp_path: Path) -> None:
    install(tmp_path, {"made_up/base/m_pb2.py": f"{MESSAGE}\nDeep = Req.Deep\n"})
    (tmp_path / "site" / "neighbour_pb2.py").write_text(theirs)
    sys.modules.pop("neighbour_pb2", None)
    same = {"module": "base.m_pb2", "message": "Deep", "theirs": "neighbour_pb2"}
    if not words:
        use(tmp_path, neighbours=["neighbour_pb2"], same=[same])
        assert "neighbour_pb2" in sys.modules
        return
    with pytest.raises(SystemExit, match=words):
        use(tmp_path, neighbours=["neighbour_pb2"], same=[same])
