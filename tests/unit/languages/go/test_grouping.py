"""Which protos share a Go package, and what becomes of packages whose names meet."""

from __future__ import annotations

import pytest
from hypothesis import given

from protogen.languages.go import grouping, identifiers
from protogen.languages.go.naming import GoPackage
from protogen.protos.imports import strongly_connected
from protogen.protos.outline import Field, File, Method, Service, Type
from tests.support.hostile_outlines import outlines


def file(
    name: str, *imports: str, types: str = "", package: str = "p", go_package: str = "", service: str = ""
) -> File:
    return File(
        name,
        package,
        imports,
        tuple(Type(each, "message") for each in types.split()),
        (Service(service, (Method("Get", "p.M", "p.M"),)),) if service else (),
        options={"go_package": go_package} if go_package else {},
    )


def folders(*files: File, entries: tuple[str, ...] = (), module: str = "example.com/api") -> dict[str, str]:
    found = grouping.packages(files, entries, module=module)
    return {package.folder: " ".join(package.protos) for package in found}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # No names meet: a directory is a package, whatever its files declare.
        (
            [
                file("x/a.proto", types="A", package="one", go_package="e.com/one"),
                file("x/b.proto", types="B", package="two", go_package="e.com/two"),
            ],
            {"x": "x/a.proto x/b.proto"},
        ),
        # By go_package, one file without.
        (
            [
                file("x/a.proto", types="A", go_package="e.com/one;uno"),
                file("x/b.proto", types="A", go_package="e.com/two"),
                file("x/c.proto", types="C", go_package="e.com/two"),
            ],
            {"x/one": "x/a.proto", "x/two": "x/b.proto x/c.proto"},
        ),
        # By proto package; services meet as types do.
        (
            [
                file("x/a.proto", types="A", package="one", service="Greeter"),
                file("x/b.proto", types="B", package="two", service="Greeter"),
            ],
            {"x/one": "x/a.proto", "x/two": "x/b.proto"},
        ),
        (
            [file("x/a.proto", types="A", package="one.v1"), file("x/b.proto", types="A", package="two.v1")],
            {"x/one/v1": "x/a.proto", "x/two/v1": "x/b.proto"},
        ),
        # Whose package begins all others, or is the directory's own, stays.
        (
            [file("x/a.proto", types="A", package="one"), file("x/b.proto", types="A", package="one.admin")],
            {"x": "x/a.proto", "x/admin": "x/b.proto"},
        ),
        (
            [
                file("x/v1/a.proto", types="A", package="x.v1"),
                file("x/v1/b.proto", types="A", package="y.v2"),
            ],
            {"x/v1": "x/v1/a.proto", "x/v1/v2": "x/v1/b.proto"},
        ),
        # One go_package for both doesn't part them; the proto package does.
        (
            [
                file("x/a.proto", types="A", package="one", go_package="e.com/x"),
                file("x/b.proto", types="A", package="two", go_package="e.com/x"),
            ],
            {"x/one": "x/a.proto", "x/two": "x/b.proto"},
        ),
        # Two folders that import each other, which would be one.
        (
            [
                file("a/1.proto", "b/1.proto", types="A", package="a"),
                file("b/1.proto", types="B", package="b"),
                file("b/2.proto", "a/2.proto", types="A", package="b"),
                file("a/2.proto", types="C", package="a"),
            ],
            {"a": "a/1.proto a/2.proto b/1.proto", "b": "b/2.proto"},
        ),
        # File names that differ in what isn't in identifiers.
        (
            [file("x/foo-bar.proto", types="A"), file("x/foo_bar.proto", types="B"), file("x/c.proto")],
            {"x": "x/c.proto x/foo-bar.proto", "x/foo_bar": "x/foo_bar.proto"},
        ),
        # A message beside another file's service.
        (
            [file("x/a.proto", types="GreeterClient"), file("x/b.proto", "x/a.proto", service="Greeter")],
            {"x": "x/a.proto", "x/b": "x/b.proto"},
        ),
        # A folder that is there already.
        (
            [
                file("x/a.proto", types="A", package="one"),
                file("x/b.proto", types="A", package="two"),
                file("x/one/c.proto", types="C", package="one"),
            ],
            {"x/one": "x/a.proto", "x/onepb": "x/one/c.proto", "x/two": "x/b.proto"},
        ),
    ],
)
def test_packages_whose_names_meet_are_split(files: list[File], expected: dict[str, str]) -> None:
    assert folders(*files) == expected


ETCD = [file("etcd/api/kv/kv.proto"), file("etcd/api/rpc/rpc.proto"), file("gogo/gogo.proto")]


