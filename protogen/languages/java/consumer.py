"""A Maven project that uses a package as a stranger would. Pure."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from protogen.languages.java import documents

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.languages.java.plan import JavaPlan

PROOF = "protogen_proof.Proof"
"""The class that uses the package; it takes the path of its jar."""

REPOSITORY = "protogen-built"
"""The id of the repository that holds the package."""

_MAKERS = ("newBlockingStub", "newFutureStub", "newStub")
_PUBLIC = re.compile(r"public\s+(?:final\s+)?class\s+(\w+)")


def pom(plan: JavaPlan, version: str, repository: str) -> str:
    """A project that requires the package. repository: the URL of what holds it."""
    plugins = "".join(
        f"""
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>{name}</artifactId>
        <version>{escape(plan.section.plugins[name])}</version>
      </plugin>"""
        for name in ("maven-compiler-plugin", "maven-resources-plugin", "maven-dependency-plugin")
    )
    # Corrupt checksums are an error; by default they are a warning.
    policy = "<enabled>true</enabled><checksumPolicy>fail</checksumPolicy>"
    return f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>protogen</groupId>
  <artifactId>consumer</artifactId>
  <version>1</version>
  <properties>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
    <maven.compiler.source>8</maven.compiler.source>
    <maven.compiler.target>8</maven.compiler.target>
    <maven.compiler.release>8</maven.compiler.release>
  </properties>
  <repositories>
    <repository>
      <id>{REPOSITORY}</id>
      <url>{escape(repository)}</url>
      <releases>{policy}</releases>
      <snapshots>{policy}</snapshots>
    </repository>
  </repositories>
  <dependencies>
    <dependency>
      <groupId>{escape(plan.group)}</groupId>
      <artifactId>{escape(plan.artifact)}</artifactId>
      <version>{escape(version)}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>{plugins}
    </plugins>
  </build>
</project>
"""


def sources(plan: JavaPlan, request: Request) -> dict[str, str]:
    """The project's Java files by path: the README's example and a program that uses the package."""
    example = documents.example(plan, request)
    found = _PUBLIC.search(example)
    examples = {f"src/main/java/{found[1]}.java": example + "\n"} if found else {}
    return {f"src/main/java/{PROOF.replace('.', '/')}.java": _program(plan, request), **examples}


def used(plan: JavaPlan, request: Request) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes of messages and those that make stubs: all services', and the messages of their methods.

    Where there is no such message, the first of all.
    """
    files = [file for file in request.outline.files if file.name in plan.placements]
    services = [(file, service) for file in files for service in file.services]
    stubs = tuple(plan.placements[file.name].service(service.name) for file, service in services)
    names = [
        name
        for _, service in services
        for method in service.methods
        for name in (method.input, method.output)
    ]
    messages = dict.fromkeys(filter(None, (documents.java_class(plan, request, name) for name in names)))
    if not messages:
        first = (
            plan.placements[file.name].message(type_.name)
            for file in files
            for type_ in file.types
            if type_.kind == "message"
        )
        messages = dict.fromkeys(list(first)[:1])
    return tuple(messages), stubs


def _program(plan: JavaPlan, request: Request) -> str:
    """Package names stand where no variable is in scope that could hide them."""
    messages, stubs = used(plan, request)
    lines = [f"    check({name}.getDefaultInstance());" for name in messages]
    for name in stubs:
        lines += [
            f"    {name}.{make}(channel());" for make in ("newBlockingStub", "newFutureStub", "newStub")
        ]
    resource = documents.resource(request)
    return (
        _PROOF.replace("@LINES@", "\n".join(lines))
        .replace("@RESOURCE@", resource)
        .replace("@CHANNEL@", _CHANNEL if stubs else "")
    )


_CHANNEL = """
  private static io.grpc.Channel channel() {
    io.grpc.ManagedChannel made =
        io.grpc.ManagedChannelBuilder.forAddress("localhost", 1).usePlaintext().build();
    made.shutdownNow();
    return made;
  }
"""
_PROOF = """\
package protogen_proof;

public final class Proof {
  private static void use() throws Exception {
@LINES@
  }

  private static void check(com.google.protobuf.MessageLite message) throws Exception {
    if (!message.getParserForType().parsePartialFrom(message.toByteArray()).equals(message)) {
      throw new AssertionError(message.getClass() + " does not survive its own bytes");
    }
  }
@CHANNEL@
  private static int load(java.io.File jar) throws Exception {
    int number = 0;
    try (java.util.jar.JarFile entries = new java.util.jar.JarFile(jar)) {
      for (java.util.jar.JarEntry entry : java.util.Collections.list(entries.entries())) {
        String name = entry.getName();
        if (name.endsWith(".class")) {
          Class<?> loaded = Class.forName(name.substring(0, name.length() - 6).replace('/', '.'));
          loaded.getDeclaredMethods();
          java.net.URL from = loaded.getProtectionDomain().getCodeSource().getLocation();
          if (!new java.io.File(from.toURI()).equals(jar)) {
            throw new AssertionError(name + " comes from " + from);
          }
          number++;
        }
      }
    }
    return number;
  }

  public static void main(String[] arguments) throws Exception {
    use();
    if (Proof.class.getResource("/@RESOURCE@") == null) {
      throw new AssertionError("no /@RESOURCE@ on the class path");
    }
    System.out.println(load(new java.io.File(arguments[0])));
  }
}
"""
