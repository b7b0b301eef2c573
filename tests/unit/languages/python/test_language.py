from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import Edition, FeatureSet, FileDescriptorProto, FileDescriptorSet

from protogen.errors import RecipeError, UsageError
from protogen.languages import load_language
from protogen.languages.package import Installed, Request
from protogen.languages.python import PYTHON
from protogen.languages.python.language import Python
from protogen.languages.python.modules import serialized
from protogen.protos.outline import outline_of
from protogen.recipe import model
from protogen.releases.release import Release, ResolvedRepository
from tests.support.packages import assembled
from tests.unit.recipe.test_model import GOOD

STRING, MESSAGE, ENUM = 9, 11, 14
OPTIONAL, REPEATED = 1, 3


def protos() -> list[FileDescriptorProto]:
    any_ = FileDescriptorProto(name="google/protobuf/any.proto", package="google.protobuf", syntax="proto3")
    any_.message_type.add(name="Any")
    base = FileDescriptorProto(name="base/m.proto", package="base", syntax="proto3")
    base.message_type.add(name="Req").nested_type.add(name="Deep")
    base.enum_type.add(name="Kind").value.add(name="NONE", number=0)
    shop = FileDescriptorProto(name="shop/s.proto", package="shop", syntax="proto3")
    shop.dependency.extend(["base/m.proto", "google/protobuf/any.proto"])
    reply = shop.message_type.add(name="Rep")
    reply.field.add(name="text", number=1, type=STRING, label=OPTIONAL)
    reply.field.add(name="kinds", number=2, type=ENUM, label=REPEATED, type_name=".base.Kind")
    reply.field.add(name="any", number=3, type=MESSAGE, label=OPTIONAL, type_name=".google.protobuf.Any")
    shop.source_code_info.location.add(path=[4, 0], leading_comments=" A reply.\n")
    service = shop.service.add(name="Shop")
    service.method.add(name="Watch", input_type=".shop.Rep", output_type=".shop.Rep", server_streaming=True)
    service.method.add(name="Deep", input_type=".base.Req.Deep", output_type=".shop.Rep")
    service.method.add(name="Get", input_type=".base.Req", output_type=".shop.Rep")
    return [any_, base, shop]


def request(
    tmp_path: Path,
    *,
    text: str = GOOD,
    version: str = "2.1.3",
    source: str = "git",
    files: list[FileDescriptorProto] | None = None,
    **settings: str,
) -> Request:
    content = FileDescriptorSet(file=protos() if files is None else files).SerializeToString()
    path = tmp_path / "set.binpb"
    path.write_bytes(content)
    outline = outline_of(content)
    return Request(
        recipe=model.parse(text, "r.yaml"),
        release=Release(
            "release-2.1",
            version,
            source,
            (ResolvedRepository("api", "/home/me/api", "refs/heads/release-2.1", "c" * 40, "a note"),),
        ),
        outline=outline,
        descriptor_set=path,
        entry_points=("shop/s.proto",),
        well_known=frozenset({"google/protobuf/any.proto"} & {file.name for file in outline.files}),
        licenses={"api": {"LICENSE": "License A"}},
        settings=settings,
        out=tmp_path / "gen" / "python",
        missing_entry_points=("shop/internal.proto",) if source == "index" else (),
    )


def package(request: Request) -> dict[str, str]:
    plan = Python().plan(request)
    tree = assembled(Python(), request, plan, Installed({}), {})
    return {path: content.decode() for path, content in tree.items()}


def test_python_is_registered_and_needs_no_tools(tmp_path: Path) -> None:
    assert isinstance(load_language("python"), Python)
    wanted = request(tmp_path)
    plan = Python().plan(wanted)
    assert (plan.invocations, plan.patches, PYTHON.programs) == ((), {}, ())


