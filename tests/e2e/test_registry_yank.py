"""What real clients do with a version that was withdrawn, and with one that is offered again."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import pytest

from protogen.languages.toolchain.clients import CARGO
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.yanking import yank
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support.registry_packages import artifacts
from tests.support.static_server import Quiet, serving

GO = "example.com/Team/api"
REASON = "it breaks"
JSON = "application/vnd.pypi.simple.v1+json"


class Json(Quiet):
    """Python's indexes are JSON, and nothing else."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        if self.path.startswith("/pypi/simple/"):
            if JSON not in self.headers.get("Accept", ""):
                self.send_error(HTTPStatus.NOT_ACCEPTABLE)
                return None
            self.path += "index.json"
        return super().send_head()

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return JSON if str(path).endswith("index.json") else super().guess_type(path)


@dataclass(frozen=True)
class Registry:
    """A folder that is served."""

    root: Path
    address: str

    crates_index: Callable[[], str]

    def put(self, *versions: str) -> None:
        """Add made-up releases."""
        for version in versions:
            found = layout.additions(artifacts(version), "api", version, self.crates_index)
            add(self.root, *found, self.address)

    def yank(self, name: str, version: str, reason: str | None = REASON) -> None:
        """Withdraw a version; without a reason, offer it again."""
        yank(self.root, name, version, reason)


@pytest.fixture
def handler() -> type[Quiet]:
    """How the registry is served."""
    return Quiet


@pytest.fixture
def registry(tmp_path: Path, handler: type[Quiet]) -> Iterator[Registry]:
    """An empty one."""
    root = tmp_path / "registry"
    root.mkdir()
    with serving(root, handler) as address:
        toolbox = Toolbox(Cache(tmp_path / "tools"), Processes(), os.environ)
        yield Registry(root, address, partial(CARGO.public_index, toolbox))


def attempt(*argv: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A client's run, with its messages in stdout too; skips without the client."""
    if not shutil.which(argv[0]):
        pytest.skip(f"no {argv[0]}")
    return subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def run(*argv: str, cwd: Path, **environ: str) -> str:
    """What a client prints, if it ends well."""
    done = attempt(*argv, cwd=cwd, **environ)
    assert done.returncode == 0, f"{argv}\n{done.stdout}"
    return done.stdout


@dataclass(frozen=True)
class Go:
    """go in a consumer's module, with a cache of its own."""

    program: str
    address: str
    consumer: Path
    cache: Path

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {
            "GOPROXY": f"{self.address}/go",
            "GONOSUMDB": "example.com",
            "GOFLAGS": "-modcacherw",
            "GOMODCACHE": str(self.cache),
            "GOTOOLCHAIN": "local",
        }
        return attempt(self.program, *arguments, cwd=self.consumer, **environ)

    def __call__(self, *arguments: str) -> str:
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}"
        return done.stdout

    def begin(self) -> None:
        """An empty consumer and an empty cache, since go asks a proxy for versions once in a while only."""
        shutil.rmtree(self.cache, ignore_errors=True)
        shutil.rmtree(self.consumer, ignore_errors=True)
        self.consumer.mkdir()
        (self.consumer / "go.mod").write_text("module example.com/consumer\n\ngo 1.19\n")
        (self.consumer / "main.go").write_text(f'package main\n\nimport _ "{GO}"\n\nfunc main() {{}}\n')

    def chosen(self, query: str) -> str:
        """The version that go takes for a query, and builds and verifies."""
        self("get", f"{GO}@{query}")
        self("build", "./...")
        self("mod", "verify")
        found: str = json.loads(self("list", "-m", "-json", GO))["Version"]
        return found


@pytest.fixture(params=["1.19", "newest"])
def go(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path) -> Iterator[Go]:
    """A consumer's go: the oldest that packages are made for, and the machine's own."""
    oldest = {"GOTOOLCHAIN": "go1.19"} if request.param == "1.19" else {}
    program = f"{run('go', 'env', 'GOROOT', cwd=tmp_path, **oldest).strip()}/bin/go"
    yield Go(program, registry.address, tmp_path / "consumer", tmp_path / "cache")


