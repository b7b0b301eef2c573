"""The index source against an index on this machine."""

from __future__ import annotations

import os
import struct
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.errors import (
    CacheDamaged,
    OutputUnwritable,
    ProtogenError,
    ProtosUnresolved,
    ReleaseNotFound,
    SourceRefused,
    SourceUnreachable,
    UsageError,
)
from protogen.protos.protoset import Form, ProtoSet
from protogen.recipe import model
from protogen.releases.available import AvailableRelease
from protogen.sources.index import http_client, ranged_file
from protogen.sources.index.source import IndexSource
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.integration.index_server import Fault, IndexServer, Offer, serving
from tests.integration.made_up_packages import (
    NAMES,
    RECIPE,
    api_wheel,
    as_before_3_20,
    core_wheel,
    descriptors,
    modules,
    wheel,
)

API = "demo_api-1.2.0-py3-none-any.whl"
CORE = "demo_core-1.2.0-cp310-cp310-manylinux_2_17_x86_64.whl"


@pytest.fixture
def index() -> Iterator[IndexServer]:
    offers = {"demo-api": [Offer(API, api_wheel())], "demo-core": [Offer(CORE, core_wheel())]}
    with serving(IndexServer(offers)) as server:
        yield server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("NETRC", os.devnull)
    monkeypatch.setattr(http_client, "_FIRST_WAIT", 0.01)


def source(
    index: IndexServer,
    cache: Path,
    settings: dict[str, str] | None = None,
    *,
    offline: bool = False,
    text: str = RECIPE,
) -> IndexSource:
    environ = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url, "PIP_TIMEOUT": "10"}
    environ.update(settings or {})
    return IndexSource(model.parse(text, "demo.yaml"), Context(Cache(cache, offline), Processes(), environ))


def numbers(offers: tuple[AvailableRelease, ...]) -> tuple[str, ...]:
    """The exact releases, newest first."""
    newest = sorted(offers, key=lambda offer: offer.number.order, reverse=True)
    return tuple(offer.version for offer in newest if not offer.whole)


