from __future__ import annotations

import errno
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from protogen.errors import OutputUnwritable, ProtogenError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages.toolchain.maven import MavenCommand, failure, java, plant, with_mirror
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system.cache import Cache
from tests.support.script import Script, says

SETTINGS = """\
<?xml version="1.0" encoding="UTF-8"?>
<settings xmlns="urn:settings" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
          xsi:schemaLocation="urn:settings settings.xsd">
  <!-- <mirrors><mirror><id>none</id></mirror></mirrors> -->
  <mirrors><mirror><id>all</id><mirrorOf>*</mirrorOf><url>http://localhost/m</url></mirror></mirrors>
</settings>
"""


def maven(tmp_path: Path, script: Script, *, offline: bool = False, **environ: str) -> MavenCommand:
    box = Toolbox(Cache(tmp_path / "cache", offline), script, environ)
    return MavenCommand(Path("/opt/mvn"), box)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("COMPILATION ERROR :\n  A.java:[3,1] cannot find symbol", VerificationFailed),
        ("Could not find artifact io.grpc:grpc-stub:jar:9.9 in central", VerificationFailed),
        ("Checksum validation failed, expected 1 but is 2", VerificationFailed),
        ("Could not transfer artifact a:b:pom:1 from/to central: Unknown host", ToolFailed),
        ("Plugin a:b:1 or one of its dependencies could not be resolved: Connection refused", ToolFailed),
        (
            "A.java:[1,1] cannot find symbol: class Unauthorized, timed out in offline mode",
            VerificationFailed,
        ),
        (
            "Could not resolve dependencies: Cannot access central in offline mode and the artifact a:b:1",
            ToolFailed,
        ),
        ("Could not create local repository at /home/me/.m2/repository", ToolFailed),
        ("No compiler is provided in this environment. Perhaps you are running on a JRE", ToolMissing),
        ("The JAVA_HOME environment variable is not defined correctly", ToolMissing),
        (f"a.class: {os.strerror(errno.ENOSPC)}", OutputUnwritable),
    ],
)
def test_a_failure_is_the_packages_or_the_machines(words: str, error: type[ProtogenError]) -> None:
    raised = failure("package", words, ["mvn", "package"], Path("/scratch/it's"))
    assert type(raised) is error
    assert raised.remedy
    if error is VerificationFailed:
        assert raised.message == f"java: package failed: {words}"
        assert raised.where == "/scratch/it's"
        assert raised.remedy == """cd '/scratch/it'"'"'s' && mvn package"""


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("could not resolve a: Cannot access c in offline mode", "without --offline"),
        ("could not transfer a", "check the network and Maven's settings.xml"),
        ("Could not create local repository at /x", 'MAVEN_OPTS="-Dmaven.repo.local=DIR"'),
        ("JAVA_HOME is not set", "install a JDK"),
    ],
)
def test_remedies_are_of_the_kind_of_failure(words: str, remedy: str) -> None:
    assert remedy in failure("x", words, [], Path()).remedy


@pytest.mark.parametrize(("offline", "flag"), [(True, "-o"), (False, "-U")])
def test_offline_is_mavens_too(tmp_path: Path, offline: bool, flag: str) -> None:
    script = says("")
    maven(tmp_path, script, offline=offline).run("package", ["package"], tmp_path)
    assert script.started == [("/opt/mvn", "-B", "-C", flag, "package")]


def test_a_silent_failure_tells_the_code(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match="package failed: mvn ended with 3"):
        maven(tmp_path, says("", 3)).run("package", [], tmp_path)
    with pytest.raises(VerificationFailed, match="run failed: java ended with 4"):
        maven(tmp_path, says("", 4), JAVA_HOME="/jdk").run_java("run", [], tmp_path)


