"""The kit of TensorFlow Serving in each language: see contract.md."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kit import cpp, drivers, judging, rust, typescript
from tests.e2e.kit.drivers import RUNS, Run
from tests.e2e.kit.expected import ANSWERS
from tests.support.command import must, protogen, run

# The first to ask makes the packages and environments; the others wait for it. C++ takes longest.
pytestmark = pytest.mark.timeout(1800)

CASES = Path(judging.__file__).with_name("cases.json")
SOURCE = Path(__file__).parents[3] / "recipes" / "tensorflow-serving" / "kit" / "python"
PAGE = Path(__file__).parents[3] / "docs" / "kit.md"
CONF = 'model_config_list { config { name: "half_plus_two" base_path: "/models/half_plus_two" } }'
KILOBYTES = 150
each_run = pytest.mark.parametrize("used", RUNS, ids=str)


def complaints(told: Any, used: Run, *sections: str) -> list[str]:
    """What came out otherwise in some sections of cases.json."""
    return judging.complaints(
        {name: told[name] for name in sections},
        used.release,
        {name: judging.CASES[name] for name in sections},
    )


def test_the_cases_are_what_the_official_messages_say(oracle: list[str], tmp_path: Path) -> None:
    assert must(run([*oracle, "cases"], cwd=tmp_path)).out == CASES.read_text(encoding="utf-8")


@each_run
def test_values_are_tensors_and_tensors_are_values(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "tensors", "reads", "writes")


@each_run
def test_what_makes_no_tensor_is_refused_with_its_kind(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "refused_reads", "refused_writes")


@each_run
def test_inputs_are_checked_and_filled_by_the_signature(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "checks")


@each_run
def test_a_batch_is_split_by_rows_and_joined_in_order(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "splits")


@each_run
def test_features_are_the_official_examples(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "examples")


@each_run
def test_a_failed_call_keeps_its_status_and_tells_its_place(
    used: Run, told: Callable[[Run, Path], Any]
) -> None:
    assert not complaints(told(used, CASES), used, "statuses")


@each_run
def test_warm_up_records_are_framed_and_damage_is_seen(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "records", "refused_files", "warmups")


@each_run
def test_a_models_conf_is_changed_where_it_is_told_to_be(used: Run, told: Callable[[Run, Path], Any]) -> None:
    assert not complaints(told(used, CASES), used, "models")


@pytest.mark.parametrize("language", sorted({used.language for used in RUNS}))
def test_tensors_by_chance_are_the_same_bytes_in_every_language(
    language: str, oracle: list[str], told: Callable[[Run, Path], Any], tmp_path: Path
) -> None:
    cases = tmp_path / "seeded.json"
    cases.write_text(must(run([*oracle, "seeded", "200"], cwd=tmp_path)).out, encoding="utf-8")
    seeded = json.loads(cases.read_text(encoding="utf-8"))
    assert len(seeded["tensors"]) == 200
    used = next(used for used in reversed(RUNS) if used.language == language)
    assert not judging.complaints(told(used, cases), used.release, seeded)


def test_the_judge_sees_what_is_wrong(told: Callable[[Run, Path], Any]) -> None:
    right = told(RUNS[-1], CASES)
    for section, answers in right.items():
        wrong = {**right, section: {**answers, next(iter(answers)): {"error": "none", "message": ""}}}
        assert len(complaints(wrong, RUNS[-1], section)) == 1, section
    bits = json.loads(json.dumps(right))
    bits["tensors"]["DT_FLOAT of six"]["read_content"][0] = 0.0  # and not -0.0
    assert len(complaints(bits, RUNS[-1], "tensors")) == 1


@pytest.mark.parametrize("part", ANSWERS)
@each_run
def test_calls_come_out_as_they_must(used: Run, part: str, lived: Callable[[Run, str], Any]) -> None:
    came = lived(used, part)
    assert came.keys() == ANSWERS[part].keys()
    for scenario, answer in ANSWERS[part].items():
        assert came[scenario] == answer, scenario


@each_run
def test_a_warm_up_file_is_read_by_another_reader(
    used: Run, lived: Callable[[Run, str], Any], places: Path, oracle: list[str], tmp_path: Path
) -> None:
    lived(used, "warmup")
    file = Path(json.loads(places.read_text())["folder"], used.way, ANSWERS["warmup"]["path"])
    requests = must(run([*oracle, "warmup", str(file)], cwd=tmp_path)).out.splitlines()
    assert len(requests) == 3
    assert b"signed" in bytes.fromhex(requests[0]) and b"plain" in bytes.fromhex(requests[1])
    # Two rows of two floats, and an int: zeros.
    assert b'"\x10' + bytes(16) in bytes.fromhex(requests[2])


@pytest.mark.parametrize("language", drivers.LANGUAGES)
def test_a_readme_begins_with_a_call_by_the_kit(
    language: str, packages: Path, half_plus_two: str, shared: Path
) -> None:
    package = packages / drivers.SHOWN[language] / language
    text = (package / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"## Example\n\n```\w+\n(.*?)```", text, re.DOTALL)
    assert "localhost:8500" in example
    here = example.replace("localhost:8500", half_plus_two)
    argv, environ = drivers.example(language, here, package, shared)
    out = must(run(argv, cwd=shared, **environ)).out
    assert "2.5" in out and "4.5" in out and "by version 3" in out


def python_package(packages: Path, release: str) -> Path:
    return packages / release / "python" / "src" / "tensorflow_serving_client"


@pytest.mark.parametrize("release", ["r1.15", "master"])
def test_the_python_kit_has_strict_types(release: str, packages: Path, shared: Path, tmp_path: Path) -> None:
    python = drivers.python_environment(shared, "newest")
    argv = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python)]
    argv += [
        "--cache-dir",
        str(tmp_path),
        "--config-file",
        os.devnull,
        "-p",
        "tensorflow_serving_client.client",
    ]
    must(run(argv, cwd=python_package(packages, release).parent))


def test_the_python_kit_is_written_for_the_oldest_python(tmp_path: Path) -> None:
    settings = Path(__file__).parents[3] / "pyproject.toml"
    # The example for the README is a program.
    for path in SOURCE.glob("[!R]*.py"):
        text = re.sub(r"@module\{([^}]*)\}", "tensorflow_serving_client", path.read_text(encoding="utf-8"))
        ast.parse(text, path.name, feature_version=(3, 8))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    argv = [sys.executable, "-m", "ruff", "check", "--config", str(settings), "--target-version", "py38"]
    # Files of a package import each other relatively; RPCs have the names of their protos.
    must(run([*argv, "--ignore", "TID252,N802,I001", "."], cwd=tmp_path))


def test_importing_stubs_does_not_import_the_python_kit(packages: Path, shared: Path, tmp_path: Path) -> None:
    program = (
        "import sys, tensorflow_serving_client as c; c.PredictRequest; c.PredictionServiceStub\n"
        "assert not [name for name in sys.modules if name.startswith('tensorflow_serving_client.client')]\n"
        "import tensorflow_serving_client.client as k\n"
        "assert not {'numpy', 'tensorflow_serving_client.client.client'} & set(sys.modules)\n"
        "assert {name for name in k.__all__ if not hasattr(k, name)} == set()"
    )
    python = drivers.python_environment(shared, "newest")
    source = python_package(packages, "r2.11").parent
    must(run([str(python), "-c", program], cwd=tmp_path, PYTHONPATH=str(source)))


@pytest.mark.parametrize("libraries", ["oldest", "newest"])
def test_what_users_get_wrong_is_told_by_the_python_kit(
    libraries: str, packages: Path, shared: Path, tmp_path: Path
) -> None:
    python = drivers.python_environment(shared, libraries)
    source = python_package(packages, "r2.11").parent
    argv = [str(python), "-W", "error", str(drivers.PROGRAMS / "wrong.py")]
    assert not must(run(argv, cwd=tmp_path, PYTHONPATH=str(source))).out


def test_what_a_release_lacks_is_told_by_name(packages: Path, shared: Path, tmp_path: Path) -> None:
    shutil.copytree(python_package(packages, "r2.11"), tmp_path / "tensorflow_serving_client")
    (tmp_path / "tensorflow_serving_client" / "client" / "warmup.py").unlink()
    program = (
        "from tensorflow_serving_client import client\n"
        "client.Client; client.FakeServer; client.AsyncClient\n"
        "try: client.write_warmup\n"
        "except AttributeError as error: print(error)"
    )
    python = drivers.python_environment(shared, "newest")
    told = must(run([str(python), "-c", program], cwd=tmp_path, PYTHONPATH=str(tmp_path))).out
    assert told == "write_warmup isn't in tensorflow_serving_client.client of this release\n"


def test_the_page_does_what_it_shows(packages: Path, shared: Path, tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    (tmp_path / "models.conf").write_text(CONF)
    around = (
        "from tensorflow_serving_client.client import FakeServer, Spec\n"
        "floats = Spec('float32', (None,))\n"
        "with FakeServer() as server:\n"
        "    for version in (1, 2):\n"
        "        server.model('half_plus_two', lambda inputs: {'y': inputs['x'] / 2 + 2}, version=version,\n"
        "            inputs={'x': floats}, outputs={'y': floats})\n"
        "    for block in BLOCKS:\n"
        "        exec(block.replace('localhost:8500', server.address), {})\n"
    )
    python = drivers.python_environment(shared, "newest")
    source = python_package(packages, "r2.11").parent
    program = around.replace("BLOCKS", repr(blocks))
    out = must(run([str(python), "-W", "error", "-c", program], cwd=tmp_path, PYTHONPATH=str(source))).out
    told = re.findall(r"print\(error\)  # (.*)", text)
    assert out.splitlines() == ["[2.5 3.  4.5] by version 2", *told]
    assert "versions: 2" in (tmp_path / "models.conf").read_text()
    assert (tmp_path / "models" / "half_plus_two" / "2" / "assets.extra").is_dir()


def test_the_pages_go_programs_do_what_they_show(
    packages: Path, half_plus_two: str, shared: Path, tmp_path: Path
) -> None:
    blocks = re.findall(r"```go\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    folders = [
        drivers.go_program(
            f"page-{number}",
            block.replace(f"{drivers.GO_MODULE}/v2/", f"{drivers.GO_MODULE}/").replace(
                "localhost:8500", half_plus_two
            ),
            packages / "r2.11" / "go",
            "oldest",
            shared,
        )
        for number, block in enumerate(blocks)
    ]
    (tmp_path / "models.conf").write_text(CONF)
    called, rolled_over, faked = (
        must(run([str(folder / "program")], cwd=tmp_path)).out for folder in folders
    )
    assert called == "[2.5 3 4.5] <nil> by version 3\n"
    assert not rolled_over
    conf = re.sub(" +", " ", (tmp_path / "models.conf").read_text())
    assert "versions: 1" in conf and "versions: 2" in conf and re.search(r'"stable"\s+value: 2', conf)
    assert faked.splitlines() == [
        "[0.5] <nil>",
        "true Predict of model half at passthrough:fake: UNAVAILABLE: restarting",
        "signature serving_default has no input xs: did you mean x?",
        "GetModelMetadata Predict Predict GetModelMetadata ",
    ]


@pytest.mark.parametrize("release", judging.RELEASES)
def test_the_go_kit_is_vetted_and_formatted(release: str, packages: Path) -> None:
    package = packages / release / "go"
    before = (package / "go.mod").read_bytes(), (package / "go.sum").read_bytes()
    assert not must(run(["gofmt", "-l", "client"], cwd=package)).out
    must(run(["go", "vet", "-mod=readonly", "./client"], cwd=package))
    assert before == ((package / "go.mod").read_bytes(), (package / "go.sum").read_bytes())


ENDLESS = """\
package main

