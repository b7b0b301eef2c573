"""Python: a wheel project whose protos are its own, beside any other package with the same protos."""

from protogen.languages.entry import Entry, Option

PYTHON = Entry(
    "python",
    "protogen.languages.python.language:Python",
    options=(
        Option("python_package", "NAME", "Python import package that everything is nested in"),
        Option("python_distribution", "NAME", "Name of the Python package on an index"),
    ),
    in_all=True,
)