@pytest.mark.parametrize(
    ("entries", "others", "expected"),
    [
        (["etcd/api/rpc/rpc.proto"], [], ["api/kv", "api/rpc", "gogo"]),
        # An entry point from elsewhere, another file's folder, the same name on some file systems.
        (["etcd/api/rpc/rpc.proto", "gogo/gogo.proto"], [], ["etcd/api/kv", "etcd/api/rpc", "gogo"]),
        (["etcd/api/rpc/rpc.proto"], ["API/kv/a.proto"], ["API/kv", "etcd/api/kv", "etcd/api/rpc", "gogo"]),
        (["etcd/api/rpc/rpc.proto"], ["etcdx/a.proto"], ["api/kv", "api/rpc", "etcdx", "gogo"]),
        (["etcd/api/rpc/rpc.proto"], ["etcd/a.proto"], ["", "api/kv", "api/rpc", "gogo"]),
        (["etcd/api/rpc/rpc.proto"], ["etcd/internal/a.proto"], ["api/kv", "api/rpc", "gogo", "internalpb"]),
    ],
)
def test_folders_do_without_a_mount_that_tells_nothing(
    entries: list[str], others: list[str], expected: list[str]
) -> None:
    protos = [*ETCD, *(file(name) for name in others)]
    found = grouping.packages(protos, entries, module="example.com/e", mounts=["etcd", "x/y"])
    assert [each.folder for each in found] == expected


def test_the_entry_points_keep_the_folder_of_a_package_that_is_split_by_file() -> None:
    files = [file("x/foo-bar.proto"), file("x/foo_bar.proto"), file("x/c.proto")]
    assert folders(*files, entries=("x/foo_bar.proto",)) == {
        "x": "x/foo_bar.proto",
        "x/c": "x/c.proto x/foo-bar.proto",
    }


ENUM = Type("M", "message", fields=(Field("kind", "enum", "x.E"),))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # A folder's name is that of a message where it is imported.
        (
            [file("Foo/a.proto", types="A"), file("b/b.proto", "Foo/a.proto", types="Foo")],
            ["Foopb", "b"],
        ),
        ([file("Foo/a.proto", types="Foo"), file("b/b.proto", "Foo/a.proto", types="B")], ["Foo", "b"]),
        # That of a parameter of stubs, or of a getter of another package's enum.
        ([file("in/a.proto"), file("b/b.proto", "in/a.proto", service="S")], ["b", "inpb"]),
        ([file("in/a.proto"), file("b/b.proto", "in/a.proto", types="B")], ["b", "in"]),
        ([file("x/a.proto"), File("b/b.proto", "p", ("x/a.proto",), (ENUM,), ())], ["b", "xpb"]),
        ([file("x/a.proto"), file("b/b.proto", "x/a.proto", types="B")], ["b", "x"]),
        ([file("x/a.proto"), file("b/b.proto", "x/a.proto", service="S")], ["b", "x"]),
        (
            [file("x/a.proto"), File("b/b.proto", "p", ("x/a.proto",), (ENUM,), (Service("S", ()),))],
            ["b", "xpb"],
        ),
        # What is imported through another counts too.
        (
            [
                file("in/a.proto"),
                File("d/d.proto", "p", ("in/a.proto",), (), (), public=("in/a.proto",)),
                file("b/b.proto", "d/d.proto", service="S"),
            ],
            ["b", "d", "inpb"],
        ),
    ],
)
def test_folders_whose_import_name_means_something_else_are_renamed(
    files: list[File], expected: list[str]
) -> None:
    assert list(folders(*files)) == expected


def test_the_modules_own_folder_moves_where_its_name_means_something_else() -> None:
    files = [file("a.proto"), file("b/b.proto", "a.proto", service="S")]
    assert list(folders(*files, module="example.com/in")) == ["b", "protos"]
    assert list(folders(*files)) == ["", "b"]


@given(outlines())
def test_any_protos_have_packages_without_circles_that_only_single_files_make_impossible(
    files: tuple[File, ...],
) -> None:
    found = grouping.packages(files, (), module="example.com/api")
    by_name = {each.name: each for each in files}
    assert sorted(name for package in found for name in package.protos) == sorted(by_name)
    assert len({package.folder.lower() for package in found}) == len(found)
    homes = {name: package.folder for package in found for name in package.protos}
    edges = {package.folder: imported(package, by_name, homes) for package in found}
    assert all(len(group) == 1 for group in strongly_connected(edges))
    for package in found:
        if len(package.protos) > 1:
            assert identifiers.clash(identifiers.together(package.protos, by_name)) is None


def imported(package: GoPackage, files: dict[str, File], homes: dict[str, str]) -> list[str]:
    return sorted(
        {homes[each] for name in package.protos for each in files[name].dependencies} - {package.folder}
    )
