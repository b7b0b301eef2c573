"""Go artifacts through the command line: proven, the same bytes anywhere, and taken by go itself.

The module's checksum is the same through a proxy, through git, and by Go's own sums of the folder.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import corpus
from tests.support.command import must, protogen, run

MODULE = "example.com/Team/client.git"


@dataclass(frozen=True)
class Made:
    """One run: the package, the artifacts beside it, and the module they are of."""

    package: Path
    dist: Path
    module: str
    version: str

    @property
    def served(self) -> str:
        """The artifacts as a GOPROXY."""
        return (self.dist / "go").as_uri()


@pytest.fixture
def variables(shared: Path, tmp_path: Path) -> dict[str, str]:
    """A user who has nothing: go's caches but for the build cache are the test's own."""
    return {
        "GOCACHE": str(shared / "gocache"),
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOFLAGS": "-modcacherw",
        "GOWORK": "off",
        "GOENV": "off",
        "GOPROXY": f"{module_cache_of_the_machine(tmp_path)},{default_proxies(tmp_path)}",
    }


def module_cache_of_the_machine(cwd: Path) -> str:
    folder = must(run(["go", "env", "GOMODCACHE"], cwd=cwd)).out.strip()
    return (Path(folder) / "cache" / "download").as_uri()


def default_proxies(cwd: Path) -> str:
    return must(run(["go", "env", "GOPROXY"], cwd=cwd)).out.strip()


def make(
    release: str,
    folder: Path,
    cache: Path,
    options: list[str],
    *more: str,
    module: str = MODULE,
    **environ: str,
) -> Made:
    folder.mkdir(exist_ok=True)
    arguments = ["--version", release, "--lang", "go", "--go-module", module, *options, *more]
    must(protogen(*arguments, "--artifacts", "dist", cwd=folder, cache=cache, **environ))
    go_mod = (folder / "gen/go/go.mod").read_text()
    found = re.match(r"module (\S+)\n", go_mod)
    assert found
    (info,) = (folder / "dist" / "go").rglob("*.info")
    return Made(folder / "gen/go", folder / "dist", found[1], json.loads(info.read_bytes())["Version"])


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def h1(files: dict[str, bytes], prefix: str) -> str:
    """Go's checksum of a module, as golang.org/x/mod/sumdb/dirhash has it."""
    lines = [f"{hashlib.sha256(files[path]).hexdigest()}  {prefix}/{path}\n" for path in sorted(files)]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def downloaded(query: str, cwd: Path, **environ: str) -> dict[str, str]:
    told: dict[str, str] = json.loads(
        must(run(["go", "mod", "download", "-json", query], cwd=cwd, **environ)).out
    )
    return told


@pytest.mark.parametrize("release", ["r2.11", "master"])
def test_module_is_proven_and_taken_by_go_with_the_checksum_of_its_folder(
    release: str, from_corpus: list[str], cache: Path, tmp_path: Path, variables: dict[str, str], shared: Path
) -> None:
    gocache = str(shared / "gocache")
    made = make(release, tmp_path / "one", cache, from_corpus, "--verify", GOCACHE=gocache)
    again = make(release, tmp_path / "two", cache, from_corpus)
    assert files_of(again.dist) == files_of(made.dist)
    environ = {**variables, "GOPROXY": made.served, "GOSUMDB": "off"}
    told = downloaded(f"{made.module}@{made.version}", tmp_path, **environ)
    assert told["Sum"] == h1(files_of(made.package), f"{made.module}@{made.version}")
    assert downloaded(f"{made.module}@latest", tmp_path, **environ)["Version"] == made.version
    assert made.module == (f"{MODULE}/v2" if release == "r2.11" else MODULE)


