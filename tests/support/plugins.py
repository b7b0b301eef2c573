"""Programs that play Go tools, so that the whole way runs without Go; and how one plays any plugin."""

from __future__ import annotations

import sys
from pathlib import Path

# Started hundreds of times by the tests, so it reads and writes the few fields it needs itself
# instead of importing protobuf. Fields of CodeGeneratorRequest: file_to_generate 1, parameter 2,
# proto_file 15; of CodeGeneratorResponse: supported_features 2, file 15 with name 1, content 15.
WIRE = """\
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        size, at = varint(data, at)
        if key & 7 == 2:
            yield key >> 3, data[at : at + size]
            at += size


def field(number, data):
    head, sizes = number << 3 | 2, len(data)
    out = bytearray()
    for value in (head, sizes):
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out) + data


def answer(files):
    made = bytes([16, 1])
    for path, text in files.items():
        made += field(15, field(1, path.encode()) + field(15, text.encode()))
    sys.stdout.buffer.write(made)


"""

_GO_PLUGIN = """\
NAME = {name!r}
if "--version" in sys.argv:
    print(NAME, {version!r})
    raise SystemExit
request = sys.stdin.buffer.read()
if {fails!r}:
    sys.stderr.write("the plugin is upset\\n")
    raise SystemExit(3)

ending = "_grpc.pb.go" if NAME.endswith("grpc") else ".pb.go"
found = list(fields(request))
parameter = next((data.decode() for number, data in found if number == 2), "")
protos = {{next(fields(data))[1].decode(): data for number, data in found if number == 15}}
answer({{
    name.removesuffix(".proto") + ending: f"// {{name}}\\n// {{parameter}}\\n// {{protos[name]!r}}\\n"
    for name in [data.decode() for number, data in found if number == 1]
}})
"""

_GO = """\
import json, os, pathlib, sys
step = " ".join(sys.argv[1:3] if sys.argv[1:2] == ["mod"] else sys.argv[1:2])
if ({fails!r} and step != "env") or step == {fails_at!r}:
    sys.stderr.write("go: the network is down\\n" if {fails!r} else f"go: {{step}} is upset\\n")
    raise SystemExit(1)
if step == "env":
    print(json.dumps(dict(GOVERSION="go1.22.0", GOMODCACHE="/nowhere", GOPROXY="off")))
elif step == "mod tidy":
    pathlib.Path("go.sum").write_text("sums\\n")
elif step == "build" and "-o" in sys.argv:
    program = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
    program.write_text("#!/bin/sh\\n")
    program.chmod(0o755)
elif step == "install":
    name = sys.argv[-1].split("@")[0].rsplit("/", 1)[-1]
    with open(os.path.join({folder!r}, "..", "installs.log"), "a") as log:
        log.write(name + "\\n")
    target = pathlib.Path(os.environ["GOBIN"], name)
    target.write_text(pathlib.Path({folder!r}, name).read_text())
    target.chmod(0o755)
"""


def go_tools(
    folder: Path, *, version: str = "v1.35.2", fails: str = "", fails_at: str = ""
) -> dict[str, str]:
    """The tools by name. fails: the one that ends with an error. fails_at: what go alone can't do."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for name in ("protoc-gen-go", "protoc-gen-go-grpc", "go"):
        text = _GO if name == "go" else _GO_PLUGIN
        filled = text.format(
            name=name, version=version, fails=fails == name, fails_at=fails_at, folder=str(folder)
        )
        path = folder / name
        path.write_text(f"#!{sys.executable} -IS\n{'' if name == 'go' else WIRE}{filled}")
        path.chmod(0o755)
        made[name] = str(path)
    return made


_ES_PLUGIN = """\
request = sys.stdin.buffer.read()
found = list(fields(request))
parameter = next(data.decode() for number, data in found if number == 2)
answer({
    name.removesuffix(".proto") + "_pb" + ending: f"// {name}\\n// {parameter}\\n"
    for name in [data.decode() for number, data in found if number == 1]
    for ending in (".js", ".d.ts")
})
"""


def es_plugin(folder: Path) -> str:
    """A protoc-gen-es that says of each file what it was asked."""
    path = folder / "protoc-gen-es"
    path.write_text(f"#!{sys.executable} -IS\n{WIRE}{_ES_PLUGIN}")
    path.chmod(0o755)
    return str(path)


def tool_options(tools: dict[str, str]) -> list[str]:
    """The --tool options for them."""
    return [f"--tool={name}={path}" for name, path in tools.items()]
