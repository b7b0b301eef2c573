"""The entry point: the group of commands, and errors to exit codes."""

from __future__ import annotations

import difflib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protogen.cli import defaults, report
from protogen.cli.cache import cache
from protogen.cli.check import check
from protogen.cli.generate import generate
from protogen.cli.lock import lock
from protogen.errors import ProtogenError

if TYPE_CHECKING:
    from types import FrameType

COMMANDS: dict[str, click.Command] = {"generate": generate, "check": check, "lock": lock, "cache": cache}
defaults.name_variables(COMMANDS.values())


class Commands(click.Group):
    """Without a command, the command is generate."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `generate` in front where no command stands there."""
        if not args or args[0] not in self.commands:
            if args and not args[0].startswith("-"):
                near = difflib.get_close_matches(args[0], self.commands, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
            args = ["generate", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Commands, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def protogen() -> None:
    """Client packages from protos that are spread over several repositories."""


class _Terminated(BaseException):
    """SIGTERM, as an exception, so that children end and scratch folders go."""


def main(arguments: list[str] | None = None) -> None:
    """Run protogen and exit with the code that the design gives to what happened."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run protogen and return its exit code."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        code: Any = protogen.main(
            arguments,
            prog_name="protogen",
            standalone_mode=False,
            default_map=defaults.from_file(COMMANDS, Path.cwd()),
        )
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # The reader of our output has gone; what is left to print concerns nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, KeyboardInterrupt, _Terminated) as error:
        if _is_bug(error) and not {"-v", "--verbose"}.isdisjoint(arguments):
            raise
        told = _told(error)
        report.failure(told, as_json=report.wants_json(arguments))
        return told.code
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(error: BaseException) -> report.Failure:
    """What the user is told of an error."""
    if isinstance(error, ProtogenError):
        return report.Failure(error.code, error.message, error.where, error.remedy)
    if isinstance(error, click.UsageError):
        return report.Failure(2, error.format_message(), _where(error), _next_command(error))
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return report.Failure(130, "interrupted", "", "")
    if isinstance(error, _Terminated):
        return report.Failure(143, "terminated", "", "")
    message = f"a bug in protogen: {type(error).__name__}: {error}"
    return report.Failure(70, message, "", "run again with -v for the traceback, and report it")


def _is_bug(error: BaseException) -> bool:
    return _told(error).code == 70


def _where(error: click.UsageError) -> str:
    return error.ctx.command_path.replace(" generate", "") if error.ctx else ""


def _next_command(error: click.UsageError) -> str:
    possibilities = getattr(error, "possibilities", None)
    return f"use {possibilities[0]}" if possibilities else "protogen --help"


if __name__ == "__main__":
    main()
