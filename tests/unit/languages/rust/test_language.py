from __future__ import annotations

import io
import re
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from protogen.errors import ProtosUnresolved, RecipeError, UsageError, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Coordinates, Installed, Package, Plan, Request
from protogen.languages.rust.language import Rust, tree
from protogen.languages.toolchain.programs import Program
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos.outline import File, Method, Outline, Service, Type
from protogen.recipe import model
from protogen.recipe.kit import KitFile
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.script import Script
from tests.unit.languages.go.test_language import FILES
from tests.unit.languages.go.test_language import request as request_of
from tests.unit.languages.python.test_language import protos
from tests.unit.languages.python.test_language import request as compiled
from tests.unit.recipe.test_model import GOOD

PLUGINS = ("protoc-gen-prost", "protoc-gen-tonic")
TOOLS = Installed({name: Program(name, "0.5.0", Path("/x"), "cargo") for name in PLUGINS})
GENERATED = {"shop.rs": b"// messages", "shop.tonic.rs": b"// calls"}


def package(asked: Request, generated: Mapping[str, bytes] = GENERATED) -> Package[Plan]:
    plan = Rust().plan(asked)
    return Package(asked, plan, TOOLS, assembled(Rust(), asked, plan, TOOLS, generated))


def text_of(made: Package[Plan], path: str) -> str:
    return made.files[path].decode()


def manifest(made: Package[Plan]) -> Any:
    tomllib = pytest.importorskip("tomllib")
    return tomllib.loads(text_of(made, "Cargo.toml"))


def test_each_plugin_gets_all_its_files_in_one_run(tmp_path: Path) -> None:
    prost, tonic = Rust().plan(request_of(tmp_path)).invocations
    assert prost.files == ("shop/internal/m.proto", "shop/s.proto")
    assert tonic.files == ("shop/s.proto",)
    assert not (prost.per_file or tonic.per_file)
    assert "no_include" in tonic.parameters
    assert 'server_mod_attribute=.=#[cfg(feature = "server")]' in tonic.parameters


def test_the_manifest_says_what_it_is_called_requires_and_offers(tmp_path: Path) -> None:
    title = 'It\'s "<a>" 🛒'
    found = manifest(
        package(
            request_of(tmp_path, text=f"{GOOD}title: '{title.replace(chr(39), chr(39) * 2)}'\nlicense: MIT\n")
        )
    )
    about = found["package"]
    assert (about["name"], about["version"], about["license"]) == ("shop", "2.1.3", "MIT")
    assert about["description"] == f"Messages and gRPC clients of {title} release-2.1"
    assert about["rust-version"] == "1.75"
    assert about["include"] == ["src/**/*.rs", "README.md", "LICENSE", "LICENSE.base"]
    assert found["lib"] == {"doctest": False}
    assert found["dependencies"]["prost"] == "0.14.1"
    assert found["dependencies"]["tonic"]["default-features"] is False
    assert found["features"].keys() == {"default", "gzip", "server", "tls"}
    assert "license" not in manifest(package(request_of(tmp_path)))["package"]


def test_without_services_it_needs_messages_only(tmp_path: Path) -> None:
    made = package(request_of(tmp_path, files=FILES[:2]), {"shop.rs": b""})
    found = manifest(made)
    assert found["dependencies"].keys() == {"prost", "prost-types"}
    assert "features" not in found
    assert [each.name for each in Rust().coordinates(made)] == ["shop", "prost", "prost-types"]
    assert "## Example" not in text_of(made, "README.md")


def test_modules_are_nested_as_packages_are() -> None:
    served = Service("S", (Method("Get", "a.b.M", "a.b.M"),))
    files = [
        File("a/b/m.proto", "a.b", (), (Type("M", "message"),), (served,)),
        File("a/b/type/t.proto", "a.b.type", (), (), ()),
        File("bare.proto", "", (), (), (served,)),
        File("x.proto", "x", (), (), ()),
    ]
    assert tree(files) == {
        "name": "",
        "files": ["_.rs", "_.tonic.rs"],
        "modules": [
            {
                "name": "a",
                "files": [],
                "modules": [
                    {
                        "name": "b",
                        "files": ["a.b.rs", "a.b.tonic.rs"],
                        "modules": [{"name": "r#type", "files": ["a.b.type.rs"], "modules": []}],
                    }
                ],
            },
            {"name": "x", "files": ["x.rs"], "modules": []},
        ],
    }


def test_no_lint_stops_at_what_comments_hold(tmp_path: Path) -> None:
    # rustc refuses these characters where nothing else is said, and comments may have them.
    assert "allow(text_direction_codepoint_in_comment," in text_of(
        package(request_of(tmp_path)), "src/lib.rs"
    )


