"""What every kit must tell of its calls, by part and scenario: see contract.md."""

from __future__ import annotations

from typing import Any

_CLASSES = [[["cat", 0.25], ["dog", 0.75]], [["fox", 1.5]]]
_FORMS = {
    "DT_FLOAT": [[1.5, -2.25], [0, 1e10]],
    "DT_DOUBLE": [[1.5, -2.25], [0, 1e300]],
    "DT_INT32": [[1, -2], [0, 2147483647]],
    "DT_INT64": [[1, -2], [0, 9007199254740991]],
    "DT_BOOL": [[True, False], [False, True]],
    "DT_HALF": [[1.5, -2.25], [0, 65504]],
    "DT_STRING": [["a", ""], ["ü", "long enough"]],
}
_SETTING = ["input", "setting"]
_UNREACHABLE = ["unreachable", "UNAVAILABLE"]
_LATE = ["deadline", "DEADLINE_EXCEEDED"]
_NOT_FOUND = ["call", "NOT_FOUND"]
_STATUS = "GetModelStatus of model {} at the first: {}"
_MISSING = "Servable not found for request: Latest(missing)"

ANSWERS: dict[str, dict[str, Any]] = {
    "connect": {
        "plain": 7,
        "one_is_gone": [7, 7],
        "gone": _UNREACHABLE,
        "tls": 7,
        "mutual_tls": 7,
        "tls_without_certificate": _UNREACHABLE,
        "tls_name": 7,
        "metadata": ["r-1"],
        "call_metadata": ["r-2"],
        "credentials_in_plaintext": _SETTING,
        "credentials": ["r-3"],
        "call_credentials": ["r-4"],
        "plaintext_credentials": _SETTING,
        "large": [16 << 20, 16 << 20],
        "limit": ["call", "RESOURCE_EXHAUSTED"],
        "deadline": _LATE,
        "call_deadline": _LATE,
        "retries": 3,
        "retries_of_large": 3,
        "retries_end": [*_UNREACHABLE, "attempt 3"],
        "no_retries": [*_UNREACHABLE, "attempt 1"],
        "keepalive": _UNREACHABLE,
        "turns": ["first", "first", "second", "second"],
        "turns_behind_a_name": ["first", "second"],
        "interceptors": ["/tensorflow.serving.PredictionService/Predict"],
        "channel": [7, 7],
        "closed": ["cancelled", "CANCELLED"],
    },
    "predict": {
        "outputs": [{"b": 2}, 7, "serving_default", "echo"],
        "version": ["3", "", "s"],
        "label": ["", "stable", ""],
        "version_and_label": _SETTING,
        "forms": {"as_content": _FORMS, "as_values": _FORMS},
        "not_found": [
            "NOT_FOUND",
            _MISSING,
            "look elsewhere",
            f"Predict of model missing (version 3, signature s) at the first: NOT_FOUND: {_MISSING}",
            True,
        ],
        "classify": _CLASSES,
        "regress": [1.0, 1.5],
        "multi_inference": [_CLASSES, [1.0, 1.5]],
        "unknown_task": _SETTING,
        "pythie": {"predictions": [10, 20, 5]},
    },
    "signatures": {
        "signature": ["tensorflow/serving/predict", {"x": ["DT_FLOAT", [None, 2]], "k": ["DT_INT64", []]}],
        "types_from_signature": {"x": [1, [[1, 2]]], "k": [9, 3]},
        "refused": [["input", "name"], ["input", "shape"], ["input", "missing"]],
        "filled": [0, ["k"]],
        # Once, and once more for each refusal, in case that the model's version is another by now.
        "asked": [4, 2],
        "unsigned_fill": _SETTING,
        "asked_for_a_version": 1,
        "changed": [8, 2],
        "unchecked": [9, 0],
    },
    "batches": {
        "joined": [True, True, ["text", "x"]],
        "parts": [6, 0, 3],
        "failed": ["INVALID_ARGUMENT", "part 1 fails", [1, 2], True],
        "failed_soon": True,
        "scalar_output": [
            "reply",
            "output k hasn't a row for each row of the inputs: leave it out with outputs=[...]",
        ],
        "one_part": ["k", "x"],
        "no_parts": _SETTING,
        "deadline": _LATE,
        "moved": list(range(10)),
        "over_addresses": ["first"] * 4 + ["second"] * 4,
    },
    "models": {
        "status": [[7, "AVAILABLE", "OK", ""], [6, "END", "RESOURCE_EXHAUSTED", "no room"]],
        "soon": [[1, "AVAILABLE", "OK", ""]],
        "never": ["not ready", _STATUS.format("never", "1 LOADING OK")],
        "missing": [
            "not ready",
            _STATUS.format("missing", "NOT_FOUND: Could not find any versions of model missing"),
        ],
        "broken": ["not ready", _STATUS.format("broken (version 3)", "3 END RESOURCE_EXHAUSTED no room")],
        "broken_at_once": True,
        "reload": [["a", "b"], ["b"]],
        "reload_refused": ["call", "INVALID_ARGUMENT", "a model has no name"],
        "reload_deadline": _LATE,
        "reload_without_deadline": _SETTING,
        "nobody": ["not ready", True],
        "half_there": "not ready",
    },
    "warmup": {
        "path": "assets.extra/tf_serving_warmup_requests",
        "read": [True, True, True],
        "refused": ["input", "missing"],
    },
    "fake": {
        "predict": [[2.5, 3, 4.5], 2],
        "version": [1, 2],
        "refused": [_NOT_FOUND, _NOT_FOUND, ["call", "INVALID_ARGUMENT"]],
        "unsigned": [2.5],
        "wrong_function": ["call", "INTERNAL"],
        "fails_once": [["call", "RESOURCE_EXHAUSTED", "full"], 2],
        "slow": _LATE,
        "states": [[2, "LOADING"], [1, "AVAILABLE"]],
        "older": 1,
        "infer": [
            [[["long", 1]], [["short", 1]]],
            [2, 1],
            [[2, 1], [[["long", 1]], [["short", 1]]]],
        ],
        "reload": [[[2, "END"], [1, "AVAILABLE"]], _NOT_FOUND],
        "calls": ["GetModelMetadata", "Predict", "half"],
    },
}
