"""The environment that mvn gets: the user's settings and Java, no other project or goal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# Arguments for every mvn; the second is of the wrapper, and of Maven's images it is a folder.
_ARGUMENTS = ("MAVEN_ARGS", "MAVEN_CONFIG")
# A debugger would be waited for; the other names the folder whose .mvn counts.
_DROPPED = ("MAVEN_DEBUG_OPTS", "MAVEN_PROJECTBASEDIR")
_FLAGS = frozenset(
    (
        *(
            "-o",
            "--offline",
            "-U",
            "--update-snapshots",
            "-nsu",
            "--no-snapshot-updates",
            "-B",
            "--batch-mode",
        ),
        *("-C", "--strict-checksums", "-c", "--lax-checksums", "-ntp", "--no-transfer-progress"),
        *("--batch-mode", "-e", "--errors", "-llr", "--legacy-local-repository"),
    )
)
_WITH_VALUE = frozenset(
    (
        *("-s", "--settings", "-gs", "--global-settings", "-t", "--toolchains", "-gt", "--global-toolchains"),
        *("-P", "--activate-profiles", "-D", "--define", "-T", "--threads"),
    )
)
# What Maven would load as code of its own.
_LOADED = "maven.ext.class.path"


def maven_environment(inherited: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment for mvn in the folder of a project.

    A .mvn of the user's, in a folder above, doesn't count: it could load extensions.
    """
    kept = {key: value for key, value in inherited.items() if key not in _DROPPED}
    for name in _ARGUMENTS:
        if name in kept:
            kept[name] = " ".join(arguments(kept[name].split()))
    return kept | {"MAVEN_BASEDIR": str(folder)}


def arguments(given: Iterable[str]) -> Iterator[str]:
    """Those of mvn's arguments that say how it reaches repositories, and no goal, project or log file."""
    words = iter(given)
    for word in words:
        name = word.partition("=")[0]
        if word in _FLAGS:
            yield word
        elif word in _WITH_VALUE:
            value = next(words, None)
            if value is not None and not _loads(value):
                yield from (word, value)
        elif name in _WITH_VALUE or (word.startswith(("-D", "-P", "-T")) and not _loads(word[2:])):
            yield word


def _loads(definition: str) -> bool:
    return definition.partition("=")[0] == _LOADED
