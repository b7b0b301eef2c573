"""Every Java name that protoc and protoc-gen-grpc-java declare for a proto, before it is written. Pure.

Source of the rules: compiler/java of protobuf 25 and java_generator.cpp of grpc-java 1.68.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from protogen.languages.clashes import Place, entry_name
from protogen.languages.java.identifiers import KEYWORDS, Placement, camel_case, method_name
from protogen.protos.outline import Field, File, Method, Service, Type

CLASS, FIELD, METHOD = "class", "field", "method"

# Accessors that protoc itself moves away, with an underscore, from methods of every message.
_FORBIDDEN = frozenset(
    "class defaultInstanceForType parserForType serializedSize allFields descriptorForType "
    "initializationErrorString unknownFields cachedSize".split()
)
_RESERVED = KEYWORDS - {"_", "true", "false", "null"}
_PRIMITIVES = {"bool": "boolean", "float": "float", "double": "double"} | {
    f"{kind}{size}": "int" if size == "32" else "long"
    for kind in ("int", "uint", "sint", "fixed", "sfixed")
    for size in ("32", "64")
}
_STRING, _BYTES = "String", "ByteString"

# What stands in every message, its builder and every enum beside what their declarations add.
_OF_MESSAGES = (
    "getClass() getDefaultInstanceForType() getParserForType() getSerializedSize() getAllFields() "
    "getDescriptorForType() getInitializationErrorString() getUnknownFields() getDescriptor() "
    "getDefaultInstance() internalGetFieldAccessorTable()"
).split()
_OF_BUILDERS = (
    "getClass() getDefaultInstanceForType() getAllFields() getDescriptorForType() getUnknownFields() "
    "getInitializationErrorString() getUnknownFieldSetBuilder() getParentForChildren() getDescriptor() "
    "clear() internalGetFieldAccessorTable()"
).split()
_OF_GENERIC_SERVICES = ("Interface", "Stub", "BlockingInterface", "BlockingStub")
_CONSTANTS_OF_MESSAGES = ("DEFAULT_INSTANCE", "PARSER", "serialVersionUID", "memoizedIsInitialized")
_CONSTANTS_OF_ENUMS = ("internalValueMap", "VALUES", "value")

# Accessors of the message and its builder, then what only the builder has: by how many a field holds, then
# what its kind adds. X is the field's name; T its Java type; K, V those of a map's keys and values.
_ACCESSORS: dict[str, tuple[str, str]] = {
    "one": ("getX()", "setX(T) clearX()"),
    "repeated": (
        "getXList() getXCount() getX(int)",
        "ensureXIsMutable() setX(int,T) addX(T) addAllX(Iterable) clearX()",
    ),
    "map": (
        "getXCount() containsX(K) getX() getXMap() getXOrDefault(K,V) getXOrThrow(K) internalGetX()",
        "internalGetMutableX() clearX() removeX(K) getMutableX() putX(K,V) putAllX(Map)",
    ),
}
_OF_KINDS: dict[str, tuple[str, str]] = {
    "string": ("getXBytes()", "setXBytes(ByteString)"),
    "open enum": ("getXValue()", "setXValue(int)"),
    "message": ("getXOrBuilder()", "setX(T.Builder) mergeX(T) getXBuilder() getXFieldBuilder()"),
    "repeated string": ("getXBytes(int)", "addXBytes(ByteString)"),
    "repeated open enum": (
        "getXValueList() getXValue(int)",
        "setXValue(int,int) addXValue(int) addAllXValue(Iterable)",
    ),
    "repeated message": (
        "getXOrBuilderList() getXOrBuilder(int)",
        "setX(int,T.Builder) addX(int,T) addX(T.Builder) addX(int,T.Builder) removeX(int) getXBuilder(int) "
        "addXBuilder() addXBuilder(int) getXBuilderList() getXFieldBuilder()",
    ),
    "map open enum": (
        "getXValue() getXValueMap() getXValueOrDefault(K,int) getXValueOrThrow(K)",
        "getMutableXValue() putXValue(K,int) putAllXValue(Map)",
    ),
    "map message": ("", "putXBuilderIfAbsent(K)"),
}


@dataclass(frozen=True)
class Member:
    """What a class or a package holds."""

    owner: str
    """The class by its path in the package, empty for the package itself."""
    kind: str
    """Class, field or method, which may share names in Java."""
    name: str
    """With the types of its parameters for a method."""
    place: Place
    common: bool = False
    """It stands in every class of its owner's kind, whatever the proto declares."""


def declared(file: File, placement: Placement) -> Iterator[Member]:
    """All that the generated files of a proto declare."""
    names = _Names(file, placement)
    yield Member("", CLASS, placement.outer, Place(file.name))
    yield from names.outer()
    for type_ in file.types:
        yield from names.type_(type_, "" if placement.alone(type_.name) else placement.outer, "")
    for service in file.services:
        yield from names.service(service)


