"""Which protos have classes in a jar that grpc-protobuf itself requires. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protogen.languages.java.placement import Placement
    from protogen.protos.outline import File


JAR = "com.google.api.grpc:proto-google-common-protos"
# Its folders of protos, in 2.64.1; all their classes are in packages of com.google.
_FOLDERS = frozenset(
    "google/api google/apps/card/v1 google/cloud google/cloud/audit google/cloud/location google/geo/type "
    "google/logging/type google/longrunning google/rpc google/rpc/context google/shopping/type "
    "google/type".split()
)


def held_twice(files: Iterable[File], placed: Mapping[str, Placement]) -> tuple[str, ...]:
    """The protos whose classes a program would have from this package and from that jar."""
    return tuple(
        sorted(
            file.name
            for file in files
            if file.directory in _FOLDERS and placed[file.name].package.startswith("com.google.")
        )
    )
