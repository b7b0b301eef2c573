"""Says what kits must do, and judges what they wrote, with nothing of ours.

The official messages, NumPy, ml_dtypes and TensorBoard's reader of TFRecord files. Commands:
  cases              prints cases.json
  seeded COUNT       prints the same with tensors chosen by chance, the same ones each time
  warmup FILE        prints the requests in a warm-up file, as hexadecimal messages
"""

from __future__ import annotations

import json
import struct
import sys

import ml_dtypes
import numpy as np
from google.protobuf import text_format
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New
from tensorflow.core.example import example_pb2
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import input_pb2, predict_pb2, prediction_log_pb2
from tensorflow_serving.config import model_server_config_pb2

# Type ▶ how NumPy holds it, the field of its list, and some elements.
TYPES = {
    "DT_BOOL": (np.bool_, "bool_val", [True, False, False, True, True, False]),
    "DT_INT8": (np.int8, "int_val", [-128, -1, 0, 1, 5, 127]),
    "DT_UINT8": (np.uint8, "int_val", [0, 1, 127, 128, 200, 255]),
    "DT_INT16": (np.int16, "int_val", [-32768, -1, 0, 1, 258, 32767]),
    "DT_UINT16": (np.uint16, "int_val", [0, 1, 32767, 32768, 50000, 65535]),
    "DT_INT32": (np.int32, "int_val", [-(2**31), -1, 0, 1, 66051, 2**31 - 1]),
    "DT_UINT32": (np.uint32, "uint32_val", [0, 1, 2**31 - 1, 2**31, 66051, 2**32 - 1]),
    "DT_INT64": (np.int64, "int64_val", [-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1]),
    "DT_UINT64": (np.uint64, "uint64_val", [0, 1, 2**63 - 1, 2**63, 2**53 + 1, 2**64 - 1]),
    "DT_HALF": (np.float16, "half_val", [-0.0, 1.5, np.inf, np.nan, 65504, 2**-24]),
    "DT_BFLOAT16": (ml_dtypes.bfloat16, "half_val", [-0.0, 1.5, np.inf, np.nan, 2.0**127, 2.0**-133]),
    "DT_FLOAT": (np.float32, "float_val", [-0.0, 1.5, -np.inf, np.nan, 2.0**127, 2.0**-149]),
    "DT_DOUBLE": (np.float64, "double_val", [-0.0, 1.5, -np.inf, np.nan, 2.0**1023, 5e-324]),
    "DT_COMPLEX64": (np.complex64, "scomplex_val", [0, 1.5j, -2, 3 - 4j, 2.0**127 + 0.5j, -0.5]),
    "DT_COMPLEX128": (np.complex128, "dcomplex_val", [0, 1.5j, -2, 3 - 4j, 2.0**1023 + 0.5j, -0.5]),
    "DT_STRING": (np.object_, "string_val", [b"", b"a", "ü".encode(), b"\xff\x00", b"x" * 130, b"y"]),
    "DT_QINT8": (np.int8, "int_val", [-128, -1, 0, 1, 5, 127]),
    "DT_QUINT8": (np.uint8, "int_val", [0, 1, 127, 128, 200, 255]),
    "DT_QINT16": (np.int16, "int_val", [-32768, -1, 0, 1, 258, 32767]),
    "DT_QUINT16": (np.uint16, "int_val", [0, 1, 32767, 32768, 50000, 65535]),
    "DT_QINT32": (np.int32, "int_val", [-(2**31), -1, 0, 1, 66051, 2**31 - 1]),
    # Newer than the official messages here: by their numbers.
    "DT_FLOAT8_E5M2": (np.uint8, "float8_val", [0, 60, 64, 128, 188, 255]),
    "DT_FLOAT8_E4M3FN": (np.uint8, "float8_val", [0, 56, 64, 128, 184, 255]),
    "DT_INT4": (np.int8, "int_val", [-8, -1, 0, 1, 5, 7]),
    "DT_UINT4": (np.uint8, "int_val", [0, 1, 7, 8, 9, 15]),
    "DT_INT2": (np.int8, "int_val", [-2, -1, 0, 1, 1, 0]),
    "DT_UINT2": (np.uint8, "int_val", [0, 1, 2, 3, 1, 0]),
}
NEW = {
    "DT_FLOAT8_E5M2": 24,
    "DT_FLOAT8_E4M3FN": 25,
    "DT_INT4": 29,
    "DT_UINT4": 30,
    "DT_INT2": 31,
    "DT_UINT2": 32,
}
FLOAT8_TAG = bytes([18 << 3 & 127 | 2 | 128, 1])


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def tensor(dtype, shape, content=None, listed=(), field=None):
    """A message, on the wire."""
    made = tensor_pb2.TensorProto(dtype=NEW.get(dtype) or types_pb2.DataType.Value(dtype))
    made.tensor_shape.SetInParent()
    for size in shape:
        made.tensor_shape.dim.add(size=size)
    if content is not None:
        made.tensor_content = content
    field = field or TYPES[dtype][1]
    if field == "float8_val":
        return made.SerializeToString() + (
            FLOAT8_TAG + varint(len(listed)) + bytes(listed) if listed else b""
        )
    getattr(made, field).extend(listed)
    return made.SerializeToString()