def test_a_package_is_a_wheel_project(tmp_path: Path) -> None:
    tree = package(request(tmp_path))
    root = "src/shop_client"
    assert tree.keys() == {
        *("pyproject.toml", "README.md", "LICENSE", "LICENSE.protobuf"),
        *(f"{root}/{name}" for name in ("__init__.py", "__init__.pyi", "_pool.py", "py.typed")),
        *(f"{root}/{name}/__init__.py" for name in ("base", "shop", "google", "google/protobuf")),
        *(
            f"{root}/{name}_pb2.py{i}"
            for name in ("base/m", "shop/s", "google/protobuf/any")
            for i in ("", "i")
        ),
        *(f"{root}/shop/s_pb2_grpc.py{i}" for i in ("", "i")),
    }
    for path, text in tree.items():
        if path.endswith((".py", ".pyi")):
            ast.parse(text, path)
    project = tree["pyproject.toml"]
    assert 'name = "shop-client"\nversion = "2.1.3"' in project
    assert '"grpcio>=1.49.1",\n  "protobuf>=3.20.3",' in project
    assert 'requires-python = ">=3.8"' in project
    assert 'license-files = ["LICENSE", "LICENSE.protobuf"]' in project
    readme = tree["README.md"]
    assert "| api | a local repository | refs/heads/release-2.1 | " + "c" * 40 in readme
    assert "- api: a note" in readme
    assert str(tmp_path) not in "".join(tree.values())


def test_the_root_offers_what_a_client_needs(tmp_path: Path) -> None:
    tree = package(request(tmp_path))
    names: dict[str, object] = {}
    exec(tree["src/shop_client/__init__.py"], names)
    assert names["_EXPORTS"] == {
        "Rep": "shop.s_pb2",
        "Req": "base.m_pb2",
        "ShopAsyncStub": "shop.s_pb2_grpc",
        "ShopServicer": "shop.s_pb2_grpc",
        "ShopStub": "shop.s_pb2_grpc",
        "add_ShopServicer_to_server": "shop.s_pb2_grpc",
        "descriptor_pool": "_pool",
    }
    assert "from .shop.s_pb2 import Rep as Rep\n" in tree["src/shop_client/__init__.pyi"]


def test_modules_hold_the_serialized_files(tmp_path: Path) -> None:
    tree = package(request(tmp_path))
    file = protos()[2]
    module = tree["src/shop_client/shop/s_pb2.py"]
    assert "from .. import _pool\nfrom ..base import m_pb2 as _m_pb2\n" in module
    (content,) = [node.value for node in ast.walk(ast.parse(module)) if isinstance(node, ast.Constant)]
    assert isinstance(content, bytes)
    file.ClearField("source_code_info")
    assert FileDescriptorProto.FromString(content) == file
    assert "\n".join(serialized(file)) in module


def test_the_example_is_the_recipes_or_the_first_plain_call(tmp_path: Path) -> None:
    readme = package(request(tmp_path))["README.md"]
    assert "from shop_client import Req, ShopStub\n" in readme
    assert "ShopStub(channel).Deep(Req.Deep(), timeout=10)" in readme
    assert "print(await ShopStub(channel).Deep(Req.Deep(), timeout=10))" in readme
    own = "languages:\n  python:\n    example: 'import @module{shop/s.proto}, @module{}, @module{no.proto}'\n"
    readme = package(request(tmp_path, text=without_languages(GOOD) + own))["README.md"]
    assert "```python\nimport shop_client.shop.s_pb2, shop_client, @module{no.proto}\n```" in readme


def test_without_services_nothing_is_said_of_calls(tmp_path: Path) -> None:
    files = protos()[1:2]
    tree = package(request(tmp_path, files=files))
    assert "grpc" not in tree["pyproject.toml"] + tree["README.md"].replace("gRPC", "")
    assert "```python" not in tree["README.md"]
    assert "LICENSE.protobuf" not in tree


