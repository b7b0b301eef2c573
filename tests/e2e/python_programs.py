"""Programs that run in clean environments, where only a generated package and its runtimes are installed.

Each takes the import package as its first argument.
"""

# Everything that a client does with messages. Further arguments: `beside`, where other packages are
# loaded that may put files of the same names into the default pool.
MESSAGES = r"""
import copy, importlib, pickle, pkgutil, sys, warnings
import google.protobuf
from google.protobuf import descriptor_pb2, descriptor_pool as pools, json_format, text_format, wrappers_pb2
from google.protobuf.internal import api_implementation

name, beside = sys.argv[1], "beside" in sys.argv
with warnings.catch_warnings():
    warnings.filterwarnings("error", module=name)
    package = importlib.import_module(name)
    found = pkgutil.walk_packages(package.__path__, name + ".")
    modules = [importlib.import_module(each.name) for each in found]
assert set(package.__all__) <= set(dir(package)) and all(hasattr(package, each) for each in package.__all__)
assert not hasattr(package, "absent")

def module(path):
    return importlib.import_module(f"{name}.{path}")

def same(left, right):
    assert left == right and type(left) is type(right), (type(left), type(right))

# A request with tensors: wire, JSON, text, pickle, copies.
tensors = module("tensorflow.core.framework.tensor_pb2")
request = package.PredictRequest(model_spec=package.ModelSpec(name="m"), output_filter=["a"])
request.model_spec.version.value = 3
request.inputs["x"].dtype = module("tensorflow.core.framework.types_pb2").DT_FLOAT
request.inputs["x"].tensor_shape.dim.add(size=2)
request.inputs["x"].float_val.extend([1.5, 2.5])
request.inputs["y"].CopyFrom(tensors.TensorProto(dtype=7, string_val=[b"s"]))
assert package.PredictRequest.__module__ == f"{name}.tensorflow_serving.apis.predict_pb2"
same(package.PredictRequest.FromString(request.SerializeToString()), request)
same(json_format.Parse(json_format.MessageToJson(request), package.PredictRequest()), request)
same(text_format.Parse(text_format.MessageToString(request), package.PredictRequest()), request)
dimension = request.inputs["x"].tensor_shape.dim[0]
assert type(dimension).__qualname__ == "TensorShapeProto.Dim"
for message in (request, dimension):
    same(copy.deepcopy(message), message)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        same(pickle.loads(pickle.dumps(message, protocol)), message)

# Any, with the message that servers pack into it.
metadata = module("tensorflow_serving.apis.get_model_metadata_pb2")
signatures = metadata.SignatureDefMap()
signatures.signature_def["d"].inputs["i"].name = "n"
reply = package.GetModelMetadataResponse()
reply.metadata["signature_def"].Pack(signatures)
same(package.GetModelMetadataResponse.FromString(reply.SerializeToString()), reply)
same(pickle.loads(pickle.dumps(reply)), reply)
same(copy.deepcopy(reply), reply)
text = json_format.MessageToJson(reply, descriptor_pool=package.descriptor_pool)
again = json_format.Parse(text, package.GetModelMetadataResponse(), descriptor_pool=package.descriptor_pool)
for packed in (reply.metadata["signature_def"], again.metadata["signature_def"]):
    unpacked = metadata.SignatureDefMap()
    assert packed.Is(metadata.SignatureDefMap.DESCRIPTOR) and packed.Unpack(unpacked)
    same(unpacked, signatures)
    same(unpacked.signature_def["d"], signatures.signature_def["d"])
    same(pickle.loads(pickle.dumps(unpacked)), signatures)
assert type(packed) is module("google.protobuf.any_pb2").Any and packed != type(packed)()

# What the README says can't work, and what does.
stock = wrappers_pb2.Int64Value(value=4)
try:
    request.model_spec.version.CopyFrom(stock)
except TypeError:
    pass
else:
    raise AssertionError("a stock message was taken")
request.model_spec.version.ParseFromString(stock.SerializeToString())
assert request.model_spec.version.value == 4
request.model_spec.version.CopyFrom(module("google.protobuf.wrappers_pb2").Int64Value(value=5))
assert request.model_spec.version.value == 5
if not beside:
    try:
        json_format.MessageToJson(reply)
    except (TypeError, ValueError, json_format.Error):
        pass
    else:
        raise AssertionError("the default pool knows what is packed")

# The default pool knows none of our files and messages; protobuf brings its own well-known ones.
default = pools.Default()
for each in modules:
    file = getattr(each, "DESCRIPTOR", None)
    if file is None:
        continue
    assert package.descriptor_pool.FindFileByName(file.name) is file or file.pool is package.descriptor_pool
    for message in file.message_types_by_name.values():
        proto = descriptor_pb2.DescriptorProto()
        message.CopyToProto(proto)
        assert [each.name for each in proto.field] == [each.name for each in message.fields]
    if beside or file.name.startswith("google/protobuf/"):
        continue
    for find, wanted in [(default.FindFileByName, file.name)] + [
        (default.FindMessageTypeByName, message.full_name) for message in file.message_types_by_name.values()
    ]:
        try:
            find(wanted)
        except KeyError:
            continue
        raise AssertionError(f"the default pool has {wanted}")
print("messages", google.protobuf.__version__, api_implementation.Type(), len(modules))
"""

