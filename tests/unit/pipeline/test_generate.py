from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protogen.errors import OutputUnwritable, ToolFailed, ToolMissing
from protogen.languages.package import Installed, Invocation
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.remedies import barred
from protogen.pipeline.generate import Work, generating, spread
from protogen.protos.protoc import Protoc
from protogen.system.process import Finished, Processes
from tests.support.packages import generate
from tests.support.script import Script

ASKED = Invocation("x", ("a=1", "b=2"), ("x.proto",), "gen-x")
OWN = Invocation("java", ("lite",), ("x.proto",), protoc="protoc")
OTHERS = Invocation("python", (), ("x.proto",))


class Recorder(Processes):
    """Answers each child by the program's name; keeps what it was given."""

    def __init__(self, **answers: Callable[[bytes], Finished]) -> None:
        super().__init__()
        self.answers = answers
        self.given: dict[str, bytes] = {}
        self.folders: list[list[Path]] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> Finished:
        name = Path(argv[0]).name
        assert len(argv) == 1
        assert env is not None
        assert set(env) <= {"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "LC_ALL", "LANG", "GOGC", "GOMEMLIMIT"}
        assert cwd
        self.folders.append(list(cwd.iterdir()))
        self.given[name] = stdin
        return self.answers[name.replace("-", "_")](stdin)


def answering(stdout: bytes = b"", code: int = 0, stderr: bytes = b"") -> Callable[[bytes], Finished]:
    return lambda stdin: Finished((), code, stdout, stderr)


def writing(*files: tuple[str, str], error: str = "", features: int = 1) -> bytes:
    made = [CodeGeneratorResponse.File(name=name, content=content) for name, content in files]
    return CodeGeneratorResponse(file=made, error=error, supported_features=features).SerializeToString()


def quiet(language: str, count: int) -> Callable[[bool], None]:
    return lambda succeeded: None


@pytest.fixture
def descriptor_set(tmp_path: Path) -> Path:
    file = FileDescriptorProto(name="x.proto", syntax="proto3")
    file.message_type.add(name="M").field.add(name="f", number=1, proto3_optional=True)
    path = tmp_path / "set.binpb"
    path.write_bytes(FileDescriptorSet(file=[file]).SerializeToString())
    return path


def work(descriptor_set: Path, *invocations: Invocation, patches: Mapping[str, str] | None = None) -> Work:
    tools = {
        name: Program(name, "1.0", Path("/tools", name), "given") for name in ("gen-x", "gen-y", "protoc")
    }
    patched = {"x.proto": patches} if patches else {}
    return Work("lang", invocations, Installed(tools), descriptor_set, "7.35.1", patched)


def test_a_plugin_is_asked_without_a_protoc(descriptor_set: Path) -> None:
    recorder = Recorder(gen_x=answering(writing(("a/x.txt", "1"), ("b.txt", "2"))))
    ends: list[bool] = []
    written = generate(
        [work(descriptor_set, ASKED)], Protoc(recorder), jobs=1, begun=lambda language, count: ends.append
    )
    assert written == {"lang": {"a/x.txt": b"1", "b.txt": b"2"}}
    assert ends == [True]
    assert recorder.folders == [[]]
    request = CodeGeneratorRequest.FromString(recorder.given["gen-x"])
    assert request.parameter == "a=1,b=2"
    assert list(request.file_to_generate) == ["x.proto"]
    assert request.proto_file == FileDescriptorSet.FromString(descriptor_set.read_bytes()).file
    told = request.compiler_version
    assert (told.major, told.minor, told.patch, told.suffix) == (7, 35, 1, "")


def test_a_plugin_sees_the_options_that_the_language_patched(descriptor_set: Path) -> None:
    recorder = Recorder(gen_x=answering(writing()))
    share = work(descriptor_set, ASKED, patches={"java_package": "z"})
    generate([share], Protoc(recorder), jobs=1, begun=quiet)
    (file,) = CodeGeneratorRequest.FromString(recorder.given["gen-x"]).proto_file
    assert file.options.java_package == "z"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answering(code=3, stderr=b"no\n", stdout=b"\x0a"), "no"),
        (answering(code=3, stdout=b"\x0a\x01x"), "exit code 3"),
        (answering(code=-9), "it died by signal 9"),
        (answering(code=-6, stderr=b"terminate called"), "it died by signal 6; terminate called"),
        (answering(writing(error="x.proto: no\x1b[2J way")), "x.proto: no?[2J way"),
        (answering(b"Hello!"), "its answer is not what plugins answer: a field of wire type 4"),
        (answering(writing(("../x", ""))), "'../x': an empty part, `.` or `..` in the path"),
        (answering(writing(("x", ""), ("x", ""))), "it wrote x twice"),
        (
            answering(writing(("x", ""), features=0)),
            "x.proto has optional fields, and the plugin doesn't say that it knows those of proto3",
        ),
    ],
)
def test_a_plugin_that_fails_is_named_with_its_words(
    descriptor_set: Path, answer: Callable[[bytes], Finished], words: str
) -> None:
    ends: list[bool] = []
    with pytest.raises(ToolFailed) as raised:
        generate(
            [work(descriptor_set, ASKED)],
            Protoc(Recorder(gen_x=answer)),
            jobs=1,
            begun=lambda language, count: ends.append,
        )
    assert raised.value.message == f"lang: gen-x failed: {words}"
    assert raised.value.where == "/tools/gen-x (1.0, given)"
    assert raised.value.remedy.endswith("run again without --tool gen-x, or give another: --tool gen-x=PATH")
    assert ends == [False]