def contents(protos: ProtoSet) -> dict[str, bytes]:
    """The closure as a reader of the set finds it."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    found: dict[str, bytes] = {}
    wanted = list(protos.entry_points)
    while wanted:
        name = wanted.pop()
        (file,) = protos.find(name) if not name.startswith("google/") else (None,)
        if file and name not in found:
            found[name] = file.content
            wanted += FileDescriptorProto.FromString(file.content).dependency
    return found


def failure(kind: type[ProtogenError], index: IndexServer, cache: Path, **settings: str) -> ProtogenError:
    with pytest.raises(kind) as caught:
        source(index, cache, settings).find("1.2", ()).read()
    return caught.value


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_closure_is_what_protoc_compiled(index: IndexServer, tmp_path: Path, as_json: bool) -> None:
    index.as_json = as_json
    protos = source(index, tmp_path).find("r1.2", ()).read()
    assert protos.form is Form.DESCRIPTOR
    assert protos.entry_points == ("demo/api/model.proto", "demo/api/service.proto")
    assert contents(protos) == descriptors()
    assert sorted(contents(protos)) == NAMES
    assert protos.find("google/protobuf/any.proto") == ()
    assert protos.find("no/such.proto") == ()


def test_release_says_what_was_taken_and_why(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-api"].append(Offer(API.replace("1.2.0", "1.2.1"), api_wheel()))
    index.projects["demo-core-lite"] = [Offer(CORE.replace("1.2.0", "1.1.9"), core_wheel())]
    protos = source(index, tmp_path).find("r1.2", ()).read()
    release = protos.release
    assert (release.name, release.package_version, release.source) == ("r1.2", "1.2.1", "index")
    api, core = release.repositories
    assert (api.name, api.ref, api.url) == ("api", "demo-api==1.2.1", "https://example.com/demo/api")
    assert (core.name, core.ref) == ("core", "demo-core==1.2.0")
    assert core.url == "https://example.com/demo/core"
    assert core.note == f"{CORE}; demo-core has no 1.2.1; 1.2.0 is the newest before it"
    assert protos.roots == ("demo-api==1.2.1", "demo-core==1.2.0")
    assert protos.licenses == {"api": {"LICENSE": "the license of the api"}}
    assert protos.missing_entry_points == ("demo/api/internal/hidden.proto",)


def test_origins_name_repository_root_and_module(index: IndexServer, tmp_path: Path) -> None:
    protos = source(index, tmp_path).find("1.2.0", ()).read()
    places = {name: protos.find(name)[0].origin for name in NAMES}
    assert str(places["core/types.proto"]) == "core:core_impl/types_pb2.py"
    assert str(places["core/deep/shape-kind.proto"]) == "core:core_impl/deep/shape_kind_pb2.py"
    assert places["extra/leaf.proto"].root == "core_impl/vendor"


@pytest.mark.parametrize("ranges", ["all", "none", "not-last", "416"])
def test_servers_with_and_without_ranges_serve_the_same(
    index: IndexServer, tmp_path: Path, ranges: str
) -> None:
    index.ranges = ranges
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()
    assert not list((tmp_path / "tmp").iterdir())
    whole = any(not wanted for path, wanted in index.requests if CORE in path)
    assert whole == (ranges == "416")


def test_a_large_wheel_is_read_in_a_few_parts(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-core"] = [Offer(CORE, core_wheel(3_000_000))]
    source(index, tmp_path).find("1.2", ()).read()
    ranges = [wanted for path, wanted in index.requests if CORE in path]
    assert all(ranges)
    assert len(ranges) <= 3


def test_modules_far_from_the_directory_are_fetched(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged_file, "TAIL", 200)
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()
    assert len([path for path in index.paths("/files/") if CORE in path]) > 2


def test_second_run_reads_no_wheel(index: IndexServer, tmp_path: Path) -> None:
    first = source(index, tmp_path).find("1.2", ()).read()
    index.requests.clear()
    second = source(index, tmp_path).find("1.2", ()).read()
    assert contents(second) == contents(first)
    assert second.release == first.release
    assert not index.paths("/files/")
    assert len(index.paths("/simple/")) == 3


def test_offline_serves_what_was_read_before(index: IndexServer, tmp_path: Path) -> None:
    first = source(index, tmp_path).find("1.2", ()).read()
    index.requests.clear()
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    second = source(index, moved, offline=True).find("v1.2.0", ()).read()
    assert contents(second) == contents(first)
    assert numbers(source(index, moved, offline=True).releases()) == ("1.2.0",)
    assert not index.requests


def test_offline_without_anything_cached_says_what_to_run(index: IndexServer, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable) as caught:
        source(index, tmp_path, offline=True).find("1.2", ()).read()
    assert "without --offline" in caught.value.remedy
    source(index, tmp_path).releases()
    source(index, tmp_path).find("1.2", ()).read()
    index.projects["demo-api"].append(Offer(API.replace("1.2.0", "1.2.1"), api_wheel()))
    source(index, tmp_path).releases()
    with pytest.raises(SourceUnreachable) as caught:
        source(index, tmp_path, offline=True).find("1.2", ()).read()
    assert "release 1.2 from the index" in caught.value.message


def test_page_is_asked_for_only_if_it_changed(index: IndexServer, tmp_path: Path) -> None:
    index.etags = True
    assert numbers(source(index, tmp_path).releases()) == ("1.2.0",)
    assert numbers(source(index, tmp_path).releases()) == ("1.2.0",)
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()
    index.projects["demo-api"].append(Offer("demo_api-2.0.0rc1-py3-none-any.whl", b""))
    assert numbers(source(index, tmp_path).releases()) == ("2.0.0-rc1", "1.2.0")


@pytest.mark.parametrize("damaged", ["index-protos-*/closure.msgpack", "*-page-*/content"])
def test_damaged_cache_is_named_offline_and_mended_online(
    index: IndexServer, tmp_path: Path, damaged: str
) -> None:
    first = source(index, tmp_path).find("1.2", ()).read()
    for file in (tmp_path / "v2/fetched").glob(damaged):
        file.write_bytes(b"\xc1")
    with pytest.raises(CacheDamaged, match=damaged.rpartition("/")[2]):
        source(index, tmp_path, offline=True).find("1.2", ()).read()
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == contents(first)
    assert contents(source(index, tmp_path, offline=True).find("1.2", ()).read()) == contents(first)


def test_cache_that_cannot_be_written_is_named(index: IndexServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    failure(OutputUnwritable, index, tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main", "releases only"),
        ("1" * 40, "releases only"),
        ("1.3", "nearest: 1.2.0"),
        ("1.2.7", "nearest: 1.2.0"),
    ],
)
def test_what_the_index_lacks_is_not_found(index: IndexServer, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ReleaseNotFound) as caught:
        source(index, tmp_path).find(name, ()).read()
    assert said in str(caught.value)


def test_yanked_release_is_taken_only_by_its_number(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-api"].append(Offer(API.replace("1.2.0", "1.2.1"), api_wheel(), yanked=True))
    assert numbers(source(index, tmp_path).releases()) == ("1.2.0",)
    assert source(index, tmp_path).find("1.2", ()).read().release.package_version == "1.2.0"
    exact = source(index, tmp_path).find("1.2.1", ()).read().release
    assert exact.package_version == "1.2.1"
    assert "yanked" in exact.repositories[0].note


def test_package_that_no_index_has_is_not_found(index: IndexServer, tmp_path: Path) -> None:
    del index.projects["demo-core"]
    error = failure(ReleaseNotFound, index, tmp_path)
    assert "demo-core-lite or demo-core" in error.message
    assert "--source git" in error.remedy


@pytest.mark.parametrize("pip_is_there", [True, False])
def test_default_index_is_the_clients(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip_is_there: bool
) -> None:
    if pip_is_there:
        monkeypatch.setattr("pip._internal.models.index.PyPI.simple_url", index.url)
    else:
        monkeypatch.setitem(sys.modules, "pip._internal.models.index", None)
        with zipfile.ZipFile(tmp_path / "pip-1.whl", "w") as pip:
            text = f"class PyPI: simple_url = {index.url!r}"
            pip.writestr("pip/_internal/models/index.py", text)
        (tmp_path / "_bundled").mkdir()
        (tmp_path / "pip-1.whl").rename(tmp_path / "_bundled" / "pip-1.whl")
        monkeypatch.setattr("ensurepip.__file__", str(tmp_path / "__init__.py"))
    assert contents(source(index, tmp_path, {"PIP_INDEX_URL": ""}).find("1.2", ()).read()) == descriptors()


def test_without_any_pip_the_index_must_be_set(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip._internal.models.index", None)
    monkeypatch.setattr("ensurepip.__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(SourceRefused, match="no pip that knows") as caught:
        source(index, tmp_path, {"PIP_INDEX_URL": ""}).find("1.2", ()).read()
    assert "PIP_INDEX_URL" in caught.value.remedy


def test_empty_shell_of_a_wheel_is_passed_over(index: IndexServer, tmp_path: Path) -> None:
    shell = Offer(CORE.replace("cp310", "cp311"), wheel({"demo_core-1.2.0.dist-info/METADATA": b"x"}))
    index.projects["demo-core"].append(shell)
    protos = source(index, tmp_path).find("1.2", ()).read()
    assert protos.release.repositories[1].note == CORE
    assert contents(protos) == descriptors()


def test_release_of_empty_shells_does_not_resolve(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-core"] = [
        Offer(CORE.replace("cp310", f"cp3{minor}"), wheel({})) for minor in range(9, 15)
    ]
    assert "demo-core==1.2.0" in failure(ProtosUnresolved, index, tmp_path).message
    assert len(index.paths("/files/demo_core")) == 4


def test_group_that_is_not_published_names_git(index: IndexServer, tmp_path: Path) -> None:
    with pytest.raises(ProtosUnresolved) as caught:
        source(index, tmp_path).find("1.2", ("config",)).read()
    assert "demo/config/*.proto" in caught.value.message
    assert "--source git" in caught.value.remedy


def test_group_that_is_published_adds_its_entry_points(index: IndexServer, tmp_path: Path) -> None:
    made = wheel({"extra/leaf_pb2.py": modules()["extra/leaf_pb2.py"]})
    index.projects["demo-core-lite"] = [Offer("demo_core_lite-1.2.0-py3-none-any.whl", made)]
    protos = source(index, tmp_path).find("1.2", ("extra",)).read()
    assert "extra/leaf.proto" in protos.entry_points
    assert protos.find("core/types.proto") == ()


def test_excluded_protos_are_no_entry_points(index: IndexServer, tmp_path: Path) -> None:
    pattern = 'pattern: "demo/api/**/*.proto"'
    by_entry = RECIPE.replace(pattern, f'{pattern}, exclude: ["**/model.proto", demo/api/internal/**]')
    by_root = RECIPE.replace("    packages: [demo-api]", "    packages: [demo-api]\n    roots: [{path: .}]")
    by_root = by_root.replace("{path: .}", '{path: ., exclude: ["**/model.proto"]}')
    for number, text in enumerate((by_entry, by_root)):
        protos = source(index, tmp_path / str(number), text=text).find("1.2", ()).read()
        assert protos.entry_points == ("demo/api/service.proto",)
        assert protos.find("demo/api/model.proto")
        # What is excluded isn't missing.
        left_out = ("demo/api/internal/hidden.proto",) if text == by_root else ()
        assert protos.missing_entry_points == left_out


def test_a_mount_is_part_of_the_names_in_a_package(index: IndexServer, tmp_path: Path) -> None:
    text = RECIPE.replace('pattern: "demo/api/**/*.proto"', 'pattern: "api/*.proto"')
    text = text.replace(
        "    packages: [demo-api]", "    packages: [demo-api]\n    roots: [{path: ., as: demo}]"
    )
    protos = source(index, tmp_path, text=text).find("1.2", ()).read()
    assert protos.entry_points == ("demo/api/model.proto", "demo/api/service.proto")


def test_an_alias_is_followed_in_packages(index: IndexServer, tmp_path: Path) -> None:
    text = f"{RECIPE}aliases: {{core/types.proto: extra/leaf.proto}}\nstrip_options: [gogoproto]\n"
    protos = source(index, tmp_path, text=text).find("1.2", ()).read()
    (leaf,) = protos.find("extra/leaf.proto")
    assert protos.find("core/types.proto") == (leaf,)
    assert (protos.aliases, protos.strip_options) == (
        {"core/types.proto": "extra/leaf.proto"},
        ("gogoproto",),
    )


def test_optional_entry_points_of_a_group_may_be_unpublished(index: IndexServer, tmp_path: Path) -> None:
    text = RECIPE.replace("pattern: demo/config/*.proto", "pattern: demo/config/*.proto, optional: true")
    protos = source(index, tmp_path, text=text).find("1.2", ("config",)).read()
    assert protos.entry_points == ("demo/api/model.proto", "demo/api/service.proto")


def test_same_name_in_two_packages_is_found_twice(index: IndexServer, tmp_path: Path) -> None:
    other = wheel({**modules(), "core/types_pb2.py": as_before_3_20(b"\x0a\x10core/types.proto")})
    index.projects["demo-api"] = [Offer(API, other)]
    found = source(index, tmp_path).find("1.2", ()).read().find("core/types.proto")
    assert [file.origin.repository for file in found] == ["api", "core"]
    assert found[0].content != found[1].content


def test_a_name_that_no_package_can_have_is_refused(index: IndexServer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be the name of a package"):
        source(index, tmp_path, text=RECIPE.replace("[demo-api]", '["../demo"]')).find("1.2", ()).read()
    assert not index.requests


def test_nothing_of_a_wheel_is_executed(index: IndexServer, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'executed')!r}, 'w')\nraise SystemExit\n".encode()
    members = {path: trap + content for path, content in modules().items() if path.startswith("demo/")}
    index.projects["demo-api"] = [Offer(API, wheel(members))]
    before = set(sys.modules)
    assert contents(source(index, tmp_path / "cache").find("1.2", ()).read()) == descriptors()
    assert not (tmp_path / "executed").exists()
    assert not any("model_pb2" in name for name in set(sys.modules) - before)


def test_names_that_leave_the_archive_are_ignored(index: IndexServer, tmp_path: Path) -> None:
    hostile = dict.fromkeys(("../x_pb2.py", "/etc/x_pb2.py", "demo/api/../../x_pb2.py"), b"x")
    index.projects["demo-api"] = [Offer(API, api_wheel(**hostile))]
    assert contents(source(index, tmp_path / "cache").find("1.2", ()).read()) == descriptors()
    assert not list(tmp_path.rglob("*_pb2.py"))


def damaged(change: str) -> bytes:
    """The api's wheel, spoiled."""
    content = bytearray(api_wheel())
    directory = content.rindex(b"PK\x05\x06")
    first = content.index(b"PK\x01\x02")
    if change == "cut":
        return bytes(content[:-30])
    if change == "no zip":
        return b"<html>please log in</html>" * 100
    if change == "contents":
        start = content.index(b"demo/api/model_pb2.py") + 40
        content[start : start + 30] = b"\xff" * 30
    if change == "huge member":
        content[first + 24 : first + 28] = struct.pack("<I", 2**31)
    if change == "long member":
        content[first + 24 : first + 28] = struct.pack("<I", 10**6)
    if change == "outside":
        content[first + 20 : first + 24] = struct.pack("<I", 2**31)
    if change == "method":
        content[first + 10 : first + 12] = struct.pack("<H", 14)
    if change == "encrypted":
        content[first + 8] |= 1
    if change == "huge directory":
        content[directory + 12 : directory + 16] = struct.pack("<I", 2**31)
    return bytes(content)


