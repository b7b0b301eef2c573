"""What each ecosystem's index says of the packages that artifacts hold."""

from __future__ import annotations

import base64
import hashlib
import json
from xml.etree import ElementTree

import pytest

from protogen.registry import layout
from protogen.registry.ecosystems import crates, go, npm
from protogen.registry.model import Addition, Held, Published, Service
from protogen.registry.order import ascending, latest
from protogen.system.files import digest
from tests.support.registry_packages import artifacts, packed

URL = "https://example.com/registry"
PUBLIC = "https://example.com/public-index"


def held(
    ecosystem: str, *versions: str, yanked: dict[str, str] | None = None
) -> tuple[Held, dict[str, bytes]]:
    """A package of the ecosystem with these versions, and its index."""
    found: list[tuple[Addition, Published]] = []
    for version in versions:
        additions, _ = layout.additions(artifacts(version), "api", version, lambda: PUBLIC)
        (each,) = (addition for addition in additions if addition.ecosystem == ecosystem)
        found.append((each, Published(each.version, dict(each.facts), (yanked or {}).get(version))))
    package = Held(ecosystem, found[0][0].name, tuple(each for _, each in found))
    return package, layout.index(package, URL)


def files(*versions: str) -> dict[str, bytes]:
    """All files of these versions' packages, by path."""
    found = [
        each
        for version in versions
        for each in layout.additions(artifacts(version), "api", version, lambda: PUBLIC)[0]
    ]
    return {path: content for each in found for path, content in each.files.items()}


def test_artifacts_go_to_their_ecosystems_with_evidence_beside_them() -> None:
    found, evidence = layout.additions(artifacts(), "api", "1.2.0")
    assert [(each.ecosystem, each.name, each.version) for each in found] == [
        ("archives", "cpp/team-api", "1.2.0"),
        ("crates", "team-api", "1.2.0"),
        ("go", "example.com/Team/api", "v1.2.0"),
        ("maven", "com.example:api", "1.2.0"),
        ("npm", "@team/api", "1.2.0"),
        ("pypi", "team-api", "1.2.0"),
    ]
    (sums,) = (content.decode() for path, content in evidence.items() if path.endswith("SHA256SUMS"))
    named = {path: sha for sha, _, path in (line.partition("  ") for line in sums.splitlines())}
    placed = {path: content for each in found for path, content in each.files.items()} | evidence
    assert named == {path: digest(each) for path, each in placed.items() if not path.endswith("SHA256SUMS")}


def test_a_run_for_other_languages_has_evidence_of_its_own() -> None:
    first, second = (
        set(layout.additions(artifacts(languages=each), "api", "1.2.0")[1]) for each in (("go",), ("rust",))
    )
    assert not first & second


def test_go_is_told_of_versions_in_order_and_of_the_newest_final() -> None:
    _, pages = held("go", "1.10.0", "1.9.0", "1.11.0-rc.1")
    assert pages["go/example.com/!team/api/@v/list"] == b"v1.9.0\nv1.10.0\nv1.11.0-rc.1\n"
    assert json.loads(pages["go/example.com/!team/api/@latest"]) == {"Version": "v1.10.0"}


def test_go_asks_first_for_what_is_put_there_last() -> None:
    (each,) = layout.additions(artifacts(languages=("go",)), "api", "1.2.0")[0]
    assert [path.rpartition(".")[2] for path in each.files] == ["zip", "mod", "info"]


def test_no_list_has_what_go_makes_of_a_commit() -> None:
    version = "v0.0.0-20240101000000-876a626ef689"
    package = Held("go", "example.com/api", (Published(version, {"info": {"Version": version}}),))
    assert go.index(package, "") == {
        "go/example.com/api/@v/list": b"",
        "go/example.com/api/@latest": b'{"Version":"%s"}\n' % version.encode(),
    }


def test_maven_metadata_have_versions_in_order_and_checksums_before_them() -> None:
    _, pages = held("maven", "1.10.0", "1.9.0", "1.11.0-rc.1")
    *sums, path = pages
    assert path == "maven/com/example/api/maven-metadata.xml"
    assert [each.removeprefix(path) for each in sums] == [".md5", ".sha1", ".sha256", ".sha512"]
    assert pages[f"{path}.sha512"] == hashlib.sha512(pages[path]).hexdigest().encode()
    read = ElementTree.fromstring(pages[path])
    assert [each.text for each in read.iter("version")] == ["1.9.0", "1.10.0", "1.11.0-rc.1"]
    assert read.findtext("versioning/release") == "1.10.0"
    assert read.findtext("versioning/latest") == "1.11.0-rc.1"


