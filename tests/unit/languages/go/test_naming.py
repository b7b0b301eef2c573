from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.errors import UsageError
from protogen.languages.go import grouping, naming
from protogen.languages.go.naming import GoPackage
from protogen.protos.outline import File, Type


def file(name: str, *dependencies: str, types: tuple[Type, ...] = ()) -> File:
    return File(name, "p", dependencies, types, ())


def grouped(files: Sequence[File], entry_points: Sequence[str] = ()) -> tuple[GoPackage, ...]:
    return grouping.packages(files, entry_points, module="example.com/shop")


def folders(*files: File, entry_points: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {package.folder: package.protos for package in grouped(files, entry_points)}


def test_a_directory_is_a_package() -> None:
    found = grouped([file("a/x.proto", "b/y.proto"), file("a/z.proto"), file("b/y.proto")])
    assert found == (
        GoPackage("a", "a", ("a/x.proto", "a/z.proto")),
        GoPackage("b", "b", ("b/y.proto",)),
    )


def test_directories_that_import_each_other_are_one_at_the_place_of_the_entry_points() -> None:
    files = [
        file("api/log.proto", "core/base.proto"),
        file("core/base.proto"),
        file("core/log.proto", "api/model.proto"),
        file("core/more.proto"),
        file("api/model.proto"),
    ]
    assert folders(*files, entry_points=("api/log.proto",)) == {
        "api": ("api/log.proto", "api/model.proto", "core/base.proto", "core/log.proto", "core/more.proto")
    }
    assert list(folders(*files)) == ["core"]


def test_a_long_cycle_of_directories_is_merged_and_nothing_else() -> None:
    files = [
        file("a/1.proto", "b/1.proto"),
        file("b/1.proto", "c/1.proto"),
        file("c/2.proto", "a/2.proto"),
        file("c/1.proto"),
        file("a/2.proto", "d/1.proto"),
        file("d/1.proto"),
    ]
    assert sorted(folders(*files)) == ["a", "d"]


@pytest.mark.parametrize(
    ("directory", "folder"),
    [
        ("a/b", "a/b"),
        ("", ""),
        ("a/internal", "a/internalpb"),
        ("internal/a", "internalpb/a"),
        ("vendor", "vendorpb"),
        ("a/testdata/b", "a/testdatapb/b"),
        ("_a/.b", "a/b"),
        ("a./b", "a/b"),
        ("_", "protos"),
        ("a b/ü", "a_b/protos"),
        ("Internal", "Internalpb"),
        ("con/aux", "conpb/auxpb"),
        ("con.x/a~1", "conpb.x/a~1pb"),
        ("a~1.b/a~b", "a~1pb.b/a~b"),
        ("internals", "internals"),
    ],
)
def test_elements_that_hide_packages_are_renamed(directory: str, folder: str) -> None:
    assert naming.importable_folder(directory) == folder


def test_a_renamed_folder_gives_way_to_one_of_that_name() -> None:
    assert folders(file("a/_x/1.proto"), file("a/x/1.proto"), file("a/X/1.proto")) == {
        "a/X": ("a/X/1.proto",),
        "a/xpb": ("a/x/1.proto",),
        "a/xpbpb": ("a/_x/1.proto",),
    }


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("a/apis", "apis"),
        ("", "protos"),
        ("a/v1", "v1"),
        ("a/1b", "p1b"),
        ("a/my-api", "my_api"),
        ("a/type", "typepb"),
        ("a/main", "mainpb"),
        ("a/x_test", "x_testpb"),
        ("a/x.y", "x_y"),
    ],
)
def test_package_names_are_identifiers(folder: str, name: str) -> None:
    assert naming.package_name(folder) == name


@pytest.mark.parametrize(
    ("stem", "built"),
    [
        ("x", "x"),
        ("profile_windows", "profile_windows_proto"),
        ("profile_linux_amd64", "profile_linux_amd64_proto"),
        ("x_arm64", "x_arm64_proto"),
        ("windows", "windows"),
        ("x_linux_test", "x_linux_test_proto"),
        ("x_test", "x_test_proto"),
        ("x_windows.v1", "x_windows_proto.v1"),
        ("_hidden", "hidden"),
        (".hidden", "hidden"),
        ("_", "proto"),
        ("a b", "a_b"),
        ("nul", "nul_proto"),
        ("windows_x", "windows_x"),
    ],
)
def test_file_names_that_builds_pass_over_are_renamed(stem: str, built: str) -> None:
    assert naming.buildable_stem(stem) == built