def array(dtype, elements):
    with np.errstate(over="ignore"):
        return np.array(elements, TYPES[dtype][0])


def listed(flat):
    """An array's elements as its list has them."""
    if flat.dtype in (np.float16, ml_dtypes.bfloat16):
        flat = flat.view(np.uint16)
    if flat.dtype.kind == "c":
        flat = flat.view(np.float32 if flat.dtype == np.complex64 else np.float64)
    return flat.tolist()


def plain(value):
    """An element as JSON has it: a number that it can't have exactly is text, a complex one a pair."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"hex": value.hex()}
    if isinstance(value, bool):
        return value
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    value = float(value)
    return value if np.isfinite(value) else str(value)


def values_of(flat):
    return [plain(each) for each in flat.tolist()]


def tensor_case(name, dtype, shape, flat):
    """A tensor whose values are written and read in both forms."""
    case = {"name": name, "dtype": dtype, "shape": shape, "values": values_of(flat)}
    if dtype != "DT_STRING":
        case["content"] = tensor(dtype, shape, content=flat.tobytes()).hex()
    case["listed"] = tensor(dtype, shape, listed=listed(flat)).hex()
    return case


def tensors():
    for dtype, (_, _, elements) in TYPES.items():
        yield tensor_case(f"{dtype} of six", dtype, [2, 3], array(dtype, elements))
        yield tensor_case(f"{dtype} scalar", dtype, [], array(dtype, elements[1:2]))
    for dtype in ("DT_FLOAT", "DT_STRING", "DT_BFLOAT16"):
        for shape in ([0], [2, 0, 3]):
            yield tensor_case(f"{dtype} empty {shape}", dtype, shape, array(dtype, []))
    for dtype in ("DT_INT32", "DT_STRING"):
        yield tensor_case(f"{dtype} of rank 4", dtype, [1, 2, 1, 3], array(dtype, TYPES[dtype][2]))


def seeded(count):
    """Tensors of every type that all releases have, by chance."""
    chosen, names = np.random.default_rng(16), [each for each in TYPES if each not in NEW]
    for number in range(count):
        dtype = names[number % len(names)]
        shape = chosen.integers(0, 5, chosen.integers(0, 4)).tolist()
        size = int(np.prod(shape))
        kind = np.dtype(TYPES[dtype][0])
        if dtype == "DT_STRING":
            flat = np.empty(size, np.object_)
            flat[:] = [chosen.bytes(chosen.integers(0, 20)) for _ in range(size)]
        elif dtype == "DT_BOOL":
            flat = chosen.integers(0, 2, size).astype(bool)
        elif kind.kind in "iu":
            flat = np.frombuffer(chosen.bytes(size * kind.itemsize), kind)
        elif kind.kind == "c":
            parts = chosen.standard_normal((size, 2)) * 2.0 ** chosen.integers(-100, 100)
            flat = (parts[:, 0] + 1j * parts[:, 1]).astype(kind)
        else:
            flat = (chosen.standard_normal(size) * 2.0 ** chosen.integers(-8, 8)).astype(kind)
        yield tensor_case(f"{number} {dtype} {shape}", dtype, shape, flat)


def read_cases():
    """Forms that servers send and kits don't write."""
    six = [2, 3]
    for dtype in (
        "DT_FLOAT",
        "DT_INT8",
        "DT_HALF",
        "DT_BFLOAT16",
        "DT_BOOL",
        "DT_COMPLEX64",
        "DT_STRING",
        "DT_UINT64",
    ):
        flat = array(dtype, TYPES[dtype][2])[1:]
        for given in (0, 1, 4):
            nothing = b"" if dtype == "DT_STRING" else 0
            rest = array(dtype, [flat[given - 1] if given else nothing] * (6 - given))
            whole = np.concatenate([flat[:given], rest])
            wire = tensor(dtype, six, listed=listed(flat[:given]))
            yield {
                "name": f"{dtype}, {given} of 6",
                "dtype": dtype,
                "shape": six,
                "values": values_of(whole),
                "wire": wire.hex(),
            }
    flat = array("DT_STRING", TYPES["DT_STRING"][2])
    content = b"".join(varint(len(each)) for each in flat) + b"".join(flat)
    yield {
        "name": "strings as bytes",
        "dtype": "DT_STRING",
        "shape": six,
        "values": values_of(flat),
        "wire": tensor("DT_STRING", six, content=content).hex(),
    }


