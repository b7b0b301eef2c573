"""The scanner finds the imports that protoc finds, over thousands of small protos made up at random."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.protos.imports import scan_imports

FILES = int(os.environ.get("PROTOGEN_SCANNER_FILES", "5000"))
BATCHES = 8
TARGETS = ("t/a.proto", "t/b.proto", "t/c d.proto", "t/quo'te.proto", "t/import.proto", "t/ö.proto")
COMMENTS = (
    '// import "t/a.proto";\n',
    '/* import "t/b.proto"; */',
    "/**/",
    "/* // */",
    '// "\n',
    "/* ' */",
    "/* * / ** */",
    "//\n",
)
SPACES = (" ", "\n", "\t", "\r\n", "\v", "\f", "  ")
STATEMENTS = (
    'option java_package = "import \\"t/a.proto\\";";',
    "option java_package = '}' \"{\";",
    'option go_package = "a" /* ; */ "b\\x41\\101\\n\\\\";',
    'message M%d { string import = 1; reserved 5; reserved "imports"; message N { enum E { A = 0; } } }',
    'message M%d { oneof import_x { int32 a = 1; string b = 2 [deprecated = true, json_name = "};\'"]; } }',
    "enum E%d { option allow_alias = true; A%d = 0; B%d = 0; }",
    "message R%d {} service S%d { rpc import(R%d) returns (stream R%d) { option deprecated = true; } }",
    "message M%d { message import { } import y = 1; .M%d.import z = 2; }",
    "message public%d { map<string, int32> weak = 1; }",
    ";",
    ";;",
)
BROKEN = (
    'import "t/a.proto"',
    "import t/a.proto;",
    'import "t/a.proto;',
    'import public weak "t/a.proto";',
    'message X { import "t/a.proto"; }',
    "}",
    "{",
    'import "t/a.proto" + "b";',
    "/* open",
    '"stray"',
    "import;",
    'import "t\\q/a.proto";',
)


class Maker:
    """Protos from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.targets = self.random.sample(TARGETS, len(TARGETS))
        self.statements = list(STATEMENTS)

    def gap(self, *, needed: bool = False) -> str:
        parts = [self.random.choice(SPACES)] if needed else []
        while self.random.random() < 0.3:
            parts.append(self.random.choice(COMMENTS + SPACES))
        return "".join(parts)

    def literal(self, text: str) -> str:
        """The text as adjacent strings with escapes."""
        pieces, rest = [], text
        while rest:
            size = self.random.randint(1, len(rest)) if self.random.random() < 0.3 else len(rest)
            quote = self.random.choice("\"'")
            pieces.append(quote + "".join(self.letter(each, quote) for each in rest[:size]) + quote)
            rest = rest[size:]
        return self.gap().join(pieces)

    def letter(self, letter: str, quote: str) -> str:
        if letter == quote:
            return "\\" + letter
        if self.random.random() < 0.05 and letter.isascii():
            return self.random.choice((f"\\{ord(letter):03o}", f"\\x{ord(letter):02x}"))
        return letter

    def imports(self) -> str:
        modifier = self.random.choice(("", "", "", "public", "weak"))
        word = f"import{self.gap(needed=bool(modifier))}{modifier}{self.gap()}"
        return f"{word}{self.literal(self.targets.pop())}{self.gap()};"

    def proto(self) -> bytes:
        parts = [f'syntax{self.gap()}={self.gap()}"proto3";'] if self.random.random() < 0.9 else []
        for _ in range(self.random.randint(0, 7)):
            if self.random.random() < 0.5 and self.targets:
                parts.append(self.imports())
            else:
                self.count += 1
                chosen = self.random.choice(self.statements)
                if chosen.startswith("option"):
                    self.statements.remove(chosen)  # an option is set once
                parts.append(chosen.replace("%d", str(self.count)))
        if self.random.random() < 0.07:
            parts.insert(self.random.randint(0, len(parts)), self.random.choice(BROKEN))
        text = "".join(part + self.gap() for part in parts)
        if self.random.random() < 0.2:
            text = text.replace("\n", "\r\n")
        mark = b"\xef\xbb\xbf" if self.random.random() < 0.1 else b""
        return mark + self.gap().encode() + text.encode()


def lay_out(root: Path) -> None:
    (root / "t").mkdir(parents=True)
    for name in TARGETS:
        (root / name).write_text('syntax = "proto3";')


def compiled(root: Path, names: list[str]) -> dict[str, list[str]]:
    """What protoc says that each file imports; those that it refuses are left out.

    One process for all, but one compile for each: where a file fails, protoc writes nothing.
    """
    program = (
        "import sys\nfrom grpc_tools import protoc\nfor name in sys.stdin.read().split():\n"
        " out = f'--descriptor_set_out={sys.argv[1]}/{name}.set'\n"
        " protoc.main(['protoc', '-I', sys.argv[1], out, name])\n"
    )
    argv = [sys.executable, "-c", program, str(root)]
    subprocess.run(argv, input="\n".join(names), text=True, capture_output=True, check=True, cwd=root)
    found = {}
    for name in names:
        path = root / f"{name}.set"
        if path.is_file():
            (file,) = FileDescriptorSet.FromString(path.read_bytes()).file
            found[name] = list(file.dependency)
    return found


@pytest.mark.slow
def test_scanner_and_protoc_find_the_same_imports(tmp_path: Path) -> None:
    lay_out(tmp_path)
    texts = {f"f{seed}.proto": Maker(seed).proto() for seed in range(FILES)}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    names = list(texts)
    found: dict[str, list[str]] = {}
    with ThreadPoolExecutor(2) as pool:
        for some in pool.map(lambda start: compiled(tmp_path, names[start::BATCHES]), range(BATCHES)):
            found |= some
    wrong = {
        name: (texts[name], expected, scanned)
        for name, expected in found.items()
        if (scanned := [each.name for each in scan_imports(texts[name])]) != expected
    }
    assert not wrong, dict(list(wrong.items())[:3])
    assert len(found) > FILES * 0.7, "most protos compile, or nothing is proven"
    assert sum(map(len, found.values())) > FILES * 0.7

    assert len(found) < FILES, "some are malformed"
