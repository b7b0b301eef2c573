"""Three releases in one registry, from which real clients take packages that call servers of others."""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.e2e import crates, npm
from tests.e2e.rpc import clients, environments
from tests.e2e.rpc.expected import ANSWERS, OTHERWISE
from tests.e2e.rpc.servers import PROGRAMS, Places
from tests.support.command import must, protogen, run
from tests.support.static_server import serving

NEWEST, OLDER, OLDEST = "2.19.1", "2.11.1", "1.15.5"
RANGES = {"": NEWEST, "<2.12": OLDER, f"=={OLDEST}": OLDEST}
"""What is asked for, as pip writes it, and the version that it comes to."""
PROJECT = "team-serving-client"
PACKAGE = "@team/serving-client"
OPTIONS = (
    *("--version", "r1.15,r2.11,r2.19", "--lang", "every", "--with", "config"),
    *("--go-module", clients.GO_MODULE, "--java-group", clients.JAVA[0], "--java-artifact", clients.JAVA[1]),
    *("--python-distribution", PROJECT, "--npm-package", PACKAGE),
)
# Somewhere else than any test serves it.
ELSEWHERE = "http://registry.invalid"

Call = Callable[..., None]


@dataclass(frozen=True)
class Served:
    """A registry, and where it is served."""

    folder: Path
    url: str

    def read(self, path: str) -> bytes:
        """What a client gets at a path."""
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=60) as answer:
            content: bytes = answer.read()
            return content