def refused_reads():
    """Messages that say two different things."""
    for name, dtype, shape, content, given, error in (
        ("bytes too few", "DT_FLOAT", [2, 3], bytes(20), [], "content"),
        ("bytes too many", "DT_FLOAT", [2, 3], bytes(28), [], "content"),
        ("bytes of half an element", "DT_FLOAT", [2, 3], bytes(23), [], "content"),
        ("bytes of no element", "DT_FLOAT", [0], bytes(4), [], "content"),
        ("list too long", "DT_FLOAT", [2], None, [1.0] * 3, "content"),
        ("complex list too long", "DT_COMPLEX64", [2], None, [0.0] * 6, "content"),
        ("strings too many", "DT_STRING", [1], None, [b"a", b"b"], "content"),
        ("strings cut off", "DT_STRING", [2], b"\x01\x02ab", [], "content"),
        ("lengths cut off", "DT_STRING", [2], b"\x01\x80", [], "content"),
        ("strings too few", "DT_STRING", [9], b"\x01a", [], "content"),
        ("unknown size", "DT_FLOAT", [-1], None, [1.0], "shape"),
        ("huge", "DT_FLOAT", [1 << 40], None, [1.0], "shape"),
        ("huge and empty", "DT_FLOAT", [1 << 40, 0], None, [], "shape"),
        ("huge product", "DT_STRING", [1 << 32, 1 << 32], None, [b"a"], "shape"),
    ):
        yield {"name": name, "wire": tensor(dtype, shape, content, given).hex(), "error": error}
    made = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1])
    made.tensor_shape.unknown_rank = True
    yield {"name": "unknown rank", "wire": made.SerializeToString().hex(), "error": "shape"}
    yield {"name": "no type", "wire": "", "error": "type"}
    made = tensor_pb2.TensorProto(dtype=types_pb2.DT_RESOURCE)
    yield {"name": "resource", "wire": made.SerializeToString().hex(), "error": "type"}


