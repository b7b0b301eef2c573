"""The services of both sides and their RPCs, matched by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.analysis.diff.change import Change, Mark, mark
from protogen.analysis.diff.fields import deprecation, value_name
from protogen.analysis.diff.rules import CALL_GONE
from protogen.analysis.diff.types import come_and_gone, moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor_pb2 import MethodDescriptorProto, ServiceDescriptorProto

    from protogen.analysis.diff.schema import Placed, Schema

    Service = Placed[ServiceDescriptorProto]


def compare_services(old: Schema, new: Schema, moved_files: Mapping[str, str]) -> Iterator[Change]:
    """What changed among services; moved_files are told of as files."""
    yield from come_and_gone("service", old.services, new.services, (old, new), _words)
    for name in sorted(old.services.keys() & new.services.keys()):
        before, after = old.services[name], new.services[name]
        yield from moved("service", before, after, new, moved_files)
        yield from _rpcs(before, after)
        if before.proto.options.deprecated != after.proto.options.deprecated:
            words = deprecation(before.proto, after.proto)
            yield Change("changed", "service", name, after.file.name, "deprecated", *words)


def signature(method: MethodDescriptorProto) -> str:
    """What an RPC takes and gives, as a proto writes it."""
    takes, gives = method.input_type.removeprefix("."), method.output_type.removeprefix(".")
    return (
        f"({'stream ' * method.client_streaming}{takes}) "
        f"returns ({'stream ' * method.server_streaming}{gives})"
    )


def _words(service: Service) -> str:
    return ", ".join(method.name for method in service.proto.method)


def _rpcs(old: Service, new: Service) -> Iterator[Change]:
    before, after = ({each.name: each for each in side.proto.method} for side in (old, new))
    for name, method in before.items():
        if name in after:
            yield from _rpc(new, method, after[name])
        else:
            marks = (Mark(CALL_GONE, ("wire",)), mark("RPC_NO_DELETE", new.simple, name))
            full = f"{new.name}.{name}"
            yield Change("removed", "rpc", full, new.file.name, old=signature(method), marks=marks)
    for name, method in after.items():
        if name not in before:
            yield Change("added", "rpc", f"{new.name}.{name}", new.file.name, new=signature(method))


def _rpc(service: Service, old: MethodDescriptorProto, new: MethodDescriptorProto) -> Iterator[Change]:
    def change(aspect: str, was: str, now: str, *marks: Mark) -> Change:
        name = f"{service.name}.{new.name}"
        return Change("changed", "rpc", name, service.file.name, aspect, was, now, marks=marks)

    if signature(old) != signature(new):
        checks = (
            ("RPC_SAME_REQUEST_TYPE", "input_type"),
            ("RPC_SAME_RESPONSE_TYPE", "output_type"),
            ("RPC_SAME_CLIENT_STREAMING", "client_streaming"),
            ("RPC_SAME_SERVER_STREAMING", "server_streaming"),
        )
        broken = [rule for rule, part in checks if getattr(old, part) != getattr(new, part)]
        marks = (mark(rule, service.simple, new.name) for rule in broken)
        yield change("signature", signature(old), signature(new), *marks)
    if old.options.idempotency_level != new.options.idempotency_level:
        was, now = (value_name(each.options, "idempotency_level") for each in (old, new))
        same = mark("RPC_SAME_IDEMPOTENCY_LEVEL", service.simple, new.name)
        yield change("idempotency level", was, now, same)
    if old.options.deprecated != new.options.deprecated:
        yield change("deprecated", *deprecation(old, new))