@pytest.mark.parametrize("ranges", ["all", "none"])
@pytest.mark.parametrize(
    "change",
    [
        "cut",
        "no zip",
        "contents",
        "huge member",
        "long member",
        "outside",
        "method",
        "encrypted",
        "huge directory",
    ],
)
def test_damaged_or_hostile_wheel_is_refused(
    index: IndexServer, tmp_path: Path, change: str, ranges: str
) -> None:
    index.ranges = ranges
    index.projects["demo-api"] = [Offer(API, damaged(change))]
    error = failure(SourceRefused, index, tmp_path)
    assert API in error.message
    assert not list((tmp_path / "tmp").iterdir())


def test_directory_beyond_the_limit_is_refused(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = wheel({f"demo/api/m{number}_pb2.py": b"" for number in range(4000)})
    index.projects["demo-api"] = [Offer(API, many)]
    monkeypatch.setattr(ranged_file, "TAIL", 1000)
    monkeypatch.setattr(ranged_file, "READ_LIMIT", 100_000)
    for ranges in ("all", "none"):
        index.ranges = ranges
        assert "at once" in failure(SourceRefused, index, tmp_path).message


def test_zip_bomb_is_refused(index: IndexServer, tmp_path: Path) -> None:
    bomb = b"#" * (21 * 1024 * 1024)
    index.projects["demo-api"] = [Offer(API, api_wheel(**{"demo/api/bomb_pb2.py": bomb}))]
    assert "bomb_pb2.py would be" in failure(SourceRefused, index, tmp_path).message


@pytest.mark.parametrize("ranges", ["wrong", "short", "wrong tail", "silly tail"])
def test_wrong_bytes_are_refused(
    index: IndexServer, tmp_path: Path, ranges: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged_file, "TAIL", 200)
    index.ranges = ranges
    assert "other bytes" in failure(SourceRefused, index, tmp_path).message


@pytest.mark.parametrize("ranges", ["all", "none"])
def test_answer_that_ends_early_is_refused(index: IndexServer, tmp_path: Path, ranges: str) -> None:
    index.ranges, index.drop = ranges, 5
    assert "broken answer" in failure(SourceRefused, index, tmp_path).message


def test_whole_wheel_is_checked_against_its_digest(index: IndexServer, tmp_path: Path) -> None:
    index.ranges = "none"
    index.projects["demo-api"] = [Offer(API, api_wheel(), digest="0" * 64)]
    assert "digest" in failure(SourceRefused, index, tmp_path).message
    index.projects["demo-api"] = [Offer(API, api_wheel(), digest="")]
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()


def test_whole_wheel_beyond_the_limit_is_refused(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.ranges = "none"
    monkeypatch.setattr(ranged_file, "WHOLE_LIMIT", 1000)
    assert "longer than 1000 bytes" in failure(SourceRefused, index, tmp_path).message


def test_modules_that_are_too_long_in_all_are_refused(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protogen.sources.index.wheel_archive._ALL_CONTENT", 1000)
    assert "bytes long" in failure(SourceRefused, index, tmp_path).message


def test_module_that_takes_too_much_of_the_wheel_is_refused(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protogen.sources.index.wheel_archive.READ_LIMIT", 100)
    assert "_pb2.py takes" in failure(SourceRefused, index, tmp_path).message


def test_wheel_that_is_gone_is_refused(index: IndexServer, tmp_path: Path) -> None:
    index.faults[API] = [Fault(404)]
    assert "404" in failure(SourceRefused, index, tmp_path).message


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_failing_server_is_asked_again(index: IndexServer, tmp_path: Path, status: int) -> None:
    index.faults = {"/simple/demo-api": [Fault(status), Fault(status)], CORE: [Fault(status)]}
    assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()


@pytest.mark.slow
def test_server_is_asked_again_after_the_time_it_names(index: IndexServer, tmp_path: Path) -> None:
    index.faults["/simple/demo-api"] = [Fault(429, {"Retry-After": "1"})]
    started = time.monotonic()
    source(index, tmp_path).releases()
    assert time.monotonic() - started >= 1


def test_server_that_keeps_failing_is_unreachable(index: IndexServer, tmp_path: Path) -> None:
    index.faults["/simple/demo-api"] = [Fault(503)] * 9
    error = failure(SourceUnreachable, index, tmp_path)
    assert error.where == f"127.0.0.1:{index.port}"
    assert len(index.paths("demo-api")) == 3


def test_server_that_asks_for_a_long_wait_is_unreachable(index: IndexServer, tmp_path: Path) -> None:
    index.faults["/simple/demo-api"] = [Fault(429, {"Retry-After": "3600"})]
    failure(SourceUnreachable, index, tmp_path)
    assert len(index.paths("demo-api")) == 1


def test_host_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    with serving(IndexServer()) as gone:
        pass
    error = failure(SourceUnreachable, gone, tmp_path)
    assert error.where == f"127.0.0.1:{gone.port}"
    assert "--offline" in error.remedy


def test_host_that_is_not_known_is_unreachable(index: IndexServer, tmp_path: Path) -> None:
    error = failure(
        SourceUnreachable, index, tmp_path, PIP_INDEX_URL="https://user:pass@index.invalid/simple"
    )
    assert "index.invalid" in error.message
    assert "pass@" not in str(error)


def test_server_without_tls_is_unreachable_by_https(index: IndexServer, tmp_path: Path) -> None:
    error = failure(SourceUnreachable, index, tmp_path, PIP_INDEX_URL=index.url.replace("http:", "https:"))
    assert "certificate" in error.message


def test_proxy_that_does_not_answer_is_named(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY")
    with serving(IndexServer()) as gone:
        pass
    proxy = f"http://user:hidden@127.0.0.1:{gone.port}"
    error = failure(SourceUnreachable, index, tmp_path, PIP_PROXY=proxy)
    assert "proxy" in error.message
    assert "hidden" not in str(error)


def test_certificates_that_are_missing_are_named(index: IndexServer, tmp_path: Path) -> None:
    url = index.url.replace("http:", "https:")
    error = failure(SourceUnreachable, index, tmp_path, PIP_INDEX_URL=url, PIP_CERT=str(tmp_path / "none"))
    assert "PIP_CERT" in error.remedy


def test_slow_server_is_unreachable(index: IndexServer, tmp_path: Path) -> None:
    with index.lock:  # the server waits for it before it answers
        error = failure(SourceUnreachable, index, tmp_path, PIP_TIMEOUT="0.3")
    assert "in time" in error.message


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/simple", "TLS"),
        ("file:///srv/simple", "isn't on the web"),
        ("http://[::1/simple", "no URL"),
    ],
)
def test_index_that_pip_would_not_ask_is_refused(
    index: IndexServer, tmp_path: Path, url: str, said: str
) -> None:
    assert said in failure(SourceRefused, index, tmp_path, PIP_INDEX_URL=url).message


def test_pip_without_an_index_is_respected(index: IndexServer, tmp_path: Path) -> None:
    assert "no index" in failure(SourceRefused, index, tmp_path, PIP_NO_INDEX="1").message
    assert not index.requests


@pytest.mark.parametrize("status", [401, 403])
def test_refused_access_is_told_from_a_missing_package(
    index: IndexServer, tmp_path: Path, status: int
) -> None:
    index.faults["/simple/"] = [Fault(status)] * 9
    assert str(status) in failure(SourceRefused, index, tmp_path).message


def test_other_refusals_are_named(index: IndexServer, tmp_path: Path) -> None:
    index.faults["/simple/demo-api"] = [Fault(418)]
    assert "418" in failure(SourceRefused, index, tmp_path).message


@pytest.mark.parametrize("as_json", [True, False])
def test_a_file_is_not_asked_for_without_tls(index: IndexServer, tmp_path: Path, as_json: bool) -> None:
    index.files, index.as_json = "http://files.example", as_json
    error = failure(SourceRefused, index, tmp_path)
    assert error.message.startswith("files.example is asked without TLS")
    assert error.remedy.endswith("set PIP_TRUSTED_HOST=files.example")
    assert not index.paths("/files/")


@pytest.mark.parametrize("part", ["/simple/demo-api", "/files/"])
def test_a_redirect_away_from_tls_is_not_followed(index: IndexServer, tmp_path: Path, part: str) -> None:
    index.faults[part] = [Fault(302, {"Location": "http://files.example/x"})] * 9
    error = failure(SourceRefused, index, tmp_path)
    assert error.message.startswith("files.example is asked without TLS")


def test_credentials_do_not_follow_a_redirect_to_another_server(index: IndexServer, tmp_path: Path) -> None:
    index.credentials = "me:hidden"
    with serving(IndexServer(index.projects)) as other:
        there = f"http://localhost:{other.port}/simple/demo-api/"
        index.faults["/simple/demo-api"] = [Fault(302, {"Location": there})]
        assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()
    assert set(index.authorizations) == {"Basic bWU6aGlkZGVu"}
    assert set(other.authorizations) == {""}


@pytest.mark.slow
def test_endless_redirects_are_refused(index: IndexServer, tmp_path: Path) -> None:
    index.faults["/simple/demo-api"] = [Fault(302, {"Location": "/simple/demo-api/"})] * 99
    assert "TooManyRedirects" in failure(SourceRefused, index, tmp_path).message


@pytest.mark.parametrize("as_json", [True, False])
def test_page_that_is_none_is_refused_or_empty(index: IndexServer, tmp_path: Path, as_json: bool) -> None:
    index.page, index.as_json = b"please log in", as_json
    error = failure(SourceRefused if as_json else ReleaseNotFound, index, tmp_path)
    assert "demo-api" in error.message


def test_page_beyond_the_limit_is_refused(
    index: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protogen.sources.index.project_pages._PAGE_LIMIT", 100)
    assert "more than 100 bytes" in failure(SourceRefused, index, tmp_path).message


def test_extra_index_fills_in_and_may_fail(index: IndexServer, tmp_path: Path) -> None:
    with serving(IndexServer({"demo-core": index.projects.pop("demo-core")})) as extra:
        both = {"PIP_EXTRA_INDEX_URL": extra.url}
        assert contents(source(index, tmp_path / "1", both).find("1.2", ()).read()) == descriptors()
    error = failure(SourceUnreachable, index, tmp_path / "2", **both)
    assert error.where == f"127.0.0.1:{extra.port}"
    index.projects["demo-core"] = [Offer(CORE, core_wheel())]
    index.projects["demo-core-lite"] = [Offer("demo_core_lite-1.1.0-py3-none-any.whl", b"")]
    assert contents(source(index, tmp_path / "3", both).find("1.2", ()).read()) == descriptors()


def test_credentials_serve_pages_and_files_and_are_never_shown(index: IndexServer, tmp_path: Path) -> None:
    index.credentials = "me:pa ss".replace(" ", "")
    url = index.url.replace("pass", "p%61ss")
    cache = tmp_path / "cache"
    protos = source(index, cache, {"PIP_INDEX_URL": url}).find("1.2", ()).read()
    assert contents(protos) == descriptors()
    texts = [repr(protos.release), repr(protos.roots), *(str(path) for path in cache.rglob("*"))]
    texts += [path.read_bytes().decode("latin1") for path in cache.rglob("*") if path.is_file()]
    wrong = index.url.replace("pass", "wr0ng")
    error = failure(SourceRefused, index, tmp_path / "other", PIP_INDEX_URL=wrong)
    texts += [str(error), repr(error)]
    assert not any(secret in text for text in texts for secret in ("pass@", "p%61ss", "wr0ng", "me:"))


def test_secrets_in_addresses_of_files_stay_out_of_the_cache(index: IndexServer, tmp_path: Path) -> None:
    index.file_query, index.etags = "?token=s3cret", True
    for _ in range(2):
        assert contents(source(index, tmp_path).find("1.2", ()).read()) == descriptors()
    assert any("s3cret" in path for path in index.paths("/files/"))
    assert not any(b"s3cret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    index.faults[API] = [Fault(403)]
    assert "s3cret" not in str(failure(SourceRefused, index, tmp_path / "other"))


def test_trusted_host_is_asked_without_verification(index: IndexServer, tmp_path: Path) -> None:
    protos = source(index, tmp_path, {"PIP_TRUSTED_HOST": f"127.0.0.1:{index.port}"}).find("1.2", ()).read()
    assert contents(protos) == descriptors()


def test_module_without_a_descriptor_is_refused(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-api"] = [Offer(API, api_wheel(**{"demo/api/model_pb2.py": b"x = 1"}))]
    error = failure(SourceRefused, index, tmp_path)
    assert "demo/api/model_pb2.py" in error.where
    assert API in error.where


def test_members_that_are_stored_are_read_too(index: IndexServer, tmp_path: Path) -> None:
    index.projects["demo-api"] = [Offer(API, wheel(modules(), method=zipfile.ZIP_STORED))]
    protos = source(index, tmp_path).find("1.2", ()).read()
    assert {name: protos.find(name)[0].content for name in NAMES} == descriptors()
