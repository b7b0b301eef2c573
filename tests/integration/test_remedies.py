"""Remedies help: each situation is brought about, what its error proposes is typed, and the command succeeds.

A row is a situation, the exit code of its error, and what of the remedy is typed. Where a remedy has
several ways out, each is a row. To add one, write a function that brings the situation about and
returns the command line, and choose how the proposal is followed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from protogen.errors import SourceUnreachable
from protogen.sources.gitrepo.client import GitClient
from tests.integration.conftest import Command, Ended, Shop
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import RECIPE as DEMO
from tests.integration.made_up_packages import api_wheel, core_wheel
from tests.integration.test_package_index import API, CORE
from tests.support import plugins
from tests.support.upstream import MONEY, Repository

Arguments = list[str]


@dataclass(frozen=True)
class World:
    """What a situation is made of. patch, stack: undone and closed after the test."""

    command: Command
    shop: Shop
    tmp: Path
    tools: Arguments
    patch: pytest.MonkeyPatch
    stack: ExitStack

    def go(self, *more: str) -> Arguments:
        """A command line that works as long as nothing is done to the shop."""
        return ["--version", "1.0", "--lang", "go", *self.shop.options, *self.tools, *more]

    def python(self, *more: str) -> Arguments:
        return ["--version", "1.0", "--lang", "python", *self.shop.options, *more]

    def recipe(self, old: str, new: str) -> None:
        text = self.shop.recipe.read_text()
        assert old in text
        self.shop.recipe.write_text(text.replace(old, new))

    def commit(self, repository: Repository, files: Mapping[str, str | bytes | None]) -> None:
        """Commit to the branch that releases of the line 1.0 take."""
        repository.git("checkout", "--quiet", "release-1.0")
        repository.commit(files)

    def run(self, *arguments: str) -> Ended:
        ended = self.command(*arguments)
        assert ended.code == 0, ended.err
        return ended


Follow = Callable[[World, Arguments, str], Arguments]


def _value_follows(arguments: Arguments, at: int) -> bool:
    return "=" not in arguments[at] and at + 1 < len(arguments) and not arguments[at + 1].startswith("-")


def without(arguments: Arguments, option: str, value: str = "") -> Arguments:
    """The command line without an option; value: what the option's value must start with."""
    kept, at = [], 0
    while at < len(arguments):
        each, width = arguments[at], 1
        name, _, given = each.partition("=")
        if name == option and not given and _value_follows(arguments, at):
            given, width = arguments[at + 1], 2
        if name != option or not given.startswith(value):
            kept += arguments[at : at + width]
        at += width
    return kept


