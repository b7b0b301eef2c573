"""What packages were made from, as the provenance beside them says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

SUFFIX = ".provenance.json"
"""How the file's name ends."""


class Input(Struct, frozen=True):
    """A repository, package or recipe that was read."""

    name: str
    uri: str
    digests: dict[str, str] = {}
    """By algorithm; a commit is one."""


class Tool(Struct, frozen=True):
    """A program that generated."""

    name: str
    version: str
    found: str
    """Where it came from."""


class Build(Struct, frozen=True):
    """How the packages of a release were made."""

    release: str
    """As it was typed."""
    source: str
    """By what the protos were read: git, index or folder."""
    groups: tuple[str, ...]
    """Of extra entry points."""
    settings: dict[str, str]
    """Of the command line, by key."""
    inputs: tuple[Input, ...]
    tools: tuple[Tool, ...]
    builder: dict[str, str]
    """Versions of what made the packages."""


def statement(files: Mapping[str, bytes]) -> bytes:
    """The provenance among files by path; empty where none is."""
    return next((content for path, content in files.items() if path.endswith(SUFFIX)), b"")


def read(content: bytes) -> Build:
    """What a statement tells. Raises ValueError for what isn't one."""
    try:
        predicate = msgspec.json.decode(content, type=_Statement).predicate
    except msgspec.DecodeError as error:
        raise ValueError(f"no provenance: {error}") from error
    definition = predicate.buildDefinition
    given, parts = definition.externalParameters, definition.resolvedDependencies
    return Build(
        given.version,
        given.source,
        given.groups,
        given.settings,
        tuple(Input(each.name, each.uri, each.digest) for each in parts if "version" not in each.annotations),
        tuple(
            Tool(each.name, each.annotations["version"], each.annotations.get("found", ""))
            for each in parts
            if "version" in each.annotations
        ),
        predicate.runDetails.builder.version,
    )


class _Parameters(Struct, frozen=True):
    version: str
    source: str = ""
    groups: tuple[str, ...] = ()
    settings: dict[str, str] = {}


class _Dependency(Struct, frozen=True):
    name: str
    uri: str = ""
    digest: dict[str, str] = {}
    annotations: dict[str, Any] = {}


class _Definition(Struct, frozen=True):
    externalParameters: _Parameters  # noqa: N815 - as the format spells it
    resolvedDependencies: tuple[_Dependency, ...] = ()  # noqa: N815


class _Builder(Struct, frozen=True):
    version: dict[str, str] = {}


class _Run(Struct, frozen=True):
    builder: _Builder = _Builder()


class _Predicate(Struct, frozen=True):
    buildDefinition: _Definition  # noqa: N815
    runDetails: _Run = _Run()  # noqa: N815


class _Statement(Struct, frozen=True):
    predicate: _Predicate
