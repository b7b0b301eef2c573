"""Makes and judges what the cookbook's functions read and write, with nothing of ours.

The official messages, NumPy, ml_dtypes and TensorBoard's readers. Commands:
  make FOLDER                 tensors in FOLDER/good and FOLDER/bad, requests in FOLDER/requests
  tensors FOLDER...           FOLDER/content and FOLDER/values hold the good tensors in these forms
  warmup FILE REQUESTS        the records are logs of the requests
  models (FILE OUT)...        models.conf as a message
"""

from __future__ import annotations

import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from google.protobuf import text_format
from tensorboard.compat.proto import tensor_pb2 as board_tensor_pb2
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorboard.util import tensor_util
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

VALUES = {
    "BOOL": (np.bool_, "bool_val", [True, False, False, True, True, False]),
    "INT8": (np.int8, "int_val", [-128, -1, 0, 1, 5, 127]),
    "UINT8": (np.uint8, "int_val", [0, 1, 127, 128, 200, 255]),
    "INT16": (np.int16, "int_val", [-32768, -1, 0, 1, 258, 32767]),
    "UINT16": (np.uint16, "int_val", [0, 1, 32767, 32768, 50000, 65535]),
    "INT32": (np.int32, "int_val", [-(2**31), -1, 0, 1, 66051, 2**31 - 1]),
    "UINT32": (np.uint32, "uint32_val", [0, 1, 2**31 - 1, 2**31, 66051, 2**32 - 1]),
    "INT64": (np.int64, "int64_val", [-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1]),
    "UINT64": (np.uint64, "uint64_val", [0, 1, 2**63 - 1, 2**63, 2**53 + 1, 2**64 - 1]),
    "HALF": (np.float16, "half_val", [-0.0, 1.5, np.inf, np.nan, 65504, 6e-8]),
    "BFLOAT16": (ml_dtypes.bfloat16, "half_val", [-0.0, 1.5, np.inf, np.nan, 3.38e38, 9.2e-41]),
    "FLOAT": (np.float32, "float_val", [-0.0, 1.5, -np.inf, np.nan, 3.4e38, 1e-45]),
    "DOUBLE": (np.float64, "double_val", [-0.0, 1.5, -np.inf, np.nan, 1.79e308, 5e-324]),
    "COMPLEX64": (np.complex64, "scomplex_val", [0, 1.5j, -2, 3 - 4j, 1e38 + 1e-45j, -0.5]),
    "COMPLEX128": (np.complex128, "dcomplex_val", [0, 1.5j, -2, 3 - 4j, 1e308 + 5e-324j, -0.5]),
    "STRING": (np.object_, "string_val", [b"", b"a", "ü".encode(), b"\xff\x00", b"x" * 300, b"y"]),
}
FIELDS = {field for _, field, _ in VALUES.values()}


def listed(array):
    """An array's elements as its *_val field has them."""
    flat = array.ravel()
    if flat.dtype in (np.float16, ml_dtypes.bfloat16):
        flat = flat.view(np.uint16)
    if flat.dtype.kind == "c":
        flat = flat.view(np.float32 if flat.dtype == np.complex64 else np.float64)
    return flat.tolist()


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def packed(array):
    """An array's elements as tensor_content has them; of strings, as the server's C++ writes them."""
    if array.dtype != np.object_:
        return array.tobytes()
    return b"".join(map(varint, map(len, array.flat))) + b"".join(array.flat)


def proto(name, array, *, content=None, values=()):
    made = tensor_pb2.TensorProto(dtype=types_pb2.DataType.Value(f"DT_{name}"))
    made.tensor_shape.SetInParent()
    for size in array.shape:
        made.tensor_shape.dim.add(size=size)
    if content is not None:
        made.tensor_content = content
    getattr(made, VALUES[name][1]).extend(values)
    return made


