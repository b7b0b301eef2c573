"""The recipes that come with protogen: what each is about, its releases, and what was proven."""

from __future__ import annotations

import json
from typing import Any

from protogen.recipe import builtin, model
from protogen.recipe.model import Recipe, Repository
from reference.tables import code, prose, table

_FILE = "proven.json"


def page() -> str:
    """The page, as Markdown."""
    recipes = [model.load(name) for name in builtin.names()]
    listed = table(
        ("--recipe", "what it is", "its releases", "its protos come from"), (_row(each) for each in recipes)
    )
    tried = proven()
    parts = "".join(_proof(each, tried[each.name]) for each in recipes if each.name in tried)
    return f"""\
# Gallery

Recipes that come with protogen: `protogen --recipe NAME --version RELEASE`, and `protogen recipe show NAME`
for the text, which [Recipes](../recipes.md) explains. `protogen versions --recipe NAME` lists the releases.
`{builtin.default_name()}` is what runs without `--recipe`.

{listed}
## What was proven

Releases that were made and proven with `--verify`, in which languages, and when; what failed says why.
`python -m tests.sweep.gallery` tries the newest release of each, one from the middle, and the oldest.

{parts}"""


def proven() -> dict[str, Any]:
    """What was tried, by recipe: the day, and by release the protos and each language's failure."""
    found: dict[str, Any] = json.loads((builtin.folder() / _FILE).read_text(encoding="utf-8"))
    return found


def _row(recipe: Recipe) -> tuple[str, ...]:
    places = ", ".join(_link(name, each) for name, each in recipe.repositories.items())
    return (code(recipe.name), prose(recipe.title), _releases(recipe.primary), places)


def _releases(repository: Repository) -> str:
    kinds = (("branch", repository.branch), ("tag", repository.tag))
    named = [f"{kind} {code(each)}" for kind, texts in kinds for each in _several(texts)]
    return ", ".join(named) or "none: a branch or a commit is named"


def _several(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (texts,) if isinstance(texts, str) else texts))


def _link(name: str, repository: Repository) -> str:
    return f"[{name}]({repository.url})" if repository.url else name


def _proof(recipe: Recipe, tried: dict[str, Any]) -> str:
    languages = list(dict.fromkeys(name for each in tried["releases"].values() for name in each["languages"]))
    rows = [
        (code(release), str(each["protos"]), *(_cell(each["languages"].get(name)) for name in languages))
        for release, each in tried["releases"].items()
    ]
    return f"### {recipe.title}\n\nOn {tried['day']}.\n\n{table(('release', 'protos', *languages), rows)}\n"


def _cell(failure: str | None) -> str:
    return {None: "not tried", "": "proven"}.get(failure) or prose(failure or "")
