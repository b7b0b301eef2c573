"""What the root of the import package offers: all that a client needs, by plain name. Pure."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from protogen.languages.base import Request

# The root's own names.
POOL_NAME = "descriptor_pool"


def exports(request: Request, modules: Mapping[str, str]) -> dict[str, str]:
    """The root's names, sorted, and the module below it that each comes from.

    Stubs and servicers of the entry points' services, the messages that these take and give, and
    the messages and enums of the entry points. A name that two files have is nobody's.
    """
    reserved = {POOL_NAME, *(module.split(".")[0] for module in modules.values())}
    found: dict[str, set[str]] = {}
    for name, module in _candidates(request, modules):
        found.setdefault(name, set()).add(module)
    return {
        name: min(places)
        for name, places in sorted(found.items())
        if len(places) == 1
        and name not in reserved
        and not name.startswith("_")
        and not keyword.iskeyword(name)
    }


def _candidates(request: Request, modules: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    entry_points = frozenset(request.entry_points)
    for file in request.outline.files:
        if file.name not in entry_points:
            continue
        for type_ in file.types:
            yield type_.name, modules[file.name]
        for service in file.services:
            for name in service_names(service.name):
                yield name, f"{modules[file.name]}_grpc"
            for method in service.methods:
                for message in (method.input, method.output):
                    declaring = request.outline.file_of(message)
                    if declaring and message.rpartition(".")[0] == declaring.package:
                        yield message.rpartition(".")[2], modules[declaring.name]


def service_names(service: str) -> tuple[str, ...]:
    """What a service's module holds for it."""
    return (
        f"{service}Stub",
        f"{service}AsyncStub",
        f"{service}Servicer",
        f"add_{service}Servicer_to_server",
    )
