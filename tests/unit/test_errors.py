from __future__ import annotations

import inspect

from protogen import errors

CLASSES = [
    each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.ProtogenError)
]


def test_every_error_has_a_code_of_the_design_and_says_what_it_is() -> None:
    for each in CLASSES:
        assert each.code in {2, 3, 4, 5, 6, 7, 8, 9, 70}, each
        assert (each.__doc__ or "").strip(), each


def test_an_error_reads_what_where_and_next() -> None:
    error = errors.ToolMissing("there is no x", where="PATH", remedy="install x")
    assert str(error) == "there is no x\n  where: PATH\n  try:   install x"
    assert str(errors.ToolMissing("there is no x")) == "there is no x"


def test_a_class_brings_its_own_remedy() -> None:
    assert errors.OutputInTheWay("x").remedy == errors.OutputInTheWay.default_remedy != ""
    assert errors.OutputInTheWay("x", remedy="y").remedy == "y"
