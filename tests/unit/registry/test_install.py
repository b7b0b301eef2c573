"""What people type for each ecosystem, whatever a package is called."""

from __future__ import annotations

import shlex
import sys
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.registry.ecosystems.npm import additions as npm_additions
from protogen.registry.layout import ECOSYSTEMS
from protogen.registry.model import Package
from protogen.registry.pages.install import ADDRESS, brief, full, language, order, settings
from tests.support.registry_packages import artifacts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = "https://example.com/registry"
ECOSYSTEM = st.sampled_from(sorted(set(ECOSYSTEMS.values())))


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "expected"),
    [
        (
            "go", "example.com/Team/api/v2", "v2.1.0",
            f'GOPROXY="{HERE}/go,$(go env GOPROXY)" GONOSUMDB=example.com/Team/api/v2'
            " go get example.com/Team/api/v2@v2.1.0",
        ),
        ("maven", "com.example:api", "1.2.0", "com.example:api:1.2.0"),
        ("pypi", "team-api", "1.2.0", f"pip install --extra-index-url {HERE}/pypi/simple/ team-api==1.2.0"),
        ("npm", "@team/api", "1.2.0", f"npm install @team/api@1.2.0 --@team:registry={HERE}/npm/"),
        ("npm", "api", "1.2.0", f"npm install {HERE}/npm/-/api/api-1.2.0.tgz"),
        ("crates", "team-api", "1.2.0", "cargo add team-api@1.2.0 --registry protogen"),
        ("archives", "cpp/api", "1.2.0", f"curl -LO {HERE}/archives/cpp/api/api-1.2.0.tar.gz"),
    ],
)  # fmt: skip
def test_a_line_gets_a_package(ecosystem: str, name: str, version: str, expected: str) -> None:
    assert brief(ecosystem, name, version).replace(ADDRESS, HERE) == expected


@given(ecosystem=ECOSYSTEM, name=st.text(min_size=1), version=st.text(min_size=1))
def test_no_name_is_more_than_a_word_of_its_command(ecosystem: str, name: str, version: str) -> None:
    command = brief(ecosystem, name.replace(ADDRESS, ""), version.replace(ADDRESS, ""))
    if ecosystem == "maven":
        return
    usual = brief(ecosystem, "@a/b" if "/" in name else "a", "1")
    assert len(shlex.split(command)) == len(shlex.split(usual))


def test_poms_and_cargo_s_config_are_whole() -> None:
    maven, gradle = full(Package("maven", "com.example:a<b", "1.2.0"), {})
    read = ElementTree.fromstring(f"<project>{maven.text.replace(ADDRESS, HERE)}</project>")
    assert read.findtext("repositories/repository/url") == f"{HERE}/maven"
    assert read.findtext("dependencies/dependency/artifactId") == "a<b"
    assert '"com.example:a<b:1.2.0"' in gradle.text
    config, _ = full(Package("crates", "api", "1.2.0"), {})
    assert tomllib.loads(config.text.replace(ADDRESS, HERE)) == {
        "registries": {"protogen": {"index": f"sparse+{HERE}/crates/"}}
    }


def test_a_wheel_can_be_had_by_its_hash() -> None:
    files = {"pypi/files/a/1/a-1-py3-none-any.whl": "abc", "pypi/files/a/1/a-1.tar.gz": "def"}
    _, by_hash = full(Package("pypi", "a", "1"), files)
    assert shlex.split(by_hash.text.replace(ADDRESS, HERE))[-1] == (
        f"{HERE}/pypi/files/a/1/a-1-py3-none-any.whl#sha256=abc"
    )


def test_npm_s_archive_is_where_the_layout_puts_it() -> None:
    made = {path.partition("/")[2]: each for path, each in artifacts(languages=("typescript",)).items()}
    (found,) = npm_additions({path: each for path, each in made.items() if path.endswith(".tgz")})
    scoped = brief("npm", found.name, found.version)
    assert f"npm/-/{found.name}/api-{found.version}.tgz" in found.files
    assert scoped.startswith("npm install @team/api@")


def test_settings_name_what_is_there_once() -> None:
    packages = [
        ("go", "example.com/api"), ("go", "example.com/api/v2"), ("go", "example.com/other"),
        ("maven", "a:b"), ("pypi", "a"), ("npm", "@x/a"), ("npm", "@x/b"), ("npm", "plain"),
        ("crates", "a"), ("archives", "cpp/a"),
    ]  # fmt: skip
    found = dict(settings(packages))
    assert list(found) == ["Go", "Java", "Python", "TypeScript", "Rust"]
    assert "GONOSUMDB=example.com/api,example.com/other" in found["Go"][0].text
    assert found["TypeScript"][0].text.count("@x:registry=") == 1
    assert settings([("npm", "plain"), ("archives", "proto/a")]) == []


def test_languages_have_their_names_and_order() -> None:
    packages = [
        ("archives", "proto/a"),
        ("archives", "ini/a"),
        ("archives", "cpp/a"),
        ("pypi", "b"),
        ("go", "c"),
    ]
    ordered = sorted(packages, key=lambda each: order(*each))
    assert [language(*each) for each in ordered] == ["Go", "Python", "C++", "ini", "Protos"]
