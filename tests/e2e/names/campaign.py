"""A shard of the campaign: sets drawn, planned, generated, and read by Go's own type checker."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import pytest
from grpc_tools import protoc

from protogen.errors import ProtosUnresolved
from protogen.languages.go import identifiers, planning
from protogen.languages.go.language import Go
from protogen.languages.go.planning import GoPlan
from protogen.languages.go.requirements import Requirements, probe_source, render_go_mod
from protogen.languages.go.section import pins
from protogen.languages.package import Request
from protogen.protos import plugins
from protogen.protos.outline import outline_of
from protogen.recipe import model
from protogen.releases.release import Release
from tests.support.command import must, run
from tests.support.hostile_protos import Protos

MODULE = "example.com/names"
_RECIPE = """\
schema: 1
name: names
title: Names
license: Apache-2.0
releases: api
repositories:
  api: {url: https://git.invalid/api, branch: "r{major}.{minor}", tag: "v{major}.{minor}.{patch}"}
entry_points:
  - {repository: api, pattern: "**/*.proto"}
"""
_INCLUDE = Path(protoc.__file__).parent / "_proto"
_IMPORTED = (
    "context math reflect sync unsafe google.golang.org/grpc google.golang.org/grpc/codes "
    "google.golang.org/grpc/status google.golang.org/protobuf/proto "
    "google.golang.org/protobuf/reflect/protoreflect google.golang.org/protobuf/runtime/protoimpl"
).split()
# Fields that protoc-gen-go adds to every message for itself; no proto's name becomes one of them.
INTERNAL = frozenset({"state", "sizeCache", "unknownFields", "extensionFields"})


class Found(TypedDict):
    """What Go found in a package: its complaints, package-level names, and members by type."""

    errors: list[str]
    declared: list[str]
    members: dict[str, list[str]]


@dataclass(frozen=True)
class Case:
    """A set and what was decided of it. refusal: the error, for a set that Go can't express."""

    number: int
    protos: Protos
    request: Request
    plan: GoPlan
    refusal: ProtosUnresolved | None

    @property
    def folder(self) -> str:
        return f"s{self.number:04}"

    def __str__(self) -> str:
        texts = "".join(f"--- {path}\n{text}" for path, text in self.protos.items())
        return f"set {self.number}\n{texts}"


def decided(number: int, protos: Protos, scratch: Path) -> Case:
    """The set compiled and planned; one that is refused is planned all the same, to see that it had to be."""
    root = scratch / f"s{number:04}"
    request = compile_set(protos, root, go_module=f"{MODULE}/s{number:04}")
    try:
        return Case(number, protos, request, Go().plan(request), None)
    except ProtosUnresolved as error:
        with _unchecked():
            return Case(number, protos, request, Go().plan(request), error)


def compile_set(protos: Protos, root: Path, **settings: str) -> Request:
    """A request for the compiled set; root: the folder where its protos and the set lie."""
    for path, text in protos.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    compiled = root / "set.binpb"
    arguments = [f"-I{root}", f"-I{_INCLUDE}", "--include_imports", "--include_source_info", f"-o{compiled}"]
    assert protoc.main(["protoc", *arguments, *protos]) == 0, protos
    return Request(
        recipe=model.parse(_RECIPE, "names.yaml"),
        release=Release("v1.0.0", "1.0.0", "git", ()),
        outline=outline_of(compiled.read_bytes()),
        descriptor_set=compiled,
        entry_points=tuple(sorted(protos)),
        well_known=frozenset(),
        licenses={},
        settings=settings,
        out=root / "gen",
    )


@contextmanager
def _unchecked() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for check in ("_check_names", "_check_stubs"):
            patch.setattr(planning, check, lambda *_: None)
        yield


def generated(case: Case, tools: Mapping[str, Path]) -> dict[str, bytes]:
    """What the plugins write for the set, where it belongs in its module.

    Nothing where one of them refuses a set that is refused.
    """
    files = plugins.entries(case.request.descriptor_set.read_bytes())
    found: dict[str, bytes] = {}
    for each in case.plan.invocations:
        asked = plugins.request(files, each.files, ",".join(each.parameters), "")
        done = subprocess.run(
            [str(tools[each.plugin])],
            input=asked,
            capture_output=True,
            env={**os.environ, "GOGC": "off", "GOMAXPROCS": "1"},
            timeout=60,
            check=False,
        )
        if done.returncode and case.refusal:
            return {}
        assert done.returncode == 0, f"{done.stderr.decode()}\n{case}"
        answer = plugins.read_answer(done.stdout)
        assert not answer.error, f"{answer.error.decode()}\n{case}"
        found |= plugins.written(answer)
    return {case.plan.outputs[path]: content for path, content in found.items()}


def checked(module: Path, files: Mapping[str, bytes], environ: Mapping[str, str]) -> dict[str, Found]:
    """What Go's type checker finds in every package of a module with these files, by folder."""
    requirements = Requirements.of(pins().defaults, grpc=True)
    texts = {"go.mod": render_go_mod(MODULE, requirements), "probe/probe.go": probe_source(requirements)}
    for path, content in {**files, **{path: text.encode() for path, text in texts.items()}}.items():
        (module / path).parent.mkdir(parents=True, exist_ok=True)
        (module / path).write_bytes(content)
    must(run(["go", "mod", "tidy"], cwd=module / "probe", **environ))
    program = Path(__file__).with_name("check.go")
    must(run(["go", "build", "-o", str(module / "check"), str(program)], cwd=module, **environ))
    ran = must(run([str(module / "check"), str(module), MODULE, *_IMPORTED], cwd=module, **environ))
    found: dict[str, Found] = json.loads(ran.out)
    return found


def predicted(case: Case) -> dict[str, tuple[Counter[str], dict[str, set[str]]]]:
    """By package folder: what it should declare, each as often as it does, and the members of its types."""
    files = {file.name: file for file in case.request.outline.files}
    found = {}
    for package in case.plan.packages:
        declared, members = Counter[str](), dict[str, set[str]]()
        for each in identifiers.together(package.protos, files):
            if each.owner:
                members.setdefault(each.owner, set()).add(each.name)
            else:
                declared[each.name] += 1
        folder = f"{case.folder}/{package.folder}".rstrip("/")
        found[folder] = declared, members
    return found
