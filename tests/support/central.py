"""What Maven Central asks of a bundle before it takes it, as far as a machine can tell."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_DERIVED = (".asc", ".md5", ".sha1", ".sha256", ".sha512")
_REQUIRED = (
    "name",
    "description",
    "url",
    "licenses/license/name",
    "licenses/license/url",
    "developers/developer/name",
    "scm/url",
    "scm/connection",
    "scm/developerConnection",
)


def bundle(folder: Path, target: Path) -> Path:
    """The folder's files as a bundle."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(path, path.relative_to(folder))
    return target


def complaints(target: Path) -> list[str]:
    """What Central would refuse the bundle for; empty where it is fine."""
    with zipfile.ZipFile(target) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    poms = [name for name in files if name.endswith(".pom")]
    if len(poms) != 1:
        return [f"{len(poms)} poms"]
    found = _pom(poms[0], files[poms[0]])
    stem = poms[0].removesuffix(".pom")
    for ending in (".jar", "-sources.jar", "-javadoc.jar"):
        if f"{stem}{ending}" not in files:
            found.append(f"no {stem}{ending}")
    for name, content in files.items():
        if not name.startswith(stem):
            found.append(f"{name} is none of the version's files")
        elif not name.endswith(_DERIVED):
            found += _companions(name, content, files)
    return found


def _pom(path: str, content: bytes) -> list[str]:
    project = ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", content))
    group, artifact, version = (project.findtext(key, "") for key in ("groupId", "artifactId", "version"))
    found = [f"no {key}" for key in _REQUIRED if not project.findtext(key)]
    if path != f"{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.pom":
        found.append(f"{path} is not where {group}:{artifact}:{version} belongs")
    if version.endswith("-SNAPSHOT"):
        found.append("a snapshot")
    return found


def _companions(name: str, content: bytes, files: dict[str, bytes]) -> list[str]:
    found = [f"no {name}.asc"] if f"{name}.asc" not in files else []
    for kind in ("md5", "sha1"):
        given = files.get(f"{name}.{kind}", b"").decode()
        if given != hashlib.new(kind, content).hexdigest():
            found.append(f"{name}.{kind} is {given!r}")
    return found
