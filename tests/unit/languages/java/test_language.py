from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from protogen.errors import RecipeError, UsageError, VerificationFailed
from protogen.languages import load_language
from protogen.languages.entry import Option
from protogen.languages.java import JAVA, proof
from protogen.languages.java.language import Java
from protogen.languages.java.planning import JavaPlan
from protogen.languages.java.section import printed, runtime
from protogen.languages.package import Installed, Package, Request
from protogen.languages.toolchain.programs import Program
from protogen.protos.outline import File, Method, Outline, Service, Type
from protogen.recipe import model
from protogen.releases.release import Release, ResolvedRepository
from tests.support.packages import assembled
from tests.unit.recipe.test_model import GOOD

FILES = (
    File(
        "google/protobuf/any.proto",
        "google.protobuf",
        (),
        (Type("Any", "message"),),
        (),
        options={"java_package": "com.google.protobuf"},
    ),
    File("shop/m.proto", "shop", (), (Type("Req", "message", nested=(Type("Deep", "message"),)),), ()),
    File(
        "shop/s.proto",
        "shop",
        ("shop/m.proto", "google/protobuf/any.proto"),
        (Type("Rep", "message"),),
        (
            Service(
                "Orders",
                (
                    Method("Stream", "shop.Rep", "shop.Rep", True),
                    Method("Watch", "shop.Rep", "shop.Rep", False, True),
                    Method("Wrap", "google.protobuf.Any", "shop.Rep"),
                    Method("put_order", "shop.Req.Deep", "shop.Rep"),
                ),
            ),
        ),
        options={"java_multiple_files": "true", "java_package": "com.shop"},
    ),
)


def request(
    tmp_path: Path,
    *,
    text: str = GOOD,
    files: tuple[File, ...] = FILES,
    source: str = "git",
    missing_entry_points: tuple[str, ...] = (),
    version: str = "2.1.3",
    **settings: str,
) -> Request:
    descriptor_set = tmp_path / "set.binpb"
    descriptor_set.write_bytes(b"the set")
    return Request(
        recipe=model.parse(text, "r.yaml"),
        release=Release(
            "release-2.1",
            version,
            source,
            (
                ResolvedRepository("api", "https://example.com/api", "refs/heads/release-2.1", "c" * 40),
                ResolvedRepository("base", "/home/me/base", "", "d" * 40, "pinned in DEPS"),
            ),
        ),
        outline=Outline(files),
        descriptor_set=descriptor_set,
        entry_points=("shop/s.proto",),
        well_known=frozenset({"google/protobuf/any.proto"}),
        licenses={"api": {"LICENSE": "License A"}, "base": {"LICENSE": "License B"}},
        settings=settings,
        out=tmp_path / "gen" / "java",
        missing_entry_points=missing_entry_points,
    )


def tools(protoc: str = "25.9") -> Installed:
    return Installed(
        {
            "protoc": Program("protoc", protoc, Path("/x"), "maven"),
            "protoc-gen-grpc-java": Program("protoc-gen-grpc-java", "1.68.3", Path("/y"), "maven"),
        }
    )


def packaged(wanted: Request, provided: Installed | None = None) -> Package[JavaPlan]:
    plan, provided = Java().plan(wanted), provided or tools()
    tree = assembled(Java(), wanted, plan, provided, {"com/shop/Rep.java": b"class Rep {}"})
    return Package(wanted, plan, provided, tree)


def package(wanted: Request, provided: Installed | None = None) -> dict[str, str]:
    return {path: content.decode() for path, content in packaged(wanted, provided).files.items()}


def test_it_is_in_the_registry() -> None:
    assert isinstance(load_language("java"), Java)
    flags = [option.flag for option in JAVA.options if not option.shape]
    assert flags == ["--java-group", "--java-artifact", "--java-package"]


def test_both_generators_run_on_the_patched_set(tmp_path: Path) -> None:
    plan = Java().plan(request(tmp_path))
    java, grpc = plan.invocations
    assert (java.generator, java.parameters, java.plugin, java.protoc) == ("java", (), "", "protoc")
    assert java.files == ("shop/m.proto", "shop/s.proto")
    assert (grpc.generator, grpc.parameters) == ("grpc-java", ("@generated=omit",))
    assert (grpc.plugin, grpc.protoc, grpc.files) == ("protoc-gen-grpc-java", "", ("shop/s.proto",))
    assert plan.patches == {"shop/m.proto": {"java_package": "com.shop"}}


def test_no_stubs_without_services(tmp_path: Path) -> None:
    wanted = request(tmp_path, files=FILES[:2])
    plan = Java().plan(wanted)
    assert [invocation.generator for invocation in plan.invocations] == ["java"]
    texts = package(wanted, Installed({"protoc": tools().tools["protoc"]}))
    assert "grpc" not in texts["pom.xml"]
    assert "java\n" not in texts["README.md"]


