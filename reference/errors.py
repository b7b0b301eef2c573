"""The kinds of errors with their exit codes and remedies, from their classes."""

from __future__ import annotations

import inspect

from protogen import errors
from protogen.errors import ProtogenError
from reference.tables import code, prose, table

MARK = "<!-- every class of protogen/errors.py -->"


def classes() -> list[type[ProtogenError]]:
    """All that can be raised, by code."""
    found = [
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, ProtogenError) and each is not ProtogenError
    ]
    return sorted(found, key=lambda each: (each.code, inspect.getsourcelines(each)[1]))


def rows() -> str:
    """The table, as Markdown."""
    return table(
        ("code", "error", "when", "what to do, where the error doesn't say better"),
        (
            (
                str(each.code),
                code(each.__name__),
                prose((inspect.getdoc(each) or "").partition("\n\n")[0]),
                prose(each.default_remedy),
            )
            for each in classes()
        ),
    )


def filled(page: str) -> str:
    """The page with the table where the mark is."""
    return page.replace(MARK, rows())
