"""Python: a wheel project whose protos are its own, beside any other package with the same protos."""

from protogen.languages.python.language import Python

__all__ = ["Python"]
