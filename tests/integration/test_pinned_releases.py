"""Repositories that pin each other as real ones do: by version, go.mod, short commit, submodule, date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.corpus import git
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: one
releases: api
repositories:
  api: {{url: https://git.invalid/api, tag: "v{{major}}.{{minor}}.{{patch}}"}}
  base:
    url: https://git.invalid/base
    {base}
entry_points:
  - {{repository: api, pattern: api.proto}}
"""
API = 'syntax = "proto3"; package api; import "base.proto"; message A { base.B b = 1; }'
BASE = 'syntax = "proto3"; package base; message B { int32 %s = 1; }'
TAG = "tag: 'v{major}.{minor}.{patch}'"
LOCATIONS = """\
REPOSITORIES = dict(
    other = dict(version = "9.9.9", sha256 = "0"),
    base = dict(
        project_name = "base",
        version = "%s",
        urls = ["https://git.invalid/base/archive/v{version}.tar.gz"],
    ),
)
"""


@dataclass(frozen=True)
class Pair:
    """An API and what it imports, whose commits are of 2024-01-01, -02, -03 …, the second one v1.3.0."""

    api: Repository
    base: Repository
    commits: tuple[str, ...]

    def release(
        self, recipe: str, files: dict[str, str], version: str = "1.9.0", day: str = "2024-01-04"
    ) -> list[str]:
        """Make a release of the API; the options that select all."""
        self.api.commit({"api.proto": API, **files}, date=f"{day}T00:00:00Z")
        self.api.git("tag", f"v{version}")
        path = self.api.path.parent / "one.yaml"
        path.write_text(RECIPE.format(base=recipe))
        places = (f"--repo={name}={each.path}" for name, each in (("api", self.api), ("base", self.base)))
        return ["--recipe", str(path), *places]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    base, commits = Repository.create(tmp_path / "base"), []
    for day in range(1, 6):
        date = f"2024-01-0{day}T12:00:00Z"
        commits.append(base.commit({"base.proto": BASE % f"day{day}"}, date=date))
        if day == 2:
            base.git("tag", "v1.3.0")
            base.git("branch", "old")
    return Pair(Repository.create(tmp_path / "api"), base, tuple(commits))


def made(command: Command, *options: str, version: str = "1.9.0") -> tuple[dict[str, str], str]:
    ended = command("--version", version, "--lang", "proto", "--dry-run", "--format", "json", *options)
    assert ended.code == 0, ended.err
    found: dict[str, str] = ended.json["releases"][0]["repositories"]["base"]
    return found, ended.err


BZL = f"""\
{TAG}
    pins: [{{repository: api, file: bazel/repository_locations.bzl, as: tag,
            pattern: '(?s)base = dict\\(.{{0,200}}?version = "([^"]+)"'}}]"""
MODULE = 'pins: [{repository: api, file: MODULE.bazel, pattern: \'"base", version = "([^"]+)"\'}]'
GO = f"{TAG}\n    pins: [{{repository: api, file: go.mod, module: example.com/base, as: tag}}]"


@pytest.mark.parametrize(
    ("recipe", "file", "text", "day"),
    [
        (BZL, "bazel/repository_locations.bzl", LOCATIONS % "1.3.0", 2),
        (BZL, "bazel/repository_locations.bzl", LOCATIONS % "v1.3.0", 2),
        (BZL, "bazel/repository_locations.bzl", LOCATIONS % "{3}", 3),
        (MODULE, "MODULE.bazel", 'bazel_dep(name = "base", version = "0.0.0-20240103-{3:.8}")', 3),
        (MODULE, "MODULE.bazel", 'bazel_dep(name = "base", version = "0.0.0-20240102-{2:.8}")', 2),
        (MODULE, "MODULE.bazel", 'bazel_dep(name = "base", version = "{1:.7}")', 1),
        (GO, "go.mod", "require example.com/base v1.3.0\n", 2),
        (GO, "go.mod", "require (\n\texample.com/base v1.3.1-0.20240104120000-{4:.12} // indirect\n)\n", 4),
    ],
    ids=["version", "tag", "commit", "bazel", "tip", "bare", "go.mod", "pseudo"],
)
def test_a_pin_may_be_a_version_or_an_abbreviated_commit(
    command: Command, pair: Pair, recipe: str, file: str, text: str, day: int
) -> None:
    for number, commit in enumerate(pair.commits, 1):
        text = text.replace(f"{{{number}:.12}}", commit[:12]).replace(f"{{{number}:.8}}", commit[:8])
        text = text.replace(f"{{{number}:.7}}", commit[:7]).replace(f"{{{number}}}", commit)
    options = pair.release(recipe, {file: text})
    found, err = made(command, *options, "--match", "pin")
    assert found["commit"] == pair.commits[day - 1]
    assert f"pinned in api's {file}: by --match pin" in err


def test_a_completed_commit_is_remembered_for_offline(command: Command, pair: Pair) -> None:
    options = pair.release(
        MODULE, {"MODULE.bazel": f'"base", version = "0.0.0-20240103-{pair.commits[2][:8]}"'}
    )
    first, _ = made(command, *options)
    again, _ = made(command, *options, "--offline")
    assert again == first


def test_a_submodule_of_the_release_pins(command: Command, pair: Pair) -> None:
    options = pair.release("pins: [{repository: api, submodule: deps/base}]", {})
    git("update-index", "--add", "--cacheinfo", f"160000,{pair.commits[3]},deps/base", cwd=pair.api.path)
    pair.api.git("commit", "--quiet", "--message", "submodule")
    pair.api.git("tag", "--force", "v1.9.0")
    assert made(command, *options)[0]["commit"] == pair.commits[3]


