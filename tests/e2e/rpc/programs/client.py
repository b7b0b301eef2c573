"""The Python client of ../contract.md: the generated package, grpcio and the standard library."""

from __future__ import annotations

import json
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from tensorflow_serving_client import (
    ClassificationRequest,
    GetModelMetadataRequest,
    GetModelStatusRequest,
    ModelServiceStub,
    MultiInferenceRequest,
    PredictionServiceStub,
    PredictRequest,
    RegressionRequest,
    ReloadConfigRequest,
    SessionServiceStub,
)
from tensorflow_serving_client.tensorflow.core.framework import types_pb2
from tensorflow_serving_client.tensorflow.core.protobuf import error_codes_pb2
from tensorflow_serving_client.tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    session_service_pb2,
)

RAISED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
FORMS = {
    "DT_FLOAT": ("float_val", "f"),
    "DT_DOUBLE": ("double_val", "d"),
    "DT_INT32": ("int_val", "i"),
    "DT_INT64": ("int64_val", "q"),
    "DT_BOOL": ("bool_val", "?"),
    "DT_HALF": ("half_val", "e"),
}
VALUES = {
    "DT_FLOAT": [1.5, -2.25, 0, 1e10, 3, -0.5],
    "DT_DOUBLE": [1.5, -2.25, 0, 1e300, 3, -0.5],
    "DT_INT32": [1, -2, 0, 2147483647, -2147483648, 5],
    "DT_INT64": [1, -2, 0, 9007199254740991, -9007199254740991, 5],
    "DT_BOOL": [True, False, False, True, True, False],
    "DT_HALF": [1.5, -2.25, 0, 65504, 0.000030517578125, -0.5],
    "DT_STRING": ["a", "", "ü", "long enough", "x", "y"],
}


def fill(tensor, dtype, shape, values, *, content=False):
    """Write a tensor in either of its two forms."""
    tensor.dtype = types_pb2.DataType.Value(dtype)
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    if dtype == "DT_STRING":
        tensor.string_val.extend(value.encode() for value in values)
        return
    field, form = FORMS[dtype]
    packed = struct.pack(f"<{len(values)}{form}", *values)
    if content:
        tensor.tensor_content = packed
    elif dtype == "DT_HALF":
        tensor.half_val.extend(struct.unpack(f"<{len(values)}H", packed))
    else:
        getattr(tensor, field).extend(values)


def read(tensor):
    """A tensor of either form as [dtype, shape, values]."""
    dtype = types_pb2.DataType.Name(tensor.dtype)
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if dtype == "DT_STRING":
        return [dtype, shape, [value.decode() for value in tensor.string_val]]
    field, form = FORMS[dtype]
    if tensor.tensor_content:
        count = len(tensor.tensor_content) // struct.calcsize(form)
        return [dtype, shape, list(struct.unpack(f"<{count}{form}", tensor.tensor_content))]
    values = list(getattr(tensor, field))
    if dtype == "DT_HALF":
        values = list(struct.unpack(f"<{len(values)}e", struct.pack(f"<{len(values)}H", *values)))
    return [dtype, shape, values]


def predict(model, **inputs):
    """A request; each input is (dtype, shape, values) or, with True at its end, as tensor_content."""
    request = PredictRequest()
    request.model_spec.name = model
    for key, (dtype, shape, values, *content) in inputs.items():
        fill(request.inputs[key], dtype, shape, values, content=bool(content and content[0]))
    return request


def version(stub, model, **options):
    return stub.Predict(predict(model), **options).model_spec.version.value


def examples(input_):
    for labels, scores in ((["cat", "dog"], [0.25, 0.75]), (["fox"], [1.5])):
        feature = input_.example_list.examples.add().features.feature
        feature["labels"].bytes_list.value.extend(label.encode() for label in labels)
        feature["x"].float_list.value.extend(scores)


def classes(result):
    return [[[each.label, each.score] for each in every.classes] for every in result.classifications]


def values(result):
    return [each.value for each in result.regressions]


