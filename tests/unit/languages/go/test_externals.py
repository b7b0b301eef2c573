from __future__ import annotations

import pytest

from protogen.languages.go import section
from protogen.languages.go.requirements import Requirements, probe_source, render_go_mod
from protogen.languages.package import External

RPC = External(
    "google/rpc/status.proto",
    "google.golang.org/genproto/googleapis/rpc",
    "v0.0.0-20240318140521-94a12d6c2237",
    {"go_package": "google.golang.org/genproto/googleapis/rpc/status;status"},
)


@pytest.mark.parametrize("grpc", [True, False])
def test_a_module_requires_what_it_takes_from_others(*, grpc: bool) -> None:
    requirements = Requirements.of(section.pins().defaults, grpc=grpc, externals=[RPC])
    assert "google.golang.org/genproto/googleapis/rpc v0.0.0-2024" in render_go_mod("m", requirements)
    probe = probe_source(requirements)
    assert '_ "google.golang.org/genproto/googleapis/rpc/status"' in probe
    assert '_ "google.golang.org/genproto/googleapis/rpc"\n' not in probe
    assert ('_ "google.golang.org/grpc"' in probe) is grpc
