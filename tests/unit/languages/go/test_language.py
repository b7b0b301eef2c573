from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from protogen.errors import RecipeError, UsageError
from protogen.languages import LANGUAGES, choose
from protogen.languages.go import section
from protogen.languages.go.language import Go
from protogen.languages.go.requirements import Requirements, probe_source, render_go_mod
from protogen.languages.package import Installed, Request
from protogen.languages.toolchain.programs import Program
from protogen.protos.outline import File, Method, Outline, Service, Type
from protogen.recipe import builtin, model
from protogen.releases.release import Release, ResolvedRepository
from tests.support.packages import assembled
from tests.unit.recipe.test_model import GOOD

FILES = (
    File(
        "google/protobuf/any.proto",
        "google.protobuf",
        (),
        (),
        (),
        options={"go_package": "google.golang.org/protobuf/types/known/anypb"},
    ),
    File(
        "shop/internal/m.proto", "shop", (), (Type("Req", "message", nested=(Type("Deep", "message"),)),), ()
    ),
    File(
        "shop/s.proto",
        "shop",
        ("shop/internal/m.proto", "google/protobuf/any.proto"),
        (Type("Rep", "message"),),
        (
            Service(
                "shop_service",
                (Method("Stream", "shop.Rep", "shop.Rep", True), Method("Get", "shop.Req.Deep", "shop.Rep")),
            ),
        ),
    ),
)


def request(tmp_path: Path, *, text: str = GOOD, files: tuple[File, ...] = FILES, **settings: str) -> Request:
    return Request(
        recipe=model.parse(text, "r.yaml"),
        release=Release(
            "release-2.1",
            "2.1.3",
            "git",
            (
                ResolvedRepository("api", "https://example.com/api", "refs/heads/release-2.1", "c" * 40),
                ResolvedRepository("base", "/home/me/base", "", "d" * 40, "pinned in DEPS"),
            ),
        ),
        outline=Outline(files),
        descriptor_set=tmp_path / "set.binpb",
        entry_points=("shop/s.proto",),
        well_known=frozenset({"google/protobuf/any.proto"}),
        licenses={"api": {"LICENSE": "License A"}, "base": {"LICENSE": "License B"}},
        settings=settings,
        out=tmp_path / "gen" / "go",
    )


def provided(plan: Any) -> Installed:
    tools = {name: Program(name, "v1", Path("/x"), "go") for name in section.PLUGINS}
    return Installed(tools, {"go.mod": f"module {plan.module}\n", "go.sum": ""})


def test_every_file_is_mapped_and_services_are_served(tmp_path: Path) -> None:
    plan = Go().plan(request(tmp_path))
    go, grpc = plan.invocations
    module = "example.com/shop/v2"
    assert go.parameters == (
        "paths=source_relative",
        f"Mshop/s.proto={module}/shop;shop",
        f"Mshop/internal/m.proto={module}/shop/internalpb;internalpb",
        "Mgoogle/protobuf/any.proto=google.golang.org/protobuf/types/known/anypb",
    )
    assert go.files == ("shop/internal/m.proto", "shop/s.proto")
    assert grpc.files == ("shop/s.proto",)
    assert grpc.parameters == go.parameters
    assert plan.outputs["shop/internal/m.pb.go"] == "shop/internalpb/m.pb.go"
    assert "placeholder" in plan.remarks[0]


def test_package_holds_code_requirements_and_texts(tmp_path: Path) -> None:
    asked = request(tmp_path, go_module="example.com/mine")
    plan = Go().plan(asked)
    tree = assembled(Go(), asked, plan, provided(plan), {"shop/s.pb.go": b"x", "shop/internal/m.pb.go": b"y"})
    assert sorted(tree) == [
        *("LICENSE", "LICENSE.base", "README.md", "doc.go", "go.mod", "go.sum"),
        *("shop/internalpb/m.pb.go", "shop/s.pb.go"),
    ]
    readme = tree["README.md"].decode()
    assert "go get example.com/mine/v2@v2.1.3" in readme
    assert "placeholder" not in readme
    assert "`shop.shop_service`: Stream, Get" in readme
    assert "| base | a local repository | - | " + "d" * 40 in readme
    assert "/home/me" not in readme
    assert "pinned in DEPS" in readme
    assert "panic" in readme
    assert tree["doc.go"].endswith(b"\npackage shop\n")


