"""Upstream repositories that a test makes: an API spread over three of them, with its own ref rules."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.corpus import git


@dataclass(frozen=True)
class Repository:
    """A work repository; its path serves as a URL."""

    path: Path

    @classmethod
    def create(cls, path: Path, *, filters: bool = True, form: str = "sha1") -> Repository:
        path.mkdir(parents=True)
        options = ("--template=", "--initial-branch=main", f"--object-format={form}")
        git("init", "--quiet", *options, cwd=path)
        git("config", "core.autocrlf", "false", cwd=path)
        if filters:
            git("config", "uploadpack.allowFilter", "true", cwd=path)
            git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=path)
        return cls(path)

    def commit(self, files: Mapping[str, str | bytes | None], date: str = "2024-01-01T00:00:00Z") -> str:
        """Write files, None removes one, and commit; the commit."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        git("add", "--all", cwd=self.path)
        git("commit", "--quiet", "--allow-empty", "--message", "x", cwd=self.path, date=date)
        return self.head()

    def head(self) -> str:
        return git("rev-parse", "HEAD", cwd=self.path).strip()

    def git(self, *arguments: str) -> str:
        return git(*arguments, cwd=self.path)


RECIPE = """\
schema: 1
name: shop
title: The Shop
license: Apache-2.0
releases: api
repositories:
  api:
    url: https://git.invalid/api
    branch: release-{major}.{minor}
    tag: api/v{major}.{minor}.{patch}
  base:
    url: https://git.invalid/base
    branch: release-{major}.{minor}
    tag: v{major}.{minor}.{patch}
    roots: [., third_party/types, third_party/types/nested]
    pins:
      - {repository: api, file: DEPS, pattern: 'base = ([0-9a-f]{40})'}
      - {repository: api, submodule: deps/base}
  extra:
    url: https://git.invalid/extra
    branch: release-{major}.{minor}
    tag: v{major}.{minor}.{patch}
    roots: [proto]
entry_points:
  - {repository: api, pattern: "shop/**/*.proto"}
groups:
  admin:
    - {repository: extra, pattern: proto/admin/*.proto}
"""

SHOP = """\
syntax = "proto3";
// Shop of the test.
package shop;
import "money/money.proto";
import "color.proto";
import "stock/stock.proto";
import "google/protobuf/any.proto";
message Order { money.Money price = 1; Color color = 2; stock.Stock stock = 3; google.protobuf.Any more = 4; }
service Shop { rpc Buy(Order) returns (Order); }
"""
MONEY = 'syntax = "proto3"; package money; message Money { int64 units = 1; }'
COLOR = 'syntax = "proto3"; enum Color { RED = 0; }'
STOCK = 'syntax = "proto3"; package stock; import "size.proto"; message Stock { Size size = 1; }'
SIZE = 'syntax = "proto3"; message Size { int32 cm = 1; }'
ADMIN = 'syntax = "proto3"; package admin; message Admin { string name = 1; }'


@dataclass(frozen=True)
class Upstream:
    """The three repositories and the recipe that knows them."""

    api: Repository
    base: Repository
    extra: Repository
    recipe: Path
    pinned: str

    @property
    def options(self) -> list[str]:
        """The options that select them."""
        repositories = {"api": self.api, "base": self.base, "extra": self.extra}
        return [
            "--recipe",
            str(self.recipe),
            *(f"--repo={name}={repo.path}" for name, repo in repositories.items()),
        ]


def shop(root: Path) -> Upstream:
    """Releases 1.0 (branches and tags), 1.1 (only tagged in part), main with a pin."""
    api, base, extra = (Repository.create(root / name) for name in ("api", "base", "extra"))
    extra.commit({"proto/stock/stock.proto": STOCK, "proto/admin/admin.proto": ADMIN})
    base.commit(
        {
            "money/money.proto": MONEY,
            "third_party/types/color.proto": COLOR,
            "third_party/types/nested/size.proto": SIZE,
            "LICENSE": "License of base",
            "README.md": "not a proto",
        }
    )
    pinned = base.commit({"money/money.proto": MONEY + " // pinned"})
    api.commit({"shop/shop.proto": SHOP, "DEPS": f"base = {pinned}\n", "LICENSE": "License of api"})
    for repository, tag in ((api, "api/v1.0.0"), (base, "v1.0.0"), (extra, "v1.0.0")):
        repository.git("branch", "release-1.0")
        repository.git("tag", "--annotate", "--message", "x", tag)
    base.commit({"money/money.proto": MONEY + " // after"})
    api.commit({"shop/shop.proto": SHOP + "// 1.0.2"})
    api.git("tag", "api/v1.0.2")
    api.git("branch", "--force", "release-1.0")
    extra.git("branch", "release-1.1")
    api.git("branch", "release-1.1")
    recipe = root / "shop.yaml"
    recipe.write_text(RECIPE)
    return Upstream(api, base, extra, recipe, pinned)


def copied(made: Upstream, source: Path, target: Path) -> Upstream:
    """A copy of the upstream below source that a test may change."""
    shutil.copytree(source, target, symlinks=True)
    moved = {name: Repository(target / name) for name in ("api", "base", "extra")}
    return Upstream(**moved, recipe=target / made.recipe.name, pinned=made.pinned)
