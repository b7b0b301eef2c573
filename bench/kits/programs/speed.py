"""How fast the kit in Python is, beside what there is without it: `speed.py ECHO ROWS PAIRS LARGEST`.

ECHO and ROWS are the addresses of server.py, LARGEST the MB of the largest tensor. It prints the seconds of
each case as a line of JSON, by side; sides take turns.
"""

import json
import sys
import time
from functools import partial

import grpc
import numpy as np
from tensorflow_serving_client import PredictionServiceStub, PredictRequest
from tensorflow_serving_client.client import Client, from_tensor, to_tensor
from tensorflow_serving_client.tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving_client.tensorflow.core.framework.types_pb2 import DT_FLOAT

KB, MB = 1 << 10, 1 << 20
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def in_turns(calls, sides):
    """Seconds of so many calls of each side, one by one."""
    found = {name: [] for name in sides}
    for number in range(calls + 1):
        for name, side in sides.items():
            start = time.perf_counter()
            side()
            # The first time is for what is made once.
            if number:
                found[name].append(time.perf_counter() - start)
    return found


def numbers(size):
    return np.random.default_rng(7).random(size // 4, dtype=np.float32)


def by_protobuf(array):
    """The fewest steps to a tensor: protobuf takes bytes only, and copies them."""
    tensor = TensorProto()
    tensor.tensor_content = array.tobytes()
    return tensor


def tensors(pairs, largest):
    for size in (1, largest):
        array, calls = numbers(size * MB), pairs * (100 if size == 1 else 3)
        tensor = to_tensor(array)
        memcpy, protobuf = array.tobytes, partial(by_protobuf, array)
        encode, decode = partial(to_tensor, array), partial(from_tensor, tensor)
        sides = {"kit": encode, "memcpy": memcpy, "protobuf": protobuf}
        yield f"encode {size} MB", in_turns(calls, sides)
        yield f"decode {size} MB", in_turns(calls, {"kit": decode, "memcpy": memcpy})


def by_kit(client, array):
    return client.predict("echo", {"x": array})["x"]


def by_stub(stub, array):
    """What everybody writes without a kit."""
    request = PredictRequest()
    request.model_spec.name = "echo"
    tensor = request.inputs["x"]
    tensor.dtype = DT_FLOAT
    tensor.tensor_shape.dim.add(size=len(array))
    tensor.tensor_content = array.tobytes()
    reply = stub.Predict(request, timeout=30)
    return np.frombuffer(reply.outputs["x"].tensor_content, np.float32)


def calls(address, pairs):
    with Client(address) as client, grpc.insecure_channel(address, options=UNLIMITED) as channel:
        stub = PredictionServiceStub(channel)
        for title, size, number in (("1 KB", KB, 100), ("8 MB", 8 * MB, 3)):
            array = numbers(size)
            sides = {"kit": partial(by_kit, client, array), "stub": partial(by_stub, stub, array)}
            yield f"Predict of {title}", in_turns(pairs * number, sides)


def batches(address, pairs):
    rows = numbers(700 * 4)
    with Client(address) as client:
        one = partial(client.predict, "rows", {"x": rows})
        parts = partial(client.predict_batches, "rows", {"x": rows}, rows=175, parallel=4)
        found = in_turns(pairs, {"kit": parts, "one": one})
    quarters = [seconds / 4 for seconds in found["one"]]
    yield "700 rows in 4 parts", {"kit": found["kit"], "a quarter of one": quarters}


def main(echo, rows, pairs, largest):
    # glibc gives memory back to the system after each call until a process has freed a large block once.
    bytes(31 * MB)
    pairs = int(pairs)
    for found in (tensors(pairs, int(largest)), calls(echo, pairs), batches(rows, pairs)):
        for case, sides in found:
            print(json.dumps({"case": case, "sides": sides}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
