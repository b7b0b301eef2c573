"""The reference pages of the docs: all that there is in the code stands in them."""

from __future__ import annotations

import html
import inspect
import re

import click
import pytest

from protogen import errors as raised
from protogen.analysis import schema
from protogen.cli import defaults
from protogen.cli.main import COMMANDS, load
from protogen.languages import LANGUAGES, load_language
from protogen.recipe import builtin
from reference import commands, errors, gallery, languages, schemas, tables


def plain(page: str) -> str:
    """The page without the tags that code gets."""
    return html.unescape(re.sub(r"</?code>", "", page))


def sections(page: str) -> dict[str, str]:
    """What stands below each heading."""
    _, *parts = re.split(r"^## (.+)$", plain(page), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def first_column(section: str) -> list[str]:
    return [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if line.startswith("| ")]


def leaves() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = load(name)
        below = command.commands.items() if isinstance(command, click.Group) else ()
        found += [(f"{name} {other}", each) for other, each in below] or [(name, command)]
    return found


COMMANDS_PAGE = sections(commands.page())


def test_every_command_has_a_section() -> None:
    assert list(COMMANDS_PAGE) == [name for name, _ in leaves()]


def test_every_option_has_a_row() -> None:
    for name, command in leaves():
        wanted = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
        rows = [line for line in COMMANDS_PAGE[name].splitlines() if line.startswith("| ")][2:]
        assert len(rows) == len(wanted), name
        for row, option in zip(rows, wanted, strict=True):
            assert {*option.opts, *option.secondary_opts} <= set(re.split(r"[ ,]+", row)), name
            assert str(option.help).partition("  [")[0] in row.replace("\\", ""), name


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("generate", f"--lang LANG | {', '.join(LANGUAGES)}, all or every; repeats or takes commas. |"),
        ("generate", "--source auto|git|index|folder | Where the protos come from. | auto | PROTOGEN_SOURCE"),
        ("generate", "--jobs N | Generators at a time. | processors | PROTOGEN_JOBS<br>jobs |"),
        ("generate", "--tool NAME=PATH | Use this program. |  | PROTOGEN_TOOL_NAME<br>tool |"),
        ("generate", "-q, --quiet | Only errors. |  | PROTOGEN_QUIET<br>quiet |"),
        ("versions", "--pre / --no-pre | Pre-releases too. | --no-pre | PROTOGEN_PRE |"),
        ("cache list", "--cache-dir DIR | Cache folder. |  | PROTOGEN_CACHE_DIR<br>cache_dir |"),
        ("recipe new", "--force | Overwrite FILE. |  |"),
    ],
)
def test_a_row_tells_default_variable_and_key(name: str, row: str) -> None:
    assert f"| {row}" in COMMANDS_PAGE[name]


def test_usages_tell_the_arguments() -> None:
    assert "\nprotogen cache export FILE [OPTIONS]\n" in COMMANDS_PAGE["cache export"]
    assert "\nprotogen recipe show [NAME|FILE] [OPTIONS]\n" in COMMANDS_PAGE["recipe show"]


def test_every_error_has_a_row_with_its_code_and_remedy() -> None:
    rows = plain(errors.rows()).splitlines()[2:]
    wanted = [
        each
        for each in vars(raised).values()
        if inspect.isclass(each) and issubclass(each, raised.ProtogenError) and each.code != 70
    ]
    assert len(rows) == len(wanted) > 15
    for each in wanted:
        (row,) = [row for row in rows if f"| {each.__name__} |" in row]
        assert row.startswith(f"| {each.code} |")
        assert each.default_remedy in row
        assert plain(tables.prose((inspect.getdoc(each) or "").partition("\n\n")[0])) in row


def test_the_table_of_errors_stands_where_the_mark_is() -> None:
    assert errors.filled(f"a\n\n{errors.MARK}\n\nb") == f"a\n\n{errors.rows()}\n\nb"