def test_tree(tmp_path: Path) -> None:
    texts = package(request(tmp_path))
    assert sorted(texts) == [
        "LICENSE",
        "LICENSE.base",
        "README.md",
        "pom.xml",
        "src/main/java/com/shop/Rep.java",
        "src/main/resources/META-INF/LICENSE",
        "src/main/resources/META-INF/LICENSE.base",
        "src/main/resources/META-INF/descriptors/shop.binpb",
    ]
    assert texts["src/main/resources/META-INF/descriptors/shop.binpb"] == "the set"
    assert str(tmp_path) not in "".join(texts.values())


def pom(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(r' xmlns="[^"]*"', "", text))


def test_pom_pins_everything(tmp_path: Path) -> None:
    project = pom(package(request(tmp_path))["pom.xml"])
    assert [project.findtext(key) for key in ("groupId", "artifactId", "version")] == [
        "com.example",
        "shop",
        "2.1.3",
    ]
    required = {each.findtext("artifactId"): each.findtext("version") for each in project.iter("dependency")}
    assert required == {
        "protobuf-java": "3.25.9",
        "grpc-protobuf": "1.85.1",
        "grpc-stub": "1.85.1",
        "grpc-netty-shaded": "1.85.1",
    }
    pinned = {each.findtext("artifactId"): each.findtext("version") for each in project.iter("plugin")}
    assert all(pinned.values())
    assert {name for name in pinned if name} == {
        f"maven-{name}-plugin"
        for name in "clean compiler deploy install jar javadoc resources source surefire".split()
    }
    assert project.findtext("build/plugins/plugin/configuration/release") == "8"


def test_coordinates_and_prefix_are_the_users(tmp_path: Path) -> None:
    wanted = request(tmp_path, java_group="org.me", java_artifact="cl", java_package="org.me.own")
    plan = Java().plan(wanted)
    assert plan.remarks == ()
    assert plan.patches["shop/s.proto"] == {"java_package": "org.me.own.com.shop"}
    texts = package(wanted)
    assert "<groupId>org.me</groupId>" in texts["pom.xml"]
    assert "<artifactId>cl</artifactId>" in texts["README.md"]
    assert "All packages stand below `org.me.own`" in texts["README.md"]
    assert "- `org.me.own.com.shop`" in texts["README.md"]


def test_the_recipes_coordinates_serve_where_the_user_gives_none(tmp_path: Path) -> None:
    text = GOOD + "languages:\n  java: {group: org.shop, artifact: shop-client}\n"
    plan = Java().plan(request(tmp_path, text=text))
    assert (plan.group, plan.name, plan.remarks) == ("org.shop", "shop-client", ())


def test_a_placeholder_is_remarked_on(tmp_path: Path) -> None:
    (remark,) = Java().plan(request(tmp_path)).remarks
    assert "--java-group GROUP" in remark
    assert "placeholder" in package(request(tmp_path))["README.md"]


@pytest.mark.parametrize(
    "option", [each for each in JAVA.options if not each.shape], ids=lambda option: option.key
)
def test_settings_that_cannot_be(tmp_path: Path, option: Option) -> None:
    wanted = replace(request(tmp_path), settings={option.key: "a/b"})
    with pytest.raises(UsageError) as raised:
        Java().plan(wanted)
    assert raised.value.where == option.flag
    assert option.flag in raised.value.remedy


EXAMPLE = (
    GOOD + "languages:\n  java:\n    example: |\n      use @class{%s} @class{shop.Orders} @class{shop.Rep}\n"
)


def test_the_recipes_example_names_the_classes_of_this_release(tmp_path: Path) -> None:
    texts = package(request(tmp_path, text=EXAMPLE % "shop.Req.Deep"))
    assert "```java\nuse com.shop.M.Req.Deep com.shop.OrdersGrpc com.shop.Rep\n```" in texts["README.md"]


def test_an_example_of_another_release_gives_way_to_a_generic_one(tmp_path: Path) -> None:
    readme = package(request(tmp_path, text=EXAMPLE % "shop.Gone"))["README.md"]
    assert "com.shop.OrdersGrpc.newBlockingStub(channel)" in readme
    assert ".putOrder(com.shop.M.Req.Deep.getDefaultInstance())" in readme


def test_no_example_without_a_plain_rpc(tmp_path: Path) -> None:
    service = Service("Orders", (Method("Stream", "shop.Rep", "shop.Rep", True),))
    file = File("shop/s.proto", "shop", (), (Type("Rep", "message"),), (service,))
    assert "## Example" not in package(request(tmp_path, files=(file,)))["README.md"]


