"""Generated crates compile without warnings, on old Rust too, stand side by side, are what cargo makes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from protogen.languages.rust.language import Rust
from tests.e2e import crates
from tests.e2e.crates import CRATE
from tests.support.command import must, protogen, run

# All releases are made and proven before the first test.
pytestmark = pytest.mark.timeout(900)

GIT = ("r1.15", "r2.1", "r2.5", "r2.11", "r2.16", "r2.19", "master")
INDEX = ("2.3", "2.18", "2.21")
LOWEST = Rust().defaults.rust
OLD = subprocess.run(["rustc", f"+{LOWEST}", "--version"], capture_output=True, check=False)
BOTH = """\
use prost::Message;

fn main() {
    let sent = old::tensorflow::TensorProto { float_val: vec![1.5], ..Default::default() };
    let got = new::tensorflow::TensorProto::decode(sent.encode_to_vec().as_slice()).expect("one format");
    let any = prost_types::Any::from_msg(&got).expect("a message");
    let read: old::tensorflow::TensorProto = any.to_msg().expect("one name");
    println!("{:?}", read.float_val);
}
"""


@pytest.fixture(scope="session")
def packed(shared: Path, cache: Path, from_corpus: list[str]) -> dict[str, Path]:
    """The unpacked crate of each release, which a program outside has read, written and called before."""
    folder, environ = shared / "crates", crates.environment(shared)
    with FileLock(shared / "crates.lock"):
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for releases, source in ((GIT, from_corpus), (INDEX, ["--source", "index"])):
                made = [
                    "--version",
                    ",".join(releases),
                    "--out",
                    "gen/{version}",
                    "--artifacts",
                    "dist/{version}",
                ]
                arguments = [*made, "--lang", "rust", "--verify", *source]
                must(protogen(*arguments, cwd=folder, cache=cache, **environ))
            (folder / "ready").touch()
    unpacked = {}
    for release in (*GIT, *INDEX):
        (crate,) = (folder / "dist" / release / "rust").glob("*.crate")
        unpacked[release] = crates.unpacked(crate, folder / "unpacked" / release)
    return unpacked


def test_no_release_makes_clippy_or_the_compiler_warn(
    packed: dict[str, Path], shared: Path, tmp_path: Path
) -> None:
    by_name = {re.sub(r"\W", "_", f"r{release}"): path for release, path in packed.items()}
    folder = crates.project(
        tmp_path / "all", "all", by_name, '"client", "fake", "gzip", "tls"', "", "fn main() {}\n"
    )
    told = crates.cargo(shared, folder, "clippy", "--quiet", "--", "-D", "warnings")
    assert told.err == ""
    # They were looked at: it warns of what is wrong.
    lib = packed["r2.19"] / "src" / "lib.rs"
    lib.write_text(f"{lib.read_text()}\nfn unused() {{}}\n")
    refused = run(
        ["cargo", "clippy", "--quiet", "--", "-D", "warnings"], cwd=folder, **crates.environment(shared)
    )
    assert "function `unused` is never used" in refused.err


def test_two_releases_stand_in_one_program(packed: dict[str, Path], shared: Path, tmp_path: Path) -> None:
    both = {"old": packed["r1.15"], "new": packed["r2.16"]}
    needed = 'prost = "0.14"\nprost-types = "0.14"\n'
    folder = crates.project(tmp_path / "two", "two", both, "", needed, BOTH)
    assert crates.cargo(shared, folder, "run", "--quiet").out == "[1.5]\n"


@pytest.mark.skipif(OLD.returncode != 0, reason=f"rustup has no toolchain {LOWEST}")
def test_it_compiles_with_the_rust_that_it_declares(
    packed: dict[str, Path], shared: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(packed["r2.11"], tmp_path / "crate")
    newest = {**crates.environment(shared), "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback"}
    must(run(["cargo", "generate-lockfile", "--quiet"], cwd=folder, **newest))
    crates.cargo(shared, folder, f"+{LOWEST}", "check", "--quiet", "--all-features")


def test_the_archive_is_what_cargo_makes(packed: dict[str, Path], shared: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(shared / "crates" / "gen" / "r2.16" / "rust", tmp_path / "crate")
    options = ("--no-verify", "--allow-dirty", "--offline", "--exclude-lockfile", "--quiet")
    must(run(["cargo", "package", *options], cwd=folder, CARGO_TARGET_DIR=str(tmp_path / "target")))
    (made,) = (tmp_path / "target" / "package").glob("*.crate")
    theirs = crates.unpacked(made, tmp_path / "theirs")
    # As it was, before cargo rewrote it.
    (theirs / "Cargo.toml.orig").replace(theirs / "Cargo.toml")
    files = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (theirs, packed["r2.16"])
    ]
    assert files[0] == files[1]


def test_a_registry_serves_the_archive(packed: dict[str, Path], shared: Path, tmp_path: Path) -> None:
    (crate,) = (shared / "crates" / "dist" / "r2.5" / "rust").glob("*.crate")
    version = crate.name.removesuffix(".crate").removeprefix(f"{CRATE}-")
    other = shutil.copytree(packed["r2.5"], tmp_path / "other")
    crates.cargo(shared, other, "generate-lockfile", "--quiet")
    public = re.findall(r'source = "registry\+(.+)"', (other / "Cargo.lock").read_text())[0]
    index = registry(tmp_path, crate, version, public)
    folder = crates.project(tmp_path / "user", "user", {}, "", "", "use served as _;\n\nfn main() {}\n")
    (folder / ".cargo").mkdir()
    (folder / ".cargo" / "config.toml").write_text(f'[registries.local]\nindex = "file://{index}"\n')
    manifest = folder / "Cargo.toml"
    wanted = f'served = {{ package = "{CRATE}", version = "{version}", registry = "local" }}'
    manifest.write_text(manifest.read_text().replace("[dependencies]", f"[dependencies]\n{wanted}"))
    crates.cargo(shared, folder, "check", "--quiet")


def registry(folder: Path, crate: Path, version: str, public: str) -> Path:
    """The index of a registry that has one crate. public: that of what it requires."""
    index = folder / "index"
    entry = index / CRATE[:2] / CRATE[2:4] / CRATE
    entry.parent.mkdir(parents=True)
    (index / "config.json").write_text(
        json.dumps({"dl": f"file://{crate.parent}/{{crate}}-{{version}}.crate"})
    )
    required = [
        {
            "name": name,
            "req": f"^{lowest}",
            "registry": public,
            "optional": False,
            "target": None,
            "kind": "normal",
            "default_features": name != "tonic",
            "features": ["channel", "codegen"] if name == "tonic" else [],
        }
        for name, lowest in Rust().defaults.requires.items()
    ]
    found = {"cksum": hashlib.sha256(crate.read_bytes()).hexdigest(), "features": {}, "yanked": False}
    entry.write_text(json.dumps({"name": CRATE, "vers": version, "deps": required, **found}) + "\n")
    as_somebody = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for argv in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "One crate"]):
        must(run(["git", *as_somebody, *argv], cwd=index))
    return index
