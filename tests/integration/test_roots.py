"""Repositories whose tops are imported under a prefix, copies to pass over, and files of some releases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: mounted
releases: api
repositories:
  api:
    url: https://git.invalid/api
    branch: release-{{major}}.{{minor}}
    tag: v{{major}}.{{minor}}.{{patch}}
    roots: {roots}
entry_points:
  - {entry}
"""
ENTRY = '{repository: api, pattern: "**/*.proto"}'
# Shaped like etcd and gnmi: files import each other by the path of the Go module.
KV = 'syntax = "proto3"; package mvccpb; message KeyValue { bytes key = 1; }'
RPC = (
    'syntax = "proto3"; package etcdserverpb; import "{0}api/mvccpb/kv.proto";'
    "message Put {{ mvccpb.KeyValue kv = 1; }}"
    "service KV {{ rpc Do(Put) returns (Put); }}"
)
MOUNTED = {"api/mvccpb/kv.proto": KV, "api/etcdserverpb/rpc.proto": RPC.format("etcd/")}


@pytest.fixture
def api(tmp_path: Path) -> Repository:
    return Repository.create(tmp_path / "api")


def released(api: Repository, number: str, files: Mapping[str, str | None]) -> None:
    api.commit(files)
    api.git("tag", f"v{number}.0")
    api.git("branch", f"release-{number}")


def options(api: Repository, roots: str, entry: str = ENTRY) -> list[str]:
    recipe = api.path.parent / "recipe.yaml"
    recipe.write_text(RECIPE.format(roots=roots, entry=entry), encoding="utf-8")
    return ["--recipe", str(recipe), "--repo", f"api={api.path}", "--lang", "proto"]


def protos() -> list[str]:
    """The protos of the package, without google's."""
    top = Path("gen/proto/proto")
    found = sorted(path.relative_to(top).as_posix() for path in top.rglob("*.proto"))
    return [path for path in found if not path.startswith("google/")]


@pytest.mark.parametrize("source", ["git", "folder"])
@pytest.mark.parametrize("prefix", ["etcd", "github.com/openconfig/gnmi"])
def test_a_top_that_is_imported_under_a_prefix_is_found_there(
    source: str, prefix: str, command: Command, api: Repository
) -> None:
    released(api, "3.5", {**MOUNTED, "api/etcdserverpb/rpc.proto": RPC.format(f"{prefix}/")})
    given = options(api, f"[{{path: ., as: {prefix}}}]")
    ended = command("--version", "3.5.0", "--source", source, *given)
    assert ended.code == 0, ended.err
    assert protos() == [f"{prefix}/api/etcdserverpb/rpc.proto", f"{prefix}/api/mvccpb/kv.proto"]


def test_without_it_the_error_says_which_root_would_serve(command: Command, api: Repository) -> None:
    released(api, "3.5", MOUNTED)
    ended = command("--version", "3.5.0", *options(api, "[.]"))
    assert ended.code == 5
    assert "'etcd/api/mvccpb/kv.proto' is not in 3.5.0; searched api:." in ended.err
    (remedy,) = [line for line in ended.err.splitlines() if "try:" in line]
    assert remedy.endswith("add an import root to api in the recipe: roots: [{path: ., as: etcd}]")
    given = options(api, remedy.partition("roots: ")[2])
    assert command("--version", "3.5.0", *given).code == 0


def test_a_root_of_some_releases_holds_for_these(command: Command, api: Repository) -> None:
    # Shaped like containerd: up to 2.2 by the Go module's path, then below api/.
    old = {"api/types/mount.proto": KV, "api/services/s.proto": RPC.format("github.com/c/c/")}
    old["api/services/s.proto"] = old["api/services/s.proto"].replace("api/mvccpb/kv", "api/types/mount")
    released(api, "2.2", old)
    new = old["api/services/s.proto"].replace("github.com/c/c/api/", "")
    released(api, "2.3", {"api/services/s.proto": new})
    given = options(api, '[{path: ., as: github.com/c/c, until: "2.2"}, {path: api, from: "2.3"}]')
    for version, expected in (
        ("2.2", "github.com/c/c/api/types/mount.proto"),
        ("2.3.0", "types/mount.proto"),
    ):
        ended = command("--version", version, *given, "--force")
        assert ended.code == 0, ended.err
        assert expected in protos()


# Shaped like SkyWalking: protos that exist a second time, and some that came later.
TREE = {
    "profile/Profile.proto": 'syntax = "proto3"; package v3; message Profile {}',
    "profile/ProfileCompat.proto": 'syntax = "proto3"; import "profile/Profile.proto"; message P {}',
}
LATER = {"asyncprofiler/AsyncProfiler.proto": 'syntax = "proto3"; package v10; message Async {}'}


def test_excluded_files_are_no_entry_points(command: Command, api: Repository) -> None:
    released(api, "8.4", TREE)
    entry = '{repository: api, pattern: "**/*.proto", exclude: ["**/*Compat.proto"]}'
    assert command("--version", "8.4", *options(api, "[.]", entry)).code == 0
    assert protos() == ["profile/Profile.proto"]
    entry = '{repository: api, pattern: "**/*Compat.proto", exclude: ["profile/**"]}'
    ended = command("--version", "8.4", *options(api, "[.]", entry))
    assert ended.code == 5
    assert "api at 8.4 has no file that matches **/*Compat.proto and none of profile/**" in ended.err


