"""Outlines of hostile protos as hypothesis draws them, without a compiler: for planning that is pure."""

from __future__ import annotations

from hypothesis import strategies as st

from protogen.protos.outline import Field, File, Method, Service, Type

_NAMES = (
    "foo Foo foo_bar FooBar foo_Bar get_foo GetFoo FooClient FooServer M E name value Reset string "
    "proto_reflect File_a_x_proto FooBarClient E_foo _foo None in type x"
).split()
_PATHS = "a/x a/foo-bar a/foo_bar a/y b/x b/y x/x in/x Foo/x x y internal/x".split()


@st.composite
def outlines(draw: st.DrawFn) -> tuple[File, ...]:
    """Files, imports before importers: each imports some of those before it."""
    files: list[File] = []
    for path in draw(st.lists(st.sampled_from(_PATHS), min_size=1, max_size=6, unique=True)):
        earlier = [each.name for each in files]
        imports = tuple(draw(st.lists(st.sampled_from(earlier), unique=True))) if earlier else ()
        files.append(
            File(
                f"{path}.proto",
                draw(st.sampled_from(["", "p", "q", "p.q"])),
                imports,
                draw(_types()),
                draw(_services()),
                extensions=tuple(map(Field, draw(_names(1)))),
                options=draw(
                    st.sampled_from([{}, {"go_package": "e.com/one"}, {"go_package": "e.com/two;x"}])
                ),
                public=tuple(draw(st.lists(st.sampled_from(imports), unique=True))) if imports else (),
            )
        )
    return tuple(files)


def _names(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(_NAMES), max_size=most, unique=True)


@st.composite
def _types(draw: st.DrawFn, *, depth: int = 0) -> tuple[Type, ...]:
    found = []
    for name in draw(_names(3 - depth)):
        if draw(st.booleans()):
            found.append(Type(name, "enum", values=tuple(draw(_names(3)))))
            continue
        fields = tuple(
            Field(
                each,
                draw(st.sampled_from(["string", "enum"])),
                oneof=draw(st.sampled_from(["", "kind", "foo"])),
            )
            for each in draw(_names(3))
        )
        found.append(Type(name, "message", draw(_types(depth=depth + 1)) if depth < 2 else (), fields))
    return tuple(found)


@st.composite
def _services(draw: st.DrawFn) -> tuple[Service, ...]:
    return tuple(
        Service(name, tuple(Method(each, "p.M", "p.M", draw(st.booleans())) for each in draw(_names(2))))
        for name in draw(_names(1))
    )
