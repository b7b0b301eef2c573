from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protogen.errors import OutputUnwritable, ProtogenError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.go.language import Go
from protogen.languages.package import Package
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos.outline import Outline
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.script import Script
from tests.unit.languages.go.test_artifacts import enclosing, package

TOLD = {"GOVERSION": "go1.22.1", "GOMODCACHE": "/home/me/mod", "GOPROXY": "https://example.com,direct"}
DOWNLOAD, BUILD, VET, FETCH, LINK, RUN = "mod download", "build", "vet", "fetch", "link", "run"


@dataclass
class PlayedGo:
    """A go command that a function plays: `fails` names the step that ends badly, and its words."""

    fails: str = ""
    words: str = ""
    told: str = json.dumps(TOLD)
    then: Callable[[Path], None] = lambda folder: None
    started: dict[str, tuple[tuple[str, ...], Path, Mapping[str, str]]] = field(default_factory=dict)

    def __call__(self, argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        assert cwd is None or cwd.is_dir()
        folder = cwd or Path()
        if argv[1:2] == ["--version"]:
            return Finished(tuple(argv), 2, b"", b"")
        if argv[1:2] == ["env"]:
            return Finished(tuple(argv), 0, self.told.encode(), b"no words")
        step = RUN if len(argv) == 1 else " ".join(argv[1:3]) if argv[1] == "mod" else argv[1]
        if folder.name == "consumer":
            step = {DOWNLOAD: FETCH, BUILD: LINK}.get(step, step)
        self.started[step] = tuple(argv[1:]), folder, dict(env)
        self.then(folder)
        code = 1 if step == self.fails else 0
        return Finished(tuple(argv), code, b"", self.words.encode() if code else b"go: downloading x\n")


def shop(folder: Path, go: PlayedGo, *, offline: bool = False, **environ: str) -> BuildDir:
    folder.mkdir()
    program = folder.parent / "go"
    program.touch(mode=0o755)
    given = {"go": program}
    return BuildDir(Toolbox(Cache(folder / "cache", offline), Script(go), environ, given), folder)


def proven(made: Package[Any], site: BuildDir) -> None:
    Go().prove(made, Go().build(made, site, complete=False), site)


def with_module(made: Package[Any], text: str) -> Package[Any]:
    return replace(made, files={**made.files, "go.mod": text.encode()})


def test_module_is_built_alone_and_then_required_from_outside(tmp_path: Path) -> None:
    go, made = PlayedGo(), with_module(package(tmp_path), "module m\n\ngo 1.19\n")
    site = shop(tmp_path / "s h", go, GOPRIVATE="example.com", GOFLAGS="-mod=vendor")
    proven(made, site)
    assert list(go.started) == [DOWNLOAD, BUILD, VET, FETCH, LINK, RUN]
    for step in (BUILD, VET):
        arguments, folder, variables = go.started[step]
        assert arguments == (step, "./...")
        assert folder == site.folder / "package"
        assert "-mod=readonly" in variables["GOFLAGS"]
        assert variables["GOMODCACHE"] == "/home/me/mod"
    assert {path.name for path in go.started[DOWNLOAD][1].iterdir()} == {"go.mod", "go.sum"}
    arguments, folder, variables = go.started[LINK]
    assert (folder / "go.mod").read_text() == (
        "module consumer\n\ngo 1.19\n\nrequire example.com/shop/v2 v2.1.3\n"
        "require google.golang.org/grpc v1.64.0\n"
    )
    assert (folder / "go.sum").read_bytes() == made.files["go.sum"]
    assert variables["GOPROXY"].split(",") == [
        (site.folder / "dist").as_uri(),
        "file:///home/me/mod/cache/download",
        "https://example.com",
        "direct",
    ]
    assert "s%20h" in variables["GOPROXY"]
    assert variables["GOMODCACHE"] == str(site.folder / "modules")
    assert (variables["GONOPROXY"], variables["GONOSUMDB"]) == ("none", "example.com/shop/v2")
    assert (variables["GOTOOLCHAIN"], variables["GOWORK"]) == ("local", "off")
    assert all("-trimpath" in go.started[step][2]["GOFLAGS"] for step in (BUILD, VET, LINK))
    assert "GOLANG_PROTOBUF_REGISTRATION_CONFLICT" not in go.started[RUN][2]


def test_consumer_imports_every_package_and_makes_the_first_stub(tmp_path: Path) -> None:
    made = package(tmp_path)
    assert Go().consumer(made)["main.go"] == (
        "package main\n\nimport (\n"
        '\t_ "example.com/shop/v2"\n'
        '\t_ "example.com/shop/v2/shop"\n'
        '\t_ "example.com/shop/v2/shop/internalpb"\n'
        '\t_ "google.golang.org/grpc/health/grpc_health_v1"\n'
        '\tclient "example.com/shop/v2/shop"\n'
        ")\n\nfunc main() { _ = client.NewShopServiceClient(nil) }\n"
    )
    files = tuple(msgspec.structs.replace(file, services=()) for file in made.request.outline.files)
    silent = replace(made.request, outline=Outline(files))
    unserved = replace(made, request=silent, plan=Go().plan(silent))
    assert "client" not in Go().consumer(unserved)["main.go"]
    undirected = replace(made, files={**made.files, "go.mod": b"module x\n"})
    assert Go().consumer(undirected)["go.mod"] == (
        "module consumer\n\nrequire example.com/shop/v2 v2.1.3\nrequire google.golang.org/grpc v1.64.0\n"
    )


def test_well_known_services_have_no_stub(tmp_path: Path) -> None:
    made = package(tmp_path)
    files = made.request.outline.files
    served = (msgspec.structs.replace(files[0], services=files[2].services), *files[1:])
    asked = replace(made.request, outline=Outline(served))
    assert 'client "example.com/shop/v2/shop"' in Go().consumer(replace(made, request=asked))["main.go"]


@pytest.mark.parametrize(
    ("step", "folder", "again"),
    [
        (BUILD, "package", "go build ./..."),
        (VET, "package", "go vet ./..."),
        (FETCH, "consumer", "go mod download"),
        (LINK, "consumer", "go build -o consumer ."),
        (RUN, "consumer", "/consumer/consumer"),
    ],
)
def test_failure_tells_gos_own_words_and_how_to_repeat_it(
    tmp_path: Path, step: str, folder: str, again: str
) -> None:
    words = "go: downloading x v1\nx.pb.go:1: undefined: y\n" + "more\n" * 50
    site = shop(tmp_path / "shop", PlayedGo(step, words))
    with pytest.raises(VerificationFailed) as caught:
        proven(package(tmp_path), site)
    assert " failed: x.pb.go:1: undefined: y\n" in caught.value.message
    assert "downloading" not in caught.value.message
    assert len(caught.value.message) < 200
    assert caught.value.where == str(site.folder / folder)
    assert caught.value.remedy.startswith(f"cd {site.folder / folder} && GOTOOLCHAIN=local GOWORK=off ")
    assert caught.value.remedy.endswith(again)
    assert f"GOMODCACHE={site.folder}" in caught.value.remedy or folder == "package"


@pytest.mark.parametrize(
    ("step", "words", "kind"),
    [
        (DOWNLOAD, "x@v1: reading x: 404 Not Found", ToolFailed),
        (DOWNLOAD, "verifying x@v1: checksum mismatch", VerificationFailed),
        (DOWNLOAD, "go: errors parsing go.mod", VerificationFailed),
        (DOWNLOAD, "x@v1 requires go >= 1.25.0 (running go 1.22.1)", ToolMissing),
        (DOWNLOAD, "write /x: No space left on device", OutputUnwritable),
        (BUILD, "x@v1: dial tcp: lookup proxy: no such host", ToolFailed),
        (LINK, "x@v1: module lookup disabled by GOPROXY=off", ToolFailed),
        (FETCH, "reading https://example.com/x: 503 Service Unavailable", ToolFailed),
        (BUILD, "x.go:503: syntax error: unexpected EOF", VerificationFailed),
        (VET, "", VerificationFailed),
    ],
)
def test_what_is_not_the_packages_fault(
    tmp_path: Path, step: str, words: str, kind: type[ProtogenError]
) -> None:
    with pytest.raises(kind) as caught:
        proven(package(tmp_path), shop(tmp_path / "shop", PlayedGo(step, words)))
    assert caught.value.remedy
    if kind is not OutputUnwritable:
        assert (words or "exit code 1") in caught.value.message
    if kind is ToolMissing:
        assert "Go 1.25.0" in caught.value.remedy


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "go.sum").write_text("more"), "go.sum"),
        (lambda folder: (folder / "go.work").touch(), "go.work"),
        (lambda folder: (folder / "go.sum").unlink(missing_ok=True), "go.sum"),
    ],
)
def test_a_build_may_change_nothing(tmp_path: Path, change: Callable[[Path], None], named: str) -> None:
    go = PlayedGo(then=lambda folder: change(folder) if folder.name == "package" else None)
    site = shop(tmp_path / "shop", go)
    with pytest.raises(VerificationFailed) as caught:
        proven(package(tmp_path), site)
    assert caught.value.message == f"go: build changed {named}"
    assert caught.value.where == str(site.folder / "package")