def write_cases():
    """Nested values, and the tensors that they make."""
    for name, dtype, value in (
        ("a list", "DT_FLOAT", [1.5, 2.5]),
        ("lists in lists", "DT_INT32", [[1, 2], [3, 4], [5, 6]]),
        ("one value", "DT_DOUBLE", 0.5),
        ("ints where floats are taken", "DT_FLOAT", [1, 2]),
        ("real numbers where complex ones are taken", "DT_COMPLEX64", [1, 0.5, -2]),
        ("empty rows", "DT_INT64", [[], []]),
        ("text", "DT_STRING", [["a"], ["ü"]]),
        ("one text", "DT_STRING", "a"),
        ("half, rounded, ties to even", "DT_HALF", [1.00048828125, 1.00146484375, 1e-9, 65519]),
        ("bfloat16, rounded, ties to even", "DT_BFLOAT16", [1.00390625, 1.01171875, 3.0e-45, 0.1]),
        ("float, rounded", "DT_FLOAT", [0.1, 16777217]),
    ):
        flat = np.array(value, np.object_) if dtype == "DT_STRING" else np.array(value, np.complex128)
        if dtype == "DT_STRING":
            wire = tensor(dtype, flat.shape, listed=[str(each).encode() for each in flat.ravel()])
        else:
            with np.errstate(all="ignore"):
                exact = flat if dtype == "DT_COMPLEX64" else flat.real
                # A float has to be rounded once, not by way of another type.
                step = np.float32 if dtype == "DT_BFLOAT16" else TYPES[dtype][0]
                content = exact.astype(step).astype(TYPES[dtype][0]).tobytes()
            wire = tensor(dtype, flat.shape, content=content)
        yield {"name": name, "dtype": dtype, "value": value, "wire": wire.hex()}


def refused_writes():
    yield from (
        {"name": name, "dtype": dtype, "value": value, "error": error}
        for name, dtype, value, error in (
            ("ragged", "DT_FLOAT", [[1.0, 2.0], [3.0]], "ragged"),
            ("ragged at depth", "DT_INT32", [[[1], [2]], [[3], []]], "ragged"),
            ("a value beside a list", "DT_INT32", [[1], 2], "ragged"),
            ("int8 too large", "DT_INT8", [1, 128], "overflow"),
            ("uint8 below zero", "DT_UINT8", [-1], "overflow"),
            ("int64 too large", "DT_INT64", ["9223372036854775808"], "overflow"),
            ("uint64 below zero", "DT_UINT64", [-1], "overflow"),
            ("float too large", "DT_FLOAT", [1e39], "overflow"),
            ("half too large", "DT_HALF", [65520], "overflow"),
            ("bfloat16 too large", "DT_BFLOAT16", [3.4e38], "overflow"),
            ("fraction for an int", "DT_INT32", [1.5], "type"),
            ("text for a number", "DT_FLOAT", ["a"], "type"),
            ("number for text", "DT_STRING", [1], "type"),
            ("number for bool", "DT_BOOL", [1], "type"),
            ("bool for a number", "DT_INT32", [True], "type"),
            ("different things", "DT_FLOAT", [1.0, "a"], "type"),
            ("unknown type", "DT_FLOAT12", [1.0], "type"),
            ("type without numbers", "DT_RESOURCE", [1], "type"),
        )
    )
    for name, shape in (("shape too small", [2]), ("shape too large", [2, 3]), ("shape below zero", [-4])):
        yield {"name": name, "dtype": "DT_INT32", "value": [1, 2, 3, 4], "shape": shape, "error": "shape"}


def splits():
    """Batches of int64 that count from 0, and the parts of them."""

    def case(name, rows, inputs, parts, shared=()):
        made = []
        for start, stop in parts:
            of = {}
            for key, shape in inputs.items():
                flat = np.arange(int(np.prod(shape))).reshape(shape)
                of[key] = (flat[start:stop] if shape and key not in shared else flat).ravel().tolist()
            made.append({"rows": [start, stop], "inputs": of})
        return {"name": name, "rows": rows, "inputs": inputs, "shared": list(shared), "parts": made}

    yield case("even", 2, {"x": [4, 2]}, [(0, 2), (2, 4)])
    yield case("a rest", 3, {"x": [7]}, [(0, 3), (3, 6), (6, 7)])
    yield case("fewer than a part", 9, {"x": [4]}, [(0, 4)])
    yield case("no rows", 3, {"x": [0, 2]}, [(0, 0)])
    yield case("scalars go with each", 1, {"x": [2, 1], "k": []}, [(0, 1), (1, 2)])
    yield case("shared go with each", 2, {"x": [3], "w": [4, 2]}, [(0, 2), (2, 3)], ["w"])
    yield case("several inputs", 2, {"x": [3, 1], "y": [3]}, [(0, 2), (2, 3)])
    yield {"name": "rows differ", "rows": 2, "inputs": {"x": [3], "y": [4]}, "shared": [], "error": "shape"}
    yield {"name": "only scalars", "rows": 2, "inputs": {"k": []}, "shared": [], "error": "shape"}
    yield {"name": "parts of nothing", "rows": 0, "inputs": {"x": [3]}, "shared": [], "error": "setting"}
    yield {"name": "unknown shared", "rows": 1, "inputs": {"x": [3]}, "shared": ["w"], "error": "name"}


