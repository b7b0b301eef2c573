"""Generated Maven projects package, keep upstream's names and the wire, and stand beside other copies."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.support import corpus
from tests.support.command import Ran, must, protogen, run
from tests.support.descriptors_equal import differences

# The first to ask downloads what Maven needs; the others wait for it.
pytestmark = pytest.mark.timeout(900)

SOURCES = "src/main/java"
JAR = "target/tensorflow-serving-client-{}.jar"
COMPILED = "src/main/resources/META-INF/descriptors/tensorflow-serving.binpb"
CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"

# Writes what every outer class holds: its file's descriptor, as the runtime has built it.
DUMP = """\
import com.google.protobuf.Descriptors.FileDescriptor;
import java.nio.file.*;

public final class Dump {
  public static void main(String[] arguments) throws Exception {
    int number = 0;
    for (String name : Files.readAllLines(Paths.get(arguments[0]))) {
      FileDescriptor file = (FileDescriptor) Class.forName(name).getMethod("getDescriptor").invoke(null);
      Files.write(Paths.get(arguments[1], number++ + ".binpb"), file.toProto().toByteArray());
    }
  }
}
"""

USE = """\
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorProto;
import tensorflow.serving.Model.ModelSpec;
import tensorflow.serving.Predict.PredictRequest;
import tensorflow.serving.PredictionServiceGrpc;

public final class Use {
  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  public static void main(String[] arguments) throws Exception {
    TensorProto x = TensorProto.newBuilder().setDtype(DataType.DT_FLOAT).addFloatVal(2.5f).build();
    PredictRequest request = PredictRequest.newBuilder()
        .setModelSpec(ModelSpec.newBuilder().setName("half_plus_two").setSignatureName("serving"))
        .putInputs("x", x)
        .build();
    PredictRequest read = PredictRequest.parseFrom(request.toByteArray());
    check(read.equals(request), "a request survives the wire");
    check(read.getInputsOrThrow("x").getFloatVal(0) == 2.5f, "and so does its tensor");
    check(PredictionServiceGrpc.getPredictMethod().getFullMethodName()
        .equals("tensorflow.serving.PredictionService/Predict"), "the method has its name");
    check(Use.class.getResource("/META-INF/descriptors/tensorflow-serving.binpb") != null, "the set");
    System.out.println("used");
  }
}
"""

BESIDE = """\
import com.example.shaded.org.tensorflow.framework.TensorProto;

