from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protogen.languages.package import Coordinates
from protogen.languages.toolchain.programs import Program
from protogen.pipeline import artifacts
from protogen.pipeline.artifacts import provenance
from protogen.pipeline.artifacts.subject import Subject, inputs
from protogen.releases.release import Release, ResolvedRepository

COMMIT, SHA = "1" * 40, "2" * 64
REPOSITORIES = {
    "remote": ResolvedRepository("api", "https://example.com/api.git", "refs/heads/r1.2", COMMIT),
    "local": ResolvedRepository("types", "/home/me/types", "refs/tags/v1", COMMIT),
    "file": ResolvedRepository("types", "file:///home/me/types.git", "", COMMIT),
    "package": ResolvedRepository("core", "https://example.com/simple", "core-api==1.2.3", sha256=SHA),
    "unhashed": ResolvedRepository("core", "https://example.com/simple", "core-api==1.2.3"),
    "folder": ResolvedRepository("here", "/home/me/here"),
}


def subject(**changes: Any) -> Subject:
    made = Subject(
        name="shop",
        title="Shop",
        license="Apache-2.0",
        recipe_sha256="3" * 64,
        release=Release("r1.2", "1.2.3", "git", (REPOSITORIES["remote"], REPOSITORIES["local"])),
        closure_sha256="4" * 64,
        descriptor_set=b"set",
        protos={"shop/a.proto": b'syntax = "proto3";\n'},
        licenses={"api": {"LICENSE": "free"}},
        tools={"gen-x": Program("gen-x", "1.0", Path("/somewhere/gen-x"), "go")},
        coordinates={
            "go": (
                Coordinates("golang", "example.com/team", "shop", "v1.2.3"),
                Coordinates("golang", "google.golang.org", "grpc", "v1.64.0"),
            ),
            "python": (
                Coordinates("pypi", "", "shop-client", "1.2.3"),
                Coordinates("pypi", "", "grpcio", constraint=">=1.49.1"),
            ),
        },
        settings={"go_module": "example.com/team/shop"},
    )
    return replace(made, **changes)


PACKAGES = {"go": {"a/@v/v1.2.3.zip": b"zip"}, "python": {"shop.whl": b"wheel"}}
BUILDER = {"protogen": "0.1.0"}


def made(of: Subject | None = None) -> dict[str, bytes]:
    return artifacts.tree(of or subject(), PACKAGES, BUILDER)


def test_the_folder_holds_packages_by_language_and_what_belongs_to_all() -> None:
    files = made()
    assert sorted(files) == [
        "SHA256SUMS",
        "go/a/@v/v1.2.3.zip",
        "python/shop.whl",
        "shop-1.2.3-protos.zip",
        "shop-1.2.3.cdx.json",
        "shop-1.2.3.protoset",
        "shop-1.2.3.provenance.json",
    ]
    assert files["shop-1.2.3.protoset"] == b"set"


def test_sums_name_every_other_file() -> None:
    files = made()
    lines = [line.split("  ") for line in files.pop("SHA256SUMS").decode().splitlines()]
    assert lines == [[hashlib.sha256(files[path]).hexdigest(), path] for path in sorted(files)]


def test_the_protos_are_zipped_with_their_licenses() -> None:
    with zipfile.ZipFile(io.BytesIO(made()["shop-1.2.3-protos.zip"])) as archive:
        assert archive.namelist() == ["LICENSE.api", "shop/a.proto"]


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert made() == made()


def test_another_artifact_gives_another_serial_number() -> None:
    one = json.loads(made()["shop-1.2.3.cdx.json"])["serialNumber"]
    other = artifacts.tree(subject(), {"go": {"a": b"b"}}, BUILDER)["shop-1.2.3.cdx.json"]
    assert json.loads(other)["serialNumber"] != one


