"""npm packages of every release compile strictly, keep the wire, and stand beside each other."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protogen.languages.typescript.modules import modules
from protogen.protos.outline import outline_of
from tests.e2e import npm
from tests.support.command import must, protogen, run
from tests.support.descriptors_equal import differences

# The first to ask installs what all use; the others wait for it.
pytestmark = pytest.mark.timeout(600)

BY_GIT = ("r1.15", "r2.1", "r2.5", "r2.11", "r2.16", "r2.19", "master")
BY_INDEX = ("2.3", "2.18", "2.21")
RELEASES = (*BY_GIT, *BY_INDEX)
# Of each package in its arguments, what each module exports: names, and the file as the runtime has it.
DUMP = """\
{imports}
async function dump(argument) {{
  const [name, ...paths] = argument.split(",");
  const index = Object.keys(await load(name));
  const modules = {{}};
  for (const path of paths) {{
    const module = await load(`${{name}}/${{path}}.js`);
    const file = Object.values(module).find((each) => each.kind === "file").proto;
    const bytes = Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64");
    modules[path] = {{ names: Object.keys(module), bytes }};
  }}
  return {{ index, modules }};
}}
const packages = process.argv.slice(2);
Promise.all(packages.map(dump)).then((told) => console.log(JSON.stringify(told)));
"""
KINDS = {
    "mjs": """\
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
const load = (name) => import(name);""",
    "cjs": """\
const { toBinary } = require("@bufbuild/protobuf");
const { FileDescriptorProtoSchema } = require("@bufbuild/protobuf/wkt");
const load = (name) => require(name);""",
}
BESIDE = """\
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DataType, PredictRequestSchema as Old } from "serving-r1.15";
import { PredictRequestSchema as New, type PredictRequest } from "serving-r2.19";

