"""Which license a text is, where that is plain. Pure."""

from __future__ import annotations

_WORDS = (
    ("Apache-2.0", ("apache license", "version 2.0, january 2004")),
    ("MPL-2.0", ("mozilla public license", "version 2.0")),
    ("MIT", ("permission is hereby granted, free of charge", 'the software is provided "as is"')),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "this list of conditions")),
)


def identifier(text: str) -> str:
    """The SPDX identifier, empty where none is sure."""
    plain = " ".join(text.lower().split())
    return next((name for name, words in _WORDS if all(word in plain for word in words)), "")
