"""Where artifacts came from: an in-toto statement with a SLSA provenance predicate, unsigned.

Shapes: the in-toto attestation framework's Statement v1 and SLSA's Provenance v1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from protogen.pipeline.artifacts.subject import inputs

if TYPE_CHECKING:
    from protogen.pipeline.artifacts.subject import Subject


STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD = "urn:protogen:build:v1"
BUILDER = "urn:protogen:builder"


def render(subject: Subject, digests: Mapping[str, str], builder: Mapping[str, str]) -> bytes:
    """The statement as JSON.

    digests: SHA-256 of each artifact by path. builder: versions of protogen and its compiler. No moment,
    no machine: the same inputs give the same statement; who signs it adds when and where.
    """
    release = subject.release
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": path, "digest": {"sha256": sha}} for path, sha in sorted(digests.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD,
                "externalParameters": {
                    "recipe": subject.name,
                    "version": release.name,
                    "packageVersion": release.package_version,
                    "source": release.source,
                    "languages": sorted(subject.coordinates),
                    "groups": list(subject.groups),
                    "settings": dict(sorted(subject.settings.items())),
                },
                "internalParameters": {"closureSha256": subject.closure_sha256},
                "resolvedDependencies": _dependencies(subject),
            },
            "runDetails": {"builder": {"id": BUILDER, "version": dict(sorted(builder.items()))}},
        },
    }
    return (json.dumps(statement, indent=2) + "\n").encode()


def _dependencies(subject: Subject) -> list[dict[str, object]]:
    recipe: dict[str, object] = {
        "name": f"recipe {subject.name}",
        "uri": f"urn:protogen:recipe:{subject.name}",
        "digest": {"sha256": subject.recipe_sha256},
    }
    read: list[dict[str, object]] = [
        {"name": each.name, "uri": each.uri} | ({"digest": dict(each.digests)} if each.digests else {})
        for each in inputs(subject.release)
    ]
    tools: list[dict[str, object]] = [
        {
            "name": tool.name,
            "uri": f"urn:protogen:tool:{tool.name}",
            "annotations": {"version": tool.version, "found": tool.found},
        }
        for tool in sorted(subject.tools.values(), key=lambda tool: tool.name)
    ]
    return [recipe, *read, *tools]