@pytest.fixture(scope="module")
def registry(
    shared: Path, cache: Path, from_corpus: list[str], tools: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The releases in all languages, made once; each worker serves them at an address of its own."""
    made = shared / "registry"
    with FileLock(made.with_suffix(".lock")):
        if not (made / "done").exists():
            made.mkdir(exist_ok=True)
            arguments = [*OPTIONS, "--registry", "public", "--registry-url", ELSEWHERE]
            must(protogen(*arguments, *from_corpus, cwd=made, cache=cache))
            (made / "done").touch()
    root = tmp_path_factory.mktemp("served")
    shutil.copytree(made / "public", root / "public")
    with serving(root / "public") as url:
        # The languages of one run are added to those of another, and the indexes learn the address.
        arguments = [*OPTIONS, "--lang", "proto", "--registry", "public", "--registry-url", url]
        must(protogen(*arguments, *from_corpus, cwd=root, cache=cache))
        yield Served(root / "public", url)


@pytest.fixture
def call(places: Places, tmp_path: Path) -> Call:
    """Have a client make every call of contract.md, and get every answer."""

    def make(*client: str, otherwise: str = "") -> None:
        told: dict[str, Any] = json.loads(must(run([*client, str(places.config)], cwd=tmp_path)).out)
        assert told == ANSWERS | OTHERWISE.get(otherwise, {})

    return make


def test_the_registry_is_whole_and_tells_its_address_alone(registry: Served, cache: Path) -> None:
    must(protogen("registry", "verify", "public", cwd=registry.folder.parent, cache=cache))
    text = b"".join(path.read_bytes() for path in registry.folder.rglob("*") if path.is_file())
    assert ELSEWHERE.encode() not in text
    assert registry.url.encode() in text


def test_go_gets_ranges_and_calls(registry: Served, call: Call, tmp_path: Path) -> None:
    settings = clients.go_settings(f"{registry.url}/go", tmp_path)
    (tmp_path / "go.mod").write_text("module example.com/client\n\ngo 1.21\n")
    shutil.copy(PROGRAMS / "client.go", tmp_path / "main.go")
    module = clients.GO_MODULE
    for asked, expected in {
        f"{module}@latest": f"{module} v{OLDEST}",
        f"{module}/v2@latest": f"{module}/v2 v{NEWEST}",
        f"{module}/v2@<v2.12": f"{module}/v2 v{OLDER}",
    }.items():
        must(run(["go", "get", asked], cwd=tmp_path, **settings))
        assert expected in (tmp_path / "go.mod").read_text()
        must(run(["go", "mod", "verify"], cwd=tmp_path, **settings))
    must(run(["go", "build", "-o", "client", "."], cwd=tmp_path, **settings))
    must(run(["go", "mod", "verify"], cwd=tmp_path, **settings))
    call(str(tmp_path / "client"))


def test_pip_installs_ranges_and_calls(registry: Served, call: Call, tmp_path: Path) -> None:
    index = f"{registry.url}/pypi/simple"
    # What the client requires comes from the machine's own index.
    own = ("--extra-index-url", index, "--no-cache-dir", f"{PROJECT}{min(RANGES)}")
    python = environments.environment(tmp_path / "python", own)
    options = ["--index-url", index, "--no-deps", "--no-cache-dir"]
    for asked, expected in ((each, RANGES[each]) for each in ("", f"=={OLDEST}", "<2.12")):
        pip = [str(python), "-m", "pip"]
        must(run([*pip, "install", "-q", "--upgrade", *options, f"{PROJECT}{asked}"], cwd=tmp_path))
        (listed,) = (
            each
            for each in json.loads(must(run([*pip, "list", "--format", "json"], cwd=tmp_path)).out)
            if each["name"] == PROJECT
        )
        assert listed["version"] == expected
    call(str(python), "-W", "error", str(PROGRAMS / "client.py"))


def test_pip_downloads_what_is_locked_by_hashes_twice(registry: Served, tmp_path: Path) -> None:
    listed = json.loads(registry.read(f"pypi/simple/{PROJECT}/index.json"))["files"]
    assert len(listed) == 6, "a wheel and an sdist a release"
    lines = [
        f"{PROJECT}=={version} "
        + " ".join(f"--hash=sha256:{each['hashes']['sha256']}" for each in listed if version in each["url"])
        for version in RANGES.values()
    ]
    for number, line in enumerate(lines):
        locked = tmp_path / f"{number}.txt"
        locked.write_text(f"{line}\n")
        pip = [*environments.PIP, "download", "-q", "--no-deps", "--no-cache-dir", "--require-hashes"]
        for folder in ("once", "twice"):
            options = ["--index-url", f"{registry.url}/pypi/simple", "-r", str(locked), "-d", folder]
            must(run([*pip, *options], cwd=tmp_path))
    once, twice = (
        {p.name: p.read_bytes() for p in (tmp_path / each).iterdir()} for each in ("once", "twice")
    )
    assert once == twice
    assert len(once) == 3


def test_maven_resolves_ranges_and_calls(registry: Served, call: Call, tmp_path: Path) -> None:
    sources = tmp_path / "src" / "main" / "java"
    sources.mkdir(parents=True)
    shutil.copy(PROGRAMS / "Client.java", sources)
    for asked, expected in {"[1,)": NEWEST, OLDEST: OLDEST}.items():
        path = clients.maven_class_path(f"{registry.url}/maven", asked, tmp_path, "-C")
        assert f"/{clients.JAVA[1]}-{expected}.jar" in path
    path = clients.maven_class_path(f"{registry.url}/maven", "[2,2.12)", tmp_path, "-C", "compile")
    assert f"/{clients.JAVA[1]}-{OLDER}.jar" in path
    call("java", "-cp", f"{tmp_path}/target/classes:{path}", "Client")


def test_npm_installs_ranges_and_calls(registry: Served, call: Call, tmp_path: Path) -> None:
    # What has the scope is asked for here, all else in the machine's own registry.
    (tmp_path / ".npmrc").write_text(f"@team:registry={registry.url}/npm/\n")
    (tmp_path / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    name = "tensorflow-serving-client"
    options = ["--no-audit", "--no-fund", "--ignore-scripts"]
    for asked, expected in {"": NEWEST, f"@{OLDEST}": OLDEST, "@<2.12": OLDER}.items():
        own = {"npm_config_cache": str(tmp_path / "empty")}
        must(run(["npm", "install", *options, f"{name}@npm:{PACKAGE}{asked}"], cwd=tmp_path, **own))
        installed = json.loads((tmp_path / "node_modules" / name / "package.json").read_text())
        assert (installed["name"], installed["version"]) == (PACKAGE, expected)
    locked = json.loads((tmp_path / "package-lock.json").read_text())["packages"][f"node_modules/{name}"]
    offered = json.loads(registry.read(f"npm/{PACKAGE}"))["versions"]
    assert locked["integrity"] == offered[OLDER]["dist"]["integrity"]
    needed = [f"{each}@{version}" for each, version in npm.REQUIRED.items()]
    must(run(["npm", "install", *options, "--prefer-offline", *needed], cwd=tmp_path))
    shutil.copy(PROGRAMS / "client.mts", tmp_path)
    npm.compile_strictly(tmp_path, ["client.mts"])
    call("node", str(tmp_path / "client.mjs"), "grpc")


def test_cargo_adds_ranges_and_calls(registry: Served, call: Call, shared: Path, tmp_path: Path) -> None:
    settings = f'[registries.team]\nindex = "sparse+{registry.url}/crates/"\n'
    needed = (
        'serde_json = "1"\ntokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }\n'
        'tonic = { version = "0.14", default-features = false }\n'
    )
    program = (PROGRAMS / "client.rs").read_text()
    folder = crates.project(tmp_path / "client", "registry-client", {}, "", needed, program)
    (folder / ".cargo").mkdir()
    (folder / ".cargo" / "config.toml").write_text(settings)
    try:
        for asked, expected in {"": NEWEST, f"@={OLDEST}": OLDEST, "@<2.12": OLDER}.items():
            adding = ["add", "--quiet", f"{crates.CRATE}{asked}", "--registry", "team"]
            crates.cargo(shared, folder, *adding, "--features", "gzip,tls")
            crates.cargo(shared, folder, "update", "--quiet", crates.CRATE)
            locked = (folder / "Cargo.lock").read_text()
            assert f'name = "{crates.CRATE}"\nversion = "{expected}"' in locked
        crates.cargo(shared, folder, "build", "--quiet", "--locked")
    finally:
        crates.forget(registry.url)
    call(str(shared / "cargo-target" / "debug" / "registry-client"))


def test_cmake_fetches_versions_by_their_hashes_and_calls(
    registry: Served, call: Call, tmp_path: Path
) -> None:
    place = "archives/cpp/tensorflow-serving-client"
    listed = json.loads(registry.read(f"{place}/index.json"))
    assert listed["latest"] == NEWEST
    assert [each["version"] for each in listed["versions"]] == [OLDEST, OLDER, NEWEST]
    for each in listed["versions"]:
        assert hashlib.sha256(registry.read(f"{place}/{each['file']}")).hexdigest() == each["sha256"]
    older = listed["versions"][1]
    archive = [f"-DARCHIVE={registry.url}/{place}/{older['file']}", f"-DHASH={older['sha256']}"]
    must(run(["cmake", "-G", "Ninja", "-S", str(PROGRAMS), "-B", "cpp", *archive], cwd=tmp_path))
    must(run(["cmake", "--build", "cpp", "--parallel", "2"], cwd=tmp_path))
    call(str(tmp_path / "cpp" / "client"))
