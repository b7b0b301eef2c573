"""Recipes, repositories and surroundings that mean harm: a clear error, in bounds, and no trace elsewhere."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from protogen.sources.gitrepo import commits, pins
from tests.integration.conftest import Command, Shop
from tests.integration.git_server import serving, status
from tests.support.traces import everything, files_with
from tests.support.upstream import RECIPE, Repository

BOUND_SECONDS = 120
MEMORY = 1_500_000_000


@pytest.fixture(autouse=True)
def canary(tmp_path: Path) -> Iterator[Path]:
    """A tree beside the work folder, and one above it, that nothing may touch."""
    folder = tmp_path / "canary"
    folder.mkdir()
    (folder / "secret.proto").write_text('syntax = "proto3"; message Secret {}')
    before = everything(folder)
    yield folder
    assert everything(folder) == before


def raw_tree(repository: Repository, entries: dict[bytes, tuple[str, str]]) -> str:
    """A tree object as no git would write it: name ▶ mode and object id."""
    content = b"".join(
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(id_) for name, (mode, id_) in entries.items()
    )
    argv = ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
    done = subprocess.run(argv, cwd=repository.path, input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


def publish_tree(repository: Repository, tree: str, branch: str = "release-1.0") -> None:
    commit = repository.git("commit-tree", "-m", "x", tree).strip()
    repository.git("update-ref", f"refs/heads/{branch}", commit)


def blob(repository: Repository, content: bytes) -> str:
    argv = ["git", "hash-object", "-w", "--stdin"]
    done = subprocess.run(argv, cwd=repository.path, input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


def go(shop: Shop, tools: list[str], *more: str) -> tuple[str, ...]:
    return ("--version", "1.0", "--lang", "go", *shop.options, *tools, *more)


@pytest.mark.parametrize(
    "name",
    [
        b"a\n--plugin=x.proto",
        b"\x1b[31m.proto",
        b"\x9b31m.proto",
        b"\xff\xfe.proto",
        b"x" * 3000 + b".proto",
        b"--plugin=protoc-gen-go=x.proto",
        b"@arguments.proto",
        b"back\\slash.proto",
    ],
)
def test_a_file_name_that_means_harm_is_left_out_unless_it_is_imported(
    command: Command, shop: Shop, go_tools: list[str], name: bytes
) -> None:
    harm = {name: ("100644", blob(shop.api, b'syntax = "proto3"; message Harm {}'))}
    entries = shop.api.git("ls-tree", "release-1.0").splitlines()
    there = {path.encode(): (mode, id_) for mode, _, id_, path in (entry.split() for entry in entries)}
    recipe = shop.recipe.read_text().replace('"shop/**/*.proto"', '"**/*.proto"')
    shop.recipe.write_text(recipe)
    publish_tree(shop.api, raw_tree(shop.api, dict(sorted((there | harm).items()))))
    ended = command(*go(shop, go_tools))
    assert ended.code == 0, ended.err
    assert "is left out, since no proto can import it" in ended.err
    assert ended.err.replace("\n", "").isprintable()

    quoted = "".join(f"\\x{byte:02x}" for byte in name)
    importer = blob(shop.api, f'syntax = "proto3"; import "{quoted}";'.encode())
    publish_tree(
        shop.api,
        raw_tree(shop.api, dict(sorted((there | harm | {b"z.proto": ("100644", importer)}).items()))),
    )
    ended = command(*go(shop, go_tools))
    assert ended.code == 5, ended.err
    assert "an import can't be followed" in ended.err


def test_files_whose_names_differ_by_case_are_refused_only_when_imported_where_they_can_not_both_be(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: set[str] = set()

    def write_new(file: Path, content: bytes) -> bool:
        """As a file system does that takes names for one that differ by case only."""
        if (folded := str(file).lower()) in written:
            return False
        written.add(folded)
        file.write_bytes(content)
        return True

    monkeypatch.setattr(commits, "write_new", write_new)
    shop.api.git("checkout", "--quiet", "release-1.0")
    shop.api.commit({"other/A.proto": 'syntax = "proto3";', "other/a.proto": 'syntax = "proto3";'})
    ended = command(*go(shop, go_tools))
    assert ended.code == 0, ended.err
    text = shop.api.git("show", "HEAD:shop/shop.proto")
    shop.api.commit({"shop/shop.proto": text + '\nimport "other/a.proto";'})
    written.clear()
    ended = command(*go(shop, go_tools))
    assert ended.code == 5
    assert "api:other/a.proto can't be read: another file's name differs from it by case only" in ended.err


@pytest.mark.parametrize("folder", [b"..", b".", b".git"])
def test_a_folder_name_that_leads_elsewhere_is_refused_or_harmless(
    command: Command, shop: Shop, go_tools: list[str], folder: bytes, tmp_path: Path
) -> None:
    inner = raw_tree(shop.base, {b"evil.proto": ("100644", blob(shop.base, b"evil"))})
    for _ in range(4):
        inner = raw_tree(shop.base, {folder: ("40000", inner)})
    publish_tree(shop.base, inner)
    ended = command(*go(shop, go_tools))
    assert ended.code in {4, 5}
    cache = tmp_path / "cache"
    assert not [name for name in everything(tmp_path / "work") if "evil" in name]
    assert all("/files/" in name for name in everything(cache) if name.endswith("evil.proto"))


def test_odd_but_harmless_names_are_kept(command: Command, shop: Shop, go_tools: list[str]) -> None:
    shop.extra.commit(
        {f"proto/admin/{name}.proto": 'syntax = "proto3";' for name in ("CON", "con", "nul", "a b")}
    )
    shop.extra.git("branch", "--force", "release-1.0")
    ended = command(*go(shop, go_tools, "--with", "admin"))
    assert ended.code == 0, ended.err
    names = [path.name.casefold() for path in Path("gen/go/admin").iterdir()]
    assert len(names) == len(set(names)) == 5


def test_refs_named_like_options_lead_nowhere(command: Command, shop: Shop, go_tools: list[str]) -> None:
    head = shop.api.head()
    for name in ("heads/--upload-pack=touch", "tags/-x", "heads/-", "tags/--all", "heads/ö\u202e"):
        shop.api.git("update-ref", f"refs/{name}", head)
    assert command(*go(shop, go_tools)).code == 0
    for typed in ("--upload-pack=touch", "-x"):
        assert command(f"--version={typed}", "--lang", "go", *shop.options, *go_tools).code == 2
        assert command(*go(shop, go_tools, f"--ref=api={typed}")).code == 2


def test_links_in_a_repository_and_in_the_target_are_not_followed(
    command: Command, shop: Shop, go_tools: list[str], canary: Path
) -> None:
    (shop.base.path / "linked").symlink_to(canary)
    (shop.base.path / "direct.proto").symlink_to(canary / "secret.proto")
    (shop.base.path / "LICENSE").unlink()
    (shop.base.path / "LICENSE").symlink_to(canary / "secret.proto")
    shop.base.commit({})
    shop.base.git("branch", "--force", "release-1.0")
    assert command(*go(shop, go_tools)).code == 0
    assert not files_with(Path("gen"), b"message Secret")
    assert command(*go(shop, go_tools, "--out", "other")).code == 0
    for place in ("gen/go/shop", "gen/go"):
        path = Path(place)
        subprocess.run(["rm", "-r", path], check=True)
        path.symlink_to(canary)
        ended = command(*go(shop, go_tools))
        assert ended.code == 8, ended.err
        path.unlink()
        assert command(*go(shop, go_tools)).code == 0


def test_a_folder_with_links_in_a_ring_is_read_once(
    command: Command, shop: Shop, go_tools: list[str], canary: Path
) -> None:
    (shop.api.path / "shop/ring").symlink_to(shop.api.path)
    (shop.api.path / "shop/away").symlink_to(canary)
    (shop.api.path / "shop/gone.txt").symlink_to("gone.txt")
    ended = command(*go(shop, go_tools, "--source", "folder"))
    assert ended.code == 0, ended.err
    assert not files_with(Path("gen"), b"ring", b"Secret")


SECRET, ENCODED = "s3cr3t/t0k3n", "s3cr3t%2Ft0k3n"
FORMS = (SECRET, ENCODED, base64.b64encode(f"robot-me:{SECRET}".encode()).decode(), "robot-me")


@pytest.mark.parametrize("fails", [0, 401, 404, pytest.param(500, marks=pytest.mark.slow)])
def test_credentials_of_a_url_appear_nowhere(
    command: Command, shop: Shop, go_tools: list[str], tmp_path: Path, fails: int
) -> None:
    with serving(shop.api.path.parent) as server:
        locations = {
            name: server.url(f"{name}/.git", f"robot-me:{ENCODED}@") for name in ("api", "base", "extra")
        }
        text = RECIPE
        for name, location in locations.items():
            text = text.replace(f"https://git.invalid/{name}", location)
        file = tmp_path / "mine.yaml"
        file.write_text(text)
        server.faults["info/refs"] = [status(fails)] * 20 if fails else []
        options = ("--recipe", str(file), "--format", "json", "-v", *go_tools)
        ended = command("--version", "1.0", "--lang", "go,python", "--source", "git", *options)
        assert ended.code == (4 if fails else 0), ended.err
        given = [f"--repo={name}={location}" for name, location in locations.items()]
        again = command("--version", "1.0", "--lang", "go", *options, *given, "--out", "other")
        assert again.code == (4 if fails else 0), again.err
    for form in FORMS:
        assert form not in ended.out + ended.err + again.out + again.err
    for folder in ("cache", "work"):
        assert not files_with(tmp_path / folder, *(form.encode() for form in FORMS))


RECORDING = """import sys
with open({mark!r}, "a") as file: file.write(" ".join(sys.orig_argv[:4]) + " ")
"""


def test_inherited_variables_reach_no_child(
    command: Command, shop: Shop, go_tools: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "touched"
    evil = tmp_path / "evil"
    (evil / "grpc_tools").mkdir(parents=True)
    for name in ("sitecustomize.py", "usercustomize.py", "grpc_tools/__init__.py", "json.py"):
        (evil / name).write_text(RECORDING.format(mark=str(mark)))
    script = evil / "run"
    script.write_text(f"#!/bin/sh\necho run >> {mark}\nexit 1\n")
    script.chmod(0o755)
    settings = {
        "core.fsmonitor": str(script),
        "core.alternateRefsCommand": str(script),
        "uploadpack.packObjectsHook": str(script),
        "remote.origin.url": f"{tmp_path}/nowhere",
        "remote.origin.uploadpack": str(script),
    }
    for number, (key, value) in enumerate(settings.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    for name, value in {
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_PARAMETERS": f"'remote.origin.uploadpack'='{script}' 'core.hooksPath={evil}'",
        "GIT_EXTERNAL_DIFF": str(script),
        "GIT_TEMPLATE_DIR": str(evil),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(shop.api.path / ".git/objects"),
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_CEILING_DIRECTORIES": "/",
        "PYTHONPATH": str(evil),
        "PYTHONSTARTUP": str(script),
        "PYTHONHOME": "",
        "PYTHONINSPECT": "1",
        "PROTOC": str(script),
        "PROTOC_PATH": str(script),
        "LD_PROTOC": "x",
    }.items():
        monkeypatch.setenv(name, value)
    pin = ("--match", "pin", "--ref=extra=main")
    ended = command(*go(shop, go_tools), *pin, "--source", "git")
    assert ended.code in {0, 2}, ended.err
    ended = command(*go(shop, go_tools))
    assert ended.code == 0, ended.err
    # Tools that the user gave run in the user's surroundings; protogen's own children don't.
    seen = mark.read_text() if mark.exists() else ""
    assert "run" not in seen.split()
    assert "-c" not in seen.split()


def test_an_expression_that_backtracks_for_ever_is_stopped(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "SECONDS", 1.0)
    text = shop.recipe.read_text().replace("base = ([0-9a-f]{40})", "(?:(?:a+)+)+b([0-9a-f]{40})")
    shop.recipe.write_text(text)
    commit = shop.api.commit({"DEPS": "a" * 5000})
    ended = command("--version", commit, "--lang", "go", "--ref=extra=main", *shop.options, *go_tools)
    assert ended.code == 2, ended.err
    assert "doesn't come to an end" in ended.err


def bounded(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """protogen with bounded memory, for itself and its children."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2); "
        "from protogen.cli.main import main; main(sys.argv[2:])"
    )
    environ = {
        **os.environ,
        "PROTOGEN_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, str(MEMORY), *arguments],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert time.monotonic() - before < BOUND_SECONDS
    return done


def test_trees_that_hold_one_another_are_refused(shop: Shop, go_tools: list[str], tmp_path: Path) -> None:
    tree = raw_tree(shop.base, {b"x.proto": ("100644", blob(shop.base, b"x"))})
    for _ in range(8):
        tree = raw_tree(shop.base, {b"%03d" % number: ("40000", tree) for number in range(500)})
    publish_tree(shop.base, tree)
    done = bounded(tmp_path, *go(shop, go_tools))
    assert done.returncode == 4, done.stderr
    assert "more than 1000000 files or" in done.stderr


@pytest.mark.slow
def test_a_giant_blob_is_not_read(shop: Shop, go_tools: list[str], tmp_path: Path) -> None:
    shop.base.commit({"giant.proto": b" " * 150_000_000})
    shop.base.git("branch", "--force", "release-1.0")
    done = bounded(tmp_path, *go(shop, go_tools))
    assert done.returncode == 4, done.stderr
    assert "has 150000000 bytes, more than 20000000" in done.stderr
    assert not list((tmp_path / "cache/tmp").iterdir())


def test_too_many_protos_are_refused(
    command: Command, shop: Shop, go_tools: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "_MAX_FILES", 2)
    ended = command(*go(shop, go_tools))
    assert ended.code == 4
    assert "more than 2 are no API" in ended.err


SINGLE = """
schema: 1
name: single
releases: api
repositories:
  api: {url: "https://git.invalid/api", roots: [.]}
entry_points:
  - {repository: api, pattern: "**/*.proto"}
"""


def single(tmp_path: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    """Options for one folder with these files."""
    folder = tmp_path / "files"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "single.yaml").write_text(SINGLE)
    selection = ("--source", "folder", "--recipe", str(tmp_path / "single.yaml"), f"--repo=api={folder}")
    return ("--version", "1.0.0", *selection)


def proto(*imports: str, message: str = "") -> bytes:
    lines = ['syntax = "proto3";', *(f'import "{name}";' for name in imports)]
    return "\n".join([*lines, f"message {message} {{}}" if message else ""]).encode()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.proto": b" " * 100_000_000}, "has 100000000 bytes"),
        pytest.param({"a.proto": b"import " + b"/**/" * 4_900_000}, "don't compile", marks=pytest.mark.slow),
        ({"a.proto": proto() + b'option java_package = "' + b"\\'" * 9_900_000}, "don't compile"),
        pytest.param(
            {"a.proto": proto() + b"message M " + b"{ message M " * 1_000_000},
            "don't compile",
            marks=pytest.mark.slow,
        ),
        ({"a.proto": proto("a.proto")}, "import each other"),
        ({"-I.proto": proto()}, "starts with '-'"),
        ({"@x.proto": proto()}, "starts with '@'"),
        ({"a,b=c.proto": proto()}, "a comma, equals sign or colon"),
        ({"a.proto": proto("google/protobuf/../../../../etc/passwd")}, "`..` in the path"),
        ({"a.proto": proto("/etc/passwd")}, "starts with '/'"),
        pytest.param(
            {f"{n}.proto": proto(f"{n + 1}.proto") for n in range(10_000)},
            "is not in|longer than 500",
            marks=pytest.mark.slow,
        ),
        ({f"{n}.proto": proto(f"{(n + 1) % 2000}.proto") for n in range(2000)}, "import each other"),
    ],
    ids="huge comments escapes nesting self option file comma up absolute chain ring".split(),
)
def test_protos_that_mean_harm_end_in_an_error_within_bounds(
    tmp_path: Path, go_tools: list[str], files: dict[str, bytes], said: str
) -> None:
    done = bounded(tmp_path, *single(tmp_path, files), "--lang", "go", *go_tools)
    assert done.returncode == 5, done.stderr[-2000:]
    assert any(each in done.stderr for each in said.split("|")), done.stderr[-2000:]
    assert len(done.stderr) < 20_000
    assert not (tmp_path / "gen").exists()