def checks():
    """A signature, what is given, and what is sent. A given input with a dtype is an array of that type."""
    signature = {
        "inputs": {
            "image": ["DT_FLOAT", [None, 2]],
            "scale": ["DT_FLOAT", []],
            "label": ["DT_STRING", [None]],
        },
        "outputs": {"score": ["DT_FLOAT", [None]]},
        "defaults": {"scale": ["DT_FLOAT", [], [2.0]]},
    }
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    flat = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    labels = {"label": ["a", "b", "c"]}
    image, label = ["DT_FLOAT", [3, 2], flat], ["DT_STRING", [3], ["a", "b", "c"]]
    default, zero, empty = ["DT_FLOAT", [], [2.0]], ["DT_FLOAT", [], [0.0]], ["DT_STRING", [3], ["", "", ""]]
    whole = {"image": rows, "scale": 0.5, **labels}

    def good(name, given, sent, filled=(), **settings):
        return {
            "name": name,
            "signature": signature,
            "given": given,
            **settings,
            "sent": sent,
            "filled": [*filled],
        }

    def bad(name, given, error, says, **settings):
        return {
            "name": name,
            "signature": signature,
            "given": given,
            **settings,
            "error": error,
            "says": says,
        }

    yield good("all given", whole, {"image": image, "scale": ["DT_FLOAT", [], [0.5]], "label": label})
    yield good(
        "zeros",
        {"image": rows},
        {"image": image, "scale": zero, "label": empty},
        ["label", "scale"],
        fill="zeros",
    )
    yield good(
        "a default",
        {"image": rows, **labels},
        {"image": image, "scale": default, "label": label},
        ["scale"],
        fill="defaults",
    )
    yield good(
        "zeros of one row where nothing says how many",
        {"scale": 0.5},
        {
            "image": ["DT_FLOAT", [1, 2], [0.0, 0.0]],
            "scale": ["DT_FLOAT", [], [0.5]],
            "label": ["DT_STRING", [1], [""]],
        },
        ["image", "label"],
        fill="zeros",
    )
    yield bad("missing", {"image": rows, "scale": 0.5}, "missing", ["label", "DT_STRING [?]"])
    yield bad("missing, with a default", {"image": rows, **labels}, "missing", ["scale", "default"])
    yield bad("no default", {"image": rows}, "missing", ["label", "no default"], fill="defaults")
    yield bad("nearest input", {"imag": rows}, "name", ["imag", "did you mean image?"])
    yield bad("no near input", {"zzz": rows}, "name", ["zzz", "image, label, scale"])
    yield bad("nearest output", whole, "name", ["scores", "did you mean score?"], outputs=["scores"])
    yield bad("rank", {**whole, "image": [1.0, 2.0]}, "shape", ["image", "DT_FLOAT [?, 2]", "[2]"])
    yield bad("size", {**whole, "image": [[1.0]]}, "shape", ["image", "DT_FLOAT [?, 2]", "[1, 1]"])
    yield bad("scalar wanted", {**whole, "scale": [1.0]}, "shape", ["scale", "[1]"])
    yield bad("text for floats", {**whole, "image": [["a", "b"]]}, "type", ["image", "DT_FLOAT"])
    array = {"dtype": "DT_DOUBLE", "shape": [1, 2], "values": [1.0, 2.0]}
    yield bad(
        "an array of another type",
        {**whole, "image": array},
        "type",
        ["image", "DT_FLOAT [?, 2]", "DT_DOUBLE"],
    )
    yield bad("unknown fill", {"image": rows}, "setting", ["nines"], fill="nines")


