"""What a release is published as: packages for registries, and what belongs to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protogen import DISTRIBUTION
from protogen.pipeline.artifacts import provenance, sbom
from protogen.pipeline.artifacts.subject import Subject
from protogen.registry.provenance import SUFFIX
from protogen.system import sums
from protogen.system.archives import zip_bytes
from protogen.system.files import digests

if TYPE_CHECKING:
    from protogen.pipeline.job import Job, Prepared
    from protogen.pipeline.verify import Built


def of(job: Job, prepared: Prepared, built: Mapping[str, Built]) -> dict[str, bytes]:
    """All files of the artifacts folder of a release whose packages were built."""
    from importlib.metadata import version

    from protogen.protos.printer import completed

    by_name = {language.name: language for language in job.languages}
    closure = prepared.closure
    subject = Subject(
        name=job.recipe.name,
        title=job.recipe.title,
        license=job.recipe.license,
        recipe_sha256=job.recipe.digest,
        release=closure.release,
        closure_sha256=closure.graph.digest(),
        descriptor_set=prepared.compiled.read(),
        protos=completed(closure.texts(prepared.compiled), prepared.compiled.read()).texts,
        licenses=closure.protos.licenses,
        tools=prepared.tools,
        coordinates={name: by_name[name].coordinates(each) for name, each in prepared.packages.items()},
        settings=job.settings,
        groups=job.groups,
    )
    builder = {"protogen": version(DISTRIBUTION), "grpcio-tools": version("grpcio-tools")}
    return tree(subject, {name: each.files for name, each in built.items()}, builder)


def tree(
    subject: Subject, packages: Mapping[str, Mapping[str, bytes]], builder: Mapping[str, str]
) -> dict[str, bytes]:
    """All files of the artifacts folder.

    packages: by language, what its registry takes. builder: versions of what made them. The sums
    name every file but their own, the provenance every file that was there before it.
    """
    files = {
        f"{language}/{path}": content for language, each in packages.items() for path, content in each.items()
    }
    files[f"{subject.stem}.protoset"] = subject.descriptor_set
    files[f"{subject.stem}-protos.zip"] = zip_bytes({**subject.protos, **_licenses(subject)})
    files[f"{subject.stem}.cdx.json"] = sbom.render(subject, digests(files))
    files[f"{subject.stem}{SUFFIX}"] = provenance.render(subject, digests(files), builder)
    files[sums.NAME] = sums.render(digests(files))
    return files


def _licenses(subject: Subject) -> dict[str, bytes]:
    return {
        f"{name}.{repository}": text.encode()
        for repository, texts in sorted(subject.licenses.items())
        for name, text in sorted(texts.items())
    }
