from __future__ import annotations

import pytest

from protogen.errors import RecipeError
from protogen.recipe import model, public
from protogen.system.files import digest

RECIPE = """\
schema: 1
name: shop
releases: api
repositories:
  api: {{url: https://git.invalid/api, tag: "v{{major}}"}}
  {repository}
entry_points: [{{repository: api, pattern: "**/*.proto"}}]
"""


def test_a_public_repository_is_named_alone() -> None:
    read = model.parse(RECIPE.format(repository="protovalidate: public"), "x.yaml")
    found = read.repositories["protovalidate"]
    known = public.known()["protovalidate"]
    assert (found.url, found.ref, found.roots) == (known.url, known.ref, (known.root,))
    assert found.ref
    assert found.roots == ("proto/protovalidate",)


def test_another_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(RecipeError) as raised:
        model.parse(RECIPE.format(repository="googleapi: public"), "x.yaml")
    message = str(raised.value.message)
    assert "x.yaml:6" in message
    assert "googleapi is none that protogen knows" in message
    assert "googleapis" in message.partition("expected")[2]


def test_what_is_known_of_it_is_part_of_the_recipe() -> None:
    known = public.known()["googleapis"]
    written = f"googleapis: {{url: {known.url}, ref: {known.ref}, roots: [{known.root}]}}"
    short = model.parse(RECIPE.format(repository="googleapis: public"), "x.yaml")
    long = model.parse(RECIPE.format(repository=written), "x.yaml")
    assert short.repositories == long.repositories
    text = RECIPE.format(repository="googleapis: public")
    assert short.digest != digest(text)


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("google/api/annotations.proto", "googleapis"),
        ("buf/validate/validate.proto", "protovalidate"),
        ("validate/validate.proto", "protoc-gen-validate"),
        ("shop/api.proto", None),
    ],
)
def test_public_imports_have_a_holder(name: str, holder: str | None) -> None:
    found = public.holder(name)
    assert (found.name if found else None) == holder