def examples():
    def case(name, given, context=None, **bare):
        made = input_pb2.Input()
        held = made.example_list if context is None else made.example_list_with_context
        held.SetInParent()
        for features in given:
            held.examples.append(example(features))
        if context is not None:
            held.context.CopyFrom(example(context))
        found = {"name": name, "examples": given}
        return {
            **found,
            **({} if context is None else {"context": context}),
            "wire": made.SerializeToString().hex(),
            **bare,
        }

    yield case("floats", [{"x": [0.25, 0.75]}, {"x": 1.5}])
    yield case("ints", [{"n": [1, -2]}, {"n": 3}])
    yield case("text", [{"s": ["a", "ü"]}])
    yield case("ints among floats", [{"x": [1, 0.5]}])
    # Some leave out of an entry of a map what is empty.
    yield case("nothing", [{"x": []}], bare="0a090a070a050a030a0178")
    yield case("no examples", [])
    yield case("a context", [{"x": 1.5}], {"s": "all"})
    yield {"name": "text among numbers", "examples": [{"x": ["a", 1]}], "error": "type"}
    yield {"name": "int too large", "examples": [{"n": "9223372036854775808"}], "error": "overflow"}
    yield {"name": "float too large", "examples": [{"x": 1e39}], "error": "overflow"}


def example(features):
    made = example_pb2.Example()
    for name, value in features.items():
        feature, values = made.features.feature[name], value if isinstance(value, list) else [value]
        if values and all(isinstance(each, int) for each in values):
            feature.int64_list.value.extend(values)
        elif values and all(isinstance(each, str) for each in values):
            feature.bytes_list.value.extend(each.encode() for each in values)
        elif values:
            feature.float_list.value.extend(values)
    return made


def crc32c(content):
    """By the polynomial, bit by bit."""
    checksum = 0xFFFFFFFF
    for byte in content:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (0x82F63B78 if checksum & 1 else 0)
    return checksum ^ 0xFFFFFFFF


def framed(*records):
    def masked(content):
        checksum = crc32c(content)
        return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)

    made = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        made += length + masked(length) + record + masked(record)
    return made


def records():
    assert crc32c(b"123456789") == 0xE3069283, "the check value of CRC-32C"
    for name, given in (
        ("none", []),
        ("one", [b"abc"]),
        ("an empty one", [b"", b"x" * 300]),
        ("bytes", [bytes(32)]),
    ):
        yield {"name": name, "records": [each.hex() for each in given], "file": framed(*given).hex()}


def refused_files():
    good, log = framed(b"abc", b"def"), prediction_log_pb2.PredictionLog()
    log.predict_log.request.model_spec.name = "m"
    damaged = bytearray(good)
    damaged[-6] ^= 1
    length = bytearray(good)
    length[19] ^= 1
    yield {"name": "plain messages", "file": log.SerializeToString().hex(), "says": "isn't a TFRecord file"}
    yield {"name": "cut off", "file": good[:-3].hex(), "says": "record 1"}
    yield {"name": "cut off in a length", "file": good[:22].hex(), "says": "record 1"}
    yield {"name": "damaged record", "file": damaged.hex(), "says": "record 1"}
    yield {"name": "damaged length", "file": length.hex(), "says": "record 1"}


def warmups():
    """Requests made from what a model takes."""
    for name, dtype, shape, rows, sizes in (
        ("rows", "DT_FLOAT", [None, 2], 3, [3, 2]),
        ("text", "DT_STRING", [None], 1, [1]),
        ("a scalar", "DT_INT64", [], 2, []),
        ("other sizes", "DT_HALF", [None, None, 2], 2, [2, 1, 2]),
    ):
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = "m", "s"
        count = int(np.prod(sizes))
        if dtype == "DT_STRING":
            wire = tensor(dtype, sizes, listed=[b""] * count)
        else:
            wire = tensor(dtype, sizes, content=bytes(count * np.dtype(TYPES[dtype][0]).itemsize))
        request.inputs["x"].ParseFromString(wire)
        yield {
            "name": name,
            "signature": {"inputs": {"x": [dtype, shape]}, "outputs": {}},
            "rows": rows,
            "request": request.SerializeToString().hex(),
        }


