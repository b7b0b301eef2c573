from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import ProtosUnresolved, UsageError
from protogen.languages.cpp import names
from protogen.protos.outline import File, Method, Service, Type
from tests.unit.languages.go.test_language import request


@pytest.fixture(autouse=True)
def no_lines(tmp_path: Path) -> None:
    """A set that tells no lines of what is refused."""
    (tmp_path / "set.binpb").write_bytes(b"")


@pytest.mark.parametrize("name", ["shop-client", "Shop", "tf_serving", "9lives", "a__b-"])
def test_a_package_may_be_called_so(name: str) -> None:
    names.check_package(name)


@pytest.mark.parametrize(
    ("name", "message", "other"),
    [
        ("a b", "letters, digits", "a-b-client"),
        ("-x", "letters, digits", "x-client"),
        ("a::b", "letters, digits", "a-b-client"),
        ("ü", "letters, digits", "api-client"),
        ("", "letters, digits", "api-client"),
        ("test", "taken", "test-client"),
        ("gRPC", "taken", "gRPC-client"),
    ],
)
def test_a_package_may_not_be_called_so(name: str, message: str, other: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        names.check_package(name)
    assert caught.value.remedy.endswith(f"--cmake-package {other}")
    names.check_package(other)


@pytest.mark.parametrize(
    ("proto", "stem"),
    [("a/b.proto", "a/b"), ("a.proto.proto", "a.proto"), ("x.protodevel", "x"), ("x.txt", "x.txt")],
)
def test_files_are_called_as_protoc_calls_them(proto: str, stem: str) -> None:
    assert names.stem(proto) == stem


@pytest.mark.parametrize("path", ["a/b.proto", "a b/c-d+e~f@1,2=3.x.proto", "ü.proto", "_.proto"])
def test_a_path_that_cmake_can_quote(path: str, tmp_path: Path) -> None:
    file = File(path, "p", (), (), ())
    names.check([file], request(tmp_path, files=(file,)))


@pytest.mark.parametrize(
    "path",
    ["a;b.proto", "$x.proto", "a[1.proto", 'q".proto', "-x.proto", "@x.proto", "a#b.proto", "x\\y.proto"],
)
def test_a_path_that_cmake_cannot_hold(path: str, tmp_path: Path) -> None:
    file = File(path, "p", (), (), ())
    with pytest.raises(ProtosUnresolved, match="can't hold the path"):
        names.check([file], request(tmp_path, files=(file,)))


def served(package: str = "p", service: str = "S", method: str = "M", message: str = "X") -> File:
    inner = (Type("do", "message"),)
    types = (Type("X", "message", nested=inner), Type("class", "message", nested=inner))
    full = ".".join(filter(None, (package, message)))
    return File("p.proto", package, (), types, (Service(service, (Method(method, full, full),)),))


@pytest.mark.parametrize(
    "file", [served(), served(package=""), served(package="news.class_"), served(message="X.do")]
)
def test_names_that_cpp_has(file: File, tmp_path: Path) -> None:
    names.check([file], request(tmp_path, files=(file,)))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (served(package="a.new.b"), "new"),
        (served(service="union"), "union"),
        (served(method="delete"), "delete"),
        (served(message="class"), "class"),
        (served(message="class.do"), "class"),
    ],
)
def test_keywords_that_no_generator_changes(file: File, name: str, tmp_path: Path) -> None:
    with pytest.raises(ProtosUnresolved, match=f"C\\+\\+ can't express p.proto: '{name}' is a keyword"):
        names.check([file], request(tmp_path, files=(file,)))


@pytest.mark.parametrize(
    ("package", "type_", "message"),
    [
        ("a.linux.v1", "M", "'linux' is a macro"),
        ("a.std", "M", "'std' is the namespace of C\\+\\+'s library"),
        ("a", "std", "'std' is the namespace of C\\+\\+'s library"),
    ],
)
def test_names_that_mean_something_else(package: str, type_: str, message: str, tmp_path: Path) -> None:
    file = File("p.proto", package, (), (Type(type_, "message"),), ())
    with pytest.raises(ProtosUnresolved, match=message):
        names.check([file], request(tmp_path, files=(file,)))


def test_two_of_one_name_are_refused_with_the_places_of_both(tmp_path: Path) -> None:
    types = (Type("A", "message", nested=(Type("B", "message"),)), Type("A_B", "message"))
    files = tuple(File(f"{each.name}.proto", "p", (), (each,), ()) for each in types)
    with pytest.raises(ProtosUnresolved, match=r"A_B and A\.B would both be A_B") as caught:
        names.check(files, request(tmp_path, files=files))
    assert caught.value.where == "A_B.proto and A.proto"


@pytest.mark.parametrize(
    ("package", "path", "name"),
    [
        ("tensorflow.serving", "ModelSpec", "tensorflow::serving::ModelSpec"),
        ("tensorflow", "TensorShapeProto.Dim", "tensorflow::TensorShapeProto_Dim"),
        ("", "M", "M"),
        ("p", "class", "p::class_"),
        ("p", "class.do.M", "p::class__do_M"),
        ("p", "co.await", "p::co_await_"),
    ],
)
def test_classes_are_called_as_protoc_calls_them(package: str, path: str, name: str) -> None:
    assert names.qualified(package, path) == name
