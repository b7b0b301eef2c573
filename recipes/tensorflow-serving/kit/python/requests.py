"""Requests from values, and values from replies. Nothing here talks to a server."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

import grpc
from @module{} import (
    ClassificationRequest,
    ClassificationResult,
    GetModelStatusResponse,
    Input,
    ModelSpec,
    MultiInferenceRequest,
    MultiInferenceResponse,
    PredictRequest,
    PredictResponse,
    RegressionRequest,
    RegressionResult,
)
from @module{tensorflow/core/example/example.proto} import Example
from @module{tensorflow/core/framework/tensor.proto} import TensorProto

from . import tensors
from .connection import Metadata
from .errors import Call, InputError, ReplyError

Features = Mapping[str, Any]
"""One example: values by name, each an int, a float, a string or bytes, or a list of these."""

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"


class Default:
    """A setting that isn't given in a call: the client's own holds."""

    def __repr__(self) -> str:
        return "the client's"


CLIENTS = Default()


class Target(NamedTuple):
    """What is called, and how."""

    model: str
    version: int | None = None
    label: str | None = None
    signature: str = ""
    deadline: float | Default | None = CLIENTS
    metadata: Metadata | None = None
    credentials: grpc.CallCredentials | None = None

    @property
    def pinned(self) -> bool:
        """Whether it is one version for good."""
        return self.version is not None

    def spec(self, into: ModelSpec | None = None) -> ModelSpec:
        """The same for the server. into: an empty one, to be filled. Raises InputError."""
        if self.version is not None and self.label is not None:
            raise InputError("setting", "a version and a label: give one of them")
        made = ModelSpec() if into is None else into
        try:
            made.name = self.model
            made.signature_name = self.signature
            if self.version is not None:
                made.version.value = self.version
            elif self.label is not None:
                made.version_label = self.label
        except (TypeError, ValueError) as error:
            raise InputError("setting", f"no model can be called so: {error}") from error
        return made

    def call(self, method: str, address: str, rows: range | None = None) -> Call:
        """The same for errors."""
        version = str(self.version) if self.version is not None else (self.label or "")
        return Call(method, self.model, version, self.signature, address, rows)


class Prediction(Mapping[str, Any]):
    """The outputs of a model by name, read when they are first asked for: see from_tensor."""

    def __init__(
        self,
        outputs: Mapping[str, TensorProto],
        specs: Sequence[ModelSpec],
        filled: tuple[str, ...],
        arrays: bool | None = None,
    ) -> None:
        self.tensors: dict[str, TensorProto] = {name: outputs[name] for name in outputs}
        """The outputs as the server sent them."""
        self.filled = filled
        """Inputs that weren't given, and that the client filled."""
        self._specs = specs
        self._arrays = arrays
        self._read: dict[str, Any] = {}

    @property
    def model(self) -> str:
        """The model that answered."""
        return self._specs[0].name

    @property
    def signature(self) -> str:
        """The signature that answered; empty where the server doesn't tell it."""
        return self._specs[0].signature_name

    @property
    def versions(self) -> frozenset[int]:
        """The versions of the model that answered: several, where parts met a change of versions."""
        return frozenset(spec.version.value for spec in self._specs)

    @property
    def version(self) -> int:
        """The version of the model that answered, the newest of several; 0 where it isn't told."""
        return max(self.versions)

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            tensor = self.tensors[name]
            try:
                self._read[name] = tensors.from_tensor(tensor, arrays=self._arrays)
            except InputError as error:
                raise ReplyError(f"output {name}: {error}") from error
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __repr__(self) -> str:
        return f"Prediction({ {name: self[name] for name in self} }, version={self.version})"


class Class(NamedTuple):
    """One class that an example may belong to."""

    label: str
    score: float


class VersionStatus(NamedTuple):
    """What the server says about a version of a model."""

    version: int
    state: str
    """START, LOADING, AVAILABLE, UNLOADING or END; only AVAILABLE is served."""
    code: str
    """OK, or why it isn't served, as a status of gRPC."""
    message: str


class Part(NamedTuple):
    """Some rows of a batch."""

    rows: range
    request: PredictRequest
    """With nothing but the inputs."""


def must_be_names(setting: str, given: Any) -> None:
    """Raises InputError for one name in place of several."""
    if isinstance(given, str):
        raise InputError("setting", f"{setting} is a list of names: [{given!r}]")


def address(request: PredictRequest, target: Target, outputs: Sequence[str] = ()) -> PredictRequest:
    """A request with inputs, made one to a model for some outputs."""
    target.spec(request.model_spec)
    if outputs:
        request.output_filter.extend(outputs)
    return request


def classification_request(
    target: Target, examples: Sequence[Features], context: Features | None
) -> ClassificationRequest:
    """A request for Classify."""
    return ClassificationRequest(model_spec=target.spec(), input=make_input(examples, context))


def regression_request(
    target: Target, examples: Sequence[Features], context: Features | None
) -> RegressionRequest:
    """A request for Regress."""
    return RegressionRequest(model_spec=target.spec(), input=make_input(examples, context))


def multi_inference_request(
    target: Target,
    examples: Sequence[Features],
    tasks: Sequence[tuple[str, str]],
    context: Features | None,
) -> MultiInferenceRequest:
    """A request for MultiInference. tasks: "classify" or "regress", and a signature, of each."""
    request = MultiInferenceRequest(input=make_input(examples, context))
    methods = {"classify": CLASSIFY, "regress": REGRESS}
    for kind, signature in tasks:
        if kind not in methods:
            raise InputError("setting", f"a task is classify or regress, not {kind!r}")
        spec = target._replace(signature=signature).spec()
        request.tasks.add(model_spec=spec, method_name=methods[kind])
    return request


