"""Repositories that are published packages: by git, from folders, by the index; which version, and locked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.integration.index_server import IndexServer, Offer, serving
from tests.integration.made_up_packages import as_before_3_20, descriptors, wheel
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: one
releases: api
repositories:
  api: {{url: https://git.invalid/api, tag: "v{{major}}.{{minor}}.{{patch}}"{api}}}
  common:
    packages: [{common}]
entry_points:
  - {{repository: api, pattern: api.proto}}
"""
LEAF = "extra/leaf.proto"
API = f'syntax = "proto3"; package api; import "{LEAF}"; message A {{ extra.Leaf leaf = 1; }}'
TEXT = 'syntax = "proto3"; package extra;\n// Of version %s.\nmessage Leaf { int32 x = 1; }\n'


def text_wheel(version: str) -> Offer:
    """A wheel with text and modules, as that of google's common protos."""
    members = {
        LEAF: (TEXT % version).encode(),
        "extra/leaf_pb2.py": as_before_3_20(descriptors()[LEAF]),
        f"common_protos-{version}.dist-info/LICENSE": b"the license of common",
    }
    return Offer(f"common_protos-{version}-py3-none-any.whl", wheel(members))


def api_wheel(name: str, version: str) -> Offer:
    descriptor = _compiled()
    return Offer(f"{name}-{version}-py3-none-any.whl", wheel({"api_pb2.py": as_before_3_20(descriptor)}))


def _compiled() -> bytes:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    file = FileDescriptorProto(name="api.proto", package="api", syntax="proto3", dependency=[LEAF])
    file.message_type.add(name="A").field.add(
        name="leaf", number=1, type=11, label=1, type_name=".extra.Leaf", json_name="leaf"
    )
    return file.SerializeToString()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    offers = {
        "common-protos": [text_wheel(version) for version in ("1.0.0", "1.1.0", "1.2.0rc1")],
        "compiled-protos": [
            Offer(
                "compiled_protos-3.0-py3-none-any.whl",
                wheel({"extra/leaf_pb2.py": as_before_3_20(descriptors()[LEAF])}),
            )
        ],
        "empty": [Offer("empty-1.0-py3-none-any.whl", wheel({"empty/__init__.py": b""}))],
        "api-protos": [api_wheel("api_protos", each) for each in ("1.0.0", "8.0.0", "8.1.0", "8.2.0")],
        "other-numbers": [text_wheel("8.0.0")],
    }
    with serving(IndexServer(offers)) as server:
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("NETRC", os.devnull)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server


def leaf() -> str:
    """The text of the proto of the package, as it was published."""
    (found,) = Path("gen/proto").rglob("leaf.proto")
    return found.read_text()


@pytest.fixture
def api(tmp_path: Path) -> Repository:
    made = Repository.create(tmp_path / "api")
    made.commit({"api.proto": API, "LICENSE": "of the api"})
    made.git("tag", "v1.0.0")
    return made


def options(api: Repository, common: str, of_api: str = "") -> list[str]:
    recipe = api.path.parent / "one.yaml"
    recipe.write_text(RECIPE.format(common=common, api=of_api))
    return ["--recipe", str(recipe), "--lang", "proto", f"--repo=api={api.path}"]


@pytest.mark.parametrize("source", ["git", "folder"])
@pytest.mark.parametrize(
    ("common", "requirement", "note"),
    [
        ("common-protos", "common-protos==1.1.0", "the newest release"),
        ("{name: common-protos, version: newest}", "common-protos==1.1.0", "the newest release"),
        ("{name: common-protos, version: lowest}", "common-protos==1.0.0", "the lowest release"),
        (
            "{name: common-protos, version: 'newest >=0.9,<1.1'}",
            "common-protos==1.0.0",
            "the newest release with <1.1,>=0.9",
        ),
        ("{name: common-protos, version: 1.2.0rc1}", "common-protos==1.2.0rc1", "by the recipe"),
        (
            "{name: common-protos, versions: {'1.0': 1.0.0, '1.1': 1.1.0}}",
            "common-protos==1.0.0",
            "1.0.0 is in common-protos 1.0.0, by the recipe",
        ),
        ("{name: absent, version: newest}, common-protos", "common-protos==1.1.0", "the newest release"),
    ],
)
def test_a_package_stands_for_a_repository(
    command: Command,
    index: IndexServer,
    api: Repository,
    source: str,
    common: str,
    requirement: str,
    note: str,
) -> None:
    given = ["--version", "1.0.0", "--source", source, *options(api, common)]
    ended = command(*given, "--format", "json")
    assert ended.code == 0, ended.err
    release = ended.json["releases"][0]
    assert release["source"] == source
    assert release["repositories"]["common"] == {"url": "", "ref": requirement, "commit": ""}
    assert f"; {note})" in ended.err
    version = requirement.partition("==")[2]
    assert f"// Of version {version}." in leaf()
    origin = json.loads(Path("gen/proto/.protogen.json").read_text())
    assert "the package index" in json.dumps(origin)
    again = command(*given, "--offline")
    assert again.code == 0, again.err
    assert "unchanged" in again.err


def test_a_package_of_descriptors_is_printed(command: Command, index: IndexServer, api: Repository) -> None:
    ended = command("--version", "1.0.0", *options(api, "compiled-protos"))
    assert ended.code == 0, ended.err
    assert "message Leaf {" in leaf()


