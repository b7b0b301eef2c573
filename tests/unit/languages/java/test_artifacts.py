"""Building and proving with a Maven that is a function."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from protogen.errors import VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.java import proof
from protogen.languages.java.language import Java, used
from protogen.languages.java.planning import JavaPlan
from protogen.languages.java.proof import checksums, layout
from protogen.languages.package import Package
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos.outline import File, Type
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.script import Script
from tests.unit.languages.java.test_language import FILES, packaged, request


class Maven:
    """Makes what mvn would make; class_path: what a consumer's is, if not the package's jar."""

    def __init__(self, folder: Path, class_path: str = "", mode: int = 0o100600) -> None:
        self.folder, self.class_path, self.mode = folder, class_path, mode

    def __call__(self, argv: Sequence[str], cwd: Path | None, _env: Mapping[str, str]) -> Finished:
        said, cwd = "", cwd or self.folder
        if "package" in argv:
            (cwd / "target").mkdir()
            for kind in ("", "-sources", "-javadoc"):
                with zipfile.ZipFile(cwd / "target" / f"shop-2.1.3{kind}.jar", "w") as jar:
                    member = zipfile.ZipInfo("a/B.class", (1980, 1, 1, 0, 0, 2))
                    member.external_attr = self.mode << 16
                    jar.writestr(zipfile.ZipInfo("a/", (1980, 1, 1, 0, 0, 2)), "")
                    jar.writestr(member, kind)
        if "validate" in argv:
            said = (
                f"[DEBUG] Reading global settings from {self.folder / 'settings.xml'}\n"
                f"[DEBUG] Using local repository at {self.folder / 'm2'}\n"
            )
        if "compile" in argv:
            (farm,) = re.findall(r"-Dmaven\.repo\.local=(\S+)", " ".join(argv))
            (cwd / "target").mkdir()
            needed = f"{farm}/com/example/shop/2.1.3/shop-2.1.3.jar"
            (cwd / "target" / "class-path").write_text(f"{self.class_path or needed}\n")
        return Finished(tuple(argv), 0, said.encode(), b"")


def workshop(tmp_path: Path, script: Script) -> BuildDir:
    mvn = tmp_path / "mvn"
    mvn.touch(0o755)
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    environ = {"JAVA_HOME": "/jdk"}
    return BuildDir(Toolbox(Cache(tmp_path / "cache"), script, environ, {"mvn": mvn}), folder)


def test_complete_artifacts_are_laid_out_with_checksums(tmp_path: Path) -> None:
    script = Script(Maven(tmp_path))
    made = packaged(request(tmp_path))
    built = Java().build(made, workshop(tmp_path, script), complete=True)
    names = ("shop-2.1.3.pom", "shop-2.1.3.jar", "shop-2.1.3-sources.jar", "shop-2.1.3-javadoc.jar")
    assert set(built.files) == {
        f"com/example/shop/2.1.3/{name}{suffix}" for name in names for suffix in ("", ".md5", ".sha1")
    }
    content = {path: file.read_bytes() for path, file in built.files.items()}
    for path in [each for each in content if each.endswith((".jar", ".pom"))]:
        for suffix, text in checksums(content[path]).items():
            assert content[f"{path}.{suffix}"] == text.encode()
    assert content["com/example/shop/2.1.3/shop-2.1.3.pom"] == made.files["pom.xml"]
    assert built.remarks
    mvn = next(each for each in script.started if "package" in each)
    assert "org.apache.maven.plugins:maven-javadoc-plugin:3.11.2:jar" in mvn


def test_jars_do_not_depend_on_the_users_umask(tmp_path: Path) -> None:
    made = []
    for name, mode in (("a", 0o100600), ("b", 0o100664)):
        (tmp_path / name).mkdir()
        shop = workshop(tmp_path / name, Script(Maven(tmp_path, mode=mode)))
        built = Java().build(packaged(request(tmp_path)), shop, complete=True)
        made.append({path: file.read_bytes() for path, file in built.files.items()})
    assert made[0] == made[1]
    with zipfile.ZipFile(shop.folder / "repository/com/example/shop/2.1.3/shop-2.1.3-sources.jar") as jar:
        modes = {each.filename: each.external_attr >> 16 for each in jar.infolist()}
        assert modes == {"a/": 0o40755, "a/B.class": 0o100644}
        assert jar.read("a/B.class") == b"-sources"


def test_a_proof_needs_no_documentation(tmp_path: Path) -> None:
    script = Script(Maven(tmp_path))
    built = Java().build(packaged(request(tmp_path)), workshop(tmp_path, script), complete=False)
    assert {path.rpartition("/")[2] for path in built.files} == {
        f"shop-2.1.3.{kind}{suffix}" for kind in ("jar", "pom") for suffix in ("", ".md5", ".sha1")
    }
    assert built.remarks == ()
    assert "-Dmaven.source.skip=true" in next(each for each in script.started if "package" in each)


def test_checksums_are_those_of_the_algorithms() -> None:
    assert checksums(b"abc") == {
        "md5": "900150983cd24fb0d6963f7d28e17f72",
        "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    }
    assert layout("org.acme.x", "client", "1.0-alpha-1") == "org/acme/x/client/1.0-alpha-1"


def prove(tmp_path: Path, maven: Maven, made: Package[JavaPlan] | None = None) -> Script:
    script = Script(maven)
    shop, made = workshop(tmp_path, script), made or packaged(request(tmp_path))
    Java().prove(made, Java().build(made, shop, complete=False), shop)
    return script


def test_a_consumer_runs_with_a_repository_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "settings.xml").write_text("<settings><offline>false</offline></settings>")
    script = prove(tmp_path, Maven(tmp_path))
    built = next(each for each in script.started if "compile" in each)
    assert f"-Dmaven.repo.local={tmp_path}/shop/local-repository" in built
    settings = built[built.index("-gs") + 1]
    assert "<offline>false</offline><mirrors><mirror>" in Path(settings).read_text()
    assert Path(settings).stat().st_mode & 0o777 == 0o600
    *_, ran = script.started
    assert ran[0] == "/jdk/bin/java"
    assert ran[-2:] == (
        "protogen_proof.Proof",
        f"{tmp_path}/shop/local-repository/com/example/shop/2.1.3/shop-2.1.3.jar",
    )
    assert not (tmp_path / "m2").exists()


def test_a_class_path_without_the_package_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(
        VerificationFailed, match=r"class path lacks shop-2\.1\.3\.jar: /other\.jar"
    ) as raised:
        prove(tmp_path, Maven(tmp_path, "/other.jar"))
    assert raised.value.where == f"{tmp_path}/shop/consumer"


def test_the_consumer_uses_the_services_and_their_messages(tmp_path: Path) -> None:
    wanted = request(tmp_path)
    plan = Java().plan(wanted)
    assert used(plan, wanted) == {
        "messages": ("com.shop.Rep", "com.shop.M.Req.Deep"),
        "stubs": ("com.shop.OrdersGrpc",),
    }
    texts = Java().consumer(packaged(wanted), "file:///built")
    sources = {"src/main/java/protogen_proof/Proof.java", "src/main/java/Example.java"}
    assert set(texts) == {"pom.xml", *sources}
    assert "<url>file:///built</url>" in texts["pom.xml"]
    assert f"<id>{proof.REPOSITORY_ID}</id>" in texts["pom.xml"]
    program = texts["src/main/java/protogen_proof/Proof.java"]
    assert "check(com.shop.M.Req.Deep.getDefaultInstance());" in program
    assert "com.shop.OrdersGrpc.newStub(channel());" in program
    assert "/META-INF/descriptors/shop.binpb" in program


def test_without_services_the_first_message_serves(tmp_path: Path) -> None:
    wanted = request(tmp_path, files=FILES[:2])
    plan = Java().plan(wanted)
    assert used(plan, wanted) == {"messages": ("shop.M.Req",), "stubs": ()}
    texts = Java().consumer(packaged(wanted), "file:///built")
    assert "io.grpc" not in texts["src/main/java/protogen_proof/Proof.java"]
    only_enums = request(tmp_path, files=(File("e.proto", "e", (), (Type("Kind", "enum"),), ()),))
    assert used(Java().plan(only_enums), only_enums) == {"messages": (), "stubs": ()}
