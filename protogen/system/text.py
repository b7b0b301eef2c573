"""Texts for people."""


def printable(text: str) -> str:
    """The text without what could steer a terminal or end a line: others may have chosen it."""
    return "".join(each if each.isprintable() else "?" for each in text)


def one_line(text: str) -> str:
    """The text on one line, without what could steer a terminal."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def counted(number: int, noun: str) -> str:
    """So many of it: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
