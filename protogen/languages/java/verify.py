"""Whether a Maven project serves a consumer that gets it from a repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import VerificationFailed
from protogen.languages.java import consumer
from protogen.languages.java.artifacts import REPOSITORY, layout, write
from protogen.languages.toolchain.maven_command import MavenCommand, plant, with_mirror
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.java.plan import JavaPlan


_CLASS_PATH = "target/class-path"
# Offline, Maven would not even read the workshop's repository.
_OFFLINE = "-Daether.offline.protocols=file"


def prove(package: Package[JavaPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove.

    The user's local repository must never hold the unpublished package, whose content may change
    under one version: the consumer's is the user's but for the package's own branch.
    """
    plan, folder = package.plan, shop.folder / "consumer"
    version = package_versions.maven(package.request.release.package_version)
    repository = (shop.folder / REPOSITORY).as_uri()
    texts = {"pom.xml": consumer.pom(plan, version, repository), **consumer.sources(plan, package.request)}
    write(folder, {path: text.encode() for path, text in texts.items()})
    maven = MavenCommand.of(shop.toolbox)
    places = maven.places(folder)
    farm, settings = shop.folder / "local-repository", shop.folder / "settings.xml"
    plant(farm, places.local_repository, [*plan.group.split("."), plan.artifact])
    common = places.global_settings.read_bytes() if places.global_settings.is_file() else b""
    settings.touch(mode=0o600)
    settings.write_bytes(with_mirror(common, consumer.REPOSITORY, repository))
    own = ["-gs", str(settings), f"-Dmaven.repo.local={farm}", _OFFLINE]
    fetcher = plan.section.plugins["maven-dependency-plugin"]
    class_path = f"org.apache.maven.plugins:maven-dependency-plugin:{fetcher}:build-classpath"
    goals = ["-q", "compile", class_path, f"-Dmdep.outputFile={_CLASS_PATH}"]
    maven.run("build of a consumer", [*own, *goals], folder)
    jar = farm / layout(plan.group, plan.artifact, version) / f"{plan.artifact}-{version}.jar"
    _start(maven, folder, jar)


def _start(maven: MavenCommand, folder: Path, jar: Path) -> None:
    needed = (folder / _CLASS_PATH).read_text(encoding="utf-8").strip()
    if str(jar) not in needed.split(os.pathsep):
        raise VerificationFailed(
            f"java: a consumer's class path lacks {jar.name}: {needed}",
            where=str(folder),
            remedy="look into the consumer's pom.xml",
        )
    path = os.pathsep.join(("target/classes", needed))
    maven.run_java("run of a consumer", ["-cp", path, consumer.PROOF, str(jar)], folder)
