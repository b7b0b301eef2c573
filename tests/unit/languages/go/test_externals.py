from __future__ import annotations

import pytest

from protogen.errors import ProtosUnresolved
from protogen.languages.go import externals, section
from protogen.languages.go.requirements import Requirements, probe_source, render_go_mod
from protogen.protos.outline import Field, File, Type

STATUS = (
    Field("code", "int32", number=1),
    Field("message", "string", number=2),
    Field("details", "message", "google.protobuf.Any", 3, repeated=True),
)


def status(*fields: Field, package: str = "google.rpc") -> File:
    return File("google/rpc/status.proto", package, (), (Type("Status", "message", fields=fields),), ())


def test_the_status_that_grpc_registers_is_taken_from_there() -> None:
    other = File("google/rpc/code.proto", "google.rpc", (), (), ())
    (found,) = externals.externals([status(*STATUS), other])
    assert found.import_path == "google.golang.org/genproto/googleapis/rpc/status"
    assert externals.externals([other]) == ()


@pytest.mark.parametrize(
    "file",
    [
        status(*STATUS[:2]),
        status(*STATUS, package="other"),
        File("grpc/binlog/v1/binarylog.proto", "grpc.binarylog.v1", (), (), ()),
    ],
)
def test_what_grpc_registers_and_nobody_else_can_is_refused(file: File) -> None:
    with pytest.raises(ProtosUnresolved, match="already registered"):
        externals.externals([file])


def test_protos_that_popular_modules_carry_are_known() -> None:
    names = [
        "google/type/date.proto",
        "google/api/http.proto",
        "grpc/health/v1/health.proto",
        "google/x.proto",
    ]
    assert externals.carried(names) == {
        "google.golang.org/genproto": ["google/api/http.proto", "google/type/date.proto"],
        "google.golang.org/grpc": ["grpc/health/v1/health.proto"],
    }


@pytest.mark.parametrize("grpc", [True, False])
def test_a_module_requires_what_it_takes_from_others(*, grpc: bool) -> None:
    elsewhere = externals.externals([status(*STATUS)])
    requirements = Requirements.of(section.pins().defaults, grpc=grpc, externals=elsewhere)
    assert "google.golang.org/genproto/googleapis/rpc v0.0.0-2024" in render_go_mod("m", requirements)
    probe = probe_source(requirements)
    assert '_ "google.golang.org/genproto/googleapis/rpc/status"' in probe
    assert '_ "google.golang.org/genproto/googleapis/rpc"\n' not in probe
    assert ('_ "google.golang.org/grpc"' in probe) is grpc