def test_the_library_includes_every_generated_file(tmp_path: Path) -> None:
    files = (*FILES, File("bare.proto", "", (), (Type("B", "message"),), FILES[2].services))
    made = package(request_of(tmp_path, files=files), {**GENERATED, "_": b"", ".tonic.rs": b""})
    lib = text_of(made, "src/lib.rs")
    included = {f"src/{path}" for path in re.findall(r'include!\("(.+)"\);', lib)}
    assert included == {path for path in made.files if path.startswith("src/generated/")}
    assert lib.count("{") == lib.count("}")
    assert 'pub mod shop {\n    include!("generated/shop.rs");' in lib


def test_the_readme_calls_the_first_plain_method_or_shows_the_recipes_example(tmp_path: Path) -> None:
    readme = text_of(package(request_of(tmp_path, crate="my-shop")), "README.md")
    assert "use my_shop::shop::shop_service_client::ShopServiceClient;" in readme
    assert "client.get(<my_shop::shop::req::Deep>::default())" in readme
    own = f"{GOOD}languages: {{rust: {{package: goods-api, example: 'use @package{{}}::shop;'}}}}\n"
    readme = text_of(package(request_of(tmp_path, text=own)), "README.md")
    assert "use goods_api::shop;" in readme
    assert "ShopServiceClient" not in readme


def test_it_is_called_and_requires_what_the_manifest_says(tmp_path: Path) -> None:
    assert Rust().coordinates(package(request_of(tmp_path, crate="goods"))) == (
        Coordinates("cargo", "", "goods", "2.1.3"),
        Coordinates("cargo", "", "prost", constraint="0.14.1"),
        Coordinates("cargo", "", "prost-types", constraint="0.14.1"),
        Coordinates("cargo", "", "tonic", constraint="0.14.2"),
        Coordinates("cargo", "", "tonic-prost", constraint="0.14.2"),
    )


@pytest.mark.parametrize(
    ("settings", "lines", "where", "remedy"),
    [
        ({"crate": "my.crate"}, "", "--crate", "--crate my-crate"),
        ({"crate": "prost"}, "", "--crate", "--crate prost-client"),
        ({}, "package: 'std'", "languages.rust of the recipe", "--crate std-client"),
    ],
)
def test_a_name_that_no_registry_takes_is_refused_before_anything_is_read(
    settings: dict[str, str], lines: str, where: str, remedy: str, tmp_path: Path
) -> None:
    recipe = model.parse(f"{GOOD}languages: {{rust: {{{lines}}}}}\n", "r.yaml")
    with pytest.raises(UsageError, match="can't be a crate") as caught:
        Rust().cache_inputs(recipe, settings, tmp_path)
    assert (caught.value.where, caught.value.remedy) == (where, f"run again with {remedy}")


def test_a_recipe_sets_versions_of_what_is_there() -> None:
    recipe = model.parse(f"{GOOD}languages: {{rust: {{requires: {{tonic: 0.14.5}}}}}}\n", "r.yaml")
    assert Rust().read(recipe).requires["tonic"] == "0.14.5"
    assert Rust().read(recipe).requires["prost"] == "0.14.1"
    recipe = model.parse(f"{GOOD}languages: {{rust: {{requires: {{serde: '1'}}}}}}\n", "r.yaml")
    with pytest.raises(RecipeError, match="no require 'serde'"):
        Rust().read(recipe)


def test_two_declarations_of_one_name_are_refused_with_their_places(tmp_path: Path) -> None:
    twice = File("shop/t.proto", "shop", (), (Type("req", "enum"),), ())
    asked = compiled(tmp_path)
    with pytest.raises(ProtosUnresolved, match=r"Req and req would both be shop::Req") as caught:
        Rust().plan(request_with(asked, (*FILES, twice)))
    assert caught.value.where == "shop/internal/m.proto and shop/t.proto"


def request_with(asked: Request, files: tuple[File, ...]) -> Request:
    return replace(asked, outline=Outline(files))


def test_a_crate_holds_the_package_below_its_name(tmp_path: Path) -> None:
    made = package(request_of(tmp_path, crate="goods"))
    ((name, content),) = Rust().packed(made).items()
    assert name == "goods-2.1.3.crate"
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        assert {member.name for member in packed} == {f"goods-2.1.3/{path}" for path in made.files}


def prove(folder: Path, written: str = "", files: list[Any] | None = None) -> tuple[Path, list[list[str]]]:
    """The consumer's folder and what was run. written: of the samples, what the consumer makes of a line."""
    made = package(compiled(folder, crate="goods") if files is None else compiled(folder, files=files))
    place = folder / "place"
    place.mkdir()

    def answer(argv: Sequence[str], cwd: Path | None, environ: Mapping[str, str]) -> Finished:
        if cwd and argv[1] == "run":
            given = (cwd / "samples").read_text()
            (cwd / "written").write_text(given.replace("shop.Rep ", f"shop.Rep {written}"))
        return Finished(tuple(argv), 0, b"", b"")

    script = Script(answer)
    build_dir = BuildDir(Toolbox(Cache(folder / "cache"), script, {"PATH": ""}), place)
    Rust().prove(made, Rust().build(made, build_dir, complete=True), build_dir)
    return place / "consumer", [list(argv) for argv in script.started]


