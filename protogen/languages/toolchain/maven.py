"""Maven as a provider of tools: programs that its repositories hold, one for each kind of machine."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.maven_environment import maven_environment
from protogen.languages.toolchain.toolbox import Tool
from protogen.system.cache import key
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.languages.toolchain.toolbox import Toolbox


_FETCH_SECONDS = 600.0
_SYSTEMS = {"linux": "linux", "darwin": "osx"}
# As the plugin that names them does. Source: os-maven-plugin, its normalizeArch.
_PROCESSORS = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "aarch_64",
    "arm64": "aarch_64",
    "ppc64le": "ppcle_64",
    "s390x": "s390_64",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ADVICE = re.compile(r"\[Help \d+\]|Re-run Maven|re-run Maven|For more information about the errors")


@dataclass(frozen=True)
class Executable:
    """A program in Maven's repositories.

    artifact: its name there, and the tool's. version: the artifact's. prints: what it answers to
    --version at this version; empty where it doesn't answer, which keeps those on PATH out.
    """

    group: str
    artifact: str
    version: str
    prints: str = ""

    @property
    def tool_version(self) -> str:
        """The version as the tool itself names it."""
        return self.prints or self.version


def provide_executables(toolbox: Toolbox, wanted: Sequence[Executable], fetcher: str) -> dict[str, Tool]:
    """The tools by name: given, cached or on PATH, and all others by one call of Maven.

    fetcher: the version of maven-dependency-plugin.
    Raises ToolMissing, ToolFailed, CacheDamaged where --offline forbids to mend.
    """
    tools = {
        each.artifact: toolbox.take_given(each.artifact) for each in wanted if each.artifact in toolbox.given
    }
    missing = [each for each in wanted if each.artifact not in tools]
    if not missing:
        return tools
    found = toolbox.cache.find("tools", entry(missing))
    if not found:
        on_path = _on_path(toolbox, missing)
        tools |= on_path
        missing = [each for each in missing if each.artifact not in tools]
        if not missing:
            return tools
        if on_path:
            found = toolbox.cache.find("tools", entry(missing))
    if not found:
        names = " and ".join(f"{each.artifact} {each.tool_version}" for each in missing)
        found = toolbox.build(
            entry(missing),
            lambda folder: _fetch(toolbox, missing, fetcher, folder),
            f"{names}, nor are they on PATH",
            f"give {_given(missing)}",
        )
    return tools | {
        each.artifact: Tool(each.artifact, each.tool_version, found / each.artifact, "maven")
        for each in missing
    }


def classifier(system: str, processor: str) -> str:
    """What Maven's repositories call programs for a machine, from what Python calls the machine.

    Raises ToolMissing for a machine that nobody builds them for.
    """
    try:
        return f"{_SYSTEMS[system.lower()]}-{_PROCESSORS[processor.lower()]}"
    except KeyError:
        raise ToolMissing(
            f"Maven's repositories hold no programs for {system} on {processor}",
            where="protoc",
            remedy="build the tools and give them with --tool NAME=PATH",
        ) from None


def find_maven(toolbox: Toolbox, wanted: Sequence[Executable]) -> Path:
    """The mvn command: given or on PATH.

    Raises ToolMissing, saying what can be given instead.
    """
    if "mvn" in toolbox.given:
        return toolbox.take_given("mvn").path
    on_path = shutil.which("mvn", path=toolbox.environ.get("PATH", ""))
    if on_path:
        return Path(on_path)
    names = " and ".join(f"{each.artifact} {each.tool_version}" for each in wanted)
    raise ToolMissing(
        f"there is no Maven (mvn), and {names} are fetched with it",
        where="PATH",
        remedy=f"install Maven and a JDK, or give {_given(wanted)}",
    )


def project(wanted: Sequence[Executable], kind: str, fetcher: str) -> str:
    """A pom.xml with which the plugin copies the programs into a folder `programs` beside it."""
    items = "".join(
        f"""
            <artifactItem>
              <groupId>{escape(each.group)}</groupId>
              <artifactId>{escape(each.artifact)}</artifactId>
              <version>{escape(each.version)}</version>
              <classifier>{kind}</classifier>
              <type>exe</type>
              <destFileName>{escape(each.artifact)}</destFileName>
            </artifactItem>"""
        for each in wanted
    )
    return f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>protogen</groupId>
  <artifactId>programs</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <version>{escape(fetcher)}</version>
        <configuration>
          <outputDirectory>${{project.basedir}}/programs</outputDirectory>
          <artifactItems>{items}
          </artifactItems>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
"""


def _on_path(toolbox: Toolbox, wanted: Sequence[Executable]) -> dict[str, Tool]:
    found = {}
    for each in wanted:
        path = shutil.which(each.artifact, path=toolbox.environ.get("PATH", "")) if each.prints else None
        if path and toolbox.ask_version(Path(path)) == each.prints:
            found[each.artifact] = Tool(each.artifact, each.prints, Path(path), "PATH")
    return found


def _fetch(toolbox: Toolbox, wanted: Sequence[Executable], fetcher: str, folder: Path) -> None:
    mvn = find_maven(toolbox, wanted)
    kind = classifier(platform.system(), platform.machine())
    with scratch() as project_folder:
        (project_folder / "pom.xml").write_text(project(wanted, kind, fetcher), encoding="utf-8")
        goal = f"org.apache.maven.plugins:maven-dependency-plugin:{fetcher}:copy"
        # -U: Maven remembers for a day that it didn't find something; whoever tries again means it.
        done = toolbox.processes.run(
            [str(mvn), "-B", "-C", "-q", "-U", goal],
            timeout=_FETCH_SECONDS,
            cwd=project_folder,
            env=maven_environment(toolbox.environ, project_folder),
        )
        programs = {each.artifact: project_folder / "programs" / each.artifact for each in wanted}
        absent = [artifact for artifact, path in programs.items() if not path.is_file()]
        if done.returncode != 0 or absent:
            words = complaint(done.stdout + done.stderr) or f"it left no {' and no '.join(absent)}"
            raise ToolFailed(
                f"mvn {goal.rpartition(':')[2]} failed: {words}",
                where=" ".join(f"{each.group}:{each.artifact}:{each.version}:exe:{kind}" for each in wanted),
                remedy=f"check the network and Maven's settings.xml, or give {_given(wanted)}",
            )
        for artifact, path in programs.items():
            shutil.move(path, folder / artifact)
            (folder / artifact).chmod(0o755)


def entry(wanted: Sequence[Executable]) -> str:
    """The cache's key of programs that were fetched together."""
    names = "+".join(f"{each.artifact}@{each.version}" for each in wanted)
    return key(names, "maven", classifier(platform.system(), platform.machine()))


def complaint(output: bytes) -> str:
    """Maven's own words on what went wrong, without its advice on how to run it again."""
    lines = [_COLOUR.sub("", line).strip() for line in output.decode("utf-8", "replace").splitlines()]
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    words = [re.sub(r"\s*-> \[Help \d+\]$", "", line) for line in errors or lines]
    return "\n  ".join([line for line in words if line and not _ADVICE.search(line)][:8])


def _given(wanted: Sequence[Executable]) -> str:
    return " ".join(f"--tool {each.artifact}=PATH" for each in wanted)