public final class Beside {
  public static void main(String[] arguments) throws Exception {
    org.tensorflow.framework.TensorProto theirs =
        org.tensorflow.framework.TensorProto.newBuilder().addFloatVal(1.5f).build();
    TensorProto ours = TensorProto.parseFrom(theirs.toByteArray());
    if (ours.getFloatVal(0) != 1.5f || !ours.toByteString().equals(theirs.toByteString())) {
      throw new AssertionError("the copies don't agree");
    }
    String jar = theirs.getClass().getProtectionDomain().getCodeSource().getLocation().getPath();
    if (!jar.contains("proto-1.15.0")) {
      throw new AssertionError(jar);
    }
    System.out.println("beside");
  }
}
"""


@dataclass(frozen=True)
class Maven:
    """Maven with a local repository that all tests share.

    Downloads happen under a lock, the first time for each kind of project; after that it is offline.
    """

    shared: Path

    def __call__(self, project: Path, *goals: str, kind: str) -> Ran:
        command = ["mvn", "-B", "-q", f"-Dmaven.repo.local={self.shared / 'm2'}", *goals]
        # Short runs are twice as fast without the optimising compiler.
        options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        seen = self.shared / f"m2-{kind}"
        with FileLock(self.shared / "m2.lock"):
            if not seen.exists():
                ran = must(run(command, cwd=project, MAVEN_OPTS=options))
                seen.touch()
                return ran
        return must(run([*command, "-o"], cwd=project, MAVEN_OPTS=options))


@dataclass(frozen=True)
class Built:
    """A packaged client and the jars that it needs."""

    project: Path
    jar: Path
    class_path: str


@pytest.fixture(scope="session")
def maven(shared: Path) -> Maven:
    assert shutil.which("mvn"), "Maven is a prerequisite of these tests"
    return Maven(shared)


Build = Callable[..., Built]


@pytest.fixture(scope="session")
def client(shared: Path, cache: Path, from_corpus: list[str], maven: Maven) -> Build:
    """Generates and packages a release once a run, whichever worker asks first."""

    def build(release: str, name: str = "", *options: str) -> Built:
        folder = shared / "java" / (name or release)
        folder.mkdir(parents=True, exist_ok=True)
        project = folder / "gen" / "java"
        with FileLock(folder / "lock"):
            if not (folder / "packaged").exists():
                arguments = ["--version", release, "--lang", "java", *from_corpus, *options]
                must(protogen(*arguments, cwd=folder, cache=cache))
                maven(project, "package", kind="client")
                (folder / "packaged").touch()
        # All releases require the same.
        libraries = shared / "java" / "class-path"
        with FileLock(shared / "java" / "class-path.lock"):
            if not libraries.exists():
                maven(project, CLASS_PATH, f"-Dmdep.outputFile={libraries}", kind="class-path")
        version = re.search(r"<version>(.*?)</version>", (project / "pom.xml").read_text())
        assert version
        jar = project / JAR.format(version[1])
        return Built(project, jar, f"{jar}{os.pathsep}{libraries.read_text()}")

    return build


@pytest.mark.parametrize("release", corpus.RELEASES)
def test_a_release_packages_and_the_wire_is_the_same(release: str, client: Build, tmp_path: Path) -> None:
    built = client(release)
    assert built.jar.is_file()
    assert built.jar.with_name(built.jar.name.replace(".jar", "-sources.jar")).is_file()
    check_classes(built.project)
    compiled = FileDescriptorSet.FromString((built.project / COMPILED).read_bytes())
    own = [file for file in compiled.file if not file.name.startswith("google/protobuf/")]
    read = read_back(built, tmp_path)
    assert not differences(FileDescriptorSet(file=own), read)
    assert {file.name for file in read.file} == {file.name for file in own}


def check_classes(project: Path) -> None:
    """Names that any file system can hold, in packages where no class gets lost."""
    paths = [path.relative_to(project / SOURCES).as_posix() for path in project.rglob("*.java")]
    assert len({path.lower() for path in paths}) == len(paths)
    folders = {path.rpartition("/")[0] for path in paths}
    assert not folders & {"", "tensorflow"}
    assert {"tensorflow/serving", "org/tensorflow/framework"} <= folders
    assert not [folder for folder in folders if "dummy" in folder]


def read_back(built: Built, scratch: Path) -> FileDescriptorSet:
    """The descriptors of all generated outer classes, as Java's runtime tells them."""
    (scratch / "Dump.java").write_text(DUMP)
    (scratch / "outer").write_text("\n".join(outer_classes(built.project)))
    (scratch / "read").mkdir()
    argv = ["java", "-cp", built.class_path, "Dump.java", "outer", "read"]
    must(run(argv, cwd=scratch))
    files = [FileDescriptorProto.FromString(path.read_bytes()) for path in (scratch / "read").iterdir()]
    return FileDescriptorSet(file=files)


def outer_classes(project: Path) -> list[str]:
    """The classes that hold a file's descriptor, found in what was generated."""
    root = project / SOURCES
    return sorted(
        path.relative_to(root).as_posix().removesuffix(".java").replace("/", ".")
        for path in root.rglob("*.java")
        if re.search(
            r"^  public static +com\.google\.protobuf\.Descriptors\.FileDescriptor", path.read_text(), re.M
        )
    )


