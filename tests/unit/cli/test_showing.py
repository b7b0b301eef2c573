"""Where progress is shown, and as what."""

from __future__ import annotations

import pytest

from protogen.cli.progress import Showing, choose
from protogen.cli.progress.lines import Folds

UTF8 = {"LANG": "en_GB.UTF-8", "TERM": "xterm"}


@pytest.mark.parametrize(
    ("environ", "terminal", "quiet", "verbose", "shown"),
    [
        (UTF8, True, False, False, Showing(board=True)),
        (UTF8, True, True, True, Showing()),
        (UTF8, True, False, True, Showing(board=True, beginnings=True)),
        (UTF8, False, False, False, Showing()),
        (UTF8, False, False, True, Showing(beginnings=True)),
        (UTF8 | {"TERM": "dumb"}, True, False, False, Showing(ends=True)),
        (UTF8 | {"TERM": ""}, True, False, False, Showing(ends=True)),
        (UTF8 | {"CI": "true"}, False, False, False, Showing(ends=True)),
        (UTF8 | {"CI": "1"}, True, False, False, Showing(ends=True)),
        (UTF8 | {"CI": "false"}, False, False, False, Showing()),
        (UTF8 | {"CI": "true"}, False, True, False, Showing()),
        (
            UTF8 | {"CI": "true", "GITHUB_ACTIONS": "true"},
            False,
            False,
            False,
            Showing(ends=True, folds=Folds.GITHUB),
        ),
        (
            UTF8 | {"CI": "true", "GITLAB_CI": "true"},
            False,
            False,
            True,
            Showing(ends=True, beginnings=True, folds=Folds.GITLAB),
        ),
        (UTF8 | {"GITHUB_ACTIONS": "true"}, False, False, True, Showing(beginnings=True)),
    ],
)
def test_what_is_shown(
    environ: dict[str, str], terminal: bool, quiet: bool, verbose: bool, shown: Showing
) -> None:
    assert choose(environ, terminal=terminal, quiet=quiet, verbose=verbose) == shown


@pytest.mark.parametrize(
    ("locale", "ascii_only"),
    [
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "en_US.utf8"}, False),
        ({"LC_CTYPE": "UTF-8"}, False),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, True),
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({}, True),
    ],
)
def test_what_the_terminal_can_show(locale: dict[str, str], ascii_only: bool) -> None:
    assert choose(locale, terminal=True, quiet=False, verbose=False).ascii is ascii_only
