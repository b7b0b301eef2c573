"""Every command line that the help and the docs show is one that protogen takes; the cheap ones are run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from protogen.cli import main
from protogen.cli.command import commas, read_selection
from protogen.languages import choose
from tests.integration.conftest import Command, Shop
from tests.support.upstream import RECIPE

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What needs no tool, and no repository but those of the shop.
CHEAP = {"versions", "graph", "diff", "completion"}
CHEAP_BELOW = {
    ("recipe", "list"),
    ("recipe", "show"),
    ("recipe", "schema"),
    ("cache", "dir"),
    ("cache", "list"),
}
# The shop's names for what the examples say of the recipe that comes along.
IN_THE_SHOP = (
    (r"\br2\.10\b", "api/v1.0.0"),
    (r"\br2\.\d+", "release-1.0"),
    (r"\b2\.1\d\.1\b", "api/v1.0.2"),
    (r"\S+/predict\.proto|\S+/tensor\.proto", "shop/shop.proto"),
)


def commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """The command and all below it."""
    yield command, ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below
            yield from commands(below, click.Context(below, parent=ctx, info_name=name))


def words(line: str) -> list[str]:
    """The words of a shell's line as far as protogen gets them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[str] = []
    for word in lexer:
        if word[0] in "<>|&;":
            break
        found.append(word)
    return found


def of_help() -> dict[str, list[str]]:
    """The examples of each command's help, by the command."""
    root = click.Context(main.protogen, info_name="protogen")
    found = {}
    for command, ctx in commands(main.protogen, root):
        if command is not main.protogen:
            lines = [line.strip() for line in command.get_help(ctx).splitlines()]
            found[ctx.command_path] = [line for line in lines if line.startswith("protogen ")]
    return found


def of_pages() -> list[str]:
    """The command lines of the README and the docs."""
    fences = [text for page in PAGES for text in _FENCE.findall(page.read_text(encoding="utf-8"))]
    lines = [line for text in fences for line in text.replace("\\\n", " ").splitlines()]
    # The language that docs/new-language.md makes up isn't installed here.
    return [line for line in lines if line.startswith("protogen ") and "--lang ini" not in line]


EXAMPLES = [line for lines in of_help().values() for line in lines] + of_pages()


def test_every_command_has_an_example_of_itself() -> None:
    for path, lines in of_help().items():
        assert any(line.startswith(path.replace(" generate", "")) for line in lines), path


def test_the_pages_have_examples() -> None:
    assert len(of_pages()) > 25


def test_every_example_is_taken(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[click.Context] = []
    monkeypatch.setattr(click.Command, "invoke", lambda self, ctx: taken.append(ctx))
    for file in ("my-api.yaml", "shop.yaml"):
        Path(file).write_text(RECIPE)
    for line in sorted(set(EXAMPLES)):
        ended = command(*words(line)[1:])
        assert ended.code == 0, f"{line}\n{ended.err}"
        if "--help" not in line:
            check(taken[-1].params)


def check(params: dict[str, Any]) -> None:
    """What is wrong with the values that click takes as they are; raises UsageError, RecipeError."""
    if "recipe_name" in params:
        read_selection(params | {"versions": params.get("versions", ())})
    choose(commas(params.get("languages", ())))


def is_cheap(line: str) -> bool:
    arguments = [*words(line)[1:], "", ""]
    if arguments[0] in CHEAP:
        return not {"svg", "html"} & set(arguments)
    return (arguments[0], arguments[1]) in CHEAP_BELOW


@pytest.mark.slow
def test_cheap_examples_do_what_they_say(command: Command, shop: Shop) -> None:
    lines = sorted(filter(is_cheap, set(EXAMPLES)))
    assert len(lines) > 20
    for line in lines:
        here = line
        for said, name in IN_THE_SHOP:
            here = re.sub(said, name, here)
        arguments = words(here)[1:]
        selects = arguments[0] in {"versions", "graph", "diff"}
        ended = command(*arguments, *(shop.options if selects else []))
        assert ended.code in ({0, 1} if arguments[0] == "diff" else {0}), (line, ended.err)
        assert ended.out or arguments[:2] == ["cache", "list"], line
