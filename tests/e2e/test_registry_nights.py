"""The page's pipelines add upstream's new releases to a registry, night after night, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from tests.support import pipelines, upstream
from tests.support.command import Ran, must, protogen
from tests.support.pipelines import Runner, bash, read_outputs
from tests.support.upstream import Repository, Upstream

PROGRAMS = Path(sys.executable).parent
# What decides which releases there are, as the page has it and as the shop has them.
SINCE = ("since=2.11", "since=1.0"), ("since 2.11", "since 1.0")
BROKEN = 'syntax = "proto3"; package shop; message Order { Missing of = 1; }'


def since(text: str) -> str:
    """The page's text, for the shop's releases."""
    for before, after in SINCE:
        text = text.replace(before, after)
    return text


def settings(folder: Path, shop: Upstream) -> None:
    """What stands in the repository of the pipeline."""
    folder.mkdir(parents=True)
    repositories = {"api": shop.api, "base": shop.base, "extra": shop.extra}
    told = {
        "recipe": str(shop.recipe),
        "repo": {name: str(each.path) for name, each in repositories.items()},
        "lang": ["python"],
    }
    (folder / "protogen.yaml").write_text(yaml.safe_dump(told))


def release(shop: Upstream, number: str) -> None:
    """Have upstream make a release."""
    for repository, prefix in ((shop.api, "api/"), (shop.base, ""), (shop.extra, "")):
        repository.git("branch", f"release-{number}")
        repository.git("tag", f"{prefix}v{number}.0")


def releases(folder: Path) -> list[str]:
    """The versions of the one package in a registry."""
    (document,) = folder.glob("pypi/simple/*/index.json")
    versions: list[str] = json.loads(document.read_text())["versions"]
    return versions


def files(folder: Path) -> dict[str, bytes]:
    """All files with their contents, git's own left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def kept_versions(before: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Whether all that is published once is what it was."""
    return all(after[path] == before[path] for path in before if path.startswith("pypi/files/"))


@pytest.fixture
def shop(tmp_path: Path) -> Upstream:
    """Upstream, with releases 1.0 and 1.1."""
    made = upstream.shop(tmp_path / "shop")
    made.base.git("branch", "release-1.1")
    return made


# GitHub.


@pytest.fixture
def github_night(
    shop: Upstream, shared: Path, tmp_path: Path
) -> Callable[[str], tuple[list[int], dict[str, str]]]:
    """Runs the workflow's first job: the codes of its steps, and what its last one says."""
    origin = tmp_path / "origin.git"
    must(bash("git init --quiet --bare origin.git", cwd=tmp_path))
    first = Repository.create(tmp_path / "first")
    first.commit({"protogen.yaml": ""})
    must(bash(f"git remote add origin {origin}\n{pipelines.commands()['branch']}", cwd=first.path))
    temporary = shared / "ci-runner"
    temporary.mkdir(exist_ok=True)
    uses = {
        "actions/setup-python": {"python-path": sys.executable},
        "actions/setup-java": {},
        "actions/cache": {},
    }
    steps = pipelines.document(".github/workflows/registry.yml")["jobs"]["add"]["steps"]
    checkout, lacking, adding, keep = steps[1:]

    def run_action(runner: Runner, step: dict[str, dict[str, object]], version: str = "") -> tuple[Ran, str]:
        inputs = {
            name.replace("-", "_"): "true" if value is True else since(str(value))
            for name, value in step["with"].items()
        }
        with FileLock(shared / "ci-runner.lock"):
            ended, outputs = runner.run(**(inputs | ({"version": version} if version else {})))
        return ended, outputs["json"]

    def night(name: str) -> tuple[list[int], dict[str, str]]:
        workspace = tmp_path / name
        settings(workspace, shop)
        assert checkout["with"] == {"ref": "registry", "path": "kept", "persist-credentials": True}
        must(bash(f"git clone --quiet --branch registry {origin} kept", cwd=workspace))
        runner = Runner(workspace, temporary, uses)
        ended, found = run_action(runner, lacking)
        codes = [must(ended).code]
        assert adding["if"] == "steps.lacking.outputs.json != '[]'"
        if found != "[]":
            assert (
                adding["with"]["version"]
                == "${{ join(fromJSON(steps.lacking.outputs.json).*.version, ',') }}"
            )
            names = ",".join(each["version"] for each in json.loads(found))
            codes.append(run_action(runner, adding, names)[0].code)
        # So it runs after a failed step too.
        assert keep["if"] == "${{ !cancelled() }}"
        output = workspace / "output"
        output.write_text("")
        must(bash(keep["run"], cwd=workspace / keep["working-directory"], GITHUB_OUTPUT=str(output)))
        return codes, read_outputs(output.read_text())

    return night


