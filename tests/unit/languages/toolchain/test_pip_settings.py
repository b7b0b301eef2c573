"""pip's settings from the environment and from its files, as pip itself reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protogen.errors import UsageError
from protogen.system.pip_settings import PipSettings, locations, parse, read


def test_defaults_are_pips() -> None:
    assert parse({}, []) == PipSettings(("",), False, "", "", "", (), 15.0, 5)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("PIP_INDEX_URL", "https://a.example/simple", "indexes", ("https://a.example/simple",)),
        ("PIP_EXTRA_INDEX_URL", "https://a.example https://b.example", "indexes",
         ("", "https://a.example", "https://b.example")),
        ("PIP_CERT", "/a.pem", "cert", "/a.pem"),
        ("REQUESTS_CA_BUNDLE", "/b.pem", "cert", "/b.pem"),
        ("SSL_CERT_FILE", "/c.pem", "cert", "/c.pem"),
        ("PIP_CLIENT_CERT", "/d.pem", "client_cert", "/d.pem"),
        ("PIP_PROXY", "http://p.example:1", "proxy", "http://p.example:1"),
        ("PIP_TRUSTED_HOST", "a.example b.example:8080", "trusted_hosts", ("a.example", "b.example:8080")),
        ("PIP_DEFAULT_TIMEOUT", "60", "timeout", 60.0),
        ("PIP_TIMEOUT", "2.5", "timeout", 2.5),
        ("PIP_RETRIES", "0", "retries", 0),
        ("PIP_NO_INDEX", "1", "no_index", True),
        ("PIP_NO_INDEX", "off", "no_index", False),
        ("PIP_NO_INDEX", "", "no_index", False),
    ],
)  # fmt: skip
def test_each_variable_sets_its_field(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(parse({name: value}, []), field) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("index-url", "https://a.example"),
        ("index_url", "https://a.example"),
        ("--index-url", "https://a.example"),
    ],
)
def test_keys_of_files_may_be_written_in_pips_ways(key: str, value: str) -> None:
    assert parse({}, [("pip.conf", f"[global]\n{key} = {value}\n")]).indexes == (value,)


def test_specific_section_wins_over_global_and_environment_over_all() -> None:
    weak = ("a", "[install]\ntimeout = 1\nretries = 1\n[download]\ncert = /weak.pem\n")
    strong = (
        "b",
        "[global]\ntimeout = 2\nretries = 2\nproxy = http://b.example\n[list]\nproxy = http://c.example\n",
    )
    settings = parse({"PIP_RETRIES": "3"}, [weak, strong])
    assert (settings.timeout, settings.retries, settings.cert) == (1.0, 3, "/weak.pem")
    assert settings.proxy == "http://b.example"


def test_later_file_wins_within_a_section() -> None:
    files = [
        ("a", "[global]\nindex-url = https://a.example\n"),
        ("b", "[global]\nindex-url = https://b.example\n"),
    ]
    assert parse({}, files).indexes == ("https://b.example",)


def test_lists_may_spread_over_lines_and_repeat() -> None:
    text = "[global]\nindex-url = https://a.example\nextra-index-url =\n  https://b.example\n  https://a.example\n"
    assert parse({}, [("f", text)]).indexes == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"PIP_TIMEOUT": "soon"}, ""),
        ({"PIP_TIMEOUT": "-1"}, ""),
        ({"PIP_NO_INDEX": "maybe"}, ""),
        ({}, "index-url = https://user:hidden@a.example\n"),
        ({}, "[global]\nindex-url = https://user:hidden@a.example\n[global]\n"),
    ],
)
def test_senseless_settings_are_refused_without_showing_passwords(environ: dict[str, str], text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(environ, [("pip.conf", text)])
    assert "hidden" not in str(caught.value)


HOME = Path("/home/me")


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, ["/etc/xdg/pip/pip.conf", "/etc/pip.conf", "/home/me/.pip/pip.conf",
                       "/home/me/.config/pip/pip.conf", "/venv/pip.conf"]),
        ("linux", {"XDG_CONFIG_DIRS": "/x:/y", "XDG_CONFIG_HOME": "/h"},
         ["/x/pip/pip.conf", "/y/pip/pip.conf", "/etc/pip.conf", "/home/me/.pip/pip.conf", "/h/pip/pip.conf",
          "/venv/pip.conf"]),
        ("darwin", {}, ["/Library/Application Support/pip/pip.conf", "/home/me/.pip/pip.conf",
                        "/home/me/.config/pip/pip.conf", "/venv/pip.conf"]),
        ("linux", {"PIP_CONFIG_FILE": os.devnull}, []),
    ],
)  # fmt: skip
def test_files_are_pips_in_pips_order(platform: str, environ: dict[str, str], expected: list[str]) -> None:
    found = locations(environ, platform=platform, prefix="/venv", home=HOME)
    assert [str(path) for path in found] == expected


def test_named_file_replaces_the_users_own(tmp_path: Path) -> None:
    named = tmp_path / "mine.conf"
    environ = {"PIP_CONFIG_FILE": str(named)}
    assert HOME / ".pip" / "pip.conf" in locations(environ, platform="linux", prefix="/venv", home=HOME)
    named.write_text("")
    found = locations(environ, platform="linux", prefix="/venv", home=HOME)
    assert found[-1] == named
    assert HOME / ".pip" / "pip.conf" not in found


def test_library_folder_of_a_mac_is_used_where_it_exists(tmp_path: Path) -> None:
    library = tmp_path / "Library" / "Application Support" / "pip"
    library.mkdir(parents=True)
    assert library / "pip.conf" in locations({}, platform="darwin", prefix="/venv", home=tmp_path)


def test_files_of_the_machine_are_read(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_text("[global]\nproxy = http://p.example\n")
    environ = {"PIP_CONFIG_FILE": str(tmp_path / "mine.conf"), "HOME": str(tmp_path)}
    assert read(environ).proxy == "http://p.example"
    assert read({"PIP_CONFIG_FILE": os.devnull}).proxy == ""


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.conf").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        read({"PIP_CONFIG_FILE": str(tmp_path / "mine.conf")})