def good():
    """Yields (name, array, tensor)."""
    for name, (dtype, _, elements) in VALUES.items():
        flat = np.array(elements, dtype)
        width = 2 if name.startswith("COMPLEX") else 1
        for shape in ([6], [2, 3], [0], [2, 0, 3], []):
            array = flat[: int(np.prod(shape))].reshape(shape)
            label = f"{name}-{'x'.join(map(str, shape)) or 'scalar'}"
            yield f"{label}-content", array, proto(name, array, content=packed(array))
            yield f"{label}-values", array, proto(name, array, values=listed(array))
        for given in (0, 1, 4):
            first = flat[1 : given + 1]
            rest = np.full(6 - given, first[-1], dtype) if given else np.zeros(6, dtype)
            if name == "STRING" and not given:
                rest = np.full(6, b"", dtype)
            array = np.concatenate([first, rest]).reshape(3, 2)
            values = listed(flat)[width:][: given * width]
            yield f"{name}-{given}-of-6", array, proto(name, array, values=values)
    every = np.arange(1 << 16, dtype=np.uint16)
    for name in ("HALF", "BFLOAT16"):
        array = every.view(VALUES[name][0])
        yield f"{name}-every", array, proto(name, array, content=packed(array))
    array = rounding()
    yield "rounding", array, proto("FLOAT", array, content=packed(array))
    array = np.array([65519.996, 65520, -1e30, 3.4028235e38], np.float32)
    yield "overflow", array, proto("FLOAT", array, content=packed(array))


def rounding():
    """Floats that a half has no room for, and those between two halves, or two bfloat16."""
    chosen = np.random.default_rng(1)
    sizes = np.exp2(chosen.uniform(-27, 15.9, 5000)) * chosen.choice([-1, 1], 5000)
    halves = chosen.integers(0, 0x7BFF, 2000, dtype=np.uint16)
    ties = (halves.view(np.float16).astype("f8") + (halves + 1).view(np.float16).astype("f8")) / 2
    tied = (chosen.integers(0, 0x4700, 2000, dtype=np.uint32) << 16 | 0x8000).view(np.float32)
    return np.concatenate([sizes, ties, -ties, tied, [0.0, -0.0, np.inf, np.nan]]).astype(np.float32)


def bad():
    """Yields (name, tensor), each of which says two different things."""
    six = np.zeros([2, 3], np.float32)
    yield "short-content", proto("FLOAT", six, content=bytes(20))
    yield "long-content", proto("FLOAT", six, content=bytes(28))
    yield "odd-content", proto("FLOAT", six, content=bytes(23))
    yield "content-of-nothing", proto("FLOAT", np.zeros([0]), content=bytes(4))
    yield "too-many-values", proto("FLOAT", six, values=[0.0] * 7)
    yield "too-many-complex", proto("COMPLEX64", six, values=[0.0] * 14)
    yield "too-many-strings", proto("STRING", six, values=[b""] * 7)
    yield "strings-cut-off", proto("STRING", np.zeros([2]), content=b"\x01\x02ab")
    yield "lengths-cut-off", proto("STRING", np.zeros([2]), content=b"\x01\x80")
    yield "too-few-strings", proto("STRING", np.zeros([9]), content=b"\x01a")
    for label, sizes in (("negative", [-1, -1]), ("huge", [1 << 40]), ("overflowing", [1 << 32, 1 << 32])):
        for name in ("FLOAT", "STRING"):
            tensor = proto(name, np.zeros(()), values=VALUES[name][2][:1])
            for size in sizes:
                tensor.tensor_shape.dim.add(size=size)
            yield f"{label}-{name}", tensor
    tensor = proto("FLOAT", np.zeros(()), values=[1.0])
    tensor.tensor_shape.unknown_rank = True
    yield "unknown-rank", tensor
    yield "no-type", tensor_pb2.TensorProto()
    yield "resource", tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE)


def requests():
    request = predict_pb2.PredictRequest()
    yield request
    request.model_spec.name = "half_plus_two"
    array = np.array([1.0, 2.0, 5.0], np.float32)
    request.inputs["x"].CopyFrom(proto("FLOAT", array, values=listed(array)))
    yield request
    array = np.arange(70000, dtype=np.int32)
    request.inputs["y"].CopyFrom(proto("INT32", array, content=packed(array)))
    yield request


