"""A model server for tests: in the same process, on a port of its own, with models that are functions."""

from __future__ import annotations

import dataclasses
import threading
from concurrent import futures
from types import TracebackType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence

import grpc
from @module{} import (
    ClassificationResponse,
    GetModelMetadataResponse,
    GetModelStatusResponse,
    ModelServiceServicer,
    ModelSpec,
    MultiInferenceResponse,
    PredictionServiceServicer,
    PredictResponse,
    RegressionResponse,
    ReloadConfigResponse,
    SignatureDefMap,
    add_ModelServiceServicer_to_server,
    add_PredictionServiceServicer_to_server,
)
from @module{tensorflow/core/framework/types.proto} import DataType

from . import tensors
from .errors import ClientError
from .requests import CLASSIFY
from .signatures import DEFAULT_SIGNATURE, Spec

Predict = Callable[[Dict[str, Any]], Mapping[str, Any]]
"""What a model does: outputs by name from inputs by name, as from_tensor reads and to_tensor takes them."""

Infer = Callable[[List[Dict[str, List[Any]]]], Sequence[Any]]
"""What a classifier or a regressor does with examples: pairs of label and score for each, or a value."""

_UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class FakeCall(NamedTuple):
    """A call that came."""

    method: str
    request: Any
    metadata: dict[str, Any]


@dataclasses.dataclass
class _Version:
    predict: Predict | None
    classify: Infer | None
    regress: Infer | None
    signature: str
    inputs: Mapping[str, Spec]
    outputs: Mapping[str, Spec]
    defaults: Mapping[str, Any]
    labels: Sequence[str]
    state: str = "AVAILABLE"
    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""