def test_no_maven_says_what_is_done_with_it(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"no Maven \(mvn\), and Java packages are built") as raised:
        MavenCommand.of(Toolbox(Cache(tmp_path), says(""), {"PATH": str(tmp_path)}))
    assert "--tool mvn=PATH" in raised.value.remedy
    with pytest.raises(ToolMissing, match=r"--tool mvn: .* is not a program"):
        MavenCommand.of(Toolbox(Cache(tmp_path), says(""), {}, {"mvn": tmp_path / "gone"}))


def test_java_is_the_one_that_maven_takes(tmp_path: Path) -> None:
    program = tmp_path / "java"
    program.touch(0o755)
    assert java({"JAVA_HOME": "/jdk", "PATH": str(tmp_path)}) == Path("/jdk/bin/java")
    assert java({"PATH": str(tmp_path)}) == program
    with pytest.raises(ToolMissing) as raised:
        java({"PATH": "/nowhere"})
    assert "JAVA_HOME" in raised.value.remedy


@pytest.mark.parametrize("quote", ["", "'"])
def test_maven_tells_where_things_are(tmp_path: Path, quote: str) -> None:
    said = (
        f"\x1b[1m[DEBUG] Reading global settings from {quote}/opt/conf/settings.xml{quote}\x1b[m\n"
        f"[DEBUG] Using local repository at {quote}/home/my self/.m2/repository{quote}\n"
    )
    script = says(said)
    places = maven(tmp_path, script).places(tmp_path)
    assert places.local_repository == Path("/home/my self/.m2/repository")
    assert places.global_settings == Path("/opt/conf/settings.xml")
    assert script.started[0][-2:] == ("-X", "validate")


def test_a_maven_that_tells_nothing_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="doesn't say where its local repository is"):
        maven(tmp_path, says("[DEBUG] hello")).places(tmp_path)


@pytest.mark.parametrize(
    ("settings", "before"),
    [("", []), ("<settings/>", []), ("<settings><mirrors/></settings>", []), (SETTINGS, ["*"])],
)
def test_a_mirror_is_added_and_the_others_stay(settings: str, before: list[str]) -> None:
    made = with_mirror(settings.encode(), "built", "file:///a&b")
    root = ElementTree.fromstring(made)
    assert [each.text for each in root.iterfind("mirrors/mirror/mirrorOf")] == [*before, "built"]
    assert root.findall("mirrors/mirror/url")[-1].text == "file:///a&b"
    assert root.tag == "settings"
    assert b":ns" not in made


def test_settings_that_are_no_xml() -> None:
    with pytest.raises(ToolFailed, match="Maven's settings can't be read"):
        with_mirror(b"<settings>", "built", "u")


def test_a_planted_repository_is_the_users_but_for_one_branch(tmp_path: Path) -> None:
    users, farm = tmp_path / "users", tmp_path / "farm"
    for path in (
        "io/grpc/grpc-api/1/a.jar",
        "io/Acme/other/1/o.jar",
        "io/acme/client/1/stale.jar",
        "top.txt",
    ):
        (users / path).parent.mkdir(parents=True, exist_ok=True)
        (users / path).write_text(path)
    plant(farm, users, ["io", "acme", "client"])
    assert (farm / "io" / "grpc" / "grpc-api" / "1" / "a.jar").read_text() == "io/grpc/grpc-api/1/a.jar"
    assert (farm / "top.txt").is_file()
    assert list((farm / "io" / "acme" / "client").iterdir()) == []
    (farm / "io" / "acme" / "client" / "1").mkdir()
    (farm / "io" / "grpc" / "new").mkdir()
    assert not (users / "io" / "grpc" / "new").is_symlink()
    assert (users / "io" / "grpc" / "new").is_dir(), "what is fetched is kept"
    assert [path.name for path in (users / "io" / "acme" / "client" / "1").iterdir()] == ["stale.jar"]
    assert not (farm / "io" / "Acme").is_symlink()


def test_a_planted_repository_of_none(tmp_path: Path) -> None:
    plant(tmp_path / "farm", tmp_path / "absent", ["a", "b"])
    assert (tmp_path / "farm" / "a" / "b").is_dir()