def generic(file: File, placement: Placement) -> Iterator[Member]:
    """What the option `java_generic_services` adds to that."""
    names = _Names(file, placement)
    for service in file.services:
        yield from names.generic(service, "" if placement.multiple else placement.outer)


def top_level(file: File, placement: Placement) -> Iterator[Member]:
    """The classes that stand directly in the package."""
    names = _Names(file, placement)
    yield Member("", CLASS, placement.outer, Place(file.name))
    for type_ in file.types:
        if placement.alone(type_.name):
            yield from names.classes(type_, "", "")
    for service in file.services:
        yield next(names.service(service))


def field_names(fields: Sequence[Field]) -> dict[str, tuple[str, str]]:
    """The names of a message's fields in Java, from a small letter and from a capital, by proto name.

    protoc adds the number to names that are the same, and to those that meet a repeated field's
    count or list.
    """
    capitals = {each.name: camel(_own_name(each), raised=True) for each in fields}
    meeting: set[str] = set()
    for one, other in combinations(fields, 2):
        if _meet(one, other, capitals):
            meeting |= {one.name, other.name}
    found = {}
    for each in fields:
        number = str(each.number) if each.name in meeting else ""
        low = camel(_own_name(each), raised=False) + number
        found[each.name] = (f"_{low}" if low[:1].isdigit() else low, capitals[each.name] + number)
    return found


def camel(name: str, *, raised: bool) -> str:
    """A field's name without its underscores; with one at the end where protoc keeps away from a method.

    protoc compares the names from a capital: `__class__` is kept away from getClass too.
    """
    capital = camel_case(name)
    plain = capital if raised else _lowered(name)
    return f"{plain}_" if capital[:1].lower() + capital[1:] in _FORBIDDEN else plain


def shape(field: Field, *, is_open: bool) -> str:
    """What of the accessors a field has."""
    kind = {"group": "message", "message": "message", "string": "string"}.get(field.kind, "plain")
    if field.kind == "enum":
        kind = "open enum" if is_open else "enum"
    if field.map:
        return f"map {kind}" if kind not in {"plain", "string"} else "map"
    return f"repeated {kind}" if field.repeated else kind


def has_presence(field: Field, syntax: str) -> bool:
    """Whether there is an accessor that tells if the field is set."""
    if field.repeated or field.map:
        return False
    return bool(syntax != "proto3" or field.oneof or field.kind in {"message", "group"})


def constant(method: str) -> str:
    """The constant of an RPC: ToAllUpperCase of grpc-java."""
    name = "".join(f"{a}_" if a.islower() and b.isupper() else a for a, b in pairwise(method))
    return f"METHODID_{(name + method[-1:]).upper()}"


def getter(method: str) -> str:
    """The method that gives an RPC's descriptor."""
    return method_name(f"get_{method}_method")


def _lowered(name: str) -> str:
    plain = camel_case(name)
    return plain[0].lower() + plain[1:] if name[:1].isalpha() else plain


def _own_name(field: Field) -> str:
    """A group is called as its type is."""
    return field.type.rpartition(".")[2] if field.kind == "group" else field.name


def _meet(one: Field, other: Field, capitals: Mapping[str, str]) -> bool:
    names = capitals[one.name], capitals[other.name]
    if names[0] == names[1]:
        return True
    if one.repeated == other.repeated:
        return False
    return _counts(*names) if one.repeated else _counts(*reversed(names))


def _counts(own: str, theirs: str) -> bool:
    return theirs in {f"{own}Count", f"{own}List"}


def _java_type(field: Field) -> str:
    """The type of a parameter, by name; of messages and enums their full proto names."""
    known = {**_PRIMITIVES, "string": _STRING, "bytes": _BYTES}
    return known.get(field.kind, field.type)


