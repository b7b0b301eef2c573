"""Which files of a repository are its license, and what packages call them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# The names that hosts and package managers look for, in any case.
_NAME = re.compile(
    r"(?:(?:un)?licen[cs]es?|copying|notice)(?:[-._ (].*)?|(?:mit|apache|bsd)-licen[cs]e(?:\..*)?", re.I
)
# Programs and data that are about licenses, such as license.go and license-check.yaml.
_OTHER = re.compile(
    r"\.(?:bash|bat|bazel|bzl|cc?|cfg|cpp|cs|css|go|h|in|ini|java|js|json|kt|php|pl|png|proto|ps1|py|rb|rs|sh|svg"
    r"|swift|template|tmpl|toml|tpl|ts|xml|ya?ml)",
    re.I,
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
_MAX_NAME = 100


def is_license(name: str) -> bool:
    """Whether a file of that name at the top of a repository is a license, or a notice beside one."""
    return bool(_NAME.fullmatch(name)) and not _OTHER.fullmatch(name, max(name.rfind("."), 0))


def is_notice(name: str) -> bool:
    """Whether the file goes with a license and is none itself."""
    return name.lower().startswith("notice")


def packaged(licenses: Mapping[str, Mapping[str, str]], primary: str, otherwise: str = "") -> dict[str, str]:
    """The license files of a package, by name.

    Those of the primary repository keep their names; each other repository's have its own added,
    as LICENSE.base, and are left out where the text is there already.
    licenses: texts by repository and file. otherwise: the text where the primary repository has none.
    """
    own = licenses.get(primary, {})
    texts: dict[str, str] = {}
    if otherwise and all(map(is_notice, own)):
        texts["LICENSE"] = otherwise
    for name, text in sorted(own.items()):
        texts[_free(name, texts)] = text
    known = {tuple(text.split()) for text in texts.values()}
    for repository, files in sorted(licenses.items()):
        for name, text in sorted(files.items()) if repository != primary else ():
            if tuple(text.split()) not in known:
                texts[_free(f"{name}.{repository}", texts)] = text
    return texts


def _free(name: str, taken: Iterable[str]) -> str:
    """The name as every archive takes it, and different from those taken in more than case."""
    safe = _UNSAFE.sub("-", name)[:_MAX_NAME]
    folded, found, number = {each.lower() for each in taken}, safe, 1
    while found.lower() in folded:
        number += 1
        found = f"{safe}.{number}"
    return found
