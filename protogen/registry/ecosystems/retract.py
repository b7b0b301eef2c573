"""Which version of a Go module says that others are withdrawn, and what is in it. Pure.

go reads `retract` lines in the go.mod of a module's highest release and nowhere else, and a published
version never changes. So a version of its own says it: `vMAJOR.999999.N`, above every release that is to
come, which leaves the numbers of releases alone and which a new release doesn't hide. It retracts itself too.
Its code is the newest offered version's, for whoever takes the highest number without asking go.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from protogen.registry.model import Addition, Held, Published
from protogen.registry.order import key, latest
from protogen.system.archives import zip_bytes
from protogen.system.text import one_line

REASON = "published only to retract other versions"
_NINES = 6


def retraction(held: Held, stem: Callable[[str], str], read: Callable[[str, str], bytes]) -> Addition | None:
    """The version that says which of the module's versions are withdrawn; None where that is said already.

    stem: of the paths of a version's files. read: the content of a version's file, by version and path.
    """
    retracted = {each.version: each.yanked for each in held.released if each.yanked is not None}
    earlier = [each for each in held.versions if each.is_retraction]
    is_due = (retracted or earlier) and not _is_said(held, earlier, retracted)
    base = newest(held) if is_due else None
    if base is None:
        return None
    version = _number(held)
    lines = _lines(retracted, [*(each.version for each in earlier), version])
    old, new = stem(base.version), stem(version)
    module = read(base.version, f"{old}.mod").rstrip(b"\n") + b"\n\nretract (\n" + lines.encode() + b")\n"
    own = {
        f"{new}.zip": _moved(read(base.version, f"{old}.zip"), held.name, base.version, version, module),
        f"{new}.mod": module,
        f"{new}.info": f'{{"Version":"{version}"}}\n'.encode(),
    }
    facts = {"info": {"Version": version}, "retracts": retracted}
    return Addition(held.ecosystem, held.name, version, own, facts, yanked=REASON, base=base.version)


def newest(held: Held) -> Published | None:
    """What go should take where nothing else is wished: finals first, and something rather than nothing."""
    return latest(held.offered) or latest(held.released)


def _is_said(held: Held, earlier: list[Published], retracted: Mapping[str, str]) -> bool:
    """Whether go reads just this already: in the highest version, which is a retraction."""
    highest = max(held.versions, key=lambda each: key(each.version))
    return highest in earlier and highest.facts["retracts"] == retracted


def _number(held: Held) -> str:
    """The next retraction's number: it counts up, above all releases of the highest major version."""
    released = max(key(each.version)[0] for each in held.versions if not each.is_retraction)
    major, minor = released[0], int("9" * max(_NINES, len(str(released[1] + 1))))
    patches = [
        numbers[2]
        for numbers in (key(each.version)[0] for each in held.versions if each.is_retraction)
        if numbers[:2] == (major, minor)
    ]
    return f"v{major}.{minor}.{max(patches, default=-1) + 1}"


def _lines(retracted: Mapping[str, str], own: list[str]) -> str:
    """The lines between the brackets of `retract (…)`."""
    kinds: dict[tuple[int, ...], int] = {}
    for major, minor, patch in (key(version)[0] for version in own):
        kinds[major, minor] = max(patch, kinds.get((major, minor), 0))
    lines = [(version, retracted[version]) for version in sorted(retracted, key=key)]
    lines += [
        (f"[v{major}.{minor}.0, v{major}.{minor}.{patch}]", REASON)
        for (major, minor), patch in sorted(kinds.items())
    ]
    return "".join(f"\t{version}{_comment(reason)}\n" for version, reason in lines)


def _comment(reason: str) -> str:
    """The reason where go looks for it, on one line and printable, since go shows no other."""
    text = one_line(reason)
    return f" // {text}" if text else ""


def _moved(archive: bytes, module: str, before: str, after: str, go_mod: bytes) -> bytes:
    """The module's zip as another version, with another go.mod."""
    old, new = f"{module}@{before}/", f"{module}@{after}/"
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {new + name.removeprefix(old): opened.read(name) for name in opened.namelist()}
    return zip_bytes(files | {f"{new}go.mod": go_mod})