def test_readme_tells_what_the_index_lacks(tmp_path: Path) -> None:
    readme = package(request(tmp_path, source="index", missing_entry_points=("shop/gone.proto",)))[
        "README.md"
    ]
    assert "They also leave out: `shop/gone.proto`" in readme
    assert "pinned in DEPS" in readme
    assert "generators: protoc 25.9, protoc-gen-grpc-java 1.68.3" in readme


def test_a_newer_protoc_gets_its_own_library(tmp_path: Path) -> None:
    texts = package(request(tmp_path), tools("29.3"))
    assert "<version>4.29.3</version>" in texts["pom.xml"]


@pytest.mark.parametrize(
    ("version", "prints"), [("3.25.9", "25.9"), ("4.29.3", "29.3"), ("3.21.12", "3.21.12"), ("x", "x")]
)
def test_what_protoc_prints(version: str, prints: str) -> None:
    assert printed(version) == prints


@pytest.mark.parametrize(
    ("protoc", "library"),
    [
        ("25.9", "3.25.9"),
        ("25.1", "3.25.9"),
        ("25.10", "3.25.10"),
        ("26.0", "4.26.0"),
        ("33.1", "4.33.1"),
        ("3.21.12", "3.25.9"),
        ("unknown", "3.25.9"),
    ],
)
def test_library_for_a_protoc(protoc: str, library: str) -> None:
    assert runtime("3.25.9", protoc) == library


def test_section_defaults_fill_what_a_recipe_leaves_out() -> None:
    own = "tools: {protoc: 3.25.1}, plugins: {maven-jar-plugin: 3.4.1}, grpc: 1.60.0"
    text = f"{GOOD}languages:\n  java: {{{own}}}\n"
    loaded = Java().read(model.parse(text, "r.yaml"))
    assert loaded.tools == {"protoc": "3.25.1", "protoc-gen-grpc-java": "1.68.3"}
    assert loaded.plugins["maven-jar-plugin"] == "3.4.1"
    assert loaded.plugins["maven-source-plugin"] == "3.3.1"
    assert (loaded.grpc, loaded.protobuf) == ("1.60.0", "3.25.9")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("tools: {protoc-gen-go: v1}", "no tool 'protoc-gen-go'; expected one of protoc,"),
        ("plugins: {jar: '1'}", "no plugin 'jar'; expected one of maven-clean-plugin,"),
        ("module: x", "unknown key"),
    ],
)
def test_section_names_what_it_does_not_know(line: str, complaint: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(complaint)):
        Java().read(model.parse(f"{GOOD}languages:\n  java:\n    {line}\n", "r.yaml"))


STATUS = File(
    "google/rpc/status.proto",
    "google.rpc",
    (),
    (Type("Status", "message"),),
    (),
    options={"java_package": "com.google.rpc"},
)


def test_classes_that_grpc_brings_too_are_remarked_on(tmp_path: Path) -> None:
    text = f"{GOOD}externals: false\n"
    wanted = request(tmp_path, files=(STATUS, *FILES), text=text, java_group="org.x")
    (remark,) = Java().plan(wanted).remarks
    assert remark.startswith(
        "classes of google/rpc/status.proto are in com.google.api.grpc:proto-google-common"
    )
    assert "`google/rpc/status.proto`" in package(wanted)["README.md"]


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        # Relocated; without gRPC; another's of the same folder.
        ((STATUS, *FILES), {"java_package": "org.own"}),
        ((STATUS, *FILES[:2]), {}),
        ((msgspec.structs.replace(STATUS, options={"java_package": "org.x"}), *FILES), {}),
    ],
)
def test_classes_that_only_this_package_has_are_not(
    tmp_path: Path, files: tuple[File, ...], settings: dict[str, str]
) -> None:
    made = request(tmp_path, files=files, text=f"{GOOD}externals: false\n")
    wanted = replace(made, settings={"java_group": "org.x", **settings})
    assert not any("gRPC requires" in each for each in Java().plan(wanted).remarks)
    assert "gRPC itself brings" not in package(wanted)["README.md"]


def test_generic_services_whose_classes_clash_are_left_out_with_a_remark(tmp_path: Path) -> None:
    options = {"java_generic_services": "true", "java_package": "com.shop"}
    method = (Method("Get", "shop.Req", "shop.Req"),)
    fine = File("shop/a.proto", "shop", ("shop/m.proto",), (), (Service("A", method),), options=options)
    clashing = (
        File(f"shop/{name}.proto", "shop", ("shop/m.proto",), (), (Service(name, method),), options=options)
        for name in ("Stub", "Interface")
    )
    plan = Java().plan(request(tmp_path, files=(*FILES[:2], fine, *clashing), java_group="org.x"))
    assert [name for name, set_ in plan.patches.items() if set_.get("java_generic_services") == "false"] == [
        "shop/Stub.proto",
        "shop/Interface.proto",
    ]
    (remark,) = plan.remarks
    assert remark.startswith("java_generic_services of shop/Stub.proto and 1 more is left out")


