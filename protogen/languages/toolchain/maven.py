"""mvn: as the client that fetches programs, and for building and proving a project."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from protogen.errors import ProtogenError, ToolFailed, ToolMissing
from protogen.languages.toolchain.programs import Prerequisite
from protogen.languages.toolchain.remedies import failed
from protogen.languages.toolchain.toolbox import Client, Tool, Toolbox, named, options
from protogen.system.files import digest
from protogen.system.process import Finished
from protogen.system.scratch import disk_full, scratch

_SECONDS, _FETCH_SECONDS, _JAVA_SECONDS = 900.0, 600.0, 300.0
_SYSTEMS = {"linux": "linux", "darwin": "osx"}
# As the plugin that names them does. Source: os-maven-plugin, its normalizeArch.
_PROCESSORS = {"amd64": "x86_64", "arm64": "aarch_64", "ppc64le": "ppcle_64", "s390x": "s390_64"}
_PROCESSORS |= {"x86_64": "x86_64", "aarch64": "aarch_64"}
KINDS = ("linux-aarch_64", "linux-ppcle_64", "linux-s390_64", "linux-x86_64", "osx-aarch_64", "osx-x86_64")
"""The kinds of machines that programs are published for."""
_JDK = {"apt-get": "default-jdk-headless", "dnf": "java-devel", "apk": "openjdk17", "brew": "openjdk"}
# Java 8 calls itself 1.8.
_JAVA_VERSION = r"(?:version \"|javac )(?:1\.)?(\d+)"
# Short runs take half the time without the optimising compiler, and a third of the memory.
_JVM_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_OF_JAVA = ("MAVEN_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
# Compiled where they are used: every run with Java imports this module.
_COLOUR = r"\x1b\[[0-9;]*m"
_ADVICE = r"\[Help \d+\]|Re-run Maven|re-run Maven|For more information about the errors"
_GLOBAL_SETTINGS = r"(?m)^\[DEBUG\] Reading global settings from '?(.+?)'?$"
_LOCAL_REPOSITORY = r"(?m)^\[DEBUG\] Using local repository at '?(.+?)'?$"
_RESOLVING = r"(?i)could not (?:be )?(?:resolve|transfer|find)|failed to (?:collect|read)|non-resolvable"
# What Maven, its transports and the Java runtime say where a repository couldn't be asked.
_UNREACHABLE = (
    r"(?i)in offline mode|could not transfer|transfer failed|unknown host|timed out"
    r"|connection (?:refused|reset)|network is unreachable|not authorized|unauthorized|PKIX path"
    r"|blocked mirror|updates are forced"
)
_NO_JDK = r"(?i)JAVA_HOME|No compiler is provided|unable to find javadoc"
# Arguments for every mvn; the second is of the wrapper, and of Maven's images it is a folder.
_ARGUMENTS = ("MAVEN_ARGS", "MAVEN_CONFIG")
# A debugger would be waited for; the other names the folder whose .mvn counts.
_DROPPED = ("MAVEN_DEBUG_OPTS", "MAVEN_PROJECTBASEDIR")
_FLAGS = frozenset(
    "-o --offline -U --update-snapshots -nsu --no-snapshot-updates -B --batch-mode -C --strict-checksums "
    "-c --lax-checksums -ntp --no-transfer-progress -e --errors -llr --legacy-local-repository".split()
)
_WITH_VALUE = frozenset(
    "-s --settings -gs --global-settings -t --toolchains -gt --global-toolchains -P --activate-profiles "
    "-D --define -T --threads".split()
)
# What Maven would load as code of its own.
_LOADED = "maven.ext.class.path"


class Maven(Client):
    """Programs that Maven's repositories hold, one for each kind of machine, by `mvn dependency:copy`."""

    name = "maven"
    # The lowest versions are those that the plugins in Java's section run with.
    prerequisites = (
        Prerequisite(
            "mvn",
            "3.6.3",
            title="Maven (mvn)",
            packages=dict.fromkeys(("apt-get", "dnf", "apk", "brew"), "maven"),
        ),
        *(
            Prerequisite(name, "8", ask=("-version",), tells=_JAVA_VERSION, purpose=purpose, packages=_JDK)
            for name, purpose in (("java", "Maven runs on it"), ("javac", "it compiles the package"))
        ),
    )
    registry = "Maven repositories"
    settings = "Maven's settings.xml"
    together = True

    def __init__(self, kind: str = "") -> None:
        """Fetch for a kind of machine, by its classifier; for this one where it isn't said."""
        self._kind = kind

    @property
    def kind(self) -> str:
        """The classifier of the programs that it fetches.

        Raises ToolMissing for a machine that nobody builds them for.
        """
        return self._kind or classifier(platform.system(), platform.machine())

    def command(self, tool: Tool) -> str:
        """See Client."""
        return f"mvn dependency:copy of {tool.package}:{tool.version}"

    def check_machine(self) -> None:
        """See Client."""
        classifier(platform.system(), platform.machine())

    def everywhere(self) -> Iterable[Client]:
        """See Client."""
        return map(Maven, KINDS)

    def hashes(self, tool: Tool, folder: Path, toolbox: Toolbox) -> dict[str, str]:
        """See Client. SHA-256 of the program."""
        return {f"{tool.package}:{tool.version}:{self.kind}": digest((folder / tool.name).read_bytes())}

    def install(self, tools: Sequence[Tool], folder: Path, toolbox: Toolbox) -> None:
        """See Client."""
        kind, copier = self.kind, tools[0].copied_by
        verb = "is" if len(tools) == 1 else "are"
        remedy = f"install Maven and a JDK, or give {options(tools)}"
        mvn = toolbox.find(self.prerequisites[0], f"{named(tools)} {verb} fetched with it", remedy)
        with scratch() as project_folder:
            (project_folder / "pom.xml").write_text(project(tools, kind), encoding="utf-8")
            goal = f"org.apache.maven.plugins:maven-dependency-plugin:{copier}:copy"
            # -U: Maven remembers for a day that it didn't find something; whoever tries again means it.
            done = toolbox.processes.run(
                [str(mvn), "-B", "-C", "-q", "-U", goal],
                timeout=_FETCH_SECONDS,
                cwd=project_folder,
                env=environment(toolbox.environ, project_folder),
            )
            programs = {tool.name: project_folder / "programs" / tool.name for tool in tools}
            absent = [name for name, path in programs.items() if not path.is_file()]
            if done.returncode != 0 or absent:
                reason = complaint(done.stdout + done.stderr) or f"it left no {' and no '.join(absent)}"
                raise ToolFailed(
                    f"mvn {goal.rpartition(':')[2]} failed: {reason}",
                    where=" ".join(f"{tool.package}:{tool.version}:exe:{kind}" for tool in tools),
                    remedy=f"check the network and Maven's settings.xml, or give {options(tools)}",
                )
            for name, path in programs.items():
                path.chmod(0o755)
                (folder / name).mkdir()
                shutil.move(path, folder / name / name)


