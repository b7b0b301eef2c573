from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import UsageError
from protogen.languages.python import naming

ELEMENTS = st.one_of(
    st.sampled_from(["a", "A", "class", "Class", "a-b", "a_b", "3d", "a.b", "b_pb2", "_pool", "x_pb2_grpc"]),
    st.text(
        st.characters(min_codepoint=33, max_codepoint=900, exclude_characters="/\\"), min_size=1, max_size=6
    ),
)
PATHS = st.lists(ELEMENTS, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + ".proto")


@pytest.mark.parametrize(
    ("protos", "modules"),
    [
        (["a/b/c.proto"], {"a/b/c.proto": "a.b.c_pb2"}),
        (["top.proto"], {"top.proto": "top_pb2"}),
        (["a/in-voice.proto"], {"a/in-voice.proto": "a.in_voice_pb2"}),
        (["a/x_.proto"], {"a/x_.proto": "a.x__pb2"}),
        (["class/import.proto"], {"class/import.proto": "class_.import_pb2"}),
        (["3d/2d.v1.proto"], {"3d/2d.v1.proto": "_3d._2d_v1_pb2"}),
        (["_pool/a.proto"], {"_pool/a.proto": "_pool_.a_pb2"}),
        (["a-b/c.proto", "a_b/c.proto"], {"a-b/c.proto": "a_b.c_pb2", "a_b/c.proto": "a_b.c_2_pb2"}),
        (["a/x-y.proto", "a/x_y.proto"], {"a/x-y.proto": "a.x_y_2_pb2", "a/x_y.proto": "a.x_y_pb2"}),
        (["a/X.proto", "a/x.proto"], {"a/X.proto": "a.X_pb2", "a/x.proto": "a.x_2_pb2"}),
        (["A/x.proto", "a/y.proto"], {"A/x.proto": "A.x_pb2", "a/y.proto": "A.y_pb2"}),
        (["a/b.proto", "a/b_pb2/c.proto"], {"a/b.proto": "a.b_2_pb2", "a/b_pb2/c.proto": "a.b_pb2.c_pb2"}),
    ],
)
def test_modules(protos: list[str], modules: dict[str, str]) -> None:
    assert naming.modules(protos) == modules


@given(st.lists(PATHS, max_size=12))
def test_modules_can_be_imported_and_share_no_file(protos: list[str]) -> None:
    found = naming.modules(protos)
    assert found.keys() == set(protos)
    assert naming.modules(reversed(protos)) == found
    paths = [module.lower() for module in found.values()]
    files = paths + [f"{path}_grpc" for path in paths]
    assert len(set(files)) == len(files)
    folders = naming.folders_of(found.values())
    assert len({folder.lower() for folder in folders}) == len(folders)
    assert not {folder.lower() for folder in folders} & set(files)
    for module in found.values():
        for part in module.split("."):
            assert part.isidentifier() and part.isascii() and not keyword.iskeyword(part)
            assert part != naming.POOL


def test_folders() -> None:
    assert naming.folders_of(["a.b.c_pb2", "a.d_pb2", "top_pb2"]) == ("a", "a.b")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a-b",
        "a.b",
        "1a",
        "class",
        "é",
        "json",
        "sys",
        "__main__",
        "google",
        "gRPC",
        "shop",
        "SHOP",
        "odd-top",
    ],
)
def test_packages_that_hide_others_are_refused(name: str) -> None:
    modules = {"shop/a.proto": "shop.a_pb2", "odd-top/b.proto": "odd_top.b_pb2"}
    with pytest.raises(UsageError) as caught:
        naming.check_package(name, modules)
    assert caught.value.where == "--python-package"


@pytest.mark.parametrize("name", ["shop_client", "a", "_a", "match", "protos"])
def test_packages(name: str) -> None:
    naming.check_package(name, {"shop/a.proto": "shop.a_pb2", "b.proto": "b_pb2"})


@pytest.mark.parametrize(
    ("name", "good"), [("a", True), ("a.b-c_d2", True), ("a-", False), ("é", False), ("", False)]
)
def test_distributions(name: str, good: bool) -> None:
    if good:
        naming.check_distribution(name, ("shop-api",))
    else:
        with pytest.raises(UsageError, match="ASCII"):
            naming.check_distribution(name, ())


def test_a_published_package_is_not_replaced() -> None:
    with pytest.raises(UsageError, match="published"):
        naming.check_distribution("Shop_API", ("shop-api",))
