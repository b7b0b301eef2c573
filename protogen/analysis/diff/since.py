"""What changed between two releases as a registry keeps it: counted, worded, cut where it is long."""

from __future__ import annotations

from collections import Counter

from protogen.analysis.diff import elements, render
from protogen.analysis.diff.compare import compare
from protogen.registry.release import Changes, Section

LINES = 300
"""How many changes are worded at most; all are counted."""


def changes(old: bytes, new: bytes) -> Changes:
    """The changes from one serialized FileDescriptorSet to the other."""
    found = compare(elements.read(old), elements.read(new))
    kinds = Counter(each.kind for each in found)
    sections, left = [], LINES
    left_off = 0
    for title, listed in render.sections(found):
        shown, left_off = listed[:left], left_off + len(listed[left:])
        left -= len(shown)
        if shown:
            lines = tuple((each.kind, render.sentence(each)) for each in shown)
            sections.append(Section(title, lines))
    return Changes(kinds["added"], kinds["removed"], kinds["changed"], tuple(sections), left_off)
