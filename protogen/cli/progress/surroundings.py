"""How progress is shown: by what standard error is, and what the environment says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_OFF = {"", "0", "false", "no"}


class Folds(Enum):
    """How a CI's log folds lines."""

    NONE = "none"
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True)
class Showing:
    """What is shown of progress.

    board: a picture that changes in place. beginnings, ends: a line where a task begins, where one that took
    a while ends. ascii: the terminal shows nothing else.
    """

    board: bool = False
    beginnings: bool = False
    ends: bool = False
    folds: Folds = Folds.NONE
    ascii: bool = False


def choose(environ: Mapping[str, str], *, terminal: bool, quiet: bool, verbose: bool) -> Showing:
    """What to show. terminal: whether standard error is one.

    Scripts that read it are told nothing but what they asked for, unless they say that they are a CI.
    """
    if quiet:
        return Showing()
    ci = environ.get("CI", "").lower() not in _OFF
    dumb = environ.get("TERM", "") in {"", "dumb"}
    return Showing(
        board=terminal and not ci and not dumb,
        beginnings=verbose,
        ends=ci or (terminal and dumb),
        folds=_folds(environ) if ci else Folds.NONE,
        ascii=not _has_unicode(environ),
    )


def _folds(environ: Mapping[str, str]) -> Folds:
    if environ.get("GITHUB_ACTIONS", "").lower() not in _OFF:
        return Folds.GITHUB
    return Folds.GITLAB if environ.get("GITLAB_CI", "").lower() not in _OFF else Folds.NONE


def _has_unicode(environ: Mapping[str, str]) -> bool:
    """As the locale says, in the order that the C library looks at its variables."""
    locale = next(filter(None, map(environ.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    return "utf8" in locale.lower().replace("-", "")
