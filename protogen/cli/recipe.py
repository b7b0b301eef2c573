"""`protogen recipe …`: look at recipes, check them, begin a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from protogen.cli import completion, defaults, report
from protogen.cli.command import command_context, commas
from protogen.cli.options import CACHE_DIR, examples, format_option, loudness_options
from protogen.errors import OutputInTheWay, OutputUnwritable, RecipeError
from protogen.languages import LANGUAGES, choose, load_language, refusals_of
from protogen.recipe import builtin, model
from protogen.system import files

_EXAMPLES = examples(
    "protogen recipe new https://example.com/shop/api --folder shop --out shop.yaml",
    "protogen recipe validate shop.yaml",
    "protogen recipe schema > recipe.schema.json",
)


@click.group(epilog=_EXAMPLES)
def recipe() -> None:
    """Look at recipes, check them, begin a new one."""


@recipe.command("list", epilog=examples("protogen recipe list"))
@format_option("text", "json")
def list_(format_: str) -> int:
    """The recipes that come with protogen: name, title, repositories."""
    found = [model.load(name) for name in builtin.names()]
    if format_ == "json":
        listed = [
            {
                "name": each.name,
                "title": each.title,
                "default": each.name == builtin.default_name(),
                "repositories": {name: repository.url for name, repository in each.repositories.items()},
            }
            for each in found
        ]
        report.print_json({"schema": 1, "recipes": listed})
        return 0
    report.table(
        ("name", "title", "repositories"),
        [(each.name, each.title, " ".join(each.repositories)) for each in found],
    )
    return 0


@recipe.command(epilog=examples("protogen recipe show", "protogen recipe show --format json"))
@click.argument("name", metavar="NAME|FILE", required=False, shell_complete=completion.recipes)
@format_option("text", "json")
def show(name: str | None, format_: str) -> int:
    """A recipe as it is written; as JSON, what protogen makes of it."""
    text, file = model.read_text(name or builtin.default_name())
    read = model.parse(text, file)
    if format_ == "json":
        report.print_json({"schema": 1, **read.plain})
    elif report.is_terminal():
        from rich.console import Console
        from rich.syntax import Syntax

        Console().print(Syntax(text, "yaml", background_color="default", word_wrap=True))
    else:
        click.echo(text, nl=False)
    return 0


@recipe.command(
    epilog=examples("protogen recipe validate shop.yaml", "protogen recipe validate shop --kit go,python")
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=completion.files)
@click.option(
    "--kit",
    "kit_languages",
    multiple=True,
    metavar="LANG",
    shell_complete=completion.languages,
    help="Make packages with their kit too, and prove them; repeats or takes commas.",
)
@click.option(
    "--version", "versions", multiple=True, metavar="RELEASE", help="Of which release.  [default: the newest]"
)
@click.option(
    "--repo", "repositories", multiple=True, metavar="NAME=URL|PATH", help="Another place for a repository."
)
@CACHE_DIR
@loudness_options
@format_option("text", "json")
def validate(files: tuple[str, ...], format_: str, **options: Any) -> int:
    """Check recipes; 2 where one can't be read."""

    choose(commas(options["kit_languages"]))
    found = {file: refusals_of(file) for file in files}
    if format_ == "json":
        listed = [{"file": file, "errors": [_plain(each) for each in found[file]]} for file in found]
        report.print_json({"schema": 1, "files": listed})
    else:
        for error in (error for errors in found.values() for error in errors):
            click.echo(error.message)
    bad = [file for file, errors in found.items() if errors]
    if not bad:
        report.say(f"{len(found)} read without complaint")
        codes = (_proven(file, options) for file in files if options["kit_languages"])
        return next((code for code in codes if code), 0)
    message = f"{len(bad)} of {len(found)} can't be read: {', '.join(bad)}"
    remedy = f"correct the first line above: protogen recipe validate {bad[0]}"
    return report.failure(RecipeError(message, remedy=remedy))


