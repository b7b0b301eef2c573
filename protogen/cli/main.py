"""The entry point: the command that is called, and errors and signals to exit codes."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from protogen.cli import COMPLETING, defaults, report
from protogen.cli.defaults import behind, no_command
from protogen.errors import ProtogenError, UsageError
from protogen.system.suggestions import nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# A command is the function of the same name in the module of its name, imported when it is called.
COMMANDS: dict[str, str] = {
    "generate": "Make client packages; the command where none is named.",
    "check": "Compare the packages in the tree with what would be made now.",
    "lock": "Write what releases resolve to into protogen.lock.",
    "versions": "List the releases that the source offers, newest first.",
    "graph": "Show which proto imports which, and why each is in.",
    "doctor": "Look at tools, network and cache, and tell what mends them.",
    "diff": "Tell what changed between two releases, and what of it breaks.",
    "registry": "Look at a folder of packages, check it, withdraw versions.",
    "recipe": "Look at recipes, check them, begin a new one.",
    "cache": "Look at the cache, check it, shrink it, carry it to another machine.",
    "completion": "Print what makes a shell complete command lines.",
}

NO_WORD = "protogen.no_word"
"""Where a context notes that no word stood on the command line."""
_NO_COMMAND = re.compile(r"no (?:such )?command '([^']*)'", re.IGNORECASE)
_SLIP = 0.7
"""How like an option's name what was typed must be to be a slip of it."""


class Terminated(BaseException):
    """SIGTERM, as an exception, so that children end and scratch folders go."""


class _Interrupted(ProtogenError):
    """SIGINT, as it is reported."""

    code = 130


class _Terminated(ProtogenError):
    """SIGTERM, as it is reported."""

    code = 143


@contextmanager
def _signals_raised(heard: list[BaseException]) -> Iterator[None]:
    """Raise SIGINT and SIGTERM, and note them; but for one that who started protogen told it to ignore."""

    def handle(number: int, _frame: FrameType | None) -> None:
        heard.append(KeyboardInterrupt() if number == signal.SIGINT else Terminated())
        raise heard[-1]

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Commands(click.Group):
    """Without a command, the command is generate."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `generate` in front where no command stands there."""
        if args and args[0].startswith("-") and not ctx.resilient_parsing:
            args = behind(args, COMMANDS, load)
        if not args or args[0] not in COMMANDS:
            if args and not args[0].startswith("-") and not ctx.resilient_parsing:
                raise no_command(args[0], COMMANDS)
            ctx.meta[NO_WORD] = not args
            args = ["generate", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the registry."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command, with its variables and its part of protogen.yaml.

        Raises RecipeError for a file that can't be read.
        """
        command = load(cmd_name)
        defaults.name_variables(command)
        read = {} if ctx.resilient_parsing else _settings()
        ctx.default_map = {cmd_name: defaults.for_command(command, read)}
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, from the registry: none is imported for it."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=COMMANDS[name]) for name in COMMANDS if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their summaries, from the registry: help needs no command's imports."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def load(name: str) -> click.Command:
    """The command of that name in the registry."""
    found: click.Command = getattr(import_module(f"protogen.cli.{name}"), name)
    return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def protogen() -> None:
    """Client packages from protos that are spread over several repositories."""


def main(arguments: list[str] | None = None) -> None:
    """Run protogen and exit with the code that the design gives to what happened."""
    # Imports make many objects and hardly any garbage, which is looked for every 700 objects otherwise.
    gc.set_threshold(50_000, 20, 20)
    code = run(sys.argv[1:] if arguments is None else arguments)
    # All that is left goes with the process: to look for garbage in it first takes thirty milliseconds.
    gc.freeze()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run protogen and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal can't show is shown as an escape.
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    signals: list[BaseException] = []
    try:
        with _signals_raised(signals):
            if COMPLETING in os.environ:
                from protogen.cli.completion import enable

                enable()
            code: Any = protogen.main(arguments, prog_name="protogen", standalone_mode=False)
            return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # The reader of our output has gone; what is left to print concerns nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, KeyboardInterrupt, Terminated) as raised:
        # An interruption between two steps of a library makes its cleaning up fail: shutil.rmtree then
        # closes a descriptor twice, and its OSError takes the interruption's place.
        error = signals[0] if signals else raised
        reporting = defaults.reporting(arguments, os.environ, _settings)
        failure = _failure(error)
        if reporting.verbose and failure.code == ProtogenError.code:
            raise
        return report.failure(failure, as_json=reporting.as_json)


def _settings() -> dict[str, Any]:
    """What protogen.yaml of the current folder says."""
    return defaults.from_file(Path.cwd(), lambda: load("generate"))


def _failure(error: BaseException) -> ProtogenError:
    """An error as it is reported; one that isn't protogen's own is a bug, if the user made no mistake."""
    if isinstance(error, ProtogenError):
        return error
    if isinstance(error, click.UsageError):
        return UsageError(_message(error), where=_where(error), remedy=_next_command(error))
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _Interrupted("interrupted")
    if isinstance(error, Terminated):
        return _Terminated("terminated")
    message = f"a bug in protogen: {type(error).__name__}: {error}"
    return ProtogenError(message, remedy="run again with -v for the traceback, and report it")


def _where(error: click.UsageError) -> str:
    return error.ctx.command_path.replace(" generate", "") if error.ctx else ""


def _message(error: click.UsageError) -> str:
    """What is wrong; click's own guesses are left to the remedy."""
    return error.message if isinstance(error, click.NoSuchOption) else error.format_message()


def _next_command(error: click.UsageError) -> str:
    """The command with what was meant, where that is near, else where to read of it."""
    context, path = error.ctx, _where(error) or "protogen"
    if context is None:
        return f"{path} --help"
    if isinstance(error, click.NoSuchOption):
        opts = [flag for each in context.command.get_params(context) for flag in each.opts]
        flags = {flag[2:]: flag for flag in opts if flag.startswith("--")}
        # Dashes make short names alike, and a wrong guess may be --force: only a slip is put right.
        near = nearest(error.option_name.lstrip("-"), flags, likeness=_SLIP)
        return f"run again with {flags[near]}" if near else f"{path} --help"
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        flag, choices = error.param.opts[0], [str(each) for each in error.param.type.choices]
        typed = next((each for each in re.findall(r"'([^']*)'", error.message) if each not in choices), "")
        return f"run again with {flag} {nearest(typed, choices) or choices[0]}"
    found = _NO_COMMAND.search(error.message)
    if found and isinstance(context.command, click.Group):
        near = nearest(found[1], context.command.list_commands(context))
        return f"{path} {near or '--help'}"
    return f"{path} --help"


if __name__ == "__main__":
    main()
