"""What a model takes and gives, and whether values are that."""

from __future__ import annotations

import difflib
from typing import Any, Iterable, Mapping, NamedTuple

from @module{} import GetModelMetadataResponse, PredictRequest, SignatureDefMap
from @module{tensorflow/core/framework/tensor.proto} import TensorProto
from @module{tensorflow/core/framework/tensor_shape.proto} import TensorShapeProto
from @module{tensorflow/core/framework/types.proto} import DataType

from . import tensors
from .errors import InputError, ReplyError

DEFAULT_SIGNATURE = "serving_default"
# Types of TensorFlow 1's variables: each stands for the one that is 100 lower.
_REFERENCES = 100


class Spec(NamedTuple):
    """The type and the shape of an input or an output."""

    dtype: str
    """As TensorFlow writes it, "DT_FLOAT"."""
    shape: tuple[int | None, ...] | None = None
    """None for any; in it, None for a size that may be any."""

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.dtype} of any shape"
        return f"{self.dtype} [{', '.join('?' if size is None else str(size) for size in self.shape)}]"


class Signature(NamedTuple):
    """One way to call a model."""

    name: str
    method: str
    """Such as "tensorflow/serving/predict"."""
    inputs: Mapping[str, Spec]
    outputs: Mapping[str, Spec]
    defaults: Mapping[str, TensorProto] = {}
    """What inputs are when they aren't given, where the model says so (TensorFlow 2.13 and newer)."""


class Checked(NamedTuple):
    """Inputs that a signature takes."""

    request: PredictRequest
    """With nothing but the inputs."""
    filled: tuple[str, ...]
    """Inputs that weren't given, and that have zeros or the model's default now."""


def read_signatures(reply: GetModelMetadataResponse) -> dict[str, Signature]:
    """All signatures in the server's answer, by name."""
    packed = SignatureDefMap()
    if not reply.metadata["signature_def"].Unpack(packed):
        raise ReplyError("the server's metadata holds no signatures")
    found = {}
    for name, signature in packed.signature_def.items():
        found[name] = Signature(
            name,
            signature.method_name,
            {key: _spec(info.dtype, info) for key, info in signature.inputs.items()},
            {key: _spec(info.dtype, info) for key, info in signature.outputs.items()},
            # Older releases have no such field.
            dict(getattr(signature, "defaults", {}).items()),
        )
    return found


def choose(signatures: Mapping[str, Signature], name: str) -> Signature:
    """The signature of a name, or the default one. Raises InputError."""
    wanted = name or DEFAULT_SIGNATURE
    if not isinstance(wanted, str):
        raise InputError("setting", f"the name of a signature is a string, not {name!r}")
    if wanted not in signatures:
        raise InputError("name", f"the model has no signature {_nearest(wanted, signatures)}")
    return signatures[wanted]


def unchecked(inputs: Mapping[str, Any]) -> Checked:
    """Values as tensors, of the types that they have by themselves."""
    _must_be_named(inputs)
    request = PredictRequest()
    for name, value in inputs.items():
        _make(name, value, None, request.inputs[name])
    return Checked(request, ())


def check(
    signature: Signature, inputs: Mapping[str, Any], outputs: Iterable[str] = (), fill: str = "error"
) -> Checked:
    """Values as the tensors that a signature takes. Raises InputError, which says what it takes instead.

    fill: what becomes of inputs that aren't given: "error", "zeros", or the model's "defaults".
    """
    if fill not in ("error", "zeros", "defaults"):
        raise InputError("setting", f"fill is {fill!r}, not error, zeros or defaults")
    _must_be_named(inputs)
    for name in outputs:
        if name not in signature.outputs:
            raise InputError(
                "name", f"signature {signature.name} has no output {_nearest(name, signature.outputs)}"
            )
    request = PredictRequest()
    for name, value in inputs.items():
        if name not in signature.inputs:
            raise InputError(
                "name", f"signature {signature.name} has no input {_nearest(name, signature.inputs)}"
            )
        _make(name, value, signature.inputs[name], request.inputs[name])
    missing = [name for name in signature.inputs if name not in inputs]
    rows = _rows(signature, request) if missing else 1
    for name in missing:
        _fill(signature, name, rows, fill, request)
    return Checked(request, tuple(missing))