MAVEN = Maven()


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


def project(tools: Sequence[Tool], kind: str) -> str:
    """A pom.xml with which the plugin copies the programs into a folder `programs` beside it."""
    items = "".join(
        f"""
            <artifactItem>
              <groupId>{escape(tool.package.partition(":")[0])}</groupId>
              <artifactId>{escape(tool.package.partition(":")[2])}</artifactId>
              <version>{escape(tool.version)}</version>
              <classifier>{kind}</classifier>
              <type>exe</type>
              <destFileName>{escape(tool.name)}</destFileName>
            </artifactItem>"""
        for tool in tools
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
        <version>{escape(tools[0].copied_by)}</version>
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


def complaint(output: bytes) -> str:
    """What Maven says that went wrong, without its advice on how to run it again."""
    lines = [re.sub(_COLOUR, "", line).strip() for line in output.decode("utf-8", "replace").splitlines()]
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    shown = [re.sub(r"\s*-> \[Help \d+\]$", "", line) for line in errors or lines]
    return "\n  ".join([line for line in shown if line and not re.search(_ADVICE, line)][:8])


def environment(inherited: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment for mvn in the folder of a project.

    A .mvn of the user's, in a folder above, doesn't count: it could load extensions. Of two options for
    Java the later one counts, which is the user's; two collectors of garbage would be refused.
    """
    kept = {key: value for key, value in inherited.items() if key not in _DROPPED}
    for name in _ARGUMENTS:
        if name in kept:
            kept[name] = " ".join(arguments(kept[name].split()))
    own = _JVM_OPTIONS[:1] if "GC" in "".join(kept.get(name, "") for name in _OF_JAVA) else _JVM_OPTIONS
    jvm = " ".join([*own, kept.get("MAVEN_OPTS", "")]).strip()
    return kept | {"MAVEN_BASEDIR": str(folder), "MAVEN_OPTS": jvm}


def arguments(given: Iterable[str]) -> Iterator[str]:
    """Those of mvn's arguments that say how it reaches repositories, and no goal, project or log file."""
    rest = iter(given)
    for word in rest:
        name = word.partition("=")[0]
        if word in _FLAGS:
            yield word
        elif word in _WITH_VALUE:
            value = next(rest, None)
            if value is not None and not _loads(value):
                yield from (word, value)
        elif name in _WITH_VALUE or (word.startswith(("-D", "-P", "-T")) and not _loads(word[2:])):
            yield word


def _loads(definition: str) -> bool:
    return definition.partition("=")[0] == _LOADED


@dataclass(frozen=True)
class Places:
    """Where Maven keeps what it fetched, and the settings that are all users' of the machine."""

    local_repository: Path
    global_settings: Path


@dataclass(frozen=True)
class MavenCommand:
    """mvn, run with the user's settings, mirrors and local repository unless arguments say else."""

    program: Path
    toolbox: Toolbox

    @classmethod
    def of(cls, toolbox: Toolbox) -> MavenCommand:
        """The user's.

        Raises ToolMissing.
        """
        remedy = "install Maven and a JDK, or give --tool mvn=PATH"
        return cls(toolbox.find(MAVEN.prerequisites[0], "Java packages are built with it", remedy), toolbox)

    def run(self, step: str, arguments: Sequence[str], folder: Path) -> Finished:
        """Run mvn in the folder of a project.

        Raises VerificationFailed, ToolFailed, ToolMissing, OutputUnwritable, by whose fault it is.
        """
        argv = self.argv(arguments)
        done = self.toolbox.processes.run(
            argv, timeout=_SECONDS, cwd=folder, env=environment(self.toolbox.environ, folder)
        )
        if done.returncode != 0:
            reason = complaint(done.stdout + done.stderr) or f"mvn ended with {done.returncode}"
            raise failure(step, reason, argv, folder)
        return done

    def argv(self, arguments: Sequence[str]) -> list[str]:
        """The command. -U: Maven remembers for a day that it didn't find something.

        -C: what doesn't have its checksum is refused; by default that is a warning.
        """
        return [str(self.program), "-B", "-C", "-o" if self.toolbox.offline else "-U", *arguments]

    def run_java(self, step: str, arguments: Sequence[str], folder: Path) -> Finished:
        """Run a program with the Java that Maven runs on.

        Raises VerificationFailed, ToolMissing.
        """
        argv = [str(java(self.toolbox.environ)), *arguments]
        done = self.toolbox.processes.run(argv, timeout=_JAVA_SECONDS, cwd=folder, env=self.toolbox.environ)
        if done.returncode != 0:
            reason = done.message or f"java ended with {done.returncode}"
            raise disk_full(reason) or failed(f"java: {step} failed: {reason}", argv, folder, {})
        return done

    def places(self, folder: Path) -> Places:
        """Ask Maven, in the folder of any project, where things are: only it knows all its settings.

        Raises ToolFailed, ToolMissing, VerificationFailed.
        """
        done = self.run("reading Maven's settings", ["-X", "validate"], folder)
        text = re.sub(_COLOUR, "", done.stdout.decode("utf-8", "replace"))
        repository, settings = re.search(_LOCAL_REPOSITORY, text), re.search(_GLOBAL_SETTINGS, text)
        if not repository or not settings:
            raise ToolFailed(
                "Maven doesn't say where its local repository is",
                where=str(self.program),
                remedy="give another Maven, 3.6.3 or newer: --tool mvn=PATH",
            )
        return Places(Path(repository[1]), Path(settings[1]))


def java(environ: Mapping[str, str]) -> Path:
    """The java that mvn runs on: of JAVA_HOME, else on PATH.

    Raises ToolMissing.
    """
    home = environ.get("JAVA_HOME")
    found = str(Path(home, "bin", "java")) if home else shutil.which("java", path=environ.get("PATH", ""))
    if found:
        return Path(found)
    raise ToolMissing(
        "there is no java, and Java packages are proven with it",
        where="PATH",
        remedy="install a JDK, and set JAVA_HOME to its folder",
    )


def failure(step: str, reason: str, argv: Sequence[str], folder: Path) -> ProtogenError:
    """The error that a failed step is: the package's, the network's or the machine's fault."""
    if full := disk_full(reason):
        return full
    message, lowered = f"java: {step} failed: {reason}", reason.lower()
    if re.search(_NO_JDK, reason):
        return ToolMissing(
            message, where="JAVA_HOME", remedy="install a JDK, and set JAVA_HOME to its folder"
        )
    if "could not create local repository" in lowered:
        remedy = 'give Maven a folder that can be written: MAVEN_OPTS="-Dmaven.repo.local=DIR"'
        return ToolFailed(message, where="Maven's local repository", remedy=remedy)
    if re.search(_RESOLVING, reason) and re.search(_UNREACHABLE, reason):
        online = "check the network and Maven's settings.xml, then run the same command again"
        remedy = "run the same command once without --offline" if "in offline mode" in lowered else online
        return ToolFailed(message, where="Maven's repositories", remedy=remedy)
    return failed(message, argv, folder, {})


def with_mirror(settings: bytes, name: str, url: str) -> bytes:
    """Maven's settings, with a mirror of one repository: no mirror of all can take its place then.

    settings: the XML, empty for none; comments go. Raises ToolFailed for what is no XML.
    """
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(settings or b"<settings/>")  # noqa: S314 - the user's own file
    except ElementTree.ParseError as error:
        raise ToolFailed(
            f"Maven's settings can't be read: {error}", where="settings.xml", remedy="correct the file"
        ) from None
    # Maven reads it without the namespace too, and no prefix is in its way then.
    root.attrib.clear()
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    mirrors = root.find("mirrors")
    if mirrors is None:
        mirrors = ElementTree.SubElement(root, "mirrors")
    mirror = ElementTree.SubElement(mirrors, "mirror")
    for key, value in (("id", f"{name}-mirror"), ("mirrorOf", name), ("url", url)):
        ElementTree.SubElement(mirror, key).text = value
    rendered: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return rendered


def plant(farm: Path, repository: Path, own: Sequence[str]) -> None:
    """Make a local repository that is the user's, but for one branch, which is empty and its own.

    Symlinks stand for all else, so what Maven fetches into it is kept. own: the branch, by steps.
    Letter case doesn't tell names apart: on some file systems it can't.
    """
    for depth in range(len(own) + 1):
        here, there = farm.joinpath(*own[:depth]), repository.joinpath(*own[:depth])
        here.mkdir(parents=depth == 0)
        if depth < len(own) and there.is_dir():
            for each in there.iterdir():
                if each.name.lower() != own[depth].lower():
                    (here / each.name).symlink_to(each)
