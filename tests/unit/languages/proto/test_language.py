from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.errors import UsageError, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Coordinates, Installed, Package, Plan
from protogen.languages.proto.language import Proto
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.protos import wire
from protogen.protos.outline import outline_of
from protogen.recipe import model
from protogen.system.cache import Cache
from protogen.system.process import Finished
from tests.support.packages import assembled
from tests.support.schemas import field, file, message, rpc, serialized, service
from tests.support.script import Script
from tests.unit.languages.go.test_language import request
from tests.unit.recipe.test_model import GOOD

PROTO = Proto()
SET = serialized(
    file("shop/m.proto", message("M", field("x", 1)), package="shop"),
    file(
        "shop/s.proto",
        service("S", rpc("Get", "shop.M", "shop.M")),
        package="shop",
        public=["shop/m.proto"],
    ),
)
TEXTS = {"shop/m.proto": b"// As it was.\n", "shop/s.proto": b"// This too.\n"}


def package(
    folder: Path,
    lines: str = "",
    texts: Mapping[str, bytes] = TEXTS,
    content: bytes = SET,
    entry_points: tuple[str, ...] = ("shop/s.proto",),
    **settings: str,
) -> Package[Plan]:
    asked = request(folder, text=f"{GOOD}languages: {{proto: {{{lines}}}}}\n")
    asked.descriptor_set.write_bytes(content)
    asked = replace(
        asked, outline=outline_of(content), texts=texts, settings=settings, entry_points=entry_points
    )
    plan = PROTO.plan(asked)
    return Package(asked, plan, Installed({}), assembled(PROTO, asked, plan, Installed({}), {}))


def readme(made: Package[Plan]) -> str:
    return made.files["README.md"].decode()


def test_it_has_the_protos_as_their_source_has_them_and_the_set(tmp_path: Path) -> None:
    made = package(tmp_path)
    assert made.files.keys() == {
        *("proto/shop/m.proto", "proto/shop/s.proto", "shop.protoset"),
        *("buf.yaml", "README.md", "LICENSE", "LICENSE.base"),
    }
    assert made.files["proto/shop/m.proto"] == TEXTS["shop/m.proto"]
    assert made.files["shop.protoset"] == SET
    assert made.plan.invocations == ()
    assert "Printed protos" not in readme(made)


def test_what_has_no_text_is_printed_and_said_so(tmp_path: Path) -> None:
    made = package(tmp_path, texts={})
    assert made.files["proto/shop/s.proto"].startswith(b'syntax = "proto3";\n\npackage shop;\n')
    assert "All of the 2 files, without google's own, were printed" in readme(made)
    one = package(tmp_path, texts={"shop/m.proto": b""})
    assert "1 of the 2 files" in readme(one)
    assert "Options that nothing in the set declares" not in readme(one)


def test_options_that_could_not_be_written_are_listed(tmp_path: Path) -> None:
    files = FileDescriptorSet.FromString(SET)
    files.file[0].options.MergeFromString(wire.field(50_000, 7))
    made = package(tmp_path, texts={}, content=files.SerializeToString())
    listed = "- shop/m.proto: option 50000 of google.protobuf.FileOptions, which nothing declares"
    assert listed in readme(made).splitlines()


def test_the_readme_calls_what_the_recipe_says_else_the_first_method(tmp_path: Path) -> None:
    first = "grpcurl -plaintext -protoset shop.protoset -d '{}' localhost:50051 shop.S/Get"
    assert first in readme(package(tmp_path))
    own = 'package: protos, example: "grpcurl -protoset @package{}.protoset localhost:8500 shop.S/Get"'
    told = readme(package(tmp_path, own))
    assert "grpcurl -protoset protos.protoset localhost:8500 shop.S/Get" in told
    assert "http://localhost:8500/shop.S/Get" in told
    assert "HOST:PORT" in readme(package(tmp_path, "example: grpcurl elsewhere shop.S/Get"))


