"""What of a file has another name in Python than its own."""

from __future__ import annotations

import pytest

from protogen.languages.python import renaming
from protogen.protos.outline import Field, File, Type


def file(*types: Type, name: str = "a.proto", extensions: tuple[str, ...] = (), public: str = "") -> File:
    return File(name, "p", (), types, (), tuple(map(Field, extensions)), public=(public,) if public else ())


def message(name: str, *nested: Type, fields: tuple[str, ...] = (), extensions: tuple[str, ...] = ()) -> Type:
    return Type(
        name,
        "message",
        nested=nested,
        fields=tuple(map(Field, fields)),
        extensions=tuple(map(Field, extensions)),
    )


def enum(name: str, *values: str) -> Type:
    return Type(name, "enum", values=values)


@pytest.mark.parametrize(
    ("made", "renamed"),
    [
        (file(message("M", fields=("a", "None", "HasField", "self")), enum("E", "Name", "X")), None),
        (file(message("None")), {"None": "None_"}),
        (file(message("None"), message("None_")), {"None": "None__"}),
        (file(enum("class", "import")), {"class": "class_", "import": "import_"}),
        (file(message("M", enum("class", "import"))), {"M.class": "class_", "M.import": "import_"}),
        (
            file(message("M", message("import", message("True")), extensions=("if",))),
            {"M.import": "import_", "M.import.True": "True_", "M.if": "if_"},
        ),
        (file(message("M", message("FromString"))), {"M.FromString": "FromString_"}),
        (
            file(message("M", message("FromString"), fields=("FromString_",))),
            {"M.FromString": "FromString__"},
        ),
        (file(message("FromString")), None),
        (file(message("M", fields=("__init__", "DESCRIPTOR"))), {"M.__init__": "", "M.DESCRIPTOR": ""}),
        (file(message("M", enum("E", "A_FIELD_NUMBER"))), {"M.A_FIELD_NUMBER": "A_FIELD_NUMBER"}),
        (file(message("__all__"), extensions=("with",)), {"__all__": "__all___", "with": "with_"}),
        (file(enum("E", "X_FIELD_NUMBER"), extensions=("x",)), {}),
        (file(enum("E", "X_FIELD_NUMBER"), extensions=("y",)), None),
    ],
)
def test_renamings(made: File, renamed: dict[str, str] | None) -> None:
    assert renaming.renamings([made]).get("a.proto") == renamed


def test_a_star_import_does_not_take_what_a_module_calls() -> None:
    files = [
        file(message("globals"), name="c.proto"),
        file(name="b.proto", public="c.proto"),
        file(name="a.proto", public="b.proto"),
    ]
    assert renaming.renamings(files) == {"a.proto": {}, "b.proto": {}}


@pytest.mark.parametrize(
    ("path", "expected"),
    [("M", "M"), ("M.None", "M.None_"), ("M.None.In", "M.None_.In"), ("M.x", "M.x")],
)
def test_paths(path: str, expected: str) -> None:
    assert renaming.python_path(path, {"M.None": "None_", "M.x": ""}) == expected


@pytest.mark.parametrize(
    ("made", "paths"),
    [
        (file(message("__class__"), enum("E", "_fields")), []),
        (file(message("M", fields=("__class__",))), ["M.__class__"]),
        (file(message("M", message("N", fields=("_fields",)))), ["M.N._fields"]),
        (file(message("M", message("N", enum("E", "A", "__mro__")))), ["M.N.E.__mro__"]),
        (file(message("M", message("DESCRIPTOR"))), []),
        (file(message("M", extensions=("DESCRIPTOR",))), ["M.DESCRIPTOR"]),
    ],
)
def test_what_protobuf_cannot_hold(made: File, paths: list[str]) -> None:
    assert [path for _, path in renaming.unholdable([made])] == paths
