"""A small API that imports what google and gRPC publish, beside the usual libraries; with real toolchains."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support import plain
from tests.support.command import must, protogen

PROTOS = {
    "google/rpc/status.proto": 'package google.rpc; import "google/protobuf/any.proto";'
    'option java_package = "com.google.rpc"; option java_multiple_files = true;'
    "message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }",
    "google/api/http.proto": "package google.api; message HttpRule { string get = 2; }",
    "google/api/annotations.proto": 'package google.api; import "google/api/http.proto";'
    'import "google/protobuf/descriptor.proto";'
    "extend google.protobuf.MethodOptions { HttpRule http = 72295728; }",
    "google/longrunning/operations.proto": 'package google.longrunning; import "google/rpc/status.proto";'
    'import "google/protobuf/any.proto";'
    "message GetOperationRequest { string name = 1; }"
    "message Operation { string name = 1; google.protobuf.Any metadata = 2; bool done = 3;"
    "  oneof result { google.rpc.Status error = 4; google.protobuf.Any response = 5; } }"
    "service Operations { rpc GetOperation(GetOperationRequest) returns (Operation); }",
    "grpc/health/v1/health.proto": "package grpc.health.v1;"
    "message HealthCheckResponse { enum ServingStatus { UNKNOWN = 0; SERVING = 1; }"
    "  ServingStatus status = 1; }",
    "jobs/jobs.proto": 'package jobs; import "google/api/annotations.proto";'
    'import "google/rpc/status.proto"; import "google/longrunning/operations.proto";'
    'import "grpc/health/v1/health.proto";'
    "message Job { google.rpc.Status status = 1; grpc.health.v1.HealthCheckResponse health = 2; }"
    "service Jobs { rpc Run(Job) returns (google.longrunning.Operation) {"
    '  option (google.api.http) = { get: "/v1/run" }; } }',
}


def test_a_go_program_has_the_module_and_what_everybody_has(tools: Path, cache: Path, tmp_path: Path) -> None:
    options = plain.options(tmp_path, PROTOS)
    must(protogen(*options, "--lang", "go", "--verify", cwd=tmp_path, cache=cache))
    module = tmp_path / "gen" / "go"
    assert {path.parent.name for path in module.rglob("*.pb.go")} == {"jobs"}
    done = subprocess.run(
        ["go", "mod", "tidy", "-diff"], cwd=module, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    refused = protogen(
        *options,
        "--lang",
        "go",
        "--verify",
        "--generate-externals",
        "--out",
        "all",
        cwd=tmp_path,
        cache=cache,
    )
    assert refused.code == 7
    assert "of this module is in google.golang.org/" in refused.err
    assert "say in the recipe's externals {" in refused.err


def test_no_class_is_twice_on_the_class_path(tools: Path, cache: Path, tmp_path: Path) -> None:
    options = [*plain.options(tmp_path, PROTOS), "--lang", "java"]
    must(protogen(*options, "--verify", cwd=tmp_path, cache=cache))
    sources = tmp_path / "gen" / "java" / "src" / "main" / "java"
    assert {path.parent.relative_to(sources).as_posix() for path in sources.rglob("*.java")} == {"jobs"}
    refused = protogen(
        *options, "--verify", "--generate-externals", "--out", "all", cwd=tmp_path, cache=cache
    )
    assert refused.code == 7
    assert "classes of this package are in " in refused.err
    assert "externals {g" in refused.err


def test_python_has_its_own_copies_beside_the_published_ones(
    tools: Path, cache: Path, tmp_path: Path
) -> None:
    options = [*plain.options(tmp_path, PROTOS), "--lang", "python"]
    must(protogen(*options, "--verify", cwd=tmp_path, cache=cache))
    readme = (tmp_path / "gen" / "python" / "README.md").read_text()
    assert "**`googleapis-common-protos`** has `google/api/annotations.proto`" in readme
    assert "externals" not in json.loads((tmp_path / "gen/python/.protogen.json").read_text())["origin"]