def test_protos_without_methods_have_no_call(tmp_path: Path) -> None:
    content = serialized(file("shop/m.proto", message("M", field("x", 1)), package="shop"))
    assert "grpcurl" not in readme(package(tmp_path, content=content, entry_points=("shop/m.proto",)))


def test_it_is_called_as_the_option_says_else_as_the_recipe_does(tmp_path: Path) -> None:
    for lines, given, name in (
        ("", "", "shop"),
        ("package: protos", "", "protos"),
        ("package: protos", "mine", "mine"),
    ):
        made = package(tmp_path, lines, proto_package=given)
        assert PROTO.coordinates(made) == (Coordinates("generic", "", name, made.plan.version),)
        assert f"{name}.protoset" in made.files


@pytest.mark.parametrize(
    ("name", "nearest"), [("a/b", "a-b"), ("../x", "x"), ("-x y", "x-y"), ("", ""), ("ä", "shop")]
)
def test_a_name_that_no_archive_can_have_is_refused(name: str, nearest: str) -> None:
    recipe = model.parse(GOOD, "r.yaml")
    if not name:
        assert PROTO.package_name(recipe, {"proto_package": name}) == "shop"
        return
    with pytest.raises(UsageError) as caught:
        PROTO.cache_inputs(recipe, {"proto_package": name}, Path())
    assert caught.value.where == "--proto-package"
    assert caught.value.remedy == f"run again with --proto-package {nearest}"


def test_the_archive_has_one_folder(tmp_path: Path) -> None:
    made = package(tmp_path)
    ((name, content),) = PROTO.packed(made).items()
    stem = f"shop-{made.plan.version}"
    assert name == f"{stem}.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        assert sorted(packed.getnames()) == sorted(f"{stem}/{path}" for path in made.files)


def proven(folder: Path, *, compiled: bytes = SET, protoc: int = 0, buf: int | None = None) -> Script:
    """What a proof starts. compiled: what protoc makes of the archive; buf: how that ends, if it is there."""

    def answer(argv: Sequence[str], cwd: Path | None, env: Mapping[str, str]) -> Finished:
        code, message = (protoc, b"x.proto: no") if "-Iproto" in argv else (buf or 0, b"buf 1.75.0")
        for each in argv:
            if each.startswith("--descriptor_set_out="):
                Path(each.partition("=")[2]).write_bytes(compiled)
        return Finished(tuple(argv), code, message, b"")

    script, given = Script(answer), {}
    if buf is not None:
        given = {"buf": folder / "buf"}
        given["buf"].write_text("#!/bin/sh\n")
        given["buf"].chmod(0o755)
    place = BuildDir(Toolbox(Cache(folder / "cache"), script, {"PATH": ""}, given), folder / "dir")
    made = package(folder)
    PROTO.prove(made, PROTO.build(made, place, complete=False), place)
    return script


@pytest.fixture(autouse=True)
def no_buf_beside_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))


def test_the_archive_is_compiled_with_nothing_else_to_import(tmp_path: Path) -> None:
    (argv,) = proven(tmp_path).started
    assert [each for each in argv if each.startswith("-I") and each != "-I"] == ["-Iproto"]
    assert argv[-2:] == ("shop/m.proto", "shop/s.proto")


def test_buf_builds_it_where_it_is_there(tmp_path: Path) -> None:
    assert proven(tmp_path, buf=0).started[-1] == (str(tmp_path / "buf"), "build")
    with pytest.raises(VerificationFailed, match="buf build failed"):
        proven(tmp_path, buf=1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protoc": 1}, "the archive's protos don't compile on their own: x.proto: no"),
        ({"compiled": serialized(file("shop/m.proto"))}, "don't compile to the set that is with them"),
    ],
)
def test_an_archive_that_does_not_give_its_set_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(VerificationFailed, match=message) as caught:
        proven(tmp_path, **changes)
    assert Path(caught.value.where).name.startswith("shop-")
