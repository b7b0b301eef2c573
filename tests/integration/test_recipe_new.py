"""`protogen recipe new` on repositories that a test makes, and what a run does with the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from protogen.recipe import builtin, model, public
from tests.integration.conftest import Command, Shop
from tests.support import corpus
from tests.support.upstream import Repository

APACHE = "Apache License\nVersion 2.0, January 2004\n"


def new(shop: Shop, *, base: bool = True, extra: bool = True) -> list[str]:
    found = ["recipe", "new", str(shop.api.path), "--folder", "shop"]
    found += [f"--repo=base={shop.base.path}"] if base else []
    return found + ([f"--repo=extra={shop.extra.path}"] if extra else [])


def test_a_begun_recipe_makes_a_client(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.api.commit({"LICENSE": APACHE})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command(*new(shop), "--out", "made.yaml")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "wrote made.yaml; 5 protos, every import found\n"
    text = Path("made.yaml").read_text()
    assert "TO DO" not in text
    read = model.load("made.yaml")
    assert (read.name, read.license) == ("api", "Apache-2.0")
    assert {name: each.roots for name, each in read.repositories.items()} == {
        "api": (".",),
        "base": (".", "third_party/types", "third_party/types/nested"),
        "extra": ("proto",),
    }
    assert {name: (each.branch, each.tag) for name, each in read.repositories.items()} == {
        "api": ("release-{major}.{minor}", "api/v{major}.{minor}.{patch}"),
        "base": ("release-{major}.{minor}", "v{major}.{minor}.{patch}"),
        "extra": ("release-{major}.{minor}", "v{major}.{minor}.{patch}"),
    }
    assert "at release-1.0: 5 protos" in text, "1.1 is newer, but not every repository has it"
    assert command("recipe", "validate", "made.yaml").code == 0
    made = command("--recipe", "made.yaml", "--version", "1.0", "--lang", "go", *go_tools)
    assert made.code == 0, made.err
    assert Path("gen/go/shop/shop.pb.go").is_file()


def test_of_the_settings_file_only_the_cache_counts(
    command: Command, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROTOGEN_CACHE_DIR")
    Path("protogen.yaml").write_text(f"cache_dir: {tmp_path / 'mine'}\nout: gen\nversion: r9\n")
    ended = command(*new(shop))
    assert ended.out.startswith("# A recipe")
    assert (tmp_path / "mine" / "v2" / "fetched").is_dir()
    monkeypatch.setenv("PROTOGEN_CACHE_DIR", str(tmp_path / "other"))
    assert command("cache", "dir").out == f"{tmp_path / 'other'}\n"


def test_what_no_repository_holds_is_left_to_do(command: Command, shop: Shop) -> None:
    ended = command(*new(shop, extra=False))
    assert ended.code == 0
    assert "#   stock/stock.proto, imported by api:shop/shop.proto\n" in ended.out
    assert "--repo NAME=URL" in ended.out
    assert ended.err == "1 imports are missing: see TO DO in it\n"
    assert model.parse(ended.out, "x").releases == "api"


def test_the_file_is_not_overwritten(command: Command, shop: Shop) -> None:
    Path("made.yaml").write_text("mine")
    refused = command(*new(shop), "--out", "made.yaml")
    assert (refused.code, Path("made.yaml").read_text()) == (8, "mine")
    assert command(*new(shop), "--out", "made.yaml", "--force").code == 0
    assert model.load("made.yaml").name == "api"
    assert command(*new(shop), "--out", "no/such/folder.yaml").code == 8


def test_releases_and_refs_may_be_named(command: Command, shop: Shop) -> None:
    several = command(*new(shop), "--version", "1.0,1.0.2")
    assert "from api at 1.0, 1.0.2: 5 protos" in several.out
    refs = command(*new(shop), "--version", "main", "--ref", f"base={shop.pinned}", "--ref=extra=main")
    assert refs.code == 0
    made = model.parse(refs.out, "x").repositories
    assert (made["base"].ref, made["extra"].ref) == (shop.pinned, "main")
    assert "--version main --lang go\n" in refs.out
    assert command(*new(shop), "--version", "9.9").code == 3


def test_another_repository_without_releases_is_taken_by_its_main_branch(
    command: Command, shop: Shop
) -> None:
    for branch in ("release-1.0", "release-1.1"):
        shop.extra.git("branch", "-D", branch)
    shop.extra.git("tag", "--delete", "v1.0.0")
    drafted = command(*new(shop), "--out", "made.yaml")
    assert drafted.code == 0, drafted.err
    made = model.load("made.yaml").repositories["extra"]
    assert (made.ref, made.branch, made.tag, made.pins) == ("main", "", "", ())
    assert command("graph", "--recipe=made.yaml", "--version=1.0").code == 0


def test_a_repository_without_releases(command: Command, shop: Shop) -> None:
    shop.api.git("checkout", "--quiet", "-b", "work")
    shop.api.git("branch", "-D", "main", "release-1.0", "release-1.1")
    shop.api.git("branch", "other")
    for tag in shop.api.git("tag").split():
        shop.api.git("tag", "--delete", tag)
    none = command(*new(shop, base=False, extra=False))
    assert none.code == 3
    assert "no branch or tag that looks like a release" in none.err
    named = command(*new(shop, base=False, extra=False), "--version", "work")
    assert named.code == 0
    assert (
        '    # branch: "release-{major}.{minor}"  # no branches of release lines were recognised' in named.out
    )


@pytest.mark.parametrize("folder", ["nope", "sho"])
def test_a_folder_without_protos_names_those_that_have_some(
    command: Command, shop: Shop, folder: str
) -> None:
    ended = command("recipe", "new", str(shop.api.path), "--folder", folder)
    assert ended.code == 2
    assert f"no protos below {folder!r}; there are some in shop" in ended.err
    assert "run again with --folder shop" in ended.err


def test_folders_are_read_as_they_are(command: Command, shop: Shop, go_tools: list[str]) -> None:
    for repository in (shop.api, shop.base, shop.extra):
        (repository.path / ".git").rename(repository.path / "git-of-before")
    ended = command(*new(shop), "--out", "made.yaml")
    assert ended.err == "wrote made.yaml; 5 protos, every import found\n"
    text = Path("made.yaml").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("# Make clients: ")]
    typed = line.removeprefix("# Make clients: protogen ").split()
    made = command(*typed, *go_tools)
    assert made.code == 0, made.err
    assert command(*new(shop), "--version", "1.0").code == 2
    assert command("recipe", "new", "/nothing/there").code == 2
    mixed = command("recipe", "new", str(shop.api.path), "--repo=base=https://example.com/base")
    assert mixed.code == 2
    assert "can't be mixed" in mixed.err


def test_what_protoc_would_refuse_is_told(command: Command, shop: Shop) -> None:
    shop.api.commit({"shop/ring.proto": 'syntax = "proto3"; import "shop/ring.proto";'})
    shop.api.git("branch", "--force", "release-1.0")
    ended = command(*new(shop))
    assert ended.code == 0
    assert "# TO DO: it doesn't resolve yet: files import each other" in ended.out


@pytest.mark.slow
def test_the_real_apis_roots_are_found(command: Command, tmp_path: Path) -> None:
    real = corpus.repositories(tmp_path)
    api = model.load(builtin.default_name())
    first, other = (
        api.releases,
        next(name for name in api.repositories if name != api.releases),
    )
    folder = api.entry_points[0].pattern.removesuffix("/**/*.proto")
    arguments = [f"file://{real[first]}", "--folder", folder, f"--repo={other}=file://{real[other]}"]
    ended = command("recipe", "new", *arguments, "--version", "r2.19,r2.16,r2.11", "--out", "made.yaml")
    assert ended.err == "wrote made.yaml; 55 protos, every import found\n"
    made = model.load("made.yaml")
    for name, repository in api.repositories.items():
        found = made.repositories[name]
        assert (found.roots, found.branch, found.tag) == (repository.roots, repository.branch, repository.tag)
    assert made.license == api.license


def proto(*imports: str, package: str = "", more: str = "") -> str:
    named = f"package {package};\n" if package else ""
    return 'syntax = "proto3";\n' + named + "".join(f'import "{name}";\n' for name in imports) + more


def tagged(path: Path, files: dict[str, str], tags: str, *branches: str) -> Repository:
    made = Repository.create(path)
    made.commit({"LICENSE": APACHE, **files})
    for tag in tags.split():
        made.git("tag", tag)
    for branch in branches:
        made.git("branch", branch)
    return made


@pytest.fixture
def googleapis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> public.PublicRepository:
    """The public repository, with one tag of long ago, at a place of the test."""
    files = {
        "google/api/http.proto": proto(package="google.api", more="message Http {}\n"),
        "google/api/annotations.proto": proto("google/api/http.proto", package="google.api"),
        "preview/google/api/http.proto": proto(package="google.api", more="message Other {}\n"),
    }
    made = tagged(tmp_path / "apis" / "googleapis", files, "common-protos-1_3_1")
    known = public.PublicRepository("googleapis", made.path.as_uri(), "main", ("google/api/",))
    monkeypatch.setattr(public, "known", lambda: {"googleapis": known})
    return known


MOUNTED = {
    "api/kv/kv.proto": proto(package="kv", more="message Pair {}\n"),
    "api/rpc/rpc.proto": proto(
        "etcd/api/kv/kv.proto",
        "rafted.proto",
        "google/api/annotations.proto",
        package="rpc",
        more="message Put { kv.Pair pair = 1; }\n",
    ),
    "api/rpc/rafted.proto": proto(package="rpc", more="message Rafted {}\n"),
    "other/rafted.proto": proto(package="other"),
}


def test_prefixes_and_public_repositories_are_found(
    command: Command, tmp_path: Path, googleapis: public.PublicRepository
) -> None:
    api = tagged(tmp_path / "etcd", MOUNTED, "v3.6.0 v3.7.0 v3.7.1", "release-3.7")
    ended = command("recipe", "new", str(api.path), "--folder", "api", "--out", "made.yaml")
    assert (ended.code, ended.err) == (0, "wrote made.yaml; 5 protos, every import found\n")
    text = Path("made.yaml").read_text()
    assert "TO DO" not in text
    assert "roots: [{path: ., as: etcd}, api/rpc]" in text
    assert "    # Added for google/api/annotations.proto: protogen knows it" in text
    assert "  googleapis: public\n" in text
    made = command("--recipe=made.yaml", "--version=release-3.7", "--lang=python", "--dry-run")
    assert made.code == 0, made.err


def test_a_public_repository_is_written_down_where_it_cannot_be_reached(
    command: Command, tmp_path: Path, googleapis: public.PublicRepository
) -> None:
    (tmp_path / "apis").rename(tmp_path / "away")
    api = tagged(tmp_path / "etcd", MOUNTED, "v3.7.0 v3.7.1")
    ended = command("recipe", "new", str(api.path), "--folder", "api")
    assert ended.code == 0, ended.err
    assert ended.err.startswith("3 protos; not tried whole: ")
    assert "  googleapis: public\n" in ended.out
    assert "TO DO" not in ended.out
    (api.path / ".git").rename(api.path / "git-of-before")
    folders = command("recipe", "new", str(api.path), "--folder", "api")
    assert "3 protos; not tried whole: googleapis is no folder here" in folders.err
    assert "  googleapis: public\n" in folders.out


def test_repositories_that_are_not_released_together_take_their_main_branch(
    command: Command, tmp_path: Path, googleapis: public.PublicRepository
) -> None:
    files = {"a.proto": proto("google/api/http.proto", "otel/trace.proto", "late/late.proto")}
    api = tagged(tmp_path / "remote-apis", files, "v1.3.0 v1.3.1 v0.11.0")
    otel = tagged(tmp_path / "otel", {"otel/trace.proto": proto()}, "v0.11.0 v2.11.0")
    late = tagged(tmp_path / "late", {"late/late.proto": proto()}, "v1.0.0 v1.0.1")
    others = {"googleapis": googleapis.url, "otel": str(otel.path), "late": str(late.path)}
    arguments = [f"--repo={name}={url}" for name, url in others.items()]
    ended = command("recipe", "new", str(api.path), *arguments)
    assert ended.err == "4 protos, every import found\n"
    read = model.parse(ended.out, "x")
    assert {name: each.ref for name, each in read.repositories.items() if each.ref} == dict.fromkeys(
        others, "main"
    )
    assert "from remote-apis at v1.3.1" in ended.out
    assert "since no branch or tag looks like a release" in ended.out
    assert "aren't numbered as those of remote-apis" in ended.out
    assert "package: remote_apis_client" in ended.out


@pytest.mark.parametrize(
    ("tags", "branch", "written", "looked"),
    [
        ("v0.64.0 v0.65.0 v0.66.0", "release-3.2", '    tag: "v{major}.{minor}.{patch}"', "v0.66.0"),
        (
            "v0.20.0-beta v0.21.0-beta v0.21.2-beta v0.21.2-beta.rc1",
            "x",
            '    tag: "v{major}',
            "v0.21.2-beta",
        ),
        ("v0.1 v0.2 v1.0 v1.0.1 v1.0.2 ce@v1.0", "x", '    tag: ["v{major}.{minor}", "v{major}', "v1.0.2"),
        ("20260101-4a1b2c3 20260519T174026Z-4a60074", "x", "{date}-{commit}", "20260519T174026Z-4a60074"),
        ("common-protos-1_3_1", "x", "    # tag: ", "main"),
    ],
)
def test_the_newest_release_is_looked_at(
    command: Command, tmp_path: Path, tags: str, branch: str, written: str, looked: str
) -> None:
    api = tagged(tmp_path / "api", {"a.proto": proto()}, tags, branch)
    ended = command("recipe", "new", str(api.path), "--out", "made.yaml")
    assert ended.code == 0, ended.err
    text = Path("made.yaml").read_text()
    assert written in text
    assert f"from api at {looked}: 1 protos" in text
    made = command("--recipe=made.yaml", f"--version={looked}", "--lang=python", "--dry-run")
    assert made.code == 0, made.err


def test_a_license_that_is_not_found_is_told(command: Command, tmp_path: Path) -> None:
    api = Repository.create(tmp_path / "api")
    api.commit({"a.proto": proto()})
    assert "no LICENSE was found that is plainly known" in command("recipe", "new", str(api.path)).out


def test_pins_are_found_in_the_api(command: Command, tmp_path: Path) -> None:
    otel = tagged(tmp_path / "git.example" / "acme" / "otel", {"otel/trace.proto": proto()}, "v4.0.0 v4.1.0")
    types = tagged(tmp_path / "types", {"types/money.proto": proto()}, "")
    pinned = types.head()
    types.commit({"types/money.proto": None})
    api = tagged(
        tmp_path / "api",
        {
            "a.proto": proto("otel/trace.proto", "types/money.proto"),
            "go.mod": "module x\n\nrequire git.example/acme/otel v4.0.0\n",
            "WORKSPACE": f'strip_prefix = "types-{pinned}",\n',
        },
        "v1.0.0 v1.0.1",
    )
    arguments = [f"--repo=otel={otel.path}", f"--repo=types={types.path}"]
    ended = command("recipe", "new", str(api.path), *arguments, "--out", "made.yaml")
    assert ended.code == 0, ended.err
    made = model.load("made.yaml").repositories
    assert [(pin.module, pin.as_) for pin in made["otel"].pins] == [("git.example/acme/otel", "tag")]
    assert [pin.file for pin in made["types"].pins] == ["WORKSPACE"]
    assert made["types"].by_date == "main"
    run = command("--recipe=made.yaml", "--version=1.0.1", "--lang=python", "--dry-run")
    assert run.code == 0, run.err


def test_folders_of_tests_are_no_entry_points(command: Command, tmp_path: Path) -> None:
    there = ("api/a.proto", "api/testdata/b.proto", "api/deep/vendor/x/c.proto", "tests/d.proto")
    api = tagged(tmp_path / "api", dict.fromkeys(there, proto()), "v1.0.0 v1.1.0")
    ended = command("recipe", "new", str(api.path), "--folder", "api", "--out", "made.yaml")
    assert ended.err == "wrote made.yaml; 1 protos, every import found\n"
    (entry,) = model.load("made.yaml").entry_points
    assert entry.exclude == ("api/deep/vendor/**", "api/testdata/**")
    assert command("recipe", "new", str(api.path), "--folder", "tests").err.startswith("1 protos")


def test_a_release_that_others_lack_is_looked_at_with_their_main_branch(
    command: Command, tmp_path: Path
) -> None:
    files = {"a.proto": proto("b/b.proto", "c/c.proto"), "buf.lock": "deps: []\n"}
    api = tagged(tmp_path / "api", files, "v1.0.0 v1.1.0 v1.2.0")
    names = ("b", "c")
    for name in names:
        tagged(tmp_path / name, {f"{name}/{name}.proto": proto()}, "v1.1.0 v1.1.1")
    ended = command(
        "recipe",
        "new",
        str(api.path),
        *(f"--repo={name}={tmp_path / name}" for name in names),
        "--version=1.0.0",
    )
    assert ended.code == 0, ended.err
    assert {each.ref for each in model.parse(ended.out, "x").repositories.values()} == {"", "main"}
    assert ended.out.count("since it has nothing like 1.0.0") == len(names)
    assert "# buf.lock pins modules" in ended.out
    assert "TO DO" not in ended.out
