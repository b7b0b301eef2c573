"""Descriptor sets as hypothesis draws them: small, valid, and near enough to each other to be compared."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)
from hypothesis import strategies as st

from tests.support.schemas import (
    Element,
    Member,
    enum,
    field,
    file,
    mapped,
    message,
    present,
    rpc,
    serialized,
    service,
    within,
)

_TYPES = st.sampled_from(
    [
        "int32",
        "uint32",
        "int64",
        "bool",
        "sint32",
        "string",
        "bytes",
        "enum p.E",
        "message p.M",
        "message p.N",
    ]
)
_NAMES = ["a", "b", "c_d"]


@st.composite
def _fields(draw: st.DrawFn, owner: str) -> list[Member]:
    numbers = draw(st.lists(st.integers(1, 4), unique=True, max_size=3))
    found: list[Member] = []
    for name, number in zip(draw(st.permutations(_NAMES)), numbers, strict=False):
        how = draw(st.sampled_from(["plain", "plain", "repeated", "optional", "oneof", "map"]))
        if how == "map":
            found += mapped(
                name.replace("_", ""), number, "string", draw(st.sampled_from(["int32", "bytes"])), owner
            )
        else:
            made = field(name, number, draw(_TYPES), "repeated" if how == "repeated" else "")
            if how == "oneof":
                found += within(draw(st.sampled_from(["o", "q"])), made)
            elif how == "optional" and made.type != made.TYPE_MESSAGE:
                found.append(present(made))
            else:
                found.append(made)
    # As protoc has it, a oneof's fields stand together, and the oneofs that nobody wrote come last.
    oneofs = [each[1] if isinstance(each, tuple) else "" for each in found]
    order = sorted(range(len(found)), key=lambda index: (oneofs[index].startswith("_"), oneofs[index]))
    return [found[index] for index in order]


@st.composite
def _message(draw: st.DrawFn, name: str) -> DescriptorProto:
    members = draw(_fields(f"p.{name}"))
    if draw(st.booleans()):
        members.append(message("Inner", field("x", 1, draw(st.sampled_from(["int32", "string"])))))
    numbers = {each.number for each in members if not isinstance(each, tuple) and hasattr(each, "number")}
    numbers |= {each[0].number for each in members if isinstance(each, tuple)}
    free = [number for number in range(1, 5) if number not in numbers]
    reserved = draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    return message(name, *members, reserved=[(number, number) for number in reserved])


@st.composite
def _enum(draw: st.DrawFn) -> EnumDescriptorProto:
    names = draw(st.permutations(["ONE", "TWO", "THREE"]))
    numbers = draw(st.lists(st.integers(0, 3), max_size=3))
    return enum("E", ("ZERO", 0), *zip(names, numbers, strict=False))


@st.composite
def _service(draw: st.DrawFn) -> ServiceDescriptorProto:
    names = draw(st.lists(st.sampled_from(["Get", "Put"]), unique=True))
    takes, streams = st.sampled_from(["p.M", "p.N"]), st.sampled_from(["", "client", "server"])
    return service("S", *(rpc(name, draw(takes), draw(takes), draw(streams)) for name in names))


@st.composite
def sets(draw: st.DrawFn) -> bytes:
    """A set of one to three files that hold, between them, messages M and N, an enum E, maybe a service S.

    All that refer to each other are in one file, whose name changes too; others come, go and move.
    """
    elements: list[Element] = [draw(_message("M")), draw(_message("N")), draw(_enum())]
    if draw(st.booleans()):
        elements.append(draw(_service()))
    home = file(
        draw(st.sampled_from(["x.proto", "y.proto"])), *elements, java_package=draw(st.sampled_from("ij"))
    )
    others: list[FileDescriptorProto] = []
    for name in ("A", "B", "C"):
        place = draw(st.sampled_from(["", "v.proto", "w.proto"]))
        if place:
            home_of = next((each for each in others if each.name == place), None)
            if home_of is None:
                others.append(home_of := file(place))
            home_of.message_type.append(message(name))
    return serialized(home, *others)
