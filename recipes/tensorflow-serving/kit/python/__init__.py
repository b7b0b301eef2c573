"""A client of TensorFlow Serving, on top of this package's messages and stubs.

    from @module{}.client import Client

    with Client("localhost:8500") as client:
        print(client.predict("half_plus_two", {"x": [1.0, 2.0, 5.0]})["y"])

Values are NumPy arrays where NumPy is installed, and plain lists anywhere. What is here is imported when it
is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aio import AsyncClient as AsyncClient
    from .client import Client as Client
    from .connection import TLS as TLS
    from .errors import CallCancelled as CallCancelled
    from .errors import CallError as CallError
    from .errors import ClientError as ClientError
    from .errors import DeadlineExceeded as DeadlineExceeded
    from .errors import InputError as InputError
    from .errors import NotReady as NotReady
    from .errors import ReplyError as ReplyError
    from .errors import Unreachable as Unreachable
    from .fake import FakeServer as FakeServer
    from .models import ModelsConf as ModelsConf
    from .requests import Class as Class
    from .requests import Prediction as Prediction
    from .requests import VersionStatus as VersionStatus
    from .signatures import Signature as Signature
    from .signatures import Spec as Spec
    from .tensors import from_tensor as from_tensor
    from .tensors import to_tensor as to_tensor
    from .warmup import read_warmup as read_warmup
    from .warmup import warmup_from_signature as warmup_from_signature
    from .warmup import warmup_request as warmup_request
    from .warmup import write_warmup as write_warmup

# The module below this package that has the name.
_EXPORTS = {
    "AsyncClient": "aio",
    "CallCancelled": "errors",
    "CallError": "errors",
    "Class": "requests",
    "Client": "client",
    "ClientError": "errors",
    "DeadlineExceeded": "errors",
    "FakeServer": "fake",
    "InputError": "errors",
    "ModelsConf": "models",
    "NotReady": "errors",
    "Prediction": "requests",
    "ReplyError": "errors",
    "Signature": "signatures",
    "Spec": "signatures",
    "TLS": "connection",
    "Unreachable": "errors",
    "VersionStatus": "requests",
    "from_tensor": "tensors",
    "read_warmup": "warmup",
    "to_tensor": "tensors",
    "warmup_from_signature": "warmup",
    "warmup_request": "warmup",
    "write_warmup": "warmup",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_EXPORTS[name]}"
    try:
        value = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        # Left out, as this release lacks the protos that it needs.
        raise AttributeError(f"{name} isn't in {__name__} of this release") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