def make(folder):
    for kind in ("good", "bad", "requests"):
        (folder / kind).mkdir(parents=True)
    for name, _, tensor in good():
        (folder / "good" / f"{name}.pb").write_bytes(tensor.SerializeToString())
    for name, tensor in bad():
        (folder / "bad" / f"{name}.pb").write_bytes(tensor.SerializeToString())
    for number, request in enumerate(requests()):
        (folder / "requests" / f"{number}.pb").write_bytes(request.SerializeToString(deterministic=True))


def same(left, right):
    """Whether two arrays have the same type, shape and bits, whatever bits a number has that is none."""
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype == np.object_:
        return left.tolist() == right.tolist()
    differ = left.tobytes() != right.tobytes()
    return not differ or np.array_equal(left, right, equal_nan=True)


def judge(path, array, form):
    """Complain where the file doesn't hold the array in this form."""
    tensor = tensor_pb2.TensorProto.FromString(path.read_bytes())
    name = types_pb2.DataType.Name(tensor.dtype)[3:]
    dtype, field, _ = VALUES[name]
    assert tensor.HasField("tensor_shape"), path
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    values = list(getattr(tensor, field))
    assert not any(getattr(tensor, other) for other in FIELDS - {field}), path
    if form == "content" and name != "STRING":
        assert not values, path
        read = np.frombuffer(tensor.tensor_content, dtype)
    else:
        assert not tensor.tensor_content, path
        if dtype in (np.float16, ml_dtypes.bfloat16):
            read = np.array(values, np.uint16).view(dtype)
        elif np.dtype(dtype).kind == "c":
            read = np.array(values, np.float32 if dtype == np.complex64 else np.float64).view(dtype)
        else:
            read = np.array(values, dtype)
            # NumPy would wrap a number that the type doesn't have.
            assert read.dtype.kind == "f" or values == array.ravel().tolist(), (path, values)
    assert same(read.reshape(shape), array), (path, read, array)
    if name not in ("BFLOAT16", "UINT32", "UINT64") and array.size:
        told = tensor_util.make_ndarray(board_tensor_pb2.TensorProto.FromString(path.read_bytes()))
        assert same(told.astype(dtype), array), (path, told, array)


def tensors(*folders):
    for folder in folders:
        for form in ("content", "values"):
            for name, array, _ in good():
                judge(folder / form / f"{name}.pb", array, form)
                for other in ("HALF", "BFLOAT16") if name in ("rounding", "overflow") else ():
                    path = folder / form / f"{name}-{other}.pb"
                    with np.errstate(over="ignore"):
                        rounded = array.astype(VALUES[other][0])
                    # Python's own conversion takes no number that is too large for a half.
                    if path.exists() or (name, other) != ("overflow", "HALF") or folder.name != "python":
                        judge(path, rounded, form)


def records_of(file):
    reader, records = PyRecordReader_New(str(file)), []
    while True:
        try:
            reader.GetNext()
        except errors.OutOfRangeError:
            return records
        records.append(reader.record())


def warmup(file, folder):
    records = records_of(file)
    paths = sorted(folder.iterdir())
    assert len(records) == len(paths) > 0
    for record, path in zip(records, paths, strict=True):
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        assert log.predict_log.request == predict_pb2.PredictRequest.FromString(path.read_bytes())
        assert not log.predict_log.HasField("response")
    # The reader does look at checksums: of the length, which begins with 8 bytes, and of the content.
    content = file.read_bytes()
    for place in (8, -1):
        damaged = bytearray(content)
        damaged[place] ^= 1
        file.write_bytes(damaged)
        try:
            records_of(file)
        except errors.DataLossError:
            continue
        raise AssertionError("a damaged checksum is taken")


def models(*paths):
    for file, out in zip(paths[::2], paths[1::2], strict=True):
        config = text_format.Parse(file.read_text(), model_server_config_pb2.ModelServerConfig())
        out.write_bytes(config.SerializeToString(deterministic=True))


if __name__ == "__main__":
    commands = {"make": make, "tensors": tensors, "warmup": warmup, "models": models}
    commands[sys.argv[1]](*map(Path, sys.argv[2:]))
