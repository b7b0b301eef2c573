"""What a registry takes of a Maven project, and whether it serves a consumer that gets it from there."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from protogen.errors import VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.java.naming import version_refusal
from protogen.languages.java.planning import JavaPlan
from protogen.languages.java.pom import missing
from protogen.languages.java.section import JAVADOC
from protogen.languages.package import Artifacts, Package
from protogen.languages.toolchain.maven import MavenCommand, plant, with_mirror

REPOSITORY = "repository"
"""The folder that holds the built files in the layout of a Maven repository."""
REPOSITORY_ID = "protogen-built"
"""What the consumer's pom.xml calls that repository."""
LOCAL = "local-repository"
"""The folder that is the consumer's local repository."""
_PROOF = "protogen_proof.Proof"
_CLASS_PATH = "target/class-path"
# Offline, Maven would not even read the BuildDir's repository.
_OFFLINE = "-Daether.offline.protocols=file"
_UNIX = 3
_CLASSIFIERS = ("", "-sources", "-javadoc")
# Of a process of its own, which takes half the time and memory so.
_JAVADOC_OPTIONS = ("-DadditionalJOption=-J-XX:TieredStopAtLevel=1", "-Dmaxmemory=768m")


def build(package: Package[JavaPlan], build_dir: BuildDir, *, complete: bool) -> Artifacts:
    """See Language.build."""
    plan, version = package.plan, package.plan.version
    maven = MavenCommand.of(build_dir.toolbox)
    project = build_dir.write("project", package.files)
    goals = ["-Dmaven.source.skip=true"]
    if complete:
        goal = f"org.apache.maven.plugins:{JAVADOC}:{plan.section.plugins[JAVADOC]}:jar"
        goals = [goal, *_JAVADOC_OPTIONS]
    maven.run("package", ["-q", "package", *goals], project)
    stem, folder = f"{plan.name}-{version}", layout(plan.group, plan.name, version)
    made = {f"{stem}.pom": project / "pom.xml"} | {
        f"{stem}{classifier}.jar": project / "target" / f"{stem}{classifier}.jar"
        for classifier in (_CLASSIFIERS if complete else _CLASSIFIERS[:1])
    }
    files: dict[str, Path] = {}
    for name, path in made.items():
        target = build_dir.folder / REPOSITORY / folder / name
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
    found = [version_refusal(package.request.release.package_version)]
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


def prove(package: Package[JavaPlan], consumer: Mapping[str, str], build_dir: BuildDir) -> None:
    """See Language.prove. consumer: a project that requires the package, by path.

    The user's local repository must never hold the unpublished package, whose content may change
    under one version: the consumer's is the user's but for the package's own branch.
    """
    plan, version = package.plan, package.plan.version
    repository = (build_dir.folder / REPOSITORY).as_uri()
    folder = build_dir.write("consumer", {path: text.encode() for path, text in consumer.items()})
    maven = MavenCommand.of(build_dir.toolbox)
    places = maven.places(folder)
    farm, settings = build_dir.folder / LOCAL, build_dir.folder / "settings.xml"
    plant(farm, places.local_repository, [*plan.group.split("."), plan.name])
    common = places.global_settings.read_bytes() if places.global_settings.is_file() else b""
    settings.touch(mode=0o600)
    settings.write_bytes(with_mirror(common, REPOSITORY_ID, repository))
    own = ["-gs", str(settings), f"-Dmaven.repo.local={farm}", _OFFLINE]
    fetcher = plan.section.plugins["maven-dependency-plugin"]
    class_path = f"org.apache.maven.plugins:maven-dependency-plugin:{fetcher}:build-classpath"
    goals = ["-q", "compile", class_path, f"-Dmdep.outputFile={_CLASS_PATH}"]
    maven.run("build of a consumer", [*own, *goals], folder)
    jar = farm / layout(plan.group, plan.name, version) / f"{plan.name}-{version}.jar"
    needed = (folder / _CLASS_PATH).read_text(encoding="utf-8").strip()
    check_beside(package, jar, [Path(each) for each in needed.split(os.pathsep)])
    _start(maven, folder, jar, needed)


def check_beside(package: Package[JavaPlan], jar: Path, class_path: Iterable[Path]) -> None:
    """Raise VerificationFailed where a class of the package is in another jar of its class path too."""
    own = _classes(jar)
    for other in class_path:
        both = own & _classes(other) if other != jar else frozenset()
        if both:
            first = min(both)
            proto = proto_of(first, package)
            jar_name, version = other.parents[1].name, other.parent.name
            published = f"{{package: {_group(other)}:{jar_name}, version: {version}}}"
            raise VerificationFailed(
                f"java: {len(both)} classes of this package are in {other.name} too, on its class path:"
                f" {first.replace('/', '.')}, of {proto or 'no proto'}",
                where=str(other),
                remedy="let that jar serve: run without --generate-externals, and say in the recipe's"
                f" externals {{{proto}: {{java: {published}}}}}; or generate with --java-package PREFIX",
            )


def proto_of(name: str, package: Package[JavaPlan]) -> str:
    """The proto of a class, by its path in a jar without extension; empty where that isn't known."""
    plan, top = package.plan, name.partition("$")[0].replace("/", ".")
    for file in package.request.outline.files:
        if placed := plan.placements.get(file.name):
            classes = {f"{placed.package}.{placed.outer}", f"{placed.package}.{placed.outer}OrBuilder"}
            classes |= {placed.service(service.name) for service in file.services}
            for type_ in file.types:
                classes |= {placed.message(type_.name), f"{placed.message(type_.name)}OrBuilder"}
            if top in classes:
                return file.name
    return ""


def _group(jar: Path) -> str:
    """The Maven group of a jar, by its place in a local repository."""
    parts = jar.parts[:-3]
    return ".".join(parts[parts.index(LOCAL) + 1 :]) if LOCAL in parts else "GROUP"


def _classes(jar: Path) -> frozenset[str]:
    """The classes of a jar, by their paths in it; of a folder none."""
    if not jar.is_file():
        return frozenset()
    with zipfile.ZipFile(jar) as archive:
        return frozenset(
            name.removesuffix(".class")
            for name in archive.namelist()
            if name.endswith(".class") and not name.startswith("META-INF/") and name != "module-info.class"
        )


def _start(maven: MavenCommand, folder: Path, jar: Path, needed: str) -> None:
    if str(jar) not in needed.split(os.pathsep):
        raise VerificationFailed(
            f"java: a consumer's class path lacks {jar.name}: {needed}",
            where=str(folder),
            remedy="look into the consumer's pom.xml",
        )
    path = os.pathsep.join(("target/classes", needed))
    maven.run_java("run of a consumer", ["-cp", path, _PROOF, str(jar)], folder)
