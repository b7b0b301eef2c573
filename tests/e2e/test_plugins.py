"""What generators write for real releases is what protoc with the same plugins and options writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.languages import choose
from protogen.languages.package import Invocation, Package
from protogen.pipeline.generate import Work
from protogen.pipeline.job import Job, Prepared
from protogen.pipeline.release import prepare
from protogen.protos.protoc import Protoc
from protogen.recipe import model
from protogen.sources.selection import Selection
from protogen.system.cache import Cache
from protogen.system.context import Context
from protogen.system.process import Processes
from tests.support.command import must, run
from tests.support.packages import generate

MINE = {"java_package": "org.mine"}


@pytest.mark.parametrize(("release", "source"), [("r2.11", "git"), ("r2.11", "index"), ("2.21", "index")])
def test_plugins_write_what_they_write_for_protoc(
    release: str, source: str, corpus_urls: dict[str, str], cache: Path, tools: Path, tmp_path: Path
) -> None:
    recipe, urls = model.load("tensorflow-serving"), corpus_urls if source == "git" else {}
    made = prepared(release, Selection(recipe, (release,), source, urls), cache, tmp_path)
    used = set()
    for name, package in made.packages.items():
        invocations = package.plan.invocations
        used |= {invocation.plugin for invocation in invocations}
        patches = {file: {**options, **MINE} for file, options in package.plan.patches.items()}
        assert patches or name == "go"
        compiled = made.compiled
        share = Work(name, invocations, package.installed, compiled.path, compiled.compiler, patches)
        written = generate([share], Protoc(Processes()), jobs=2, begun=quiet)
        descriptor_set = tmp_path / f"{name}.binpb"
        descriptor_set.write_bytes(patched(compiled.read(), patches))
        expected: dict[str, bytes] = {}
        for number, invocation in enumerate(invocations):
            expected |= by_protoc(invocation, package, descriptor_set, tmp_path / f"{name}-{number}")
        assert len(expected) > 40
        assert written[name].keys() == expected.keys()
        assert [path for path in expected if written[name][path] != expected[path]] == []
    assert used == {"", "protoc-gen-go", "protoc-gen-go-grpc", "protoc-gen-grpc-java"}


def quiet(language: str, count: int) -> Callable[[bool], None]:
    return lambda succeeded: None


def prepared(release: str, selection: Selection, cache: Path, folder: Path) -> Prepared:
    context = Context(Cache(cache), Processes(), os.environ)
    job = Job(selection, choose(("go", "java")), out_template=str(folder / "gen"))
    return prepare(job, release, context)


def patched(descriptor_set: bytes, patches: Mapping[str, Mapping[str, str]]) -> bytes:
    files = FileDescriptorSet.FromString(descriptor_set)
    for file in files.file:
        for name, value in patches.get(file.name, {}).items():
            setattr(file.options, name, value)
    return files.SerializeToString()


def by_protoc(
    invocation: Invocation, package: Package[Any], descriptor_set: Path, out: Path
) -> dict[str, bytes]:
    """What protoc writes: Java's own where the package has one, else that of grpcio-tools."""
    out.mkdir()
    tools, generator = package.installed.tools, invocation.generator
    protoc = [str(tools["protoc"].path)] if "protoc" in tools else [sys.executable, "-m", "grpc_tools.protoc"]
    arguments = [f"--descriptor_set_in={descriptor_set}", f"--{generator}_out={out}"]
    if invocation.plugin:
        arguments.append(f"--plugin=protoc-gen-{generator}={tools[invocation.plugin].path}")
    arguments += [f"--{generator}_opt={parameter}" for parameter in invocation.parameters]
    must(run([*protoc, *arguments, *invocation.files], cwd=out))
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