@pytest.mark.parametrize(
    ("proxies", "used"),
    [
        ("https://example.com,direct", "off"),
        ("file:///mirror|https://example.com,file:///other", "file:///mirror,file:///other"),
    ],
)
def test_offline_leaves_the_network_out(tmp_path: Path, proxies: str, used: str) -> None:
    go = PlayedGo(told=json.dumps({**TOLD, "GOPROXY": proxies}))
    proven(package(tmp_path), shop(tmp_path / "shop", go, offline=True))
    assert go.started[DOWNLOAD][2]["GOPROXY"] == used
    assert go.started[LINK][2]["GOPROXY"].endswith(f"/cache/download,{used}")


@pytest.mark.parametrize(
    ("version", "asked", "serves"),
    [
        ("go1.22.1", "1.19", True),
        ("go1.22.1", "1.22.1", True),
        ("go1.22.1", "1.22.2", False),
        ("go1.22.1", "1.100", False),
        ("devel", "1.100", True),
    ],
)
def test_a_go_older_than_the_module_asks_for_is_told(
    tmp_path: Path, version: str, asked: str, serves: bool
) -> None:
    go = PlayedGo(told=json.dumps({**TOLD, "GOVERSION": version}))
    made = with_module(package(tmp_path), f"module m\n\ngo {asked}\n")
    if serves:
        proven(made, shop(tmp_path / "shop", go))
        return
    with pytest.raises(ToolMissing, match=rf"go1\.22\.1 is older than go {asked}") as caught:
        proven(made, shop(tmp_path / "shop", go))
    assert f"Go {asked}" in caught.value.remedy
    assert not go.started


