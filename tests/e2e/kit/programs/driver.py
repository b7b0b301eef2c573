"""Does what cases.json says by the kit of a package, and prints what comes of it; see ../contract.md."""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving_client import PredictRequest, PredictResponse
from tensorflow_serving_client.client import (
    InputError,
    ModelsConf,
    ReplyError,
    Signature,
    Spec,
    from_tensor,
    to_tensor,
    warmup_from_signature,
)
from tensorflow_serving_client.client.errors import (
    Call,
    CallCancelled,
    DeadlineExceeded,
    Unreachable,
    call_error,
)
from tensorflow_serving_client.client.requests import join, make_input, split
from tensorflow_serving_client.client.signatures import check
from tensorflow_serving_client.client.tensors import dtype_of, shape_of
from tensorflow_serving_client.client.warmup import frame, records
from tensorflow_serving_client.tensorflow.core.framework.tensor_pb2 import TensorProto

ARRAYS = sys.argv[2] == "arrays"
if ARRAYS:
    import numpy as np

    try:
        import ml_dtypes
    except ImportError:
        ml_dtypes = None

Case = dict[str, Any]
NUMBERS = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16")
PLAIN = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_INT4": "int8",
    "DT_UINT4": "uint8",
    "DT_INT2": "int8",
    "DT_UINT2": "uint8",
}


def native(dtype: str, value: Any) -> Any:
    """An element or nested lists of JSON as Python has them."""
    if isinstance(value, list) and not (
        dtype.startswith("DT_COMPLEX") and len(value) == 2 and not listed(value)
    ):
        return [native(dtype, each) for each in value]
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    if dtype.startswith("DT_COMPLEX") and isinstance(value, list):
        return complex(float(value[0]), float(value[1]))
    if isinstance(value, str) and dtype in NUMBERS and value.lstrip("-") in ("inf", "nan"):
        return float(value)
    if isinstance(value, str) and dtype not in ("DT_STRING", *NUMBERS):
        return int(value)
    return value


def listed(value: list[Any]) -> bool:
    return any(isinstance(each, list) for each in value)


def plain(value: Any) -> Any:
    """Nested values as JSON has them, without the nesting."""
    if hasattr(value, "dtype") and value.dtype.name in ("bfloat16", "float16"):
        value = value.astype("float32")
    if hasattr(value, "dtype") and value.dtype.name.startswith("float8"):
        value = value.view("uint8")
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [each for one in value for each in (plain(one) if isinstance(one, list) else [plain(one)])]
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


def flat(value: Any) -> Any:
    made = plain(value)
    scalar = not isinstance(value, list) and not getattr(value, "shape", ())
    return [made] if scalar else made


def array_of(dtype: str, values: list[Any], shape: list[int]) -> Any:
    """An array of the type, or nested lists where arrays aren't wanted."""
    if not ARRAYS:
        return values
    if dtype == "DT_STRING":
        return np.array(values, object).reshape(shape)
    if dtype == "DT_BFLOAT16":
        if ml_dtypes:
            return np.array(values, ml_dtypes.bfloat16).reshape(shape)
        return (np.array(values, "float32").view("uint32") >> 16).astype("uint16").reshape(shape)
    name = (
        "uint8"
        if dtype.startswith("DT_FLOAT8")
        else PLAIN.get(dtype, dtype[3:].lower().replace("qu", "u").replace("qi", "i"))
    )
    return np.array(values, name).reshape(shape)


def tensors(case: Case) -> Any:
    dtype, shape = case["dtype"], case["shape"]
    value = array_of(dtype, native(dtype, case["values"]), shape)
    made = to_tensor(value, dtype, shape)
    values = to_tensor(value, dtype, shape, as_values=True)
    return {
        "content": made.SerializeToString().hex(),
        "listed": values.SerializeToString().hex(),
        "read_content": flat(from_tensor(made, arrays=ARRAYS)),
        "read_listed": flat(from_tensor(values, arrays=ARRAYS)),
    }


def reads(case: Case) -> Any:
    tensor = TensorProto.FromString(bytes.fromhex(case["wire"]))
    return [dtype_of(tensor), list(shape_of(tensor)), flat(from_tensor(tensor, arrays=ARRAYS))]


