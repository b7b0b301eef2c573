"""The mvn command on projects: how it is run, where its repository lies, and whose fault a failure is."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from protogen.errors import ProtogenError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.toolchain.maven import complaint, find_maven
from protogen.languages.toolchain.maven_environment import maven_environment
from protogen.system.scratch import disk_full

if TYPE_CHECKING:
    from protogen.languages.toolchain.toolbox import Toolbox
    from protogen.system.process import Finished


_SECONDS = 900.0
_JAVA_SECONDS = 300.0
# Short runs take half the time without the optimising compiler, and a third of the memory.
_JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_GLOBAL_SETTINGS = re.compile(r"^\[DEBUG\] Reading global settings from '?(.+?)'?$", re.MULTILINE)
_LOCAL_REPOSITORY = re.compile(r"^\[DEBUG\] Using local repository at '?(.+?)'?$", re.MULTILINE)
_RESOLVING = re.compile(
    r"could not (?:be )?(?:resolve|transfer|find)|failed to (?:collect|read)|non-resolvable", re.IGNORECASE
)
# What Maven, its transports and the Java runtime say where a repository couldn't be asked.
_UNREACHABLE = re.compile(
    r"in offline mode|could not transfer|transfer failed|unknown host|timed out|connection (?:refused|reset)"
    r"|network is unreachable|not authorized|unauthorized|PKIX path|blocked mirror|updates are forced",
    re.IGNORECASE,
)
_NO_JDK = re.compile(r"JAVA_HOME|No compiler is provided|unable to find javadoc", re.IGNORECASE)


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
        try:
            return cls(find_maven(toolbox, ()), toolbox)
        except ToolMissing as error:
            if "mvn" in toolbox.given:
                raise
            raise ToolMissing(
                "there is no Maven (mvn), and Java packages are built with it",
                where=error.where,
                remedy="install Maven and a JDK, or give --tool mvn=PATH",
            ) from None

    def run(self, step: str, arguments: Sequence[str], folder: Path) -> Finished:
        """Run mvn in the folder of a project.

        Raises VerificationFailed, ToolFailed, ToolMissing, OutputUnwritable, by whose fault it is.
        """
        argv = self.argv(arguments)
        done = self.toolbox.processes.run(argv, timeout=_SECONDS, cwd=folder, env=self._environ(folder))
        if done.returncode != 0:
            words = complaint(done.stdout + done.stderr) or f"mvn ended with {done.returncode}"
            raise failure(step, words, argv, folder)
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
            words = done.words or f"java ended with {done.returncode}"
            raise disk_full(words) or refused(step, words, argv, folder)
        return done

    def places(self, folder: Path) -> Places:
        """Ask Maven, in the folder of any project, where things are: only it knows all its settings.

        Raises ToolFailed, ToolMissing, VerificationFailed.
        """
        done = self.run("reading Maven's settings", ["-X", "validate"], folder)
        text = _COLOUR.sub("", done.stdout.decode("utf-8", "replace"))
        repository, settings = _LOCAL_REPOSITORY.search(text), _GLOBAL_SETTINGS.search(text)
        if not repository or not settings:
            raise ToolFailed(
                "Maven doesn't say where its local repository is",
                where=str(self.program),
                remedy="give another Maven, 3.6.3 or newer: --tool mvn=PATH",
            )
        return Places(Path(repository[1]), Path(settings[1]))

    def _environ(self, folder: Path) -> dict[str, str]:
        environ = maven_environment(self.toolbox.environ, folder)
        return environ if environ.get("MAVEN_OPTS") else {**environ, "MAVEN_OPTS": _JVM_OPTIONS}


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


def failure(step: str, words: str, argv: Sequence[str], folder: Path) -> ProtogenError:
    """The error that a failed step is: the package's, the network's or the machine's fault."""
    if full := disk_full(words):
        return full
    message, lowered = f"java: {step} failed: {words}", words.lower()
    if _NO_JDK.search(words):
        return ToolMissing(
            message, where="JAVA_HOME", remedy="install a JDK, and set JAVA_HOME to its folder"
        )
    if "could not create local repository" in lowered:
        remedy = 'give Maven a folder that can be written: MAVEN_OPTS="-Dmaven.repo.local=DIR"'
        return ToolFailed(message, where="Maven's local repository", remedy=remedy)
    if _RESOLVING.search(words) and _UNREACHABLE.search(words):
        online = "check the network and Maven's settings.xml, then run the same command again"
        remedy = "run the same command once without --offline" if "in offline mode" in lowered else online
        return ToolFailed(message, where="Maven's repositories", remedy=remedy)
    return refused(step, words, argv, folder)


def refused(step: str, words: str, argv: Sequence[str], folder: Path) -> VerificationFailed:
    """The error that a step is which the package itself can't take."""
    message = f"java: {step} failed: {words}"
    remedy = f"cd {shlex.quote(str(folder))} && {shlex.join(argv)}"
    return VerificationFailed(message, where=str(folder), remedy=remedy)


def with_mirror(settings: bytes, name: str, url: str) -> bytes:
    """Maven's settings, with a mirror of one repository: no mirror of all can take its place then.

    settings: the XML, empty for none; comments go. Raises ToolFailed for what is no XML.
    """
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