def test_example_without_one_in_the_recipe_calls_the_first_plain_rpc(tmp_path: Path) -> None:
    asked = request(tmp_path)
    plan = Go().plan(asked)
    readme = assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()
    assert "client.NewShopServiceClient(conn)" in readme
    assert "stub.Get(context.Background(), &types.Req_Deep{})" in readme
    assert 'types "example.com/shop/v2/shop/internalpb"' in readme


def test_example_of_the_recipe_gets_its_import_paths(tmp_path: Path) -> None:
    text = GOOD + 'languages:\n  go:\n    example: |\n      import "@import{shop}" // @import{nowhere}\n'
    asked = request(tmp_path, text=text)
    plan = Go().plan(asked)
    readme = assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()
    assert 'import "example.com/shop/v2/shop" // @import{nowhere}' in readme


STATUS = File("google/rpc/status.proto", "google.rpc", (), (), ())
CODE = File("google/rpc/code.proto", "google.rpc", (), (), ())
RPC = "google.golang.org/genproto/googleapis/rpc"


@pytest.mark.parametrize(
    ("imports", "stands_for"),
    [
        (("google/rpc/status.proto",), [f"{RPC}/status", "", f"{RPC}/status"]),
        (("google/rpc/status.proto", "google/rpc/code.proto"), [f"{RPC}/status", f"{RPC}/code", ""]),
        ((), ["", "", ""]),
    ],
)
def test_what_a_published_module_serves_has_its_import_path(
    imports: tuple[str, ...], stands_for: list[str], tmp_path: Path
) -> None:
    user = File("shop/a.proto", "shop", imports, (Type("A", "message"),), ())
    published = [each for each in (STATUS, CODE) if each.name in imports]
    asked = request(tmp_path, files=(*published, *FILES, user))
    plan = Go().plan(asked)
    names = ("google/rpc/status.proto", "google/rpc/code.proto", "google/rpc")
    assert [Go().stands_for("import", name, asked, plan) for name in names] == stands_for


def test_a_set_without_services_needs_no_grpc(tmp_path: Path) -> None:
    asked = request(tmp_path, files=FILES[:2])
    plan = Go().plan(asked)
    assert [invocation.generator for invocation in plan.invocations] == ["go"]
    requirements = Requirements.of(plan.section, grpc=plan.has_services)
    assert list(requirements.direct) == ["google.golang.org/protobuf"]
    assert "google.golang.org/grpc" not in probe_source(requirements)
    readme = assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()
    assert "## Services" not in readme
    assert "## Example" not in readme


def test_streams_only_have_no_example(tmp_path: Path) -> None:
    stream = Service("S", (Method("Stream", "shop.Req", "shop.Req", True),))
    files = (*FILES[:2], File("shop/s.proto", "shop", ("shop/internal/m.proto",), (), (stream,)))
    asked = request(tmp_path, files=files)
    plan = Go().plan(asked)
    assert "## Example" not in assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()


def test_example_in_one_package_imports_it_once(tmp_path: Path) -> None:
    service = Service("S", (Method("Get", "shop.Rep", "shop.Rep"),))
    files = (File("shop/s.proto", "shop", (), (Type("Rep", "message"),), (service,)),)
    asked = request(tmp_path, files=files)
    plan = Go().plan(asked)
    readme = assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()
    assert "&client.Rep{}" in readme
    assert "types " not in readme


def test_protos_at_the_top_share_the_modules_own_package(tmp_path: Path) -> None:
    files = (File("s.proto", "", (), (Type("Rep", "message"),), ()),)
    asked = request(tmp_path, files=files)
    plan = Go().plan(asked)
    tree = assembled(Go(), asked, plan, provided(plan), {"s.pb.go": b""})
    assert "s.pb.go" in tree
    assert tree["doc.go"].endswith(b"\npackage protos\n")
    assert plan.invocations[0].parameters[1] == "Ms.proto=example.com/shop/v2;protos"


