"""Folders whose Go names meet build once they are split, beside gRPC and what it registers; for real."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support import plain
from tests.support.command import must, protogen

PROTOS = {
    # One folder with two proto packages, and a service of one name in both.
    "packages/a.proto": "package one; message A {} service Greeter { rpc Get(A) returns (A); }",
    "packages/b.proto": "package two; message B {} service Greeter { rpc Get(B) returns (B); }",
    # One message name twice, in two declared packages.
    "declared/a.proto": 'package d1; option go_package = "e.com/x/first"; message A {}',
    "declared/b.proto": 'package d2; option go_package = "e.com/x/second;b"; message A {}',
    # Two folders that import each other and declare one name.
    "left/1.proto": 'package l; import "right/1.proto"; message A { r.B b = 1; }',
    "right/1.proto": "package r; message B {}",
    "right/2.proto": 'package r; import "left/2.proto"; message A { l.C c = 1; }',
    "left/2.proto": "package l; message C {}",
    # File names that are one in identifiers.
    "files/foo-bar.proto": "package f; message A {}",
    "files/foo_bar.proto": "package f; message B {}",
    # Folders that are called as a message, a parameter, a receiver.
    "Thing/a.proto": "package t; message T {}",
    "in/a.proto": "package i; message In {} ",
    "x/a.proto": "package e; enum E { ZERO = 0; ONE = 1; }",
    "user/a.proto": 'package u; import "Thing/a.proto"; import "in/a.proto"; import "x/a.proto";'
    "message Thing { t.T t = 1; i.In i = 2; e.E e = 3; }"
    "service S { rpc Get(i.In) returns (i.In); rpc Watch(i.In) returns (stream i.In); }",
    # What gRPC registers itself.
    "google/rpc/status.proto": 'package google.rpc; import "google/protobuf/any.proto";'
    "message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }",
    "errors/a.proto": 'package errors; import "google/rpc/status.proto";'
    "message Failed { google.rpc.Status status = 1; } service Fails { rpc Get(Failed) returns (Failed); }",
}


def test_what_meets_in_go_is_split_and_built_and_starts(tools: Path, cache: Path, tmp_path: Path) -> None:
    options = plain.options(tmp_path, PROTOS)
    must(protogen(*options, "--lang", "go", "--verify", cwd=tmp_path, cache=cache))
    module = tmp_path / "gen" / "go"
    folders = {path.parent.relative_to(module).as_posix() for path in module.rglob("*.pb.go")}
    assert folders == {
        *("packages/one", "packages/two", "declared/first", "declared/second", "left", "right"),
        *("files", "files/foo_bar", "Thingpb", "inpb", "xpb", "user", "errors"),
    }
    assert "google.golang.org/genproto/googleapis/rpc v" in (module / "go.mod").read_text()
    done = subprocess.run(
        ["go", "mod", "tidy", "-diff"], cwd=module, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
