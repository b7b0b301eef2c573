"""What a Java package is called, and what it requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.base import Coordinates
from protogen.languages.java.runtimes import runtime
from protogen.languages.java.section import PROTOC
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Package
    from protogen.languages.java.plan import JavaPlan


def coordinates(package: Package[JavaPlan]) -> tuple[Coordinates, ...]:
    """See Language.coordinates."""
    plan = package.plan
    protobuf = runtime(plan.section.protobuf, package.provided.tools[PROTOC].version)
    own = package_versions.maven(package.request.release.package_version)
    grpc = ("grpc-netty-shaded", "grpc-protobuf", "grpc-stub") if plan.has_services else ()
    return (
        Coordinates("maven", plan.group, plan.artifact, own),
        Coordinates("maven", "com.google.protobuf", "protobuf-java", protobuf),
        *(Coordinates("maven", "io.grpc", name, plan.section.grpc) for name in grpc),
    )
