"""Kits in TypeScript, whose compiler is a function here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from protogen.errors import RecipeError, ToolFailed
from protogen.languages.package import Installed, Package, Plan, Request
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.languages.typescript import compiling
from protogen.languages.typescript.language import TypeScript
from protogen.recipe.kit import KitFile
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.go.test_language import request
from tests.unit.recipe.test_model import GOOD

PLUGIN = Program("protoc-gen-es", "2.12.1", Path("/x"), "npm")
SOURCE = 'import { S } from "@module{shop/s.proto}";\nimport * as all from "@module{}";\n'
MADE = {"index.js": "js", "index.d.ts": "declared"}


def toolbox(folder: Path, answer: Mapping[str, object], code: int = 0) -> tuple[Toolbox, Script]:
    def told(argv: Sequence[str], cwd: Path | None, environ: Mapping[str, str]) -> Finished:
        return Finished(tuple(argv), code, json.dumps(answer).encode(), b"one\ntwo\n" * code)

    node = folder / "node"
    node.write_text("")
    node.chmod(0o755)
    script = Script(told)
    return Toolbox(Cache(folder / "cache"), script, {"PATH": str(folder)}), script


def asked(folder: Path, *kit: KitFile, text: str = "") -> Request:
    plain = request(folder, text=f"{GOOD}{text}")
    return replace(plain, recipe=msgspec.structs.replace(plain.recipe, kit={"typescript": kit}))


def test_a_kit_is_compiled_once_and_there_for_both_kinds_of_modules(tmp_path: Path) -> None:
    box, script = toolbox(tmp_path, {"made": MADE, "wrong": []})
    sources = {"index.ts": SOURCE.encode()}
    found = compiling.compiled(sources, PLUGIN, box)
    assert found == {
        "cjs/client/index.js": "js",
        "cjs/client/index.d.ts": "declared",
        "esm/client/index.js": 'export * from "../../cjs/client/index.js";\n',
        "esm/client/index.d.ts": 'export * from "../../cjs/client/index.js";\n',
    }
    assert compiling.compiled(sources, PLUGIN, box) == found
    assert len(script.started) == 1
    for _ in range(2):  # another's compiler may be another next time
        assert compiling.compiled(sources, replace(PLUGIN, found="PATH"), box) == found
    assert len(script.started) == 3


@pytest.mark.parametrize(
    ("answer", "code", "error", "message"),
    [
        (
            {"made": {}, "wrong": [["a.ts", 3, "; expected"]]},
            0,
            RecipeError,
            "kit/typescript/a.ts:3: ; expected",
        ),
        ({}, 1, ToolFailed, "the recipe's kit can't be compiled: one\n  two"),
    ],
)
def test_what_can_not_be_compiled_is_refused(
    answer: Mapping[str, object], code: int, error: type[Exception], message: str, tmp_path: Path
) -> None:
    box, _ = toolbox(tmp_path, answer, code)
    with pytest.raises(error) as caught:
        compiling.compiled({"a.ts": b""}, PLUGIN, box)
    assert message in str(caught.value)


def test_the_package_offers_the_kit_and_what_it_may_be_used_with(tmp_path: Path) -> None:
    language = TypeScript()
    kit = KitFile("index.ts", SOURCE)
    readme = KitFile("README.ts", 'import "@package{}/client";\n')
    with_kit = asked(
        tmp_path, kit, readme, text="languages: {typescript: {kit_requires: {'@x/y': ^1.0.0}}}\n"
    )
    plan = language.plan(with_kit)
    installed = Installed({PLUGIN.name: PLUGIN}, compiling_texts(tmp_path))
    assert language.kit(with_kit, plan) == {}
    made = Package(with_kit, plan, installed, assembled(language, with_kit, plan, installed, {}))
    assert made.files["cjs/client/index.js"] == b"js"
    told = json.loads(made.files["package.json"])
    assert told["peerDependencies"] == {"@x/y": "^1.0.0"}
    assert told["peerDependenciesMeta"] == {"@x/y": {"optional": True}}
    assert told["exports"]["./client"]["import"]["default"] == "./esm/client/index.js"
    assert "npm install @x/y" in made.files["README.md"].decode()
    consumer = language.rendered(
        "consumer", with_kit, plan, installed, dist="", artifacts=[], descriptor_set=str(tmp_path)
    )
    assert consumer["kit/index.ts"] == SOURCE.replace("@module{}", "shop").replace(
        "@module{shop/s.proto}", "shop/shop/s_pb.js"
    )
    assert "kit/README.ts" not in consumer
    assert 'import * as k0 from "shop/client/index.js";' in consumer["prove.mts"]
    assert json.loads(consumer["package.json"])["dependencies"]["@x/y"] == "^1.0.0"


def compiling_texts(folder: Path) -> dict[str, str]:
    box, _ = toolbox(folder, {"made": MADE, "wrong": []})
    return compiling.compiled({"index.ts": b""}, PLUGIN, box)


def test_modules_of_protos_are_beside_those_of_the_kit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, bytes] = {}

    def compiled(sources: Mapping[str, bytes], plugin: Program, box: Toolbox) -> dict[str, str]:
        seen.update(sources)
        return {}

    monkeypatch.setattr(compiling, "compiled", compiled)
    monkeypatch.setattr(Toolbox, "install", lambda _self, _tools: {PLUGIN.name: PLUGIN})
    language, with_kit = TypeScript(), asked(tmp_path, KitFile("index.ts", SOURCE))
    plan: Plan = language.plan(with_kit)
    box, _ = toolbox(tmp_path, {})
    assert language.install(with_kit, plan, box).tools == {PLUGIN.name: PLUGIN}
    text = seen["index.ts"].decode()
    assert text == 'import { S } from "../shop/s_pb.js";\nimport * as all from "../index.js";\n'
