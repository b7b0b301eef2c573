from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.errors import (
    ProtogenError,
    ReleaseNotFound,
    SourceUnreachable,
    ToolFailed,
    ToolMissing,
    ToolTimedOut,
)
from protogen.sources.gitrepo.client import GitClient, with_tracked
from protogen.system.process import Finished
from tests.support.script import Script, says

URL = "https://me:secret@example.com/a"


def finished(argv: Sequence[str], code: int = 0, stdout: str = "", stderr: str = "") -> Finished:
    return Finished(tuple(argv), code, stdout.encode(), stderr.encode())


def test_listing_peels_tags_and_passes_over_what_is_no_ref() -> None:
    lines = [
        f"{'a' * 40}\trefs/heads/x",
        f"{'b' * 40}\trefs/tags/v1",
        f"{'c' * 40}\trefs/tags/v1^{{}}",
        "noise",
    ]
    client = GitClient(says("\n".join(lines)), {})
    assert client.list_refs(URL) == {"refs/heads/x": "a" * 40, "refs/tags/v1": "c" * 40}


@pytest.mark.parametrize(("ref", "served"), [("refs/heads/x", True), ("", False)])
def test_a_server_that_only_serves_refs_is_asked_for_the_ref(
    tmp_path: Path, ref: str, *, served: bool
) -> None:
    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        refused = "fetch" in argv and argv[-1].startswith("+a")
        return finished(
            argv, 128 if refused else 0, stderr="fatal: remote error: not our ref" if refused else ""
        )

    script = Script(answer)
    client = GitClient(script, {})
    if served:
        assert client.fetch(URL, "a" * 40, ref, tmp_path / "x") is False
        assert script.started[-2][-1] == f"+{ref}:refs/protogen/{'a' * 40}"
        assert script.started[-1][1] == "cat-file"
    else:
        with pytest.raises(ReleaseNotFound):
            client.fetch(URL, "a" * 40, ref, tmp_path / "x")


def test_a_server_without_filters_is_noticed(tmp_path: Path) -> None:
    warning = "warning: filtering not recognized by server, ignoring"
    assert GitClient(says("", 0, warning), {}).fetch(URL, "a" * 40, "", tmp_path / "x") is True


@pytest.mark.parametrize(("set_by_user", "own"), [("", "30"), ("http.lowspeedtime 90", None)])
def test_a_connection_that_stalls_is_given_up_as_the_user_says(
    tmp_path: Path, set_by_user: str, own: str | None
) -> None:
    fetching: list[Mapping[str, str]] = []

    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        if "fetch" in argv:
            fetching.append(env)
        return finished(argv, stdout=set_by_user if "config" in argv else "")

    GitClient(Script(answer), {}).fetch(URL, "a" * 40, "", tmp_path / "x")
    (env,) = fetching
    keys = {value: key.replace("KEY", "VALUE") for key, value in env.items() if "CONFIG_KEY" in key}
    assert env.get(keys.get("http.lowSpeedTime", "")) == own


def test_nothing_to_fetch_starts_nothing(tmp_path: Path) -> None:
    script = says("")
    GitClient(script, {}).fetch_objects(URL, [], tmp_path)
    assert script.started == []


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (ToolMissing("git can't be started: No such file"), ToolMissing, "the git source needs it"),
        (
            ToolTimedOut("git did not finish within 60 seconds"),
            SourceUnreachable,
            "did not answer within 60 seconds",
        ),
        (ToolFailed("git was cancelled"), ToolFailed, "was cancelled"),
    ],
)
def test_a_git_that_does_not_run_is_told(raised: ProtogenError, kind: type[ProtogenError], said: str) -> None:
    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        raise raised

    with pytest.raises(kind) as caught:
        GitClient(Script(answer), {}).list_refs(URL)
    assert said in caught.value.message
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("url", "local"), [(URL, False), ("/srv/api", True), ("file:///srv/api", True)])
def test_a_server_is_asked_for_branches_and_tags_only(url: str, *, local: bool) -> None:
    script = says("")
    GitClient(script, {}).list_refs(url)
    assert ("--heads" in script.started[-1]) is not local


@pytest.mark.parametrize(
    ("refs", "found"),
    [
        ({"refs/heads/x": "1", "refs/remotes/origin/x": "2"}, {"refs/heads/x": "1"}),
        ({"refs/remotes/origin/x": "2", "refs/tags/v1": "3"}, {"refs/heads/x": "2", "refs/tags/v1": "3"}),
        ({"refs/remotes/up/x": "1", "refs/remotes/origin/x": "2"}, {"refs/heads/x": "2"}),
        ({"refs/remotes/up/x": "1", "refs/remotes/other/x": "1"}, {"refs/heads/x": "1"}),
        ({"refs/remotes/up/x": "1", "refs/remotes/other/x": "2"}, {}),
        ({"refs/remotes/origin/HEAD": "1"}, {}),
        ({"refs/remotes/origin/a/b": "1"}, {"refs/heads/a/b": "1"}),
    ],
)
def test_branches_tracked_of_other_repositories_count_where_none_is_nearer(
    refs: Mapping[str, str], found: Mapping[str, str]
) -> None:
    assert with_tracked(refs) == found


def test_the_url_is_no_argument_of_git() -> None:
    script = says("")
    GitClient(script, {}).list_refs(URL)
    assert not [argument for argv in script.started for argument in argv if "example.com" in argument]
