from __future__ import annotations

from pathlib import Path

import pytest

from protogen.errors import UsageError
from protogen.languages.go import enclosing
from protogen.languages.go.language import Go
from protogen.publish.manifest import render_manifest
from protogen.publish.tree import MANIFEST
from protogen.recipe import model
from tests.unit.recipe.test_model import GOOD


@pytest.mark.parametrize(
    ("go_mod", "path"),
    [
        ("module example.com/a\n", "example.com/a"),
        ("// module x\n\nmodule example.com/a // the module\n\ngo 1.21\n", "example.com/a"),
        ('module "example.com/a"\n', "example.com/a"),
        ("module `example.com/a`\r\n", "example.com/a"),
        ("module (\n\texample.com/a // here\n)\n", "example.com/a"),
        ('module(\n\n\t"example.com/a"\n)\ngo 1.21\n', "example.com/a"),
        ("go 1.21\nrequire (\n\tmodule v1.0.0\n)\nmodule outer\n", "outer"),
        ("module example.com/a//b\n", "example.com/a"),
    ],
)
def test_the_path_that_a_go_mod_declares(go_mod: str, path: str) -> None:
    assert enclosing.module_path(go_mod) == path


@pytest.mark.parametrize(
    ("go_mod", "problem"),
    [
        ("", "no module line"),
        ("go 1.21\n", "no module line"),
        ("module\n", "line 1: expected one module path"),
        ("module a b\n", "line 1: expected one module path"),
        ("module a\nmodule b\n", "line 2: it declares the module a second time"),
        ("module (\n a\n b\n)\n", "line 3: it declares the module a second time"),
        ("\nmodule (\n a\n", r"line 2: module \( is never closed"),
        ("module /* x */ a\n", r"line 1: unexpected '/\*'"),
        ('module "a\n', "line 1: unexpected"),
        (r'module "\u00"' + "\n", "is no string"),
    ],
)
def test_a_go_mod_without_a_path_tells_why(go_mod: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        enclosing.module_path(go_mod)


@pytest.mark.parametrize(
    ("folder", "fits"),
    [
        ("gen/go", True),
        ("internal/gen", True),
        ("a+b/v2/A_b-c.d~x", True),
        ("testdata/gen", False),
        ("gen/_x", False),
        ("gen/.x/go", False),
        ("vendor/gen", False),
        ("my gen/go", False),
        ("gen,x", False),
        ("gé", False),
        ("gen/con", False),
        ("gen/Aux.go", False),
        ("gen/x~1", False),
        ("gen./x", False),
    ],
)
def test_folders_that_go_takes_packages_from(folder: str, *, fits: bool) -> None:
    assert (enclosing.unfit(folder) == "") is fits


def test_the_nearest_go_mod_above_the_output_counts(tmp_path: Path) -> None:
    inner = tmp_path / "services" / "shop"
    inner.mkdir(parents=True)
    (tmp_path / "go.mod").write_text("module example.com/outer\n")
    assert enclosing.enclosing_path(inner / "gen" / "go") == "example.com/outer/services/shop/gen/go"
    (inner / "go.mod").write_text("module (\n\texample.com/shop\n)\n")
    assert enclosing.enclosing_path(inner / "gen" / "go") == "example.com/shop/gen/go"


def test_a_go_mod_in_the_output_counts_where_it_is_the_users_own(tmp_path: Path) -> None:
    out = tmp_path / "gen"
    out.mkdir()
    (tmp_path / "go.mod").write_text("module example.com/outer\n")
    (out / "go.mod").write_text("module example.com/inner\n")
    assert enclosing.enclosing_path(out) == "example.com/inner"
    (out / MANIFEST).write_bytes(render_manifest({"go.mod": "0" * 64}, {}))
    assert enclosing.enclosing_path(out) == "example.com/outer/gen"


def checked(settings: dict[str, str], module: str, out: Path) -> str:
    text = f"languages: {{go: {{module: {module!r}}}}}\n" if module else ""
    return Go().cache_inputs(model.parse(GOOD + text, "r.yaml"), settings, out)


@pytest.mark.parametrize(
    ("content", "out", "problem", "remedy"),
    [
        (b"module a\n", "testdata/go", "packages below testdata/go of the module a can't be used", "--out"),
        (b"go 1.21\n", "gen/go", "can't read the module's path: it has no module line", "go list -m"),
        (b"module \xff\n", "gen/go", "can't read the module's path", "go list -m"),
    ],
)
def test_an_enclosing_module_that_cannot_hold_the_packages_is_refused(
    tmp_path: Path, content: bytes, out: str, problem: str, remedy: str
) -> None:
    (tmp_path / "go.mod").write_bytes(content)
    with pytest.raises(UsageError, match=problem) as caught:
        checked({"go_module": "."}, "", tmp_path / out)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("module", ["no/../good", "example.com/a b"])
def test_a_module_that_no_version_makes_right_is_refused_before_the_release_is_known(
    tmp_path: Path, module: str
) -> None:
    with pytest.raises(UsageError, match="can't be a Go module"):
        checked({"go_module": module}, "", tmp_path)
    with pytest.raises(UsageError, match="can't be a Go module"):
        checked({}, module, tmp_path)
    assert checked({"go_module": "example.com/a/v2"}, module, tmp_path) == ""
