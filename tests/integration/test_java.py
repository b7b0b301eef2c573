"""Java without Java: scripts play Maven and what it fetches; the user's side is all real."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop

# Copies scripts to where its project says, and counts its calls.
_MVN = """\
import pathlib, re, sys
folder = pathlib.Path({folder!r})
if "--version" in sys.argv:
    print("Apache Maven 3.9.9")
    raise SystemExit
with open(folder / "calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if {fails!r}:
    print("[ERROR] Failed to execute goal: the mirror is down -> [Help 1]")
    raise SystemExit(1)
pathlib.Path("programs").mkdir()
for name in re.findall("<destFileName>(.*?)</destFileName>", pathlib.Path("pom.xml").read_text()):
    if name != {leaves_out!r}:
        pathlib.Path("programs", name).write_text((folder / ("fetched-" + name)).read_text())
"""

# Writes one file a proto, which tells the options that it was given; the plugin plays no part.
_PROTOC = """\
import pathlib, sys
from google.protobuf.descriptor_pb2 import FileDescriptorSet
if "--version" in sys.argv:
    print("libprotoc 25.9")
    raise SystemExit
if {fails!r}:
    sys.stderr.write("the set is of tomorrow\\n")
    raise SystemExit(1)
options = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
files = FileDescriptorSet.FromString(pathlib.Path(options["--descriptor_set_in"]).read_bytes()).file
(kind,) = [name for name in options if name.endswith("_out")]
ending = "Grpc.java" if kind == "--grpc-java_out" else ".java"
if ending == "Grpc.java":
    assert options["--grpc-java_opt"] == "@generated=omit"
    (plugin,) = [argument.split("=")[2] for argument in sys.argv if argument.startswith("--plugin=")]
    assert pathlib.Path(plugin).is_file()
for file in files:
    if file.name in options:
        package = file.options.java_package or file.package
        target = pathlib.Path(options[kind], package.replace(".", "/"), pathlib.Path(file.name).stem + ending)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("package " + package + ";\\n")
"""


@dataclass(frozen=True)
class Fake:
    """A folder of programs that play Maven's part."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def script(self, name: str, text: str, **values: object) -> Path:
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.write_text(f"#!{sys.executable}\n{text.format(**values)}")
        path.chmod(0o755)
        return path

    def maven(self, *, fails: str = "", leaves_out: str = "") -> list[str]:
        """The options that give it."""
        self.script("fetched-protoc", _PROTOC, fails=fails == "protoc")
        self.script("fetched-protoc-gen-grpc-java", "")
        mvn = self.script("mvn", _MVN, folder=str(self.folder), fails=fails == "mvn", leaves_out=leaves_out)
        return [f"--tool=mvn={mvn}"]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path / "fake")


def test_a_release_becomes_a_maven_project(command: Command, shop: Shop, fake: Fake) -> None:
    ended = command("--version", "release-1.0", "--lang", "java", *shop.options, *fake.maven())
    assert ended.code == 0, ended.err
    assert "com.example is a placeholder" in ended.err
    package = Path("gen/java")
    assert {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()} == {
        *(".protogen.json", "LICENSE", "LICENSE.base", "README.md", "pom.xml"),
        *(f"src/main/java/shop/{name}.java" for name in ("color", "size", "shop", "shopGrpc")),
        *("src/main/java/money/money.java", "src/main/java/stock/stock.java"),
        *(f"src/main/resources/META-INF/{name}" for name in ("LICENSE", "LICENSE.base")),
        "src/main/resources/META-INF/descriptors/shop.binpb",
    }
    readme = (package / "README.md").read_text()
    assert "shop.ShopGrpc.newBlockingStub(channel)" in readme
    assert "generators: protoc 25.9, protoc-gen-grpc-java 1.68.3" in readme
    assert len(fake.calls) == 1, "one call fetches both"
    again = command("--version", "release-1.0", "--lang", "java", "--offline", *shop.options)
    assert again.code == 0, again.err
    assert "unchanged gen/java" in again.err
    assert len(fake.calls) == 1


def test_settings_reach_the_project(command: Command, shop: Shop, fake: Fake) -> None:
    settings = ["--java-group=org.me", "--java-artifact=client", "--java-package=org.me.own"]
    ended = command("--version", "1.0.0", "--lang", "java", *settings, *shop.options, *fake.maven())
    assert ended.code == 0, ended.err
    assert "placeholder" not in ended.err
    assert "<groupId>org.me</groupId>" in Path("gen/java/pom.xml").read_text()
    assert Path("gen/java/src/main/java/org/me/own/money/money.java").is_file()


def test_a_package_that_java_refuses_ends_before_any_tool(command: Command, shop: Shop, fake: Fake) -> None:
    ended = command(
        "--version", "1.0.0", "--lang", "java", "--java-package=a.class", *shop.options, *fake.maven()
    )
    assert ended.code == 2
    assert "class is a reserved word of Java" in ended.err
    assert not fake.calls


def test_given_generators_need_no_maven(command: Command, shop: Shop, fake: Fake) -> None:
    fake.maven(fails="mvn")
    given = [
        f"--tool={name}={fake.folder / f'fetched-{name}'}" for name in ("protoc", "protoc-gen-grpc-java")
    ]
    ended = command("--version", "1.0.0", "--lang", "java", *given, *shop.options)
    assert ended.code == 0, ended.err
    assert not fake.calls


def test_no_maven_at_all(
    command: Command, shop: Shop, fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import shutil

    git = shutil.which("git")
    assert git
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ended = command("--version", "1.0.0", "--lang", "java", *shop.options)
    assert ended.code == 6
    assert "install Maven and a JDK, or give --tool protoc=PATH --tool protoc-gen-grpc-java=PATH" in ended.err
    assert not Path("gen").exists()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"fails": "mvn"}, "failed: Failed to execute goal: the mirror is down"),
        ({"leaves_out": "protoc"}, "failed: it left no protoc"),
        ({"fails": "protoc"}, "protoc --java_out failed: the set is of tomorrow"),
    ],
)
def test_a_failing_tool_is_quoted_and_nothing_is_written(
    command: Command, shop: Shop, fake: Fake, broken: dict[str, str], words: str
) -> None:
    ended = command("--version", "1.0.0", "--lang", "java", *shop.options, *fake.maven(**broken))
    assert ended.code == 6
    assert words in ended.err
    assert "--tool protoc=PATH" in ended.err
    assert not Path("gen").exists()