def test_enclosing_module_gives_the_import_path(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text('// c\nmodule "example.com/outer"\n')
    asked = request(tmp_path, go_module=".")
    plan = Go().plan(asked)
    assert plan.module == "example.com/outer/gen/go"
    assert plan.remarks == (
        "in the module around it, run once: "
        "go get google.golang.org/grpc@v1.64.0 google.golang.org/protobuf@v1.33.0",
    )
    tree = assembled(Go(), asked, plan, Installed(provided(plan).tools), {})
    assert "go.mod" not in tree
    assert "part of the module around it" in tree["README.md"].decode()


def test_enclosing_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--go-module \. needs a go\.mod"):
        Go().plan(request(tmp_path, go_module="."))


def test_index_packages_say_what_they_lack(tmp_path: Path) -> None:
    from dataclasses import replace

    asked = request(tmp_path)
    asked = replace(
        asked, release=replace(asked.release, source="index"), missing_entry_points=("shop/gone.proto",)
    )
    plan = Go().plan(asked)
    readme = assembled(Go(), asked, plan, provided(plan), {})["README.md"].decode()
    assert "keep no comments" in readme
    assert "`shop/gone.proto`" in readme


def test_recipe_pins_win_over_defaults() -> None:
    text = GOOD + "languages:\n  go:\n    tools: {protoc-gen-go: v9.9.9}\n"
    read = Go().read(model.parse(text, "r.yaml"))
    assert read.tools["protoc-gen-go"] == "v9.9.9"
    assert read.tools["protoc-gen-go-grpc"] == "v1.5.1"
    assert read.go == "1.19"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (
            "    tools: {protoc-gen-x: v1}\n",
            "no tool 'protoc-gen-x'; expected one of protoc-gen-go, protoc-gen-go-grpc",
        ),
        ("    modul: x\n", "r.yaml:22: languages.go.modul: unknown key; expected one of module"),
        ("    module: 3\n", "r.yaml:22: languages.go.module: "),
    ],
)
def test_a_malformed_section_is_told_with_its_line(lines: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Go().read(model.parse(GOOD + "languages:\n  go:\n" + lines, "r.yaml"))
    assert complaint in caught.value.message


def test_go_mod_is_laid_out_as_go_lays_it_out() -> None:
    two = Requirements("1.19", {"b.com/x": "v1", "a.com/x": "v2"}, {"c.com/x": "v3"}, "", complete=True)
    assert render_go_mod("example.com/m", two) == (
        "module example.com/m\n\ngo 1.19\n\nrequire (\n\ta.com/x v2\n\tb.com/x v1\n)\n"
        "\nrequire c.com/x v3 // indirect\n"
    )


def test_sums_of_the_recipe_make_requirements_complete() -> None:
    ours = Go().read(model.load(builtin.default_name()))
    assert Requirements.of(ours, grpc=True).complete
    assert not Requirements.of(ours, grpc=False).complete
    assert Requirements.of(ours, grpc=True).go_sum.endswith("=\n")


@pytest.mark.parametrize(
    ("names", "remedy"),
    [(("cobol",), "--lang"), (("golang",), "run again with --lang go"), (("go", "G"), "--lang")],
)
def test_an_unknown_language_names_the_nearest(names: tuple[str, ...], remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(names)
    assert f"there is no language {names[-1]!r}; there are go" in caught.value.message
    assert remedy in caught.value.remedy


def test_words_for_several_languages() -> None:
    assert [language.name for language in choose(("all",))] == ["go", "java", "python"]
    assert [language.name for language in choose(("python", "all", "go"))] == ["go", "java", "python"]
    assert [language.name for language in choose(("every",))] == list(LANGUAGES)
    assert [language.name for language in choose(("go",))] == ["go"]
