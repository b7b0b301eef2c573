"""The `_pb2_grpc` modules and their type stubs: clients and servers, synchronous and asyncio. Pure.

Written from the descriptor set: what grpcio-tools prints passes arguments that older releases of
grpcio don't know, checks the installed one against its own version, and knows no types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto

from protogen.languages.python.comments import Path, comments, docstring, documented, header
from protogen.languages.python.names import method_attribute, service_names
from protogen.languages.python.symbols import Imported, References, Symbol


@dataclass(frozen=True)
class _Method:
    """An RPC as Python sees it."""

    attribute: str
    route: str
    kind: str
    """Such as `unary_stream`."""
    request: str
    response: str
    """Expressions for the messages, as is `request`."""
    path: Path

    @property
    def callable(self) -> str:
        """The name of the client's type for it, in grpc and grpc.aio alike."""
        return "".join(part.title() for part in self.kind.split("_")) + "MultiCallable"

    @property
    def streams(self) -> tuple[bool, bool]:
        """Whether requests and responses stream."""
        sent, _, received = self.kind.partition("_")
        return sent == "stream", received == "stream"


@dataclass(frozen=True)
class _Service:
    stub: str
    asynchronous: str
    servicer: str
    adder: str
    full_name: str
    methods: tuple[_Method, ...]
    path: Path


def service_module(
    file: FileDescriptorProto, modules: Mapping[str, str], symbols: Mapping[str, Symbol]
) -> str:
    """The module of a file's services."""
    references = References(f"{modules[file.name]}_grpc")
    texts = comments(file)
    body: list[str] = []
    for service in _services(file, references.within_class, symbols):
        body += ["", "", *_client(service, texts), "", "", *_server(service, texts), "", "", *_adder(service)]
    lines = [
        header(file.name),
        "import grpc as _grpc",
        "",
        *references.imports(),
        *body,
    ]
    return "\n".join(lines) + "\n"


def service_stub(file: FileDescriptorProto, modules: Mapping[str, str], symbols: Mapping[str, Symbol]) -> str:
    """The type stub of a file's services."""
    plain = _services(file, lambda symbol: symbol.name, symbols)
    taken = {method.attribute for service in plain for method in service.methods}
    references, imported = References(f"{modules[file.name]}_grpc", taken), Imported.beside(taken)
    texts = comments(file)
    body = _types(imported)
    for service in _services(file, references.to, symbols):
        body += ["", *_typed_clients(service, imported, texts), "", *_typed_server(service, imported, texts)]
    lines = [
        header(file.name),
        *imported.statements([f"{imported.typing_extensions}.", *body]),
        *references.imports(),
        *body,
    ]
    return "\n".join(lines) + "\n"


def _types(imported: Imported) -> list[str]:
    """Types for servers that are synchronous or asynchronous."""
    abc, typing, variable = imported.abc, imported.typing, imported.variable
    return [
        "",
        f'{variable} = {typing}.TypeVar("{variable}")',
        "",
        f"class {imported.request_iterator}({abc}.Iterator[{variable}], {abc}.AsyncIterator[{variable}]): ..."
        "  # type: ignore[misc]",
        "",
        f"class {imported.servicer_context}(  # type: ignore[misc]",
        f"    {imported.grpc}.ServicerContext, {imported.aio}.ServicerContext[{typing}.Any, {typing}.Any]",
        "): ...",
    ]


def _services(
    file: FileDescriptorProto, refer: Callable[[Symbol], str], symbols: Mapping[str, Symbol]
) -> list[_Service]:
    prefix = f"{file.package}." if file.package else ""
    services = [service.name for service in file.service]
    return [
        _Service(
            *service_names(service.name, services),
            prefix + service.name,
            tuple(
                _Method(
                    method_attribute(method.name, [each.name for each in service.method]),
                    f"/{prefix}{service.name}/{method.name}",
                    _kind(method),
                    refer(symbols[method.input_type]),
                    refer(symbols[method.output_type]),
                    (6, index, 2, number),
                )
                for number, method in enumerate(service.method)
            ),
            (6, index),
        )
        for index, service in enumerate(file.service)
    ]


def _kind(method: MethodDescriptorProto) -> str:
    sent = "stream" if method.client_streaming else "unary"
    return f"{sent}_stream" if method.server_streaming else f"{sent}_unary"