def add(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Type the options that are proposed, instead of those of the same name."""
    words = shlex.split(proposal)
    for at, word in enumerate(words):
        if word.startswith("--"):
            value = words[at + 1] if _value_follows(words, at) else word.partition("=")[2]
            key, equals, _ = value.partition("=")
            arguments = without(arguments, word.partition("=")[0], f"{key}=" if equals else "")
    return [*arguments, *words]


def instead(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Type an option instead of all of its name."""
    return [*without(arguments, proposal.split(maxsplit=1)[0]), *shlex.split(proposal)]


def leave_out(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Type the command without the option that is named, and the value, if one is."""
    option, _, value = proposal.partition(" ")
    return without(arguments, option, value)


def once_without(world: World, arguments: Arguments, proposal: str) -> Arguments:
    world.run(*leave_out(world, arguments, proposal))
    return arguments


def run(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Run the protogen command that is proposed, on the same releases, and then the first one again."""
    program, command, *more = shlex.split(proposal)
    assert program == "protogen"
    selection = without(arguments, "--locked")
    world.run(command, *(selection if command == "lock" else []), *more)
    return arguments


def shell(world: World, arguments: Arguments, proposal: str) -> Arguments:
    subprocess.run(["bash", "-c", proposal], check=True)
    return arguments


def into_recipe(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Add a line at the end of the recipe."""
    with world.shop.recipe.open("a") as file:
        file.write(f"{proposal}\n")
    return arguments


def into_repositories(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Add a repository to the recipe, which the situation has made in a folder of its name."""
    world.recipe("repositories:\n", f"repositories:\n  {proposal}\n")
    name = proposal.partition(":")[0]
    return [*arguments, f"--repo={name}={world.tmp / name}"]


@dataclass(frozen=True)
class Row:
    """One remedy. proposal: a regular expression of what is typed, whose group it is."""

    situation: Callable[[World], Arguments]
    code: int
    proposal: str
    follow: Follow = add
    fills: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.situation.__name__}-{re.sub(r'[^A-Za-z]+', '-', self.proposal).strip('-')}"


# Sources.


def a_release_that_is_not_there(world: World) -> Arguments:
    return add(world, world.go(), "--version 1.0.7")


def a_branch_that_another_repository_lacks(world: World) -> Arguments:
    return add(world, world.go(), "--version 1.1")


def a_branch_that_a_pinned_repository_lacks(world: World) -> Arguments:
    world.recipe("      - {repository: api, submodule: deps/base}\n", "")
    pin = r"{repository: api, file: DEPS, pattern: 'extra = (\w{40})'}"
    world.recipe("    roots: [proto]\n", f"    roots: [proto]\n    pins: [{pin}]\n")
    head = world.shop.extra.git("rev-parse", "release-1.0").strip()
    world.commit(world.shop.api, {"DEPS": f"base = {world.shop.pinned}\nextra = {head}\n"})
    world.shop.api.git("branch", "--force", "release-1.1", "release-1.0")
    return add(world, world.go(), "--version 1.1")


def a_ref_that_is_not_there(world: World) -> Arguments:
    return world.go("--ref", "base=release-1.7")


def a_fixed_ref_that_is_not_there(world: World) -> Arguments:
    world.recipe(
        "    url: https://git.invalid/extra\n"
        "    branch: release-{major}.{minor}\n    tag: v{major}.{minor}.{patch}\n",
        "    url: https://git.invalid/extra\n    ref: release-1.7\n",
    )
    return world.go()


def a_pin_that_is_not_there(world: World) -> Arguments:
    world.shop.extra.git("branch", "work")
    world.shop.api.git("checkout", "--quiet", "-b", "work", "release-1.0")
    world.shop.api.commit({"DEPS": None})
    return add(world, world.go(), "--version work")


def a_folder_that_is_no_repository(world: World) -> Arguments:
    for repository in (world.shop.api, world.shop.base, world.shop.extra):
        repository.git("checkout", "--quiet", "release-1.0")
    shutil.rmtree(world.shop.base.path / ".git")
    return world.go()


def nothing_in_the_cache(world: World) -> Arguments:
    return world.go("--offline")


def a_folder_that_is_not_there(world: World) -> Arguments:
    world.shop.base.path.rename(world.tmp / "base")
    return world.go("--source", "folder")


def a_ref_of_folders(world: World) -> Arguments:
    return world.go("--source", "folder", "--ref", "base=main")


def folders_that_have_no_releases(world: World) -> Arguments:
    return ["versions", *world.shop.options, "--source", "folder"]


def repositories_of_packages(world: World) -> Arguments:
    return world.go("--source", "index")


def a_repository_that_is_misspelled(world: World) -> Arguments:
    return world.go("--ref", "bse=release-1.0")


def a_group_that_is_misspelled(world: World) -> Arguments:
    return world.go("--with", "admn")


def a_host_that_is_not_reached(world: World) -> Arguments:
    return add(world, world.go(), "--repo base=http://127.0.0.1:9/base")


def a_host_that_is_no_longer_reached(world: World) -> Arguments:
    def list_refs(client: GitClient, url: str) -> dict[str, str]:
        raise SourceUnreachable(f"{url} can't be reached", where=url)

    world.run(*world.go())
    world.patch.setattr(GitClient, "list_refs", list_refs)
    return world.go()


def _demo(world: World, *more: str) -> Arguments:
    """A command line for an API whose packages an index has, and whose git host isn't reached."""
    wheels = {"demo-api": [Offer(API, api_wheel())], "demo-core": [Offer(CORE, core_wheel())]}
    server = world.stack.enter_context(serving(IndexServer(wheels)))
    settings = {"NO_PROXY": "*", "NETRC": os.devnull, "PIP_CONFIG_FILE": os.devnull}
    for name, value in (settings | {"PIP_INDEX_URL": server.url}).items():
        world.patch.setenv(name, value)
    recipe = world.tmp / "demo.yaml"
    recipe.write_text(re.sub(r"https://(?:user:secret@)?example.com", "http://127.0.0.1:9", DEMO))
    return ["--version", "1.2", "--lang", "go", *world.tools, "--recipe", str(recipe), *more]


def a_host_of_published_packages_that_is_not_reached(world: World) -> Arguments:
    return _demo(world, "--source", "git")


def a_release_that_the_index_lacks(world: World) -> Arguments:
    return add(world, _demo(world, "--source", "index"), "--version 1.9")


def nothing_of_the_index_in_the_cache(world: World) -> Arguments:
    return _demo(world, "--source", "index", "--offline")


def a_group_that_packages_leave_out(world: World) -> Arguments:
    return _demo(world, "--source", "index", "--with", "config")


# Protos.


def an_import_below_no_root(world: World) -> Arguments:
    world.recipe(
        "roots: [., third_party/types, third_party/types/nested]", "roots: [., third_party/types/nested]"
    )
    return world.go()


def into_roots(world: World, arguments: Arguments, proposal: str) -> Arguments:
    world.recipe("roots: [., third_party/types/nested]", proposal)
    return arguments


def an_import_of_a_public_repository(world: World) -> Arguments:
    public = Repository.create(world.tmp / "googleapis")
    public.git("checkout", "--quiet", "-b", "master")
    public.commit({"google/api/http.proto": 'syntax = "proto3"; package google.api; message Http {}'})
    world.commit(world.shop.api, {"shop/http.proto": 'syntax = "proto3"; import "google/api/http.proto";'})
    return world.go()


def an_import_of_another_state(world: World) -> Arguments:
    world.commit(world.shop.base, {"money/money.proto": None})
    return world.go()


def copies_that_differ(world: World) -> Arguments:
    copy = MONEY.replace("units = 1;", "units = 1; string name = 2;")
    world.commit(world.shop.base, {"third_party/types/money/money.proto": copy})
    return world.go()


def protos_of_another_state(world: World) -> Arguments:
    world.commit(world.shop.base, {"money/money.proto": MONEY.replace("message Money", "message Coins")})
    return world.go()


def a_dependency_that_does_not_compile(world: World) -> Arguments:
    world.commit(world.shop.base, {"money/money.proto": MONEY.replace("units = 1;", "units = 1")})
    return world.go()


def a_proto_in_another_encoding(world: World) -> Arguments:
    for repository in (world.shop.api, world.shop.base, world.shop.extra):
        repository.git("checkout", "--quiet", "release-1.0")
    file = world.shop.base.path / "money/money.proto"
    file.write_bytes(MONEY.encode("utf-16"))
    world.patch.chdir(world.shop.base.path)
    return world.go("--source", "folder", "--out", str(world.tmp / "gen"))


def convert(world: World, arguments: Arguments, proposal: str) -> Arguments:
    argv = shlex.split(proposal)
    done = subprocess.run(argv, check=True, capture_output=True)
    Path(argv[-1]).write_bytes(done.stdout)
    return arguments


# Tools.


def a_given_tool_that_is_none(world: World) -> Arguments:
    return _with_tools_on_path(world, f"--tool=protoc-gen-go={world.shop.recipe}")


def a_given_tool_that_fails(world: World) -> Arguments:
    broken = plugins.go_tools(world.tmp / "broken", fails="protoc-gen-go")["protoc-gen-go"]
    return _with_tools_on_path(world, f"--tool=protoc-gen-go={broken}")


def a_tool_that_a_variable_gives_and_that_fails(world: World) -> Arguments:
    broken = plugins.go_tools(world.tmp / "broken", fails="protoc-gen-go")["protoc-gen-go"]
    world.patch.setenv("PROTOGEN_TOOL_PROTOC_GEN_GO", broken)
    return _with_tools_on_path(world)


def unset(world: World, arguments: Arguments, proposal: str) -> Arguments:
    world.patch.delenv(proposal)
    return arguments


def a_tool_on_path_that_fails(world: World) -> Arguments:
    plugins.go_tools(world.tmp / "broken", fails="protoc-gen-go")
    (world.tmp / "broken" / "go").unlink()
    arguments = _with_tools_on_path(world)
    (world.tmp / "tools" / "protoc-gen-go").rename(world.tmp / "protoc-gen-go")
    world.patch.setenv("PATH", f"{world.tmp / 'broken'}:{_path()}")
    return arguments


def off_path(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Take a folder off PATH; go then installs the plugin, from where it stands."""
    folders = _path().split(":")
    assert proposal in folders
    (world.tmp / "protoc-gen-go").rename(world.tmp / "tools" / "protoc-gen-go")
    world.patch.setenv("PATH", ":".join(each for each in folders if each != proposal))
    return arguments


def a_cache_where_nothing_may_run(world: World) -> Arguments:
    arguments = _with_tools_on_path(world)
    tools = world.tmp / "tools"
    (world.tmp / "bin").mkdir()
    (world.tmp / "bin" / "go").symlink_to(tools / "go")
    world.patch.setenv("PATH", f"{world.tmp / 'bin'}:{_path().replace(f'{tools}:', '')}")
    barred, popen = world.tmp / "cache", subprocess.Popen

    def start(argv: Arguments, *rest: object, **options: object) -> object:
        """As the system does for a program on a file system that is mounted with noexec."""
        if Path(argv[0]).is_relative_to(barred):
            raise PermissionError(13, "Permission denied", argv[0])
        return popen(argv, *rest, **options)  # type: ignore[call-overload]

    world.patch.setattr(subprocess, "Popen", start)
    return arguments


def no_tool_offline(world: World) -> Arguments:
    arguments = _with_tools_on_path(world)
    world.run(*arguments)
    shutil.rmtree(world.tmp / "work" / "gen")
    tools = world.tmp / "tools"
    (tools / "protoc-gen-go").rename(world.tmp / "protoc-gen-go")
    return [*arguments, "--offline"]


def bring_back(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Let go install the tool, which this one takes from where it stands."""
    (world.tmp / "protoc-gen-go").rename(world.tmp / "tools" / "protoc-gen-go")
    return once_without(world, arguments, proposal)


def a_tool_that_is_misspelled(world: World) -> Arguments:
    return _with_tools_on_path(world, f"--tool=protoc-gn-go={world.tmp / 'tools' / 'protoc-gen-go'}")


def a_generator_that_blames_a_proto(world: World) -> Arguments:
    tools = plugins.go_tools(world.tmp / "picky")
    plugin = Path(tools["protoc-gen-go"])
    upset = 'sys.stderr.write("shop/bad.proto: not to my taste\\n"); raise SystemExit(1)'
    text = plugin.read_text().replace("ending =", f"if b'shop/bad.proto' in request: {upset}\nending =")
    plugin.write_text(text)
    world.commit(world.shop.api, {"shop/bad.proto": 'syntax = "proto3"; message Bad {}'})
    return ["--version", "1.0", "--lang", "go", *world.shop.options, *plugins.tool_options(tools)]


def out_of_entry_points(world: World, arguments: Arguments, proposal: str) -> Arguments:
    assert proposal == "shop/bad.proto"
    world.recipe('"shop/**/*.proto"', '"shop/shop.proto"')
    return arguments


def _with_tools_on_path(world: World, *more: str) -> Arguments:
    """The working command line, with tools on PATH instead of given ones."""
    world.patch.setenv("PATH", f"{world.tmp / 'tools'}:{_path()}")
    return [*without(world.go(), "--tool"), *more]


def _path() -> str:
    return os.environ["PATH"]


# The lock.


def no_lock(world: World) -> Arguments:
    return world.go("--locked")


def a_release_that_is_not_locked(world: World) -> Arguments:
    world.run("lock", *world.go())
    return add(world, world.go("--locked"), "--version 1.0.0")


def a_lock_that_is_no_lock(world: World) -> Arguments:
    Path("protogen.lock").write_text("{")
    return world.go("--locked")


def a_lock_of_a_newer_protogen(world: World) -> Arguments:
    Path("protogen.lock").write_text('{"schema": 99, "releases": {}}')
    return world.go("--locked")


def remove_and_run(world: World, arguments: Arguments, proposal: str) -> Arguments:
    Path("protogen.lock").unlink()
    return run(world, arguments, proposal)


def a_lock_of_another_recipe(world: World) -> Arguments:
    world.run("lock", *world.go())
    world.recipe("title: The Shop", "title: Another Shop")
    return world.go("--locked")


def a_setting_that_moved(world: World) -> Arguments:
    world.run("lock", *world.go())
    return world.go("--locked", "--go-module", "example.com/other")


def an_update_that_is_misspelled(world: World) -> Arguments:
    world.run("lock", *world.go())
    return ["lock", *world.go(), "--update", "bse"]


def a_removal_that_is_misspelled(world: World) -> Arguments:
    world.run("lock", *world.go())
    return ["lock", *world.shop.options, "--remove", "1.0.1"]


def a_removal_without_a_lock(world: World) -> Arguments:
    return ["lock", *world.shop.options, "--remove", "1.0"]


def lock_first(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Run the command that locks, on a release that then can be removed."""
    assert proposal == "protogen lock"
    world.run("lock", *world.go())
    return arguments


# The cache and the output.


def into_another_folder(world: World, arguments: Arguments, proposal: str) -> Arguments:
    return add(world, arguments, f"{proposal} other")


def into_another_registry(world: World, arguments: Arguments, proposal: str) -> Arguments:
    return add(world, arguments, f"{proposal} public")


def a_cache_entry_that_is_damaged(world: World) -> Arguments:
    world.run(*world.go("--regenerate"))
    (file,) = (world.tmp / "cache/v2/fetched").glob("base-*/files/money/money.proto")
    file.chmod(0o644)
    file.write_text("damaged")
    return world.go("--offline", "--regenerate")


def a_cache_that_is_a_file(world: World) -> Arguments:
    (world.tmp / "file").write_text("")
    return world.go("--cache-dir", str(world.tmp / "file"))


def a_file_that_was_edited(world: World) -> Arguments:
    world.run(*world.go())
    Path("gen/go/README.md").write_text("mine")
    return world.go()


def an_output_that_is_a_file(world: World) -> Arguments:
    Path("gen").mkdir()
    Path("gen/go").write_text("")
    return world.go()


def outputs_within_each_other(world: World) -> Arguments:
    return add(world, world.go("--out", "gen/{foo}"), "--lang go")


def an_archive_that_is_there(world: World) -> Arguments:
    world.run(*world.go())
    Path("archive").write_text("mine")
    return ["cache", "export", "archive"]


def a_graph_of_two_releases(world: World) -> Arguments:
    return ["graph", "--version=1.0,1.0.0", *world.shop.options]


def a_focus_that_is_misspelled(world: World) -> Arguments:
    return ["graph", "--version=1.0", *world.shop.options, "--focus", "mony/money.proto"]


def a_folder_without_protos(world: World) -> Arguments:
    others = [f"--repo={name}={world.tmp / 'upstream' / name}" for name in ("base", "extra")]
    return ["recipe", "new", str(world.shop.api.path), "--folder", "shp", *others]


def a_language_that_is_misspelled(world: World) -> Arguments:
    return add(world, world.go(), "--lang goo")


def a_package_version_that_is_none(world: World) -> Arguments:
    return world.go("--package-version", "7")


def a_python_package_that_is_none(world: World) -> Arguments:
    return world.python("--python-package", "class")


def a_distribution_that_is_none(world: World) -> Arguments:
    return world.python("--python-distribution", "_x")


def a_module_that_go_refuses(world: World) -> Arguments:
    return world.go("--go-module", "no/../good")


def a_branch_whose_tag_a_registry_has(world: World) -> Arguments:
    arguments = world.go("--registry", "public")
    world.run(*add(world, arguments, "--version 1.0.2"))
    return arguments


def a_branch_that_moved_since_it_was_registered(world: World) -> Arguments:
    arguments = world.go("--registry", "public")
    world.run(*arguments)
    world.commit(world.shop.api, {"shop/shop.proto": f"{_shop_proto(world)}// moved\n"})
    return arguments


def _shop_proto(world: World) -> str:
    world.shop.api.git("checkout", "--quiet", "release-1.0")
    return (world.shop.api.path / "shop/shop.proto").read_text()


def settings_other_than_the_registered(world: World) -> Arguments:
    arguments = world.go("--registry", "public")
    world.run(*arguments)
    return [*arguments, "--with", "admin"]


def settings_fewer_than_the_registered(world: World) -> Arguments:
    arguments = world.go("--registry", "public")
    world.run(*arguments, "--with", "admin")
    return arguments


def tools_other_than_the_registered(world: World) -> Arguments:
    arguments = world.go("--registry", "public")
    world.run(*arguments)
    return [*arguments, *plugins.tool_options(plugins.go_tools(world.tmp / "others", version="v9.9.9"))]


def with_tools_of_the_version(world: World, arguments: Arguments, proposal: str) -> Arguments:
    """Give the tools that are named, in the version that is."""
    version = f"v{proposal.split()[1]}"
    return [*arguments, *plugins.tool_options(plugins.go_tools(world.tmp / "named", version=version))]


def a_registry_in_a_package(world: World) -> Arguments:
    return world.go("--registry", "gen/go")


PLUGIN = "{tmp}/tools/protoc-gen-go"
ELSEWHERE = "{tmp}/elsewhere"
BASE = "{tmp}/upstream/base"
ROWS = [
    Row(a_release_that_is_not_there, 3, r"run again with (--version \S+)"),
    Row(a_branch_that_another_repository_lacks, 3, r"run again with (--ref [^\s,]+)"),
    Row(a_branch_that_a_pinned_repository_lacks, 3, r"or with (--match pin)"),
    Row(a_ref_that_is_not_there, 3, r"run again with (--ref \S+)"),
    Row(a_fixed_ref_that_is_not_there, 3, r"run again with (--ref \S+)"),
    Row(a_pin_that_is_not_there, 3, r"run again with (--ref \S+)", fills={"REF": "release-1.0"}),
    Row(a_folder_that_is_no_repository, 2, r"run again with (--source folder)"),
    Row(a_host_that_is_not_reached, 4, r"run again with (--repo [^\s,]+)", fills={"PATH": BASE}),
    Row(a_host_that_is_no_longer_reached, 4, r"run again with (--offline)"),
    Row(a_host_of_published_packages_that_is_not_reached, 4, r"run again with (--source index)"),
    Row(a_release_that_the_index_lacks, 3, r"run again with (--version \S+)"),
    Row(nothing_of_the_index_in_the_cache, 4, r"once without (--offline)", once_without),
    Row(a_group_that_packages_leave_out, 5, r"or without (--with config)", leave_out),
    Row(nothing_in_the_cache, 4, r"once without (--offline)", once_without),
    Row(a_folder_that_is_not_there, 2, r"run again with (--repo [^\s,]+)", fills={"PATH": "{tmp}/base"}),
    Row(a_ref_of_folders, 2, r"run again with (--source git)"),
    Row(folders_that_have_no_releases, 2, r"run again with (--source git)"),
    Row(repositories_of_packages, 2, r"run again with (--source git)"),
    Row(a_repository_that_is_misspelled, 2, r"with (--ref \S+)", instead, {"VALUE": "release-1.0"}),
    Row(a_group_that_is_misspelled, 2, r"run again with (--with \S+)"),
    Row(an_import_below_no_root, 5, r"in the recipe: (roots: .*)", into_roots),
    Row(an_import_of_a_public_repository, 5, r"repositories of the recipe: (.*)", into_repositories),
    Row(an_import_of_another_state, 5, r"with (--ref NAME=REF)", fills={"NAME": "base", "REF": "v1.0.0"}),
    Row(copies_that_differ, 5, r"(prefer: \[.*\])", into_recipe),
    Row(protos_of_another_state, 5, r"with (--ref NAME=REF)", fills={"NAME": "base", "REF": "v1.0.0"}),
    Row(a_dependency_that_does_not_compile, 5, r"another ref of it: (--ref \S+)", fills={"REF": "v1.0.0"}),
    Row(a_proto_in_another_encoding, 5, r"repository: (iconv .*)", convert),
    Row(
        a_given_tool_that_is_none,
        6,
        r"run again with (--tool [^\s,]+)",
        fills={"PATH": PLUGIN},
    ),
    Row(a_given_tool_that_fails, 6, r"run again without (--tool \S+),", leave_out),
    Row(a_given_tool_that_fails, 6, r"give another: (--tool \S+)", fills={"PATH": PLUGIN}),
    Row(a_tool_that_a_variable_gives_and_that_fails, 6, r"run again without (PROTOGEN_\w+)", unset),
    Row(a_tool_on_path_that_fails, 6, r"run again without (\S+) on PATH", off_path),
    Row(a_tool_on_path_that_fails, 6, r"give another: (--tool \S+)", fills={"PATH": "{tmp}/protoc-gen-go"}),
    Row(
        a_cache_where_nothing_may_run,
        6,
        r"run again with (--cache-dir DIR)",
        fills={"DIR": ELSEWHERE},
    ),
    Row(no_tool_offline, 6, r"once without (--offline)", bring_back),
    Row(no_tool_offline, 6, r"give (--tool \S+)", fills={"PATH": "{tmp}/protoc-gen-go"}),
    Row(
        a_tool_that_is_misspelled,
        2,
        r"run again with (--tool \S+)",
        instead,
        {"PATH": PLUGIN},
    ),
    Row(a_generator_that_blames_a_proto, 6, r"correct (\S+), or leave it out", out_of_entry_points),
    Row(no_lock, 9, r"try: +(protogen lock), with the same options", run),
    Row(a_release_that_is_not_locked, 9, r"try: +(protogen lock --version \S+),", run),
    Row(a_lock_that_is_no_lock, 2, r"or remove it and run (protogen lock)$", remove_and_run),
    Row(
        a_lock_of_a_newer_protogen,
        2,
        r"or remove protogen\.lock and run (protogen lock)$",
        remove_and_run,
    ),
    Row(a_lock_of_another_recipe, 9, r"try: +(protogen lock [^,]*),", run),
    Row(a_setting_that_moved, 9, r"try: +(protogen lock --update)", run),
    Row(an_update_that_is_misspelled, 2, r"run again with (--update \S+)"),
    Row(a_removal_that_is_misspelled, 2, r"run again with (--remove \S+)"),
    Row(a_removal_without_a_lock, 9, r"try: +(protogen lock)", lock_first),
    Row(a_cache_entry_that_is_damaged, 4, r"once without (--offline)", once_without),
    Row(a_cache_that_is_a_file, 8, r"run again with (--cache-dir DIR)", fills={"DIR": ELSEWHERE}),
    Row(a_file_that_was_edited, 8, r"run again with (--force)"),
    Row(an_output_that_is_a_file, 8, r"folder with (--out)", into_another_folder),
    Row(outputs_within_each_other, 2, r"run again with (--out DIR)", fills={"DIR": "other"}),
    Row(a_branch_whose_tag_a_registry_has, 8, r"run again with (--version \S+);"),
    Row(a_branch_whose_tag_a_registry_has, 8, r"or run again with (--package-version \S+)"),
    Row(a_branch_that_moved_since_it_was_registered, 8, r"run again with (--package-version \S+)"),
    Row(settings_other_than_the_registered, 8, r"run again without (--with);", leave_out),
    Row(settings_fewer_than_the_registered, 8, r"run again with (--with \S+);"),
    Row(tools_other_than_the_registered, 8, r"again with (.*);", with_tools_of_the_version),
    Row(a_registry_in_a_package, 2, r"choose another folder with (--registry)", into_another_registry),
    Row(an_archive_that_is_there, 8, r"run again with (--force)"),
    Row(a_graph_of_two_releases, 2, r"run again with (--version \S+)"),
    Row(a_focus_that_is_misspelled, 2, r"run again with (--focus \S+)"),
    Row(a_folder_without_protos, 2, r"run again with (--folder \S+)"),
    Row(a_language_that_is_misspelled, 2, r"run again with (--lang \S+)"),
    Row(a_package_version_that_is_none, 2, r"run again with (--package-version \S+)"),
    Row(a_python_package_that_is_none, 2, r"such as (--python-package \S+)"),
    Row(a_distribution_that_is_none, 2, r"such as (--python-distribution \S+)"),
    Row(a_module_that_go_refuses, 2, r"(--go-module [^\s,]+)"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.slow
def test_what_an_error_proposes_helps(
    row: Row,
    command: Command,
    shop: Shop,
    go_tools: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ExitStack() as stack:
        _try(row, World(command, shop, tmp_path, go_tools, monkeypatch, stack))


def _try(row: Row, world: World) -> None:
    arguments = row.situation(world)
    ended = world.command(*arguments)
    assert ended.code == row.code, ended.err
    remedy = ended.err[ended.err.index("  try:") :]
    found = re.search(row.proposal, remedy, re.MULTILINE)
    assert found, remedy
    proposal = found[1]
    for placeholder, value in row.fills.items():
        proposal = proposal.replace(placeholder, value.replace("{tmp}", str(world.tmp)))
    again = world.command(*row.follow(world, arguments, proposal))
    assert again.code == 0, f"after {proposal}:\n{again.err}"
