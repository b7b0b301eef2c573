"""Runs the functions of docs/cookbook.md: see ../builds.py."""

from __future__ import annotations

import sys
from pathlib import Path

import grpc
import numpy as np
from arrays import array_of, tensor_of
from batches import predict_in_parts
from conf import read_models
from server_conf import read_batching, read_monitoring
from tensorflow_serving_client import PredictionServiceStub, PredictRequest
from tensorflow_serving_client.tensorflow.core.framework import types_pb2
from tensorflow_serving_client.tensorflow.core.framework.tensor_pb2 import TensorProto
from tensors import as_values, make_tensor, read_tensor
from warmup import write_warmup


def write(folder: Path, name: str, tensor: TensorProto) -> None:
    text = tensor.dtype == types_pb2.DT_STRING
    for form, made in (("content", tensor), ("values", tensor if text else as_values(tensor))):
        (folder / form).mkdir(parents=True, exist_ok=True)
        (folder / form / f"{name}.pb").write_bytes(made.SerializeToString())


def again(source: Path, target: Path) -> None:
    for path in source.iterdir():
        tensor = TensorProto.FromString(path.read_bytes())
        shape = [dim.size for dim in tensor.tensor_shape.dim]
        values = read_tensor(tensor)
        made = make_tensor(tensor.dtype, shape, values)
        write(target, path.stem, made)
        array = array_of(tensor)
        assert array.shape == tuple(shape) and str(array.ravel().tolist()) == str(values), path
        same = tensor_of(array)
        assert same.dtype == made.dtype and same.tensor_shape == made.tensor_shape, path
        assert array_of(same).tobytes() == array.tobytes() or array.dtype == np.object_, path
        if path.stem in ("rounding", "overflow"):
            write(target, f"{path.stem}-BFLOAT16", make_tensor(types_pb2.DT_BFLOAT16, shape, values))
        if path.stem == "rounding":
            write(target, "rounding-HALF", make_tensor(types_pb2.DT_HALF, shape, values))


def tensors(bad: Path, *folders: Path) -> None:
    for path in bad.iterdir():
        for read in (read_tensor, array_of):
            try:
                read(TensorProto.FromString(path.read_bytes()))
            except ValueError:
                continue
            print("taken", path.stem)
    for source, target in zip(folders[::2], folders[1::2], strict=True):
        again(source, target)


def warmup(requests: Path, version_folder: Path) -> None:
    write_warmup(
        version_folder, [PredictRequest.FromString(path.read_bytes()) for path in sorted(requests.iterdir())]
    )


def conf(folder: Path, out: Path) -> None:
    for name, read in (("models", read_models), ("batching", read_batching), ("monitoring", read_monitoring)):
        message = read(folder / f"{name}.conf")
        (out / f"{name}.pb").write_bytes(message.SerializeToString(deterministic=True))
    try:
        read_models(folder / "bad.conf")
    except ValueError as error:
        print("refused", error)


def predict(stub: PredictionServiceStub, model: str, rows: int, parallel: int, **inputs: TensorProto) -> None:
    request = PredictRequest(inputs=inputs, output_filter=[name for name in inputs if name != "scalar"])
    request.model_spec.name = model
    try:
        reply = predict_in_parts(stub, request, rows, parallel, timeout=60)
    except grpc.RpcError as error:
        print("error", error.code().name, error.details())
    except ValueError:
        print("refused")
    else:
        for name, tensor in sorted(reply.outputs.items()):
            shape = [dim.size for dim in tensor.tensor_shape.dim]
            print(name, *shape, *(v.decode() if isinstance(v, bytes) else v for v in read_tensor(tensor)))


def batches(place: str) -> None:
    def numbers(*shape: int) -> TensorProto:
        values = range(int(np.prod(shape)))
        return as_values(make_tensor(types_pb2.DT_INT64, shape, values))

    texts = make_tensor(types_pb2.DT_STRING, [17], [b"t%d" % number for number in range(17)])
    with grpc.insecure_channel(place) as channel:
        stub = PredictionServiceStub(channel)

        def told() -> None:
            request = PredictRequest()
            request.model_spec.name = "told"
            print("told", *read_tensor(stub.Predict(request).outputs["told"]))

        predict(stub, "together", 3, 3, scalar=numbers(), text=texts, x=numbers(17, 2))
        told()
        predict(stub, "failing", 1, 3, x=numbers(9))
        told()
        predict(stub, "echo", 5, 3, x=numbers(0, 2))
        predict(stub, "echo", 5, 3, x=numbers(3), y=numbers(4))
        predict(stub, "echo", 5, 3, x=numbers())
        told()


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "batches":
        batches(*arguments)
    else:
        {"tensors": tensors, "warmup": warmup, "conf": conf}[command](*map(Path, arguments))