class FakeServer:
    """A model server whose models are given by a test; start it by `with`.

    It refuses what a real one refuses: unknown models, versions, labels and signatures, versions that aren't
    available, inputs that are missing or too many.
    """

    def __init__(
        self, *, threads: int = 16, port: int = 0, credentials: grpc.ServerCredentials | None = None
    ) -> None:
        self.calls: list[FakeCall] = []
        """All calls that came, in their order."""
        self._models: dict[str, dict[int, _Version]] = {}
        self._failures: dict[str, list[Any]] = {}
        self._delays: dict[str, float] = {}
        self._changed = threading.Condition()
        self._server = grpc.server(futures.ThreadPoolExecutor(threads, "fake_server"), options=_UNLIMITED)
        add_PredictionServiceServicer_to_server(_Predictions(self), self._server)
        add_ModelServiceServicer_to_server(_Models(self), self._server)
        if credentials:
            self._port = self._server.add_secure_port(f"localhost:{port}", credentials)
        else:
            self._port = self._server.add_insecure_port(f"localhost:{port}")

    @property
    def address(self) -> str:
        """Where it is, for a client."""
        return f"localhost:{self._port}"

    def model(
        self,
        name: str,
        predict: Predict | None = None,
        *,
        version: int = 1,
        classify: Infer | None = None,
        regress: Infer | None = None,
        signature: str = DEFAULT_SIGNATURE,
        inputs: Mapping[str, Spec] | None = None,
        outputs: Mapping[str, Spec] | None = None,
        defaults: Mapping[str, Any] | None = None,
        labels: Sequence[str] = (),
        state: str = "AVAILABLE",
    ) -> None:
        """Serve a version of a model.

        inputs, outputs, defaults: what its signature says; without them it has none to tell.
        """
        made = _Version(
            predict,
            classify,
            regress,
            signature,
            inputs or {},
            outputs or {},
            defaults or {},
            labels,
            state,
        )
        with self._changed:
            self._models.setdefault(name, {})[version] = made

    def state(
        self,
        name: str,
        version: int,
        state: str,
        code: grpc.StatusCode = grpc.StatusCode.OK,
        message: str = "",
    ) -> None:
        """Change the state of a version: START, LOADING, AVAILABLE, UNLOADING or END; with code, why."""
        with self._changed:
            held = self._models[name][version]
            held.state, held.code, held.message = state, code, message

    def fail(self, name: str, code: grpc.StatusCode, details: str = "", times: int | None = None) -> None:
        """Let calls of a model fail: all of them, or the next so many. A code of OK ends it."""
        with self._changed:
            self._failures.pop(name, None)
            if code is not grpc.StatusCode.OK:
                self._failures[name] = [code, details, times]

    def slow(self, name: str, seconds: float) -> None:
        """Let calls of a model last longer; one that is cancelled ends at once."""
        with self._changed:
            self._delays[name] = seconds

    def start(self) -> FakeServer:
        """Begin to take calls."""
        self._server.start()
        return self

    def stop(self) -> None:
        """End all calls."""
        self._server.stop(None).wait()

    def __enter__(self) -> FakeServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def called(self, method: str, request: Any, name: str, context: Any) -> None:
        """Note a call, and let it be slow or fail as it was told."""
        metadata = dict(context.invocation_metadata())
        with self._changed:
            self.calls.append(FakeCall(method, request, metadata))
            delay, failure = self._delays.get(name, 0.0), self._failures.get(name)
            if failure and failure[2] is not None:
                failure[2] -= 1
                if failure[2] <= 0:
                    del self._failures[name]
            code, details = (failure[0], failure[1]) if failure else (None, "")
        if delay:
            ended = threading.Event()
            if context.add_callback(ended.set):
                ended.wait(delay)
        if code:
            context.abort(code, details)

    def find(self, spec: ModelSpec, context: Any) -> tuple[int, _Version]:
        """The version that is asked for, if it is available."""
        with self._changed:
            held = dict(self._models.get(spec.name, {}))
        ready = {number: each for number, each in held.items() if each.state == "AVAILABLE"}
        choice = spec.WhichOneof("version_choice")
        said = f"Latest({spec.name})"
        if choice == "version_label":
            labelled = {number for number, each in ready.items() if spec.version_label in each.labels}
            if not labelled:
                message = f"Unrecognized servable version label: {spec.version_label}"
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, message)
            ready = {number: ready[number] for number in labelled}
        elif choice == "version":
            said = f"Specific({spec.name}, {spec.version.value})"
            ready = {number: each for number, each in ready.items() if number == spec.version.value}
        if not ready:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {said}")
        return max(ready.items())[0], ready[max(ready)]

    def statuses(self, spec: ModelSpec, context: Any) -> GetModelStatusResponse:
        """What is said about the versions of a model."""
        with self._changed:
            held = dict(self._models.get(spec.name, {}))
        if spec.WhichOneof("version_choice"):
            if spec.HasField("version"):
                held = {number: each for number, each in held.items() if number == spec.version.value}
            else:
                number, found = self.find(spec, context)
                held = {number: found}
        if not held:
            message = f"Could not find any versions of model {spec.name}"
            context.abort(grpc.StatusCode.NOT_FOUND, message)
        reply = GetModelStatusResponse()
        for number, each in sorted(held.items(), reverse=True):
            made: Any = reply.model_version_status.add(version=number)
            made.state = type(made).State.Value(each.state)
            made.status.error_code = each.code.value[0]
            made.status.error_message = each.message
        return reply

    def reloaded(self, configs: Sequence[Any]) -> None:
        """Serve these models and no others, as far as the test has given them."""
        with self._changed:
            wanted = {each.name: each for each in configs}
            for name, held in self._models.items():
                config = wanted.get(name)
                chosen = set(config.model_version_policy.specific.versions) if config else set()
                for number, version in held.items():
                    served = config is not None and (not chosen or number in chosen)
                    version.state = "AVAILABLE" if served else "END"
                    if config is not None:
                        labels = config.version_labels
                        version.labels = [label for label, of in labels.items() if of == number]