def writes(case: Case) -> Any:
    value = native(case["dtype"], case["value"])
    return to_tensor(value, case["dtype"], case.get("shape")).SerializeToString().hex()


def signature_of(given: Case) -> Signature:
    def specs(listed: Case) -> dict[str, Spec]:
        return {name: Spec(dtype, tuple(shape)) for name, (dtype, shape) in listed.items()}

    defaults = {
        name: to_tensor(value, dtype, shape)
        for name, (dtype, shape, value) in given.get("defaults", {}).items()
    }
    return Signature("s", "", specs(given["inputs"]), specs(given["outputs"]), defaults)


def checks(case: Case) -> Any:
    inputs = {
        name: to_tensor(value["values"], value["dtype"], value["shape"]) if isinstance(value, dict) else value
        for name, value in case["given"].items()
    }
    found = check(signature_of(case["signature"]), inputs, case.get("outputs", ()), case.get("fill", "error"))
    sent = {
        name: [dtype_of(tensor), list(shape_of(tensor)), flat(from_tensor(tensor, arrays=ARRAYS))]
        for name, tensor in found.request.inputs.items()
    }
    return {"sent": sent, "filled": sorted(found.filled)}


def splits(case: Case) -> Any:
    request = PredictRequest()
    for name, shape in case["inputs"].items():
        count = 1
        for size in shape:
            count *= size
        to_tensor(list(range(count)), "int64", shape, into=request.inputs[name])
    parts = split(request, case["rows"], case["shared"])
    # A server that answers with the input that all parts have.
    replies = [PredictResponse(outputs={"x": part.request.inputs["x"]}) for part in parts]
    told = [
        {
            "rows": [part.rows.start, part.rows.stop],
            "inputs": {name: flat(from_tensor(tensor)) for name, tensor in part.request.inputs.items()},
        }
        for part in parts
    ]
    return {"parts": told, "joined": flat(from_tensor(join(parts, replies)["x"]))}


def examples(case: Case) -> Any:
    def features(given: Case) -> Case:
        return {
            name: int(value) if isinstance(value, str) and value.isdigit() else value
            for name, value in given.items()
        }

    given = [features(each) for each in case["examples"]]
    context = features(case["context"]) if "context" in case else None
    return make_input(given, context).SerializeToString().hex()


def statuses(case: Case) -> Any:
    about = Call("Predict", "m", "3", "s", "host:1")
    error = call_error(about, grpc.StatusCode[case["code"]], "the reason")
    kinds = {CallCancelled: "cancelled", DeadlineExceeded: "deadline", Unreachable: "unreachable"}
    return {"kind": kinds.get(type(error), "call"), "code": error.code().name, "message": str(error)}


def framed(case: Case) -> Any:
    made = b"".join(frame(bytes.fromhex(each)) for each in case["records"])
    return {"file": made.hex(), "records": [each.hex() for each in records(bytes.fromhex(case["file"]))]}


def refused_files(case: Case) -> Any:
    return len(list(records(bytes.fromhex(case["file"]))))


def warmups(case: Case) -> Any:
    signature = signature_of(case["signature"])
    return warmup_from_signature("m", signature, case["rows"]).SerializeToString().hex()


def models(case: Case) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "models.conf")
        path.write_text(case["conf"], encoding="utf-8")
        conf = ModelsConf.read(path)
        for action, name, settings in case["edits"]:
            getattr(conf, action)(name, **settings)
        # It is what is read back that counts.
        conf.write(path)
        return ModelsConf.read(path).message.SerializeToString().hex()


SECTIONS: dict[str, Callable[[Case], Any]] = {
    "tensors": tensors,
    "reads": reads,
    "refused_reads": reads,
    "writes": writes,
    "refused_writes": writes,
    "checks": checks,
    "splits": splits,
    "examples": examples,
    "statuses": statuses,
    "records": framed,
    "refused_files": refused_files,
    "warmups": warmups,
    "models": models,
}


def told(section: str, case: Case) -> Any:
    try:
        return SECTIONS[section](case)
    except InputError as error:
        return {"error": error.kind, "message": str(error)}
    except ReplyError as error:
        return {"error": "reply", "message": str(error)}


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(
        json.dumps(
            {name: {case["name"]: told(name, case) for case in cases} for name, cases in given.items()}
        )
    )
