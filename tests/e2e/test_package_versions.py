"""Maven and Go themselves judge how versions are written: each takes them, and sorts them as SemVer means."""

from __future__ import annotations

import os
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from protogen.languages.go.naming import module_version as go
from protogen.languages.java.naming import maven_version as maven
from tests.support.command import must, run
from tests.unit.languages.test_versions import ASCENDING, MASTER, TABLE

COMPARABLE = "org.apache.maven.artifact.versioning.ComparableVersion"
MODULE = "example.com/m"


@pytest.fixture(scope="module")
def maven_classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Maven's own class path."""
    told = must(run(["mvn", "--version"], cwd=tmp_path_factory.mktemp("maven"))).out
    home = re.search(r"^Maven home: (.+)$", told, re.MULTILINE)
    assert home
    return str(Path(home[1]) / "lib" / "*")


def test_maven_sorts_them(maven_classes: str, tmp_path: Path) -> None:
    prereleases = [version for version, *_ in TABLE if "-" in version]
    pairs = [pair for ascending in ASCENDING for pair in pairwise(ascending)]
    pairs += [(version, version.partition("-")[0]) for version in prereleases]
    written = [maven(version) for pair in pairs for version in pair]
    told = must(run(["java", "-cp", maven_classes, COMPARABLE, *written], cwd=tmp_path)).out
    compared = re.findall(r"^ +(\S+) ([<>=]+) (\S+)$", told, re.MULTILINE)[::2]
    assert compared == [(maven(earlier), "<", maven(later)) for earlier, later in pairs]


@pytest.mark.parametrize("ascending", ASCENDING)
def test_go_sorts_them(ascending: list[str], tmp_path: Path) -> None:
    # Go never lists pseudo-versions, and has a module for every major version from 2 on.
    second = [go(version) for version in ascending if version.startswith("2.")]
    path, versions = f"{MODULE}/v2", second
    if not second:
        path, versions = MODULE, [go(version) for version in ascending if "dev.2024" not in version]
    shuffled = random.Random(7).sample(versions, len(versions))
    assert len(versions) > 1
    assert go_list(tmp_path, path, shuffled, "-versions", path) == [path, *versions]


def test_go_takes_a_pseudo_version(tmp_path: Path) -> None:
    version = go(MASTER)
    assert go_list(tmp_path, MODULE, [version], f"{MODULE}@{version}") == [MODULE, version]


def go_list(tmp_path: Path, path: str, versions: list[str], *arguments: str) -> list[str]:
    """What `go list -m` tells of a module on a proxy that has these versions."""
    home = tmp_path / "proxy" / path / "@v"
    home.mkdir(parents=True)
    (home / "list").write_text("\n".join(versions) + "\n")
    for version in versions:
        (home / f"{version}.info").write_text(f'{{"Version": "{version}", "Time": "2024-01-02T03:04:05Z"}}')
        (home / f"{version}.mod").write_text(f"module {path}\n")
    environ = {"GOPROXY": f"file://{tmp_path}/proxy", "GONOSUMDB": "*", "GOFLAGS": "-mod=mod"}
    environ |= {"GOMODCACHE": str(tmp_path / "cache"), "HOME": os.environ["HOME"], "GOWORK": "off"}
    (tmp_path / "go.mod").write_text("module example.com/user\n\ngo 1.20\n")
    return must(run(["go", "list", "-m", *arguments], cwd=tmp_path, **environ)).out.split()
