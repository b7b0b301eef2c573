"""A model server of the official servicers and modules, run in an environment that holds nothing of ours.

What each model name does is a contract with the clients: see ../contract.md. It prints its ports as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent import futures
from pathlib import Path

import grpc
import numpy as np
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow.core.protobuf import error_codes_pb2, meta_graph_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
    session_service_pb2,
)

LARGE = 256 * 1024 * 1024
TOGETHER = 64
DTYPES = {
    types_pb2.DT_FLOAT: ("float_val", np.float32),
    types_pb2.DT_DOUBLE: ("double_val", np.float64),
    types_pb2.DT_INT32: ("int_val", np.int32),
    types_pb2.DT_INT64: ("int64_val", np.int64),
    types_pb2.DT_BOOL: ("bool_val", np.bool_),
    types_pb2.DT_HALF: ("half_val", np.float16),
}


def array_of(tensor):
    field, dtype = DTYPES[tensor.dtype]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype).reshape(shape)
    values = list(getattr(tensor, field))
    if tensor.dtype == types_pb2.DT_HALF:
        return np.array(values, np.uint16).view(np.float16).reshape(shape)
    return np.array(values, dtype).reshape(shape)


def as_content(tensor):
    if tensor.dtype == types_pb2.DT_STRING:
        return tensor
    made = tensor_pb2.TensorProto(dtype=tensor.dtype, tensor_shape=tensor.tensor_shape)
    made.tensor_content = array_of(tensor).tobytes()
    return made


def as_values(tensor):
    if tensor.dtype == types_pb2.DT_STRING:
        return tensor
    made = tensor_pb2.TensorProto(dtype=tensor.dtype, tensor_shape=tensor.tensor_shape)
    field, _ = DTYPES[tensor.dtype]
    values = array_of(tensor)
    if tensor.dtype == types_pb2.DT_HALF:
        values = values.view(np.uint16)
    getattr(made, field).extend(values.reshape(-1).tolist())
    return made


def strings(*values):
    made = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[v.encode() for v in values])
    made.tensor_shape.dim.add(size=len(values))
    return made


class Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self):
        self.meeting = threading.Barrier(TOGETHER)
        self.gone = threading.Semaphore(0)

    def Predict(self, request, context):
        reply = predict_pb2.PredictResponse()
        reply.model_spec.CopyFrom(request.model_spec)
        reply.model_spec.version.value = 7
        shape = {"as_content": as_content, "as_values": as_values}
        name = request.model_spec.name
        if name == "missing":
            context.set_trailing_metadata((("x-detail", "look elsewhere"),))
            context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found for request: Latest(missing)")
        if name == "slow":
            context.add_callback(self.gone.release)
            for _ in range(300):
                if not context.is_active():
                    break
                time.sleep(0.1)
            return reply
        if name == "gone":
            # Answers once another call, a slow one, has ended on this server.
            if not self.gone.acquire(timeout=20):
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no slow call has ended")
            return reply
        if name == "metadata":
            sent = dict(context.invocation_metadata())
            context.send_initial_metadata((("x-initial", sent["x-request-id"]),))
            context.set_trailing_metadata((("x-trailing", sent["x-request-id"]),))
            reply.outputs["seen"].CopyFrom(strings(sent["x-request-id"]))
            return reply
        if name == "zeros":
            size = request.inputs["size"].int64_val[0]
            made = reply.outputs["zeros"]
            made.dtype = types_pb2.DT_UINT8
            made.tensor_shape.dim.add(size=size)
            made.tensor_content = bytes(size)
            return reply
        if name == "together":
            self.meeting.wait(30)
        for key, tensor in request.inputs.items():
            if not request.output_filter or key in request.output_filter:
                reply.outputs[key].CopyFrom(shape.get(name, lambda same: same)(tensor))
        return reply

    def Classify(self, request, context):
        reply = classification_pb2.ClassificationResponse(result=classified(request.input))
        reply.model_spec.CopyFrom(request.model_spec)
        return reply

    def Regress(self, request, context):
        reply = regression_pb2.RegressionResponse(result=regressed(request.input))
        reply.model_spec.CopyFrom(request.model_spec)
        return reply

    def MultiInference(self, request, context):
        reply = inference_pb2.MultiInferenceResponse()
        for task in request.tasks:
            result = reply.results.add()
            result.model_spec.CopyFrom(task.model_spec)
            if task.method_name == "tensorflow/serving/classify":
                result.classification_result.CopyFrom(classified(request.input))
            elif task.method_name == "tensorflow/serving/regress":
                result.regression_result.CopyFrom(regressed(request.input))
            else:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, f"Unrecognized method_name: {task.method_name}")
        return reply

    def GetModelMetadata(self, request, context):
        if list(request.metadata_field) != ["signature_def"]:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Metadata field not supported")
        signatures = get_model_metadata_pb2.SignatureDefMap()
        signature = signatures.signature_def["serving_default"]
        signature.method_name = "tensorflow/serving/predict"
        for key, names in (("inputs", ["x"]), ("outputs", ["y"])):
            for name in names:
                tensor = getattr(signature, key)[name]
                tensor.CopyFrom(meta_graph_pb2.TensorInfo(name=f"{name}:0", dtype=types_pb2.DT_FLOAT))
                for size in (-1, 3):
                    tensor.tensor_shape.dim.add(size=size)
        reply = get_model_metadata_pb2.GetModelMetadataResponse()
        reply.model_spec.CopyFrom(request.model_spec)
        reply.metadata["signature_def"].Pack(signatures)
        return reply


def examples(input_):
    if input_.WhichOneof("kind") == "example_list":
        return [example.features for example in input_.example_list.examples]
    listed = input_.example_list_with_context
    found = []
    for example in listed.examples:
        merged = type(example)()
        merged.CopyFrom(listed.context)
        merged.MergeFrom(example)
        found.append(merged.features)
    return found


def classified(input_):
    result = classification_pb2.ClassificationResult()
    for features in examples(input_):
        scored = result.classifications.add().classes
        labels = features.feature["labels"].bytes_list.value
        for label, score in zip(labels, features.feature["x"].float_list.value, strict=True):
            scored.add(label=label.decode(), score=score)
    return result


def regressed(input_):
    result = regression_pb2.RegressionResult()
    for features in examples(input_):
        result.regressions.add(value=sum(features.feature["x"].float_list.value))
    return result


class Models(model_service_pb2_grpc.ModelServiceServicer):
    def GetModelStatus(self, request, context):
        states = get_model_status_pb2.ModelVersionStatus
        reply = get_model_status_pb2.GetModelStatusResponse()
        good = reply.model_version_status.add(version=7, state=states.AVAILABLE)
        good.status.error_code = error_codes_pb2.OK
        bad = reply.model_version_status.add(version=6, state=states.END)
        bad.status.error_code = error_codes_pb2.RESOURCE_EXHAUSTED
        bad.status.error_message = "no room"
        return reply

    def HandleReloadConfigRequest(self, request, context):
        reply = model_management_pb2.ReloadConfigResponse()
        named = [config.name for config in request.config.model_config_list.config]
        if not all(named):
            reply.status.error_code = error_codes_pb2.INVALID_ARGUMENT
            reply.status.error_message = "a model has no name"
        return reply


class Session:
    """SessionService, whose stubs the official package doesn't publish."""

    @staticmethod
    def run(request, context):
        reply = session_service_pb2.SessionRunResponse()
        for feed in request.feed:
            if not request.fetch or feed.name in request.fetch:
                reply.tensor.add(name=feed.name, tensor=feed.tensor)
        return reply

    def handler(self):
        method = grpc.unary_unary_rpc_method_handler(
            self.run,
            request_deserializer=session_service_pb2.SessionRunRequest.FromString,
            response_serializer=session_service_pb2.SessionRunResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(
            "tensorflow.serving.SessionService", {"SessionRun": method}
        )


def serve(options, credentials=None):
    server = grpc.server(
        futures.ThreadPoolExecutor(2 * TOGETHER), options=options, compression=grpc.Compression.NoCompression
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Prediction(), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(Models(), server)
    server.add_generic_rpc_handlers((Session().handler(),))
    if credentials:
        port = server.add_secure_port("localhost:0", credentials)
    else:
        port = server.add_insecure_port("localhost:0")
    server.start()
    return server, port


def main(certificates):
    key, chain, authority = (
        (Path(certificates) / name).read_bytes() for name in ("server.key", "server.pem", "ca.pem")
    )
    credentials = grpc.ssl_server_credentials([(key, chain)], authority, require_client_auth=True)
    limits = [("grpc.max_receive_message_length", LARGE), ("grpc.max_send_message_length", LARGE)]
    plain, large = serve([]), serve(limits)
    unlimited_replies = serve([("grpc.max_send_message_length", LARGE)], credentials)
    ports = {"plain": plain[1], "large": large[1], "tls": unlimited_replies[1]}
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
