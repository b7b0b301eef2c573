"""Programs that play Go tools, so that the whole way runs without Go."""

from __future__ import annotations

import sys
from pathlib import Path

_GO_PLUGIN = """\
import sys
from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse

NAME = {name!r}
if "--version" in sys.argv:
    print(NAME, {version!r})
    raise SystemExit
request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
response = CodeGeneratorResponse(supported_features=1)
if {fails!r}:
    sys.stderr.write("the plugin is upset\\n")
    raise SystemExit(3)
ending = "_grpc.pb.go" if NAME.endswith("grpc") else ".pb.go"
comments = {{}}
for file in request.proto_file:
    comments[file.name] = [place.leading_comments for place in file.source_code_info.location]
for name in request.file_to_generate:
    text = f"// {{name}}\\n// {{request.parameter}}\\n// {{''.join(comments[name])!r}}\\n"
    response.file.add(name=name.removesuffix(".proto") + ending, content=text)
sys.stdout.buffer.write(response.SerializeToString())
"""

_GO = """\
import os, pathlib, sys
if {fails!r}:
    sys.stderr.write("go: the network is down\\n")
    raise SystemExit(1)
if sys.argv[1:2] == ["mod"]:
    pathlib.Path("go.sum").write_text("sums\\n")
elif sys.argv[1:2] == ["install"]:
    name = sys.argv[-1].split("@")[0].rsplit("/", 1)[-1]
    with open(os.path.join(os.environ["GOBIN"], "..", "..", "installs.log"), "a") as log:
        log.write(name + "\\n")
    target = pathlib.Path(os.environ["GOBIN"], name)
    target.write_text(pathlib.Path({folder!r}, name).read_text())
    target.chmod(0o755)
"""


def go_tools(folder: Path, *, version: str = "v1.35.2", fails: str = "") -> dict[str, str]:
    """The tools by name. fails: the one that ends with an error."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for name in ("protoc-gen-go", "protoc-gen-go-grpc", "go"):
        text = _GO if name == "go" else _GO_PLUGIN
        filled = text.format(name=name, version=version, fails=fails == name, folder=str(folder))
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{filled}")
        path.chmod(0o755)
        made[name] = str(path)
    return made


def tool_options(tools: dict[str, str]) -> list[str]:
    """The --tool options for them."""
    return [f"--tool={name}={path}" for name, path in tools.items()]
