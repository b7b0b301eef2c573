"""A client for asyncio: as Client, with calls that are awaited."""

from __future__ import annotations

import asyncio
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Mapping, Sequence

import grpc
import grpc.aio
from @module{} import ModelServiceAsyncStub, PredictionServiceAsyncStub

from . import connection
from .client import rpc_failure
from .connection import TLS, Metadata, Settings
from .core import CallOptions, Core, Request, Steps, T, Together
from .errors import ClientError, InputError, call_error
from .models import Models, server_config
from .requests import Class, Features, Prediction, Target, VersionStatus
from .signatures import Signature

if TYPE_CHECKING:
    from typing_extensions import Unpack


class AsyncClient:
    """A client of model servers, all of which serve the same models, for one event loop.

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
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        options: Sequence[tuple[str, Any]] = (),
        channel: grpc.aio.Channel | None = None,
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
            self._owned: list[grpc.aio.Channel] = []
            if interceptors:
                raise InputError("setting", "interceptors are given to a channel when it is made")
            channels = [channel]
        else:
            found = connection.split_addresses(addresses)
            channels, self._owned = [], []
        self._stubs = [_stubs(each) for each in channels]
        # Channels are of an event loop, which runs when the first call is made.
        self._open = partial(connection.open_async_channel, settings=settings, interceptors=interceptors)
        self._closed = False
        self._core = Core(
            found[:1] if channels else found,
            deadline=deadline,
            metadata=metadata,
            check=check,
            arrays=arrays,
            secure=tls is not None or channel is not None,
        )

    async def predict(
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
        return await self._run(self._core.predict(Target(model, **options), inputs, outputs, fill))

    async def predict_batches(
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
        return await self._run(
            self._core.predict_batches(
                Target(model, **options), inputs, outputs, fill, rows=rows, parallel=parallel, shared=shared
            )
        )

    async def classify(
        self,
        model: str,
        examples: Sequence[Features],
        *,
        context: Features | None = None,
        **options: Unpack[CallOptions],
    ) -> list[list[Class]]:
        """Call Classify; the classes of each example. context: features that all examples share."""
        return await self._run(self._core.classify(Target(model, **options), examples, context))

    async def regress(
        self,
        model: str,
        examples: Sequence[Features],
        *,
        context: Features | None = None,
        **options: Unpack[CallOptions],
    ) -> list[float]:
        """Call Regress; the value of each example. context: features that all examples share."""
        return await self._run(self._core.regress(Target(model, **options), examples, context))

    async def multi_inference(
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
        return await self._run(self._core.multi_inference(Target(model, **options), examples, tasks, context))

    async def signature(self, model: str, **options: Unpack[CallOptions]) -> Signature:
        """What the model takes and gives. It is read once for a version."""
        return await self._run(self._core.signature(Target(model, **options)))

    async def status(self, model: str, **options: Unpack[CallOptions]) -> list[VersionStatus]:
        """What a server says about the versions of a model, the newest first."""
        return await self._run(self._core.status(Target(model, **options)))

    async def wait_ready(
        self, model: str, *, timeout: float = 60.0, poll: float = 0.5, **options: Unpack[CallOptions]
    ) -> list[VersionStatus]:
        """Return once the model, or the given version or label of it, is AVAILABLE at every address.

        A server that can't be reached yet is waited for, too. Raises NotReady after the timeout, and at once
        where the version asked for has failed to load.
        """
        return await self._run(self._core.wait_ready(Target(model, **options), timeout, poll))

    async def reload(self, models: Models, **options: Unpack[CallOptions]) -> None:
        """Make every server serve these models: a ModelsConf, its message, or the path of a models.conf.

        The list is all that the server serves from then on: models that aren't in it are unloaded. The call
        returns when the server has taken the list and loaded what is new; it has a deadline always.
        """
        await self._run(self._core.reload(server_config(models), options))

    async def close(self) -> None:
        """End all calls, and close the channels that this client opened."""
        self._closed = True
        for channel in self._owned:
            await channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(self, steps: Steps[T]) -> T:
        """Do step by step what the core says."""
        try:
            step = next(steps)
            while True:
                try:
                    came: Any = None
                    if isinstance(step, Request):
                        came = await self._call(step)
                    elif isinstance(step, Together):
                        came = await self._together(step)
                    else:
                        await asyncio.sleep(step.seconds)
                except ClientError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(came)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _call(self, step: Request) -> Any:
        if self._closed:
            raise call_error(step.about, grpc.StatusCode.CANCELLED, "the client is closed")
        if not self._stubs:
            self._owned = [self._open(address) for address in self._core.addresses]
            self._stubs = [_stubs(each) for each in self._owned]
        method = getattr(self._stubs[step.address][step.service], step.method)
        try:
            return await method(
                step.message,
                timeout=step.timeout,
                metadata=step.metadata,
                credentials=step.target.credentials,
            )
        except grpc.RpcError as error:
            raise rpc_failure(step, error) from error

    async def _together(self, step: Together) -> list[Any]:
        turns = asyncio.Semaphore(step.parallel)

        async def one(part: Steps[Any]) -> Any:
            async with turns:
                return await self._run(part)

        tasks = [asyncio.ensure_future(one(part)) for part in step.parts]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _stubs(channel: grpc.aio.Channel) -> dict[str, Any]:
    return {
        "PredictionService": PredictionServiceAsyncStub(channel),
        "ModelService": ModelServiceAsyncStub(channel),
    }