@pytest.mark.slow
def test_five_thousand_entry_points_are_a_package(tmp_path: Path) -> None:
    folder = "a/rather/long/folder/name/as/real/apis/have/them"
    files = {f"{folder}/part{n}.proto": proto(message=f"M{n}") for n in range(5000)}
    done = bounded(tmp_path, *single(tmp_path, files), "--lang", "python")
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list((tmp_path / "gen").rglob("*_pb2.py"))) == 5000


def test_words_of_a_proto_do_not_become_code(tmp_path: Path, command: Command) -> None:
    mark = tmp_path / "touched"
    code = f"open({str(mark)!r}, 'w')"
    evil = f'''"""\\n{code}\\n\\"\\"\\" """ + {code} # '\' {{{{ {code} }}}} {{% x %}} \\N{{x}} \\'''
    text = f"""
    // {evil}
    syntax = "proto3";
    // {evil}
    package evil;
    // {evil}
    message Evil {{
      // {evil}
      string __import__ = 1 [json_name = "\\"\\"\\"\\n{mark.name}"];
      string class = 2;
    }}
    // {evil}
    service Import {{
      // {evil}
      rpc Exec(Evil) returns (Evil);
    }}
    """
    options = single(tmp_path, {"a.proto": text.encode()})
    ended = command(*options, "--lang", "python")
    assert ended.code == 0, ended.err
    program = (
        "import importlib, pathlib, sys\n"
        "for path in sorted(pathlib.Path().rglob('*.py*')):\n"
        "    compile(path.read_text(), str(path), 'exec')\n"
        "    if path.suffix == '.py': importlib.import_module('.'.join(path.with_suffix('').parts))\n"
    )
    root = next(path.parent.parent for path in Path("gen").rglob("__init__.py"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not mark.exists()
