"""Published packages that hold a repository's protos, and which version of them goes with a release."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from protogen.recipe.document import Document, doc
from protogen.recipe.document import Path as KeyPath

RULE = re.compile(r"(?P<end>newest|lowest)(?: (?P<bounds>[<>=!~0-9][<>=!~0-9a-z.*, ]*))?")
VERSION = re.compile(r"\d[0-9A-Za-z.]*")
RELEASE = re.compile(r"\d{1,8}\.\d{1,6}(?:\.\d{1,6})?")
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_EXPECTED = "a version, newest or lowest, or these with bounds: newest >=1.60,<2"


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package on the Python index."""

    name: Annotated[str, doc("What pip calls it.")]
    version: Annotated[
        str, doc("The version for every release: a number, `newest` or `lowest`, bounds behind them.")
    ] = ""
    versions: Annotated[
        dict[str, str], doc("Or the version by release or release line, where the numbers differ.")
    ] = msgspec.field(default_factory=dict)


def of(packages: tuple[str | Package, ...], *, alone: bool) -> tuple[Package, ...]:
    """The packages, plain names too as what they are short for.

    alone: whether nothing but packages holds the protos; then there is no number to follow, and a plain name
    is its newest release.
    """
    rule = "newest" if alone else ""
    found = (each if isinstance(each, Package) else Package(each, rule) for each in packages)
    return tuple(
        each if each.version or each.versions or not rule else Package(each.name, rule) for each in found
    )


def check(document: Document, path: KeyPath, packages: tuple[str | Package, ...]) -> None:
    """Raise RecipeError for a package, or a version, that can't be."""
    for index, each in enumerate(packages):
        here = (*path, index)
        if isinstance(each, str):
            continue  # the index source says it, where it is asked
        if not NAME.fullmatch(each.name):
            raise document.error(f"{each.name!r} can't be the name of a package", (*here, "name"))
        if each.version and each.versions:
            raise document.error("version stands beside it", (*here, "versions"), "version, or versions")
        if each.version:
            _check_rule(document, (*here, "version"), each.version)
        for release, version in each.versions.items():
            place = (*here, "versions", release)
            if not RELEASE.fullmatch(release):
                raise document.error(f"{release!r} is no release", place, '"1.2" or "1.2.3"')
            if not VERSION.fullmatch(version):
                raise document.error(f"{version!r} is no version", place, "a version of the package")


def _check_rule(document: Document, path: KeyPath, text: str) -> None:
    rule = RULE.fullmatch(text)
    if not rule and not VERSION.fullmatch(text):
        raise document.error(f"{text!r} is no version", path, _EXPECTED)
    if rule and rule["bounds"]:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            SpecifierSet(rule["bounds"])
        except InvalidSpecifier:
            raise document.error(f"{rule['bounds']!r} can't be bounds", path, _EXPECTED) from None