const x = { dtype: DataType.DT_INT64, int64Val: [9007199254740993n] };
const versionChoice = { case: "version" as const, value: { value: 5n } };
const old = create(Old, { modelSpec: { name: "m", versionChoice }, inputs: { x } });
const read: PredictRequest = fromBinary(New, toBinary(Old, old));
const choice = read.modelSpec?.versionChoice;
console.log(choice?.case === "version" && choice.value.value, read.inputs["x"]?.int64Val[0]);
console.log(Old.typeName === New.typeName, (Old as object) === New);
"""


@dataclass(frozen=True)
class Made:
    """A package as a registry takes it, and what it was made of."""

    archive: Path
    folder: Path
    compiled: bytes

    @property
    def paths(self) -> list[str]:
        """Its modules."""
        return [each.path for each in modules(self.files, ())]

    @property
    def files(self) -> list[Any]:
        outline = outline_of(self.compiled)
        return [each for each in outline.files if not each.name.startswith("google/protobuf/")]


def alias(release: str) -> str:
    return f"serving-{release}"


@pytest.fixture(scope="session")
def made(shared: Path, cache: Path, from_corpus: list[str]) -> dict[str, Made]:
    """All releases, generated and packed once."""
    folder = shared / "typescript"
    with FileLock(shared / "typescript.lock"):
        if not (folder / "made").exists():
            folder.mkdir(exist_ok=True)
            for releases, source in ((BY_GIT, from_corpus), (BY_INDEX, ["--source", "index"])):
                asked = ["--version", ",".join(releases), "--lang", "typescript", "--artifacts", "dist"]
                must(protogen(*asked, *source, cwd=folder, cache=cache))
            (folder / "made").touch()
    found = {}
    for release in RELEASES:
        (archive,) = (folder / "dist" / release / "typescript").iterdir()
        (compiled,) = (folder / "dist" / release).glob("*.protoset")
        found[release] = Made(archive, folder / "gen" / release / "typescript", compiled.read_bytes())
    return found


@pytest.fixture(scope="session")
def everywhere(shared: Path, made: dict[str, Made]) -> Path:
    """A project with all releases, each under a name of its own."""
    folder = shared / "typescript" / "project"
    with FileLock(shared / "typescript.lock"):
        if not (folder / "node_modules" / "typescript").exists():
            npm.project(folder, {alias(release): each.archive for release, each in made.items()})
    return folder


def dumped(folder: Path, kind: str, packages: Mapping[str, Made]) -> dict[str, Any]:
    """What the packages of a project export, by name."""
    (folder / f"dump.{kind}").write_text(DUMP.format(imports=KINDS[kind]))
    asked = [",".join((name, *each.paths)) for name, each in packages.items()]
    told = json.loads(must(run(["node", f"dump.{kind}", *asked], cwd=folder)).out)
    return dict(zip(packages, told, strict=True))


@pytest.fixture(scope="session")
def exported(everywhere: Path, made: dict[str, Made]) -> dict[str, dict[str, Any]]:
    """What all releases export, by kind of module and release."""
    named = {alias(release): each for release, each in made.items()}
    return {
        kind: {name.removeprefix("serving-"): told for name, told in dumped(everywhere, kind, named).items()}
        for kind in KINDS
    }


def registered(told: Mapping[str, Any]) -> FileDescriptorSet:
    files = (base64.b64decode(each["bytes"]) for each in told["modules"].values())
    return FileDescriptorSet(file=map(FileDescriptorProto.FromString, files))


def own(compiled: bytes) -> FileDescriptorSet:
    files = FileDescriptorSet.FromString(compiled).file
    return FileDescriptorSet(file=[each for each in files if not each.name.startswith("google/protobuf/")])


def test_every_release_type_checks_from_both_kinds_of_modules(
    everywhere: Path, made: dict[str, Made]
) -> None:
    programs = []
    for release, each in made.items():
        names = [alias(release), *(f"{alias(release)}/{path}.js" for path in each.paths)]
        lines = [f'import * as m{at} from "{name}";' for at, name in enumerate(names)]
        lines.append(f"export const all = [{', '.join(f'm{at}' for at in range(len(names)))}];")
        for ending in ("mts", "cts"):
            programs.append(f"all-{release}.{ending}")
            (everywhere / programs[-1]).write_text("\n".join(lines))
    npm.compile_strictly(everywhere, programs)
    bundled = {"module": "esnext", "moduleResolution": "bundler", "noEmit": True}
    npm.compile_strictly(everywhere, ["all-r2.19.mts"], **bundled)


@pytest.mark.parametrize("release", RELEASES)
def test_the_runtime_has_every_file_as_it_was_compiled(
    release: str, made: dict[str, Made], exported: dict[str, dict[str, Any]]
) -> None:
    compiled = own(made[release].compiled)
    for kind in KINDS:
        found = registered(exported[kind][release])
        assert not differences(compiled, found)
        assert {each.name for each in found.file} == {each.name for each in compiled.file}


@pytest.mark.parametrize("release", RELEASES)
def test_modules_export_what_was_planned_and_the_index_all_of_it(
    release: str, made: dict[str, Made], exported: dict[str, dict[str, Any]]
) -> None:
    planned = {each.path: each.exports for each in modules(made[release].files, ())}
    values = {path: {name for name, is_value in each.items() if is_value} for path, each in planned.items()}
    for told in (exported[kind][release] for kind in KINDS):
        assert {path: set(each["names"]) for path, each in told["modules"].items()} == values
        assert set(told["index"]) - {"__esModule"} == set().union(*values.values())
    for path, each in planned.items():
        declared = (made[release].folder / "esm" / f"{path}.d.ts").read_text()
        assert {*re.findall(r"^export (?:declare )?(?:const|enum|type) ([\w$]+)", declared, re.M)} == {*each}


def test_two_releases_serve_one_program(everywhere: Path) -> None:
    (everywhere / "beside.mts").write_text(BESIDE)
    npm.compile_strictly(everywhere, ["beside.mts"])
    told = must(run(["node", "beside.mjs"], cwd=everywhere)).out.split()
    assert told == ["5n", "9007199254740993n", "true", "false"]


def test_the_lowest_runtime_that_it_asks_for_serves(made: dict[str, Made], tmp_path: Path) -> None:
    each = made["r2.19"]
    (lowest,) = json.loads((each.folder / "package.json").read_text())["dependencies"].values()
    required = {"@bufbuild/protobuf": lowest.removeprefix("^")}
    npm.project(tmp_path, {"serving": each.archive}, required)
    for kind in KINDS:
        told = dumped(tmp_path, kind, {"serving": each})["serving"]
        assert not differences(own(each.compiled), registered(told))


def test_npm_packs_the_same_files_from_the_folder(made: dict[str, Made]) -> None:
    each = made["r2.19"]
    (told,) = json.loads(must(run(["npm", "pack", "--dry-run", "--json"], cwd=each.folder)).out)
    with tarfile.open(fileobj=io.BytesIO(each.archive.read_bytes())) as archive:
        packed = {member.name.removeprefix("package/"): member.size for member in archive}
    assert {file["path"]: file["size"] for file in told["files"]} == packed
    assert told["filename"] == each.archive.name


RECIPE = """\
schema: 1
name: shop
title: It's "the" <Shop>
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "z/*.proto"}
"""
PROTOS = {
    "z/one.proto": """\