OPERATION = File(
    "google/longrunning/operations.proto",
    "google.longrunning",
    (),
    (Type("Operation", "message"),),
    (
        Service(
            "Operations",
            (
                Method(
                    "WaitOperation", "google.longrunning.WaitOperationRequest", "google.longrunning.Operation"
                ),
            ),
        ),
    ),
    # Neither is where the jar has the classes.
    options={"java_package": "com.google.old", "java_outer_classname": "Old"},
)
USER = msgspec.structs.replace(FILES[1], dependencies=("google/longrunning/operations.proto",))


def test_jars_that_have_the_classes_are_required_and_found(tmp_path: Path) -> None:
    wanted = request(tmp_path, files=(OPERATION, FILES[0], USER, FILES[2]), java_group="org.x")
    plan = Java().plan(wanted)
    assert OPERATION.name not in plan.placements
    assert plan.patches[OPERATION.name] == {
        "java_package": "com.google.longrunning",
        "java_outer_classname": "OperationsProto",
        "java_multiple_files": "true",
    }
    made = package(wanted)
    required = {
        each.name
        for each in Java().coordinates(
            Package(wanted, plan, Installed({"protoc": Program("protoc", "25.9", Path("x"), "maven")}), {})
        )
    }
    assert {"grpc-google-common-protos", "proto-google-common-protos"} < required
    # What gRPC brings is of gRPC's own versions: Maven takes those of the first that brings them.
    names = re.findall(r"<artifactId>(.*)</artifactId>", made["pom.xml"].partition("<build>")[0])
    assert names[2:] == [
        *("grpc-protobuf", "grpc-stub", "grpc-netty-shaded"),
        *("grpc-google-common-protos", "proto-google-common-protos"),
    ]
    assert (
        "| `google/longrunning/operations.proto` | `com.google.api.grpc:proto-google-common-protos` |"
        in made["README.md"]
    )


def test_a_package_without_services_needs_no_stubs(tmp_path: Path) -> None:
    assert Java().plan(request(tmp_path, files=(OPERATION, USER))).requires == {
        "com.google.api.grpc:proto-google-common-protos": "2.64.1"
    }


def test_what_a_published_jar_serves_has_its_class_there(tmp_path: Path) -> None:
    asked = request(tmp_path, files=(OPERATION, USER))
    plan = Java().plan(asked)
    name = "google.longrunning.Operation"
    assert Java().stands_for("class", name, asked, plan) == "com.google.longrunning.Operation"
    assert Java().stands_for("class", "google.longrunning.None", asked, plan) == ""


@pytest.mark.parametrize("given", ["{package: jar, version: '1'}", "{package: 'org.x:jar'}"])
def test_an_external_without_coordinates_is_refused(given: str, tmp_path: Path) -> None:
    text = f"{GOOD}externals: {{shop/m.proto: {{java: {given}}}}}\n"
    with pytest.raises(RecipeError, match="has no jar with a version"):
        Java().plan(request(tmp_path, text=text))


def jar(path: Path, *classes: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*classes, "META-INF/versions/9/module-info", "module-info"):
            archive.writestr(f"{name}.class", b"")
    return path


def test_a_class_that_a_required_jar_has_too_is_named_with_its_proto(tmp_path: Path) -> None:
    wanted = request(tmp_path, java_group="org.x")
    made = Package(wanted, Java().plan(wanted), Installed({}), {})
    own = jar(tmp_path / "own.jar", "com/shop/Rep", "com/shop/Rep$Builder")
    apart = jar(tmp_path / "apart.jar", "com/other/Rep")
    proof.check_beside(made, own, [own, apart, tmp_path / "classes"])
    place = tmp_path / proof.LOCAL / "org" / "acme" / "common" / "1.2"
    both = jar(place / "common-1.2.jar", "com/shop/Rep", "com/shop/Rep$Builder")
    with pytest.raises(VerificationFailed) as caught:
        proof.check_beside(made, own, [own, apart, both])
    assert "2 classes of this package are in common-1.2.jar too" in caught.value.message
    assert caught.value.message.endswith("com.shop.Rep, of shop/s.proto")
    assert "{shop/s.proto: {java: {package: org.acme:common, version: 1.2}}}" in caught.value.remedy
    unknown = jar(tmp_path / "unknown.jar", "com/shop/Unknown")
    with pytest.raises(VerificationFailed, match="of no proto"):
        proof.check_beside(made, unknown, [jar(tmp_path / "other.jar", "com/shop/Unknown")])