import (
	"fmt"

	"example.com/tensorflow-serving/client"
)

func main() {
	rows := make([]any, 1)
	rows[0] = rows
	_, err := client.MakeTensor(rows, "", nil)
	fmt.Println(err)
}
"""


def test_slices_without_end_are_refused_by_the_go_kit(packages: Path, shared: Path) -> None:
    folder = drivers.go_program("endless", ENDLESS, packages / "r2.11" / "go", "oldest", shared)
    out = must(run([str(folder / "program")], cwd=shared)).out
    assert out == "the slices are nested too deep\n"


def test_the_go_kit_is_written_for_the_oldest_go(packages: Path) -> None:
    package = packages / "r2.11" / "go"
    assert "\ngo 1.19\n" in (package / "go.mod").read_text()
    must(run(["go", "build", "-mod=readonly", "./client"], cwd=package, GOTOOLCHAIN="go1.19"))


def test_the_pages_java_programs_do_what_they_show(packages: Path, half_plus_two: str, shared: Path) -> None:
    outs = []
    for number, block in enumerate(re.findall(r"```java\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)):
        text = block.replace("localhost:8500", half_plus_two)
        # The page is for newer ones than the oldest: they have Map.of.
        argv = drivers.java_program(f"page-{number}", text, packages / "r2.11" / "java", shared, java=11)
        outs.append(re.sub(r"localhost:\d+", "here", must(run(argv, cwd=shared)).out).splitlines())
    assert outs == [
        ["[2.5, 3.0, 4.5] by version 3"],
        [
            "[0.5]",
            "tensorflow.serving.client.UnreachableException: "
            "Predict of model half at here: UNAVAILABLE: restarting",
            "signature serving_default has no input xs: did you mean x?",
            "[GetModelMetadata, Predict, Predict, GetModelMetadata]",
        ],
    ]


ENDLESS_LIST = """\
import java.util.ArrayList;
import java.util.List;
import tensorflow.serving.client.*;