class Client:
    def __init__(self, places):
        self.places = places
        self.channel = grpc.insecure_channel(places["plain"])
        self.prediction = PredictionServiceStub(self.channel)
        self.models = ModelServiceStub(self.channel)

    def types(self):
        told = {}
        for dtype, wanted in VALUES.items():
            for form in ("content", "val") if dtype != "DT_STRING" else ("val",):
                for model in ("echo", "as_content", "as_values"):
                    reply = self.prediction.Predict(
                        predict(model, x=(dtype, [3, 2], wanted, form == "content"))
                    )
                    told[f"{dtype}/{form}/{model}"] = read(reply.outputs["x"])
        return told

    def spec(self):
        request = predict("echo", a=("DT_FLOAT", [], [1]), b=("DT_FLOAT", [], [2]))
        request.model_spec.signature_name = "serving_default"
        request.output_filter.append("b")
        reply = self.prediction.Predict(request)
        return {
            "outputs": sorted(reply.outputs),
            "version": reply.model_spec.version.value,
            "signature": reply.model_spec.signature_name,
        }

    def classify(self):
        request = ClassificationRequest()
        request.model_spec.name = "half"
        examples(request.input)
        return classes(self.prediction.Classify(request).result)

    def regress(self):
        request = RegressionRequest()
        request.model_spec.name = "half"
        listed = request.input.example_list_with_context
        listed.context.features.feature["labels"].bytes_list.value.append(b"cat")
        for scores in ([0.25, 0.75], [1.5]):
            listed.examples.add().features.feature["x"].float_list.value.extend(scores)
        return values(self.prediction.Regress(request).result)

    def multi_inference(self):
        request = MultiInferenceRequest()
        examples(request.input)
        for method in ("classify", "regress"):
            task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
            task.model_spec.name = "half"
        first, second = self.prediction.MultiInference(request).results
        return {
            "classify": classes(first.classification_result),
            "regress": values(second.regression_result),
        }

    def metadata(self):
        request = GetModelMetadataRequest(metadata_field=["signature_def"])
        request.model_spec.name = "half"
        packed = self.prediction.GetModelMetadata(request).metadata["signature_def"]
        signatures = get_model_metadata_pb2.SignatureDefMap()
        assert packed.Unpack(signatures)
        return {
            name: {
                "method": signature.method_name,
                "inputs": {key: described(tensor) for key, tensor in signature.inputs.items()},
                "outputs": {key: described(tensor) for key, tensor in signature.outputs.items()},
            }
            for name, signature in signatures.signature_def.items()
        }

    def status(self):
        request = GetModelStatusRequest()
        request.model_spec.name = "half"
        state = get_model_status_pb2.ModelVersionStatus.State
        return [
            [
                each.version,
                state.Name(each.state),
                error_codes_pb2.Code.Name(each.status.error_code),
                each.status.error_message,
            ]
            for each in self.models.GetModelStatus(request).model_version_status
        ]

    def reload(self):
        told = []
        for name in ("m", ""):
            request = ReloadConfigRequest()
            model = request.config.model_config_list.config.add(
                name=name, base_path="/models/m", model_platform="tensorflow"
            )
            model.model_version_policy.specific.versions.extend([1, 2])
            status = self.models.HandleReloadConfigRequest(request).status
            told.append([error_codes_pb2.Code.Name(status.error_code), status.error_message])
        return told

    def session(self):
        request = session_service_pb2.SessionRunRequest(fetch=["b"])
        for name, value in (("a", 1), ("b", 2)):
            fill(request.feed.add(name=name).tensor, "DT_INT64", [1], [value])
        reply = SessionServiceStub(self.channel).SessionRun(request)
        return [[each.name, read(each.tensor)] for each in reply.tensor]

    def error(self):
        try:
            self.prediction.Predict(predict("missing"))
        except grpc.RpcError as error:
            trailing = dict(error.trailing_metadata())
            return [error.code().name, error.details(), trailing["x-detail"]]
        raise AssertionError("no error")

    def deadline(self):
        return [
            code_of(lambda: version(self.prediction, "slow", timeout=0.3)),
            version(self.prediction, "gone", timeout=25),
        ]

    def cancel(self):
        call = self.prediction.Predict.future(predict("slow"))
        time.sleep(0.3)
        call.cancel()
        assert call.cancelled()
        return [call.code().name, version(self.prediction, "gone", timeout=25)]

    def call_metadata(self):
        reply, call = self.prediction.Predict.with_call(
            predict("metadata"), metadata=(("x-request-id", "r-1"),)
        )
        return {
            "initial": dict(call.initial_metadata())["x-initial"],
            "trailing": dict(call.trailing_metadata())["x-trailing"],
            "seen": read(reply.outputs["seen"])[2][0],
        }

    def gzip(self):
        request = zeros(4_000_000)
        request.output_filter.append("none")
        with grpc.insecure_channel(self.places["gzip"]) as channel:
            PredictionServiceStub(channel).Predict(request, compression=grpc.Compression.Gzip)
        return "sent"

    def tls(self):
        folder = Path(self.places["certificates"])
        authority, key, chain = (
            (folder / name).read_bytes() for name in ("ca.pem", "client.key", "client.pem")
        )
        told = []
        for credentials in (
            grpc.ssl_channel_credentials(authority, key, chain),
            grpc.ssl_channel_credentials(authority),
        ):
            with grpc.secure_channel(self.places["tls"], credentials) as channel:
                stub = PredictionServiceStub(channel)
                told.append(code_of(lambda stub=stub: version(stub, "echo")))
        return told

    def large(self):
        size = 64 * 1024 * 1024

        def back(place, options):
            with grpc.insecure_channel(place, options=options) as channel:
                reply = PredictionServiceStub(channel).Predict(zeros(size))
                return len(reply.outputs["x"].tensor_content)

        def unasked():
            with grpc.insecure_channel(self.places["large"]) as channel:
                PredictionServiceStub(channel).Predict(predict("zeros", size=("DT_INT64", [1], [size])))

        return [
            back(self.places["large"], RAISED),
            code_of(lambda: back(self.places["plain"], RAISED)),
            code_of(unasked),
        ]

    def parallel(self):
        def call(number):
            request = predict("together", x=("DT_INT64", [1], [number]))
            return read(self.prediction.Predict(request, timeout=60).outputs["x"])[2][0]

        with ThreadPoolExecutor(64) as pool:
            return sum(pool.map(call, range(64)))

    def pythie(self):
        request = predict(
            "prices",
            size=("DT_INT64", [3, 1], [1, 2, 3], True),
            colour=("DT_STRING", [3, 1], ["red", "red", "blue"]),
        )
        with grpc.insecure_channel(self.places["pythie"]) as channel:
            reply = PredictionServiceStub(channel).Predict(request)
        return read(reply.outputs["predictions"])