def test_go_passes_over_a_retracted_version_and_says_why_to_who_has_it(registry: Registry, go: Go) -> None:
    registry.put("1.2.0", "1.10.0", "1.11.0")
    registry.yank(GO, "1.11.0", f"{REASON}\nuse 1.10")
    go.begin()
    assert go("list", "-m", "-versions", GO).split()[1:] == ["v1.2.0", "v1.10.0"]
    assert "v1.11.0" in go("list", "-m", "-versions", "-retracted", GO).split()
    for query, expected in {"latest": "v1.10.0", "<v1.5.0": "v1.2.0", ">v1.5.0": "v1.10.0"}.items():
        assert go.chosen(query) == expected
    printed = go("get", f"{GO}@v1.11.0")
    assert f"{GO}@v1.11.0: retracted by module author: {REASON} use 1.10" in printed
    assert json.loads(go("list", "-m", "-u", "-json", GO))["Retracted"] == [f"{REASON} use 1.10"]
    assert f"{GO} v1.11.0 (retracted)" in go("list", "-m", "-u", "all")
    assert go.chosen("v1.11.0") == "v1.11.0"

    registry.put("1.12.0")
    go.begin()
    assert go.chosen("latest") == "v1.12.0"
    assert REASON in go("get", f"{GO}@v1.11.0"), "a newer release doesn't hide it"
    (update,) = go("list", "-m", "-u", "-f", "{{.Update.Version}}", GO).split()
    assert update == "v1.12.0"


def test_go_takes_a_version_that_is_offered_again(registry: Registry, go: Go) -> None:
    registry.put("1.2.0", "1.10.0")
    registry.yank(GO, "1.10.0")
    registry.yank(GO, "1.10.0", None)
    go.begin()
    assert go("list", "-m", "-versions", GO).split()[1:] == ["v1.2.0", "v1.10.0"]
    assert go.chosen("latest") == "v1.10.0"
    assert "Retracted" not in json.loads(go("list", "-m", "-u", "-retracted", "-json", GO))


def test_go_finds_nothing_where_the_only_version_is_retracted(registry: Registry, go: Go) -> None:
    registry.put("1.2.0")
    registry.yank(GO, "1.2.0")
    go.begin()
    done = go.attempt("get", f"{GO}@latest")
    assert done.returncode != 0
    assert 'no matching versions for query "latest"' in done.stdout
    assert REASON in go("get", f"{GO}@v1.2.0")
    assert go.chosen("v1.2.0") == "v1.2.0"


def test_who_asks_go_for_the_highest_number_gets_working_code(registry: Registry, go: Go) -> None:
    registry.put("1.2.0")
    registry.yank(GO, "1.2.0")
    go.begin()
    assert "published only to retract" in go("get", f"{GO}@v1.999999.0")
    assert go.chosen("v1.999999.0") == "v1.999999.0"


@pytest.fixture
def uv(registry: Registry, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """uv, from its wheel, with the registry as its only index; it resolves a requirement."""
    run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=tmp_path)
    run(sys.executable, "-m", "pip", "install", "-q", "--target", "uv", "uv", cwd=tmp_path)

    def install(*requirements: str) -> subprocess.CompletedProcess[str]:
        return attempt(
            *(
                str(tmp_path / "uv/bin/uv"),
                "pip",
                "install",
                "--no-config",
                "--reinstall",
                "--python",
                "venv",
            ),
            *("--index-url", f"{registry.address}/pypi/simple", *requirements),
            cwd=tmp_path,
            UV_CACHE_DIR=str(tmp_path / "uv-cache"),
        )

    return install