@pytest.mark.parametrize("told", ["", "[]", "{}", "not JSON"])
def test_a_go_that_says_nothing_of_itself_is_told(tmp_path: Path, told: str) -> None:
    with pytest.raises(ToolFailed, match="go env failed: no words"):
        proven(package(tmp_path), shop(tmp_path / "shop", PlayedGo(told=told)))


def test_a_package_of_the_module_around_it_is_built_in_one_like_that(tmp_path: Path) -> None:
    go = PlayedGo()
    made = enclosing(tmp_path)
    section = msgspec.structs.replace(made.plan.section, sums=("sum",))
    site = shop(tmp_path / "shop", go)
    proven(replace(made, plan=replace(made.plan, section=section)), site)
    assert list(go.started) == [DOWNLOAD, BUILD, VET]
    text = (site.folder / "package" / "go.mod").read_text()
    assert text.startswith("module example.com/outer/gen/go\n\ngo 1.19\n")
    assert (site.folder / "package" / "go.sum").read_text() == "sum\n"


PANIC = """panic: proto: file "grpc/health/v1/health.proto" is already registered
\tpreviously from: "example.com/shop/v2/shop"
\tcurrently from:  "google.golang.org/grpc/health/grpc_health_v1"
"""


@pytest.mark.parametrize(
    ("words", "message", "remedy"),
    [
        (
            PANIC,
            "go: grpc/health/v1/health.proto of this module is in google.golang.org/grpc too",
            "{grpc/health/v1/health.proto: {go: {package: google.golang.org/grpc, version: v1.64.0}}}",
        ),
        (
            PANIC.replace("grpc/health", "x/y"),
            "x/y/v1/health.proto of this module is in google.golang.org/x/y/grpc_health_v1 too",
            "which does",
        ),
        (
            "panic: published packages lack x.Y.z",
            "the package that serves by the recipe's externals lacks x.Y.z",
            "a later version",
        ),
        (
            "panic: proto: message x.Y is already registered",
            "x.Y of this module is in another package too",
            "which does",
        ),
    ],
)
def test_what_two_packages_register_is_named_with_both(
    words: str, message: str, remedy: str, tmp_path: Path
) -> None:
    go = PlayedGo(fails=RUN, words=words)
    with pytest.raises(VerificationFailed) as caught:
        proven(with_module(package(tmp_path), "module m\n\ngo 1.19\n"), shop(tmp_path / "site", go))
    assert message in caught.value.message
    assert remedy in caught.value.remedy


def test_a_consumer_looks_for_what_packages_of_the_recipe_must_have(tmp_path: Path) -> None:
    made = package(tmp_path)
    known = replace(made, plan=replace(made.plan, unknown=("x.Y", "x.Y.z")))
    text = Go().consumer(known)["main.go"]
    assert '\t\t"x.Y",\n\t\t"x.Y.z",\n' in text
    assert "protoregistry" not in Go().consumer(made)["main.go"]
