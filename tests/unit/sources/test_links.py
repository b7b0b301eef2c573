from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from protogen.sources.links import follow


@pytest.mark.parametrize(
    ("path", "links", "final"),
    [
        ("a/x.proto", {}, "a/x.proto"),
        ("x.proto", {"x.proto": "a/y.proto"}, "a/y.proto"),
        ("b/x.proto", {"b": "a"}, "a/x.proto"),
        ("b/c/x.proto", {"b/c": "../a"}, "a/x.proto"),
        ("b/x.proto", {"b": "c", "c": "a"}, "a/x.proto"),
        ("b/d/x.proto", {"b": "a", "a/d": "../e/./f"}, "e/f/x.proto"),
        ("b/x.proto", {"b": "."}, "x.proto"),
        ("d/b/x.proto", {"d/b": ".."}, "x.proto"),
        ("b/x.proto", {"b": "a/"}, "a/x.proto"),
        ("b/../x.proto", {"b": "a/c"}, "a/x.proto"),
        ("", {"b": "a"}, ""),
    ],
)
def test_links_are_followed_within_the_repository(path: str, links: dict[str, str], final: str) -> None:
    assert follow(path, links) == final


@pytest.mark.parametrize(
    ("path", "links", "reason"),
    [
        ("x.proto", {"x.proto": "/etc/x.proto"}, "out of the repository"),
        ("x.proto", {"x.proto": "../x.proto"}, "out of the repository"),
        ("b/x.proto", {"b": "a/../.."}, "out of the repository"),
        ("b/x.proto", {"b": "b"}, "circle"),
        ("b/x.proto", {"b": "c", "c": "b"}, "circle"),
        ("b/x.proto", {"b": "b/c"}, "circle"),
    ],
)
def test_links_that_lead_out_or_in_a_circle_are_refused(
    path: str, links: dict[str, str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        follow(path, links)


_NAMES = st.sampled_from(["a", "b", "c"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_TARGETS = st.lists(st.sampled_from(["a", "b", "c", "..", "."]), min_size=1, max_size=4).map("/".join)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_PATHS, st.dictionaries(_PATHS, _TARGETS, max_size=3))
def test_links_are_followed_as_the_file_system_does(
    tmp_path_factory: pytest.TempPathFactory, path: str, links: dict[str, str]
) -> None:
    root = tmp_path_factory.mktemp("root")
    placed = {}
    for link, target in sorted(links.items(), key=lambda each: each[0].count("/")):
        place = root / link
        assume(not any(parent.is_symlink() for parent in place.parents))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
        placed[link] = target
    try:
        expected = os.path.realpath(root / path, strict=True)
    except OSError:
        return
    try:
        assert str(root / follow(path, placed)).rstrip("/") == expected
    except ValueError:
        # On the way it left the repository; the file system may have come back.
        assert not expected.startswith(f"{root}/") or any(".." in target for target in placed.values())
