"""Two descriptor sets beside each other: everything that changed from one to the other. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protogen.analysis.diff.enums import compare_enums
from protogen.analysis.diff.files import compare_files, moved_files
from protogen.analysis.diff.messages import compare_extensions, compare_messages
from protogen.analysis.diff.services import compare_services

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Change
    from protogen.analysis.diff.schema import Schema


def compare(old: Schema, new: Schema) -> tuple[Change, ...]:
    """All changes: services first, then messages, enums and files.

    Marks may not be claimed yet: `judging` decides what they come to.
    """
    moved = moved_files(old, new)
    return (
        *compare_services(old, new, moved),
        *compare_messages(old, new, moved),
        *compare_extensions(old, new, moved),
        *compare_enums(old, new, moved),
        *compare_files(old, new, moved),
    )
