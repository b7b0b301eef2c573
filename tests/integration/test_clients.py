"""npm and cargo install tools; scripts play them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from protogen.errors import ToolFailed, ToolMissing
from protogen.languages.toolchain.clients import CARGO, NPM
from protogen.languages.toolchain.toolbox import BY_HAND, Client, Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.cache.entries import MANIFEST
from protogen.system.files import digest
from protogen.system.process import Processes

# They leave what the real ones leave, and note the arguments and what of the environment counts.
NPM_SCRIPT = """\
while [ "$1" != --prefix ]; do shift; done
for each; do package=$each; done
mkdir -p "$2/node_modules/@x/gen"
echo '{"bin": {"gen": "bin/gen.js"}}' > "$2/node_modules/@x/gen/package.json"
echo "$package $npm_config_registry $npm_config_global" > "$2/node_modules/asked"
cat > "$2/node_modules/.package-lock.json" << EOF
{"packages": {
    "node_modules/@x/gen": {"version": "1.2.3", "integrity": "sha512-a"},
    "node_modules/a/node_modules/b": {"version": "2.0.0", "integrity": "sha512-b"},
    "node_modules/linked": {"version": "3.0.0"}
}}
EOF
"""
CARGO_SCRIPT = """\
while [ "$1" != --root ]; do shift; done
for each; do package=$each; done
mkdir "$2/bin"
printf '#!/bin/sh\\necho 1.2.3\\n' > "$2/bin/gen"
chmod +x "$2/bin/gen"
echo x > "$2/.crates.toml"
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return path


def box(tmp_path: Path, *, path: str = "", **environ: str) -> Toolbox:
    kept = {"PATH": f"{tmp_path / 'bin'}:{path or os.environ['PATH']}", "HOME": os.environ["HOME"]}
    return Toolbox(Cache(tmp_path / "cache"), Processes(), {**kept, **environ})


def test_npm_leaves_a_program_that_node_runs(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "npm", NPM_SCRIPT)
    program(tmp_path / "bin" / "node", 'echo "node $1"')
    settings = {"npm_config_registry": "https://mine.invalid", "npm_config_global": "true"}
    path = box(tmp_path, **settings).install([Tool("gen", "1.2.3", NPM, "@x/gen")])["gen"].path
    assert (path.parent / "node_modules" / "asked").read_text() == "@x/gen@1.2.3 https://mine.invalid \n"
    moved = path.parent.rename(tmp_path / "moved") / "gen"
    done = subprocess.run(
        [moved], env={"PATH": box(tmp_path).environ["PATH"]}, capture_output=True, check=True
    )
    assert done.stdout.decode() == f"node {moved.parent}/node_modules/@x/gen/bin/gen.js\n"


@pytest.mark.parametrize(
    ("pinned", "refused"),
    [
        ({"@x/gen@1.2.3": "sha512-a", "b@2.0.0": "sha512-b", "b@1.0.0": "sha512-c"}, ""),
        ({"@x/gen@1.2.3": "sha512-z"}, "@x/gen@1.2.3 isn't what gen is pinned to"),
        ({"b@2.0.0": "sha512-z"}, "b@2.0.0 isn't what gen is pinned to"),
    ],
)
def test_packages_that_npm_installs_are_held_to_their_hashes(
    pinned: dict[str, str], refused: str, tmp_path: Path
) -> None:
    program(tmp_path / "bin" / "npm", NPM_SCRIPT)
    tool = Tool("gen", "1.2.3", NPM, "@x/gen", hashes=pinned)
    if not refused:
        assert box(tmp_path).install([tool])["gen"].path.is_file()
        return
    with pytest.raises(ToolFailed, match=refused):
        box(tmp_path).install([tool])


def test_cargo_leaves_the_program_alone(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "cargo", CARGO_SCRIPT)
    path = box(tmp_path).install([Tool("gen", "1.2.3", CARGO, "gen")])["gen"].path
    assert {each.name for each in path.parent.iterdir()} == {"gen", MANIFEST}
    assert subprocess.run([path], capture_output=True, check=True).stdout == b"1.2.3\n"


