"""A crate from the protos of a repository; scripts play the plugins, and nothing needs Rust."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path

import pytest

from tests.integration.conftest import Command, Shop
from tests.support.plugins import WIRE, tool_options

# Each writes what the real one does: a file a package, those without one by names that are no modules.
PLUGIN = """\
if "--version" in sys.argv:
    print("0.5.0")
    raise SystemExit
found = list(fields(sys.stdin.buffer.read()))
wanted = {data.decode() for number, data in found if number == 1}
made = {}
for data in [data for number, data in found if number == 15]:
    parts = list(fields(data))
    name, *package = [data.decode() for number, data in parts if number in (1, 2)]
    stem = package[0] if package else ""
    if name in wanted and any(number in WANTED for number, _ in parts):
        path = f"{stem}ENDING" if stem or "tonic" in "ENDING" else "_"
        made[path] = made.get(path, "") + f"// {name}\\n"
answer(made)
"""


@pytest.fixture
def tools(tmp_path: Path) -> list[str]:
    """The options that give the plugins."""
    given = {}
    for name, ending, wanted in (
        ("protoc-gen-prost", ".rs", "(1, 4)"),
        ("protoc-gen-tonic", ".tonic.rs", "(6,)"),
    ):
        path = tmp_path / name
        text = PLUGIN.replace("ENDING", ending).replace("WANTED", wanted)
        path.write_text(f"#!{sys.executable} -IS\n{WIRE}{text}")
        path.chmod(0o755)
        given[name] = str(path)
    return tool_options(given)


def test_a_crate_includes_each_package_where_it_is_nested(
    command: Command, shop: Shop, tools: list[str]
) -> None:
    asked = ("--version", "release-1.0", "--lang", "rust", *shop.options, *tools)
    ended = command(*asked, "--artifacts", "dist", "--crate", "the-shop")
    assert ended.code == 0, ended.err
    crate = Path("gen/rust")
    generated = {path.name: path.read_text() for path in (crate / "src/generated").iterdir()}
    assert generated == {
        "_.rs": "// color.proto\n// size.proto\n",
        "money.rs": "// money/money.proto\n",
        "shop.rs": "// shop/shop.proto\n",
        "shop.tonic.rs": "// shop/shop.proto\n",
        "stock.rs": "// stock/stock.proto\n",
    }
    lib = (crate / "src/lib.rs").read_text()
    assert 'include!("generated/_.rs");\n\npub mod money {' in lib
    assert (
        "let reply = client.buy(<the_shop::shop::Order>::default()).await?;"
        in (crate / "README.md").read_text()
    )
    (packed,) = Path("dist/rust").iterdir()
    assert packed.name == "the-shop-1.0.2.crate"
    with tarfile.open(fileobj=io.BytesIO(packed.read_bytes())) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    own = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    assert names == own - {".protogen.json"}