def test_the_workflow_adds_what_is_new(
    github_night: Callable[[str], tuple[list[int], dict[str, str]]],
    shop: Upstream,
    cache: Path,
    tmp_path: Path,
) -> None:
    def pushed() -> tuple[str, dict[str, bytes]]:
        folder = tmp_path / "pushed"
        shutil.rmtree(folder, ignore_errors=True)
        must(bash(f"git clone --quiet --branch registry {tmp_path / 'origin.git'} pushed", cwd=tmp_path))
        must(protogen("registry", "verify", "public", cwd=folder, cache=cache))
        return Repository(folder).git("rev-parse", "HEAD"), files(folder / "public")

    assert github_night("one") == ([0, 0], {"added": "true"})
    first = pushed()
    assert releases(tmp_path / "pushed/public") == ["1.0.2", "1.1.0"]

    assert github_night("two") == ([0], {}), "no package is made, nothing is said to be added"
    assert pushed() == first

    release(shop, "2.0")
    shop.api.commit({"shop/shop.proto": BROKEN})
    release(shop, "3.0")
    assert github_night("three") == ([0, 5], {"added": "true"}), "the broken one fails the job"
    second = pushed()
    assert releases(tmp_path / "pushed/public") == ["1.0.2", "1.1.0", "2.0.0"]
    assert kept_versions(first[1], second[1])


def test_the_workflow_publishes_what_was_added_or_when_told_to() -> None:
    job = pipelines.document(".github/workflows/registry.yml")["jobs"]["publish"]
    assert "needs.add.outputs.added == 'true'" in job["if"]
    assert "workflow_dispatch" in job["if"]
    outputs = pipelines.document(".github/workflows/registry.yml")["jobs"]["add"]["outputs"]
    assert outputs == {"added": "${{ steps.keep.outputs.added }}"}


# GitLab.


def test_the_pipeline_adds_what_is_new(shop: Upstream, cache: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    public, records = store / "packages", store / "records"
    for folder in (public, records):
        folder.mkdir(parents=True)
    script = since(pipelines.gitlab_script("registry", "registry/.gitlab-ci.yml"))

    def night(name: str) -> tuple[Ran, list[str]]:
        """How the job ended, and the files that it copied, in their order."""
        settings(tmp_path / name, shop)
        ended = bash(
            script,
            cwd=tmp_path / name,
            PATH=f"{PROGRAMS}:{os.environ['PATH']}",
            PROTOGEN_CACHE_DIR=str(cache),
            REGISTRY_URL="https://packages.example.com",
            PUBLIC="store:packages",
            RECORDS="store:records",
            RCLONE_CONFIG=str(tmp_path / "none"),
            RCLONE_CONFIG_STORE_TYPE="alias",
            RCLONE_CONFIG_STORE_REMOTE=str(store),
            RCLONE_LOG_LEVEL="INFO",
        )
        return ended, re.findall(r"INFO +: (\S+): Copied ", ended.err)

    def whole() -> dict[str, bytes]:
        folder = tmp_path / "whole"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(public, folder)
        assert not (folder / ".protogen").exists(), "the records aren't public"
        shutil.copytree(records, folder / ".protogen")
        must(protogen("registry", "verify", "whole", cwd=tmp_path, cache=cache))
        return files(folder)

    ended, taken = night("one")
    must(ended)
    first = whole()
    assert releases(tmp_path / "whole") == ["1.0.2", "1.1.0"]
    wheel = max(number for number, path in enumerate(taken) if path.endswith(".whl"))
    page = min(number for number, path in enumerate(taken) if path.startswith("pypi/simple/"))
    assert wheel < page < taken.index("registry.json")

    must(night("two")[0])
    assert not (tmp_path / "two/public/pypi").exists(), "no package is made"
    assert whole() == first

    release(shop, "2.0")
    shop.api.commit({"shop/shop.proto": BROKEN})
    release(shop, "3.0")
    assert night("three")[0].code == 5, "the broken one fails the job"
    second = whole()
    assert releases(tmp_path / "whole") == ["1.0.2", "1.1.0", "2.0.0"]
    assert kept_versions(first, second)

    (wheel_path,) = public.glob("pypi/files/*/2.0.0/*.whl")
    wheel_path.write_bytes(b"of another run")
    release(shop, "4.0")
    shutil.rmtree(records)
    records.mkdir()
    assert night("four")[0].code != 0
    assert wheel_path.read_bytes() == b"of another run", "a version is never replaced"
    assert releases(public) == ["1.0.2", "1.1.0", "2.0.0"], "and no index is, where versions aren't there"


def test_the_page_and_the_pipeline_say_the_same() -> None:
    script = pipelines.document("registry/.gitlab-ci.yml")["registry"]["script"]
    assert script[:2] == pipelines.commands()["bring"].splitlines()
    lines = [line.strip() for line in pipelines.commands()["take-back"].splitlines()]
    assert [line.strip() for line in script[-1].splitlines()][3:-2] == lines