@pytest.mark.parametrize(
    ("recipe", "text", "message", "remedy"),
    [
        (
            BZL.replace(", as: tag", ""),
            LOCATIONS % "1.3.0",
            "pins base at '1.3.0', which isn't a commit",
            "write `as: tag` into the pin",
        ),
        (
            BZL,
            LOCATIONS % "1.4.0",
            "pins base at '1.4.0', which no tag of base is; nearest: v1.3.0",
            "--ref base=v1.3.0",
        ),
        (
            BZL.replace(", as: tag", ""),
            LOCATIONS % "abcdef12",
            "no commit that begins with abcdef12",
            "--ref",
        ),
        (BZL, "", "no pin of base was found; looked in api:bazel/repository_locations.bzl", "--ref base=REF"),
    ],
    ids=["no commit", "no tag", "unknown", "nothing"],
)
def test_a_pin_that_leads_nowhere_says_what_it_found(
    command: Command, pair: Pair, recipe: str, text: str, message: str, remedy: str
) -> None:
    options = pair.release(recipe, {"bazel/repository_locations.bzl": text})
    ended = command("--version", "1.9.0", "--lang", "proto", "--match", "pin", *options)
    assert ended.code == 3
    assert message in ended.err
    assert remedy in ended.err


@pytest.mark.parametrize(
    ("recipe", "day"),
    [
        ("by_date: main", 3),
        ("by_date: old", 2),
        (TAG + "\n    by_date: main", 3),
        ("by_date: main\n    pins: [{repository: api, file: DEPS, pattern: '(.+)'}]", 3),
    ],
    ids=["main", "old", "no twin", "no pin"],
)
def test_what_nothing_pins_is_taken_as_it_was_at_the_release(
    command: Command, pair: Pair, recipe: str, day: int
) -> None:
    options = pair.release(recipe, {})
    found, err = made(command, *options)
    assert found["commit"] == pair.commits[day - 1]
    assert "nothing pins it; the newest of" in err
    assert "before 2024-01-04, when 1.9.0 was made" in err
    assert made(command, *options, "--offline")[0] == found


def test_the_commit_by_date_is_locked(command: Command, pair: Pair, tmp_path: Path) -> None:
    options = ["--version", "1.9.0", "--lang", "proto", *pair.release("by_date: main", {})]
    assert command("lock", *options).code == 0
    assert f'"commit": "{pair.commits[2]}"' in (tmp_path / "work/protogen.lock").read_text()
    ended = command(*options, "--locked")
    assert ended.code == 0, ended.err


def test_before_all_commits_nothing_is_found(command: Command, pair: Pair) -> None:
    options = pair.release("by_date: main", {}, day="2023-01-01")
    ended = command("--version", "1.9.0", "--lang", "proto", *options)
    assert ended.code == 3
    assert "nothing pins base, and of its branch main there is no commit before 2023-01-01" in ended.err
    other = pair.release("by_date: mian", {}, version="1.9.1")
    assert "there is no such branch" in command("--version", "1.9.1", "--lang", "proto", *other).err


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_a_fixed_ref_may_be_a_branch_a_tag_or_a_commit(command: Command, pair: Pair, kind: str) -> None:
    ref, day = {"branch": ("old", 2), "tag": ("v1.3.0", 2), "commit": (pair.commits[3], 4)}[kind]
    found, err = made(command, *pair.release(f"ref: {ref}", {}), "--match", "pin")
    assert found["commit"] == pair.commits[day - 1]
    assert "(by the recipe)" in err


UNUSED = f"""{TAG}
  unused: {{url: https://git.invalid/unused, pins: [{{repository: api, submodule: nowhere}}]}}"""


def test_only_repositories_that_are_used_need_a_commit(command: Command, pair: Pair, tmp_path: Path) -> None:
    unused = Repository.create(tmp_path / "unused")
    unused.commit({"x.proto": BASE % "x"})
    options = [*pair.release(UNUSED, {}, version="1.3.0"), f"--repo=unused={unused.path}"]
    _, err = made(command, *options, "--match", "pin", version="1.3.0")
    assert "note: unused is left out: no pin of unused was found; looked in api:nowhere" in err
    pair.api.commit({"api.proto": API.replace("base.proto", "x.proto")})
    pair.api.git("tag", "--force", "v1.3.0")
    ended = command("--version", "1.3.0", "--lang", "proto", *options)
    assert ended.code == 3
    assert "no pin of unused was found; looked in api:nowhere" in ended.err


def test_a_repository_that_pins_may_be_pinned_itself(command: Command, pair: Pair, tmp_path: Path) -> None:
    middle = Repository.create(tmp_path / "middle")
    pinned = middle.commit({"DEPS": pair.commits[3]})
    middle.commit({"DEPS": pair.commits[0]})
    recipe = """pins: [{repository: middle, file: DEPS, pattern: '(.+)'}]
  middle:
    url: https://git.invalid/middle
    pins: [{repository: api, file: DEPS, pattern: '(.+)'}]"""
    options = pair.release(recipe, {"DEPS": pinned})
    assert made(command, *options, f"--repo=middle={middle.path}")[0]["commit"] == pair.commits[3]


@pytest.mark.parametrize("recipe", ["by_date: main", GO])
def test_a_folder_pins_by_its_files_and_has_no_date(command: Command, pair: Pair, recipe: str) -> None:
    options = pair.release(recipe, {"go.mod": "require example.com/base v1.3.0\n"})
    found, err = made(
        command, *options[:3], "--source", "folder", f"--repo=base=file://{pair.base.path}", version="7.7.7"
    )
    by_pin = recipe == GO
    assert found["commit"] == pair.commits[1 if by_pin else 4]
    assert ("pinned in api's go.mod" if by_pin else "nothing pins it, and a folder has no date") in err
