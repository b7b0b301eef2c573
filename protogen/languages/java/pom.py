"""What a pom.xml says of the people and places behind a package: `java_pom` of protogen.yaml. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec

from protogen.errors import UsageError
from protogen.languages.package import Request
from protogen.recipe.document import doc

KEY: Final = "java_pom"
# What XML 1.0 can't hold, however it is written.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class PomLicense(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A license."""

    name: Annotated[str, doc("Best the SPDX identifier.")] = ""
    url: Annotated[str, doc("Of its text.")] = ""
    distribution: Annotated[str, doc("Repo or manual.")] = ""


class PomDeveloper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who publishes the package."""

    id: Annotated[str, doc("The account's name.")] = ""
    name: Annotated[str, doc("As people know them.")] = ""
    email: Annotated[str, doc("Where they can be reached.")] = ""
    organization: Annotated[str, doc("Whom they publish for.")] = ""
    organization_url: Annotated[str, doc("Its page.")] = msgspec.field(default="", name="organizationUrl")


class PomScm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The repository that holds the package."""

    connection: Annotated[str, doc("To read it, as `scm:git:URL`.")] = ""
    developer_connection: Annotated[str, doc("To write it.")] = msgspec.field(
        default="", name="developerConnection"
    )
    url: Annotated[str, doc("To look at it.")] = ""
    tag: Annotated[str, doc("Of this version.")] = ""


class Pom(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What Maven Central asks for besides the package."""

    name: Annotated[str, doc("Of the project.")] = ""
    url: Annotated[str, doc("Its page.")] = ""
    licenses: Annotated[tuple[PomLicense, ...], doc("Instead of the recipe's.")] = ()
    developers: Annotated[tuple[PomDeveloper, ...], doc("Who publishes it.")] = ()
    scm: Annotated[PomScm, doc("Where it is kept.")] = msgspec.field(default_factory=PomScm)


def read(settings: Mapping[str, str]) -> Pom:
    """What the user chose.

    Raises UsageError for text that no XML can hold.
    """
    text = settings.get(KEY, "")
    pom = msgspec.json.decode(text, type=Pom) if text else Pom()
    for key, value in _texts(msgspec.to_builtins(pom), KEY):
        if _NO_XML.search(value):
            raise UsageError(
                f"{key} of protogen.yaml holds a character that XML has no way to write: {value!r}",
                where=key,
                remedy="correct it and run the same command again",
            )
    return pom


def facts(given: Pom, request: Request) -> dict[str, Any]:
    """What the pom.xml says of the project, by its own names: what the user gives, else the recipe.

    Every key of a license, a developer and the repository is there, empty where nothing is known.
    """
    known = (PomLicense(request.recipe.license),) if request.recipe.license else ()
    return {
        "name": given.name or f"{request.recipe.title} client",
        "url": given.url,
        "licenses": [by_key(each) for each in given.licenses or known],
        "developers": [by_key(each) for each in given.developers],
        "scm": by_key(given.scm) if given.scm != PomScm() else {},
    }


def by_key(of: msgspec.Struct) -> dict[str, str]:
    """A part by the names of its keys, with those that are empty."""
    names = of.__struct_fields__
    return {key: getattr(of, name) for name, key in zip(names, of.__struct_encode_fields__, strict=True)}


def missing(pom: Pom) -> tuple[str, ...]:
    """The keys that Maven Central asks for and that aren't there, as they are written."""
    each: list[tuple[str, bool]] = [
        ("url", bool(pom.url)),
        ("licenses", bool(pom.licenses)),
        *(
            (f"licenses[{index}].{key}", bool(getattr(license_, key)))
            for index, license_ in enumerate(pom.licenses)
            for key in ("name", "url")
        ),
        ("developers", bool(pom.developers)),
        *(
            (f"developers[{index}].name", bool(developer.name))
            for index, developer in enumerate(pom.developers)
        ),
        ("scm.connection", bool(pom.scm.connection)),
        ("scm.developerConnection", bool(pom.scm.developer_connection)),
        ("scm.url", bool(pom.scm.url)),
    ]
    return tuple(f"{KEY}.{key}" for key, there in each if not there)


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _texts(below, f"{key}.{name}")
    else:
        for index, below in enumerate(value):
            yield from _texts(below, f"{key}[{index}]")