def _must_be_named(inputs: Any) -> None:
    if type(inputs) is not dict and not isinstance(inputs, Mapping):
        raise InputError("type", f"inputs are values by name, not {type(inputs).__name__}")
    for name in inputs:
        if not isinstance(name, str):
            raise InputError("name", f"the name of an input is a string, not {name!r}")


def make_zeros(name: str, spec: Spec, rows: int, into: TensorProto) -> None:
    """Make what an input takes, all zeros: so many rows, and one where another size may be any."""
    if spec.shape is None:
        raise InputError("shape", f"input {name} is {spec}: give a value")
    sizes = [(rows if number == 0 else 1) if size is None else size for number, size in enumerate(spec.shape)]
    tensors.zeros(spec.dtype, sizes, into)


def _spec(number: int, info: Any) -> Spec:
    plain = number - _REFERENCES if number > _REFERENCES else number
    names: dict[int, str] = {value: name for name, value in DataType.items()}
    shape: TensorShapeProto = info.tensor_shape
    if not info.HasField("tensor_shape") or shape.unknown_rank:
        return Spec(names.get(plain, str(plain)))
    return Spec(names.get(plain, str(plain)), tuple(None if dim.size < 0 else dim.size for dim in shape.dim))


def _make(name: str, value: Any, spec: Spec | None, into: TensorProto) -> None:
    """Make the tensor of one input, of the type that is wanted."""
    try:
        if isinstance(value, TensorProto):
            into.CopyFrom(value)
            given = tensors.dtype_of(into), tensors.shape_of(into)
        else:
            given = _fill_in(value, spec, into)
    except InputError as error:
        wanted = f", which is {spec}" if spec else ""
        raise InputError(error.kind, f"input {name}{wanted}: {error}") from error
    if spec is not None:
        dtype, shape = given
        if dtype != spec.dtype:
            raise InputError("type", f"input {name} is {spec}, not {Spec(dtype, shape)}")
        if spec.shape is not None and not _fits(shape, spec.shape):
            raise InputError("shape", f"input {name} is {spec}, not {Spec(dtype, shape)}")


def _fill_in(value: Any, spec: Spec | None, into: TensorProto) -> tuple[str, tuple[int, ...]]:
    """Make a tensor of the type that is wanted; an array may have another, of its own."""
    if spec is not None:
        try:
            return tensors.fill(into, value, spec.dtype)
        except InputError as error:
            if error.kind != "type" or not tensors.is_array(value):
                raise
    return tensors.fill(into, value)


def _fits(given: tuple[int | None, ...], wanted: tuple[int | None, ...]) -> bool:
    if len(given) != len(wanted):
        return False
    for own, size in zip(given, wanted):  # noqa: SIM110 - in each call
        if size is not None and size != own:
            return False
    return True


def _fill(signature: Signature, name: str, rows: int, fill: str, request: PredictRequest) -> None:
    spec, default = signature.inputs[name], signature.defaults.get(name)
    if fill == "zeros":
        make_zeros(name, spec, rows, request.inputs[name])
        return
    if fill == "defaults" and default is not None:
        request.inputs[name].CopyFrom(default)
        return
    said = f"input {name} is missing: {spec}"
    if fill == "defaults":
        said += "; the model has no default for it"
    elif default is not None:
        said += "; the model has a default for it, which fill='defaults' sends"
    raise InputError("missing", said)


def _rows(signature: Signature, request: PredictRequest) -> int:
    """How many rows the given inputs have, where they agree; else one."""
    found: frozenset[int] = frozenset(
        tensor.tensor_shape.dim[0].size
        for name, tensor in request.inputs.items()
        if (signature.inputs[name].shape or (0,))[0] is None
    )
    return next(iter(found)) if len(found) == 1 else 1


def _nearest(name: str, known: Iterable[str]) -> str:
    """A name that isn't known, and the known one that is nearest to it."""
    names: list[str] = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    if near:
        return f"{name}: did you mean {near[0]}?"
    return f"{name}: it has {', '.join(names) or 'none'}"