def make_input(examples: Sequence[Features], context: Features | None = None) -> Input:
    """Examples, and what all of them share, as Classify, Regress and MultiInference take them."""
    made = Input()
    if context is None:
        made.example_list.examples.extend(make_example(each, number) for number, each in enumerate(examples))
        made.example_list.SetInParent()
        return made
    listed = made.example_list_with_context
    listed.examples.extend(make_example(each, number) for number, each in enumerate(examples))
    listed.context.CopyFrom(make_example(context, None))
    return made


def make_example(features: Features, number: int | None = None) -> Example:
    """One example. number: its place among others, for errors."""
    made = Example()
    if not isinstance(features, Mapping):
        raise InputError("type", f"an example is features by name, not {type(features).__name__}")
    for name, value in features.items():
        feature = made.features.feature[name]
        try:
            listed = _feature_values(value)
            kinds = {tensors.kind_of(type(each)) for each in listed}
            if kinds <= {"int", "bool"}:
                # No values have no type.
                if listed:
                    feature.int64_list.value.extend(map(int, listed))
            elif kinds <= {"int", "float"}:
                feature.float_list.value.extend(tensors.floats(listed))
            elif kinds == {"string"}:
                feature.bytes_list.value.extend(
                    each.encode() if isinstance(each, str) else bytes(each) for each in listed
                )
            else:
                raise InputError("type", f"a feature can't hold {' and '.join(sorted(kinds))}")
        except InputError as error:
            where = "context" if number is None else f"example {number}"
            raise InputError(error.kind, f"{where}, feature {name}: {error}") from error
        except ValueError as error:
            where = "context" if number is None else f"example {number}"
            raise InputError("overflow", f"{where}, feature {name}: {error}") from error
    return made


def read_classes(result: ClassificationResult) -> list[list[Class]]:
    """The classes of each example, as the model orders them."""
    return [[Class(each.label, each.score) for each in one.classes] for one in result.classifications]


def read_values(result: RegressionResult) -> list[float]:
    """The value of each example."""
    return [each.value for each in result.regressions]


def read_results(reply: MultiInferenceResponse) -> list[list[list[Class]] | list[float]]:
    """What each task gives."""
    found: list[list[list[Class]] | list[float]] = []
    for result in reply.results:
        if result.HasField("classification_result"):
            found.append(read_classes(result.classification_result))
        else:
            found.append(read_values(result.regression_result))
    return found


def read_statuses(reply: GetModelStatusResponse) -> list[VersionStatus]:
    """What is said about each version, the newest first."""
    codes = {code.value[0]: code.name for code in grpc.StatusCode}
    return sorted(
        (
            VersionStatus(
                each.version,
                type(each).State.Name(each.state),
                codes.get(each.status.error_code, str(each.status.error_code)),
                each.status.error_message,
            )
            for each in reply.model_version_status
        ),
        reverse=True,
    )


def split(
    request: PredictRequest, rows: int, shared: Sequence[str] = (), optional: Sequence[str] = ()
) -> list[Part]:
    """The inputs of a batch in parts of at most so many rows. Scalars and shared inputs are in each part.

    optional: inputs that are shared too where they don't have the rows of the others.
    """
    if not isinstance(rows, int) or rows < 1:
        raise InputError("setting", f"parts of {rows} rows")
    must_be_names("shared", shared)
    inputs = request.inputs
    unknown = set(shared) - set(inputs)
    if unknown:
        raise InputError("name", f"shared inputs that aren't there: {', '.join(sorted(unknown))}")
    shapes = {name: tensors.shape_of(tensor) for name, tensor in inputs.items()}
    sizes = {name: shape[0] for name, shape in shapes.items() if shape and name not in shared}
    given = {name: size for name, size in sizes.items() if name not in optional} or sizes
    if len(set(given.values())) != 1:
        said = ", ".join(f"{name} has {size}" for name, size in sorted(given.items())) or "all are shared"
        raise InputError("shape", f"the inputs of a batch have no common number of rows: {said}")
    total = next(iter(given.values()))
    split_ones = [name for name, size in sizes.items() if size == total]
    if set(given) - set(split_ones):
        raise InputError("shape", "the inputs of a batch have no common number of rows")
    if total <= rows:
        return [Part(range(total), request)]
    parts = []
    for start in range(0, total, rows):
        stop = min(total, start + rows)
        part = PredictRequest()
        for name, tensor in inputs.items():
            if name in split_ones:
                tensors.copy_rows(tensor, start, stop, part.inputs[name])
            else:
                part.inputs[name].CopyFrom(tensor)
        parts.append(Part(range(start, stop), part))
    return parts


def join(parts: Sequence[Part], replies: Sequence[PredictResponse]) -> dict[str, TensorProto]:
    """The outputs of all parts, put together in the order of their rows."""
    made = {}
    for name in replies[0].outputs:
        pieces = []
        for part, reply in zip(parts, replies):
            if name not in reply.outputs:
                raise ReplyError(f"rows {part.rows.start} to {part.rows.stop - 1} have no output {name}")
            pieces.append(reply.outputs[name])
        if len(parts) > 1:
            shapes = [tuple(dim.size for dim in piece.tensor_shape.dim) for piece in pieces]
            if any(not shape or shape[0] != len(part.rows) for shape, part in zip(shapes, parts)):
                raise ReplyError(
                    f"output {name} hasn't a row for each row of the inputs: leave it out with outputs=[...]"
                )
        try:
            made[name] = tensors.joined(pieces)
        except InputError as error:
            raise ReplyError(f"output {name}: {error}") from error
    return made


def _feature_values(value: Any) -> list[Any]:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, range)):
        return list(value)
    return [value]