# A server of our servicers, synchronous and asyncio; clients of both kinds; the README's examples.
# Further arguments: the README, and `official` where the official stubs shall talk to it as well.
CALLS = r"""
import asyncio, importlib, re, sys
from concurrent import futures
import grpc

name, readme = sys.argv[1:3]
package = importlib.import_module(name)
if "official" in sys.argv:
    from tensorflow_serving.apis import predict_pb2 as theirs, prediction_service_pb2_grpc as their_grpc

def answer(request):
    reply = package.PredictResponse(model_spec=request.model_spec)
    reply.outputs["y"].CopyFrom(request.inputs["x"])
    return reply

class Serves(package.PredictionServiceServicer):
    def Predict(self, request, context):
        return answer(request)

class ServesAsync(package.PredictionServiceServicer):
    async def Predict(self, request, context):
        return answer(request)

request = package.PredictRequest(model_spec=package.ModelSpec(name="m"))
request.inputs["x"].float_val.append(2.5)

def check(reply):
    assert reply.model_spec.name == "m" and list(reply.outputs["y"].float_val) == [2.5]

def ask(port):
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        stub = package.PredictionServiceStub(channel)
        check(stub.Predict(request, timeout=20))
        try:
            stub.Classify(package.ClassificationRequest(), timeout=20)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNIMPLEMENTED
        else:
            raise AssertionError("Classify is not served")
        if "official" in sys.argv:
            their_request = theirs.PredictRequest.FromString(request.SerializeToString())
            reply = their_grpc.PredictionServiceStub(channel).Predict(their_request, timeout=20)
            check(reply)
            assert type(reply) is theirs.PredictResponse is not package.PredictResponse

async def ask_async(port):
    async with grpc.aio.insecure_channel(f"localhost:{port}") as channel:
        check(await package.PredictionServiceStub(channel).Predict(request, timeout=20))
        check(await package.PredictionServiceAsyncStub(channel).Predict(request, timeout=20))

server = grpc.server(futures.ThreadPoolExecutor(2))
package.add_PredictionServiceServicer_to_server(Serves(), server)
port = server.add_insecure_port("localhost:0")
server.start()
ask(port)
asyncio.run(ask_async(port))
examples = re.findall(r"```python\n(.*?)```", open(readme, encoding="utf-8").read(), re.DOTALL)
*by_kit, by_stubs, by_asyncio = examples
exec(by_stubs.replace("8500", str(port)), {"__name__": "example"})
compile(by_asyncio, "README", "exec")
server.stop(None)
for text in by_kit:
    kit = importlib.import_module(f"{name}.client")
    with kit.FakeServer() as fake:
        fake.model("half_plus_two", lambda inputs: {"y": inputs["x"]})
        exec(text.replace("localhost:8500", fake.address), {"__name__": "example"})

async def serve_async():
    server = grpc.aio.server()
    package.add_PredictionServiceServicer_to_server(ServesAsync(), server)
    port = server.add_insecure_port("localhost:0")
    await server.start()
    await ask_async(port)
    await asyncio.get_running_loop().run_in_executor(None, ask, port)
    await server.stop(None)

asyncio.run(serve_async())
print("calls", getattr(grpc, "__version__", ""))
"""

