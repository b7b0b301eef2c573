"""Protos that published packages serve, in repositories shaped like the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: jobs
title: Jobs
license: Apache-2.0
releases: api
repositories:
  api: {url: "https://git.invalid/api", tag: "v{major}.{minor}.{patch}"}
  googleapis: {url: "https://git.invalid/googleapis", ref: main}
entry_points:
  - {repository: api, pattern: "jobs/**/*.proto"}
"""
JOBS = """\
syntax = "proto3";
package jobs.v1;
import "google/api/annotations.proto";
import "google/rpc/status.proto";
message Job { google.rpc.Status status = 1 [deprecated = true]; }
message Get { option deprecated = true; }
service Jobs { rpc Look(Get) returns (Job) { option (google.api.http) = {get: "/v1/job"}; } }
"""
GOOGLE = {
    "google/rpc/status.proto": 'syntax = "proto3";\npackage google.rpc;\n'
    'import "google/protobuf/any.proto";\n'
    'option go_package = "old.example/rpc;rpc";\n'
    "message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }\n",
    "google/api/http.proto": 'syntax = "proto3";\npackage google.api;\n'
    "message HttpRule { string get = 2; }\n",
    "google/api/annotations.proto": 'syntax = "proto3";\npackage google.api;\n'
    'import "google/api/http.proto";\nimport "google/protobuf/descriptor.proto";\n'
    "extend google.protobuf.MethodOptions { HttpRule http = 72295728; }\n",
}
API, RPC = "google.golang.org/genproto/googleapis/api", "google.golang.org/genproto/googleapis/rpc"


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """What selects a release of such an API."""
    options = ["--version", "1.0.0", "--recipe", str(tmp_path / "jobs.yaml")]
    (tmp_path / "jobs.yaml").write_text(RECIPE)
    for name, files in (("api", {"jobs/v1/jobs.proto": JOBS}), ("googleapis", GOOGLE)):
        repository = Repository.create(tmp_path / name)
        repository.commit({"LICENSE": "License", **files})
        if name == "api":
            repository.git("tag", "v1.0.0")
        options += ["--repo", f"{name}={repository.path}"]
    return options


def test_packages_serve_and_are_named_wherever_a_package_is_told_of(
    command: Command, go_tools: list[str], asked: list[str], tmp_path: Path
) -> None:
    wanted = [*asked, "--lang", "go", *go_tools]
    ended = command(*wanted)
    assert ended.code == 0, ended.err
    assert f"google/api from {API} v0.0.0-2024" in ended.err
    assert f"google/rpc from {RPC} v0.0.0-2024" in ended.err
    written = {path.relative_to("gen/go").as_posix() for path in Path("gen/go").rglob("*.pb.go")}
    assert written == {"jobs/v1/jobs.pb.go", "jobs/v1/jobs_grpc.pb.go"}
    origin = json.loads(Path("gen/go/.protogen.json").read_text())["origin"]
    assert {*origin["externals"]} == {*GOOGLE}
    assert origin["externals"]["google/rpc/status.proto"].startswith(f"{RPC} v0.0.0-2024")
    assert command("check", *wanted).code == 0
    assert command(*wanted, "--generate-externals").code == 0
    origin = json.loads(Path("gen/go/.protogen.json").read_text())["origin"]
    # What gRPC itself registers can't be generated.
    assert [*origin["externals"]] == ["google/rpc/status.proto"]
    assert Path("gen/go/google/api/http.pb.go").is_file()


def test_a_lock_holds_the_packages_that_serve(
    command: Command, go_tools: list[str], asked: list[str], tmp_path: Path
) -> None:
    wanted = [*asked, "--lang", "go", *go_tools]
    assert command("lock", *wanted).code == 0
    (release,) = json.loads(Path("protogen.lock").read_text())["releases"].values()
    assert {*release["externals"]["go"]} == {API, RPC}
    assert command(*wanted, "--locked").code == 0
    text = Path("protogen.lock").read_text()
    Path("protogen.lock").write_text(text.replace(f'"{API}": "v0.0.0-2024', f'"{API}": "v0.0.0-2023'))
    ended = command(*wanted, "--locked")
    assert ended.code == 9
    assert f"{API} of go moved from v0.0.0-2023" in ended.err


def test_the_graph_marks_what_packages_serve(command: Command, asked: list[str]) -> None:
    nodes = json.loads(command("graph", *asked, "--format", "json").out)["nodes"]
    served = {node["name"]: node["externals"] for node in nodes if node["externals"]}
    common = ["com.google.api.grpc:proto-google-common-protos"]
    assert served == {
        "google/api/annotations.proto": {"go": [API], "java": common},
        "google/api/http.proto": {"go": [API], "java": common},
        "google/rpc/status.proto": {"go": [RPC], "java": common},
    }
    assert "⇢ packages of go, java" in command("graph", *asked).out
    assert "⇢ go, java" in command("graph", *asked, "--format", "dot").out


def test_a_recipe_names_a_package_of_its_own(
    command: Command, go_tools: list[str], asked: list[str], tmp_path: Path
) -> None:
    recipe = tmp_path / "jobs.yaml"
    own = "{package: example.com/own, version: v1.2.3, import: example.com/own/apipb}"
    recipe.write_text(f"{RECIPE}externals:\n  google/api/**: {{go: {own}}}\n")
    ended = command(*asked, "--lang", "go", *go_tools)
    assert ended.code == 0, ended.err
    assert "google/api from example.com/own v1.2.3" in ended.err
    recipe.write_text(
        f"{RECIPE}externals: {{google/api/**: {{go: {{package: example.com/own, version: v1.2.3}}}}}}\n"
    )
    ended = command(*asked, "--lang", "go", *go_tools)
    assert ended.code == 2
    assert "google/api/annotations.proto has no import path: its go_package names none" in ended.err