@dataclass(frozen=True)
class _Names:
    """The names of one file."""

    file: File
    placement: Placement

    def place(self, *names: str) -> Place:
        return Place(self.file.name, ".".join(filter(None, names)))

    def outer(self) -> Iterator[Member]:
        owner = self.placement.outer
        yield Member(owner, FIELD, "descriptor", self.place(), common=True)
        yield from self.extensions(self.file.extensions, owner, "")
        for path in self.messages(self.file.types, ""):
            full = ".".join(filter(None, (self.file.package, path))).replace(".", "_")
            for what in ("descriptor", "fieldAccessorTable"):
                yield Member(owner, FIELD, f"internal_static_{full}_{what}", self.place(path))

    def messages(self, types: Iterable[Type], prefix: str) -> Iterator[str]:
        """The messages and the entries of maps, as declared."""
        for type_ in types:
            if type_.kind == "message":
                path = f"{prefix}{type_.name}"
                yield path
                yield from self.messages(type_.nested, f"{path}.")
                yield from (f"{path}.{entry_name(each.name)}" for each in type_.fields if each.map)

    def extensions(self, fields: Iterable[Field], owner: str, proto: str) -> Iterator[Member]:
        for each in fields:
            place = self.place(proto, each.name)
            name = camel(each.name, raised=False)
            yield Member(owner, FIELD, f"{name}_" if name in _RESERVED else name, place)
            yield Member(owner, FIELD, f"{each.name.upper()}_FIELD_NUMBER", place)

    def classes(self, type_: Type, owner: str, proto: str) -> Iterator[Member]:
        """Those of a type itself, beside each other."""
        place = self.place(proto, type_.name)
        yield Member(owner, CLASS, type_.name, place)
        if type_.kind != "enum":
            yield Member(owner, CLASS, f"{type_.name}OrBuilder", place)

    def type_(self, type_: Type, owner: str, proto: str) -> Iterator[Member]:
        yield from self.classes(type_, owner, proto)
        place, own = self.place(proto, type_.name), f"{owner}.{type_.name}".lstrip(".")
        members = self.enum if type_.kind == "enum" else self.message
        yield from members(type_, own, place)

    def enum(self, type_: Type, own: str, place: Place) -> Iterator[Member]:
        added = ("UNRECOGNIZED",) * self.has_open_enums + ("index",) * bool(type_.aliases)
        for name in (*_CONSTANTS_OF_ENUMS, *added):
            yield Member(own, FIELD, name, place, common=True)
        # Values stand beside their enum, not in it.
        for value in type_.values:
            yield Member(own, FIELD, value, self.place(place.declaration, value))
            yield Member(own, FIELD, f"{value}_VALUE", self.place(place.declaration, value))

    def message(self, type_: Type, own: str, place: Place) -> Iterator[Member]:
        builder, full = f"{own}.Builder", self.full(place)
        yield Member(own, CLASS, "Builder", place, common=True)
        for name in _OF_MESSAGES + ["getExtensionFields()"] * type_.extendable:
            yield Member(own, METHOD, name, place, common=True)
        for name in (*_OF_BUILDERS, f"mergeFrom({full})"):
            yield Member(builder, METHOD, name, place, common=True)
        for name in _CONSTANTS_OF_MESSAGES:
            yield Member(own, FIELD, name, place, common=True)
        for number in range(-(-len(type_.fields) // 32)):
            yield Member(builder, FIELD, f"bitField{number}_", place, common=True)
        yield from self.oneofs(type_, own, place)
        names = field_names(type_.fields)
        for field in type_.fields:
            yield from self.field(field, names[field.name], own, self.place(place.declaration, field.name))
        yield from self.extensions(type_.extensions, own, place.declaration)
        for nested in type_.nested:
            yield from self.type_(nested, own, place.declaration)

    def oneofs(self, type_: Type, own: str, place: Place) -> Iterator[Member]:
        synthetic = {each.oneof for each in type_.fields if each.synthetic}
        for oneof in type_.oneofs:
            if oneof in synthetic:
                continue
            here = self.place(place.declaration, oneof)
            low, capital = camel_oneof(oneof)
            case = f"{own}.{capital}Case"
            yield Member(own, CLASS, f"{capital}Case", here)
            yield Member(case, FIELD, "value", here, common=True)
            yield Member(case, FIELD, f"{low.upper()}_NOT_SET", here)
            for field in type_.fields:
                if field.oneof == oneof:
                    yield Member(case, FIELD, field.name.upper(), self.place(place.declaration, field.name))
            for owner in (own, f"{own}.Builder"):
                yield Member(owner, FIELD, f"{low}Case_", here)
                yield Member(owner, FIELD, f"{low}_", here)
            for owner in (own, f"{own}.Builder", f"{own}OrBuilder"):
                yield Member(owner, METHOD, f"get{capital}Case()", here)
            yield Member(f"{own}.Builder", METHOD, f"clear{capital}()", here)

    def field(self, field: Field, names: tuple[str, str], own: str, place: Place) -> Iterator[Member]:
        low, capital = names
        builder = f"{own}.Builder"
        what = shape(field, is_open=self.has_open_enums)
        yield Member(own, FIELD, f"{field.name.upper()}_FIELD_NUMBER", place)
        held, of_kind = what.split(" ")[0], _OF_KINDS.get(what, ("", ""))
        both, builders = _ACCESSORS[held if held in _ACCESSORS else "one"]
        in_both, in_builder = f"{both} {of_kind[0]}", f"{builders} {of_kind[1]}"
        if has_presence(field, self.file.syntax):
            in_both = f"hasX() {in_both}"
        for accessor in in_both.split():
            yield Member(own, METHOD, _accessor(accessor, capital, field), place)
            if not accessor.startswith("internal"):
                yield Member(f"{own}OrBuilder", METHOD, _accessor(accessor, capital, field), place)
        for accessor in f"{in_both} {in_builder}".split():
            yield Member(builder, METHOD, _accessor(accessor, capital, field), place)
        if not field.oneof or field.synthetic:
            yield Member(own, FIELD, f"{low}_", place)
            yield Member(builder, FIELD, f"{low}_", place)
        if "message" in what and not field.map:
            yield Member(builder, FIELD, f"{low}Builder_", place)
        if what.startswith("repeated") and "enum" in what:
            yield Member(own, FIELD, f"{low}_converter_", place)
        if field.map:
            yield from self.map(what, names, own, place)

    def map(self, what: str, names: tuple[str, str], own: str, place: Place) -> Iterator[Member]:
        low, capital = names
        yield Member(own, CLASS, f"{capital}DefaultEntryHolder", place)
        if "enum" in what:
            yield Member(own, FIELD, f"{low}ValueConverter", place)
            yield Member(own, METHOD, f"internalGetAdapted{capital}Map(Map)", place)
        if "message" in what:
            yield Member(f"{own}.Builder", CLASS, f"{capital}Converter", place)
            yield Member(f"{own}.Builder", FIELD, f"{low}Converter", place)

    def service(self, service: Service) -> Iterator[Member]:
        own, place = f"{service.name}Grpc", self.place(service.name)
        yield Member("", CLASS, own, place)
        stubs = {kind: f"{service.name}{kind}Stub" for kind in ("", "Blocking", "Future")}
        suppliers = [f"{service.name}{kind}DescriptorSupplier" for kind in ("Base", "File", "Method")]
        for name in (
            "AsyncService",
            "MethodHandlers",
            f"{service.name}ImplBase",
            *stubs.values(),
            *suppliers,
        ):
            yield Member(own, CLASS, name, place, common=True)
        for name in ("SERVICE_NAME", "serviceDescriptor"):
            yield Member(own, FIELD, name, place, common=True)
        yield Member(own, METHOD, "getServiceDescriptor()", place, common=True)
        for method in service.methods:
            here = self.place(service.name, method.name)
            yield Member(own, FIELD, getter(method.name), here)
            yield Member(own, METHOD, f"{getter(method.name)}()", here)
            yield Member(own, FIELD, constant(method.name), here)
            yield from self.calls(method, own, stubs, here)

    def calls(self, method: Method, own: str, stubs: Mapping[str, str], place: Place) -> Iterator[Member]:
        name, streams = method_name(method.name), method.client_streaming
        observed = f"{name}(StreamObserver)" if streams else f"{name}({method.input},StreamObserver)"
        for owner in ("AsyncService", stubs[""]):
            yield Member(f"{own}.{owner}", METHOD, observed, place)
        if not streams:
            yield Member(f"{own}.{stubs['Blocking']}", METHOD, f"{name}({method.input})", place)
        if not streams and not method.server_streaming:
            yield Member(f"{own}.{stubs['Future']}", METHOD, f"{name}({method.input})", place)

    def generic(self, service: Service, owner: str) -> Iterator[Member]:
        own, place = f"{owner}.{service.name}".lstrip("."), self.place(service.name)
        yield Member(owner, CLASS, service.name, place)
        for name in _OF_GENERIC_SERVICES:
            yield Member(own, CLASS, name, place, common=True)
        # The blocking stub calls that of the class around it, which any method of the name hides.
        yield Member(f"{own}.BlockingStub", METHOD, "getDescriptor()", place, common=True)
        for method in service.methods:
            here, name = self.place(service.name, method.name), _lowered(method.name)
            for each in (own, f"{own}.Interface"):
                yield Member(each, METHOD, f"{name}(RpcController,{method.input},RpcCallback)", here)
            yield Member(f"{own}.BlockingInterface", METHOD, f"{name}(RpcController,{method.input})", here)
            yield Member(f"{own}.BlockingStub", METHOD, f"{name}()", here)

    def full(self, place: Place) -> str:
        return f"{self.file.package}.{place.declaration}".lstrip(".")

    @property
    def has_open_enums(self) -> bool:
        return self.file.syntax == "proto3"


def camel_oneof(name: str) -> tuple[str, str]:
    """A oneof's name from a small letter and from a capital."""
    return _lowered(name), camel_case(name)


def _accessor(accessor: str, capital: str, field: Field) -> str:
    """An accessor of the table with the field's name and type."""
    name, _, parameters = accessor.partition("(")
    named = name.replace("X", capital, 1)
    types = {"T": _java_type(field), "T.Builder": f"{_java_type(field)}.Builder"}
    return f"{named}({','.join(types.get(each, each) for each in parameters[:-1].split(','))})"