@pytest.mark.parametrize("key", ["optional: true", 'from: "9"'])
def test_entry_points_that_only_some_releases_have_are_passed_over(
    key: str, command: Command, api: Repository
) -> None:
    released(api, "8.4", TREE)
    released(api, "9.0", LATER)
    later = f'{{repository: api, pattern: "asyncprofiler/*.proto", {key}}}'
    entry = f'{{repository: api, pattern: "profile/*.proto"}}\n  - {later}'
    for version, count in (("8.4", 2), ("9.0", 3)):
        ended = command("--version", version, *options(api, "[.]", entry), "--force")
        assert ended.code == 0, ended.err
        assert len(protos()) == count
    plain = entry.replace(f", {key}", "")
    ended = command("--version", "8.4", *options(api, "[.]", plain))
    assert ended.code == 5
    assert "has no file that matches asyncprofiler/*.proto" in ended.err
    assert "`optional: true`" in ended.err
    ended = command("--version", "8.4", *options(api, "[.]", later))
    assert ended.code == 5
    assert "recipe mounted has no entry points for 8.4" in ended.err


def test_a_root_serves_no_file_that_it_excludes(command: Command, api: Repository) -> None:
    copy = 'syntax = "proto3"; package mvccpb; message KeyValue {} message Old {}'
    files = {"etcd/api/mvccpb/kv.proto": copy, "own/api/mvccpb/kv.proto": KV, "x/rpc.proto": RPC.format("")}
    released(api, "1.0", files)
    entry = "{repository: api, pattern: x/rpc.proto}"
    assert command("--version", "1.0", *options(api, "[., etcd, own]", entry)).code == 5
    roots = "[., {path: etcd, exclude: [etcd/api/mvccpb/**]}, own]"
    assert command("--version", "1.0", *options(api, roots, entry)).code == 0
    entry = '{repository: api, pattern: "**/*.proto"}'
    roots = "[{path: x}, {path: etcd, exclude: [etcd/**]}, own]"
    ended = command("--version", "1.0", *options(api, roots, entry), "--force")
    assert ended.code == 0, ended.err
    assert protos() == ["api/mvccpb/kv.proto", "rpc.proto"]


def test_a_preference_chooses_among_mounts(command: Command, api: Repository) -> None:
    copy = 'syntax = "proto3"; package mvccpb; message KeyValue {} message Old {}'
    released(api, "1.0", {**MOUNTED, "vendor/etcd/api/mvccpb/kv.proto": copy})
    entry = "{repository: api, pattern: api/etcdserverpb/rpc.proto}"
    roots = "[{path: ., as: etcd}, vendor]"
    ended = command("--version", "1.0", *options(api, roots, entry))
    assert ended.code == 5
    assert "api:api/mvccpb/kv.proto and api:vendor/etcd/api/mvccpb/kv.proto" in ended.err
    prefer = '\nprefer:\n  - {pattern: "etcd/**/*.proto", repository: api, root: .}'
    assert command("--version", "1.0", *options(api, roots, entry + prefer)).code == 0
    assert b"Old" not in Path("gen/proto/proto/etcd/api/mvccpb/kv.proto").read_bytes()


def test_a_file_that_is_imported_by_two_names_is_one(command: Command, api: Repository) -> None:
    # As etcd's raft_internal.proto does with the file beside it.
    raft = 'syntax = "proto3"; package etcdserverpb; import "rpc.proto"; message Raft { Put put = 1; }'
    lock = (
        'syntax = "proto3"; import "etcd/api/etcdserverpb/rpc.proto"; message L { etcdserverpb.Put p = 1; }'
    )
    released(api, "3.5", {**MOUNTED, "api/etcdserverpb/raft.proto": raft, "lock/lock.proto": lock})
    rpc = "etcd/api/etcdserverpb/rpc.proto"
    ways = (
        ("[{path: ., as: etcd}]", f"\naliases: {{rpc.proto: {rpc}}}"),
        ("[{path: ., as: etcd}, {path: api/etcdserverpb, exclude: [api/etcdserverpb/raft.proto]}]", ""),
    )
    for roots, more in ways:
        entry = "{repository: api, pattern: lock/*.proto}\n  - "
        entry += f"{{repository: api, pattern: api/etcdserverpb/raft.proto}}{more}"
        ended = command("--version", "3.5", *options(api, roots, entry), "--force", "--verify")
        assert ended.code == 0, ended.err
        assert [name for name in protos() if name.endswith("rpc.proto")] == [rpc]
        text = Path("gen/proto/proto/etcd/api/etcdserverpb/raft.proto").read_text()
        assert text == raft.replace("rpc.proto", rpc)


def test_an_alias_of_no_file_is_named(command: Command, api: Repository) -> None:
    raft = 'syntax = "proto3"; import "rpc.proto"; message Raft {}'
    released(api, "3.5", {**MOUNTED, "api/etcdserverpb/raft.proto": raft})
    entry = "{repository: api, pattern: api/etcdserverpb/raft.proto}\naliases: {rpc.proto: etcd/rpc.proto}"
    ended = command("--version", "3.5", *options(api, "[{path: ., as: etcd}]", entry))
    assert ended.code == 5
    assert "'rpc.proto' is 'etcd/rpc.proto' by the recipe's aliases, and no repository has that" in ended.err
    assert "correct aliases in the recipe: rpc.proto" in ended.err


@pytest.mark.parametrize(
    ("aliases", "complaint"),
    [
        (
            "{a.proto: b.proto, b.proto: c.proto}",
            "aliases.a.proto: b.proto is an alias itself; expected c.proto",
        ),
        ("{a.proto: ../b.proto}", "aliases.a.proto: '../b.proto'"),
        ("{a: b.proto}", "aliases.a: 'a'; expected names that end in .proto"),
    ],
)
def test_aliases_that_mean_nothing_are_refused(
    aliases: str, complaint: str, command: Command, api: Repository
) -> None:
    recipe = options(api, "[.]", f"{ENTRY}\naliases: {aliases}")[1]
    ended = command("recipe", "validate", recipe)
    assert ended.code == 2
    assert complaint in ended.out
