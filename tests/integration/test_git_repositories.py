"""Repositories as people have them: clones, links, submodules, Git LFS, other formats, other servers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from protogen.errors import MissingImport, ProtosUnresolved, SourceRefused
from protogen.protos.imports import resolve, scan_imports
from protogen.protos.protoset import ProtoSet
from protogen.recipe import model
from protogen.sources.folder import FolderSource
from protogen.sources.gitrepo.client import GitClient
from protogen.sources.gitrepo.source import GitSource
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.integration.conftest import Command, Shop
from tests.integration.git_server import serving
from tests.integration.test_git_faults import RECIPE
from tests.support.corpus import git
from tests.support.upstream import Repository

ANY = RECIPE.replace('"*.proto"', '"**/*.proto"')
A = 'syntax = "proto3"; message A {}'


def importing(*names: str) -> str:
    return 'syntax = "proto3"; ' + " ".join(f'import "{name}";' for name in names)


def source(
    url: Path | str, cache: Path, environ: Mapping[str, str] | None = None, text: str = ANY
) -> GitSource:
    plain = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    client = GitClient(Processes(), environ or plain, first_wait=0.01)
    selection = Selection(model.parse(text, "one.yaml"), repositories={"api": str(url)})
    return GitSource(selection, Context(Cache(cache), client.processes, client.environ), client)


def load(url: Path | str, cache: Path, text: str = ANY, version: str = "1.0") -> ProtoSet:
    return source(url, cache, text=text).find(version, ()).read()


def closure(protos: ProtoSet) -> list[str]:
    graph = resolve(protos, lambda file: scan_imports(file.content), lambda name: None)
    return sorted(graph.files)


@pytest.fixture
def api(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "api")


def linked(api: Repository, links: Mapping[str, str], files: Mapping[str, str]) -> None:
    for path, target in links.items():
        place = api.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
    api.commit(files)
    api.git("branch", "--force", "r1.0")


@pytest.mark.parametrize("kind", ["git", "folder"])
@pytest.mark.parametrize("filters", [True, False])
def test_links_to_protos_and_folders_are_followed(
    api: Repository, tmp_path: Path, kind: str, *, filters: bool
) -> None:
    api.git("config", "uploadpack.allowFilter", str(filters).lower())
    linked(
        api,
        {
            "v1": "src/v1",
            "chain": "v1",
            "farm/v2": "../src/v1",
            "barn": "farm",
            "src/one.proto": "../other/a.proto",
            "text.proto": "other/plain.txt",
        },
        {
            "main.proto": importing("chain/x.proto", "barn/v2/y.proto", "src/one.proto", "text.proto"),
            "src/v1/y.proto": A.replace("A", "D"),
            "src/v1/x.proto": A,
            "other/a.proto": A.replace("A", "B"),
            "other/plain.txt": A.replace("A", "C"),
        },
    )
    text = ANY.replace("**/*.proto", "main.proto")
    protos = (
        load(api.path, tmp_path / "cache", text)
        if kind == "git"
        else FolderSource(model.parse(text, "one.yaml"), {"api": str(api.path)}).find("1.0", ()).read()
    )
    assert closure(protos) == [
        "barn/v2/y.proto",
        "chain/x.proto",
        "main.proto",
        "src/one.proto",
        "text.proto",
    ]
    assert protos.find("text.proto")[0].content.decode() == A.replace("A", "C")


@pytest.mark.parametrize("kind", ["git", "folder"])
def test_a_link_to_an_entry_point_is_not_another_one(api: Repository, tmp_path: Path, kind: str) -> None:
    linked(
        api,
        {"alias.proto": "real/a.proto", "folder": "real", "only.proto": "kept/text"},
        {"real/a.proto": A, "kept/text": A},
    )
    protos = (
        load(api.path, tmp_path / "cache")
        if kind == "git"
        else FolderSource(model.parse(ANY, "one.yaml"), {"api": str(api.path)}).find("1.0", ()).read()
    )
    assert protos.entry_points == ("only.proto", "real/a.proto")


def test_a_pattern_may_go_through_a_link(api: Repository, tmp_path: Path) -> None:
    linked(api, {"proto": "src/main/proto"}, {"src/main/proto/deep/a.proto": A})
    text = ANY.replace("**/*.proto", "proto/**/*.proto")
    assert load(api.path, tmp_path / "cache", text).entry_points == ("proto/deep/a.proto",)


@pytest.mark.parametrize(
    ("target", "reason"),
    [("/etc/x.proto", "out of the repository"), ("../../x.proto", "out of"), ("bad.proto", "in a circle")],
)
def test_a_link_that_leads_nowhere_is_refused_where_it_is_imported(
    api: Repository, tmp_path: Path, target: str, reason: str
) -> None:
    linked(api, {"bad.proto": target}, {"main.proto": A})
    protos = load(api.path, tmp_path / "cache")
    assert protos.entry_points == ("main.proto",)
    assert [notice for notice in protos.notices if "bad.proto" in notice and reason in notice]
    with pytest.raises(ProtosUnresolved, match=f"api:bad.proto can't be read: .*{reason}") as caught:
        protos.find("bad.proto")
    assert "correct the link" in caught.value.remedy


def test_a_license_may_be_a_link(api: Repository, tmp_path: Path) -> None:
    linked(api, {"LICENSE": "legal/terms"}, {"a.proto": A, "legal/terms": "Terms of the test"})
    assert load(api.path, tmp_path / "cache").licenses == {"api": {"LICENSE": "Terms of the test"}}


def test_an_import_below_a_submodule_names_it_and_the_pin(api: Repository, tmp_path: Path) -> None:
    commit = api.commit({"a.proto": importing("deps/types/color.proto")})
    api.git("update-index", "--add", "--cacheinfo", f"160000,{commit},deps/types")
    api.git("commit", "--quiet", "--message", "x")
    api.git("branch", "r1.0")
    with pytest.raises(MissingImport) as caught:
        closure(load(api.path, tmp_path / "cache"))
    assert "'deps/types/color.proto' is below deps/types, a submodule of api" in caught.value.message
    assert caught.value.where == "a.proto imports deps/types/color.proto"
    assert "pins: [{repository: api, submodule: deps/types}]" in caught.value.remedy


def test_the_pin_that_is_proposed_for_a_submodule_helps(api: Repository, tmp_path: Path) -> None:
    types = Repository.create(tmp_path / "types")
    pinned = types.commit({"color.proto": A})
    types.commit({"color.proto": "broken"})
    api.commit({"a.proto": importing("deps/types/color.proto")})
    api.git("update-index", "--add", "--cacheinfo", f"160000,{pinned},deps/types")
    api.git("commit", "--quiet", "--message", "x")
    api.git("branch", "r1.0")
    text = ANY.replace(
        "entry_points:",
        f"  types: {{url: '{types.path}', pins: [{{repository: api, submodule: deps/types}}]}}\n"
        "entry_points:",
    )
    found = source(api.path, tmp_path / "cache", text=text)
    object.__setattr__(found, "match", "pin")
    with pytest.raises(MissingImport, match="submodule"):
        closure(found.find("1.0", ()).read())
    api.commit({"a.proto": importing("color.proto")})
    api.git("update-index", "--add", "--cacheinfo", f"160000,{pinned},deps/types")
    api.git("commit", "--quiet", "--message", "x")
    api.git("branch", "--force", "r1.0")
    found = source(api.path, tmp_path / "cache", text=text)
    object.__setattr__(found, "match", "pin")
    assert closure(found.find("1.0", ()).read()) == ["a.proto", "color.proto"]


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 30\n".format("0" * 64)


def test_a_git_lfs_pointer_is_said_to_be_one(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": POINTER})
    api.git("branch", "r1.0")
    protos = load(api.path, tmp_path / "cache")
    with pytest.raises(ProtosUnresolved, match=r"api:a\.proto is a Git LFS pointer") as caught:
        closure(protos)
    path = shlex.quote(str(api.path))
    assert caught.value.remedy == (
        f"git -C {path} lfs pull, then run again with --source folder --repo api={api.path}"
    )
    folder = FolderSource(model.parse(ANY, "one.yaml"), {"api": str(api.path)})
    with pytest.raises(ProtosUnresolved) as caught:
        closure(folder.find("1.0", ()).read())
    assert caught.value.remedy == f"git -C {path} lfs pull"
    (api.path / "a.proto").write_text(A)  # as `git lfs pull` does
    assert closure(folder.find("1.0", ()).read()) == ["a.proto"]
    with serving(tmp_path) as server:
        url = server.url("api/.git")
        with pytest.raises(ProtosUnresolved) as caught:
            closure(load(server.url("api/.git", "me:s3cr3t@"), tmp_path / "cache"))
    assert caught.value.remedy.startswith(f"git clone {url} api && git -C api lfs pull, then run again with")


# Other formats and clones


def test_a_repository_of_sha256_works(tmp_path: Path) -> None:
    api = Repository.create(tmp_path / "api", form="sha256")
    first = api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    api.git("tag", "--annotate", "--message", "x", "v1.0.3")
    api.commit({"a.proto": A + "// later"})
    protos = load(api.path, tmp_path / "cache")
    assert closure(protos) == ["a.proto"]
    assert protos.release.repositories[0].commit == first
    assert len(first) == 64
    assert protos.release.package_version == "1.0.3"
    assert load(api.path, tmp_path / "cache", version=first).find("a.proto")[0].content.decode() == A
    with serving(tmp_path) as server:
        assert closure(load(server.url("api/.git"), tmp_path / "cache")) == ["a.proto"]


def test_a_plain_clone_has_the_branches_that_it_tracks(
    command: Command, shop: Shop, go_tools: list[str], tmp_path: Path
) -> None:
    options = ["--recipe", str(shop.recipe)]
    for name, repository in (("api", shop.api), ("base", shop.base), ("extra", shop.extra)):
        git("clone", "--quiet", str(repository.path), str(tmp_path / name))
        options.append(f"--repo={name}={tmp_path / name}")
    shown = command("versions", "--format", "json", *options)
    assert {"1.0", "1.1"} <= {each["version"].removeprefix("release-") for each in shown.json}
    ended = command("--version", "release-1.0", "--lang", "go", "--format", "json", *options, *go_tools)
    assert ended.code == 0, ended.err
    (release,) = ended.json["releases"]
    assert release["repositories"]["api"]["ref"] == "refs/heads/release-1.0"
    assert release["repositories"]["api"]["commit"] == shop.api.git("rev-parse", "release-1.0").strip()
    # A branch of the clone's own goes before the one that it tracks.
    git("-C", str(tmp_path / "api"), "branch", "release-1.0", "origin/main~1")
    own = command(
        "--version", "release-1.0", "--lang", "go", "--format", "json", "--out", "own", *options, *go_tools
    )
    assert (
        own.json["releases"][0]["repositories"]["api"]["commit"] != release["repositories"]["api"]["commit"]
    )


def test_a_partial_clone_is_told_and_the_remedy_helps(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    api.commit({"a.proto": A + "// later"})
    clone = tmp_path / "a clone"
    git("clone", "--quiet", "--filter=blob:none", f"file://{api.path}", str(clone))
    with pytest.raises(SourceRefused) as caught:
        load(clone, tmp_path / "cache")
    assert caught.value.message == f"{clone} is a partial clone, and doesn't hold all files of the commit"
    subprocess.run(caught.value.remedy, shell=True, check=True, capture_output=True)
    assert closure(load(clone, tmp_path / "cache")) == ["a.proto"]


def test_a_shallow_clone_serves(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    git("clone", "--quiet", "--depth=1", "--branch=r1.0", f"file://{api.path}", str(tmp_path / "clone"))
    assert closure(load(tmp_path / "clone", tmp_path / "cache")) == ["a.proto"]


def test_a_server_that_only_serves_files_works(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    api.commit({"a.proto": A + "// later"})
    api.git("update-server-info")
    with serving(tmp_path) as server:
        server.dumb = True
        protos = load(server.url("api/.git"), tmp_path / "cache")
    assert protos.find("a.proto")[0].content.decode() == A


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: no repository of another user can be made")
def test_a_repository_of_another_user_is_told_and_the_remedy_helps(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    subprocess.run(["chown", "-R", "12345", api.path], check=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    with pytest.raises(SourceRefused) as caught:
        source(api.path, tmp_path / "cache", environ).find("1.0", ()).read()
    assert "belongs to another user" in caught.value.message
    assert re.fullmatch(r"git config --global --add safe.directory \S+", caught.value.remedy)
    subprocess.run(caught.value.remedy, shell=True, check=True, env=environ)
    assert closure(source(api.path, tmp_path / "cache", environ).find("1.0", ()).read()) == ["a.proto"]


def test_what_git_says_is_cut_to_its_errors(api: Repository, tmp_path: Path) -> None:
    api.commit({"a.proto": A})
    api.git("branch", "r1.0")
    blob = api.git("rev-parse", "HEAD:a.proto").strip()
    api.git("config", "uploadpack.allowFilter", "false")
    (api.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceRefused) as caught:
        load(api.path, tmp_path / "cache")
    assert len(caught.value.message.splitlines()) <= 3