@pytest.mark.parametrize("handler", [Quiet, Json])
def test_uv_takes_a_yanked_version_only_where_it_is_named(
    registry: Registry, uv: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    registry.put("1.2.0", "1.10.0", "1.11.0")
    registry.yank("team-api", "1.11.0")

    def chosen(requirement: str) -> str:
        done = uv(requirement)
        assert done.returncode == 0, done.stdout
        assert (REASON in done.stdout) == ("==1.11" in requirement)
        (info,) = (tmp_path / "venv").glob("lib/python*/site-packages/*.dist-info")
        return info.name

    assert chosen("team-api") == "team_api-1.10.0.dist-info"
    assert chosen("Team.API<1.5") == "team_api-1.2.0.dist-info"
    assert chosen("team-api==1.11.0") == "team_api-1.11.0.dist-info"
    refused = uv("team-api>1.10")
    assert refused.returncode != 0
    assert "yanked" in refused.stdout
    registry.yank("team-api", "1.11.0", None)
    assert chosen("team-api>1.10") == "team_api-1.11.0.dist-info"


@pytest.mark.parametrize("handler", [Quiet, Json])
def test_pip_says_why_a_version_was_yanked(registry: Registry, tmp_path: Path) -> None:
    registry.put("1.2.0", "1.10.0")
    registry.yank("team-api", "1.10.0")
    pip = (sys.executable, "-m", "pip")
    index = ("--isolated", "--no-cache-dir", "--index-url", f"{registry.address}/pypi/simple")
    printed = run(*pip, "index", "versions", "team-api", *index, cwd=tmp_path)
    assert "Available versions: 1.2.0" in printed
    printed = run(*pip, "download", "--no-deps", "team-api==1.10.0", *index, cwd=tmp_path)
    assert f"Reason for being yanked: {REASON}" in printed
    registry.yank("team-api", "1.10.0", None)
    printed = run(*pip, "index", "versions", "team-api", *index, cwd=tmp_path)
    assert "Available versions: 1.10.0, 1.2.0" in printed


CLIENTS_OF_NPM = {
    "npm": ("npm", "install"),
    "pnpm": ("npx", "--yes", "pnpm@10", "add"),
    "yarn-1": ("npx", "--yes", "yarn@1", "add"),
    "yarn": ("npx", "--yes", "--package", "@yarnpkg/cli-dist@4", "yarn", "add"),
}


@pytest.mark.parametrize("client", CLIENTS_OF_NPM)
def test_javascript_clients_pass_over_a_deprecated_version(
    registry: Registry, client: str, tmp_path: Path
) -> None:
    consumer = tmp_path / "consumer"

    def chosen(wanted: str) -> tuple[str, str]:
        """The version that a new consumer gets, and what it is told."""
        shutil.rmtree(consumer, ignore_errors=True)
        consumer.mkdir()
        (consumer / "package.json").write_text('{"name": "consumer", "version": "1.0.0", "private": true}')
        (consumer / "yarn.lock").write_text("")
        (consumer / ".npmrc").write_text(f"@team:registry={registry.address}/npm/\n")
        # No index says when a version was published, and Yarn wants it to have been a day ago.
        (consumer / ".yarnrc.yml").write_text(
            f'npmScopes: {{team: {{npmRegistryServer: "{registry.address}/npm"}}}}\n'
            'npmPreapprovedPackages: ["@team/*"]\nunsafeHttpWhitelist: ["127.0.0.1"]\n'
            "nodeLinker: node-modules\nenableGlobalCache: false\n"
        )
        own = {key: str(tmp_path / key) for key in ("npm_config_cache", "HOME", "YARN_CACHE_FOLDER")}
        printed = run(*CLIENTS_OF_NPM[client], f"@team/api{wanted}", cwd=consumer, **own)
        return json.loads((consumer / "node_modules/@team/api/package.json").read_text())["version"], printed

    registry.put("1.2.0", "1.10.0", "1.11.0")
    registry.yank("@team/api", "1.11.0")
    assert chosen("")[0] == "1.10.0"
    assert chosen("@<1.5")[0] == "1.2.0"
    version, printed = chosen("@1.11.0")
    assert version == "1.11.0"
    if client != "yarn":
        assert "1.11.0" in printed
        assert REASON in printed or "deprecated" in printed
    registry.yank("@team/api", "1.11.0", None)
    shutil.rmtree(tmp_path / "npm_config_cache")
    assert chosen("")[0] == "1.11.0"


def test_npm_shows_why_a_version_is_deprecated(registry: Registry, tmp_path: Path) -> None:
    registry.put("1.2.0", "1.10.0")
    registry.yank("@team/api", "1.10.0")

    def view(*arguments: str) -> str:
        cache = str(tmp_path / "cache")
        shutil.rmtree(cache, ignore_errors=True)
        argv = ("npm", "view", "--registry", f"{registry.address}/npm/", *arguments)
        return run(*argv, cwd=tmp_path, npm_config_cache=cache).strip()

    assert json.loads(view("@team/api", "dist-tags", "--json")) == {"latest": "1.2.0"}
    assert view("@team/api@1.10.0", "deprecated") == REASON
    registry.yank("@team/api", "1.10.0", None)
    assert json.loads(view("@team/api", "dist-tags", "--json")) == {"latest": "1.10.0"}
    assert view("@team/api@1.10.0", "deprecated") == ""


def test_cargo_keeps_a_locked_yanked_version_and_chooses_it_no_more(
    registry: Registry, tmp_path: Path
) -> None:
    registry.put("1.2.0", "1.10.0")
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text(
        f'[registries.team]\nindex = "sparse+{registry.address}/crates/"\n'
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("")
    lock = tmp_path / "Cargo.lock"

    def wish(version: str) -> None:
        (tmp_path / "Cargo.toml").write_text(
            '[package]\nname = "consumer"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n'
            f'team-api = {{ version = "{version}", registry = "team" }}\n'
        )

    def cargo(*arguments: str) -> str:
        """The locked version after a command."""
        run("cargo", *arguments, cwd=tmp_path)
        return lock.read_text().partition('name = "team-api"\nversion = "')[2].partition('"')[0]

    wish("1")
    assert cargo("fetch") == "1.10.0"
    registry.yank("team-api", "1.10.0")
    assert cargo("check", "--locked") == "1.10.0"
    assert cargo("update") == "1.2.0"
    lock.unlink()
    assert cargo("fetch") == "1.2.0"
    wish("=1.10.0")
    lock.unlink()
    refused = attempt("cargo", "fetch", cwd=tmp_path)
    assert refused.returncode != 0
    assert "version 1.10.0 is yanked" in refused.stdout
    registry.yank("team-api", "1.10.0", None)
    assert cargo("fetch") == "1.10.0"


def test_maven_finds_by_a_range_what_is_offered_again(registry: Registry, tmp_path: Path) -> None:
    registry.put("1.2.0", "1.10.0")
    for expected, reason in {"1.2.0": REASON, "1.10.0": None}.items():
        registry.yank("com.example:api", "1.10.0", reason)
        (tmp_path / "pom.xml").write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>com.example</groupId><artifactId>consumer</artifactId><version>1</version>"
            "<packaging>pom</packaging><repositories><repository><id>team</id>"
            f"<url>{registry.address}/maven</url></repository></repositories><dependencies><dependency>"
            "<groupId>com.example</groupId><artifactId>api</artifactId><version>[1.0,2.0)</version>"
            "</dependency></dependencies></project>"
        )
        local = tmp_path / "local"
        shutil.rmtree(local / "com/example", ignore_errors=True)
        run("mvn", "-B", "-q", "-C", f"-Dmaven.repo.local={local}", "dependency:resolve", cwd=tmp_path)
        assert (local / f"com/example/api/{expected}/api-{expected}.jar").is_file()
