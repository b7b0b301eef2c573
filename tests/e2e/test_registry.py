"""Real clients take made-up packages from a registry that a plain server of files serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from protogen.languages.toolchain.clients import CARGO
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.yanking import yank
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support.registry_packages import artifacts
from tests.support.static_server import serving

VERSIONS = ("1.2.0", "1.10.0", "1.11.0")
YANKED = "1.11.0"
NAMES = ("team-api", "example.com/Team/api", "com.example:api", "@team/api")
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>com.example</groupId><artifactId>consumer</artifactId><version>1</version><packaging>pom</packaging>
<repositories><repository><id>team</id><url>{address}/maven</url></repository></repositories>
<dependencies><dependency><groupId>com.example</groupId><artifactId>api</artifactId>
<version>{version}</version></dependency></dependencies></project>
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where three releases are served, the newest yanked."""
    root = tmp_path_factory.mktemp("registry")
    with serving(root) as address:
        toolbox = Toolbox(Cache(tmp_path_factory.mktemp("cache")), Processes(), os.environ)
        crates_index = partial(CARGO.public_index, toolbox)
        for version in VERSIONS:
            add(root, *layout.additions(artifacts(version), "api", version, crates_index), address)
        for name in NAMES:
            yank(root, name, YANKED, "breaks")
        yield address


def run(*argv: str, cwd: Path, **environ: str) -> str:
    """What a client prints, if it ends well; skips without the client."""
    if not shutil.which(argv[0]):
        pytest.skip(f"no {argv[0]}")
    done = subprocess.run(
        argv, cwd=cwd, env={**os.environ, **environ}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_go_gets_the_newest_an_older_and_a_yanked_one(address: str, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/consumer\n\ngo 1.19\n")
    environ = {
        "GOPROXY": f"{address}/go",
        "GONOSUMDB": "example.com",
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(tmp_path / "cache"),
        "GOTOOLCHAIN": "local",
    }
    module = "example.com/Team/api"
    assert run("go", "list", "-m", "-versions", module, cwd=tmp_path, **environ).split() == [
        module,
        "v1.2.0",
        "v1.10.0",
    ]
    for query, expected in {"latest": "v1.10.0", "<v1.5": "v1.2.0", f"v{YANKED}": f"v{YANKED}"}.items():
        run("go", "get", f"{module}@{query}", cwd=tmp_path, **environ)
        assert f"{module} {expected}" in (tmp_path / "go.mod").read_text()
        run("go", "mod", "verify", cwd=tmp_path, **environ)


def test_npm_installs_by_ranges_and_warns_of_a_yanked_one(address: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    for wanted, expected in {"": "1.10.0", "@<1.5": "1.2.0", f"@{YANKED}": YANKED}.items():
        printed = run(
            *("npm", "install", "--registry", f"{address}/npm/", f"@team/api{wanted}"),
            cwd=tmp_path,
            npm_config_cache=str(tmp_path / "cache"),
        )
        installed = json.loads((tmp_path / "node_modules/@team/api/package.json").read_text())
        assert installed["version"] == expected
        assert ("deprecated @team/api" in printed) == (expected == YANKED)


def test_cargo_adds_the_newest_and_an_older_one(address: str, tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text(f'[registries.team]\nindex = "sparse+{address}/crates/"\n')
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("")
    for wanted, expected in {"": "1.10.0", "@<1.5": "1.2.0"}.items():
        (tmp_path / "Cargo.toml").write_text(
            '[package]\nname = "consumer"\nversion = "0.1.0"\nedition = "2021"\n'
        )
        (tmp_path / "Cargo.lock").unlink(missing_ok=True)
        run("cargo", "add", f"team-api{wanted}", "--registry", "team", cwd=tmp_path)
        run("cargo", "fetch", cwd=tmp_path)
        assert f'name = "team-api"\nversion = "{expected}"' in (tmp_path / "Cargo.lock").read_text()


def test_maven_resolves_a_range_and_a_yanked_one_with_strict_checksums(address: str, tmp_path: Path) -> None:
    local = Path.home() / ".m2/repository/com/example/api"
    if local.exists():
        pytest.skip(f"{local} is there: it would serve Maven")
    try:
        for wanted, expected in {"[1.0,2.0)": "1.10.0", "[1.0,1.5)": "1.2.0", YANKED: YANKED}.items():
            (tmp_path / "pom.xml").write_text(POM.format(address=address, version=wanted))
            printed = run("mvn", "-B", "-C", "dependency:list", cwd=tmp_path)
            assert f"com.example:api:jar:{expected}:compile" in printed
    finally:
        shutil.rmtree(local, ignore_errors=True)
