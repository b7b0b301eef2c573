"""A difference as JSON: docs/diff.md says what each key holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from protogen.analysis.diff.rules import BREAKS

if TYPE_CHECKING:
    from protogen.analysis.diff.change import Change, Difference


def document(difference: Difference) -> dict[str, Any]:
    """The JSON object."""
    return {
        "schema": 1,
        "old": difference.old.document(),
        "new": difference.new.document(),
        "buf": difference.buf or None,
        "summary": {
            **{kind: difference.count(kind) for kind in ("added", "removed", "changed")},
            "breaking": len(difference.breaking.changes),
            **{f"breaking_{what}": difference.breaks(what) for what in BREAKS},
        },
        "changes": [_change(each) for each in difference.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "element": change.element,
        "name": change.name,
        "file": change.file,
        "aspect": change.aspect or None,
        "old": change.old or None,
        "new": change.new or None,
        "note": change.note or None,
        "breaking": list(change.breaks),
        "rules": [{"rule": each.rule, "decided_by": each.decided} for each in change.marks],
    }