def test_module_has_one_checksum_through_git_and_through_a_proxy(
    from_corpus: list[str], cache: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    made = make("r2.11", tmp_path / "made", cache, from_corpus)
    remote = tmp_path / "remote" / "Team" / "client.git"
    corpus.git("init", "--quiet", "--bare", str(remote))
    corpus.git("init", "--quiet", cwd=made.package)
    corpus.git("add", "--all", cwd=made.package)
    corpus.git("commit", "--quiet", "--message", "Generate", cwd=made.package)
    corpus.git("tag", made.version, cwd=made.package)
    corpus.git("push", "--quiet", str(remote), "HEAD:refs/heads/main", made.version, cwd=made.package)

    consumer = tmp_path / "consumer"
    consumer.mkdir()
    by_git = {
        **variables,
        "GOPRIVATE": "example.com/Team",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{(tmp_path / 'remote').as_uri()}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://example.com/",
    }
    must(run(["go", "mod", "init", "example.com/consumer"], cwd=consumer, **by_git))
    must(run(["go", "get", f"{made.module}@{made.version}"], cwd=consumer, **by_git))
    sums = dict(line.rsplit(" ", 1) for line in (consumer / "go.sum").read_text().splitlines())
    by_proxy = {
        **variables,
        "GOPROXY": made.served,
        "GOSUMDB": "off",
        "GOMODCACHE": str(tmp_path / "other-modules"),
    }
    told = downloaded(f"{made.module}@{made.version}", tmp_path, **by_proxy)
    assert sums[f"{made.module} {made.version}"] == told["Sum"]
    assert sums[f"{made.module} {made.version}/go.mod"] == told["GoModSum"]


def test_readme_serves_a_new_user(
    from_corpus: list[str], cache: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    made = make("r2.11", tmp_path / "made", cache, from_corpus)
    readme = (made.package / "README.md").read_text()
    environ = {
        **{key: value for key, value in variables.items() if key != "GOPROXY"},
        "GOENV": str(tmp_path / "env"),
    }
    user = tmp_path / "user"
    user.mkdir()
    must(run(["go", "mod", "init", "example.com/user"], cwd=user, **environ))
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    get, private, folder = blocks
    assert private == f"go env -w GOPRIVATE={made.module}\n"
    script = folder.replace("/WHOLE/PATH/OF/DIR", str(made.dist)) + get
    must(run(["sh", "-euc", script], cwd=user, **environ))
    by_kit, by_stubs = re.findall(r"```go\n(.*?)```", readme, re.DOTALL)
    (user / "main.go").write_text(by_kit)
    (user / "stubs").mkdir()
    (user / "stubs" / "main.go").write_text(by_stubs)
    assert "`go mod tidy`" in readme
    must(run(["go", "mod", "tidy"], cwd=user, **environ))
    must(run(["go", "vet", "./..."], cwd=user, **environ))
    assert f"require (\n\t{made.module} {made.version}\n" in (user / "go.mod").read_text()


def test_second_proof_compiles_no_dependency_again_and_needs_no_network(
    from_corpus: list[str], cache: Path, tmp_path: Path, shared: Path
) -> None:
    make("r2.11", tmp_path / "one", cache, from_corpus, "--verify", GOCACHE=str(shared / "gocache"))
    own = tmp_path / "gocache"
    shutil.copytree(shared / "gocache", own, copy_function=os.link)
    compiled = sum(1 for _ in own.rglob("*-d"))
    make("r2.11", tmp_path / "two", cache, from_corpus, "--verify", "--offline", GOCACHE=str(own))
    # Only the program that consumes is new; gRPC alone has more than a hundred packages.
    assert sum(1 for _ in own.rglob("*-d")) - compiled < 20


def test_user_s_module_cache_never_holds_the_module(
    from_corpus: list[str], cache: Path, tmp_path: Path, variables: dict[str, str]
) -> None:
    environ = {key: variables[key] for key in ("GOCACHE", "GOMODCACHE", "GOPROXY")}
    make("r2.11", tmp_path / "made", cache, from_corpus, "--verify", **environ)
    held = {path.name for path in Path(variables["GOMODCACHE"]).iterdir()}
    assert "google.golang.org" in held
    assert "example.com" not in held
    must(run(["go", "clean", "-modcache"], cwd=tmp_path, **environ))


def test_a_module_that_does_not_compile_ends_with_gos_own_words(
    from_corpus: list[str], cache: Path, tmp_path: Path, shared: Path
) -> None:
    """An older gRPC than the generated code asks for."""
    own = tmp_path / "older.yaml"
    text = (Path(__file__).parents[2] / "recipes" / "tensorflow-serving" / "recipe.yaml").read_text()
    text = text.replace("google.golang.org/grpc: v1.64.0", "google.golang.org/grpc: v1.63.2")
    own.write_text(re.sub(r"    indirect:\n.*?(?=    example:)", "", text, count=1, flags=re.DOTALL))
    arguments = ["--version", "r2.11", "--lang", "go", "--recipe", str(own), "--verify", *from_corpus]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {"GOCACHE": str(shared / "gocache"), "TMPDIR": str(scratch)}
    ran = protogen(*arguments, cwd=tmp_path, cache=cache, **environ)
    assert ran.code == 7, ran.err
    assert "go: build failed: " in ran.err
    assert "SupportPackageIsVersion9" in ran.err
    assert not (tmp_path / "gen").exists()
    again = re.search(r"try: +(cd .*)", ran.err)
    assert again
    repeated = run(["sh", "-c", again[1]], cwd=tmp_path, **environ)
    assert repeated.code != 0
    assert "SupportPackageIsVersion9" in repeated.err
