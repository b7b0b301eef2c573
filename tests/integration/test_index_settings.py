"""What the user set for pip holds when protogen reads the index, and when it runs pip."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.errors import SourceRefused
from protogen.languages.toolchain.python import pip_environment
from protogen.sources.index import http_client
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import api_wheel, core_wheel
from tests.integration.test_package_index import API, CORE, source

# As the real one from 25.2.1 on: knows a user for any place that begins with the given one. Releases of pip
# before it ask for the password alone.
KEYRING = """\
#!/bin/sh
echo "$@" >> {log}
if [ "$1 $3" = "get ci" ]; then
  case "$2" in {place}) echo "to ken"; exit 0;; esac
fi
[ "$1 $2 $3" = "--mode=creds --output=json get" ] || exit 1
case "$4" in {place}) ;; *) exit 1;; esac
[ -z "$5" ] || [ "$5" = ci ] || exit 1
echo '{{"username": "ci", "password": "to ken"}}'
"""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("NETRC", os.devnull)
    monkeypatch.setattr(http_client, "_FIRST_WAIT", 0.01)
    offers = {"demo-api": [Offer(API, api_wheel())], "demo-core": [Offer(CORE, core_wheel())]}
    with serving(IndexServer(offers, credentials="ci:to ken")) as server:
        yield server


def address(index: IndexServer, user: str = "") -> str:
    return f"http://{user}127.0.0.1:{index.port}/simple/"


def keyring(tmp_path: Path, place: str) -> tuple[dict[str, str], Path]:
    """Variables with which a keyring is asked that knows this place, and its log."""
    program, log = tmp_path / "bin/keyring", tmp_path / "log"
    program.parent.mkdir()
    program.write_text(KEYRING.format(log=log, place=place))
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PIP_KEYRING_PROVIDER": "subprocess"}, log


@pytest.mark.parametrize("user", ["", "ci@"])
@pytest.mark.parametrize("by_host", [False, True], ids=["index", "host"])
def test_the_keyring_is_asked_for_what_the_address_leaves_out(
    index: IndexServer, tmp_path: Path, user: str, *, by_host: bool
) -> None:
    host = f"127.0.0.1:{index.port}"
    settings, log = keyring(tmp_path, host if by_host else address(index))
    settings["PIP_INDEX_URL"] = address(index, user)
    protos = source(index, tmp_path / "cache", settings).find("1.2", ()).read()
    assert protos.entry_points
    asked = log.read_text().splitlines()
    named = [" ".join(filter(None, (place, user.rstrip("@")))) for place in (address(index), host)]
    assert asked == [f"--mode=creds --output=json get {each}" for each in named[: 1 + by_host]]


def test_a_setting_in_pips_file_asks_the_keyring_too(index: IndexServer, tmp_path: Path) -> None:
    settings, log = keyring(tmp_path, address(index))
    del settings["PIP_KEYRING_PROVIDER"]
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nkeyring-provider = subprocess\nindex-url = {address(index, 'ci@')}\n")
    settings |= {"PIP_CONFIG_FILE": str(file), "PIP_INDEX_URL": ""}
    assert source(index, tmp_path / "cache", settings).find("1.2", ()).read().entry_points
    assert log.exists()


def test_netrc_goes_before_the_keyring(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, log = keyring(tmp_path, address(index))
    netrc = tmp_path / "netrc"
    netrc.write_text('machine 127.0.0.1 login ci password "to ken"\n')
    monkeypatch.setenv("NETRC", str(netrc))
    settings["PIP_INDEX_URL"] = address(index, "ci@")
    assert source(index, tmp_path / "cache", settings).find("1.2", ()).read().entry_points
    assert not log.exists()


@pytest.mark.parametrize(
    ("user", "more"),
    [
        ("other@", {}),
        ("ci:wrong@", {}),
        ("ci@", {"PIP_KEYRING_PROVIDER": "disabled"}),
        ("ci@", {"PIP_KEYRING_PROVIDER": "auto", "PIP_NO_INPUT": "1"}),
    ],
)
def test_an_index_that_still_refuses_is_told(
    index: IndexServer, tmp_path: Path, user: str, more: dict[str, str]
) -> None:
    settings, _ = keyring(tmp_path, address(index))
    settings |= {"PIP_INDEX_URL": address(index, user), **more}
    with pytest.raises(SourceRefused, match=r"refuses access \(401\)") as caught:
        source(index, tmp_path / "cache", settings).find("1.2", ()).read()
    assert "keyring" in caught.value.remedy
    assert "to ken" not in str(caught.value)


def plain_wheel() -> bytes:
    """The least that pip takes for a wheel."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {
            "METADATA": "Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            archive.writestr(f"plain-1.0.dist-info/{name}", text)
    return content.getvalue()


@pytest.mark.parametrize("provider", ["", pytest.param("subprocess", marks=pytest.mark.slow)])
def test_pip_itself_asks_the_keyring(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """Also the one that pip finds by itself, which it doesn't ask where it may ask nobody."""
    monkeypatch.setattr("protogen.system.keyring.find_spec", lambda name: None)
    settings, log = keyring(tmp_path, address(index))
    index.projects["plain"] = [Offer("plain-1.0-py3-none-any.whl", plain_wheel())]
    environ = {**os.environ, **settings, "PIP_CONFIG_FILE": os.devnull, "PIP_KEYRING_PROVIDER": provider}
    environ["PIP_INDEX_URL"] = address(index, "ci@")
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--dest",
            str(tmp_path / "got"),
            "plain",
        ],
        env=pip_environment(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "got").glob("plain-1.0-*.whl"))
    assert log.exists()
