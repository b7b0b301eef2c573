"""What a run generates and assembles, without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from protogen.languages.base import Language
from protogen.languages.package import Installed, Request
from protogen.pipeline.generate import Work, generating
from protogen.protos.protoc import Protoc


def generate(
    work: Sequence[Work], protoc: Protoc, *, jobs: int, begun: Callable[[str, int], Callable[[bool], None]]
) -> dict[str, dict[str, bytes]]:
    """What the generators wrote, by language and path."""
    with generating(work, protoc, jobs=jobs, begun=begun) as generated:
        return {share.language: generated(share.language) for share in work}


def assembled(
    language: Language[Any, Any],
    request: Request,
    plan: Any,
    installed: Installed,
    generated: Mapping[str, bytes],
) -> dict[str, bytes]:
    """The package's files by path."""
    return {**language.layout(plan, generated), **language.write(request, plan, installed)}