def test_maven_files_have_all_checksums_and_the_pom_comes_last() -> None:
    (each,) = layout.additions(artifacts(languages=("java",)), "api", "1.2.0")[0]
    paths = list(each.files)
    assert len(paths) == 10
    assert paths[-1].endswith(".pom")
    assert each.files[f"{paths[-1]}.md5"] == hashlib.md5(each.files[paths[-1]]).hexdigest().encode()


def test_python_pages_say_the_same_in_html_and_json() -> None:
    _, pages = held("pypi", "1.2.0", "1.10.0", yanked={"1.2.0": 'a "bug"'})
    placed = files("1.2.0", "1.10.0")
    document = json.loads(pages["pypi/simple/team-api/index.json"])
    page = pages["pypi/simple/team-api/index.html"].decode()
    assert document["versions"] == ["1.2.0", "1.10.0"]
    assert len(document["files"]) == 4
    for each in document["files"]:
        assert f'href="{each["url"]}#sha256={each["hashes"]["sha256"]}"' in page
        assert digest(placed[each["url"].replace("../../", "pypi/")]) == each["hashes"]["sha256"]
        assert each["requires-python"] == ">=3.7"
        assert ("core-metadata" in each) == each["filename"].endswith(".whl")
    assert [each["yanked"] for each in document["files"]] == ['a "bug"'] * 2 + [False] * 2
    assert page.count('data-yanked="a &quot;bug&quot;"') == 2
    assert 'data-requires-python="&gt;=3.7"' in page


def test_npm_documents_have_whole_addresses_and_what_npm_checks() -> None:
    _, pages = held("npm", "1.2.0", "1.3.0-rc.1", "1.1.0", yanked={"1.1.0": "broken"})
    document = json.loads(pages["npm/@team/api"])
    assert document["dist-tags"] == {"latest": "1.2.0"}
    assert list(document["versions"]) == ["1.1.0", "1.2.0", "1.3.0-rc.1"]
    dist = document["versions"]["1.2.0"]["dist"]
    assert dist["tarball"] == f"{URL}/npm/-/@team/api/api-1.2.0.tgz"
    content = artifacts("1.2.0")["typescript/team-api-1.2.0.tgz"]
    assert dist["integrity"] == f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"
    assert dist["fileCount"] == 2
    assert [each.get("deprecated") for each in document["versions"].values()] == ["broken", None, None]


def test_npm_documents_have_what_installing_needs_of_each_version_and_the_rest_once() -> None:
    _, pages = held("npm", "1.2.0", "1.10.0")
    document = json.loads(pages["npm/@team/api"])
    assert (document["description"], document["license"]) == ("Client 1.10.0", "MIT")
    assert {key: each for key, each in document["versions"]["1.2.0"].items() if key != "dist"} == {
        "name": "@team/api",
        "version": "1.2.0",
        "bin": {"team-api": "index.js"},
        "engines": {"node": ">=18"},
        "peerDependencies": {"@team/transport": "^1.0.0"},
        "peerDependenciesMeta": {"@team/transport": {"optional": True}},
    }


@pytest.mark.parametrize(("script", "expected"), [("postinstall", True), ("test", None)])
def test_npm_is_told_of_scripts_that_run_when_installing(script: str, expected: bool | None) -> None:
    manifest = {"name": "api", "version": "1.2.0", "scripts": {script: "true"}}
    archive = packed("package", {"package.json": json.dumps(manifest).encode()})
    (each,) = npm.additions({"api-1.2.0.tgz": archive})
    assert list(each.files) == ["npm/-/api/api-1.2.0.tgz"]
    document = json.loads(
        npm.index(Held("npm", "api", (Published(each.version, dict(each.facts)),)), URL)["npm/api"]
    )
    assert document["versions"]["1.2.0"].get("hasInstallScript") is expected


def test_a_yanked_only_version_stays_what_npm_finds_and_warns_of() -> None:
    _, pages = held("npm", "1.2.0", yanked={"1.2.0": ""})
    document = json.loads(pages["npm/@team/api"])
    assert document["dist-tags"] == {"latest": "1.2.0"}
    assert document["versions"]["1.2.0"]["deprecated"] == "withdrawn"


def test_cargo_is_told_of_requirements_features_and_where_crates_are() -> None:
    _, pages = held("crates", "1.10.0", "1.2.0", yanked={"1.2.0": ""})
    first, second = map(json.loads, pages["crates/te/am/team-api"].splitlines())
    assert (first["vers"], first["yanked"], second["vers"], second["yanked"]) == (
        "1.2.0",
        True,
        "1.10.0",
        False,
    )
    prost, tonic = first["deps"]
    assert (prost["req"], prost["optional"], prost["default_features"]) == ("^0.14.1", False, True)
    assert (tonic["features"], tonic["optional"], tonic["default_features"]) == (["codegen"], True, False)
    assert prost["registry"] == PUBLIC, "else cargo looks for it here"
    assert (first["v"], first["features"]) == (2, {"default": []})
    assert first["features2"] == {"server": ["dep:tonic", "tonic?/server"]}
    config = json.loads(layout.root("crates", ["team-api"], Service(URL))["crates/config.json"])
    address = config["dl"].replace("{crate}", "team-api").replace("{version}", "1.2.0")
    assert address == f"{URL}/crates/files/team-api/team-api-1.2.0.crate"


