"""What two builds of a version were made from, compared by their provenance. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from protogen.registry import provenance

_RECIPE = "urn:protogen:recipe:"


@dataclass(frozen=True)
class Origin:
    """What provenance says of a build."""

    release: str
    """Its name, as it was typed."""
    commits: Mapping[str, str] = field(default_factory=dict)
    """Or hashes of packages; by repository."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the command line, by key; the groups of entry points too, as `with`."""
    tools: Mapping[str, str] = field(default_factory=dict)
    """Versions, protogen's own too."""
    recipe: str = ""
    """Its hash."""


def read(statement: bytes) -> Origin:
    """The origin that a statement tells of. Raises ValueError for what isn't one."""
    build = provenance.read(statement)
    recipes = [each for each in build.inputs if each.uri.startswith(_RECIPE)]
    return Origin(
        build.release,
        {
            each.name: next(iter(each.digests.values()), each.uri)
            for each in build.inputs
            if each not in recipes
        },
        build.settings | ({"with": ",".join(build.groups)} if build.groups else {}),
        build.builder | {each.name: each.version for each in build.tools},
        "".join(each.digests["sha256"] for each in recipes[-1:]),
    )


def differences(old: Origin, new: Origin, settings: Collection[str]) -> list[str]:
    """What the old build was made of, with and by, where the new one wasn't; the most telling first.

    settings: the keys that matter to the packages. Tools that only one of the two has are others' packages'.
    """
    found = [] if old.release == new.release else [f"of {old.release}, not {new.release}"]
    found += [
        f"of {name} at {old.commits[name][:12]}, not {commit[:12]}"
        for name, commit in new.commits.items()
        if old.commits.get(name, commit) != commit
    ]
    found += [f"{_setting(key, old)}, not {_setting(key, new)}" for key in differing(old, new, settings)]
    if old.recipe != new.recipe:
        found.append("by another recipe")
    found += [
        f"by {name} {old.tools[name]}, not {version}"
        for name, version in new.tools.items()
        if old.tools.get(name, version) != version
    ]
    return found


def differing(old: Origin, new: Origin, settings: Collection[str]) -> list[str]:
    """The keys of settings, of those that matter, that aren't the same in both."""
    keys = {*settings, "with"}
    return sorted(key for key in keys if old.settings.get(key) != new.settings.get(key))


def option(key: str, origin: Origin) -> str:
    """What is typed for a setting to be as it was; empty where nothing is, or nothing can be."""
    value = origin.settings.get(key, "")
    if not value or value.startswith("{"):
        return ""
    return flag(key) if value == "yes" else f"{flag(key)} {shlex.quote(value)}"


def flag(key: str) -> str:
    """The option of a setting."""
    return f"--{key.replace('_', '-')}"


def _setting(key: str, origin: Origin) -> str:
    typed = option(key, origin)
    if typed:
        return f"with {typed}"
    return f"{'with another' if key in origin.settings else 'without'} {flag(key)}"
