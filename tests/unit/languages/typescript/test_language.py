from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import ToolFailed, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Coordinates, Installed, Package, Plan
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.languages.typescript.language import TypeScript
from protogen.protos.outline import File, Outline, Type
from protogen.recipe import model
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.go.test_language import FILES, request
from tests.unit.languages.test_editions import outline
from tests.unit.recipe.test_model import GOOD

TOOLS = Installed({"protoc-gen-es": Program("protoc-gen-es", "2.12.1", Path("/x"), "npm")})
GENERATED = {"esm/shop/s_pb.js": b"esm", "cjs/shop/s_pb.js": b"cjs"}
TWICE = (*FILES, File("shop/t.proto", "shop.t", (), (Type("Rep", "message"), Type("Last", "enum")), ()))


def package(folder: Path, text: str = GOOD, files: Sequence[File] = FILES, **settings: str) -> Package[Plan]:
    language, asked = TypeScript(), request(folder, text=text, files=tuple(files), **settings)
    plan = language.plan(asked)
    return Package(asked, plan, TOOLS, assembled(language, asked, plan, TOOLS, GENERATED))


def manifest(made: Package[Plan]) -> Any:
    return json.loads(made.files["package.json"])


def test_both_kinds_of_modules_come_of_two_runs(tmp_path: Path) -> None:
    esm, cjs = package(tmp_path).plan.invocations
    assert esm.files == cjs.files == ("shop/internal/m.proto", "shop/s.proto")
    assert (esm.folder, esm.parameters[-1]) == ("esm/", "js_import_style=module")
    assert (cjs.folder, cjs.parameters[-1]) == ("cjs/", "js_import_style=legacy_commonjs")


def test_the_manifest_says_what_it_is_called_requires_and_offers(tmp_path: Path) -> None:
    made = package(tmp_path, f"{GOOD}title: It's <a> shop\nlicense: MIT\n", npm_package="@team/shop")
    told = manifest(made)
    assert (told["name"], told["version"], told["license"]) == ("@team/shop", "2.1.3", "MIT")
    assert told["description"] == "Generated messages and gRPC services of It's <a> shop release-2.1"
    assert told["dependencies"] == {"@bufbuild/protobuf": "^2.5.0"}
    assert told["engines"] == {"node": ">=18"}
    # A compiler takes the first condition that holds.
    assert all(next(iter(each)) == "types" for each in told["exports"]["."].values())
    assert "license" not in manifest(package(tmp_path))


def test_every_file_that_it_names_is_there(tmp_path: Path) -> None:
    made = package(tmp_path)
    named = re.findall(r'"\./((?:esm|cjs)/index[.a-z]+)"', made.files["package.json"].decode())
    assert len(set(named)) == 4
    assert set(named) < made.files.keys()
    assert json.loads(made.files["cjs/package.json"])["type"] == "commonjs"
    assert made.files["esm/index.js"].decode().splitlines() == [
        'export * from "./shop/s_pb.js";',
        'export * from "./shop/internal/m_pb.js";',
    ]


def test_a_name_of_two_modules_is_the_first_ones_and_told(tmp_path: Path) -> None:
    made = package(tmp_path, files=TWICE)
    assert made.files["esm/index.d.ts"] == made.files["cjs/index.d.ts"]
    declared, there = (made.files[f"esm/index.{end}"].decode().splitlines()[3:] for end in ("d.ts", "js"))
    # What is a type only can't be exported by a script.
    assert there == ['export { RepSchema } from "./shop/s_pb.js";']
    assert declared == ['export { Rep } from "./shop/s_pb.js";', *there]
    assert made.plan.remarks == (
        "the index leaves out 2 names that another module has too: README.md has them",
    )
    assert "| `Rep` | `shop/s_pb.js` | `shop/t_pb.js` |" in made.files["README.md"].decode()
    assert package(tmp_path).plan.remarks == ()


def test_the_readme_calls_the_first_plain_method_or_shows_the_recipes_example(tmp_path: Path) -> None:
    readme = package(tmp_path).files["README.md"].decode()
    assert 'import { shop_service } from "shop/shop/s_pb.js";' in readme
    assert "createClient(shop_service, transport).get({}" in readme
    assert "call(channel, shop_service.method.get, {}" in readme
    assert "npm install DIR/typescript/shop-2.1.3.tgz" in readme
    own = f"{GOOD}languages: {{typescript: {{example: 'buy(\"@package{{}}\")'}}}}\n"
    assert 'buy("goods")' in package(tmp_path, own, npm_package="goods").files["README.md"].decode()
    without = package(tmp_path, files=FILES[:2]).files["README.md"].decode()
    assert "## Example" not in without
    assert "makeUnaryRequest" not in without


