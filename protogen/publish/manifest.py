"""The manifest of a published folder: the files that protogen owns there, and where they are from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.publish.tree import ABSENT, FILE, MANIFEST, check_paths, kind, read_regular
from protogen.system.files import digest

if TYPE_CHECKING:
    from protogen.publish.target import Target


SCHEMA = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ManifestUnreadable(ValueError):
    """A manifest that isn't one of ours: the text says why."""


def render_manifest(files: Mapping[str, str], origin: Mapping[str, object]) -> bytes:
    """The manifest's bytes, the same for the same files (path to SHA-256) and origin."""
    content = {"schema": SCHEMA, "origin": dict(origin), "files": dict(files)}
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def manifest_of(target: Target) -> tuple[bytes, dict[str, str]]:
    """The manifest that a target gets, and the hashes of its files, the manifest's among them."""
    hashes = {path: digest(content) for path, content in target.tree.items()}
    manifest = render_manifest(hashes, target.origin)
    return manifest, {**hashes, MANIFEST: digest(manifest)}


def parse_manifest(content: bytes) -> dict[str, str]:
    """The owned files, path to SHA-256. Raises ManifestUnreadable, also for paths that lead out."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestUnreadable("it isn't JSON") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise ManifestUnreadable(f"its schema isn't {SCHEMA}")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(_is_digest(value) for value in files.values()):
        raise ManifestUnreadable('its "files" don\'t map paths to SHA-256')
    try:
        check_paths([*files, MANIFEST])
    except ValueError as error:
        raise ManifestUnreadable(str(error)) from error
    if MANIFEST in files:
        raise ManifestUnreadable("it lists itself")
    return files


def read_manifest(out: Path) -> tuple[dict[str, str], bytes | None]:
    """The files owned in the folder out, and the manifest's bytes; none and None where it has none.

    Raises ManifestUnreadable, and OSError where the file can't be read.
    """
    path = out / MANIFEST
    what = kind(path)
    if what == ABSENT:
        return {}, None
    if what != FILE:
        raise ManifestUnreadable("it isn't a regular file")
    content = read_regular(path)
    return parse_manifest(content), content


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None
