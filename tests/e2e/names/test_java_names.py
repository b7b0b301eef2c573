"""Each hostile set ends with code that javac takes, or with the lines of what Java can't have.

PROTOGEN_NAMES: how many sets are tried.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from protogen.errors import ProtosUnresolved
from protogen.languages.java import planning
from protogen.languages.java.declared import declared
from protogen.languages.java.language import Java
from protogen.languages.package import Invocation
from protogen.languages.toolchain.maven import classifier
from protogen.protos.descriptors import patch_options
from tests.e2e.names import campaign
from tests.support.command import must, run
from tests.support.hostile_protos import Protos, drawn

SECTION = Java().defaults
COUNT = int(os.environ.get("PROTOGEN_NAMES", "100"))
SHARDS = 2
# What stands in every message, enum and stub, whatever the proto declares.
COMMON = re.compile(
    r"\.(<init>|parse\w*|newBuilder\w*|writeTo|isInitialized|equals|hashCode|newInstance|toBuilder|parser|build"
    r"|buildPartial\w*|clone|valueOf|forNumber|getNumber|get\w*Descriptor|internalGet\w*Reflection"
    r"|getDefaultInstance"
    r"|get(DefaultInstance|Parser|Descriptor)ForType|getSerializedSize|registerAllExtensions|bindService|invoke"
    r"|new(Blocking|Future)?Stub|internalGetValueMap|getStaticValuesArray|maybeForceBuilderInitialization)/\d$"
    r"|\.(clear/0|clearField/1|clearOneof/1|setField/2|setRepeatedField/3|addRepeatedField/2|mergeFrom/[12])$"
    r"|\.(merge|set)UnknownFields/1$|\.(set|add|clear)Extension/\d$|\.bitField\d+_$|MemoizedSerializedSize$|\.ensure\w*IsMutable/1$"
    r"|DefaultEntryHolder\.\w+$|Converter\.\w+/\d$|(MethodHandlers|DescriptorSupplier)\.\w+$"
)


@dataclass(frozen=True)
class Case:
    """A set, what was decided of it, and where its code is.

    predicted: what its code has to declare; common: what stands there whatever the proto declares.
    """

    number: int
    protos: Protos
    predicted: set[str]
    common: set[str]
    folder: Path
    failed: str
    refusal: ProtosUnresolved | None

    def __str__(self) -> str:
        return "\n".join(
            [f"set {self.number}", *(f"--- {path}\n{text}" for path, text in self.protos.items())]
        )


@pytest.fixture(scope="session")
def kit(shared: Path) -> Path:
    """A folder with both generators in `programs`, the class path in `class-path`, and Judge.class."""
    folder = shared / "java-names"
    plugin = f"org.apache.maven.plugins:maven-dependency-plugin:{SECTION.plugins['maven-dependency-plugin']}"
    with FileLock(shared / "java-names.lock"):
        if not (folder / "Judge.class").exists():
            folder.mkdir(exist_ok=True)
            (folder / "pom.xml").write_text(_pom())
            goals = [f"{plugin}:copy", f"{plugin}:build-classpath", "-Dmdep.outputFile=class-path"]
            must(run(["mvn", "-B", "-q", *goals], cwd=folder))
            for name in SECTION.tools:
                (folder / "programs" / name).chmod(0o755)
            must(run(["javac", "-d", str(folder), str(Path(__file__).with_name("Judge.java"))], cwd=folder))
    return folder


def _pom() -> str:
    kind = classifier(platform.system(), platform.machine())
    groups = {"protoc": "com.google.protobuf", "protoc-gen-grpc-java": "io.grpc"}
    items = "".join(
        f"<artifactItem><groupId>{groups[name]}</groupId><artifactId>{name}</artifactId><version>{version}"
        f"</version><classifier>{kind}</classifier><type>exe</type><destFileName>{name}</destFileName>"
        "</artifactItem>"
        for name, version in SECTION.tools.items()
    )
    libraries = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>"
        "</dependency>"
        for group, name, version in (
            ("com.google.protobuf", "protobuf-java", SECTION.protobuf),
            ("io.grpc", "grpc-protobuf", SECTION.grpc),
            ("io.grpc", "grpc-stub", SECTION.grpc),
        )
    )
    return f"""<project><modelVersion>4.0.0</modelVersion><groupId>p</groupId><artifactId>p</artifactId>
    <version>1</version><packaging>pom</packaging><dependencies>{libraries}</dependencies><build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
    <configuration><outputDirectory>${{project.basedir}}/programs</outputDirectory>
    <artifactItems>{items}</artifactItems></configuration></plugin></plugins></build></project>"""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_set_is_code_that_javac_takes_or_is_refused(shard: int, kit: Path, tmp_path: Path) -> None:
    sets = list(enumerate(drawn(COUNT)))[shard::SHARDS]
    cases = [made(number, protos, kit, tmp_path) for number, protos in sets]
    done = subprocess.run(
        ["java", "-XX:+UseSerialGC", "-cp", str(kit), "Judge", (kit / "class-path").read_text().strip()],
        input="".join(f"{case.folder}\n" for case in cases),
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = dict(by_folder(done.stdout))
    wrong = [problem for case in cases for problem in judged(case, found[str(case.folder)])]
    assert not wrong, "\n\n".join([f"{len(wrong)} of {len(cases)} sets", *wrong[:5]])


def made(number: int, protos: Protos, kit: Path, scratch: Path) -> Case:
    """The set planned and generated; one that is refused all the same, to see that it had to be."""
    root = scratch / f"s{number:04}"
    request = campaign.compile_set(protos, root)
    refusal = None
    try:
        plan = Java().plan(request)
    except ProtosUnresolved as error:
        refusal = error
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(planning, "_check_names", lambda *_: None)
            plan = Java().plan(request)
    (root / "java").mkdir()
    (root / "patched").write_bytes(patch_options(request.descriptor_set.read_bytes(), plan.patches))
    failed = "".join(generate(each, root, kit / "programs") for each in plan.invocations)
    named = {False: set[str](), True: set[str]()}
    for file in request.outline.files:
        package = plan.placements[file.name].package
        for each in declared(file, plan.placements[file.name]):
            path = ".".join(filter(None, (package, each.owner, counted(each.name))))
            named[each.common].add(f"{each.kind} {path}")
    return Case(number, protos, named[False], named[True], root / "java", failed, refusal)


def generate(each: Invocation, root: Path, programs: Path) -> str:
    """Run a generator; what it says where it fails."""
    parameters = "".join(f"{parameter}:" for parameter in each.parameters)
    plugin = f"--plugin=protoc-gen-grpc-java={programs / 'protoc-gen-grpc-java'}"
    out = f"--{each.generator}_out={parameters}{root / 'java'}"
    done = subprocess.run(
        [str(programs / "protoc"), plugin, f"--descriptor_set_in={root / 'patched'}", out, *each.files],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stderr if done.returncode else ""


def counted(name: str) -> str:
    """A method by the number of its parameters."""
    method, parenthesis, parameters = name.partition("(")
    number = parameters.count(",") + (parameters != ")")
    return f"{method}/{number}" if parenthesis else name


def by_folder(text: str) -> Iterator[tuple[str, list[str]]]:
    """What javac says of each folder."""
    for part in re.split(r"^> ", text, flags=re.MULTILINE)[1:]:
        folder, *lines = part.splitlines()
        yield folder, lines


def judged(case: Case, lines: list[str]) -> list[str]:
    """What is wrong with what came of a set; nothing, most of all."""
    errors = [case.failed] * bool(case.failed) + [line for line in lines if line.startswith("! ")]
    if case.refusal:
        named = case.refusal.where.split(" and ")
        if not all(re.fullmatch(r".+\.proto(:\d+)?", each) for each in named):
            return [f"{case.refusal}\nnames no place\n{case}"]
        return [] if errors else [f"refused for nothing: {case.refusal}\n{case}"]
    if errors:
        return ["\n".join([*errors[:5], str(case)])]
    actual = {line for line in lines if not line.startswith("! ")}
    differing = (case.predicted - actual) | {
        each for each in actual - case.predicted - case.common if not COMMON.search(each)
    }
    return [f"declares otherwise: {sorted(differing)[:9]}\n{case}"] if differing else []
