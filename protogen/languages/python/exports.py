"""What the root of the import package offers: all that a client needs, by plain name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from protogen.languages.python.names import service_names
from protogen.languages.python.naming import ROOT_OWN
from protogen.languages.python.renaming import python_path

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.languages.python.renaming import Renamings


# The root's own names.
POOL_NAME = "descriptor_pool"


def exports(request: Request, modules: Mapping[str, str], renamings: Renamings) -> dict[str, str]:
    """The root's names, sorted, and the module below it that each comes from.

    Stubs and servicers of the entry points' services, the messages that these take and give, and
    the messages and enums of the entry points. A name that two files have is nobody's.
    """
    reserved = {POOL_NAME, *ROOT_OWN}
    for module in modules.values():
        top = module.split(".")[0]
        reserved |= {top, f"{top}_grpc"}
    found: dict[str, set[str]] = {}
    for name, module in _candidates(request, modules, renamings):
        found.setdefault(name, set()).add(module)
    return {
        name: min(places)
        for name, places in sorted(found.items())
        if len(places) == 1 and name not in reserved and not name.startswith("_")
    }


def _candidates(
    request: Request, modules: Mapping[str, str], renamings: Renamings
) -> Iterator[tuple[str, str]]:
    entry_points = frozenset(request.entry_points)
    for file in request.outline.files:
        if file.name not in entry_points:
            continue
        for type_ in file.types:
            yield python_path(type_.name, renamings.get(file.name, {})), modules[file.name]
        for service in file.services:
            for name in service_names(service.name, [each.name for each in file.services]):
                yield name, f"{modules[file.name]}_grpc"
            for method in service.methods:
                for message in (method.input, method.output):
                    declaring = request.outline.file_of(message)
                    if declaring and message.rpartition(".")[0] == declaring.package:
                        renamed = renamings.get(declaring.name, {})
                        yield python_path(message.rpartition(".")[2], renamed), modules[declaring.name]
