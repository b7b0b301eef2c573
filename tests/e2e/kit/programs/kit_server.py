"""Two model servers of the official servicers, for kits: see ../contract.md. It prints their ports as JSON.

The second one is the same, but can't be reached for the model `half_down`.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent import futures
from pathlib import Path

import grpc
from batch_server import Batches
from official_server import LARGE, Models, strings
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import error_codes_pb2, meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

STATES = get_model_status_pb2.ModelVersionStatus


class Counts:
    """How often something was asked for, by name, in a run of a driver."""

    def __init__(self):
        self.lock = threading.Lock()
        self.numbers = {}

    def next(self, name, context):
        key = name, sent(context).get("x-run")
        with self.lock:
            self.numbers[key] = self.numbers.get(key, 0) + 1
            return self.numbers[key]

    def read(self, name, context):
        with self.lock:
            return self.numbers.get((name, sent(context).get("x-run")), 0)


def sent(context):
    return dict(context.invocation_metadata())


class Predictions(Batches):
    def __init__(self, name, counts):
        super().__init__()
        self.name, self.counts = name, counts

    def Predict(self, request, context):  # noqa: PLR0911 - a table of models
        model, reply = request.model_spec.name, predict_pb2.PredictResponse()
        if model in ("failing", "together", "told"):
            return super().Predict(request, context)
        if model in ("flaky", "down"):
            attempt = self.counts.next(f"{model} {sent(context).get('x-request-id')}", context)
            if model == "down" or attempt < 3:
                context.abort(grpc.StatusCode.UNAVAILABLE, f"attempt {attempt}")
            return self.number(reply, attempt)
        if model == "half_down":
            if self.name == "second":
                context.abort(grpc.StatusCode.UNAVAILABLE, "down on this side")
            reply.outputs["x"].CopyFrom(request.inputs["x"])
            return reply
        if model == "asked":  # how often something was asked for; it is named by the signature
            return self.number(reply, self.counts.read(request.model_spec.signature_name, context))
        if model == "where":
            count = request.inputs["x"].tensor_shape.dim[0].size if "x" in request.inputs else 1
            reply.outputs["where"].CopyFrom(strings(*[self.name] * count))
            return reply
        if model == "spec":
            spec = request.model_spec
            version = str(spec.version.value) if spec.HasField("version") else ""
            reply.outputs["spec"].CopyFrom(strings(version, spec.version_label, spec.signature_name))
            return reply
        if model in ("signed", "changing"):
            self.counts.next(f"{model} predict", context)
            for name, tensor in request.inputs.items():
                reply.outputs[name].CopyFrom(tensor)
            reply.model_spec.CopyFrom(request.model_spec)
            reply.model_spec.version.value = self.version(model, context)
            return reply
        return super(Batches, self).Predict(request, context)

    def version(self, model, context):
        """`changing` has another version from its second prediction on."""
        return 8 if model == "changing" and self.counts.read("changing predict", context) > 1 else 7

    @staticmethod
    def number(reply, value):
        tensor = reply.outputs["count"]
        tensor.dtype = types_pb2.DT_INT64
        tensor.tensor_shape.SetInParent()
        tensor.int64_val.append(value)
        return reply

    def GetModelMetadata(self, request, context):
        model = request.model_spec.name
        if model not in ("signed", "changing"):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "no metadata here")
        self.counts.next(f"{model} metadata", context)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        signature = signatures.signature_def["serving_default"]
        signature.method_name = "tensorflow/serving/predict"
        for infos in (signature.inputs, signature.outputs):
            for name, dtype, shape in (("x", types_pb2.DT_FLOAT, [-1, 2]), ("k", types_pb2.DT_INT64, [])):
                infos[name].CopyFrom(meta_graph_pb2.TensorInfo(name=f"{name}:0", dtype=dtype))
                infos[name].tensor_shape.SetInParent()
                for size in shape:
                    infos[name].tensor_shape.dim.add(size=size)
        reply = get_model_metadata_pb2.GetModelMetadataResponse(model_spec=request.model_spec)
        reply.model_spec.version.value = self.version(model, context)
        reply.metadata["signature_def"].Pack(signatures)
        return reply


class Servers(Models):
    def __init__(self, counts):
        self.counts, self.names = counts, []

    def GetModelStatus(self, request, context):
        model, reply = request.model_spec.name, get_model_status_pb2.GetModelStatusResponse()
        if model == "missing":
            context.abort(grpc.StatusCode.NOT_FOUND, "Could not find any versions of model missing")
        if model == "reloaded":
            for number in range(len(self.names)):
                made = reply.model_version_status.add(version=number, state=STATES.AVAILABLE)
                made.status.error_message = self.names[number]
            return reply
        if model == "broken":
            made = reply.model_version_status.add(version=3, state=STATES.END)
            made.status.error_code = error_codes_pb2.RESOURCE_EXHAUSTED
            made.status.error_message = "no room"
            return reply
        if model in ("soon", "never"):
            ready = model == "soon" and self.counts.next("soon status", context) > 2
            reply.model_version_status.add(version=1, state=STATES.AVAILABLE if ready else STATES.LOADING)
            return reply
        return super().GetModelStatus(request, context)

    def HandleReloadConfigRequest(self, request, context):
        configs = request.config.model_config_list.config
        if any(config.base_path == "/hangs" for config in configs):
            ended = threading.Event()
            if context.add_callback(ended.set):
                ended.wait(20)
        self.names = [config.name for config in configs]
        return super().HandleReloadConfigRequest(request, context)


def serve(name, certificates=None):
    counts = Counts()
    limits = [("grpc.max_receive_message_length", LARGE), ("grpc.max_send_message_length", LARGE)]
    server = grpc.server(futures.ThreadPoolExecutor(32), options=limits)
    predictions = Predictions(name, counts)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(predictions, server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Servers(counts), server)
    ports = {name: server.add_insecure_port("localhost:0")}
    if certificates:
        key, chain, authority = (
            (Path(certificates) / part).read_bytes() for part in ("server.key", "server.pem", "ca.pem")
        )
        pairs = [(key, chain)]
        ports["tls"] = server.add_secure_port("localhost:0", grpc.ssl_server_credentials(pairs))
        mutual = grpc.ssl_server_credentials(pairs, authority, require_client_auth=True)
        ports["mutual"] = server.add_secure_port("localhost:0", mutual)
    server.start()
    return server, ports


def main(certificates):
    first, second = serve("first", certificates), serve("second")
    print(json.dumps({**first[1], **second[1]}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