def test_an_edition_that_its_runtime_does_not_know_raises_it(tmp_path: Path) -> None:
    asked = replace(request(tmp_path), outline=Outline(outline("2024").files))
    plan = TypeScript().plan(asked)
    assert plan.section.requires == {"@bufbuild/protobuf": "^2.8.0"}
    assert "@bufbuild/protobuf ^2.8.0" in plan.remarks[0]


def test_a_scope_is_a_namespace(tmp_path: Path) -> None:
    assert TypeScript().coordinates(package(tmp_path, npm_package="@team/shop")) == (
        Coordinates("npm", "@team", "shop", "2.1.3"),
        Coordinates("npm", "@bufbuild", "protobuf", constraint="^2.5.0"),
    )


def build_dir(folder: Path, fails: str = "", *, offline: bool = False) -> tuple[BuildDir, Script, list[str]]:
    seen: list[str] = []

    def answer(argv: Sequence[str], cwd: Path | None, environ: Mapping[str, str]) -> Finished:
        seen.append(environ.get("npm_config_offline", ""))
        return Finished(tuple(argv), int(fails in argv), b"", b"npm error code ENOTFOUND\n")

    folder.mkdir(exist_ok=True)
    script = Script(answer)
    cache = Cache(folder / "cache", offline=offline)
    return BuildDir(Toolbox(cache, script, {"PATH": ""}), folder), script, seen


def test_the_archive_is_what_npm_packs(tmp_path: Path) -> None:
    made, (place, script, _) = package(tmp_path, npm_package="@team/shop"), build_dir(tmp_path / "b", "x")
    built = TypeScript().build(made, place, complete=True)
    assert list(built.files) == ["team-shop-2.1.3.tgz"]
    with tarfile.open(fileobj=io.BytesIO(built.files["team-shop-2.1.3.tgz"].read_bytes())) as archive:
        assert {each.name for each in archive} == {f"package/{path}" for path in made.files}
    assert script.started == []


def test_a_stranger_installs_compiles_and_runs(tmp_path: Path) -> None:
    made, (place, script, _) = package(tmp_path), build_dir(tmp_path / "b", "none")
    language = TypeScript()
    language.prove(made, language.build(made, place, complete=False), place)
    assert [argv[:2] for argv in script.started] == [
        ("npm", "install"),
        ("npm", "install"),
        ("node", "node_modules/typescript/bin/tsc"),
        ("node", "prove.mjs"),
        ("node", "prove.cjs"),
    ]
    assert script.started[1][-1] == str(place.folder / "dist" / "shop-2.1.3.tgz")
    consumer = place.folder / "consumer"
    told = json.loads((consumer / "package.json").read_text())
    assert told["dependencies"]["@bufbuild/protobuf"] == "^2.5.0"
    assert "example.mts" in json.loads((consumer / "tsconfig.json").read_text())["files"]
    program = (consumer / "prove.mts").read_text()
    assert program == (consumer / "prove.cts").read_text()
    assert 'import * as m1 from "shop/shop/internal/m_pb.js";' in program
    assert str(made.request.descriptor_set) in program


@pytest.mark.parametrize(
    ("offline", "told", "remedy"),
    [
        (False, "npm install failed: npm error code ENOTFOUND", "check the network and the npm registry"),
        (True, "npm install failed without network", "run the same command once without --offline"),
    ],
)
def test_a_registry_out_of_reach_is_no_fault_of_the_package(
    offline: bool, told: str, remedy: str, tmp_path: Path
) -> None:
    place, _, seen = build_dir(tmp_path / "b", "--prefer-offline", offline=offline)
    made, language = package(tmp_path), TypeScript()
    with pytest.raises(ToolFailed, match=told) as caught:
        language.prove(made, language.build(made, place, complete=False), place)
    assert caught.value.remedy.startswith(remedy)
    assert seen == ["true" if offline else ""]


def test_a_program_that_does_not_compile_is(tmp_path: Path) -> None:
    place, _, _ = build_dir(tmp_path / "b", "node_modules/typescript/bin/tsc")
    made, language = package(tmp_path), TypeScript()
    with pytest.raises(VerificationFailed, match="typescript: node node_modules/typescript/bin/tsc failed"):
        language.prove(made, language.build(made, place, complete=False), place)


def test_a_recipe_sets_versions_and_what_the_package_requires() -> None:
    lines = "{tools: {protoc-gen-es: 2.13.0}, requires: {'@bufbuild/protobuf': ^2.6.0}}"
    section = TypeScript().read(model.parse(f"{GOOD}languages: {{typescript: {lines}}}\n", "r.yaml"))
    (tool,) = TypeScript().tools(section)
    assert (tool.version, tool.package, tool.client.name) == ("2.13.0", "@bufbuild/protoc-gen-es", "npm")
    assert section.requires == {"@bufbuild/protobuf": "^2.6.0"}
