"""What a registry takes of a Maven project: its jars and pom in the layout of a Maven repository."""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.languages.base import Artifacts
from protogen.languages.java.pom import missing
from protogen.languages.java.section import JAVADOC
from protogen.languages.toolchain.maven_command import MavenCommand
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Package, Workshop
    from protogen.languages.java.plan import JavaPlan


REPOSITORY = "repository"
"""The folder of a workshop that holds the built files in the layout of a Maven repository."""

_UNIX = 3
_CLASSIFIERS = ("", "-sources", "-javadoc")
# Of a process of its own, which takes half the time and memory so.
_JAVADOC_OPTIONS = ("-DadditionalJOption=-J-XX:TieredStopAtLevel=1", "-Dmaxmemory=768m")


def build(package: Package[JavaPlan], shop: Workshop, *, complete: bool) -> Artifacts:
    """See Language.build."""
    plan, project = package.plan, shop.folder / "project"
    version = package_versions.maven(package.request.release.package_version)
    maven = MavenCommand.of(shop.toolbox)
    write(project, package.files)
    goals = ["-Dmaven.source.skip=true"]
    if complete:
        goal = f"org.apache.maven.plugins:{JAVADOC}:{plan.section.plugins[JAVADOC]}:jar"
        goals = [goal, *_JAVADOC_OPTIONS]
    maven.run("package", ["-q", "package", *goals], project)
    stem, folder = f"{plan.artifact}-{version}", layout(plan.group, plan.artifact, version)
    made = {f"{stem}.pom": project / "pom.xml"} | {
        f"{stem}{classifier}.jar": project / "target" / f"{stem}{classifier}.jar"
        for classifier in (_CLASSIFIERS if complete else _CLASSIFIERS[:1])
    }
    files: dict[str, Path] = {}
    for name, path in made.items():
        target = shop.folder / REPOSITORY / folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jar":
            with_plain_modes(path, target)
        else:
            shutil.copyfile(path, target)
        files[f"{folder}/{name}"] = target
        for suffix, text in checksums(target.read_bytes()).items():
            files[f"{folder}/{name}.{suffix}"] = target.with_name(f"{name}.{suffix}")
            files[f"{folder}/{name}.{suffix}"].write_text(text)
    return Artifacts(files, remarks(package) if complete else ())


def remarks(package: Package[JavaPlan]) -> tuple[str, ...]:
    """What stands between the artifacts and Maven Central."""
    found = [package_versions.refusal("java", package.request.release.package_version)]
    if keys := missing(package.plan.pom):
        found.append(f"Maven Central asks for what protogen.yaml doesn't give: {', '.join(keys)}")
    return tuple(filter(None, found))


def layout(group: str, artifact: str, version: str) -> str:
    """The folder of a version in a Maven repository."""
    return "/".join((*group.split("."), artifact, version))


def with_plain_modes(jar: Path, target: Path) -> None:
    """Copy a jar with the modes of files that all may read: Maven takes over the user's umask."""
    with zipfile.ZipFile(jar) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.infolist():
            plain = zipfile.ZipInfo(member.filename, member.date_time)
            mode = stat.S_IFDIR | 0o755 if member.is_dir() else stat.S_IFREG | 0o644
            plain.create_system, plain.external_attr = _UNIX, mode << 16
            plain.compress_type = zipfile.ZIP_STORED if member.is_dir() else zipfile.ZIP_DEFLATED
            after.writestr(plain, before.read(member))


def checksums(content: bytes) -> dict[str, str]:
    """The checksums that lie beside each file, by suffix, in hexadecimal."""
    return {
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
    }


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files below the folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