class _Predictions(PredictionServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self._server = server

    def Predict(self, request: Any, context: Any) -> PredictResponse:
        spec = request.model_spec
        self._server.called("Predict", request, spec.name, context)
        number, model = self._server.find(spec, context)
        _same_signature(spec, model, context)
        if model.inputs and set(request.inputs) != set(model.inputs):
            extra = ",".join(sorted(set(request.inputs) - set(model.inputs)))
            missing = ",".join(sorted(set(model.inputs) - set(request.inputs)))
            message = f"Sent extra: {{{extra}}}. Missing but required: {{{missing}}}."
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, message)
        if model.predict is None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"model {spec.name} has no function for Predict")
            raise AssertionError
        try:
            outputs = model.predict({name: tensors.from_tensor(of) for name, of in request.inputs.items()})
            made = {
                name: tensors.to_tensor(value, model.outputs[name].dtype if name in model.outputs else None)
                for name, value in outputs.items()
                if not request.output_filter or name in request.output_filter
            }
        except ClientError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Exception as error:  # a test's own function
            context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
        return PredictResponse(model_spec=_effective(spec, number, model), outputs=made)

    def Classify(self, request: Any, context: Any) -> ClassificationResponse:
        spec = request.model_spec
        self._server.called("Classify", request, spec.name, context)
        number, model = self._server.find(spec, context)
        reply = ClassificationResponse(model_spec=_effective(spec, number, model))
        _classify(model, request.input, reply.result, context)
        return reply

    def Regress(self, request: Any, context: Any) -> RegressionResponse:
        spec = request.model_spec
        self._server.called("Regress", request, spec.name, context)
        number, model = self._server.find(spec, context)
        reply = RegressionResponse(model_spec=_effective(spec, number, model))
        _regress(model, request.input, reply.result, context)
        return reply

    def MultiInference(self, request: Any, context: Any) -> MultiInferenceResponse:
        name = request.tasks[0].model_spec.name if request.tasks else ""
        self._server.called("MultiInference", request, name, context)
        reply = MultiInferenceResponse()
        for task in request.tasks:
            number, model = self._server.find(task.model_spec, context)
            result = reply.results.add(model_spec=_effective(task.model_spec, number, model))
            if task.method_name == CLASSIFY:
                _classify(model, request.input, result.classification_result, context)
            else:
                _regress(model, request.input, result.regression_result, context)
        return reply

    def GetModelMetadata(self, request: Any, context: Any) -> GetModelMetadataResponse:
        spec = request.model_spec
        self._server.called("GetModelMetadata", request, spec.name, context)
        number, model = self._server.find(spec, context)
        if not model.inputs:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "the test has given no signature")
        packed = SignatureDefMap()
        made: Any = packed.signature_def[model.signature]
        made.method_name = "tensorflow/serving/predict"
        for specs, infos in ((model.inputs, made.inputs), (model.outputs, made.outputs)):
            for name, each in specs.items():
                info = infos[name]
                info.name = f"{name}:0"
                info.dtype = DataType.Value(tensors.dtype_name(each.dtype))
                info.tensor_shape.unknown_rank = each.shape is None
                for size in each.shape or ():
                    info.tensor_shape.dim.add(size=-1 if size is None else size)
        for name, value in model.defaults.items():
            made.defaults[name].CopyFrom(tensors.to_tensor(value, model.inputs[name].dtype))
        reply = GetModelMetadataResponse(model_spec=_effective(spec, number, model))
        reply.metadata["signature_def"].Pack(packed)
        return reply


class _Models(ModelServiceServicer):
    def __init__(self, server: FakeServer) -> None:
        self._server = server

    def GetModelStatus(self, request: Any, context: Any) -> GetModelStatusResponse:
        self._server.called("GetModelStatus", request, request.model_spec.name, context)
        return self._server.statuses(request.model_spec, context)

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> ReloadConfigResponse:
        self._server.called("HandleReloadConfigRequest", request, "", context)
        configs, reply = request.config.model_config_list.config, ReloadConfigResponse()
        if not all(each.name and each.base_path for each in configs):
            made: Any = reply.status
            made.error_code = grpc.StatusCode.INVALID_ARGUMENT.value[0]
            made.error_message = "a model needs a name and a base_path"
            return reply
        self._server.reloaded(configs)
        return reply


def _same_signature(spec: ModelSpec, model: _Version, context: Any) -> None:
    wanted = spec.signature_name or DEFAULT_SIGNATURE
    if wanted != model.signature:
        message = f'Serving signature key "{wanted}" not found.'
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)


def _effective(spec: ModelSpec, version: int, model: _Version) -> ModelSpec:
    made = ModelSpec(name=spec.name, signature_name=spec.signature_name or model.signature)
    made.version.value = version
    return made


def _examples(given: Any) -> list[dict[str, list[Any]]]:
    if given.WhichOneof("kind") == "example_list_with_context":
        listed = given.example_list_with_context
        context = _features(listed.context)
        return [{**context, **_features(each)} for each in listed.examples]
    return [_features(each) for each in given.example_list.examples]


def _features(example: Any) -> dict[str, list[Any]]:
    found = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = list(getattr(feature, kind).value) if kind else []
    return found


def _infer(function: Infer | None, given: Any, context: Any) -> Sequence[Any]:
    if function is None:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Expected another signature method_name")
        raise AssertionError
    try:
        return function(_examples(given))
    except Exception as error:  # a test's own function
        context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
        raise AssertionError from error


def _classify(model: _Version, given: Any, result: Any, context: Any) -> None:
    for scored in _infer(model.classify, given, context):
        made = result.classifications.add()
        for label, score in scored:
            made.classes.add(label=label, score=score)


def _regress(model: _Version, given: Any, result: Any, context: Any) -> None:
    for value in _infer(model.regress, given, context):
        result.regressions.add(value=value)