def test_a_stranger_builds_the_crate_and_runs_a_program_with_it(tmp_path: Path) -> None:
    consumer, started = prove(tmp_path)
    archive = str(tmp_path / "place" / "dist" / "goods-2.1.3.crate")
    assert started == [
        [sys.executable, "-m", "tarfile", "-e", archive, "crate"],
        ["cargo", "fetch", "--quiet"],
        ["cargo", "run", "--quiet"],
    ]
    assert (
        'goods = { path = "crate/goods-2.1.3", features = ["server"] }'
        in (consumer / "Cargo.toml").read_text()
    )
    program = (consumer / "src" / "main.rs").read_text()
    assert '"base.Req.Deep" => read_and_write::<goods::base::req::Deep>(name, content),' in program
    assert "impl goods::shop::shop_server::Shop for Stranger {" in program
    assert "type WatchStream = tonic::codegen::BoxStream<goods::shop::Rep>;" in program
    assert "client.get(<goods::base::Req>::default())" in program
    assert "client.watch(" not in program


def test_messages_alone_are_proven_without_a_server(tmp_path: Path) -> None:
    files = protos()
    del files[-1].service[:]
    consumer, _ = prove(tmp_path, files=files)
    assert "tonic" not in (consumer / "src" / "main.rs").read_text()
    assert (consumer / "src" / "example.rs").read_text().strip() == ""


def test_a_message_that_is_not_written_as_it_was_read_fails_the_proof(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match=r"^rust: shop\.Rep aren't written as they were read"):
        prove(tmp_path, "1000")


DECLARED = """\
//! Calls shops.

mod orders;
#[cfg(feature = "fake")]
mod secret;

pub use orders::Order;
#[cfg(feature = "fake")]
pub use secret::{
    Secret,
};
"""


def with_kit(asked: Request, *, says: str = "") -> Request:
    """A request whose recipe brings a kit: one of its files needs what there isn't."""
    kit_files = (
        KitFile("mod.rs", DECLARED),
        KitFile("orders.rs", "use @package{}::shop::Order;\n"),
        KitFile("secret.rs", "", ("shop/secret.proto",)),
    )
    recipe = model.parse(f"{GOOD}{says}", "r.yaml") if says else asked.recipe
    return replace(asked, recipe=msgspec.structs.replace(recipe, kit={"rust": kit_files}))


def test_a_kit_is_a_module_that_declares_the_files_it_has(tmp_path: Path) -> None:
    asked = with_kit(request_of(tmp_path))
    language, plan = Rust(), Rust().plan(asked)
    files = language.kit(asked, plan)
    assert files.keys() == {"src/client/mod.rs", "src/client/orders.rs"}
    assert files["src/client/mod.rs"].decode() == (
        "//! Calls shops.\n\nmod orders;\n\npub use orders::Order;\n"
    )
    assert files["src/client/orders.rs"] == b"use shop::shop::Order;\n"
    assert "\npub mod client;\n" in text_of(package(asked), "src/lib.rs")


def test_features_of_a_kit_are_only_there_with_it(tmp_path: Path) -> None:
    says = (
        "languages: {rust: {kit_requires: {tokio: '1.44'}, kit_features: "
        "{client: [tokio/net], fake: [client, server]}}}\n"
    )
    asked = with_kit(request_of(tmp_path), says=says)
    made = package(asked)
    assert manifest(made)["dependencies"]["tokio"] == {
        "version": "1.44",
        "default-features": False,
        "optional": True,
    }
    assert manifest(made)["features"].keys() == {"default", "client", "fake", "gzip", "server", "tls"}
    assert '\n#[cfg(feature = "client")]\npub mod client;\n' in text_of(made, "src/lib.rs")
    stranger = Rust().rendered("consumer", asked, made.plan, TOOLS)
    assert '"server", "client", "fake"' in stranger["Cargo.toml"]
    assert '"2.1.3", features = ["client"] }' in text_of(made, "README.md")
    without = package(replace(asked, recipe=asked.recipe.without_kit()))
    assert without.files == package(replace(request_of(tmp_path), recipe=without.request.recipe)).files
    assert "tokio" not in manifest(without)["dependencies"]
    assert manifest(without)["features"].keys() == {"default", "gzip", "server", "tls"}


def test_a_kit_and_a_proto_package_of_one_name_are_refused(tmp_path: Path) -> None:
    asked = with_kit(request_of(tmp_path))
    plan = Rust().plan(asked)
    asked = request_with(asked, (*FILES, File("client.proto", "client.v1", (), (), ())))
    with pytest.raises(RecipeError, match="both the module client") as caught:
        Rust().kit(asked, plan)
    assert "--without-kit" in caught.value.remedy