@pytest.mark.parametrize("fetched", [True, False])
def test_cargo_tells_the_hash_of_the_crate_that_it_fetched(tmp_path: Path, fetched: bool) -> None:
    crate, tool = (
        tmp_path / "registry" / "cache" / "index" / "gen-1.2.3.crate",
        Tool("g", "1.2.3", CARGO, "gen"),
    )
    crate.parent.mkdir(parents=True)
    if fetched:
        crate.write_bytes(b"")
    found = CARGO.hashes(tool, tmp_path, box(tmp_path, CARGO_HOME=str(tmp_path)))
    assert found == ({"gen@1.2.3": digest(b"")} if fetched else {})


ASKED = """\
echo asked >> "$ASKED"
[ "$*" = "metadata --no-deps --offline --format-version 1" ] || exit 1
grep -q 'something = ' Cargo.toml src/lib.rs || exit 1
echo '{"packages": [{"dependencies": [{"source": "registry+https://example.com/index"}]}]}'
"""


def test_cargo_names_its_public_index_and_is_asked_once(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "cargo", ASKED)
    own = box(tmp_path, ASKED=str(tmp_path / "asked"))
    assert [CARGO.public_index(own) for _ in range(2)] == ["https://example.com/index"] * 2
    assert (tmp_path / "asked").read_text() == "asked\n"


NULL = '{"packages": [{"dependencies": [{"source": null}]}]}'


@pytest.mark.parametrize(
    "script", ["echo 'no such command' >&2; exit 101", "echo '{}'", "echo '[]'", f"echo '{NULL}'"]
)
def test_a_cargo_that_names_no_public_index_is_told(tmp_path: Path, script: str) -> None:
    program(tmp_path / "bin" / "cargo", script)
    with pytest.raises(ToolFailed, match="names no public registry") as caught:
        CARGO.public_index(box(tmp_path))
    assert "leave rust out of --lang" in caught.value.remedy


def test_without_cargo_crates_are_not_added(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="there is no cargo") as caught:
        CARGO.public_index(box(tmp_path, path="/nowhere"))
    assert "install cargo 1.82 or newer, or leave rust out" in caught.value.remedy


@pytest.mark.parametrize(("client", "name"), [(NPM, "npm"), (CARGO, "cargo")])
def test_a_registry_that_refuses_is_told_with_what_says_where_it_is(
    tmp_path: Path, client: Client, name: str
) -> None:
    program(tmp_path / "bin" / name, "echo '403 Forbidden' >&2; exit 1")
    with pytest.raises(ToolFailed) as caught:
        box(tmp_path).install([Tool("gen", "1.2.3", client, "gen")])
    assert f"{name} install gen@1.2.3 failed: 403 Forbidden" in caught.value.message
    assert client.settings in caught.value.remedy
    assert "--tool gen=PATH" in caught.value.remedy


@pytest.mark.parametrize("client", [NPM, CARGO, BY_HAND])
def test_without_a_client_the_error_says_what_may_be_given(tmp_path: Path, client: Client) -> None:
    with pytest.raises(ToolMissing) as caught:
        box(tmp_path, path="/nowhere").install([Tool("gen", "1.2.3", client, "gen")])
    assert "--tool gen=PATH" in caught.value.remedy


@pytest.mark.parametrize(
    ("script", "told"), [("echo 1.2.4", "it tells 1.2.4"), ("echo no module >&2; exit 1", "it tells none")]
)
def test_another_tool_of_the_name_is_told_from_none(tmp_path: Path, script: str, told: str) -> None:
    program(tmp_path / "bin" / "gen", script)
    with pytest.raises(ToolMissing, match=told) as caught:
        box(tmp_path).install([Tool("gen", "1.2.3", BY_HAND, "gen")])
    assert f"{tmp_path / 'bin' / 'gen'} --version" in caught.value.remedy


def test_an_npm_package_without_the_program_is_refused(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "npm", NPM_SCRIPT)
    with pytest.raises(ToolFailed, match="has no program other"):
        box(tmp_path).install([Tool("other", "1.2.3", NPM, "@x/gen")])
