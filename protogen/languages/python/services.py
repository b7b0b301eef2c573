"""The `_pb2_grpc` modules and their type stubs: clients and servers, synchronous and asyncio. Pure.

Written from the descriptor set: what grpcio-tools prints passes arguments that older releases of
grpcio don't know, checks the installed one against its own version, and knows no types.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protogen.languages.python.comments import Path, comments, docstring, documented
from protogen.languages.python.symbols import References

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodDescriptorProto

    from protogen.languages.python.symbols import Symbol

_IMPORTS = """\
import collections.abc as _abc
import typing as _typing

import grpc as _grpc
import grpc.aio as _aio
import typing_extensions as _typing_extensions
"""
_TYPES = """
_T = _typing.TypeVar("_T")

class _RequestIterator(_abc.Iterator[_T], _abc.AsyncIterator[_T]): ...  # type: ignore[misc]

class _ServicerContext(  # type: ignore[misc]
    _grpc.ServicerContext, _aio.ServicerContext[_typing.Any, _typing.Any]
): ..."""


@dataclass(frozen=True)
class _Method:
    """An RPC as Python sees it. kind: such as `unary_stream`; request, response: expressions."""

    attribute: str
    route: str
    kind: str
    request: str
    response: str
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
    name: str
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
    for service in _services(file, references, symbols):
        body += ["", "", *_client(service, texts), "", "", *_server(service, texts), "", "", *_adder(service)]
    lines = [
        f"# Made by protogen from {file.name}; edits are lost.",
        "import grpc as _grpc",
        "",
        *references.imports(),
        *body,
    ]
    return "\n".join(lines) + "\n"


def service_stub(file: FileDescriptorProto, modules: Mapping[str, str], symbols: Mapping[str, Symbol]) -> str:
    """The type stub of a file's services."""
    references = References(f"{modules[file.name]}_grpc")
    texts = comments(file)
    body: list[str] = []
    for service in _services(file, references, symbols):
        body += ["", *_typed_clients(service, texts), "", *_typed_server(service, texts)]
    lines = [
        f"# Made by protogen from {file.name}; edits are lost.",
        *_IMPORTS.split("\n"),
        *references.imports(),
        *_TYPES.split("\n"),
        *body,
    ]
    return "\n".join(lines) + "\n"


def _services(
    file: FileDescriptorProto, references: References, symbols: Mapping[str, Symbol]
) -> list[_Service]:
    prefix = f"{file.package}." if file.package else ""
    return [
        _Service(
            service.name,
            prefix + service.name,
            tuple(
                _Method(
                    f"{method.name}_" if keyword.iskeyword(method.name) else method.name,
                    f"/{prefix}{service.name}/{method.name}",
                    _kind(method),
                    references.to(symbols[method.input_type]),
                    references.to(symbols[method.output_type]),
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
        f"class {service.name}Stub:",
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
        f"class {service.name}AsyncStub({service.name}Stub):",
        f'    """{service.name}Stub on a grpc.aio.Channel: the same, under a name for annotations."""',
    ]


def _server(service: _Service, texts: Mapping[Path, str]) -> list[str]:
    lines = [f"class {service.name}Servicer:", *documented(texts, service.path, "    ")]
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
        f"def add_{service.name}Servicer_to_server(servicer, server):",
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


def _typed_clients(service: _Service, texts: Mapping[Path, str]) -> list[str]:
    stub, asynchronous = f"{service.name}Stub", f"{service.name}AsyncStub"
    doc = documented(texts, service.path, "    ")
    return [
        f"class {stub}:",
        *doc,
        "    @_typing.overload",
        "    def __new__(cls, channel: _grpc.Channel) -> _typing_extensions.Self: ...",
        "    @_typing.overload",
        f"    def __new__(cls, channel: _aio.Channel) -> {asynchronous}: ...",
        *_attributes(service, "_grpc", texts),
        "",
        f"class {asynchronous}({stub}):",
        *doc,
        "    def __new__(cls, channel: _aio.Channel) -> _typing_extensions.Self: ...",
        *_attributes(service, "_aio", texts),
    ]


def _attributes(service: _Service, library: str, texts: Mapping[Path, str]) -> Iterator[str]:
    ignored = "  # type: ignore[assignment]" if library == "_aio" else ""
    for method in service.methods:
        types = f"{method.request}, {method.response}"
        yield f"    {method.attribute}: {library}.{method.callable}[{types}]{ignored}"
        yield from documented(texts, method.path, "    ")


def _typed_server(service: _Service, texts: Mapping[Path, str]) -> list[str]:
    lines = [
        f"class {service.name}Servicer:",
        *(documented(texts, service.path, "    ") or docstring(f"Serves {service.full_name}.", "    ")),
    ]
    for method in service.methods:
        takes, gives = method.streams
        argument = (
            f"request_iterator: _RequestIterator[{method.request}]" if takes else f"request: {method.request}"
        )
        result = (
            f"_abc.Iterator[{method.response}] | _abc.AsyncIterator[{method.response}]"
            if gives
            else f"{method.response} | _abc.Awaitable[{method.response}]"
        )
        signature = f"    def {method.attribute}(self, {argument}, context: _ServicerContext) -> {result}:"
        doc = documented(texts, method.path, "        ")
        lines += [signature, *doc] if doc else [f"{signature} ..."]
    return [
        *lines,
        "",
        f"def add_{service.name}Servicer_to_server(",
        f"    servicer: {service.name}Servicer, server: _grpc.Server | _aio.Server",
        ") -> None: ...",
    ]