syntax = "proto3";
package z;
import "a/two.proto";
import "a/three.proto";
import "google/protobuf/descriptor.proto";
import "google/protobuf/empty.proto";
import public "google/protobuf/any.proto";
extend google.protobuf.FieldOptions { optional string unit = 50001; }
message M {
  a.M m = 1;
  three.M n = 2 [(unit) = "cent"];
  google.protobuf.Any any = 3;
  optional int64 o = 4;
}
enum class { A = 0; }
service Two {
  rpc Get(M) returns (google.protobuf.Empty);
  rpc ToString(M) returns (stream M);
}
""",
    "a/two.proto": """\
syntax = "proto2";
package a;
message M {
  optional group G = 1 { optional int32 x = 1; }
  extensions 100 to 200;
  enum E { X = 1; Y = 2; }
  extend M { optional string inner = 101; }
}
extend M { optional string class = 100; }
enum Two { T = 5; }
message A_B { message C {} }
message A { message B_C {} message B { message C {} } }
message FooSchema {}
message Foo { optional string currency = 1; }
""",
    "a/three.proto": """\
edition = "2023";
package three;
message M { int32 x = 1 [features.field_presence = IMPLICIT]; map<int64, string> m = 2; }
message Two {}
message string {}
""",
}


def laid(folder: Path) -> list[str]:
    """Write the shop's recipe and protos; the options that make protogen read and prove them."""
    (folder / "shop.yaml").write_text(RECIPE)
    for path, text in PROTOS.items():
        (folder / "api" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "api" / path).write_text(text)
    asked = ["--recipe", "./shop.yaml", "--source", "folder", "--repo", "api=api", "--version", "1.0"]
    named = ["--package-version", "1.0.0-rc1", "--npm-package", "@team/the.shop"]
    return [*asked, *named, "--lang", "typescript", "--verify"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        # Lengths stay, or what the plugin answers couldn't be read.
        ("s/export const ASchema = /export const ASchemb = /", "prove.mjs failed: .*no ASchema"),
        ("s/exports.ASchema = /exports.ASchemb = /", "prove.cjs failed: .*no ASchema"),
        # `currency` in base 64, wherever it begins.
        (
            "s/Y3VycmVuY3/Y3VycmVuZ3/; s/N1cnJlbmN5/N1cnJlbmR5/; s/jdXJyZW5je/jdXJyZW5ke/",
            "a/two.proto is registered otherwise than it was compiled",
        ),
    ],
    ids=["module", "commonjs", "descriptor"],
)
def test_code_that_is_not_what_was_compiled_does_not_pass(
    edit: str, told: str, made: dict[str, Made], cache: Path, tmp_path: Path
) -> None:
    (real,) = (cache / "v2" / "tools").glob("protoc-gen-es*/protoc-gen-es")
    plugin = tmp_path / "plugin"
    plugin.write_text(f"#!/bin/sh\n'{real}' \"$@\" | LC_ALL=C sed '{edit}'\n")
    plugin.chmod(0o755)
    # What failed is kept there.
    kept = {"TMPDIR": str(tmp_path)}
    given = f"--tool=protoc-gen-es={plugin}"
    ended = protogen(*laid(tmp_path), given, cwd=tmp_path, cache=cache, **kept)
    assert ended.code == 7
    assert re.search(told, ended.err, re.DOTALL), ended.err
    assert not (tmp_path / "gen").exists()


def test_names_that_clash_are_left_to_their_modules_and_proven(cache: Path, tmp_path: Path) -> None:
    said = must(protogen(*laid(tmp_path), "--artifacts", "d", cwd=tmp_path, cache=cache)).err
    assert "the index leaves out 8 names that another module has too" in said
    assert "1.0.0-rc.1 is a pre-release, which npm publishes under a tag only" in said
    assert (tmp_path / "d" / "typescript" / "team-the.shop-1.0.0-rc.1.tgz").is_file()
    assert '"group": "@team"' in (tmp_path / "d" / "shop-1.0.0-rc1.cdx.json").read_text()
    outline = outline_of((tmp_path / "d" / "shop-1.0.0-rc1.protoset").read_bytes())
    folder = tmp_path / "gen" / "typescript" / "esm"
    for each in modules([file for file in outline.files if not file.name.startswith("google/")], ()):
        declared = (folder / f"{each.path}.d.ts").read_text()
        names = re.findall(r"^export (?:declare )?(?:const|enum|type) ([\w$]+)", declared, re.M)
        assert {*names} == {*each.exports}