def test_every_key_of_a_recipe_has_a_row() -> None:
    page, made = (
        sections(schemas.recipe_page()),
        schema.recipe_schema({name: load_language(name).section for name in LANGUAGES}),
    )
    titles = {load_language(name).section.__name__: f"languages.{name}" for name in LANGUAGES}
    wanted = {"Recipe": made} | {titles.get(name, name): each for name, each in made["$defs"].items()}
    assert set(page) == set(wanted)
    for title, definition in wanted.items():
        assert first_column(page[title])[2:] == list(definition["properties"])
    assert "| roots | list of text, or [Root](#root) | . | Import roots in order" in page["Repository"]
    assert "| entry_points | list of [EntryPoints](#entrypoints) | required |" in page["Recipe"]
    assert "java is [languages.java](#languagesjava)" in page["Recipe"]


def test_every_language_has_a_row() -> None:
    page = plain(languages.page())
    assert first_column(page)[2:] == list(LANGUAGES)
    assert "`all` stands for go, java, python, `every` for every language\nthere is" in page
    assert "| --go-module | protoc-gen-go v1.35.2, protoc-gen-go-grpc v1.5.1 | go 1.21 |" in page
    assert "| pypi | --python-package, --python-distribution | protogen itself | pip |" in page


def test_every_key_of_the_settings_has_a_row() -> None:
    known = defaults.known(load("generate"))
    page = sections(schemas.settings_page())
    assert first_column(page["Keys"])[2:] == sorted(known)
    assert "| offline | true or false |" in page["Keys"]
    assert "| jobs | whole number |" in page["Keys"]
    assert "| java_pom | [Pom](#pom) |" in page["Keys"]
    assert "| source | auto, git, index, folder |" in page["Keys"]
    assert "\nWhat Maven Central asks for besides the package.\n" in page["Pom"]
    assert "name" in first_column(page["Pom"])


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a `b|c` <d> *e*", r"a <code>b&#124;c</code> \<d\> \*e\*"),
        ("`A_B` [f](g)\n  h", r"<code>A_B</code> \[f\](g) h"),
        ("one | two", r"one \| two"),
    ],
)
def test_prose_is_what_it_says_even_in_a_table(text: str, made: str) -> None:
    assert tables.prose(text) == made


def test_columns_without_words_are_left_out() -> None:
    assert tables.table(("a", "b", "c"), [("1", "", "2"), ("", "", "3")]) == (
        "| a | c |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |\n"
    )


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<code>a_b|c/d</code>", "<code>a_<wbr>b|<wbr>c/<wbr>d</code>"),
        (r"<code>[NAME\|FILE]</code>", "<code>[NAME|<wbr>FILE]</code>"),
        ("<code>__main__.py</code> a_b", "<code>__main__.py</code> a_b"),
        ("<code>p --a-b=C -v</code>", "<code>p {--a-b}=C {-v}</code>"),
        ("<code>2.12.0-rc0</code>", "<code>2.12.0-rc0</code>"),
        ("<pre><span></span><code>a_b --c</code>", "<pre><span></span><code>a_b --c</code>"),
    ],
)
def test_inline_code_breaks_where_it_is_fit_to(page: str, shown: str) -> None:
    marked = shown.replace("{", "<span class='option'>").replace("}", "</span>")
    assert tables.laid_out(page) == marked


def test_the_gallery_has_every_recipe_and_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = {"go": "", "java": "two `classes` | one name"}
    release = {"languages": outcomes, "protos": 11, "seconds": 9}
    proven = {"opentelemetry": {"day": "2026-11-28", "releases": {"v1.11.0": release}}}
    monkeypatch.setattr(gallery, "proven", lambda: proven)
    page = gallery.page()
    listed, _, tried = page.partition("## What was proven")
    assert first_column(plain(listed))[2:] == list(builtin.names())
    assert "| <code>v1.11.0</code> | 11 | proven | two <code>classes</code> \\| one name |" in tried
    assert "On 2026-11-28." in tried