def models():
    """A models.conf, what is changed, and the message that a server is sent."""
    conf = (
        "# Two models.\nmodel_config_list {\n"
        '  config { name: "a" base_path: "/models/a" model_platform: "tensorflow" }\n'
        '  config { name: "b", base_path: "/models/b"\n'
        "    logging_config { sampling_config { sampling_rate: 0.5 } } }\n}\n"
    )

    def case(name, edits, *changes):
        made = text_format.Parse(conf, model_server_config_pb2.ModelServerConfig())
        for change in changes:
            change(made.model_config_list.config)
        return {"name": name, "conf": conf, "edits": edits, "message": made.SerializeToString().hex()}

    def versions(configs):
        configs[0].model_version_policy.specific.versions.extend([2, 3])
        configs[0].version_labels["stable"] = 2

    def latest(configs):
        configs[1].model_version_policy.latest.num_versions = 2

    def every(configs):
        configs[1].model_version_policy.all.SetInParent()

    def added(configs):
        configs.add(name="c", base_path="/models/c", model_platform="tensorflow")

    def removed(configs):
        del configs[0]

    yield case("as it is", [])
    yield case(
        "two versions and a label", [["serve", "a", {"versions": [2, 3], "labels": {"stable": 2}}]], versions
    )
    yield case("the latest two", [["serve", "b", {"latest": 2}]], latest)
    yield case("every version", [["serve", "b", {"every": True}]], every)
    yield case("one more", [["serve", "c", {"base_path": "/models/c"}]], added)
    yield case("one less", [["remove", "a", {}]], removed)
    yield {"name": "new without a path", "conf": conf, "edits": [["serve", "c", {}]], "error": "missing"}
    yield {"name": "not there", "conf": conf, "edits": [["remove", "c", {}]], "error": "name"}
    yield {
        "name": "two policies",
        "conf": conf,
        "edits": [["serve", "a", {"versions": [1], "latest": 1}]],
        "error": "setting",
    }
    yield {
        "name": "no such field",
        "conf": "model_config_list {\n  config { nme: 'x' }\n}\n",
        "edits": [],
        "error": "setting",
    }


def statuses():
    kinds = {"CANCELLED": "cancelled", "DEADLINE_EXCEEDED": "deadline", "UNAVAILABLE": "unreachable"}
    for code in (
        "CANCELLED",
        "DEADLINE_EXCEEDED",
        "UNAVAILABLE",
        "NOT_FOUND",
        "INVALID_ARGUMENT",
        "INTERNAL",
        "UNKNOWN",
    ):
        yield {
            "name": code,
            "code": code,
            "kind": kinds.get(code, "call"),
            "says": ["Predict", "model m", "version 3", "signature s", "host:1", code, "the reason"],
        }


SECTIONS = {
    "tensors": tensors,
    "reads": read_cases,
    "refused_reads": refused_reads,
    "writes": write_cases,
    "refused_writes": refused_writes,
    "checks": checks,
    "splits": splits,
    "examples": examples,
    "statuses": statuses,
    "records": records,
    "refused_files": refused_files,
    "warmups": warmups,
    "models": models,
}


def printed(sections):
    """JSON with a case a line."""
    lines = []
    for name, cases in sections.items():
        listed = ",\n".join(f"    {json.dumps(case, ensure_ascii=False)}" for case in cases)
        lines.append(f'  "{name}": [\n{listed}\n  ]')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def records_of(file):
    reader = PyRecordReader_New(file)
    while True:
        try:
            reader.GetNext()
        except errors.OutOfRangeError:
            return
        yield reader.record()


def warmup(file):
    for record in records_of(file):
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log" and not log.predict_log.HasField("response")
        print(log.predict_log.request.SerializeToString(deterministic=True).hex())


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "cases":
        sys.stdout.write(printed({name: section() for name, section in SECTIONS.items()}))
    elif command == "seeded":
        sys.stdout.write(printed({"tensors": seeded(int(arguments[0]))}))
    else:
        warmup(*arguments)