def test_a_plugin_that_cannot_be_started_is_named(descriptor_set: Path) -> None:
    def refuse(stdin: bytes) -> Finished:
        raise ToolMissing("gen-x can't be started: Permission denied")

    with pytest.raises(ToolFailed, match="lang: gen-x can't be started: Permission denied"):
        generate([work(descriptor_set, ASKED)], Protoc(Recorder(gen_x=refuse)), jobs=1, begun=quiet)


def test_a_plugin_that_finds_no_room_is_told_as_a_full_disk(descriptor_set: Path) -> None:
    full = answering(code=1, stderr=b"write /tmp/x: No space left on device")
    with pytest.raises(OutputUnwritable, match="the disk is full"):
        generate([work(descriptor_set, ASKED)], Protoc(Recorder(gen_x=full)), jobs=1, begun=quiet)


def test_the_first_failing_generator_speaks_in_the_order_of_the_work(descriptor_set: Path) -> None:
    second = Invocation("y", (), ("x.proto",), "gen-y")
    recorder = Recorder(gen_x=answering(code=1, stderr=b"one"), gen_y=answering(code=1, stderr=b"two"))
    share = work(descriptor_set, ASKED, second)
    with pytest.raises(ToolFailed, match="gen-x failed: one"):
        generate([share], Protoc(recorder), jobs=2, begun=quiet)


@pytest.mark.parametrize(
    ("sizes", "jobs", "runs"),
    [
        ([[54, 4]], 2, [[27, 27, 4]]),
        ([[54, 4]], 1, [[54, 4]]),
        ([[54, 4]], 4, [[14, 14, 13, 13, 4]]),
        ([[54, 4], [54, 4], []], 2, [[54, 4], [54, 4], []]),
        ([[54], [2]], 2, [[27, 27], [2]]),
        ([[9]], 64, [[5, 4]]),
        ([[8, 1]], 64, [[8, 1]]),
        ([[], []], 2, [[], []]),
    ],
)
def test_jobs_get_about_as_many_files_each(sizes: list[list[int]], jobs: int, runs: list[list[int]]) -> None:
    shares = [
        work(Path("set"), *(Invocation("x", ("a",), tuple(map(str, range(size)))) for size in each))
        for each in sizes
    ]
    spread_out = spread(shares, jobs, [{str(number): 1 for number in range(54)}] * len(shares))
    assert [[len(each.files) for each in invocations] for invocations in spread_out] == runs
    for share, invocations in zip(shares, spread_out, strict=True):
        files = sorted(file for each in invocations for file in each.files)
        assert files == sorted(file for each in share.invocations for file in each.files)
        assert all(each.parameters == ("a",) for each in invocations)


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        ([3_000_000, 1_000_000, 1], ["ab", "c"]),
        ([3_000_000, 1_000_001, 3_000_000], ["a", "b", "c"]),
        ([9_000_000, 1, 9_000_000], ["a", "b", "c"]),
        ([1, 1, 1], ["abc"]),
    ],
)
def test_no_run_gets_more_than_a_generator_does_well(sizes: list[int], runs: list[str]) -> None:
    share = work(Path("set"), Invocation("x", (), tuple("abc")), Invocation("y", (), ("c",), per_file=False))
    (invocations,) = spread([share], 1, [dict(zip("abc", sizes, strict=True))])
    assert ["".join(each.files) for each in invocations] == [*runs, "c"]