def test_the_lock_holds_the_package(
    command: Command, index: IndexServer, api: Repository, tmp_path: Path
) -> None:
    given = ["--version", "1.0.0", *options(api, "common-protos")]
    assert command("lock", *given).code == 0
    locked = json.loads(Path("protogen.lock").read_text())["releases"]["1.0.0"]["repositories"]["common"]
    assert locked["ref"] == "common-protos==1.1.0"
    assert locked["sha256"] == index.projects["common-protos"][1].sha256
    index.projects["common-protos"].append(text_wheel("1.3.0"))
    held = command(*given, "--locked")
    assert held.code == 0, held.err
    assert "common-protos==1.1.0" in held.err
    assert command("check", *given, "--locked").code == 0
    assert "common-protos==1.3.0" in command(*given).err
    moved = command("lock", "--update", "common", *given)
    assert "common moved from common-protos==1.1.0" in moved.err


def test_without_a_digest_the_protos_tell_what_was_made(
    command: Command, index: IndexServer, api: Repository
) -> None:
    index.projects["common-protos"][1].digest = ""
    given = ["--version", "1.0.0", *options(api, "common-protos")]
    assert command(*given).code == 0
    assert "unchanged" in command(*given).err


@pytest.mark.parametrize(
    ("common", "more", "code", "message"),
    [
        ("{name: common-protos, version: 'newest >=2'}", (), 3, "takes from common-protos newest >=2"),
        ("{name: common-protos, versions: {'2.0': 1.0.0}}", (), 3, "no package of common for 1.0.0"),
        ("absent", (), 3, "no package of common for 1.0.0, which the recipe takes from absent newest"),
        ("empty", (), 5, "empty==1.0 holds no protos"),
        (
            "common-protos",
            ("--ref=common=main",),
            2,
            "package common-protos, which has no refs",
        ),
    ],
)
def test_what_no_package_offers_is_refused(
    command: Command,
    index: IndexServer,
    api: Repository,
    common: str,
    more: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    ended = command("--version", "1.0.0", *options(api, common), *more)
    assert (ended.code, message in ended.err) == (code, True), ended.err


def test_a_repository_given_by_the_user_is_taken_instead(
    command: Command, index: IndexServer, api: Repository, tmp_path: Path
) -> None:
    common = Repository.create(tmp_path / "common")
    common.commit({LEAF: TEXT % "git"})
    given = [*options(api, "common-protos"), f"--repo=common={common.path}"]
    ended = command("--version", "1.0.0", *given, "--ref=common=main")
    assert ended.code == 0, ended.err
    assert "Of version git" in leaf()
    assert not index.requests


@pytest.mark.parametrize(
    ("of_api", "common", "version", "refs"),
    [
        (
            "api-protos",
            "common-protos",
            "1.0.0",
            {"api": "api-protos==1.0.0", "common": "common-protos==1.1.0"},
        ),
        (
            "{name: api-protos, versions: {'1.9': 8.1.0, 1.8.2: 8.0.0}}",
            "{name: common-protos, version: lowest}",
            "1.9.0",
            {"api": "api-protos==8.1.0", "common": "common-protos==1.0.0"},
        ),
        (
            "{name: api-protos, versions: {'1.9': 8.1.0, 1.8.2: 8.0.0}}",
            "common-protos",
            "1.8",
            {"api": "api-protos==8.0.0", "common": "common-protos==1.1.0"},
        ),
    ],
)
def test_the_index_takes_the_same_packages(
    command: Command,
    index: IndexServer,
    api: Repository,
    of_api: str,
    common: str,
    version: str,
    refs: dict[str, str],
) -> None:
    given = options(api, common, f", packages: [{of_api}]")[:4]
    ended = command("--version", version, "--source", "index", *given, "--format", "json")
    assert ended.code == 0, ended.err
    release = ended.json["releases"][0]
    assert {name: each["ref"] for name, each in release["repositories"].items()} == refs
    assert release["package_version"] == {"1.8": "1.8.2"}.get(version, version)


def test_a_number_without_a_package_is_refused(command: Command, index: IndexServer, api: Repository) -> None:
    given = options(api, "common-protos", ", packages: [{name: api-protos, versions: {'1.9': 8.1.0}}]")[:4]
    ended = command("--version", "1.0.0", "--source", "index", *given)
    assert ended.code == 3
    assert "no package of api for 1.0.0, which the recipe takes from api-protos 1.9: 8.1.0" in ended.err
    listed = command("versions", "--source", "index", *given[:2], "--format", "json")
    assert [each["package_version"] for each in json.loads(listed.out)] == ["1.9.0"]


def test_packages_of_other_numbers_are_no_companions(
    command: Command, index: IndexServer, api: Repository
) -> None:
    recipe = api.path.parent / "two.yaml"
    text = RECIPE.format(api=", packages: [api-protos]", common="other-numbers")
    recipe.write_text(
        text.replace("    packages: [other", "    url: https://git.invalid/x\n    packages: [other")
    )
    ended = command("--version", "8.0.0", "--source", "index", "--recipe", str(recipe), "--lang", "proto")
    assert ended.code == 3
    assert "releases of other-numbers have other numbers than those of api-protos" in ended.err
    assert "packages: [{name: other-numbers, version: newest}]" in ended.err


def test_a_doctor_asks_no_remote_of_a_package(command: Command, index: IndexServer, api: Repository) -> None:
    ended = command("doctor", *options(api, "common-protos"), "--format", "json")
    assert "common" not in ended.out.partition('"sources"')[2].partition('"tools"')[0]