def test_cargo_is_told_of_every_dependency_as_the_manifest_has_it() -> None:
    manifest = """
[package]
name = "team-api"
version = "1.2.0"
links = "z"
[dependencies]
plain = "1"
own = { package = "other", version = "=1.2.3", optional = true }
elsewhere = { version = ">= 1.2, <3", registry-index = "sparse+https://example.com/crates/" }
[build-dependencies]
cc = { version = "1.*", default-features = false }
[dev-dependencies]
tested = "~1.2"
beside = { path = "../beside" }
[target.'cfg(unix)'.dependencies]
libc = { version = "0.2", features = ["extra_traits"] }
[target.'cfg(unix)'.dev-dependencies]
nix = "0.29, <0.31"
"""
    crate = packed("team-api-1.2.0", {"Cargo.toml": manifest.encode(), "src/Cargo.toml": b"no"})
    (each,) = crates.additions({"team-api-1.2.0.crate": crate}, lambda: PUBLIC)
    line = each.facts["line"]
    assert line["links"] == "z"
    assert line["features"] == {}
    assert "v" not in line
    told = {each["name"]: each for each in line["deps"]}
    assert {name: (each["req"], each["kind"], each["target"]) for name, each in told.items()} == {
        "plain": ("^1", "normal", None),
        "own": ("=1.2.3", "normal", None),
        "elsewhere": (">=1.2, <3", "normal", None),
        "cc": ("1.*", "build", None),
        "tested": ("~1.2", "dev", None),
        "libc": ("^0.2", "normal", "cfg(unix)"),
        "nix": ("^0.29, <0.31", "dev", "cfg(unix)"),
    }
    assert {name: each["package"] for name, each in told.items() if "package" in each} == {"own": "other"}
    assert [name for name, each in told.items() if each["optional"]] == ["own"]
    assert [name for name, each in told.items() if not each["default_features"]] == ["cc"]
    assert told["libc"]["features"] == ["extra_traits"]
    registries = {name: each["registry"] for name, each in told.items()}
    assert registries.pop("elsewhere") == "sparse+https://example.com/crates/"
    assert set(registries.values()) == {PUBLIC}


def test_cargo_is_asked_for_its_index_only_where_crates_require_something() -> None:
    def ask() -> str:
        raise AssertionError

    layout.additions(artifacts(languages=("go", "java", "python", "cpp")), "api", "1.2.0", ask)
    manifest = b'[package]\nname = "team-api"\nversion = "1.2.0"\n'
    crate = packed("team-api-1.2.0", {"Cargo.toml": manifest})
    (each,) = crates.additions({"team-api-1.2.0.crate": crate}, ask)
    assert each.facts["line"]["deps"] == []


@pytest.mark.parametrize(
    ("name", "path"), [("A", "1/a"), ("ab", "2/ab"), ("Abc", "3/a/abc"), ("team-api", "te/am/team-api")]
)
def test_crates_lie_by_their_first_letters(name: str, path: str) -> None:
    assert crates.path_of(name) == path


def test_archives_are_listed_with_their_hashes() -> None:
    _, pages = held("archives", "1.2.0", "1.3.0", yanked={"1.3.0": ""})
    placed = files("1.2.0", "1.3.0")
    document = json.loads(pages["archives/cpp/team-api/index.json"])
    assert document["latest"] == "1.2.0"
    assert [each["version"] for each in document["versions"]] == ["1.2.0", "1.3.0"]
    for each in document["versions"]:
        assert digest(placed[f"archives/cpp/team-api/{each['file']}"]) == each["sha256"]


@pytest.mark.parametrize("ecosystem", ["archives", "crates", "go", "maven", "npm", "pypi"])
def test_indexes_depend_on_what_is_held_and_not_on_the_order_of_adding(ecosystem: str) -> None:
    one, other = held(ecosystem, "1.2.0", "1.10.0")[1], held(ecosystem, "1.10.0", "1.2.0")[1]
    assert one == other


def test_versions_sort_by_semver() -> None:
    expected = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-rc.2",
        "1.0.0-rc.11",
        "1.0.0",
        "1.10.0",
    ]
    assert [
        each.version for each in ascending([Published(each, {}) for each in sorted(expected)])
    ] == expected
    assert latest([]) is None
    newest = latest([Published(each, {}) for each in expected[:4]])
    assert newest and newest.version == "1.0.0-rc.2"
