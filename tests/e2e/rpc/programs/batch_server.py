"""A server of the official servicers that tells how a batch came: how many parts, how many at a time.

Models: `together` answers three requests at once, the last first; of `failing`, the part whose x begins
with 1 fails once three parts are there, and the others last until they are cancelled; `told` tells of the
parts since it was asked last: started, cancelled, most at a time. It prints its port.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent import futures

import grpc
from official_server import Prediction, array_of
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

PARALLEL = 3
SECONDS = 20


class Batches(Prediction):
    def __init__(self):
        super().__init__()
        self.meeting = threading.Barrier(PARALLEL)
        self.changed = threading.Condition()
        self.running = self.started = self.cancelled = self.peak = 0

    def Predict(self, request, context):
        if request.model_spec.name == "told":
            return self.told()
        with self.changed:
            self.running, self.started = self.running + 1, self.started + 1
            self.peak = max(self.peak, self.running)
            self.changed.notify_all()
        try:
            if request.model_spec.name == "failing":
                return self.failing(request, context)
            reply = super().Predict(request, context)
            numbers = array_of(request.inputs["x"])
            time.sleep(0.1 * (PARALLEL - numbers.flat[0] % PARALLEL) if numbers.size else 0)
            return reply
        finally:
            with self.changed:
                self.running -= 1
                self.changed.notify_all()

    def failing(self, request, context):
        if array_of(request.inputs["x"]).flat[0] == 1:
            with self.changed:
                self.changed.wait_for(lambda: self.started >= PARALLEL, SECONDS)
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "part 1 fails")
        ended = threading.Event()
        if not context.add_callback(ended.set) or ended.wait(SECONDS):
            with self.changed:
                self.cancelled += 1
        return predict_pb2.PredictResponse()

    def told(self):
        reply = predict_pb2.PredictResponse()
        with self.changed:
            self.changed.wait_for(lambda: self.running == 0, SECONDS)
            reply.outputs["told"].dtype = types_pb2.DT_INT64
            reply.outputs["told"].tensor_shape.dim.add(size=3)
            reply.outputs["told"].int64_val.extend([self.started, self.cancelled, self.peak])
            self.started = self.cancelled = self.peak = 0
        return reply


def main():
    server = grpc.server(futures.ThreadPoolExecutor(16))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Batches(), server)
    print(server.add_insecure_port("localhost:0"), flush=True)
    server.start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