def test_no_set_is_read_where_nothing_is_to_run(tmp_path: Path) -> None:
    share = work(tmp_path / "absent.binpb")
    assert generate([share], Protoc(Recorder()), jobs=2, begun=quiet) == {"lang": {}}


def test_protoc_reads_what_it_needs_of_a_large_set(tmp_path: Path) -> None:
    large = FileDescriptorProto(name="large.proto")
    large.source_code_info.location.add(leading_comments="x" * 4_000_000)
    small = FileDescriptorProto(name="x.proto", dependency=["imported.proto"])
    path = tmp_path / "set.binpb"
    sent = [FileDescriptorProto(name="imported.proto"), small]
    path.write_bytes(FileDescriptorSet(file=[large, *sent]).SerializeToString())
    read = []

    def run(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        option = next(each for each in argv if each.startswith("--descriptor_set_in="))
        read.append(Path(option.partition("=")[2]).read_bytes())
        return Finished(tuple(argv), 0, b"", b"")

    generate([work(path, OWN)], Protoc(Script(run)), jobs=1, begun=quiet)
    assert [list(FileDescriptorSet.FromString(each).file) for each in read] == [sent]


def test_what_runs_write_is_put_together_and_never_twice(descriptor_set: Path) -> None:
    share = work(descriptor_set, ASKED, Invocation("y", (), ("x.proto",), "gen-y"))
    recorder = Recorder(gen_x=answering(writing(("a", "1"))), gen_y=answering(writing(("b", "2"))))
    assert generate([share], Protoc(recorder), jobs=2, begun=quiet) == {"lang": {"a": b"1", "b": b"2"}}
    recorder = Recorder(gen_x=answering(writing(("a", "1"))), gen_y=answering(writing(("a", "1"))))
    with pytest.raises(ToolFailed, match="lang: two generators wrote a"):
        generate([share], Protoc(recorder), jobs=2, begun=quiet)


def test_one_plugin_with_two_sets_of_parameters_writes_into_two_folders(descriptor_set: Path) -> None:
    share = work(descriptor_set, replace(ASKED, folder="one/"), replace(ASKED, folder="two/"))
    recorder = Recorder(gen_x=answering(writing(("a", "1"))))
    made = generate([share], Protoc(recorder), jobs=1, begun=quiet)
    assert made == {"lang": {"one/a": b"1", "two/a": b"1"}}


def test_generators_run_while_the_block_does(descriptor_set: Path) -> None:
    begun, met = threading.Event(), threading.Barrier(2)

    def wait(stdin: bytes) -> Finished:
        begun.set()
        met.wait(10)
        return answering(writing(("a", "b")))(stdin)

    share = work(descriptor_set, ASKED)
    with generating([share], Protoc(Recorder(gen_x=wait)), jobs=1, begun=quiet) as generated:
        assert begun.wait(10)
        met.wait(10)
        assert generated("lang") == generated("lang") == {"a": b"b"}


@pytest.mark.parametrize(("invocation", "program"), [(OWN, "/tools/protoc"), (OTHERS, "python")])
def test_protoc_runs_its_own_generators(descriptor_set: Path, invocation: Invocation, program: str) -> None:
    def run(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        assert cwd
        (cwd / "a").mkdir()
        (cwd / "a" / "X").write_text("x")
        return Finished(tuple(argv), 0, b"", b"")

    script = Script(run)
    written = generate([work(descriptor_set, invocation)], Protoc(script), jobs=1, begun=quiet)
    assert written == {"lang": {"a/X": b"x"}}
    (argv,) = script.started
    assert program in argv[0]
    assert argv[-1] == "x.proto"
    assert f"--descriptor_set_in={descriptor_set}" in argv
    options = [each for each in argv if each.startswith(f"--{invocation.generator}_opt=")]
    assert options == [f"--{invocation.generator}_opt={each}" for each in invocation.parameters]


@pytest.mark.parametrize(
    ("invocation", "name", "remedy"),
    [
        (OWN, "protoc --java_out", "run again without --tool protoc, or give another: --tool protoc=PATH"),
        (OTHERS, "protoc --python_out", f"{sys.executable} -m pip install --upgrade grpcio-tools"),
    ],
)
def test_a_protoc_that_fails_is_named(
    descriptor_set: Path, invocation: Invocation, name: str, remedy: str
) -> None:
    script = Script(lambda argv, cwd, env: Finished(tuple(argv), 1, b"", b"no\n"))
    with pytest.raises(ToolFailed) as raised:
        generate([work(descriptor_set, invocation)], Protoc(script), jobs=1, begun=quiet)
    assert raised.value.message == f"lang: {name} failed: no"
    assert raised.value.remedy == remedy


CACHED = Path("/cache/tools/go/gen-x@1")
ANOTHER = "or give another: --tool gen-x=PATH"
ANOTHER_VERSION = (
    "set another version than 1 in languages.lang.tools of the recipe, or give one: --tool gen-x=PATH"
)
LEAVE_OUT = "correct x.proto, or leave it out of the recipe's entry points"


@pytest.mark.parametrize(
    ("found", "path", "words", "remedy"),
    [
        ("given", "/mine/gen-x", "oh", "run again without --tool gen-x, or give another: --tool gen-x=PATH"),
        (
            "given",
            "/var/gen-x",
            "oh",
            "run again without PROTOGEN_TOOL_GEN_X, or give another: --tool gen-x=PATH",
        ),
        (
            "PATH",
            "/bin/gen-x",
            "oh",
            f"run again without /bin on PATH, so that protogen installs gen-x itself, {ANOTHER}",
        ),
        (
            "go",
            f"{CACHED}/gen-x",
            "oh",
            ANOTHER_VERSION,
        ),
        (
            "go",
            f"{CACHED}/gen-x",
            "x.proto:3:1: no",
            "correct x.proto, or leave it out of the recipe's entry points",
        ),
        (
            "go",
            f"{CACHED}/gen-x",
            "y/x.proto: no",
            ANOTHER_VERSION,
        ),
        (
            "given",
            "/mine/gen-x",
            'bad "x.proto"',
            f"{LEAVE_OUT}; or run again without --tool gen-x, {ANOTHER}",
        ),
    ],
)
def test_the_remedy_for_a_failed_generator_is_by_its_origin_and_words(
    descriptor_set: Path, monkeypatch: pytest.MonkeyPatch, found: str, path: str, words: str, remedy: str
) -> None:
    monkeypatch.setenv("PROTOGEN_TOOL_GEN_X", "/var/gen-x")
    share = Work(
        "lang", (ASKED,), Installed({"gen-x": Program("gen-x", "1", Path(path), found)}), descriptor_set, ""
    )
    recorder = Recorder(gen_x=answering(code=1, stderr=words.encode()))
    with pytest.raises(ToolFailed) as raised:
        generate([share], Protoc(recorder), jobs=1, begun=quiet)
    assert raised.value.message == f"lang: gen-x failed: {words}"
    assert raised.value.remedy == remedy


@pytest.mark.parametrize(
    ("found", "number", "remedy"),
    [
        (
            "go",
            errno.EACCES,
            "run again with --cache-dir DIR, a folder where programs may run: /cache/tools/go/gen-x@1 is "
            "none, as on a file system mounted with noexec",
        ),
        (
            "given",
            errno.EACCES,
            "chmod +x /cache/tools/go/gen-x@1/gen-x, or run again without --tool gen-x, "
            "or give another: --tool gen-x=PATH",
        ),
        ("go", errno.ENOENT, "give one that is made for this machine: --tool gen-x=PATH"),
        ("go", errno.ENOEXEC, "give one that is made for this machine: --tool gen-x=PATH"),
    ],
)
def test_the_remedy_for_a_generator_that_is_not_started_is_by_the_systems_reason(
    descriptor_set: Path, found: str, number: int, remedy: str
) -> None:
    def refuse(stdin: bytes) -> Finished:
        raise ToolMissing("gen-x can't be started: no") from OSError(number, "no")

    share = Work(
        "lang",
        (ASKED,),
        Installed({"gen-x": Program("gen-x", "1", CACHED / "gen-x", found)}),
        descriptor_set,
        "",
    )
    with pytest.raises(ToolFailed) as raised:
        generate([share], Protoc(Recorder(gen_x=refuse)), jobs=1, begun=quiet)
    assert raised.value.remedy == remedy


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fork/exec /tmp/go-build1/b001/exe/consumer: permission denied", True),
        ("ImportError: /tmp/x/cygrpc.so: failed to map segment from shared object", True),
        ("open /tmp/x: permission denied", False),
    ],
)
def test_a_scratch_folder_where_nothing_may_run_is_told(words: str, expected: bool) -> None:
    error = barred(words)
    assert bool(error) == expected
    if error:
        assert error.remedy == "set TMPDIR to a folder where programs may run, and run the same command again"
