"""How a run speaks where it fails: as JSON too, with tracebacks. A flag, a variable, or the file says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_SHORT = re.compile(r"-[A-Za-z]+")
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})


@dataclass(frozen=True)
class Manner:
    """as_json: whether errors go to stdout as an object as well. verbose: whether bugs show a traceback."""

    as_json: bool = False
    verbose: bool = False


def manner(
    arguments: Sequence[str], environ: Mapping[str, str], read_file: Callable[[], Mapping[str, Any]]
) -> Manner:
    """The manner that the command line, the variables and protogen.yaml ask for.

    It is known whatever became of the command line. read_file: the settings of protogen.yaml; one that
    can't be read says nothing.
    """
    read: Mapping[str, Any] = {}
    try:
        read = read_file()
    except Exception:  # it is what is to be told, or will be told next
        read = {}
    format_ = _format(arguments) or environ.get("PROTOGEN_FORMAT") or read.get("format") or ""
    verbose = _is_verbose(arguments)
    if not verbose and "PROTOGEN_VERBOSE" in environ:
        verbose = environ["PROTOGEN_VERBOSE"].strip().lower() in _TRUE
    elif not verbose:
        verbose = read.get("verbose") is True
    return Manner(format_ == "json", verbose)


def _format(arguments: Sequence[str]) -> str:
    """The last `--format` of the command line, empty for none."""
    found = ""
    for argument, after in pairwise([*arguments, ""]):
        if argument == "--":
            break
        if argument == "--format":
            found = after
        elif argument.startswith("--format="):
            found = argument.partition("=")[2]
    return found


def _is_verbose(arguments: Sequence[str]) -> bool:
    """Whether `-v` stands there, alone or with other letters, or its long name."""
    for argument in arguments:
        if argument == "--":
            break
        if argument == "--verbose" or (_SHORT.fullmatch(argument) and "v" in argument):
            return True
    return False