def test_the_index_leaves_out_what_the_readme_says(tmp_path: Path) -> None:
    readme = package(request(tmp_path, source="index"))["README.md"]
    assert "They also leave out: `shop/internal.proto`. Generate with" in readme


def test_wrappers_are_the_readmes_example_where_the_set_has_them(tmp_path: Path) -> None:
    wrappers = FileDescriptorProto(name="google/protobuf/wrappers.proto", package="google.protobuf")
    readme = package(request(tmp_path, files=[*protos(), wrappers]))["README.md"]
    assert "from shop_client.google.protobuf import wrappers_pb2" in readme


def test_a_commit_is_the_local_part_of_its_version(tmp_path: Path) -> None:
    wanted = request(tmp_path, version=f"0.0.0-dev.20240101000000.g{'c' * 12}")
    tree, (remark,) = package(wanted), Python().plan(wanted).remarks
    assert "public package indexes refuse; --package-version" in remark
    assert 'version = "0.0.0.dev20240101000000+gcccccccccccc"' in tree["pyproject.toml"]
    assert '__version__ = "0.0.0.dev20240101000000+gcccccccccccc"' in tree["src/shop_client/__init__.py"]


@pytest.mark.parametrize(
    ("key", "value"), [("python_package", "shop"), ("python_package", "base"), ("python_distribution", "a b")]
)
def test_senseless_settings_are_refused(key: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Python().plan(replace(request(tmp_path), settings={key: value}))


def test_settings_win_over_the_recipe(tmp_path: Path) -> None:
    text = (
        without_languages(GOOD)
        + "languages: {python: {package: theirs, distribution: theirs, grpcio: 1.60.0}}\n"
    )
    plan = Python().plan(request(tmp_path, text=text))
    assert (plan.package, plan.name, plan.section.grpcio) == ("theirs", "theirs", "1.60.0")
    plan = Python().plan(request(tmp_path, text=text, python_package="mine", python_distribution="my-dist"))
    assert (plan.package, plan.name) == ("mine", "my-dist")


@pytest.mark.parametrize("line", ["protobuf: new", "grpcio: '1'", "python: 3.8.1.1", "pakage: x"])
def test_the_section_is_strict(line: str) -> None:
    with pytest.raises(RecipeError, match=line.partition(":")[0]):
        Python().read(model.parse(without_languages(GOOD) + f"languages:\n  python:\n    {line}\n", "r.yaml"))


def without_languages(text: str) -> str:
    return text.partition("languages:")[0]


@pytest.mark.parametrize(
    ("recipes", "edition", "asked", "remarked"),
    [
        ("", "", "4.25.0", "M in shop/s.proto is called in JSON as another field or a oneof is"),
        ("  python: {protobuf: 6.1.2}", "", "6.1.2", "the package asks for protobuf 6.1.2 or newer"),
        ("", "editions", "5.27.2", "the protos are in edition 2023"),
    ],
)
def test_names_in_json_that_older_runtimes_refuse_raise_the_floor(
    recipes: str, edition: str, asked: str, remarked: str, tmp_path: Path
) -> None:
    file = FileDescriptorProto(name="shop/s.proto", package="shop", syntax=edition or None)
    if edition:
        file.edition = Edition.EDITION_2023
    message = file.message_type.add(name="M")
    message.oneof_decl.add(name="fooBar")
    message.field.add(
        name="foo_bar", json_name="fooBar", number=1, type=STRING, label=OPTIONAL, oneof_index=0
    )
    if edition:
        message.options.features.json_format = FeatureSet.LEGACY_BEST_EFFORT
    text = without_languages(GOOD) + (f"languages:\n{recipes}\n" if recipes else "")
    wanted = request(tmp_path, text=text, files=[file])
    plan = Python().plan(wanted)
    assert plan.section.protobuf == asked
    (remark,) = plan.remarks
    assert remarked in remark
    assert f'"protobuf>={asked}"' in package(wanted)["pyproject.toml"]
