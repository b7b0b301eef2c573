"""What a client does, step by step, whether its calls wait or run on asyncio.

Each function is a generator: it yields what is to be done (a call, several at a time, a pause), is sent
what came of it, and returns its result. So each thing is done in one way, however calls are made.
"""

from __future__ import annotations

import itertools
import threading
import time
from typing import (
    Any,
    Generator,
    Mapping,
    NamedTuple,
    Sequence,
    TypedDict,
    TypeVar,
    Union,
)

import grpc
from @module{} import (
    GetModelMetadataRequest,
    GetModelStatusRequest,
    ModelSpec,
    PredictResponse,
    ReloadConfigRequest,
)
from @module{tensorflow_serving/config/model_server_config.proto} import ModelServerConfig

from . import requests, signatures
from .connection import Metadata, metadata_pairs
from .errors import Call, CallError, DeadlineExceeded, InputError, NotReady, Unreachable, call_error
from .requests import Class, Default, Features, Part, Prediction, Target, VersionStatus
from .signatures import Checked, Signature

T = TypeVar("T")
_PREDICTION, _MODEL = "PredictionService", "ModelService"
_RELOAD_SECONDS = 60.0
# How long one question for readiness may take: a server that hangs is asked again.
_STATUS_SECONDS = 10.0


class CallOptions(TypedDict, total=False):
    """What each call takes besides its values."""

    version: int | None
    """The version of the model; the newest one where neither this nor a label is given."""
    label: str | None
    """The label that the server's configuration gives a version."""
    signature: str
    """The signature; "serving_default" where it isn't given."""
    deadline: float | Default | None
    """Seconds for all that the call does, or None for no limit; the client's where it isn't given."""
    metadata: Metadata | None
    """Headers to send besides the client's."""
    credentials: grpc.CallCredentials | None
    """What names the caller in this call, instead of the client's; only with TLS."""


class Request(NamedTuple):
    """A step: one call of one server."""

    service: str
    method: str
    message: Any
    address: int  # its place among the client's
    timeout: float | None
    metadata: list[tuple[str, str | bytes]]
    target: Target
    place: str  # the address itself
    rows: range | None

    @property
    def about(self) -> Call:
        """The same for errors."""
        return self.target.call(self.method, self.place, self.rows)


class Together(NamedTuple):
    """A step: several things at a time. It gives their results in order; the first error ends the others."""

    parts: list[Steps[Any]]
    parallel: int


class Pause(NamedTuple):
    """A step: nothing, for some seconds."""

    seconds: float


Step = Union[Request, Together, Pause]
# Yields steps, is sent what comes of each, and returns a T.
Steps = Generator[Step, Any, T]


class _Known(NamedTuple):
    version: int  # that the signatures are of
    signatures: dict[str, Signature] | None  # None where the server doesn't tell