def test_the_bill_names_packages_requirements_protos_and_tools() -> None:
    bill = json.loads(made()["shop-1.2.3.cdx.json"])
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "shop"
    assert "timestamp" not in bill["metadata"]
    assert [tool["name"] for tool in bill["metadata"]["tools"]["components"]] == ["gen-x"]
    by_url = {each.get("purl", each["bom-ref"]): each for each in bill["components"]}
    assert {
        "pkg:golang/example.com/team/shop@v1.2.3",
        "pkg:golang/google.golang.org/grpc@v1.64.0",
        "pkg:pypi/shop-client@1.2.3",
        "pkg:pypi/grpcio",
        "git+https://example.com/api.git@refs/heads/r1.2",
        "urn:protogen:repository:types",
    } == set(by_url)
    own = by_url["pkg:golang/example.com/team/shop@v1.2.3"]
    digest = hashlib.sha256(b"zip").hexdigest()
    assert own["properties"] == [{"name": "protogen:sha256:go/a/@v/v1.2.3.zip", "value": digest}]
    assert own["licenses"] == [{"expression": "Apache-2.0"}]
    assert by_url["pkg:pypi/grpcio"]["properties"] == [{"name": "protogen:constraint", "value": ">=1.49.1"}]
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert needs["shop-1.2.3"] == sorted(
        [
            "git+https://example.com/api.git@refs/heads/r1.2",
            "pkg:golang/example.com/team/shop@v1.2.3",
            "pkg:pypi/shop-client@1.2.3",
            "urn:protogen:repository:types",
        ]
    )
    assert needs["pkg:pypi/shop-client@1.2.3"] == ["pkg:pypi/grpcio"]


def test_a_package_of_the_index_is_an_input_with_its_hash() -> None:
    release = Release("1.2", "1.2.3", "index", (REPOSITORIES["package"],))
    bill = json.loads(made(subject(release=release))["shop-1.2.3.cdx.json"])
    found = next(each for each in bill["components"] if each.get("purl") == "pkg:pypi/core-api@1.2.3")
    assert found["hashes"] == [{"alg": "SHA-256", "content": SHA}]
    assert found["externalReferences"] == [{"type": "distribution", "url": "https://example.com/simple"}]


def test_no_license_is_no_claim() -> None:
    bill = json.loads(made(subject(license=""))["shop-1.2.3.cdx.json"])
    assert not any("licenses" in each for each in bill["components"])


@pytest.mark.parametrize(
    ("which", "uri", "place", "version", "digests"),
    [
        (
            "remote",
            "git+https://example.com/api.git@refs/heads/r1.2",
            "https://example.com/api.git",
            COMMIT,
            {"gitCommit": COMMIT},
        ),
        ("local", "urn:protogen:repository:types", "", COMMIT, {"gitCommit": COMMIT}),
        ("file", "urn:protogen:repository:types", "", COMMIT, {"gitCommit": COMMIT}),
        ("package", "pkg:pypi/core-api@1.2.3", "https://example.com/simple", "1.2.3", {"sha256": SHA}),
        ("unhashed", "pkg:pypi/core-api@1.2.3", "https://example.com/simple", "1.2.3", {}),
        ("folder", "urn:protogen:repository:here", "", "", {}),
    ],
)
def test_inputs_show_public_places_only(
    which: str, uri: str, place: str, version: str, digests: dict[str, str]
) -> None:
    release = Release("r1", "1.0.0", "git", (REPOSITORIES[which],))
    (found,) = inputs(release)
    assert (found.uri, found.place, found.version, dict(found.digests)) == (uri, place, version, digests)


def test_provenance_states_subjects_inputs_and_builder() -> None:
    files = made()
    statement = json.loads(files["shop-1.2.3.provenance.json"])
    assert statement["_type"] == provenance.STATEMENT
    subjects = {each["name"]: each["digest"]["sha256"] for each in statement["subject"]}
    assert subjects == {
        path: hashlib.sha256(content).hexdigest()
        for path, content in files.items()
        if not path.endswith(("SHA256SUMS", ".provenance.json"))
    }
    definition = statement["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["version"] == "r1.2"
    assert definition["externalParameters"]["settings"] == {"go_module": "example.com/team/shop"}
    assert definition["resolvedDependencies"] == [
        {"name": "recipe shop", "uri": "urn:protogen:recipe:shop", "digest": {"sha256": "3" * 64}},
        {
            "name": "api",
            "uri": "git+https://example.com/api.git@refs/heads/r1.2",
            "digest": {"gitCommit": COMMIT},
        },
        {"name": "types", "uri": "urn:protogen:repository:types", "digest": {"gitCommit": COMMIT}},
        {
            "name": "gen-x",
            "uri": "urn:protogen:tool:gen-x",
            "annotations": {"version": "1.0", "found": "go"},
        },
    ]
    assert statement["predicate"]["runDetails"] == {
        "builder": {"id": "urn:protogen:builder", "version": {"protogen": "0.1.0"}}
    }


def test_nothing_tells_of_the_machine() -> None:
    for path, content in made().items():
        assert b"/home/me" not in content, path
        assert b"/somewhere" not in content, path
