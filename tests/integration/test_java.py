"""Java without Java: scripts play Maven and what it fetches; the user's side is all real."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support import plugins

# Copies scripts to where its project says, and counts its calls.
_MVN = """\
import pathlib, re, sys, zipfile
folder = pathlib.Path({folder!r})
if "--version" in sys.argv:
    print("Apache Maven 3.9.9")
    raise SystemExit
with open(folder / "calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if {fails!r}:
    print("[ERROR] Failed to execute goal: the mirror is down -> [Help 1]")
    raise SystemExit(1)
step = {{"validate", "package", "compile"}} & set(sys.argv)
if step and {refuses!r} in step:
    print("[ERROR] " + {words!r})
    raise SystemExit(1)
if "validate" in step:
    print("[DEBUG] Reading global settings from " + str(folder / "settings.xml"))
    print("[DEBUG] Using local repository at " + str(folder / "m2"))
if "package" in step:
    pom = pathlib.Path("pom.xml").read_text()
    stem = "-".join(re.search(f"<{{key}}>(.*?)<", pom)[1] for key in ("artifactId", "version"))
    pathlib.Path("target").mkdir()
    for kind in ["", "-sources"] + ["-javadoc"] * any(":jar" in argument for argument in sys.argv):
        zipfile.ZipFile(pathlib.Path("target", stem + kind + ".jar"), "w").close()
if "compile" in step:
    (farm,) = [each.partition("=")[2] for each in sys.argv if each.startswith("-Dmaven.repo.local=")]
    pom = pathlib.Path("pom.xml").read_text()
    built = pathlib.Path(re.search("<url>file://(.*?)<", pom)[1])
    (jar,) = built.rglob("*[0-9].jar")
    target = pathlib.Path(farm, jar.relative_to(built))
    target.parent.mkdir(parents=True)
    target.write_bytes(jar.read_bytes())
    pathlib.Path("target").mkdir()
    pathlib.Path("target", "class-path").write_text(str(target))
if step:
    raise SystemExit
pathlib.Path("programs").mkdir()
for name in re.findall("<destFileName>(.*?)</destFileName>", pathlib.Path("pom.xml").read_text()):
    if name != {leaves_out!r}:
        pathlib.Path("programs", name).write_text((folder / ("fetched-" + name)).read_text())
"""

# Writes one file a proto, which tells the options that it was given.
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
for file in files:
    if file.name in options:
        package = file.options.java_package or file.package
        target = pathlib.Path(options["--java_out"], package.replace(".", "/"))
        target = target / (pathlib.Path(file.name).stem + ".java")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("package " + package + ";\\n")
"""

# As protoc does, it takes the last of what a message says twice.
_GRPC_PLUGIN = """\
found = list(fields(sys.stdin.buffer.read()))
assert [data for number, data in found if number == 2] == [b"@generated=omit"]
files = {{}}
for proto in [data for number, data in found if number == 15]:
    texts = {{number: data.decode() for number, data in fields(proto) if number in (1, 2)}}
    options = dict(option for number, data in fields(proto) if number == 8 for option in fields(data))
    package = options.get(1, b"").decode() or texts[2]
    if (1, texts[1].encode()) in found:
        path = package.replace(".", "/") + "/" + texts[1].rsplit("/")[-1].removesuffix(".proto") + "Grpc.java"
        files[path] = "package " + package + ";\\n"
answer(files)
"""

_JAVA = """\
import pathlib, sys
pathlib.Path({folder!r}, "java-calls").write_text(" ".join(sys.argv[1:]))
sys.stderr.write({words!r})
raise SystemExit(bool({words!r}))
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

    def maven(
        self, *, fails: str = "", leaves_out: str = "", refuses: str = "", words: str = ""
    ) -> list[str]:
        """The options that give it. refuses: the goal, or `java`, that ends with an error of these words."""
        self.script("fetched-protoc", _PROTOC, fails=fails == "protoc")
        self.script("fetched-protoc-gen-grpc-java", plugins.WIRE + _GRPC_PLUGIN)
        (self.folder / "jdk" / "bin").mkdir(parents=True, exist_ok=True)
        said = words if refuses == "java" else ""
        self.script("jdk/bin/java", _JAVA, folder=str(self.folder), words=said)
        mvn = self.script(
            "mvn",
            _MVN,
            folder=str(self.folder),
            fails=fails == "mvn",
            leaves_out=leaves_out,
            refuses=refuses,
            words=words,
        )
        return [f"--tool=mvn={mvn}"]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "fake" / "jdk"))
    return Fake(tmp_path / "fake")


def test_a_program_that_is_not_the_pinned_one_is_refused(
    command: Command, shop: Shop, fake: Fake, pinned: Callable[[], None]
) -> None:
    pinned()
    ended = command("--version", "release-1.0", "--lang", "java", *shop.options, *fake.maven())
    assert ended.code == 6
    assert re.search(
        r"protoc:3\.25\.9:\S+ isn't what protoc is pinned to: expected \w{64}, found \w{64}", ended.err
    )
    assert not Path("gen").exists()


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


def test_a_package_that_java_refuses_is_told_though_no_tool_can_be_had(
    command: Command, shop: Shop, fake: Fake
) -> None:
    options = [*shop.options, *fake.maven(fails="mvn")]
    ended = command("--version", "1.0.0", "--lang", "java", "--java-package=a.class", *options)
    assert ended.code == 2
    assert "class is a reserved word of Java" in ended.err


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


_LAYOUT = "art/java/com/example/shop/1.0.0/shop-1.0.0"


def test_a_proven_package_leaves_artifacts_and_the_users_repository_alone(
    command: Command, shop: Shop, fake: Fake
) -> None:
    ended = command(
        *("--version", "1.0.0", "--lang", "java", "--verify", "--artifacts", "art"),
        *shop.options,
        *fake.maven(),
    )
    assert ended.code == 0, ended.err
    assert (
        "Maven Central asks for what protogen.yaml doesn't give: java_pom.url, java_pom.licenses" in ended.err
    )
    files = {
        path.relative_to("art/java").as_posix() for path in Path("art/java").rglob("*") if path.is_file()
    }
    names = ("shop-1.0.0.jar", "shop-1.0.0-sources.jar", "shop-1.0.0-javadoc.jar", "shop-1.0.0.pom")
    assert files == {
        f"com/example/shop/1.0.0/{name}{suffix}" for name in names for suffix in ("", ".md5", ".sha1")
    }
    assert Path(f"{_LAYOUT}.pom").read_bytes() == Path("gen/java/pom.xml").read_bytes()
    assert not (fake.folder / "m2").exists()
    assert [
        next(each for each in ("copy", "package", "validate", "compile") if each in call)
        for call in fake.calls
    ] == [
        "copy",
        "package",
        "validate",
        "compile",
    ]
    assert "protogen_proof.Proof" in (fake.folder / "java-calls").read_text()


def test_what_only_a_consumer_needs_is_built_for_a_proof(command: Command, shop: Shop, fake: Fake) -> None:
    ended = command("--version", "1.0.0", "--lang", "java", "--verify", *shop.options, *fake.maven())
    assert ended.code == 0, ended.err
    assert "java_pom" not in ended.err
    assert "javadoc" not in " ".join(fake.calls)


@pytest.mark.parametrize(
    ("broken", "code", "told"),
    [
        ({"refuses": "package", "words": "A.java:[3,1] no such class"}, 7, "package failed: A.java:[3,1]"),
        ({"refuses": "java", "words": "NoClassDefFoundError: x"}, 7, "run of a consumer failed: NoClass"),
        ({"refuses": "package", "words": "could not transfer a:b:1"}, 6, "failed: could not transfer a:b:1"),
    ],
)
def test_a_package_that_serves_nobody_ends_the_run(
    command: Command, shop: Shop, fake: Fake, broken: dict[str, str], code: int, told: str
) -> None:
    ended = command("--version", "1.0.0", "--lang", "java", "--verify", *shop.options, *fake.maven(**broken))
    assert ended.code == code, ended.err
    assert told in ended.err
    assert not Path("gen").exists()
    if code == 7:
        (folder,) = re.findall(r"where: (\S+)", ended.err)
        assert Path(folder, "pom.xml").is_file()
        shutil.rmtree(Path(folder).parent)


def test_java_pom_is_a_key_of_the_file_only(command: Command, shop: Shop, fake: Fake) -> None:
    Path("protogen.yaml").write_text("java_group: org.me\njava_pom:\n  url: https://example.com/a&b\n")
    arguments = ["--version", "1.0.0", "--lang", "java", *shop.options, *fake.maven()]
    ended = command(*arguments)
    assert ended.code == 0, ended.err
    assert "<url>https://example.com/a&amp;b</url>" in Path("gen/java/pom.xml").read_text()
    assert command("lock", *arguments).code == 0
    assert '"java_pom": "{\\"scm\\":{},\\"url\\"' in Path("protogen.lock").read_text()
    Path("protogen.yaml").write_text("java_group: org.me\njava_pom: {url: 1}\n")
    ended = command(*arguments)
    assert ended.code == 2
    assert "protogen.yaml:2: java_pom.url: " in ended.err
    Path("protogen.yaml").unlink()
    ended = command(*arguments, "--java-group=org.me", "--locked")
    assert ended.code == 9
    assert "settings of java moved" in ended.err
    assert command(*arguments, "--java-pom", "{}").code == 2


KIT = """\
package @package{};

import @class{shop.Order};
import @class{shop.Shop};

/** What shops need. */
public final class Orders {}
"""


@pytest.mark.parametrize(("given", "prefix"), [([], ""), (["--java-package=org.me"], "org.me.")])
def test_a_kit_is_a_package_of_its_own(
    command: Command, shop: Shop, fake: Fake, tmp_path: Path, given: list[str], prefix: str
) -> None:
    recipe = tmp_path / "kits"
    (recipe / "kit" / "java").mkdir(parents=True)
    (recipe / "recipe.yaml").write_text(shop.recipe.read_text())
    (recipe / "kit" / "java" / "Orders.java").write_text(KIT)
    options = [str(each) for each in shop.options]
    options[options.index("--recipe") + 1] = str(recipe)
    ended = command("--version", "1.0.0", "--lang", "java", *given, *options, *fake.maven())
    assert ended.code == 0, ended.err
    made = Path("gen/java/src/main/java", *prefix.split("."), "shop/client/Orders.java").read_text()
    assert made.splitlines()[:4] == [
        f"package {prefix}shop.client;",
        "",
        f"import {prefix}shop.ShopOuterClass.Order;",
        f"import {prefix}shop.ShopGrpc;",
    ]
