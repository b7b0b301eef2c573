"""protogen diff: what changed between two releases, told to people, scripts and release notes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support.upstream import SHOP

CHANGED = (
    SHOP.replace("message Order {", "message Receipt { string text = 1; }\nmessage Order { string note = 5;")
    .replace("color = 2", "paint = 2")
    .replace("rpc Buy(Order) returns (Order);", "rpc Buy(Order) returns (Receipt);")
)
CHANGES = """\
Services
  ~ rpc shop.Shop.Buy: (shop.Order) returns (shop.Order) -> (shop.Order) returns (shop.Receipt)
Messages
  + message shop.Receipt (1 field)
  ~ field shop.Order.paint: renamed from color
  + field shop.Order.note (string = 5)
"""
MESSAGE = 'Field "2" on message "Order" changed name from "color" to "paint".'
FINDING = {"type": "FIELD_SAME_NAME", "path": "shop/shop.proto", "start_line": 9, "message": MESSAGE}
BROKEN = f"""\
Broken, as buf finds
  ! shop/shop.proto:9: {MESSAGE} (FIELD_SAME_NAME)
"""


@pytest.fixture
def options(shop: Shop) -> list[str]:
    """The options that select the shop, with a release 1.0.3 that differs from 1.0.0 and 1.0.2."""
    shop.api.commit({"shop/shop.proto": CHANGED})
    shop.api.git("tag", "api/v1.0.3")
    return shop.options


def script(path: Path, findings: str, code: int = 100) -> list[str]:
    """A buf that finds what it is told to, as an option."""
    path.write_text(
        f"#!/bin/sh\n[ \"$1\" = --version ] && echo 1.9.0 && exit\necho '{findings}'\nexit {code}\n"
    )
    path.chmod(0o755)
    return ["--tool", f"buf={path}"]


def test_what_changed_is_told_in_text_markdown_and_json_though_nothing_judges(
    command: Command, options: list[str]
) -> None:
    ended = command("diff", "1.0.0", "1.0.3", *options, "--rules", "none")
    summary = "1.0.0 -> 1.0.3: 2 added, 2 changed; nothing judged what breaks\n"
    assert (ended.code, ended.out, ended.err) == (1, CHANGES + summary, "")
    ended = command(
        "diff", "--version", "1.0.0,1.0.3", *options, "--rules=none", "--format=markdown", "--offline"
    )
    assert ended.code == 1
    assert ended.out.startswith("## API changes from 1.0.0 to 1.0.3\n")
    assert "- Changed field `shop.Order.paint`: renamed from `color`\n" in ended.out
    ended = command("diff", "1.0.0", "1.0.3", *options, "--rules=none", "--format=json")
    assert ended.code == 1
    assert len(ended.json["changes"]) == 4
    assert ended.json["buf"] is None
    assert ended.json["old"]["repositories"]["api"]["ref"] == "refs/tags/api/v1.0.0"


def test_releases_that_differ_in_comments_only_are_the_same(command: Command, options: list[str]) -> None:
    ended = command("diff", "1.0.0", "1.0.2", *options, "--rules", "none")
    assert (ended.code, ended.out) == (0, "1.0.0 -> 1.0.2: no changes\n")


def test_what_buf_finds_is_told_beside_the_changes(
    command: Command, options: list[str], tmp_path: Path
) -> None:
    Path("protogen.yaml").write_text("version: [1.0.0, 1.0.3]\n")
    buf = script(tmp_path / "buf", json.dumps(FINDING))
    ended = command("diff", *options, *buf)
    summary = "1.0.0 -> 1.0.3: 2 added, 2 changed; buf 1.9.0 finds 1 broken (rules FILE)\n"
    assert (ended.code, ended.out) == (1, CHANGES + BROKEN + summary)
    ended = command("diff", *options, *buf, "--format", "json", "--breaking", "--rules", "wire", "-q")
    assert (ended.code, ended.err, ended.json["changes"]) == (1, "", [])
    finding = {"rule": "FIELD_SAME_NAME", "path": "shop/shop.proto", "line": 9, "message": MESSAGE}
    assert ended.json["buf"] == {"version": "1.9.0", "category": "WIRE", "findings": [finding]}
    ended = command("diff", *options, *script(tmp_path / "buf", "", 0), "--breaking")
    assert (ended.code, ended.out) == (0, "1.0.0 -> 1.0.3: buf 1.9.0 finds nothing broken (rules FILE)\n")
    ended = command("diff", *options, *script(tmp_path / "buf", "nonsense"))
    assert ended.code == 6
    assert "run again with --rules none" in ended.err


def test_what_breaks_is_red_on_a_terminal(
    command: Command, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "CI", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    buf = script(tmp_path / "buf", json.dumps(FINDING))
    ended = command("diff", "1.0.0", "1.0.3", *options, *buf, "-v")
    assert f"\x1b[1;31m{BROKEN.splitlines()[1]}\x1b[0m" in ended.out
    assert "1.0.3: compiling" in ended.err


def test_what_breaks_cannot_be_asked_for_where_nothing_may_judge(command: Command) -> None:
    ended = command("diff", "1.0.0", "1.0.3", "--rules", "none", "--breaking")
    assert ended.code == 2
    assert "run again with --rules buf" in ended.err


@pytest.mark.parametrize("releases", [[], ["1.0.0"], ["1.0.0", "1.0.2", "1.0.3"]])
def test_it_takes_two_releases(command: Command, releases: list[str]) -> None:
    ended = command("diff", *releases)
    assert ended.code == 2
    assert ended.err.splitlines()[0].startswith("error: diff compares two releases; ")
    assert ended.err.splitlines()[-1] == "  try:   protogen diff r2.10 r2.11"
