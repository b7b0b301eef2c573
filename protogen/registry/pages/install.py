"""What to type, or to write into which file, to get a package from the registry. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from protogen.registry.ecosystems import archives, npm
from protogen.registry.model import Package

ADDRESS = "\0"
"""Stands in texts where the registry's address belongs: whoever shows them knows it."""
_ARCHIVES = {"cpp": "C++", "proto": "Protos"}
_LANGUAGES = {"go": "Go", "maven": "Java", "pypi": "Python", "npm": "TypeScript", "crates": "Rust"}
_REGISTRY = "protogen"


@dataclass(frozen=True)
class Snippet:
    """A text to copy."""

    title: str
    """Where it belongs."""
    text: str
    """With ADDRESS in it."""


def language(ecosystem: str, name: str) -> str:
    """The language of a package, as people write it."""
    first = name.partition("/")[0]
    return _LANGUAGES.get(ecosystem) or _ARCHIVES.get(first, first)


def order(ecosystem: str, name: str) -> tuple[int, str]:
    """What packages of a release sort by: ecosystems that have clients first."""
    known = list(_LANGUAGES)
    return known.index(ecosystem) if ecosystem in known else len(known), name


def brief(ecosystem: str, name: str, version: str) -> str:
    """One line that gets the package; for Maven and cargo, of a project that knows the registry."""
    word, quoted = shlex.quote(f"{name}@{version}"), shlex.quote(name)
    scope, slash, _ = name.partition("/")
    archive = f"{ADDRESS}/{shlex.quote(archive_of(ecosystem, name, version))}"
    scoped = f"npm install {word} --{shlex.quote(scope)}:registry={ADDRESS}/npm/"
    commands = {
        "go": f'GOPROXY="{ADDRESS}/go,$(go env GOPROXY)" GONOSUMDB={quoted} go get {word}',
        "maven": f"{name}:{version}",
        "pypi": f"pip install --extra-index-url {ADDRESS}/pypi/simple/ {shlex.quote(f'{name}=={version}')}",
        "npm": scoped if slash else f"npm install {archive}",
        "crates": f"cargo add {word} --registry {_REGISTRY}",
    }
    return commands.get(ecosystem) or f"curl -LO {archive}"


def archive_of(ecosystem: str, name: str, version: str) -> str:
    """Where npm's archive of a version is, or an archive of no ecosystem's, below the registry's folder."""
    return npm.archive(name, version) if ecosystem == "npm" else archives.archive(name, version)


def full(package: Package, files: Mapping[str, str]) -> list[Snippet]:
    """All that has to be typed and written, in order. files: SHA-256 by path of what it consists of."""
    name, version = package.name, package.version
    command = brief(*package.key)
    if package.ecosystem == "go":
        return [Snippet("In the module that uses it", command)]
    if package.ecosystem == "maven":
        group, _, artifact = name.partition(":")
        return [
            Snippet("Maven: pom.xml", f"{_maven_repository()}\n{_dependency(group, artifact, version)}"),
            Snippet(
                "Gradle: build.gradle.kts",
                f"{_gradle_repository()}\ndependencies {{\n"
                f"    implementation({json.dumps(f'{name}:{version}')})\n}}",
            ),
        ]
    if package.ecosystem == "pypi":
        wheels = [path for path in files if path.endswith(".whl")]
        return [
            Snippet("pip", command),
            *(
                Snippet(
                    "pip, this file and no other",
                    f"pip install {shlex.quote(f'{ADDRESS}/{path}#sha256={files[path]}')}",
                )
                for path in wheels
            ),
        ]
    if package.ecosystem == "npm":
        return [Snippet("npm", command)]
    if package.ecosystem == "crates":
        return [Snippet(".cargo/config.toml", _cargo_registry()), Snippet("cargo", command)]
    return [Snippet("Download", command)]


def settings(packages: Iterable[tuple[str, str]]) -> list[tuple[str, Sequence[Snippet]]]:
    """What clients of these packages are told once, by language. packages: ecosystem and name."""
    named: dict[str, set[str]] = {}
    for ecosystem, name in packages:
        named.setdefault(ecosystem, set()).add(name)
    found: list[tuple[str, Sequence[Snippet]]] = []
    if "go" in named:
        modules = ",".join(sorted({_unsuffixed(name) for name in named["go"]}))
        found.append(
            (
                "Go",
                [
                    Snippet(
                        "Environment",
                        f"export GOPROXY={ADDRESS}/go,direct\nexport GONOSUMDB={shlex.quote(modules)}",
                    )
                ],
            )
        )
    if "maven" in named:
        found.append(
            (
                "Java",
                [
                    Snippet("Maven: pom.xml", _maven_repository()),
                    Snippet("Gradle: build.gradle.kts", _gradle_repository()),
                ],
            )
        )
    if "pypi" in named:
        found.append(("Python", [Snippet("pip.conf", f"[global]\nextra-index-url = {ADDRESS}/pypi/simple/")]))
    scopes = sorted({name.partition("/")[0] for name in named.get("npm", ()) if "/" in name})
    if scopes:
        lines = "\n".join(f"{scope}:registry={ADDRESS}/npm/" for scope in scopes)
        found.append(("TypeScript", [Snippet(".npmrc", lines)]))
    if "crates" in named:
        found.append(("Rust", [Snippet(".cargo/config.toml", _cargo_registry())]))
    return found


def _maven_repository() -> str:
    return (
        "<repositories>\n  <repository>\n"
        f"    <id>{_REGISTRY}</id>\n    <url>{ADDRESS}/maven</url>\n"
        "  </repository>\n</repositories>"
    )


def _dependency(group: str, artifact: str, version: str) -> str:
    return (
        "<dependencies>\n  <dependency>\n"
        f"    <groupId>{escape(group)}</groupId>\n    <artifactId>{escape(artifact)}</artifactId>\n"
        f"    <version>{escape(version)}</version>\n"
        "  </dependency>\n</dependencies>"
    )


def _gradle_repository() -> str:
    return f'repositories {{\n    maven {{ url = uri("{ADDRESS}/maven") }}\n}}'


def _cargo_registry() -> str:
    return f'[registries.{_REGISTRY}]\nindex = "sparse+{ADDRESS}/crates/"'


def _unsuffixed(module: str) -> str:
    """A module's path without its major version."""
    path, _, last = module.rpartition("/")
    return path if last[:1] == "v" and last[1:].isdigit() else module
