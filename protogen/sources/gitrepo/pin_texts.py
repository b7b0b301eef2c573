"""What stands where a repository pins another one: a commit, the beginning of one, or a version. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{7,63}")
# Source: The Go Modules Reference, pseudo-versions: a time of 14 digits, 12 digits of the commit.
_GO = re.compile(r"v\d+\.\d+\.\d+-(?:[0-9A-Za-z.]+\.)?(\d{8})\d{6}-([0-9a-f]{12})")
# As Bazel's registry has them for what has no releases: 0.0.0-20260130-c0fcb356.
_DATED = re.compile(r"(?:\d[\w.]*-)?(\d{8})-([0-9a-f]{7,40})(?:\.bcr\.\d+)?")
_INCOMPATIBLE = "+incompatible"


@dataclass(frozen=True)
class PinText:
    """What a text says."""

    commit: str = ""
    """An id, or the beginning of one."""
    day: str = ""
    """When an abbreviated commit was made, YYYYMMDD; empty where that isn't said."""
    version: str = ""
    """A release, where it is no commit."""

    @property
    def is_short(self) -> bool:
        """Whether the commit has to be completed."""
        return bool(self.commit) and not _FULL.fullmatch(self.commit)


def read(text: str, *, as_tag: bool) -> PinText:
    """What the text says. as_tag: whether it may name a release, also one of hexadecimal digits."""
    text = text.strip().removesuffix(_INCOMPATIBLE)
    if _FULL.fullmatch(text):
        return PinText(text)
    if dated := _GO.fullmatch(text) or _DATED.fullmatch(text):
        return PinText(dated[2], dated[1])
    if _SHORT.fullmatch(text) and not as_tag:
        return PinText(text)
    return PinText(version=text)


def go_module(content: str, module: str) -> str:
    """The version of a module in a go.mod, or of what replaces it; empty where it isn't required."""
    versions: dict[str, str] = {}
    block = ""
    for line in content.splitlines():
        words = line.partition("//")[0].split()
        if words[-1:] == ["("]:
            block = words[0]
        elif words == [")"]:
            block = ""
        else:
            kind, *rest = [block, *words] if block else words or [""]
            if kind == "require" and len(rest) == 2 and rest[0] == module:
                versions.setdefault(kind, rest[1])
            if kind == "replace" and rest[:1] == [module] and "=>" in rest:
                # A folder has no version, and the one that is required counts.
                versions.setdefault(kind, "".join(rest[rest.index("=>") + 2 :]))
    return versions.get("replace") or versions.get("require", "")
