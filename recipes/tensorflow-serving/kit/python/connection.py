"""Where the servers are, and how they are called: channels of gRPC, made with settings that suit them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence, Tuple, Union

import grpc
import grpc.aio

from .errors import InputError

Metadata = Union[Mapping[str, Union[str, bytes]], Sequence[Tuple[str, Union[str, bytes]]]]
"""Headers of a call: names in lower case; values are bytes where the name ends in -bin."""

PEM = Union[bytes, str, "os.PathLike[str]"]
"""A key or certificates: PEM as bytes, or the path of a file of it."""

# Calls that do the same when they are made twice.
_RETRIED = [
    {"service": "tensorflow.serving.PredictionService"},
    {"service": "tensorflow.serving.ModelService", "method": "GetModelStatus"},
]
# gRPC keeps what it may have to send again, up to a limit, which is 256 KB by itself.
_RETRY_BUFFER = 2**31 - 1
_PING_TIMEOUT = 20_000  # milliseconds


class TLS(NamedTuple):
    """What a client needs to speak TLS; mutual TLS with key and certificate."""

    ca: PEM | None = None
    """Who is trusted to vouch for the server; those that gRPC brings, where it isn't given."""
    key: PEM | None = None
    """The client's key."""
    certificate: PEM | None = None
    """The client's certificate, and those between it and the authority's."""
    server_name: str | None = None
    """The name in the server's certificate, where it isn't that of the address."""

    def credentials(self) -> grpc.ChannelCredentials:
        """The same for gRPC."""
        return grpc.ssl_channel_credentials(
            root_certificates=_pem(self.ca),
            private_key=_pem(self.key),
            certificate_chain=_pem(self.certificate),
        )


class Settings(NamedTuple):
    """How channels are made."""

    tls: TLS | grpc.ChannelCredentials | None = None
    """None for plaintext."""
    call_credentials: grpc.CallCredentials | None = None
    """What names the caller in each call, such as a token; only with TLS."""
    max_message_bytes: int | None = None
    """The largest message that is sent or taken; None for any."""
    keepalive: float | None = 330.0
    """Seconds between pings while a call waits. Servers end connections that ping more than every 300."""
    attempts: int = 3
    """How often a call is tried, all in all, while a server is unavailable: after 0.1 s, up to 1 s."""
    options: Sequence[tuple[str, Any]] = ()
    """Further options of gRPC's channels; they win over those above."""


def split_addresses(addresses: Sequence[str]) -> list[str]:
    """Addresses one by one: "host:port", or anything else that gRPC takes, or several between commas."""
    found = [
        part.strip()
        for address in addresses
        # These are one address for gRPC, however many hosts they name.
        for part in ([address] if address.startswith(("ipv4:", "ipv6:")) else address.split(","))
    ]
    if not found or not all(found):
        raise InputError("setting", "an address is needed: host:port")
    return found


def channel_options(settings: Settings) -> list[tuple[str, Any]]:
    """The options that a channel is made with."""
    service_config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if settings.attempts > 1:
        policy = {
            "maxAttempts": settings.attempts,
            "initialBackoff": "0.1s",
            "maxBackoff": "1s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
        service_config["methodConfig"] = [{"name": _RETRIED, "retryPolicy": policy}]
    size = -1 if settings.max_message_bytes is None else settings.max_message_bytes
    made: dict[str, Any] = {
        "grpc.service_config": json.dumps(service_config),
        "grpc.enable_retries": int(settings.attempts > 1),
        "grpc.per_rpc_retry_buffer_size": _RETRY_BUFFER,
        "grpc.max_receive_message_length": size,
        "grpc.max_send_message_length": size,
    }
    if settings.keepalive:
        made["grpc.keepalive_time_ms"] = int(settings.keepalive * 1000)
        # Which of the two counts depends on gRPC's version.
        made["grpc.keepalive_timeout_ms"] = _PING_TIMEOUT
        made["grpc.http2.ping_timeout_ms"] = _PING_TIMEOUT
    if isinstance(settings.tls, TLS) and settings.tls.server_name:
        made["grpc.ssl_target_name_override"] = settings.tls.server_name
    return list({**made, **dict(settings.options)}.items())


def open_channel(
    address: str, settings: Settings, interceptors: Sequence[grpc.UnaryUnaryClientInterceptor] = ()
) -> grpc.Channel:
    """A channel for calls that wait. It connects when it is first used."""
    credentials, options = _credentials(settings), channel_options(settings)
    if credentials is None:
        channel = grpc.insecure_channel(address, options=options)
    else:
        channel = grpc.secure_channel(address, credentials, options=options)
    return grpc.intercept_channel(channel, *interceptors) if interceptors else channel


def open_async_channel(
    address: str, settings: Settings, interceptors: Sequence[grpc.aio.ClientInterceptor] = ()
) -> grpc.aio.Channel:
    """A channel for asyncio. It connects when it is first used."""
    credentials, options = _credentials(settings), channel_options(settings)
    if credentials is None:
        return grpc.aio.insecure_channel(address, options=options, interceptors=list(interceptors))
    return grpc.aio.secure_channel(address, credentials, options=options, interceptors=list(interceptors))


def metadata_pairs(metadata: Metadata | None) -> list[tuple[str, str | bytes]]:
    """Metadata as gRPC takes it."""
    if metadata is None:
        return []
    return list(metadata.items() if isinstance(metadata, Mapping) else metadata)


def _credentials(settings: Settings) -> grpc.ChannelCredentials | None:
    if settings.tls is None:
        if settings.call_credentials:
            raise InputError("setting", "call credentials need TLS: anybody could read them")
        return None
    made = settings.tls.credentials() if isinstance(settings.tls, TLS) else settings.tls
    if settings.call_credentials:
        return grpc.composite_channel_credentials(made, settings.call_credentials)
    return made


def _pem(given: PEM | None) -> bytes | None:
    return given if given is None or isinstance(given, bytes) else Path(given).read_bytes()
