from __future__ import annotations

import pytest

from protogen.languages.python import neighbours


@pytest.mark.parametrize(
    ("protos", "expected"),
    [
        (["shop/a.proto", "google/protobuf/any.proto", "google/api/expr/v1alpha1/eval.proto"], {}),
        (
            ["google/rpc/status.proto", "google/api/http.proto"],
            {
                "googleapis-common-protos": ("google.api.http_pb2", "google.rpc.status_pb2"),
                "grpcio-status": ("grpc_status.rpc_status",),
            },
        ),
        (
            ["opentelemetry/proto/collector/trace/v1/trace_service.proto"],
            {"opentelemetry-proto": ("opentelemetry.proto.collector.trace.v1.trace_service_pb2",)},
        ),
    ],
)
def test_packages_that_have_protos_too_are_known(
    protos: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    found = neighbours.of(protos)
    assert {name: neighbours.modules(name, each) for name, each in found.items()} == expected
