"""The programs that a Java package takes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.languages.java import section as sections
from protogen.languages.java.runtimes import printed
from protogen.languages.java.section import GRPC_PLUGIN, PROTOC
from protogen.languages.toolchain.maven import Executable, entry
from protogen.languages.toolchain.need import Need

if TYPE_CHECKING:
    from protogen.languages.java.section import JavaSection
    from protogen.recipe.model import Recipe

# What the Maven plugins of section.py run with.
_LOWEST_MAVEN, _LOWEST_JAVA = "3.6.3", "8"
# Java 8 calls itself 1.8.
_JAVA_VERSION = r"(?:version \"|javac )(?:1\.)?(\d+)"
_JDK = {"apt-get": "default-jdk-headless", "dnf": "java-devel", "apk": "openjdk17", "brew": "openjdk"}
_MAVEN = dict.fromkeys(("apt-get", "dnf", "apk", "brew"), "maven")


def needs(recipe: Recipe) -> tuple[Need, ...]:
    """Maven, what it runs on, and the generators that it fetches.

    Raises RecipeError.
    """
    wanted = executables(sections.load(recipe), grpc=True)
    entries = (entry(wanted), *(entry([each]) for each in wanted))
    return (
        Need(
            "mvn",
            _LOWEST_MAVEN,
            reaches="Maven repositories",
            settings="Maven's settings.xml",
            packages=_MAVEN,
        ),
        _jdk("java", "Maven runs on it"),
        _jdk("javac", "it compiles the package"),
        *(
            Need(
                each.artifact,
                each.tool_version,
                exact=True,
                client="mvn",
                asked=f"mvn dependency:copy of {each.group}:{each.artifact}:{each.version}",
                entries=entries,
                on_path=bool(each.prints),
            )
            for each in wanted
        ),
    )


def executables(section: JavaSection, *, grpc: bool) -> list[Executable]:
    """The generators, as Maven's repositories name them."""
    versions = section.tools
    wanted = [Executable(sections.TOOLS[PROTOC], PROTOC, versions[PROTOC], printed(versions[PROTOC]))]
    if grpc:
        wanted.append(Executable(sections.TOOLS[GRPC_PLUGIN], GRPC_PLUGIN, versions[GRPC_PLUGIN]))
    return wanted


def _jdk(name: str, purpose: str) -> Need:
    return Need(name, _LOWEST_JAVA, ask=("-version",), tells=_JAVA_VERSION, purpose=purpose, packages=_JDK)
