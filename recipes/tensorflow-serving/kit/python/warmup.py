"""Warm-up files: requests that a server sends to a version of a model when it loads it.

A server reads them from assets.extra/tf_serving_warmup_requests below the folder of the version. The file is
a TFRecord of PredictionLog messages; a file of anything else makes the model fail to load.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Union

from @module{} import (
    ClassificationRequest,
    MultiInferenceRequest,
    PredictionLog,
    PredictRequest,
    RegressionRequest,
)

from . import signatures
from .errors import InputError, ReplyError
from .requests import Target, address
from .signatures import Signature

Logged = Union[PredictionLog, PredictRequest, ClassificationRequest, RegressionRequest, MultiInferenceRequest]
"""What a record can be made of."""

FILE = Path("assets.extra", "tf_serving_warmup_requests")
# A server reads no more.
MOST_RECORDS = 1000
_LOGS = {
    "PredictRequest": "predict_log",
    "ClassificationRequest": "classify_log",
    "RegressionRequest": "regress_log",
    "MultiInferenceRequest": "multi_inference_log",
}
_HEAD, _FOOT = 12, 4


def warmup_request(model: str, inputs: Mapping[str, Any], signature: Signature | str = "") -> PredictRequest:
    """A request for Predict from values; checked where the signature is given, not only its name."""
    if isinstance(signature, Signature):
        made = signatures.check(signature, inputs).request
        return address(made, Target(model, signature=signature.name))
    return address(signatures.unchecked(inputs).request, Target(model, signature=signature))


def warmup_from_signature(model: str, signature: Signature, rows: int = 1) -> PredictRequest:
    """A request for Predict of zeros, made from what the model takes."""
    made = PredictRequest()
    for name, spec in signature.inputs.items():
        signatures.make_zeros(name, spec, rows, made.inputs[name])
    return address(made, Target(model, signature=signature.name))


def write_warmup(version_folder: str | os.PathLike[str], requests: Iterable[Logged]) -> Path:
    """Write the file where a server looks for it, below the folder of a version; where that is."""
    records = [frame(_log(each).SerializeToString()) for each in requests]
    if len(records) > MOST_RECORDS:
        raise InputError("setting", f"{len(records)} records: a server reads {MOST_RECORDS}")
    path = Path(version_folder) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(records))
    return path


def read_warmup(path: str | os.PathLike[str]) -> list[PredictionLog]:
    """Read a file back: it, or the folder of its version. Raises ReplyError where it is damaged."""
    found = Path(path)
    if found.is_dir():
        found = found / FILE
    return [PredictionLog.FromString(record) for record in records(found.read_bytes())]


def frame(record: bytes) -> bytes:
    """A record of a TFRecord file: its length, the checksum of that, the record, and its checksum."""
    length = struct.pack("<Q", len(record))
    return b"".join((length, masked_crc32c(length), record, masked_crc32c(record)))


def records(content: bytes) -> Iterator[bytes]:
    """The records of a TFRecord file. Raises ReplyError where it is damaged, or something else."""
    position, number = 0, 0
    while position < len(content):
        head = content[position : position + _HEAD]
        if len(head) < _HEAD or masked_crc32c(head[:8]) != head[8:]:
            said = "isn't a TFRecord file" if not number else f"is damaged at record {number}"
            raise ReplyError(f"the file {said}: the length at byte {position} has another checksum")
        (length,) = struct.unpack("<Q", head[:8])
        start = position + _HEAD
        record, foot = content[start : start + length], content[start + length : start + length + _FOOT]
        if len(foot) < _FOOT or masked_crc32c(record) != foot:
            raise ReplyError(f"the file is damaged at record {number}: cut off, or another checksum")
        yield record
        position, number = start + length + _FOOT, number + 1


def masked_crc32c(content: bytes) -> bytes:
    """The checksum of TFRecord files, four bytes.

    A checksum of bytes that hold checksums is weak, so the format turns it and adds a constant.
    """
    checksum = 0xFFFFFFFF
    for byte in content:
        checksum = checksum >> 8 ^ _TABLE[(checksum ^ byte) & 0xFF]
    checksum ^= 0xFFFFFFFF
    return struct.pack("<I", (checksum >> 15 | checksum << 17 & 0xFFFFFFFF) + 0xA282EAD8 & 0xFFFFFFFF)


def _log(request: Logged) -> PredictionLog:
    if isinstance(request, PredictionLog):
        return request
    made = PredictionLog()
    field: str | None = _LOGS.get(request.DESCRIPTOR.name)
    if field is None:
        raise InputError("type", f"no warm-up of a {request.DESCRIPTOR.name}")
    getattr(made, field).request.CopyFrom(request)
    return made


def _table() -> list[int]:
    """The remainder of every byte by the Castagnoli polynomial, lowest bit first."""
    table = list(range(256))
    for _ in range(8):
        table = [rest >> 1 ^ (0x82F63B78 if rest & 1 else 0) for rest in table]
    return table


_TABLE = _table()
