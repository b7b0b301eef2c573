"""What a language has that overrides nothing but data: the one of tests/support/ini_language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from protogen.errors import ProtosUnresolved, RecipeError, ToolFailed, ToolMissing, VerificationFailed
from protogen.languages import documents
from protogen.languages.base import Language
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Artifacts, Coordinates, Installed, Package, Plan
from protogen.languages.toolchain.clients import CARGO
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.recipe import model
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.go.test_language import FILES, request
from tests.unit.languages.test_editions import outline
from tests.unit.recipe.test_model import GOOD

DISTRIBUTION = Path(__file__).parents[2] / "support" / "ini_language"
TOOLS = Installed({"protoc-gen-ini": Program("protoc-gen-ini", "1.0.0", Path("/x"), "PATH")})


@pytest.fixture
def ini(monkeypatch: pytest.MonkeyPatch) -> Language[Any, Any]:
    monkeypatch.syspath_prepend(DISTRIBUTION)
    language: Language[Any, Any] = import_module("protogen_ini").ENTRY.load()
    return language


def package(ini: Language[Any, Any], folder: Path, lines: str = "", **settings: str) -> Package[Plan]:
    asked = request(folder, text=f"{GOOD}languages: {{ini: {{{lines}}}}}\n")
    asked = replace(asked, settings=settings)
    plan = ini.plan(asked)
    return Package(asked, plan, TOOLS, assembled(ini, asked, plan, TOOLS, {"shop/s.ini": b"[a]"}))


def build_dir(folder: Path, fails: str = "") -> tuple[BuildDir, Script]:
    def answer(argv: Sequence[str], cwd: Path | None, environ: Mapping[str, str]) -> Finished:
        if fails in argv:
            return Finished(tuple(argv), 1, b"looked at it\n", b"\nno such thing\n")
        if cwd and cwd.name == "project":
            Path(argv[-1]).write_bytes(environ["SOURCE_DATE_EPOCH"].encode())
        return Finished(tuple(argv), 0, b"", b"")

    (folder / "shop").mkdir()
    script = Script(answer)
    return BuildDir(Toolbox(Cache(folder / "cache"), script, {"PATH": ""}), folder / "shop"), script


def test_its_generators_get_all_but_what_the_runtime_has(
    ini: Language[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = package(ini, tmp_path)
    (run,) = made.plan.invocations
    assert (run.generator, run.plugin, run.per_file) == ("ini", "protoc-gen-ini", True)
    assert run.files == tuple(file.name for file in FILES[1:])
    assert (made.plan.name, made.plan.version, made.plan.has_services) == ("shop", "2.1.3", True)
    assert package(ini, tmp_path, "package: goods").plan.name == "goods"
    assert package(ini, tmp_path, "package: goods", ini_package="mine").plan.name == "mine"
    monkeypatch.setattr(type(ini), "package_option", "ini_name")
    assert package(ini, tmp_path, ini_package="mine", ini_name="yours").plan.name == "yours"


def test_its_files_are_templates_and_what_was_generated(ini: Language[Any, Any], tmp_path: Path) -> None:
    files = package(ini, tmp_path).files
    assert set(files) == {"README.md", "LICENSE", "LICENSE.base", "sections/shop/s.ini"}
    assert b"`shop-2.1.3.zip` has a section" in files["README.md"]
    assert b"generators: protoc-gen-ini 1.0.0" in files["README.md"]


def test_what_it_requires_is_among_its_coordinates(ini: Language[Any, Any], tmp_path: Path) -> None:
    made = package(ini, tmp_path, "requires: {reader: '^2'}")
    assert ini.coordinates(made) == (
        Coordinates("generic", "", "shop", "2.1.3"),
        Coordinates("generic", "", "reader", constraint="^2"),
    )


def test_commands_build_and_prove_it(ini: Language[Any, Any], tmp_path: Path) -> None:
    made, (place, script) = package(ini, tmp_path), build_dir(tmp_path, "none")
    built = ini.build(made, place, complete=True)
    assert built.files == {"shop-2.1.3.zip": place.folder / "dist" / "shop-2.1.3.zip"}
    assert {path.stat().st_mtime for path in (place.folder / "project").rglob("*")} == {315532800}
    ini.prove(made, built, place)
    assert [argv[1:] for argv in script.started] == [
        ("-m", "protogen_ini.pack", str(place.folder / "dist" / "shop-2.1.3.zip")),
        ("use.py",),
    ]
    assert "shop.Req" in (place.folder / "consumer" / "use.py").read_text()


def test_a_failed_command_is_told_with_what_it_printed(ini: Language[Any, Any], tmp_path: Path) -> None:
    made, (place, _) = package(ini, tmp_path), build_dir(tmp_path, "use.py")
    built = ini.build(made, place, complete=False)
    with pytest.raises(VerificationFailed) as caught:
        ini.prove(made, built, place)
    assert caught.value.message.endswith("use.py failed: looked at it\n  no such thing")
    assert caught.value.remedy.startswith(f"cd {place.folder}/consumer && ")


def test_a_tool_that_is_nowhere_is_asked_for(ini: Language[Any, Any], tmp_path: Path) -> None:
    made, (place, _) = package(ini, tmp_path), build_dir(tmp_path)
    with pytest.raises(ToolMissing, match="protoc-gen-ini"):
        ini.install(made.request, made.plan, place.toolbox)


def test_its_section_is_strict_and_its_protos_have_no_edition(
    ini: Language[Any, Any], tmp_path: Path
) -> None:
    recipe = model.parse(f"{GOOD}languages: {{ini: {{tools: {{protoc-gen-x: '1'}}}}}}\n", "r.yaml")
    with pytest.raises(RecipeError, match="no tool 'protoc-gen-x'; expected one of protoc-gen-ini"):
        ini.cache_inputs(recipe, {}, tmp_path)
    with pytest.raises(ProtosUnresolved, match="packages for INI are made of protos with a syntax only"):
        ini.raised(ini.defaults, outline("2023"))
    assert (ini.refusal("1.0.0"), ini.version("1.0.0-rc.1")) == ("", "1.0.0-rc.1")


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% if %}"])
def test_a_template_that_is_wrong_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "README.md.jinja").write_text(text)
    with pytest.raises(ToolFailed, match="can't be rendered") as caught:
        documents.render(tmp_path, {})
    assert caught.value.where == str(tmp_path / "README.md.jinja")


def test_archives_of_its_own_stand_beside_what_commands_leave(
    ini: Language[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(ini), "packed", lambda *_: {"shop.crate": b"packed"})
    made, (place, _) = package(ini, tmp_path), build_dir(tmp_path)
    built = ini.build(made, place, complete=True)
    assert built.files["shop.crate"].read_bytes() == b"packed"
    assert set(built.files) == {"shop.crate", "shop-2.1.3.zip"}


@pytest.mark.parametrize("offline", [False, True])
def test_commands_that_prove_it_fetch_nothing_where_the_run_may_not(
    offline: bool, ini: Language[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(ini), "client", CARGO)
    environs = []

    def answer(argv: Sequence[str], cwd: Path | None, environ: Mapping[str, str]) -> Finished:
        environs.append(environ)
        return Finished(tuple(argv), 0, b"", b"")

    toolbox = Toolbox(Cache(tmp_path / "cache", offline=offline), Script(answer), {"PATH": ""})
    ini.prove(package(ini, tmp_path), Artifacts({"x.zip": tmp_path}), BuildDir(toolbox, tmp_path))
    assert [environ.get("CARGO_NET_OFFLINE") for environ in environs] == ["true" if offline else None]
