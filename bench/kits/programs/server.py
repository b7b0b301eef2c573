"""Two servers for clients to be measured with: it prints their addresses as JSON, and ends with its input.

The first answers Predict at once, as it doesn't read what comes; the second sleeps for each row.
"""

import json
import sys
import time
from concurrent import futures

import grpc
from tensorflow_serving_client import (
    GetModelMetadataResponse,
    PredictionServiceServicer,
    PredictResponse,
    SignatureDefMap,
    add_PredictionServiceServicer_to_server,
)
from tensorflow_serving_client.tensorflow.core.framework.types_pb2 import DT_FLOAT

SECONDS_A_ROW = 0.0005
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def metadata():
    """Of a model that takes any number of floats."""
    signatures = SignatureDefMap()
    signature = signatures.signature_def["serving_default"]
    signature.method_name = "tensorflow/serving/predict"
    for infos in (signature.inputs, signature.outputs):
        infos["x"].dtype = DT_FLOAT
        infos["x"].tensor_shape.dim.add(size=-1)
    reply = GetModelMetadataResponse()
    reply.model_spec.version.value = 1
    reply.metadata["signature_def"].Pack(signatures)
    return reply


class Rows(PredictionServiceServicer):
    def GetModelMetadata(self, request, context):
        return metadata()

    def Predict(self, request, context):
        time.sleep(request.inputs["x"].tensor_shape.dim[0].size * SECONDS_A_ROW)
        reply = PredictResponse()
        reply.outputs["x"].CopyFrom(request.inputs["x"])
        return reply


class Given(grpc.GenericRpcHandler):
    """Answers without reading: small requests with 1 KB of floats, large ones with 8 MB."""

    def __init__(self):
        self.metadata = metadata().SerializeToString()
        self.small, self.large = (floats(size).SerializeToString() for size in (1 << 10, 8 << 20))

    def service(self, details):
        asked = details.method.endswith("/GetModelMetadata")
        return grpc.unary_unary_rpc_method_handler(self.tell if asked else self.give)

    def tell(self, request, context):
        return self.metadata

    def give(self, request, context):
        return self.large if len(request) > 1 << 20 else self.small


def floats(size):
    reply = PredictResponse()
    reply.model_spec.version.value = 1
    tensor = reply.outputs["x"]
    tensor.dtype = DT_FLOAT
    tensor.tensor_shape.dim.add(size=size // 4)
    tensor.tensor_content = bytes(size)
    return reply


def main():
    echo, rows = (grpc.server(futures.ThreadPoolExecutor(8), options=UNLIMITED) for _ in range(2))
    echo.add_generic_rpc_handlers([Given()])
    add_PredictionServiceServicer_to_server(Rows(), rows)
    addresses = [f"localhost:{server.add_insecure_port('localhost:0')}" for server in (echo, rows)]
    for server in (echo, rows):
        server.start()
    print(json.dumps(addresses), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
