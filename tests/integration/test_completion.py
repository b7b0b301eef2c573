"""What a shell is offered where something is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from protogen.cli import COMPLETING, main
from protogen.cli.completion import Bash
from protogen.languages import LANGUAGES
from protogen.registry import layout
from protogen.registry.adding import add
from tests.integration.conftest import Command, Shop
from tests.support.registry_packages import artifacts


def offered(*words: str) -> list[str]:
    """What click offers after these words for the last of them; `<dir>` and `<file>` for paths."""
    *before, typed = words
    found = ShellComplete(main.protogen, {}, "protogen", COMPLETING).get_completions(before, typed)
    return [each.value if each.type == "plain" else f"<{each.type}>" for each in found]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--la"], ["--lang"]),
        (["gr"], ["graph"]),
        ([""], list(main.COMMANDS)),
        (["x", "--la"], ["--lang"]),
        (["--lang", ""], [*LANGUAGES, "all", "every"]),
        (["--lang", "go,py"], ["go,python"]),
        (["--lang=j"], ["java"]),
        (["--recipe", "./x"], ["<file>"]),
        (["--recipe", "absent.yaml", "--with", ""], []),
        (["--cache-dir", "x"], ["<dir>"]),
        (["--out", "x"], ["<dir>"]),
        (["--format", ""], ["text", "json"]),
        (["check", "--format", "g"], ["github", "gitlab"]),
        (["--tool", "protoc-gen-go"], ["protoc-gen-go=", "protoc-gen-go-grpc="]),
        (["--tool", "go="], ["<file>"]),
        (["cache", "pr"], ["prune"]),
        (["cache", "prune", "--max"], ["--max-size"]),
        (["--registry", "x"], ["<dir>"]),
        (["registry", "list", "x"], ["<dir>"]),
        (["registry", "show", "nowhere", ""], []),
        (["versions", "--format", "n"], ["names"]),
        (["completion", "z"], ["zsh"]),
        (["recipe", "validate", "x"], ["<file>"]),
        (["--version", "r"], []),
    ],
)
def test_what_is_offered(
    words: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROTOGEN_CACHE_DIR", str(tmp_path / "empty"))
    assert offered(*words) == expected


def test_names_of_the_recipe_and_releases_of_the_cache_are_offered(
    command: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("versions", *shop.options).code == 0
    monkeypatch.setenv("PATH", "")  # nothing can be asked any more
    assert offered(*shop.options, "--with", "") == ["admin"]
    assert offered(*shop.options, "--repo", "") == ["api=", "base=", "extra="]
    assert offered(*shop.options, "--repo", "api=") == ["<file>"]
    assert offered(*shop.options, "--ref", "e") == ["extra="]
    assert offered(*shop.options, "--version", "api/v1.0.") == ["api/v1.0.0", "api/v1.0.2"]
    assert offered(*shop.options, "--version", "x,release-") == ["x,release-1.0", "x,release-1.1"]
    assert offered("diff", *shop.options, "release-1.1") == ["release-1.1"]
    assert offered("versions", *shop.options, "--since", "release-1.1") == ["release-1.1"]
    assert offered("lock", *shop.options, "--update", "b") == ["base"]


def test_packages_and_versions_of_a_registry_are_offered(tmp_path: Path) -> None:
    for version in ("1.2.0", "1.3.0"):
        add(tmp_path, *layout.additions(artifacts(version, ("go", "python")), "api", version))
    root = str(tmp_path)
    assert offered("registry", "show", root, "") == ["example.com/Team/api", "team-api"]
    assert offered("registry", "yank", root, "te") == ["team-api"]
    assert offered("registry", "yank", root, "team-api", "1.") == ["1.2.0", "1.3.0"]
    assert offered("registry", "yank", root, "nobody", "") == []


def test_settings_that_cannot_be_read_do_not_disturb(command: Command) -> None:
    Path("protogen.yaml").write_text("nonsense: [")
    assert offered("graph", "--fo") == ["--focus", "--format"]


@pytest.mark.parametrize(
    ("line", "words", "typed"),
    [
        ("protogen --lang=g", [], "--lang=g"),
        ("protogen --repo api=../x", ["--repo"], "api=../x"),
        ("protogen graph ", ["graph"], ""),
        ("A=1 B= protogen --la", [], "--la"),
        ("protogen --out 'a b", ["--out"], "a b"),
    ],
)
def test_our_bash_reads_words_as_they_are(
    line: str, words: list[str], typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_LINE", f"{line}and more")
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    assert Bash(main.protogen, {}, "protogen", COMPLETING).get_completion_args() == (words, typed)


@pytest.mark.parametrize(("shell", "says"), [("zsh", "#compdef protogen"), ("fish", "complete --no-files")])
def test_a_shell_gets_its_script(command: Command, shell: str, says: str) -> None:
    ended = command("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert says in ended.out


def test_a_real_bash_completes(command: Command, tmp_path: Path) -> None:
    script = command("completion", "bash").out
    program = tmp_path / "bin" / "protogen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m protogen "$@"\n')
    program.chmod(0o755)
    # compopt works only while bash itself completes.
    asked = """
    compopt() { options+=" $2"; }
    for line in 'protogen --la' 'protogen --repo s' 'protogen --out x'; do
        COMP_LINE=$line COMP_POINT=${#line} options=
        _protogen_completion protogen
        echo "${COMPREPLY[*]}$options"
    done
    complete -p protogen
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script + asked],
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        *("--lang", "serving= nospace", " dirnames"),
        "complete -o nosort -F _protogen_completion protogen",
    ]
