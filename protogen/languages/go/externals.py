"""Protos that Go programs have from elsewhere: each file can be registered once in a program. Pure.

What gRPC itself imports is taken from there, or refused: every program with gRPC would end at start with
`already registered`. What other popular modules carry is pointed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protogen.errors import ProtosUnresolved
from protogen.protos.outline import Field, File, Type


@dataclass(frozen=True)
class External:
    """A proto whose Go package is published."""

    proto: str
    import_path: str
    module: str
    version: str
    """Of the module, the lowest that serves."""
    types: tuple[Type, ...]


# grpc 1.64.0 requires this very version, and every later one a later; the message never changed.
_STATUS = External(
    "google/rpc/status.proto",
    "google.golang.org/genproto/googleapis/rpc/status",
    "google.golang.org/genproto/googleapis/rpc",
    "v0.0.0-20240318140521-94a12d6c2237",
    (
        Type(
            "Status",
            "message",
            fields=(
                Field("code", "int32", number=1),
                Field("message", "string", number=2),
                Field("details", "message", "google.protobuf.Any", 3, repeated=True),
            ),
        ),
    ),
)
_REGISTERED = (
    "package google.golang.org/grpc registers one, and a program with both ends at start with"
    " `already registered`"
)
# Registered by package grpc as well, by way of its logs.
_BINARYLOG = "grpc/binlog/v1/binarylog.proto"
# Which module carries protos of a folder, or of a file.
_CARRIED = {
    "google/api/": "google.golang.org/genproto",
    "google/geo/type/": "google.golang.org/genproto",
    "google/iam/v1/": "cloud.google.com/go/iam",
    "google/logging/type/": "google.golang.org/genproto",
    "google/longrunning/": "cloud.google.com/go/longrunning",
    "google/rpc/": "google.golang.org/genproto",
    "google/type/": "google.golang.org/genproto",
    "grpc/": "google.golang.org/grpc",
    "buf/validate/": "buf.build/gen/go/bufbuild/protovalidate",
    "validate/validate.proto": "github.com/envoyproxy/protoc-gen-validate",
    "protoc-gen-openapiv2/options/": "github.com/grpc-ecosystem/grpc-gateway/v2",
    "opentelemetry/proto/": "go.opentelemetry.io/proto/otlp",
    "envoy/": "github.com/envoyproxy/go-control-plane",
    "udpa/": "github.com/cncf/xds/go",
    "xds/": "github.com/cncf/xds/go",
}


def externals(files: Sequence[File]) -> tuple[External, ...]:
    """Those of the files that aren't generated, since gRPC brings them.

    Raises ProtosUnresolved for one that gRPC brings and that isn't as gRPC has it.
    """
    found = []
    for file in files:
        if file.name == _BINARYLOG:
            raise ProtosUnresolved(
                f"Go can't have a second {file.name}: {_REGISTERED}",
                where=file.name,
                remedy="leave the files that import it out of the recipe's entry points",
            )
        if file.name == _STATUS.proto:
            if file.package != "google.rpc" or file.types != _STATUS.types or file.services:
                raise ProtosUnresolved(
                    f"Go can't have a {file.name} that isn't google's own: {_REGISTERED}",
                    where=file.name,
                    remedy="take the file of github.com/googleapis/googleapis, or give this one another name",
                )
            found.append(_STATUS)
    return tuple(found)


def carried(names: Iterable[str]) -> dict[str, list[str]]:
    """Of these protos, those that a popular module carries too, by module."""
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        for start, module in _CARRIED.items():
            if name.startswith(start):
                found.setdefault(module, []).append(name)
    return found
