"""Protos as people write them: other encodings, no syntax, strange names, copies of one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.conftest import Command
from tests.support.upstream import Repository

RECIPE = """\
schema: 1
name: odd
releases: api
repositories:
  api:
    url: https://git.invalid/api
    tag: v{major}.{minor}.{patch}
entry_points:
  - {repository: api, pattern: "**/*.proto"}
"""


def plain(tmp_path: Path, files: Mapping[str, str | bytes | None], recipe: str = RECIPE) -> list[str]:
    """The options for a release 1.0.0 of one repository with these files, by the plainest recipe."""
    repository = Repository.create(tmp_path / "api")
    repository.commit(files)
    repository.git("tag", "v1.0.0")
    (tmp_path / "odd.yaml").write_text(recipe)
    return ["--version=1.0.0", f"--recipe={tmp_path / 'odd.yaml'}", f"--repo=api={repository.path}"]


@pytest.mark.parametrize(
    "text",
    [
        b'syntax = "proto3";\n// caf\xe9 \x9b\nmessage A { int32 x = 1; // \xff\n}',
        b'syntax = "proto3";\n\n// lone \xe9\n\n// next\n\nmessage A { int32 x = 1; }',
        b'syntax = "proto3";\n// \x01\x1b[31m \x7f \x0c\nmessage A { int32 x = 1; }',
        b'syntax = "proto3";\n// mark \xef\xbb\xbf within\nmessage A { int32 x = 1; }',
        b'\xef\xbb\xbfsyntax = "proto3";\n// mark before\nmessage A { int32 x = 1; }',
        'syntax = "proto3";\n/* Überall Größe */\nmessage A { int32 x = 1; /* süß */ }'.encode("latin-1"),
        b'syntax = "proto3";\n// surrogate \xed\xa0\x80\nmessage A { int32 x = 1; }',
        b'syntax = "proto3";\r\n// a\r\n// b\r\nmessage A { int32 x = 1; }\r\n',
    ],
)
@pytest.mark.parametrize("imported", [False, True])
def test_bytes_in_comments_that_are_no_text_harm_nothing(
    command: Command, go_tools: list[str], tmp_path: Path, text: bytes, imported: bool
) -> None:
    files: dict[str, str | bytes | None] = {"o/a.proto": text}
    if imported:
        files["o/b.proto"] = 'syntax = "proto3"; import "o/a.proto"; message B { A a = 1; }'
    options = plain(tmp_path, files)
    ended = command(*options, "--lang", "python,go", *go_tools)
    assert ended.code == 0, ended.err
    (stub,) = Path("gen/python").rglob("a_pb2.pyi")
    tree = ast.parse(stub.read_bytes())
    (declared,) = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    assert declared.name == "A"


@pytest.mark.slow
def test_artifacts_are_made_of_protos_with_bytes_that_are_no_text(command: Command, tmp_path: Path) -> None:
    options = plain(tmp_path, {"o/a.proto": b'syntax = "proto3";\n// caf\xe9\nmessage A { int32 x = 1; }'})
    ended = command(*options, "--lang", "python", "--artifacts", "dist")
    assert ended.code == 0, ended.err


STRINGS = r"""syntax = "proto2";
package odd;
option go_package = "example.com/caf\xff";
message A {
  optional bytes raw = 1 [default = "\xff\x00caf\xe9"];
  optional string text = 2 [default = "\xff"];
  optional int32 named = 3 [json_name = "n\xff"];
}
"""


def test_bytes_in_strings_stay_what_they_are(command: Command, go_tools: list[str], tmp_path: Path) -> None:
    options = plain(tmp_path, {"o/a.proto": STRINGS})
    ended = command(*options, "--lang", "python,go", *go_tools)
    assert ended.code == 0, ended.err
    (module,) = Path("gen/python").rglob("a_pb2.py")
    assert rb"\\377\\000caf\\351" in module.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_proto_in_another_encoding_is_refused_by_its_name(
    command: Command, tmp_path: Path, encoding: str
) -> None:
    options = plain(tmp_path, {"a.proto": 'syntax = "proto3"; message A { int32 x = 1; }'.encode(encoding)})
    ended = command(*options, "--lang", "python")
    assert ended.code == 5
    assert f"a.proto is {encoding[:6].upper()}, and protoc takes UTF-8 only" in ended.err
    assert f"iconv -f {encoding[:6].upper()} -t UTF-8 a.proto" in ended.err


def test_an_error_is_not_hidden_by_what_protoc_says_of_other_protos(command: Command, tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        f"m{number}.proto": f"message M{number} {{}}" for number in range(20)
    }
    files["z.proto"] = 'syntax = "proto3"; message Z { int32 x = 1 }'
    ended = command(*plain(tmp_path, files), "--lang", "python")
    assert ended.code == 5
    assert "z.proto:1:44: " in ended.err
    assert "absl" not in ended.err
    assert not re.search(r"W0000|No (?:edition or )?syntax", ended.err)
    assert "correct z.proto in api" in ended.err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("@acme/x.proto", "starts with '@'"),
        ("-x/x.proto", "starts with '-'"),
        ("~x.proto", "starts with '~'"),
        ("C:/x.proto", "a comma, equals sign or colon"),
        ("a,b.proto", "a comma, equals sign or colon"),
        ("back\\slash.proto", "a backslash"),
        ("line\nend.proto", "a control character"),
    ],
)
@pytest.mark.parametrize("source", ["git", "folder"])
def test_a_name_that_no_proto_can_import_is_left_out_with_a_note(
    command: Command, tmp_path: Path, source: str, name: str, reason: str
) -> None:
    text = 'syntax = "proto3"; package odd; message %s {}'
    options = plain(tmp_path, {"o/a.proto": text % "A", name: text % "B"})
    ended = command(*options, "--lang", "python", "--source", source)
    assert ended.code == 0, ended.err
    assert "is left out, since no proto can import it" in ended.err
    assert reason in ended.err
    assert ended.err.replace("\n", "").isprintable()
    # The same is told where the package is taken as it stands.
    assert "is left out" in command(*options, "--lang", "python", "--source", source).err


@pytest.mark.parametrize("name", ["with blank/my file.proto", "ünï/cödé.proto", "a+b/c&d.proto", "a/A.proto"])
def test_other_names_are_names(command: Command, tmp_path: Path, name: str) -> None:
    files: dict[str, str | bytes | None] = {
        "a/a.proto": f'syntax = "proto3"; package odd; import "{name}"; message A {{ B b = 1; }}',
        name: 'syntax = "proto3"; package odd; message B {}',
    }
    ended = command(*plain(tmp_path, files), "--lang", "python")
    assert ended.code == 0, ended.err
    assert "left out" not in ended.err


def test_a_pattern_that_matches_such_names_only_is_refused(command: Command, tmp_path: Path) -> None:
    ended = command(*plain(tmp_path, {"@acme/x.proto": 'syntax = "proto3";'}), "--lang", "python")
    assert ended.code == 5
    assert "api at 1.0.0 has no file that matches **/*.proto; api:@acme/x.proto is left out" in ended.err