# Another package with the same protos, loaded `before` or `after` ours; further arguments: its modules.
BESIDE = r"""
import importlib, sys

name, order, *others = sys.argv[1:]
theirs = []
def load():
    theirs.extend(importlib.import_module(other) for other in others)

if order == "before":
    load()
sys.argv = [sys.argv[0], name, "beside"]
exec(MESSAGES)
if order == "after":
    load()
    exec(MESSAGES)
from tensorflow_serving.apis import predict_pb2
official = predict_pb2.PredictRequest.FromString(request.SerializeToString())
assert official.inputs["x"].float_val[0] == 1.5 and type(official) is not type(request)
same(package.PredictRequest.FromString(official.SerializeToString()), request)
assert all(other.__name__.startswith("tensorflow") for other in theirs)
"""

# The descriptors of every module, as a FileDescriptorSet into the file that the second argument names.
DESCRIPTORS = r"""
import importlib, pkgutil, sys
from google.protobuf.descriptor_pb2 import FileDescriptorSet

package = importlib.import_module(sys.argv[1])
files = {}
for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if each.name.endswith("_pb2"):
        file = importlib.import_module(each.name).DESCRIPTOR
        files[file.name] = file
found = FileDescriptorSet()
for _, file in sorted(files.items()):
    file.CopyToProto(found.file.add())
open(sys.argv[2], "wb").write(found.SerializeToString())
"""

# For a type checker: what a client writes. PACKAGE stands for the import package.
TYPED = """\
import grpc
import grpc.aio

from PACKAGE import (
    ModelSpec,
    PredictionServiceAsyncStub,
    PredictionServiceServicer,
    PredictionServiceStub,
    PredictRequest,
    PredictResponse,
    add_PredictionServiceServicer_to_server,
)
from PACKAGE.tensorflow.core.framework import types_pb2
from PACKAGE.tensorflow.core.framework.tensor_pb2 import TensorProto


def request() -> PredictRequest:
    made = PredictRequest(model_spec=ModelSpec(name="m"), inputs={"y": TensorProto()})
    made.model_spec.version.value = 3
    made.inputs["x"].dtype = types_pb2.DT_FLOAT
    made.inputs["x"].float_val.extend([1.0, 2.0])
    made.HasField("model_spec")
    chosen = made.model_spec.WhichOneof("version_choice")
    assert chosen in ("version", "version_label", None)
    return made


def ask(channel: grpc.Channel) -> PredictResponse:
    stub = PredictionServiceStub(channel)
    kept: PredictionServiceStub = stub
    return kept.Predict(request(), timeout=10)


async def ask_async(channel: grpc.aio.Channel) -> PredictResponse:
    stub = PredictionServiceStub(channel)
    kept: PredictionServiceAsyncStub = stub
    return await kept.Predict(request(), timeout=10)


class Serves(PredictionServiceServicer):
    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:
        return PredictResponse(model_spec=request.model_spec)


class ServesAsync(PredictionServiceServicer):
    async def Predict(
        self,
        request: PredictRequest,
        context: "grpc.aio.ServicerContext[PredictRequest, PredictResponse]",
    ) -> PredictResponse:
        return PredictResponse()


def serve(server: grpc.Server, asynchronous: grpc.aio.Server) -> None:
    add_PredictionServiceServicer_to_server(Serves(), server)
    add_PredictionServiceServicer_to_server(ServesAsync(), asynchronous)
"""
MISTYPED = """

def wrong(channel: grpc.Channel) -> None:
    PredictRequest(model_spec="m")
    PredictionServiceStub(channel).Predict(ModelSpec())
    request().HasField("inputs")
    request().inputs["x"].dtype = 1
    request().no_such_field
"""
