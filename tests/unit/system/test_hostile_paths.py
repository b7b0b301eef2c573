"""Path patterns, paths and import names from strangers."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.system.locations import check_ref, check_url, without_credentials
from protogen.system.paths import check_import, check_relative, pattern

BOUND_SECONDS = 20


def as_expression(text: str) -> re.Pattern[str]:
    """The plain meaning of a pattern, which a regular expression finds by trying everything."""
    out = ""
    while text:
        for start, meaning in (("**/", "(?:[^/]+/)*"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if text.startswith(start):
                out, text = out + meaning, text[len(start) :]
                break
        else:
            out, text = out + re.escape(text[0]), text[1:]
    return re.compile(out, re.DOTALL)


@given(
    st.lists(st.sampled_from(["**/", "**", "*", "?", "a", "b", "/", "a/", "***/"]), max_size=7).map("".join),
    st.lists(st.text("abc/", min_size=0, max_size=9), min_size=1, max_size=5),
)
def test_a_pattern_matches_what_its_plain_meaning_matches(text: str, paths: list[str]) -> None:
    for path in paths:
        assert pattern(text).fullmatch(path) == bool(as_expression(text).fullmatch(path))


@pytest.mark.parametrize(
    "text",
    ["**/" * 300 + "x.proto", "*a" * 400 + "x.proto", "**a" * 300 + "x.proto", "**/*a" * 190 + "x.proto"],
)
def test_a_pattern_that_would_backtrack_takes_no_time(text: str) -> None:
    before = time.monotonic()
    assert not pattern(text).fullmatch("a/" * 490 + "y.proto")
    assert not pattern(text).fullmatch("a" * 900 + "bx.protO")
    assert not pattern(text + "/").fullmatch("a/" * 490 + "x.proto")
    assert not pattern("b" + text).fullmatch("a/" * 490 + "x.proto")
    assert time.monotonic() - before < BOUND_SECONDS


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("x" * 256 + ".proto", "more than 255 bytes"),
        ("a/" + "ä" * 128, "more than 255 bytes"),
        ("a/\udcff.proto", "not UTF-8"),
        ("a/\x9b31m.proto", "control character"),
        ("a/\x7f.proto", "control character"),
        ("a\n--plugin=x", "control character"),
        ("--plugin=protoc-gen-go=x", "starts with '-'"),
        ("@arguments", "starts with '@'"),
    ],
)
def test_absurd_names_are_refused(path: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_relative(path)


@pytest.mark.parametrize("path", ["CON", "aux.proto", "nul/com1.proto", "a b.proto", "$(x).proto", "a;b&c|d"])
def test_names_that_only_other_systems_or_shells_mind_pass(path: str) -> None:
    check_relative(path)
    check_import(path)


@pytest.mark.parametrize("name", ["a,module=evil.example.com", "Ma=b.proto", "a:b.proto", "."])
def test_an_import_name_that_a_plugin_would_take_apart_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="comma, equals sign or colon"):
        check_import(name)


@given(st.text(st.sampled_from("-@/.:~^[]{} a\x00\x1b\x9b\\"), max_size=12))
def test_a_ref_that_passes_is_neither_option_nor_refspec(ref: str) -> None:
    try:
        check_ref(ref)
    except ValueError:
        return
    assert not ref.startswith(("-", "/", "+"))
    assert not set(ref) & set(" ~^:?*[\\\x00\x1b\x9b")
    assert ".." not in ref


@given(
    st.sampled_from(["https", "http", "git", "file"]),
    st.text("abc:%@!", min_size=1, max_size=12),
    st.sampled_from(["", "?token=", "#token="]),
)
def test_no_part_of_the_credentials_survives(scheme: str, user: str, query: str) -> None:
    shown = without_credentials(f"{scheme}://{user}@host.example/path.git{query}{'secret' if query else ''}")
    assert shown == f"{scheme}://host.example/path.git"


@pytest.mark.parametrize(
    "location",
    ["x" * 2001, "git@-oProxyCommand=x:y", "-oProxyCommand:x", "ssh://-oProxyCommand=x/y", "https://h/\x9bx"],
)
def test_a_location_that_ssh_or_a_terminal_could_mistake_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_url(location)