public final class Endless {
  public static void main(String[] arguments) {
    List<Object> rows = new ArrayList<>();
    rows.add(rows);
    try {
      Tensors.of(rows);
    } catch (InputException refused) {
      System.out.println(refused.kind() + ": " + refused.getMessage());
    }
  }
}
"""


def test_lists_without_end_are_refused_by_the_java_kit(packages: Path, shared: Path) -> None:
    argv = drivers.java_program("endless", ENDLESS_LIST, packages / "r2.11" / "java", shared)
    assert must(run(argv, cwd=shared)).out == "shape: the lists are nested too deep\n"


@pytest.mark.parametrize("used", [used for used in RUNS if used.language == "java"], ids=str)
def test_the_java_kit_compiles_without_a_warning(
    used: Run, packages: Path, shared: Path, tmp_path: Path
) -> None:
    argv, _ = drivers.command(used, "driver", packages, shared)
    kit = packages / used.release / "java" / "src/main/java/tensorflow/serving/client"
    classes, path = tmp_path / "classes", argv[argv.index("-cp") + 1]
    classes.mkdir()
    warnings = ("-Werror", "-Xlint:all,-options", "-Xdoclint:all,-missing")
    drivers.java_compile(classes, path, sorted(kit.glob("*.java")), *warnings)


def test_the_java_kit_stands_below_a_package_of_the_users_own(
    from_corpus: list[str], cache: Path, shared: Path, tmp_path: Path
) -> None:
    options = ["--version", "r2.11", "--lang", "java", "--java-package", "com.example.shaded"]
    must(protogen(*options, *from_corpus, cwd=tmp_path, cache=cache))
    generated, classes = tmp_path / "gen" / "java" / "src" / "main" / "java", tmp_path / "classes"
    kit = sorted((generated / "com/example/shaded/tensorflow/serving/client").glob("*.java"))
    assert kit
    classes.mkdir()
    jars = f"{drivers.java_libraries(shared, 'oldest')}/*"
    drivers.java_compile(classes, jars, kit, "-sourcepath", str(generated), "-Xlint:-options")
    made = [path.relative_to(classes) for path in classes.rglob("*.class")]
    assert all(path.parts[:3] == ("com", "example", "shaded") for path in made)


def test_the_pages_cpp_programs_do_what_they_show(packages: Path, shared: Path) -> None:
    blocks = re.findall(r"```cpp\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    package = packages / drivers.SHOWN["cpp"] / "cpp"
    # The README's, which another test runs.
    assert blocks[0] in (package / "README.md").read_text(encoding="utf-8")
    assert len(blocks) == 2
    program = cpp.program("page", blocks[1], package, shared)
    assert must(run([str(program)], cwd=shared)).out.splitlines() == [
        "0.5",
        "restarting",
        "signature serving_default has no input xs: did you mean x?",
        "GetModelMetadata Predict Predict GetModelMetadata ",
    ]


@pytest.mark.parametrize("release", [each for each in judging.RELEASES if each not in cpp.BUILT])
def test_the_cpp_kit_compiles_without_a_warning(release: str, packages: Path, tmp_path: Path) -> None:
    """-fsyntax-only, and all sources at once: nothing in them has the name of something else."""
    cpp.check(packages / release / "cpp", tmp_path)


def test_the_pages_rust_programs_do_what_they_show(packages: Path, half_plus_two: str, shared: Path) -> None:
    blocks = re.findall(r"```rust\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    texts = {
        f"page_{number}": text.replace("localhost:8500", half_plus_two) for number, text in enumerate(blocks)
    }
    folder = rust.programs(texts, packages / "r2.11" / "rust", "oldest", shared)
    outs = [must(run([str(folder / name)], cwd=shared)).out for name in texts]
    assert [re.sub(r"127.0.0.1:\d+", "here", out).splitlines() for out in outs] == [
        ["[2.5, 3.0, 4.5] by version 3"],
        [
            "[0.5]",
            "Predict of model half at here: UNAVAILABLE: restarting",
            "signature serving_default has no input xs: did you mean x?",
            '["GetModelMetadata", "Predict", "Predict", "GetModelMetadata"]',
        ],
    ]


def test_the_page_names_what_there_is() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")][2:]
    tests = Path(__file__).read_text(encoding="utf-8")
    assert len(rows) > 25
    for row in rows:
        proofs = row.split("|")[-2]
        assert "`" in proofs or "all" in proofs or "each scenario" in proofs, row
        part = re.search(r"(\w+): [`a]", proofs)
        for name in re.findall(r"`(\w+)`", proofs):
            if name.startswith("test_"):
                assert f"def {name}(" in tests, row
            elif name != "asyncio":
                assert part and name in ANSWERS[part[1]], row


def test_numpy_reads_the_bytes_of_the_message(packages: Path, shared: Path, tmp_path: Path) -> None:
    program = (
        "import numpy as np\n"
        "from tensorflow_serving_client.client import from_tensor, to_tensor\n"
        "read = from_tensor(to_tensor(np.zeros([2, 3], 'float32')))\n"
        "base = read\n"
        "while isinstance(base, np.ndarray): base = base.base\n"
        "assert type(base) is bytes and not read.flags.writeable"
    )
    python = drivers.python_environment(shared, "newest")
    source = python_package(packages, "r2.11").parent
    must(run([str(python), "-c", program], cwd=tmp_path, PYTHONPATH=str(source)))


def test_the_pages_typescript_programs_do_what_they_show(
    packages: Path, half_plus_two: str, shared: Path
) -> None:
    outs = []
    for number, block in enumerate(re.findall(r"```ts\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)):
        text, package = block.replace("localhost:8500", half_plus_two), packages / "r2.11" / "typescript"
        path = typescript.program(f"page-{number}", text, package, "newest", shared)
        outs.append(must(run(["node", str(path)], cwd=shared)).out.splitlines())
    assert outs == [
        ["[ 2.5, 3, 4.5 ] by version 3"],
        [
            "[ 0.5 ]",
            "restarting half",
            "signature serving_default has no input xs: did you mean x?",
            "GetModelMetadata Predict Predict GetModelMetadata",
        ],
    ]


TYPESCRIPT_VALUES = """\
import { Client, toTensor, valuesOf } from "tensorflow-serving-client/client";

