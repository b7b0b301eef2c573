"""Packages of protos in editions: built at their floors, the same on the wire everywhere, with calls."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.e2e import npm
from tests.support.command import must, protogen, run
from tests.support.edition_protos import laid

pytestmark = pytest.mark.timeout(1800)

# What every language is to write of the same message: 2023 at its fields' encodings, 2024 with that inside.
A = "0a001801220201022801280233080434"
WIRE = {"2023": A, "2024": f"0a0012{len(A) // 2:02x}{A}2a0178"}

PYTHON = """\
import sys
from concurrent import futures
import google.protobuf, grpc
from google.protobuf import json_format, text_format
from edition_shop_client.eds.implicit import b_pb2
from edition_shop_client.eds.y23 import a_pb2, a_pb2_grpc

def raises(function, *arguments):
    try:
        function(*arguments)
    except ValueError:
        return True

def same(message):
    assert type(message).FromString(message.SerializeToString()) == message
    assert json_format.Parse(json_format.MessageToJson(message), type(message)()) == message
    assert text_format.Parse(text_format.MessageToString(message), type(message)()) == message

a = a_pb2.A(explicit="", packed=[1, 2], expanded=[1, 2], part={"x": 4})
assert not a.IsInitialized() and a.HasField("explicit") and not a.HasField("color")
assert raises(a.HasField, "implicit") and raises(a.HasField, "open")
a.required = 1
same(a)
assert a.DESCRIPTOR.fields_by_name["part"].type == a.DESCRIPTOR.fields_by_name["part"].TYPE_GROUP
unknown = a_pb2.A.FromString(bytes.fromhex("1801") + b"\\x58\\x07\\x50\\x07")
assert not unknown.HasField("color") and unknown.open == 7
b = b_pb2.B(number=0, known=0, sizes=[1, 2], part={"x": 1}, chosen=0)
b.parts[1].x = 2
assert raises(b.HasField, "number") and b.HasField("known") and b.HasField("chosen")
assert b.SerializeToString().hex() == "100018011802230801242a060801120208023000"
same(b)
a.Extensions[a_pb2.extra] = "e"
a.Extensions[a_pb2.extra_part].x = 1
same(a)
a.ClearExtension(a_pb2.extra), a.ClearExtension(a_pb2.extra_part)

class Old(a_pb2_grpc.OldServicer):
    def Get(self, request, context):
        return request

