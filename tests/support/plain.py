"""An API as most are: one repository, all its protos, the recipe of the docs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: plain
title: Plain
license: Apache-2.0
releases: api
repositories:
  api:
    url: https://git.invalid/api
    tag: "v{major}.{minor}.{patch}"
entry_points:
  - {repository: api, pattern: "**/*.proto"}
"""


def options(folder: Path, protos: Mapping[str, str]) -> list[str]:
    """What selects release 1.0.0 of such an API, made in a folder; protos: proto3 where they say nothing."""
    folder.mkdir(exist_ok=True)
    repository = Repository.create(folder / "api")
    texts = {
        path: text if text.startswith(("syntax", "edition")) else f'syntax = "proto3";\n{text}'
        for path, text in protos.items()
    }
    repository.commit({"LICENSE": "License", **texts})
    repository.git("tag", "v1.0.0")
    recipe = folder / "plain.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return ["--version", "1.0.0", "--recipe", str(recipe), "--repo", f"api={repository.path}"]