def consumer(
    folder: Path, built: Built, maven: Maven, sources: dict[str, str], extra: str = "", kind: str = "consumer"
) -> str:
    """Build a Maven project that requires the client, installed; the class path to run it with."""
    maven(built.project, "install", kind="install")
    pom = (built.project / "pom.xml").read_text()
    group, artifact, version = (
        re.findall(rf"<{key}>(.*?)</{key}>", pom)[0] for key in ("groupId", "artifactId", "version")
    )
    plugins = re.search(r"<build>.*</build>", pom, re.DOTALL)
    assert plugins
    folder.mkdir()
    (folder / "pom.xml").write_text(
        f"""<project><modelVersion>4.0.0</modelVersion>
        <groupId>org.example</groupId><artifactId>consumer</artifactId><version>1</version>
        <properties><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
        <dependencies>{extra}<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>
        <version>{version}</version></dependency></dependencies>{plugins[0]}</project>"""
    )
    for name, text in sources.items():
        path = folder / SOURCES / f"{name}.java"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    maven(folder, "package", CLASS_PATH, "-Dmdep.outputFile=class-path", kind=kind)
    return os.pathsep.join(("target/classes", (folder / "class-path").read_text()))


def readme_example(built: Built) -> str:
    """The one by the stubs alone, after the kit's."""
    text = (built.project / "README.md").read_text()
    *_, example = re.findall(r"```java\n(.*?)```", text, re.DOTALL)
    return str(example)


def test_a_consumer_uses_upstreams_own_names(client: Build, maven: Maven, tmp_path: Path) -> None:
    built = client("r2.11")
    sources = {"Use": USE, "Example": readme_example(built)}
    class_path = consumer(tmp_path / "use", built, maven, sources)
    assert "used" in must(run(["java", "-cp", class_path, "Use"], cwd=tmp_path / "use")).out
    refused = run(["java", "-cp", class_path, "Example"], cwd=tmp_path / "use")
    assert "UNAVAILABLE" in refused.err, "the example reaches for a server"


def test_a_relocated_client_stands_beside_another_copy(client: Build, maven: Maven, tmp_path: Path) -> None:
    built = client(
        "r2.19",
        "relocated",
        *("--java-package", "com.example.shaded", "--java-group", "org.example.shaded"),
    )
    root = built.project / SOURCES
    assert [path.relative_to(root).as_posix() for path in root.glob("*/*/*")] == ["com/example/shaded"]
    advice = re.search(r"protobuf-java:([0-9.]+)`", (built.project / "README.md").read_text())
    assert advice, "Maven would pick the protobuf of the other, which is too old"
    others = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact, version in (
            ("org.tensorflow", "proto", "1.15.0"),
            ("com.google.protobuf", "protobuf-java", advice[1]),
        )
    )
    sources = {"Beside": BESIDE, "Example": readme_example(built)}
    class_path = consumer(tmp_path / "use", built, maven, sources, others, "beside")
    assert "beside" in must(run(["java", "-cp", class_path, "Beside"], cwd=tmp_path / "use")).out


OPTIONS_RECIPE = """\
schema: 1
name: shop
title: The Shop
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "*.proto"}
"""
OPTIONS_PROTO = """\
syntax = "proto3";
package shop.default;
import "google/protobuf/descriptor.proto";
import "google/protobuf/timestamp.proto";
extend google.protobuf.FieldOptions { optional string unit = 50001; }
message Order {
  optional int32 price = 1 [(unit) = "cent"];
  google.protobuf.Timestamp when = 2;
}
service Orders {
  rpc Watch(stream Order) returns (Order);
  rpc put_order(Order) returns (Order);
}
"""


def test_custom_options_compile_from_the_newest_compilers_descriptor_proto(
    cache: Path, maven: Maven, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(OPTIONS_RECIPE)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "order.proto").write_text(OPTIONS_PROTO)
    must(
        protogen(
            *("--recipe", "./shop.yaml", "--source", "folder", "--repo", "api=api"),
            *("--version", "1.0", "--package-version", "1.0.0", "--lang", "java"),
            cwd=tmp_path,
            cache=cache,
        )
    )
    project = tmp_path / "gen" / "java"
    example = re.search(r"```java\n(.*?)```", (project / "README.md").read_text(), re.DOTALL)
    assert example
    (project / SOURCES / "Example.java").write_text(example[1])
    maven(project, "package", kind="client")
    assert (project / SOURCES / "shop" / "default_" / "OrdersGrpc.java").is_file()
