"""What command line, protogen.yaml and recipe have wrong is told before anything is asked of a network."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import RECIPE


@dataclass
class Server:
    """Hears whoever asks it anything, and answers nobody."""

    url: str
    asked: list[object] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The only server of the machine: git's, the package index's and the module proxy's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Server(f"http://127.0.0.1:{listening.getsockname()[1]}")

        def hear() -> None:
            while True:
                try:
                    connection, address = listening.accept()
                except OSError:
                    return
                made.asked.append(address)
                connection.close()

        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        monkeypatch.setenv("PIP_INDEX_URL", f"{made.url}/simple")
        monkeypatch.setenv("GOPROXY", f"{made.url}/go")
        yield made
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


LANGUAGES = "\nlanguages:\n"
GIT = RECIPE.replace("https://git.invalid", "@")
PUBLISHED = GIT.replace("    branch:", "    packages: [shop-@]\n    branch:")


@dataclass(frozen=True)
class Wrong:
    """Something wrong, and how it is told."""

    message: str
    options: tuple[str, ...] = ()
    lang: str = "go"
    version: str = "1.0"
    recipe: str = ""
    """Text at the end of the recipe."""
    file: str = ""
    """The text of protogen.yaml."""
    code: int = 2


def wrong(message: str, *options: str, **more: object) -> Wrong:
    return Wrong(message, options, **more)  # type: ignore[arg-type]


WRONG = [
    # names of releases, and where their protos come from
    wrong("not a release: '-x'", version="-x"),
    wrong("a ref can't contain '..'", version="1.0,a..b"),
    wrong("'nope' is no repository", "--repo", "nope=x"),
    wrong("can run commands", "--repo", "api=ext::sh -c x"),
    wrong("is not there", "--repo", "api=/nowhere/api"),
    wrong("protogen.yaml is not a git repository", "--repo", "api=./protogen.yaml", file="jobs: 2\n"),
    wrong("is not a git repository", "--repo", "api=."),
    wrong("a ref can't start with '-'", "--ref", "api=-x"),
    wrong("--ref api means nothing", "--source", "folder", "--repo", "api=/tmp", "--ref", "api=main"),
    wrong("needs a folder for api, not a URL", "--source", "folder", "--repo", "api=https://git.invalid/api"),
    wrong("needs a folder for api", "--source", "folder"),
    wrong("names no published packages", "--source", "index"),
    wrong("has no group 'nope'", "--with", "nope"),
    # what is made, and where it goes
    wrong("there is no language 'goo'", lang="goo"),
    wrong("can't be a Go module", "--go-module", "no/../good"),
    wrong("needs a go.mod", "--go-module", "."),
    wrong("a placeholder that isn't {version} or {lang}", "--out", "gen/{foo}"),
    wrong("no folder is given", "--out", ""),
    wrong("would be written into one another", "--out", "gen/{lang}", "--artifacts", "gen/go/dist"),
    wrong("a placeholder that isn't {version}", "--artifacts", "dist/{lang}"),
    wrong("the registry and go would be written into one another", "--registry", "gen/go/public"),
    wrong("the registry and go would be written into one another", "--registry", "."),
    wrong("the registry and artifacts would be", "--registry", "dist", "--artifacts", "dist"),
    wrong("shop.yaml is a file, not a folder", "--registry", "shop.yaml", code=8),
    wrong("npm must be told where the registry is served", "--registry", "packages", lang="typescript"),
    wrong(
        "1.0.0-SNAPSHOT is a snapshot",
        *("--registry", "packages", "--package-version", "1.0.0-SNAPSHOT"),
        lang="go,java",
    ),
    wrong("is not a version by SemVer", "--package-version", "1"),
    wrong("has no form in Python", "--package-version", "1.0.0-nightly", lang="all"),
    wrong("can't be a Maven id", "--java-group", "a b", lang="java"),
    wrong("can't be a CMake package", "--cmake-package", "a::b", lang="cpp"),
    wrong("can't be an npm package", "--npm-package", "Team/Client", lang="typescript"),
    wrong("can't be a Maven id", "--java-artifact", "a b", lang="java"),
    wrong("can't be a Java package", "--java-package", "java.x", lang="java"),
    wrong("can't be the import package", "--python-package", "a b", lang="python"),
    wrong("can't be the distribution", "--python-distribution", "-x", lang="python"),
    wrong("can't be a crate", "--crate", "my.shop", lang="rust"),
    wrong("no tool 'x'", "--tool", "x=y"),
    wrong("is not a program", "--tool", "protoc-gen-go=/nowhere/protoc-gen-go", code=6),
    # protogen.yaml
    wrong("unknown key", file="outt: gen\n"),
    wrong("can't be read", file="offline: maybe\n"),
    wrong("'both'", file="match: both\n"),
    wrong("unknown key", file="java_pom: {nam: shop}\n"),
    wrong("a placeholder that isn't {version} or {lang}", file="out: gen/{foo}\n"),
    wrong("no folder is given", file="out: ''\n"),
    wrong("can't be a Go module", file="go_module: no/../good\n"),
    # the recipe, also the sections of languages that aren't made
    wrong("unknown key", recipe="\nentry_point: []\n"),
    wrong("can't be a Go module", recipe=f"{LANGUAGES}  go: {{module: no/../good}}\n"),
    wrong("unknown key", recipe=f"{LANGUAGES}  go: {{modul: example.com/shop}}\n"),
    wrong("unknown key", recipe=f"{LANGUAGES}  java: {{groop: com.example}}\n"),
    wrong("'new' is not a version", recipe=f"{LANGUAGES}  python: {{protobuf: new}}\n"),
    wrong("can't be a crate", lang="rust", recipe=f"{LANGUAGES}  rust: {{package: core}}\n"),
    wrong("no such language", recipe=f"{LANGUAGES}  pyhton: {{}}\n"),
]
WAYS = (
    (),
    ("--verify",),
    ("--artifacts", "dist"),
    ("--locked",),
    ("--dry-run",),
    ("--format", "json"),
    ("check",),
    ("check", "--locked"),
    ("lock",),
)


@pytest.mark.parametrize("case", WRONG, ids=lambda each: each.message)
def test_what_is_wrong_is_told_before_anything_is_asked(
    case: Wrong, command: Command, server: Server
) -> None:
    Path("shop.yaml").write_text(GIT.replace("@", server.url) + case.recipe)
    if case.file:
        Path("protogen.yaml").write_text(case.file)
    Path("protogen.lock").write_text(json.dumps({"schema": 2, "releases": {}}))
    for way in WAYS:
        if {"--artifacts", "--registry"} & {*case.options} and way[:1] in {("check",), ("lock",)}:
            continue
        asked = ("--version", case.version, "--lang", case.lang, "--recipe", "./shop.yaml", *case.options)
        ended = command(*way, *asked)
        if "--artifacts" in way and "--artifacts" in case.options:
            continue
        if ended.code != 9 or "--locked" not in way:  # a lock says where the protos come from
            assert ended.code == case.code, (way, ended.err)
            assert case.message in ended.err.splitlines()[0], (way, ended.err)
        assert "  try:   " in ended.err or "unknown" in ended.err
        assert server.asked == [], way
    assert not Path("gen").exists()
    assert not Path("dist").exists()


def test_a_package_of_the_module_around_it_is_no_artifact(command: Command, server: Server) -> None:
    Path("shop.yaml").write_text(GIT.replace("@", server.url))
    Path("go.mod").write_text("module example.com/around\n")
    asked = ("--version", "1.0", "--lang", "go", "--recipe", "./shop.yaml", "--artifacts", "dist")
    ended = command(*asked, "--go-module", ".")
    assert (ended.code, server.asked) == (2, []), ended.err
    assert "published with that module, not on its own" in ended.err
    Path("shop.yaml").write_text(f"{GIT.replace('@', server.url)}{LANGUAGES}  go: {{module: .}}\n")
    ended = command(*asked)
    assert (ended.code, server.asked) == (2, []), ended.err


def test_what_is_right_is_asked_for(command: Command, server: Server) -> None:
    Path("shop.yaml").write_text(GIT.replace("@", server.url))
    ended = command("--version", "1.0", "--lang", "go", "--recipe", "./shop.yaml")
    assert ended.code == 4, ended.err
    assert server.asked, "else the tests above say nothing"


@pytest.mark.slow
def test_an_option_of_a_language_that_is_not_made_is_said_to_be_unused(
    command: Command, server: Server
) -> None:
    Path("shop.yaml").write_text(GIT.replace("@", server.url))
    asked = ("--version", "1.0", "--lang", "go", "--recipe", "./shop.yaml", "--java-group", "a b")
    for way in WAYS:
        ended = command(*way, *asked)
        assert "note: --java-group is of no use without --lang java" in ended.err, way
        assert "Maven" not in ended.err