def called(add, servicer, stub, method, request):
    server = grpc.server(futures.ThreadPoolExecutor(2))
    add(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        reply = getattr(stub(channel), method)(request, timeout=60)
    server.stop(None)
    return reply

assert called(a_pb2_grpc.add_OldServicer_to_server, Old(), a_pb2_grpc.OldStub, "Get", a) == a
message = a
if sys.argv[1] == "2024":
    from edition_shop_client.eds.options import owner_pb2
    from edition_shop_client.eds.y24 import greeter_pb2, greeter_pb2_grpc
    message = greeter_pb2.Request(name="", a=a, text="x")
    assert raises(greeter_pb2.Reply().HasField, "text") and message.HasField("name")
    same(message)

    class Greeter(greeter_pb2_grpc.GreeterServicer):
        def Greet(self, request, context):
            return greeter_pb2.Reply(text=request.text, level=greeter_pb2.LEVEL_ONE)

    reply = called(
        greeter_pb2_grpc.add_GreeterServicer_to_server,
        Greeter(),
        greeter_pb2_grpc.GreeterStub,
        "Greet",
        message,
    )
    assert reply == greeter_pb2.Reply(text="x", level=1)
print(google.protobuf.__version__, message.SerializeToString().hex())
"""

GO = {
    "2023": """\
package main

import (
	"context"
	"fmt"
	"net"

	"example.com/edition-shop/eds/y23"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

type server struct{ y23.UnimplementedOldServer }

func (server) Get(_ context.Context, a *y23.A) (*y23.A, error) { return a, nil }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	a := &y23.A{Explicit: proto.String(""), Required: proto.Int32(1), Packed: []int32{1, 2},
		Expanded: []int32{1, 2}, Part: &y23.A_Part{X: proto.Int32(4)}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	serving := grpc.NewServer()
	y23.RegisterOldServer(serving, server{})
	go serving.Serve(listener)
	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
	connection, err := grpc.NewClient(listener.Addr().String(), plain)
	must(err)
	reply, err := y23.NewOldClient(connection).Get(context.Background(), a)
	must(err)
	if !proto.Equal(a, reply) || a.Color != nil || reply.Implicit != "" {
		panic("the reply differs")
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(reply)
	must(err)
	fmt.Printf("%x\\n", content)
}
""",
    "2024": """\
package main

import (
	"context"
	"fmt"
	"net"

	"example.com/edition-shop/eds/y23"
	"example.com/edition-shop/eds/y24"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

type server struct{ y24.UnimplementedGreeterServer }

func (server) Greet(_ context.Context, request *y24.Request) (*y24.Reply, error) {
	return y24.Reply_builder{Text: request.GetText(), Level: y24.Level_LEVEL_ONE.Enum()}.Build(), nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	a := &y23.A{Explicit: proto.String(""), Required: proto.Int32(1), Packed: []int32{1, 2},
		Expanded: []int32{1, 2}, Part: &y23.A_Part{X: proto.Int32(4)}}
	request := y24.Request_builder{Name: proto.String(""), A: a, Text: proto.String("x")}.Build()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	serving := grpc.NewServer()
	y24.RegisterGreeterServer(serving, server{})
	go serving.Serve(listener)
	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
	connection, err := grpc.NewClient(listener.Addr().String(), plain)
	must(err)
	reply, err := y24.NewGreeterClient(connection).Greet(context.Background(), request)
	must(err)
	if reply.GetText() != "x" || reply.GetLevel() != y24.Level_LEVEL_ONE || !request.HasName() {
		panic("the reply differs")
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	must(err)
	fmt.Printf("%x\\n", content)
}
""",
}

_JAVA = """\
import com.google.protobuf.Message;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;

public final class Use {
  static final class Service extends @SERVICE@ImplBase {
    @Override
    public void @METHOD@(@REQUEST@ request, StreamObserver<@REPLY@> observer) {
      observer.onNext(@ANSWER@);
      observer.onCompleted();
    }
  }

  public static void main(String[] arguments) throws Exception {
    eds.y23.AOuterClass.A a = eds.y23.AOuterClass.A.newBuilder().setExplicit("").setRequired(1)
        .addPacked(1).addPacked(2).addExpanded(1).addExpanded(2)
        .setPart(eds.y23.AOuterClass.A.Part.newBuilder().setX(4)).build();
    if (!a.hasExplicit() || a.hasColor()) {
      throw new AssertionError("presence");
    }
    @REQUEST@ request = @BUILD@;
    Server server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
        .addService(new Service()).build().start();
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    Message reply = @GRPC@.newBlockingStub(channel).@METHOD@(request);
    if (!reply.equals(@EXPECTED@)) {
      throw new AssertionError(reply);
    }
    channel.shutdownNow();
    server.shutdownNow();
    StringBuilder hex = new StringBuilder();
    for (byte each : @REQUEST@.parseFrom(request.toByteArray()).toByteArray()) {
      hex.append(String.format("%02x", each));
    }
    System.out.println(hex);
    System.exit(0);
  }
}
"""
JAVA = {
    "2023": {
        "SERVICE": "eds.y23.OldGrpc.Old",
        "METHOD": "get",
        "REQUEST": "eds.y23.AOuterClass.A",
        "REPLY": "eds.y23.AOuterClass.A",
        "ANSWER": "request",
        "BUILD": "a",
        "GRPC": "eds.y23.OldGrpc",
        "EXPECTED": "a",
    },
    "2024": {
        "SERVICE": "eds.y24.GreeterGrpc.Greeter",
        "METHOD": "greet",
        "REQUEST": "eds.y24.Request",
        "REPLY": "eds.y24.Reply",
        "ANSWER": "eds.y24.Reply.newBuilder().setText(request.getText()).build()",
        "BUILD": 'eds.y24.Request.newBuilder().setName("").setA(a).setText("x").build()',
        "GRPC": "eds.y24.GreeterGrpc",
        "EXPECTED": 'eds.y24.Reply.newBuilder().setText("x").build()',
    },
}
_TYPESCRIPT = """\
import { create, fromBinary, isFieldSet, toBinary } from "@bufbuild/protobuf";
import { ASchema, BSchema, @NAMES@ } from "edition-shop";

const part = { x: 4 };
const a = create(ASchema, { explicit: "", required: 1, packed: [1, 2], expanded: [1, 2], part });
const message = create(@SCHEMA@, @VALUE@);
const content = toBinary(@SCHEMA@, message);
const read: @TYPE@ = fromBinary(@SCHEMA@, content);
const { explicit, color, implicit } = ASchema.field;
const set = [explicit, color, implicit].map((each) => isFieldSet(a, each)).join();
if (set !== "true,false,false") throw new Error(set);
const b = create(BSchema, { known: 0, sizes: [1, 2], part: { x: 1 }, parts: { 1: { x: 2 } } });
b.pick = { case: "chosen", value: 0 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
if (hex(toBinary(BSchema, b)) !== "100018011802230801242a060801120208023000") throw new Error();
console.log(hex(toBinary(@SCHEMA@, read)));
"""
TYPESCRIPT = {
    "2023": {"NAMES": "type A as Same", "SCHEMA": "ASchema", "TYPE": "Same", "VALUE": "a"},
    "2024": {
        "NAMES": "type Request, RequestSchema",
        "SCHEMA": "RequestSchema",
        "TYPE": "Request",
        "VALUE": '{ name: "", a, pick: { case: "text", value: "x" } }',
    },
}
CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath"


def made(language: str, edition: str, folder: Path, cache: Path) -> Path:
    """The package of a language, proven as a stranger uses it."""
    options = [*laid(folder, edition), "--version", "1.0.0", "--lang", language, "--verify"]
    done = must(protogen(*options, cwd=folder, cache=cache))
    assert f"the protos are in edition {edition}: the package asks for " in done.err
    readme = (folder / "gen" / language / "README.md").read_text()
    assert f"The protos are in edition {edition}" in readme
    return folder / "gen" / language


@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_go_modules(edition: str, cache: Path, tmp_path: Path) -> None:
    package = made("go", edition, tmp_path, cache)
    (package / "use").mkdir()
    (package / "use" / "main.go").write_text(GO[edition])
    done = must(run(["go", "run", "-mod=readonly", "./use"], cwd=package, GOFLAGS="-buildvcs=false"))
    assert done.out.strip() == WIRE[edition]


@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_java_projects(edition: str, cache: Path, tmp_path: Path) -> None:
    package = made("java", edition, tmp_path, cache)
    program = _JAVA
    for name, text in JAVA[edition].items():
        program = program.replace(f"@{name}@", text)
    (package / "src/main/java/Use.java").write_text(program)
    must(run(["mvn", "-B", "-q", "package", CLASS_PATH, "-Dmdep.outputFile=class-path"], cwd=package))
    path = os.pathsep.join(("target/classes", (package / "class-path").read_text().strip()))
    floor = re.search(r"protobuf-java</artifactId>\s*<version>([^<]+)", (package / "pom.xml").read_text())
    assert floor
    assert f"protobuf-java-{floor[1]}.jar" in path
    assert must(run(["java", "-cp", path, "Use"], cwd=package)).out.strip() == WIRE[edition]


@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_npm_packages_on_the_lowest_runtime(edition: str, cache: Path, tmp_path: Path) -> None:
    package = made("typescript", edition, tmp_path, cache)
    (lowest,) = json.loads((package / "package.json").read_text())["dependencies"].values()
    folder, program = tmp_path / "project", _TYPESCRIPT
    for name, text in TYPESCRIPT[edition].items():
        program = program.replace(f"@{name}@", text)
    runtime = {"@bufbuild/protobuf": lowest.removeprefix("^")}
    kept = {name: npm.REQUIRED[name] for name in ("typescript", "@types/node")}
    archive = package / must(run(["npm", "pack", "--silent"], cwd=package)).out.strip()
    npm.project(folder, {"edition-shop": archive}, runtime | kept)
    (folder / "use.mts").write_text(program)
    npm.compile_strictly(folder, ["use.mts"])
    assert must(run(["node", "use.mjs"], cwd=folder)).out.strip() == WIRE[edition]


@pytest.mark.parametrize("edition", ["2023", "2024"])
def test_python_packages_on_lowest_and_newest(edition: str, cache: Path, tmp_path: Path) -> None:
    package = made("python", edition, tmp_path, cache)
    lowest = re.search(r'"protobuf>=([^"]+)"', (package / "pyproject.toml").read_text())
    assert lowest
    for number, wanted in enumerate((f"protobuf=={lowest[1]}", "protobuf")):
        folder = tmp_path / f"environment-{number}"
        must(run([sys.executable, "-m", "venv", str(folder)], cwd=tmp_path))
        python = str(folder / "bin" / "python")
        must(run([python, "-m", "pip", "install", "-q", str(package), wanted], cwd=tmp_path))
        for implementation in ("upb", "python"):
            variables = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": implementation}
            done = must(run([python, "-c", PYTHON, edition], cwd=tmp_path, **variables))
            version, wire = done.out.split()
            assert wire == WIRE[edition]
            assert number or version == lowest[1]