class Core:
    """The state of a client: what it knows about models, and whose turn it is among the addresses."""

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        deadline: float | None,
        metadata: Metadata | None,
        check: bool,
        arrays: bool | None,
        secure: bool,
    ) -> None:
        self.addresses = list(addresses)
        self._deadline = deadline
        self._metadata = metadata_pairs(metadata)
        self._check = check
        self._arrays = arrays
        self._secure = secure
        self._turns = itertools.count()
        self._known: dict[tuple[str, int | None, str | None], _Known] = {}
        self._lock = threading.Lock()

    def predict(
        self, target: Target, inputs: Mapping[str, Any], outputs: Sequence[str], fill: str
    ) -> Steps[Prediction]:
        """One call of Predict."""
        until = self._until(target)
        checked = yield from self._checked(target, inputs, outputs, fill, until)
        request = requests.address(checked.request, target, outputs)
        reply = yield from self._send(_PREDICTION, "Predict", request, target, until)
        self._answered(target, reply.model_spec)
        return Prediction(reply.outputs, [reply.model_spec], checked.filled, self._arrays)

    def predict_batches(
        self,
        target: Target,
        inputs: Mapping[str, Any],
        outputs: Sequence[str],
        fill: str,
        *,
        rows: int,
        parallel: int,
        shared: Sequence[str],
    ) -> Steps[Prediction]:
        """Calls of Predict with some rows each, at most so many at a time."""
        if parallel < 1:
            raise InputError("setting", f"{parallel} calls at a time")
        until = self._until(target)
        checked = yield from self._checked(target, inputs, outputs, fill, until)
        parts = requests.split(checked.request, rows, shared, checked.filled)
        replies: list[PredictResponse] = yield Together(
            [self._part(target, part, outputs, until) for part in parts], parallel
        )
        for reply in replies:
            self._answered(target, reply.model_spec)
        joined = requests.join(parts, replies)
        return Prediction(joined, [reply.model_spec for reply in replies], checked.filled, self._arrays)

    def classify(
        self, target: Target, examples: Sequence[Features], context: Features | None
    ) -> Steps[list[list[Class]]]:
        """One call of Classify."""
        request = requests.classification_request(target, examples, context)
        reply = yield from self._send(_PREDICTION, "Classify", request, target, self._until(target))
        return requests.read_classes(reply.result)

    def regress(
        self, target: Target, examples: Sequence[Features], context: Features | None
    ) -> Steps[list[float]]:
        """One call of Regress."""
        request = requests.regression_request(target, examples, context)
        reply = yield from self._send(_PREDICTION, "Regress", request, target, self._until(target))
        return requests.read_values(reply.result)

    def multi_inference(
        self,
        target: Target,
        examples: Sequence[Features],
        tasks: Sequence[tuple[str, str]],
        context: Features | None,
    ) -> Steps[list[list[list[Class]] | list[float]]]:
        """One call of MultiInference."""
        request = requests.multi_inference_request(target, examples, tasks, context)
        reply = yield from self._send(_PREDICTION, "MultiInference", request, target, self._until(target))
        return requests.read_results(reply)

    def signature(self, target: Target) -> Steps[Signature]:
        """What the model takes and gives."""
        known = yield from self._read(target, self._until(target))
        if known.signatures is None:
            raise InputError("setting", "the server tells no signatures")
        return signatures.choose(known.signatures, target.signature)

    def status(self, target: Target) -> Steps[list[VersionStatus]]:
        """What a server says about the versions of a model."""
        request = GetModelStatusRequest(model_spec=target.spec())
        reply = yield from self._send(_MODEL, "GetModelStatus", request, target, self._until(target))
        return requests.read_statuses(reply)

    def wait_ready(self, target: Target, timeout: float, poll: float) -> Steps[list[VersionStatus]]:
        """Return once a version is available at every address."""
        until = time.monotonic() + timeout
        ready: list[VersionStatus] = []
        for address in range(len(self.addresses)):
            ready = yield from self._wait_ready_at(address, target, until, poll)
        return ready

    def reload(self, config: ModelServerConfig, options: CallOptions) -> Steps[None]:
        """Make every server serve these models, and no others."""
        target = Target("", **options)
        if isinstance(target.deadline, Default):
            target = target._replace(deadline=self._deadline or _RELOAD_SECONDS)
        if target.deadline is None:
            raise InputError("setting", "a reload needs a deadline: a path that is wrong makes it hang")
        until = self._until(target)
        for address in range(len(self.addresses)):
            step = self._request(
                _MODEL,
                "HandleReloadConfigRequest",
                ReloadConfigRequest(config=config),
                target,
                until,
                address,
            )
            reply = yield step
            if reply.status.error_code:
                code = next(
                    (each for each in grpc.StatusCode if each.value[0] == reply.status.error_code),
                    grpc.StatusCode.UNKNOWN,
                )
                raise call_error(step.about, code, reply.status.error_message)

    def _part(
        self, target: Target, part: Part, outputs: Sequence[str], until: float | None
    ) -> Steps[PredictResponse]:
        request = requests.address(part.request, target, outputs)
        reply: PredictResponse = yield from self._send(
            _PREDICTION, "Predict", request, target, until, part.rows
        )
        return reply

    def _wait_ready_at(
        self, address: int, target: Target, until: float, poll: float
    ) -> Steps[list[VersionStatus]]:
        request, said = GetModelStatusRequest(model_spec=target.spec()), ""
        while True:
            step = self._request(_MODEL, "GetModelStatus", request, target, until, address)
            try:
                reply = yield step._replace(timeout=max(0.0, min(_STATUS_SECONDS, until - time.monotonic())))
            except CallError as error:
                waiting = isinstance(error, (Unreachable, DeadlineExceeded)) or error.code() in (
                    grpc.StatusCode.NOT_FOUND,
                    # That is how a server answers for a label that no version has yet.
                    *([grpc.StatusCode.INVALID_ARGUMENT] if target.label else []),
                )
                if not waiting:
                    raise
                # What was known last says more than that there was no time to ask again.
                said = said if said and isinstance(error, DeadlineExceeded) else str(error)
            else:
                found = requests.read_statuses(reply)
                ready = [each for each in found if each.state == "AVAILABLE"]
                if ready:
                    return ready
                said = f"{step.about}: " + (
                    "; ".join(" ".join(map(str, each)).strip() for each in found) or "no version"
                )
                if target.pinned and any(each.state == "END" and each.code != "OK" for each in found):
                    raise NotReady(said)
            if until - time.monotonic() <= poll:
                raise NotReady(said)
            yield Pause(poll)

    def _send(
        self,
        service: str,
        method: str,
        message: Any,
        target: Target,
        until: float | None,
        rows: range | None = None,
    ) -> Steps[Any]:
        """A call at the address whose turn it is, and at the others while they can't be reached."""
        count, first = len(self.addresses), next(self._turns)
        for number in range(count):
            step = self._request(service, method, message, target, until, (first + number) % count, rows)
            try:
                return (yield step)
            except Unreachable:
                if number + 1 == count:
                    raise
        raise AssertionError

    def _request(
        self,
        service: str,
        method: str,
        message: Any,
        target: Target,
        until: float | None,
        address: int,
        rows: range | None = None,
    ) -> Request:
        if target.credentials and not self._secure:
            raise InputError("setting", "call credentials need TLS: anybody could read them")
        timeout = None if until is None else max(0.0, until - time.monotonic())
        metadata = self._metadata
        if target.metadata is not None:
            metadata = [*metadata, *metadata_pairs(target.metadata)]
        place = self.addresses[address]
        return Request(service, method, message, address, timeout, metadata, target, place, rows)

    def _until(self, target: Target) -> float | None:
        seconds = self._deadline if isinstance(target.deadline, Default) else target.deadline
        return None if seconds is None else time.monotonic() + seconds

    def _checked(
        self,
        target: Target,
        inputs: Mapping[str, Any],
        outputs: Sequence[str],
        fill: str,
        until: float | None,
    ) -> Steps[Checked]:
        """The inputs as tensors, checked where the signature is known."""
        requests.must_be_names("outputs", outputs)
        if not self._check and fill == "error":
            return signatures.unchecked(inputs)
        while True:
            known = self._known.get(self._key(target))
            fresh = known is None
            if known is None:
                known = yield from self._read(target, until)
            if known.signatures is None:
                if fill != "error":
                    raise InputError(
                        "setting", f"the server tells no signatures: fill={fill!r} can't be done"
                    )
                return signatures.unchecked(inputs)
            try:
                signature = signatures.choose(known.signatures, target.signature)
                return signatures.check(signature, inputs, outputs, fill)
            except InputError:
                # What is known may be of a version that isn't served any more.
                if fresh or target.pinned:
                    raise
                self._forget(target)

    def _read(self, target: Target, until: float | None) -> Steps[_Known]:
        """What is known about a model's signatures; asked for once."""
        key = self._key(target)
        known = self._known.get(key)
        if known:
            return known
        asked = target._replace(signature="")
        request = GetModelMetadataRequest(model_spec=asked.spec(), metadata_field=["signature_def"])
        try:
            reply = yield from self._send(_PREDICTION, "GetModelMetadata", request, asked, until)
            known = _Known(reply.model_spec.version.value, signatures.read_signatures(reply))
        except CallError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise
            known = _Known(0, None)
        with self._lock:
            self._known[key] = known
        return known

    def _answered(self, target: Target, spec: ModelSpec) -> None:
        """Forget the signatures of another version than the one that answers now."""
        known = self._known.get(self._key(target))
        version = spec.version.value
        if known and known.signatures is not None and version and version != known.version:
            self._forget(target)

    def _forget(self, target: Target) -> None:
        with self._lock:
            self._known.pop(self._key(target), None)

    @staticmethod
    def _key(target: Target) -> tuple[str, int | None, str | None]:
        return target.model, target.version, target.label