@recipe.command(
    epilog=examples("protogen recipe new https://example.com/shop/api --folder shop --out shop.yaml")
)
@click.argument("location", metavar="URL|PATH")
@click.option(
    "--folder", "folders", multiple=True, metavar="FOLDER", help="Where its entry points are; repeats."
)
@click.option(
    "--repo", "others", multiple=True, metavar="NAME=URL", help="A repository that it imports from."
)
@click.option(
    "--version",
    "versions",
    multiple=True,
    metavar="RELEASE",
    help="What to look at; repeats.  [default: the newest]",
)
@click.option("--ref", "refs", multiple=True, metavar="NAME=REF", help="What to look at in a repository.")
@click.option(
    "--out", metavar="FILE", shell_complete=completion.files, help="Where to write it.  [default: print it]"
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@CACHE_DIR
@loudness_options
def new(
    versions: tuple[str, ...],
    out: str | None,
    force: bool,
    cache_dir: str | None,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Begin a recipe: read a repository, find import roots and templates of refs, and tell what is left."""
    from protogen.analysis.draft.draft import draft
    from protogen.analysis.draft.options import read_options
    from protogen.analysis.draft.text import render, unclear

    wanted = read_options(**options, releases=commas(versions), file=out or "FILE")
    with command_context(
        {"cache_dir": cache_dir, "offline": False, "quiet": quiet, "verbose": verbose}
    ) as context:
        made = draft(wanted, context)
    text = render(made)
    if out:
        _write(Path(out), text, force=force)
    else:
        click.echo(text, nl=False)
    if not quiet:
        report.say(f"wrote {out}; {unclear(made)}" if out else unclear(made))
    return 0


@recipe.command(
    epilog=examples(
        "protogen recipe schema > recipe.schema.json",
        "protogen recipe schema --settings > settings.schema.json",
    )
)
@click.option("--settings", is_flag=True, help="The one of protogen.yaml instead.")
def schema(settings: bool) -> int:
    """Print the JSON Schema of recipes, for editors."""
    from protogen.analysis import schema
    from protogen.cli.main import load

    made = (
        schema.settings_schema(defaults.known(load("generate")))
        if settings
        else schema.recipe_schema({name: load_language(name).section for name in LANGUAGES})
    )
    report.print_json(made)
    return 0


def _proven(file: str, options: dict[str, Any]) -> int:
    """Prove packages of the recipe as `--verify` does, and publish none; the exit code."""
    from protogen.cli.main import load

    given = {name: options[name] for name in ("cache_dir", "quiet", "verbose", "repositories")}
    version = ",".join(options["versions"]) or _newest(file, given)
    arguments = ["--recipe", file, "--version", version, "--verify", "--dry-run"]
    arguments += [f"--lang={each}" for each in options["kit_languages"]]
    generate = load("generate")
    with generate.make_context("protogen", arguments) as context:
        context.params |= given
        code: int = generate.invoke(context)
    return code


def _newest(file: str, given: dict[str, Any]) -> str:
    """The newest release line that the recipe's source offers, pre-releases only where there is nothing else.

    Raises what asking it raises; a source without any release says so itself.
    """
    from protogen.releases import available
    from protogen.releases.names import Listing
    from protogen.sources import open_source
    from protogen.sources.selection import select

    recipe = model.load(file)
    selection = select(
        recipe,
        source="auto",
        repositories=given["repositories"],
        refs=(),
        match="branch",
        groups=(),
        offline=False,
    )
    rules = Listing(recipe.releases, {}, recipe.primary.branch, recipe.primary.tag)
    with command_context({**given, "offline": False}) as context:
        offered = open_source(selection, context).releases()
        lines = available.pick(offered, available.ReleaseRange(), rules)
    return (lines or tuple(offered))[0].version


def _write(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise OutputInTheWay(f"{path} is there already", where=str(path))
    try:
        files.write_whole(path, text.encode())
    except OSError as error:
        raise OutputUnwritable(
            f"{path} can't be written: {error.strerror}", where=str(path), remedy="run again with --out FILE"
        ) from None


def _plain(error: RecipeError) -> dict[str, Any]:
    at = error.location
    found = {"line": at.line, "key": at.key, "problem": at.problem, "expected": at.expected} if at else {}
    return {"message": error.message, **found}