def test_files_of_merged_directories_do_not_overwrite_each_other() -> None:
    package = GoPackage(
        "api", "api", ("api/log.proto", "core/log.proto", "core/Log.proto", "api/log_grpc.proto")
    )
    stems = naming.file_stems(package)
    assert stems["api/log.proto"] == "log"
    written = [f"{stem}{ending}".lower() for stem in stems.values() for ending in (".pb.go", "_grpc.pb.go")]
    assert len(set(written)) == len(written)


@given(
    st.lists(
        st.lists(
            st.sampled_from(["a", "A", "_a", "a_test", "a_linux", "internal", ".a", "a_grpc"]),
            min_size=1,
            max_size=3,
        ),
        unique_by=tuple,
        max_size=12,
    )
)
def test_any_tree_gets_unique_importable_names(paths: list[list[str]]) -> None:
    files = [file("/".join(path) + ".proto") for path in paths]
    written = []
    for package in grouped(files):
        assert not re.search(r"(^|/)(internal|vendor|testdata|[_.][^/]*)(/|$)", package.folder)
        for stem in naming.file_stems(package).values():
            assert not re.search(r"_(test|linux)$|^[_.]", stem)
            written += [f"{package.folder}/{stem}{ending}".lower() for ending in (".pb.go", "_grpc.pb.go")]
    assert len(set(written)) == len(written)


@pytest.mark.parametrize(
    ("path", "version", "module"),
    [
        ("example.com/x", "1.15.0", "example.com/x"),
        ("example.com/x", "0.0.0-dev.1.gabc", "example.com/x"),
        ("example.com/x", "2.11.1", "example.com/x/v2"),
        ("example.com/x/v2", "2.11.1", "example.com/x/v2"),
        ("example.com/x", "12.0.0", "example.com/x/v12"),
        ("gopkg.in/x.v2", "2.0.0", "gopkg.in/x.v2"),
        ("gopkg.in/x", "2.0.0", "gopkg.in/x.v2"),
        ("gopkg.in/x", "0.1.0", "gopkg.in/x.v0"),
        ("example.com/x/v1/v2", "2.0.0", "example.com/x/v1/v2"),
        ("example.com/v2x/vv2", "2.0.0", "example.com/v2x/vv2/v2"),
        ("example.com/x.v2", "2.0.0", "example.com/x.v2/v2"),
    ],
)
def test_module_path_gets_the_major_version_that_go_demands(path: str, version: str, module: str) -> None:
    assert naming.module_path(path, version) == module


@pytest.mark.parametrize(
    ("path", "version", "needs"),
    [
        ("example.com/x/v3", "2.11.1", "'/v2'"),
        ("example.com/x/v2", "1.15.0", "no such ending"),
        ("example.com/x/v1", "1.15.0", "no such ending"),
        ("gopkg.in/x.v3", "2.0.0", "'.v2'"),
        ("example.com/x/v2.5", "1.0.0", "no such ending"),
        ("example.com/x/v02", "2.0.0", "'/v2'"),
        ("example.com/x/v2/v3", "2.0.0", "'/v2'"),
    ],
)
def test_module_path_of_another_version_is_refused(path: str, version: str, needs: str) -> None:
    with pytest.raises(UsageError) as caught:
        naming.module_path(path, version)
    assert needs in caught.value.message
    assert caught.value.remedy == f"run again with --go-module {path.partition('/')[0]}/x"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nodot/x",
        "Example.com/x",
        "example.com//x",
        "example.com/x/",
        "example.com/.x",
        "example.com/x y",
        "-e.com/x",
        "example.com/con",
        "example.com/x~1",
        "example.com/x~12.y",
        "a" * 251,
    ],
)
def test_module_path_that_go_refuses_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="can't be a Go module"):
        naming.module_path(path, "1.0.0")
