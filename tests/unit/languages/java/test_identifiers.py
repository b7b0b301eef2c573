from __future__ import annotations

import pytest

from protogen.errors import UsageError
from protogen.languages.java.identifiers import (
    camel_case,
    check_coordinate,
    check_package,
    identifier,
    method_name,
    package_name,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("ok", "ok"), ("class", "class_"), ("true", "true_"), ("3d", "_3d"), ("a-b", "a_b"), ("", "__")],
)
def test_identifier(name: str, wanted: str) -> None:
    assert identifier(name) == wanted


def test_package_name() -> None:
    assert package_name("a.int.b") == "a.int_.b"
    assert package_name("") == ""


@pytest.mark.parametrize(
    ("stem", "wanted"),
    [
        ("predict", "Predict"),
        ("get_model_status", "GetModelStatus"),
        ("a1b", "A1B"),
        ("fooBar", "FooBar"),
        ("x-y.z", "XYZ"),
        ("_a__b_", "AB"),
        ("é", ""),
    ],
)
def test_camel_case(stem: str, wanted: str) -> None:
    assert camel_case(stem) == wanted


@pytest.mark.parametrize(
    ("rpc", "wanted"),
    [
        ("Predict", "predict"),
        ("put_order", "putOrder"),
        ("GetURL", "getURL"),
        ("Import", "import_"),
        ("a__b", "aB"),
    ],
)
def test_method_name(rpc: str, wanted: str) -> None:
    assert method_name(rpc) == wanted


@pytest.mark.parametrize("package", ["a", "com.example.shaded", "a_1.B"])
def test_packages_that_java_takes(package: str) -> None:
    assert check_package(package) == package


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        ("a..b", "identifiers"),
        (".a", "identifiers"),
        ("a.", "identifiers"),
        ("1a", "identifiers"),
        ("a-b", "identifiers"),
        ("a b", "identifiers"),
        ("ä", "identifiers"),
        ("a\n", "identifiers"),
        ("a.new.int", "int, new is a reserved word"),
        ("a._", "_ is a reserved word"),
        ("java.util", "keeps java to itself"),
        ("javax", "keeps javax to itself"),
        ("System.x", "System is a class that Java imports everywhere"),
    ],
)
def test_packages_that_java_refuses(package: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as raised:
        check_package(package)
    assert "--java-package com.example.shaded" in raised.value.remedy


@pytest.mark.parametrize("value", ["com.example", "a-b_c", "x1.y"])
def test_coordinates_that_maven_takes(value: str) -> None:
    assert check_coordinate("--java-group", value, "x") == value


@pytest.mark.parametrize(
    "value", ["", ".a", "a.", "a..b", "a b", "a/b", "a:b", "ä", "${x}", "a\n", "x" * 201]
)
def test_coordinates_that_maven_refuses(value: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_coordinate("--java-group", value, "com.example")
    assert raised.value.where == "--java-group"
    assert raised.value.remedy == "run again with --java-group com.example"
