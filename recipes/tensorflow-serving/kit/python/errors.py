"""What can go wrong: with values before they are sent, with calls, and with what comes back."""

from __future__ import annotations

from typing import Any, Sequence

import grpc


class ClientError(Exception):
    """Everything that this package raises for a reason of its own."""


class InputError(ClientError, ValueError):
    """Values that make no tensor, or that the model's signature doesn't take; nothing was sent.

    kind: one word for programs: ragged, overflow, type, shape, content, name, missing or setting.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, str(self))


class ReplyError(ClientError, ValueError):
    """A reply that can't be read."""


class NotReady(ClientError, TimeoutError):
    """A model that isn't available after all the time given, or that can't become so."""


class CallError(ClientError, grpc.RpcError):
    """A call that failed, with the status that gRPC gives it.

    It can be read like any other grpc.RpcError, by code(), details() and trailing_metadata().
    """

    def __init__(
        self,
        call: Call,
        code: grpc.StatusCode,
        details: str,
        trailing_metadata: Sequence[Any] = (),
    ) -> None:
        super().__init__(f"{call}: {code.name}: {details}")
        self.call = call
        self._code = code
        self._details = details
        self._trailing_metadata: tuple[Any, ...] = tuple(trailing_metadata)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.call, self._code, self._details, self._trailing_metadata)

    def code(self) -> grpc.StatusCode:
        """The status."""
        return self._code

    def details(self) -> str:
        """What the server or gRPC says about it."""
        return self._details

    def trailing_metadata(self) -> tuple[Any, ...]:
        """What the server sent at the end of the call."""
        return self._trailing_metadata

    @property
    def model(self) -> str:
        """The model that was called."""
        return self.call.model

    @property
    def signature(self) -> str:
        """The signature that was called; empty where none was named."""
        return self.call.signature

    @property
    def address(self) -> str:
        """The address that was called last."""
        return self.call.address

    @property
    def rows(self) -> range | None:
        """The rows of the part that failed, where a batch went in parts."""
        return self.call.rows


class CallCancelled(CallError):
    """A call that was cancelled: by this side (a closed client too) or by the server."""


class DeadlineExceeded(CallError):
    """A call that had no answer before its deadline. The server may have done the work."""


class Unreachable(CallError):
    """A server that can't be reached, or that takes no calls now; after all attempts."""


_KINDS = {
    grpc.StatusCode.CANCELLED: CallCancelled,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: Unreachable,
}


class Call:
    """Which call an error is about."""

    def __init__(
        self,
        method: str,
        model: str = "",
        version: str = "",
        signature: str = "",
        address: str = "",
        rows: range | None = None,
    ) -> None:
        self.method = method
        self.model = model
        self.version = version
        self.signature = signature
        self.address = address
        self.rows = rows

    def __str__(self) -> str:
        said = [self.method]
        if self.model:
            said.append(f"of model {self.model}")
        about = [
            *([f"version {self.version}"] if self.version else []),
            *([f"signature {self.signature}"] if self.signature else []),
            *([f"rows {self.rows.start} to {self.rows.stop - 1}"] if self.rows else []),
        ]
        if about:
            said.append(f"({', '.join(about)})")
        if self.address:
            said.append(f"at {self.address}")
        return " ".join(said)


def call_error(
    call: Call,
    code: grpc.StatusCode,
    details: str | None,
    trailing_metadata: Sequence[Any] | None = None,
) -> CallError:
    """The error of a call, of the class that its status has."""
    return _KINDS.get(code, CallError)(call, code, details or "", trailing_metadata or ())