def _client(service: _Service, texts: Mapping[Path, str]) -> list[str]:
    lines = [
        f"class {service.stub}:",
        *documented(texts, service.path, "    "),
        "",
        "    def __init__(self, channel):",
        '        """channel: a grpc.Channel or a grpc.aio.Channel."""',
    ]
    for method in service.methods:
        lines += [
            f"        self.{method.attribute} = channel.{method.kind}(",
            f'            "{method.route}",',
            f"            request_serializer={method.request}.SerializeToString,",
            f"            response_deserializer={method.response}.FromString,",
            "        )",
        ]
    return [
        *lines,
        "",
        "",
        f"class {service.asynchronous}({service.stub}):",
        f'    """{service.stub} on a grpc.aio.Channel: the same, under a name for annotations."""',
    ]


def _server(service: _Service, texts: Mapping[Path, str]) -> list[str]:
    lines = [f"class {service.servicer}:", *documented(texts, service.path, "    ")]
    for method in service.methods:
        argument = "request_iterator" if method.streams[0] else "request"
        lines += [
            "",
            f"    def {method.attribute}(self, {argument}, context):",
            *documented(texts, method.path, "        "),
            "        context.set_code(_grpc.StatusCode.UNIMPLEMENTED)",
            '        context.set_details("Method not implemented!")',
            '        raise NotImplementedError("Method not implemented!")',
        ]
    return lines if len(lines) > 1 else [*lines, "    pass"]


def _adder(service: _Service) -> list[str]:
    lines = [
        f"def {service.adder}(servicer, server):",
        "    handlers = {",
    ]
    for method in service.methods:
        lines += [
            f'        "{method.route.rpartition("/")[2]}": _grpc.{method.kind}_rpc_method_handler(',
            f"            servicer.{method.attribute},",
            f"            request_deserializer={method.request}.FromString,",
            f"            response_serializer={method.response}.SerializeToString,",
            "        ),",
        ]
    return [
        *lines,
        "    }",
        f'    handler = _grpc.method_handlers_generic_handler("{service.full_name}", handlers)',
        "    server.add_generic_rpc_handlers((handler,))",
    ]


def _typed_clients(service: _Service, imported: Imported, texts: Mapping[Path, str]) -> list[str]:
    doc = documented(texts, service.path, "    ")
    synchronous, asynchronous = f"{imported.grpc}.Channel", f"{imported.aio}.Channel"
    own = f"{imported.typing_extensions}.Self"
    return [
        f"class {service.stub}:",
        *doc,
        f"    @{imported.typing}.overload",
        f"    def __new__(cls, channel: {synchronous}) -> {own}: ...",
        f"    @{imported.typing}.overload",
        f"    def __new__(cls, channel: {asynchronous}) -> {service.asynchronous}: ...",
        *_attributes(service, imported.grpc, texts),
        "",
        f"class {service.asynchronous}({service.stub}):",
        *doc,
        f"    def __new__(cls, channel: {asynchronous}) -> {own}: ...",
        *_attributes(service, imported.aio, texts, "  # type: ignore[assignment]"),
    ]


def _attributes(
    service: _Service, library: str, texts: Mapping[Path, str], ignored: str = ""
) -> Iterator[str]:
    for method in service.methods:
        types = f"{method.request}, {method.response}"
        yield f"    {method.attribute}: {library}.{method.callable}[{types}]{ignored}"
        yield from documented(texts, method.path, "    ")


def _typed_server(service: _Service, imported: Imported, texts: Mapping[Path, str]) -> list[str]:
    lines = [
        f"class {service.servicer}:",
        *(documented(texts, service.path, "    ") or docstring(f"Serves {service.full_name}.", "    ")),
    ]
    abc = imported.abc
    for method in service.methods:
        takes, gives = method.streams
        argument = (
            f"request_iterator: {imported.request_iterator}[{method.request}]"
            if takes
            else f"request: {method.request}"
        )
        result = (
            f"{abc}.Iterator[{method.response}] | {abc}.AsyncIterator[{method.response}]"
            if gives
            else f"{method.response} | {abc}.Awaitable[{method.response}]"
        )
        context = f"context: {imported.servicer_context}"
        signature = f"    def {method.attribute}(self, {argument}, {context}) -> {result}:"
        doc = documented(texts, method.path, "        ")
        lines += [signature, *doc] if doc else [f"{signature} ..."]
    return [
        *lines,
        "",
        f"def {service.adder}(",
        f"    servicer: {service.servicer}, server: {imported.grpc}.Server | {imported.aio}.Server",
        ") -> None: ...",
    ]
