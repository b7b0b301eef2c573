"""A client whose calls wait for their answers. It may be used by several threads."""

from __future__ import annotations

import threading
import time
from concurrent import futures
from types import TracebackType
from typing import TYPE_CHECKING, Any, Mapping, Sequence

import grpc
from @module{} import ModelServiceStub, PredictionServiceStub

from . import connection
from .connection import TLS, Metadata, Settings
from .core import CallOptions, Core, Request, Steps, T, Together
from .errors import CallError, ClientError, call_error
from .models import Models, server_config
from .requests import Class, Features, Prediction, Target, VersionStatus
from .signatures import Signature

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Client:
    """A client of model servers, all of which serve the same models.

    addresses: "host:port" of each; calls take turns, and one that can't be reached is passed over.
    Where a name has several addresses in DNS, calls take turns among these too.
    """

    def __init__(
        self,
        *addresses: str,
        tls: TLS | grpc.ChannelCredentials | None = None,
        call_credentials: grpc.CallCredentials | None = None,
        metadata: Metadata | None = None,
        deadline: float | None = 30.0,
        max_message_bytes: int | None = None,
        keepalive: float | None = 330.0,
        attempts: int = 3,
        interceptors: Sequence[grpc.UnaryUnaryClientInterceptor] = (),
        options: Sequence[tuple[str, Any]] = (),
        channel: grpc.Channel | None = None,
        check: bool = True,
        arrays: bool | None = None,
    ) -> None:
        """Nothing is sent yet.

        tls, call_credentials, max_message_bytes, keepalive, attempts, options: see Settings.
        metadata: headers of every call. deadline: seconds for a call, where it doesn't say another; None for
        no limit. channel: a channel of your own instead of addresses; it stays yours to close.
        check: look at the model's signature before anything is sent. arrays: read outputs as NumPy arrays
        (True), as lists (False), or as arrays where NumPy is installed (None).
        """
        settings = Settings(tls, call_credentials, max_message_bytes, keepalive, attempts, options)
        if channel is not None:
            found = list(addresses) or ["the given channel"]
            self._owned: list[grpc.Channel] = []
            channels = [grpc.intercept_channel(channel, *interceptors) if interceptors else channel]
        else:
            found = connection.split_addresses(addresses)
            channels = [connection.open_channel(address, settings, interceptors) for address in found]
            self._owned = channels
        self._stubs = [
            {"PredictionService": PredictionServiceStub(each), "ModelService": ModelServiceStub(each)}
            for each in channels
        ]
        self._closed = False
        self._core = Core(
            found[: len(channels)],
            deadline=deadline,
            metadata=metadata,
            check=check,
            arrays=arrays,
            secure=tls is not None or channel is not None,
        )

    def predict(
        self,
        model: str,
        inputs: Mapping[str, Any],
        *,
        outputs: Sequence[str] = (),
        fill: str = "error",
        **options: Unpack[CallOptions],
    ) -> Prediction:
        """Call Predict; inputs are what to_tensor takes, or tensors.

        outputs: those that are wanted, where not all are. fill: what becomes of inputs that aren't given:
        "error", "zeros", or the model's "defaults"; the result names those that were filled.
        Raises InputError before anything is sent, else CallError.
        """
        return self._run(self._core.predict(Target(model, **options), inputs, outputs, fill))

    def predict_batches(
        self,
        model: str,
        inputs: Mapping[str, Any],
        *,
        rows: int,
        parallel: int = 4,
        shared: Sequence[str] = (),
        outputs: Sequence[str] = (),
        fill: str = "error",
        **options: Unpack[CallOptions],
    ) -> Prediction:
        """Call Predict for a batch in parts of at most `rows` rows, at most `parallel` of them at a time.

        Rows are the first dimension of inputs and outputs. Scalars, and inputs that are named as shared, are
        sent with each part. Parts take turns among the addresses. The first part that fails ends the others,
        and its error has its rows. The deadline is for all together.
        """
        return self._run(
            self._core.predict_batches(
                Target(model, **options), inputs, outputs, fill, rows=rows, parallel=parallel, shared=shared
            )
        )

    def classify(
        self,
        model: str,
        examples: Sequence[Features],
        *,
        context: Features | None = None,
        **options: Unpack[CallOptions],
    ) -> list[list[Class]]:
        """Call Classify; the classes of each example. context: features that all examples share."""
        return self._run(self._core.classify(Target(model, **options), examples, context))

    def regress(
        self,
        model: str,
        examples: Sequence[Features],
        *,
        context: Features | None = None,
        **options: Unpack[CallOptions],
    ) -> list[float]:
        """Call Regress; the value of each example. context: features that all examples share."""
        return self._run(self._core.regress(Target(model, **options), examples, context))

    def multi_inference(
        self,
        model: str,
        examples: Sequence[Features],
        tasks: Sequence[tuple[str, str]],
        *,
        context: Features | None = None,
        **options: Unpack[CallOptions],
    ) -> list[list[list[Class]] | list[float]]:
        """Call MultiInference: for each task, as classify or regress gives it.

        tasks: "classify" or "regress", and a signature, of each.
        """
        return self._run(self._core.multi_inference(Target(model, **options), examples, tasks, context))

    def signature(self, model: str, **options: Unpack[CallOptions]) -> Signature:
        """What the model takes and gives. It is read once for a version."""
        return self._run(self._core.signature(Target(model, **options)))

    def status(self, model: str, **options: Unpack[CallOptions]) -> list[VersionStatus]:
        """What a server says about the versions of a model, the newest first."""
        return self._run(self._core.status(Target(model, **options)))

    def wait_ready(
        self, model: str, *, timeout: float = 60.0, poll: float = 0.5, **options: Unpack[CallOptions]
    ) -> list[VersionStatus]:
        """Return once the model, or the given version or label of it, is AVAILABLE at every address.

        A server that can't be reached yet is waited for, too. Raises NotReady after the timeout, and at once
        where the version asked for has failed to load.
        """
        return self._run(self._core.wait_ready(Target(model, **options), timeout, poll))

    def reload(self, models: Models, **options: Unpack[CallOptions]) -> None:
        """Make every server serve these models: a ModelsConf, its message, or the path of a models.conf.

        The list is all that the server serves from then on: models that aren't in it are unloaded. The call
        returns when the server has taken the list and loaded what is new; it has a deadline always.
        """
        self._run(self._core.reload(server_config(models), options))

    def close(self) -> None:
        """End all calls, and close the channels that this client opened."""
        self._closed = True
        for channel in self._owned:
            channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, steps: Steps[T], running: _Running | None = None) -> T:
        """Do step by step what the core says."""
        try:
            step = next(steps)
            while True:
                try:
                    came: Any = None
                    if isinstance(step, Request):
                        came = self._call(step, running)
                    elif isinstance(step, Together):
                        came = self._together(step)
                    else:
                        time.sleep(step.seconds)
                except ClientError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as end:
            result: T = end.value
            return result

    def _call(self, step: Request, running: _Running | None) -> Any:
        if self._closed:
            raise call_error(step.about, grpc.StatusCode.CANCELLED, "the client is closed")
        method = getattr(self._stubs[step.address][step.service], step.method)
        settings = {
            "timeout": step.timeout,
            "metadata": step.metadata,
            "credentials": step.target.credentials,
        }
        try:
            if running is None:
                return method(step.message, **settings)
            call = method.future(step.message, **settings)
            with running.watch(call):
                return call.result()
        except ValueError as error:
            # What gRPC raises where the channel was closed by another thread.
            if not self._closed:
                raise
            raise call_error(step.about, grpc.StatusCode.CANCELLED, "the client is closed") from error
        except grpc.FutureCancelledError as error:
            raise call_error(step.about, grpc.StatusCode.CANCELLED, "another part failed") from error
        except grpc.RpcError as error:
            raise rpc_failure(step, error) from error

    def _together(self, step: Together) -> list[Any]:
        if len(step.parts) == 1:
            return [self._run(step.parts[0])]
        running = _Running()
        workers = min(step.parallel, len(step.parts))
        with futures.ThreadPoolExecutor(workers, "predict_batches") as pool:
            parts = [pool.submit(self._run, part, running) for part in step.parts]
            try:
                ended, _ = futures.wait(parts, return_when=futures.FIRST_EXCEPTION)
                for part in parts:
                    # Ended without an error, or with the first one; not those that it cancels below.
                    if part in ended:
                        part.result()
                return [part.result() for part in parts]
            finally:
                for part in parts:
                    part.cancel()
                running.stop()


class _Running:
    """Calls that run at the same time, and end together."""

    def __init__(self) -> None:
        self._calls: set[Any] = set()
        self._stopped = False
        self._lock = threading.Lock()

    def watch(self, call: Any) -> _Watched:
        with self._lock:
            self._calls.add(call)
            stopped = self._stopped
        if stopped:
            call.cancel()
        return _Watched(self, call)

    def done(self, call: Any) -> None:
        with self._lock:
            self._calls.discard(call)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            calls = list(self._calls)
        for call in calls:
            call.cancel()


class _Watched:
    """While a call lasts."""

    def __init__(self, running: _Running, call: Any) -> None:
        self._running = running
        self._call = call

    def __enter__(self) -> None:
        """Watched already."""

    def __exit__(self, *failure: object) -> None:
        self._running.done(self._call)


def rpc_failure(step: Request, error: grpc.RpcError) -> CallError:
    """The error of a call, from gRPC's."""
    call: Any = error
    if not hasattr(call, "code"):
        return call_error(step.about, grpc.StatusCode.UNKNOWN, str(error))
    return call_error(step.about, call.code(), call.details(), call.trailing_metadata())