def described(tensor):
    return [types_pb2.DataType.Name(tensor.dtype), [dim.size for dim in tensor.tensor_shape.dim]]


def zeros(size):
    request = predict("echo")
    tensor = request.inputs["x"]
    tensor.dtype = types_pb2.DT_UINT8
    tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_content = bytes(size)
    return request


def code_of(call):
    """What the call returns, or the name of its status."""
    try:
        return call()
    except grpc.RpcError as error:
        return error.code().name


SCENARIOS = (
    "types",
    "spec",
    "classify",
    "regress",
    "multi_inference",
    "metadata",
    "status",
    "reload",
    "session",
    "error",
    "deadline",
    "cancel",
    "call_metadata",
    "gzip",
    "tls",
    "large",
    "parallel",
    "pythie",
)


def load(stub, calls, side_by_side):
    """Seconds that each call took, in any order, and all of them together."""
    request = predict("echo", x=("DT_FLOAT", [1000], [0.5] * 1000, True))

    def call(_number):
        began = time.perf_counter()
        stub.Predict(request)
        return time.perf_counter() - began

    call(0)
    with ThreadPoolExecutor(side_by_side) as pool:
        began = time.perf_counter()
        each = list(pool.map(call, range(calls)))
        return {"all": time.perf_counter() - began, "each": each}


def main(places, *wanted):
    client = Client(json.loads(Path(places).read_text()))
    if wanted:
        told = load(client.prediction, *map(int, wanted))
    else:
        told = {name: getattr(client, name)() for name in SCENARIOS}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
