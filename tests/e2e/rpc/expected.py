"""What every client must tell: the answers of contract.md."""

from __future__ import annotations

from typing import Any

_VALUES: dict[str, list[Any]] = {
    "DT_FLOAT": [1.5, -2.25, 0, 1e10, 3, -0.5],
    "DT_DOUBLE": [1.5, -2.25, 0, 1e300, 3, -0.5],
    "DT_INT32": [1, -2, 0, 2147483647, -2147483648, 5],
    "DT_INT64": [1, -2, 0, 9007199254740991, -9007199254740991, 5],
    "DT_BOOL": [True, False, False, True, True, False],
    "DT_HALF": [1.5, -2.25, 0, 65504, 0.000030517578125, -0.5],
    "DT_STRING": ["a", "", "ü", "long enough", "x", "y"],
}
_CLASSES = [[["cat", 0.25], ["dog", 0.75]], [["fox", 1.5]]]
_FLOATS = ["DT_FLOAT", [-1, 3]]

ANSWERS: dict[str, Any] = {
    "types": {
        f"{dtype}/{form}/{model}": [dtype, [3, 2], values]
        for dtype, values in _VALUES.items()
        for form in (("content", "val") if dtype != "DT_STRING" else ("val",))
        for model in ("echo", "as_content", "as_values")
    },
    "spec": {"outputs": ["b"], "version": 7, "signature": "serving_default"},
    "classify": _CLASSES,
    "regress": [1.0, 1.5],
    "multi_inference": {"classify": _CLASSES, "regress": [1.0, 1.5]},
    "metadata": {
        "serving_default": {
            "method": "tensorflow/serving/predict",
            "inputs": {"x": _FLOATS},
            "outputs": {"y": _FLOATS},
        }
    },
    "status": [[7, "AVAILABLE", "OK", ""], [6, "END", "RESOURCE_EXHAUSTED", "no room"]],
    "reload": [["OK", ""], ["INVALID_ARGUMENT", "a model has no name"]],
    "session": [["b", ["DT_INT64", [1], [2]]]],
    "error": ["NOT_FOUND", "Servable not found for request: Latest(missing)", "look elsewhere"],
    "deadline": ["DEADLINE_EXCEEDED", 7],
    "cancel": ["CANCELLED", 7],
    "call_metadata": {"initial": "r-1", "trailing": "r-1", "seen": "r-1"},
    "gzip": "sent",
    "tls": [7, "UNAVAILABLE"],
    "large": [67108864, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"],
    "parallel": 2016,
    "pythie": ["DT_INT32", [3], [10, 20, 5]],
}

OTHERWISE: dict[str, dict[str, Any]] = {"typescript, connect-node": {"tls": [7, "CANCELLED"]}}
"""By client, the answers that its transport words in a way of its own."""
