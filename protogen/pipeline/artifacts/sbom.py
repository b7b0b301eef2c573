"""The bill of materials: what the packages are called, require and were made from, as CycloneDX."""

from __future__ import annotations

import json
import shlex
import sys
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from protogen import DISTRIBUTION
from protogen.errors import ToolMissing
from protogen.pipeline.artifacts.subject import Input, Subject, inputs

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    from protogen.languages.package import Coordinates


_LIBRARIES = ("cyclonedx", "packageurl")


def check_installed() -> None:
    """Raise ToolMissing where the libraries that write the bill aren't installed: they are an extra."""
    if not all(map(find_spec, _LIBRARIES)):
        raise ToolMissing(
            "the libraries that write the bill of materials are not installed",
            where="--artifacts",
            remedy=f"{shlex.quote(sys.executable)} -m pip install '{DISTRIBUTION}[artifacts]'",
        )


def render(subject: Subject, digests: dict[str, str]) -> bytes:
    """The bill as JSON. digests: SHA-256 of each artifact by path; they give the bill its serial number."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.tool import ToolRepository
    from cyclonedx.output.json import JsonV1Dot6

    contents = json.dumps(digests, sort_keys=True)
    root = _component(
        subject.name, subject.release.package_version, reference=subject.stem, description=subject.title
    )
    tools = [
        _component(each.name, each.version, is_tool=True)
        for each in sorted(subject.tools.values(), key=lambda tool: tool.name)
    ]
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, contents),
        metadata=BomMetaData(component=root, tools=ToolRepository(components=tools)),
    )
    protos = [_input(each) for each in inputs(subject.release)]
    packages = []
    for language, (own, *required) in sorted(subject.coordinates.items()):
        package = _package(own, subject.license, _hashes(digests, f"{language}/"))
        requirements = [_package(each) for each in required]
        packages.append(package)
        bom.components.update([package, *requirements])
        bom.register_dependency(package, requirements)
    bom.components.update(protos)
    bom.register_dependency(root, [*packages, *protos])
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    # The moment of writing says nothing of the packages, and would make each run's bill another.
    del document["metadata"]["timestamp"]
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def _package(
    each: Coordinates, license_: str = "", files: Iterator[tuple[str, str]] | None = None
) -> Component:
    from cyclonedx.model import Property
    from cyclonedx.model.license import LicenseExpression
    from packageurl import PackageURL

    url = PackageURL(each.ecosystem, each.namespace or None, each.name, each.version or None)
    component = _component(each.name, each.version, group=each.namespace, url=url)
    if each.constraint:
        component.properties.add(Property(name="protogen:constraint", value=each.constraint))
    if license_:
        component.licenses.add(LicenseExpression(license_))
    for path, digest in files or ():
        component.properties.add(Property(name=f"protogen:sha256:{path}", value=digest))
    return component


def _input(each: Input) -> Component:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
    from packageurl import PackageURL

    if each.uri.startswith("pkg:"):
        place = ExternalReferenceType.DISTRIBUTION
        component = _component(each.name, each.version, url=PackageURL.from_string(each.uri))
    else:
        place = ExternalReferenceType.VCS
        component = _component(each.name, each.version, reference=each.uri)
    if "sha256" in each.digests:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=each.digests["sha256"]))
    if each.place:
        component.external_references.add(ExternalReference(type=place, url=XsUri(each.place)))
    return component


def _component(
    name: str,
    version: str,
    *,
    group: str = "",
    url: PackageURL | None = None,
    reference: str = "",
    description: str = "",
    is_tool: bool = False,
) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    return Component(
        name=name,
        version=version or None,
        group=group or None,
        purl=url,
        bom_ref=reference or (url.to_string() if url else f"{name}@{version}"),
        description=description or None,
        type=ComponentType.APPLICATION if is_tool else ComponentType.LIBRARY,
    )


def _hashes(digests: dict[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    return ((path, digest) for path, digest in sorted(digests.items()) if path.startswith(prefix))
