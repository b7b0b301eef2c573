"""Publishing: the only writer into a user's folders.

All targets are checked, staged and journaled before the first of them changes. A kill at any moment
leaves all old trees, all new trees, or a journal by which the next publish completes or undoes the run.
"""

from __future__ import annotations

from protogen.publish.manifest import manifest_of
from protogen.publish.recovery import pending, recover
from protogen.publish.run import publish
from protogen.publish.standing import Expected, standing
from protogen.publish.target import Published, Target
from protogen.publish.tree import MANIFEST, Tree

__all__ = [
    "MANIFEST",
    "Expected",
    "Published",
    "Target",
    "Tree",
    "manifest_of",
    "pending",
    "publish",
    "recover",
    "standing",
]
