"""Java: a Maven project that compiles, keeps upstream's names and stands beside other copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.entry import Entry, Option

if TYPE_CHECKING:
    from protogen.languages.java.pom import Pom


def _pom() -> type[Pom]:
    from protogen.languages.java.pom import Pom

    return Pom


JAVA = Entry(
    "java",
    "protogen.languages.java.language:Java",
    options=(
        Option("java_group", "GROUP", "Maven group of the Java package"),
        Option("java_artifact", "NAME", "Maven artifact of the Java package"),
        Option("java_package", "PREFIX", "Java package to put before all others, beside other copies"),
        Option("java_pom", "", "What Maven Central wants to know of a project", _pom),
    ),
    programs=("mvn", "protoc", "protoc-gen-grpc-java"),
    in_all=True,
)