const given = Float32Array.of(1, 2);
const read = valuesOf(toTensor(given)) as Float32Array;
console.log(read.buffer === given.buffer);
try {
  new Client("localhost:8500");
} catch (error) {
  console.log((error as Error).message);
}
"""


def test_values_need_no_grpc_in_typescript_and_calls_tell_how_to_get_it(
    packages: Path, shared: Path, tmp_path: Path
) -> None:
    package = packages / "r2.11" / "typescript"
    path = typescript.program("values", TYPESCRIPT_VALUES, package, "newest", shared)
    modules = path.parents[1] / "node_modules"
    for name in ("@bufbuild/protobuf", typescript.PACKAGE):
        source = path.parent / "node_modules" if name == typescript.PACKAGE else modules
        shutil.copytree(source / name, tmp_path / "node_modules" / name)
    shutil.copy(path, tmp_path)
    assert must(run(["node", path.name], cwd=tmp_path)).out.splitlines() == [
        "true",
        "calls need gRPC's own library: npm install @grpc/grpc-js",
    ]


@pytest.mark.parametrize("release", judging.RELEASES)
def test_the_typescript_kit_tells_all_its_types(release: str, packages: Path) -> None:
    declared = sorted((packages / release / "typescript" / "cjs" / "client").glob("*.d.ts"))
    assert len(declared) > 15
    # What a compiler had to guess would be any type.
    guessed = re.compile(r"\bany\b(?![^\n]*\*/)")
    for path in declared:
        text = re.sub(r"/\*\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert not guessed.search(text), path.name


@pytest.mark.parametrize(
    "folder",
    [
        "python/src/tensorflow_serving_client/client",
        "go/client",
        "cpp/client/tensorflow_serving/client",
        "typescript/cjs/client",
    ],
)
def test_a_package_grows_little_by_its_kit(folder: str, packages: Path) -> None:
    files = list((packages / "master" / folder).iterdir())
    assert files and sum(path.stat().st_size for path in files if path.is_file()) < KILOBYTES * 1000


def test_a_crate_grows_little_by_its_kit(packages: Path) -> None:
    # As registries have it: source is packed in it.
    files = (packages / "master" / "rust" / "src" / "client").iterdir()
    sizes = [len(zlib.compress(path.read_bytes())) for path in files]
    assert sizes and sum(sizes) < KILOBYTES * 1000


def test_a_jar_grows_little_by_its_kit(packages: Path, shared: Path) -> None:
    used = next(used for used in reversed(RUNS) if used.language == "java")
    argv, _ = drivers.command(used, "driver", packages, shared)
    classes = Path(argv[argv.index("-cp") + 1].split(":")[0], "tensorflow", "serving", "client")
    sizes = [len(zlib.compress(path.read_bytes())) for path in classes.glob("*.class")]
    assert sizes and sum(sizes) < KILOBYTES * 1000
