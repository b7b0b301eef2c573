"""Calls servers by the kit of a package, and prints what came of it by scenario; see ../contract.md."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from tensorflow_serving_client.client import (
    TLS,
    AsyncClient,
    CallCancelled,
    CallError,
    Client,
    DeadlineExceeded,
    InputError,
    ModelsConf,
    NotReady,
    ReplyError,
    Unreachable,
    read_warmup,
    warmup_from_signature,
    warmup_request,
    write_warmup,
)

ASYNC = sys.argv[2] == "asyncio"
LOOP = asyncio.new_event_loop()
# Servers count for each run by itself.
RUN = uuid.uuid4().hex
KINDS = {
    CallCancelled: "cancelled",
    DeadlineExceeded: "deadline",
    Unreachable: "unreachable",
    CallError: "call",
}


class Waiting:
    """A client of either kind, whose calls wait."""

    def __init__(self, *addresses: str, metadata: Any = None, **settings: Any) -> None:
        settings["metadata"] = {"x-run": RUN, **(metadata or {})}

        async def made() -> AsyncClient:
            return AsyncClient(*addresses, **settings)

        self.client: Any = LOOP.run_until_complete(made()) if ASYNC else Client(*addresses, **settings)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **settings: Any) -> Any:
            came = getattr(self.client, name)(*arguments, **settings)
            return LOOP.run_until_complete(came) if inspect.isawaitable(came) else came

        return call

    def __enter__(self) -> Waiting:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def plain(value: Any) -> Any:
    """What an output is, as JSON has it."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.decode() if isinstance(value, bytes) else value


def failure(call: Callable[[], Any]) -> list[Any]:
    """How something fails."""
    try:
        return ["none", plain(call())]
    except CallError as error:
        return [KINDS[type(error)], error.code().name, error.details()]
    except InputError as error:
        return ["input", error.kind]
    except NotReady as error:
        return ["not ready", str(error)]
    except ReplyError as error:
        return ["reply", str(error)]


def closed_port() -> int:
    with socket.create_server(("localhost", 0)) as listener:
        return int(listener.getsockname()[1])


def connect(places: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    keys = Path(places["certificates"])
    trusted, mine = TLS(ca=keys / "ca.pem"), {"key": keys / "client.key", "certificate": keys / "client.pem"}
    x = {"x": [1.5]}

    def version(*addresses: str, **settings: Any) -> Any:
        with Waiting(*addresses, check=False, **settings) as client:
            return client.predict("echo", x).version

    gone = f"localhost:{closed_port()}"
    told["plain"] = version(places["first"])
    told["one_is_gone"] = [version(gone, places["first"]), version(f"{places['first']},{gone}")]
    told["gone"] = failure(lambda: version(gone))[:2]
    told["tls"] = version(places["tls"], tls=trusted)
    told["mutual_tls"] = version(places["mutual"], tls=TLS(trusted.ca, **mine))
    told["tls_without_certificate"] = failure(lambda: version(places["mutual"], tls=trusted))[:2]
    told["tls_name"] = version(
        places["tls"].replace("localhost", "127.0.0.1"), tls=trusted._replace(server_name="localhost")
    )
    with Waiting(places["first"], metadata={"x-request-id": "r-1"}, check=False) as client:
        told["metadata"] = plain(client.predict("metadata", {})["seen"])
    with Waiting(places["first"], check=False) as client:
        told["call_metadata"] = plain(
            client.predict("metadata", {}, metadata=[("x-request-id", "r-2")])["seen"]
        )
        told["credentials_in_plaintext"] = failure(lambda: client.predict("echo", x, credentials=token("t")))
    with Waiting(places["tls"], tls=trusted, call_credentials=token("r-3"), check=False) as client:
        told["credentials"] = plain(client.predict("metadata", {})["seen"])
    with Waiting(places["tls"], tls=trusted, check=False) as client:
        told["call_credentials"] = plain(client.predict("metadata", {}, credentials=token("r-4"))["seen"])
    told["plaintext_credentials"] = failure(lambda: version(places["first"], call_credentials=token("t")))
    with Waiting(places["first"], check=False) as client:
        zeros = client.predict("zeros", {"size": client_int(16 << 20)})
        back = client.predict("echo", zeros.tensors).tensors
        told["large"] = [len(came.tensor_content) for came in (zeros.tensors["zeros"], back["zeros"])]
    with Waiting(places["first"], max_message_bytes=1 << 20, check=False) as client:
        told["limit"] = failure(lambda: client.predict("zeros", {"size": client_int(16 << 20)}))[:2]
    with Waiting(places["first"], deadline=0.3, check=False) as client:
        told["deadline"] = failure(lambda: client.predict("slow", x))[:2]
    with Waiting(places["first"], check=False) as client:
        told["call_deadline"] = failure(lambda: client.predict("slow", x, deadline=0.3))[:2]
        named = {"metadata": {"x-request-id": "small"}}
        told["retries"] = plain(client.predict("flaky", x, **named)["count"])
        named = {"metadata": {"x-request-id": "large"}}
        told["retries_of_large"] = plain(client.predict("flaky", {"x": [0.5] * (1 << 18)}, **named)["count"])
        told["retries_end"] = failure(lambda: client.predict("down", x))
    with Waiting(places["first"], attempts=1, check=False) as client:
        told["no_retries"] = failure(lambda: client.predict("flaky", x))
    told["keepalive"] = kept_alive(places["first"])
    told["turns"] = sorted(wheres(places["first"], places["second"]))
    numbers = [place.replace("localhost", "127.0.0.1") for place in (places["first"], places["second"])]
    told["turns_behind_a_name"] = sorted(set(wheres(f"ipv4:{','.join(numbers)}")))
    told["interceptors"] = intercepted(places["first"])
    told["channel"] = given_channel(places["first"])
    told["closed"] = closed_while_calling(places["first"])
    return told


def client_int(value: int) -> Any:
    """The servers read the list of an int64."""
    from tensorflow_serving_client.client import to_tensor

    return to_tensor(value, "int64", as_values=True)


def token(name: str) -> grpc.CallCredentials:
    class Plugin(grpc.AuthMetadataPlugin):
        def __call__(self, context: Any, callback: Any) -> None:
            callback((("x-request-id", name),), None)

    return grpc.metadata_call_credentials(Plugin())


def kept_alive(address: str) -> Any:
    """What becomes of a call whose server is there no more, though nobody has closed the connection."""
    host, _, port = address.partition(":")
    silent = threading.Event()

    def forward(source: socket.socket, target: socket.socket) -> None:
        with source, target, contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if not silent.is_set():
                    target.sendall(data)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((host, int(port)))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=forward, args=pair, daemon=True).start()

    with socket.create_server(("localhost", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        place = f"localhost:{listener.getsockname()[1]}"
        options = [("grpc.keepalive_timeout_ms", 500), ("grpc.http2.ping_timeout_ms", 500)]
        with Waiting(place, keepalive=0.5, attempts=1, options=options, check=False) as client:
            client.predict("echo", {"x": [1.5]})
            silent.set()
            return failure(lambda: client.predict("slow", {"x": [1.5]}, deadline=20))[:2]


def wheres(*addresses: str) -> list[str]:
    with Waiting(*addresses, check=False) as client:
        # A channel begins with the first that it has connected to.
        client.predict("where", {})
        time.sleep(0.2 if len(addresses) == 1 else 0)
        return [plain(client.predict("where", {})["where"])[0] for _ in range(4)]


def intercepted(address: str) -> list[str]:
    seen: list[str] = []

    class Plain(grpc.UnaryUnaryClientInterceptor):
        def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            seen.append(details.method)
            return continuation(details, request)

    class Async(grpc.aio.UnaryUnaryClientInterceptor):
        async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            method = details.method
            seen.append(method.decode() if isinstance(method, bytes) else method)
            return await continuation(details, request)

    with Waiting(address, interceptors=[Async() if ASYNC else Plain()], check=False) as client:
        client.predict("echo", {"x": [1.5]})
    return seen


def given_channel(address: str) -> list[int]:
    async def made() -> Any:
        return grpc.aio.insecure_channel(address)

    channel: Any = LOOP.run_until_complete(made()) if ASYNC else grpc.insecure_channel(address)
    found = []
    for _ in range(2):  # the first client leaves it open
        with Waiting(channel=channel, check=False) as client:
            found.append(client.predict("echo", {"x": [1.5]}).version)
    closed = channel.close()
    if inspect.isawaitable(closed):
        LOOP.run_until_complete(closed)
    return found


def closed_while_calling(address: str) -> list[Any]:
    if ASYNC:

        async def both() -> Any:
            client = AsyncClient(address, check=False)
            call = asyncio.ensure_future(client.predict("slow", {"x": [1.5]}))
            await asyncio.sleep(0.3)
            call.cancel()
            try:
                await call
            except asyncio.CancelledError:
                return ["cancelled", "CANCELLED"]
            finally:
                await client.close()

        return list(LOOP.run_until_complete(both()))
    client = Client(address, check=False)
    threading.Timer(0.3, client.close).start()
    return failure(lambda: client.predict("slow", {"x": [1.5]}))[:2]


def predict(places: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    with Waiting(places["first"]) as client:
        came = client.predict("echo", {"a": 1.0, "b": 2.0}, outputs=["b"], signature="serving_default")
        told["outputs"] = [
            {name: plain(came[name]) for name in came},
            came.version,
            came.signature,
            came.model,
        ]
        told["version"] = plain(client.predict("spec", {}, version=3, signature="s")["spec"])
        told["label"] = plain(client.predict("spec", {}, label="stable")["spec"])
        told["version_and_label"] = failure(lambda: client.predict("spec", {}, version=3, label="stable"))
        told["forms"] = {}
        for model in ("as_content", "as_values"):
            came = client.predict(model, typed())
            told["forms"][model] = {name: plain(came[name]) for name in came}
        told["not_found"] = not_found(client)
        examples = [{"labels": ["cat", "dog"], "x": [0.25, 0.75]}, {"labels": "fox", "x": 1.5}]
        told["classify"] = client.classify("c", examples)
        told["regress"] = client.regress("r", [{"x": [0.25, 0.75]}, {"x": 1.5}], context={"labels": "cat"})
        tasks = [("classify", "a"), ("regress", "b")]
        told["multi_inference"] = client.multi_inference("m", examples, tasks)
        told["unknown_task"] = failure(lambda: client.multi_inference("m", examples, [("guess", "a")]))
    with Waiting(places["pythie"]) as client:
        came = client.predict("prices", {"size": [[1], [2], [3]], "colour": [["red"], ["red"], ["blue"]]})
        told["pythie"] = {name: plain(came[name]) for name in came}
    return told


def typed() -> dict[str, Any]:
    """A tensor of each type that the servers know."""
    from tensorflow_serving_client.client import to_tensor

    return {
        "DT_FLOAT": to_tensor([[1.5, -2.25], [0, 1e10]], "float32"),
        "DT_DOUBLE": to_tensor([[1.5, -2.25], [0, 1e300]], "float64"),
        "DT_INT32": to_tensor([[1, -2], [0, 2147483647]], "int32"),
        "DT_INT64": to_tensor([[1, -2], [0, 2**53 - 1]], "int64"),
        "DT_BOOL": to_tensor([[True, False], [False, True]]),
        "DT_HALF": to_tensor([[1.5, -2.25], [0, 65504]], "float16"),
        "DT_STRING": to_tensor([["a", ""], ["ü", "long enough"]]),
    }


def not_found(client: Any) -> list[Any]:
    try:
        client.predict("missing", {"x": [1.5]}, version=3, signature="s")
    except CallError as error:
        trailing = dict(error.trailing_metadata())
        return [
            error.code().name,
            error.details(),
            trailing["x-detail"],
            str(error),
            isinstance(error, grpc.RpcError),
        ]
    return []


def signatures(places: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def asked(client: Any, what: str) -> Any:
        return plain(client.predict("asked", {}, signature=what)["count"])

    with Waiting(places["first"]) as client:
        before = [asked(client, "signed metadata"), asked(client, "signed predict")]
        found = client.signature("signed")
        told["signature"] = [
            found.method,
            {name: [spec.dtype, list(spec.shape)] for name, spec in found.inputs.items()},
        ]
        came = client.predict("signed", {"x": [[1, 2]], "k": 3})
        told["types_from_signature"] = {name: [came.tensors[name].dtype, plain(came[name])] for name in came}
        told["refused"] = [
            failure(lambda: client.predict("signed", {"x": [[1, 2]], "kk": 3})),
            failure(lambda: client.predict("signed", {"x": [1, 2], "k": 3})),
            failure(lambda: client.predict("signed", {"x": [[1, 2]]})),
        ]
        filled = client.predict("signed", {"x": [[1, 2]]}, fill="zeros")
        told["filled"] = [plain(filled["k"]), list(filled.filled)]
        # One question for signatures for each time that something is refused: the version may be new.
        told["asked"] = [
            asked(client, "signed metadata") - before[0],
            asked(client, "signed predict") - before[1],
        ]
        told["unsigned_fill"] = failure(lambda: client.predict("echo", {}, fill="zeros"))
    with Waiting(places["first"]) as client:
        before = [asked(client, "signed metadata")]
        for _ in range(3):
            client.predict("signed", {"x": [[1, 2]], "k": 3}, version=7)
        told["asked_for_a_version"] = asked(client, "signed metadata") - before[0]
        before = [asked(client, "changing metadata")]
        versions = [client.predict("changing", {"x": [[1, 2]], "k": 3}).version for _ in range(4)]
        told["changed"] = [versions[-1], asked(client, "changing metadata") - before[0]]
    with Waiting(places["first"], check=False) as client:
        before = [asked(client, "signed metadata")]
        came = client.predict("signed", {"x": [[1, 2]]})
        told["unchecked"] = [came.tensors["x"].dtype, asked(client, "signed metadata") - before[0]]
    return told


def batches(places: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    rows = [[2 * number, 2 * number + 1] for number in range(17)]
    with Waiting(places["first"], check=False) as client:

        def counted() -> Any:
            return plain(client.predict("told", {})["told"])

        counted()
        inputs = {"x": rows, "text": [f"t{number}" for number in range(17)], "scalar": 5}
        came = client.predict_batches("together", inputs, rows=3, parallel=3, outputs=["x", "text"])
        told["joined"] = [plain(came["x"]) == rows, plain(came["text"]) == inputs["text"], sorted(came)]
        told["parts"] = counted()
        began = time.monotonic()
        told["failed"] = failed_rows(
            lambda: client.predict_batches("failing", {"x": list(range(9))}, rows=1, parallel=3)
        )
        told["failed_soon"] = time.monotonic() - began < 10
        counted()
        told["scalar_output"] = failure(
            lambda: client.predict_batches("echo", {"x": rows, "k": 1}, rows=5, parallel=3)
        )
        told["one_part"] = sorted(client.predict_batches("echo", {"x": rows, "k": 1}, rows=17))
        told["no_parts"] = failure(lambda: client.predict_batches("echo", {"x": rows}, rows=5, parallel=0))
        told["deadline"] = failure(
            lambda: client.predict_batches("slow", {"x": rows}, rows=5, parallel=2, deadline=0.4)
        )[:2]
    with Waiting(places["second"], places["first"], check=False, attempts=1) as client:
        came = client.predict_batches("half_down", {"x": list(range(10))}, rows=2, parallel=2)
        told["moved"] = plain(came["x"])
        came = client.predict_batches("where", {"x": list(range(8))}, rows=1, parallel=2)
        told["over_addresses"] = sorted(plain(came["where"]))
    return told


def failed_rows(call: Callable[[], Any]) -> Any:
    try:
        return plain(call())
    except CallError as error:
        return [
            error.code().name,
            error.details(),
            [error.rows.start, error.rows.stop],
            "rows 1 to 1" in str(error),
        ]


def models(places: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {}

    def states(found: Any) -> Any:
        return [list(each) for each in found]

    with Waiting(places["first"]) as client:
        told["status"] = states(client.status("half"))
        told["soon"] = states(client.wait_ready("soon", timeout=20, poll=0.05))
        told["never"] = failure(lambda: client.wait_ready("never", timeout=0.5, poll=0.1))
        told["missing"] = failure(lambda: client.wait_ready("missing", timeout=0.3, poll=0.1))
        began = time.monotonic()
        told["broken"] = failure(lambda: client.wait_ready("broken", version=3, timeout=30))
        told["broken_at_once"] = time.monotonic() - began < 10

        def served() -> list[str]:
            return sorted(each.message for each in client.status("reloaded"))

        conf = ModelsConf()
        conf.serve("a", "/models/a", versions=[1, 2], labels={"stable": 1})
        conf.serve("b", "/models/b")
        client.reload(conf)
        told["reload"] = [served()]
        conf.remove("a")
        with tempfile.TemporaryDirectory() as folder:
            conf.write(Path(folder, "models.conf"))
            client.reload(Path(folder, "models.conf"))
        told["reload"].append(served())
        unnamed = ModelsConf()
        unnamed.message.model_config_list.config.add(base_path="/models/c")
        told["reload_refused"] = failure(lambda: client.reload(unnamed))
        hanging = ModelsConf()
        hanging.serve("h", "/hangs")
        told["reload_deadline"] = failure(lambda: client.reload(hanging, deadline=0.3))[:2]
        told["reload_without_deadline"] = failure(lambda: client.reload(conf, deadline=None))
    gone = f"localhost:{closed_port()}"
    with Waiting(gone) as client:
        came = failure(lambda: client.wait_ready("half", timeout=3, poll=0.1))
        told["nobody"] = [came[0], gone in came[1] and "UNAVAILABLE" in came[1]]
    with Waiting(places["first"], gone) as client:
        told["half_there"] = failure(lambda: client.wait_ready("half", timeout=0.3, poll=0.1))[0]
    return told


def warmup(places: dict[str, str]) -> dict[str, Any]:
    """Writes the file below the folder that is given."""
    folder = Path(places["folder"], sys.argv[2])
    with Waiting(places["first"]) as client:
        signature = client.signature("signed")
    requests = [
        warmup_request("signed", {"x": [[1, 2]], "k": 3}, signature),
        warmup_request("plain", {"x": [1.5]}),
        warmup_from_signature("signed", signature, rows=2),
    ]
    path = write_warmup(folder, requests)
    read = read_warmup(folder)
    return {
        "path": str(path.relative_to(folder)),
        "read": [log.predict_log.request == each for log, each in zip(read, requests, strict=False)],
        "refused": failure(lambda: warmup_request("signed", {"x": [[1, 2]]}, signature)),
    }


def fake(places: dict[str, str]) -> dict[str, Any]:
    from tensorflow_serving_client.client import FakeServer, Spec

    told: dict[str, Any] = {}
    xs, ys = {"x": Spec("float32", (None,))}, {"y": Spec("float32", (None,))}

    def half_plus_two(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"y": [float(each) / 2 + 2 for each in inputs["x"]]}

    with FakeServer() as server, Waiting(server.address) as client:
        server.model("half", half_plus_two, version=1, inputs=xs, outputs=ys)
        server.model("half", half_plus_two, version=2, inputs=xs, outputs=ys, labels=["new"])
        came = client.predict("half", {"x": [1, 2, 5]})
        told["predict"] = [plain(came["y"]), came.version]
        told["version"] = [
            client.predict("half", {"x": [1]}, **of).version for of in ({"version": 1}, {"label": "new"})
        ]
        told["refused"] = [
            failure(lambda: client.predict("none", {"x": [1]}))[:2],
            failure(lambda: client.predict("half", {"x": [1]}, version=3))[:2],
            failure(lambda: client.predict("half", {"x": [1]}, label="old"))[:2],
        ]
        server.model("raw", half_plus_two)
        told["unsigned"] = plain(client.predict("raw", {"x": [1.0]})["y"])
        told["wrong_function"] = failure(lambda: client.predict("raw", {"z": [1.0]}))[:2]
        server.fail("half", grpc.StatusCode.RESOURCE_EXHAUSTED, "full", times=1)
        told["fails_once"] = [
            failure(lambda: client.predict("half", {"x": [1]})),
            client.predict("half", {"x": [1]}).version,
        ]
        server.slow("half", 5)
        told["slow"] = failure(lambda: client.predict("half", {"x": [1]}, deadline=0.3))[:2]
        server.slow("half", 0)
        server.state("half", 2, "LOADING")
        told["states"] = [list(each)[:2] for each in client.status("half")]
        told["older"] = client.predict("half", {"x": [1]}).version
        server.model(
            "sorter",
            classify=lambda examples: [
                [("long" if len(each["s"]) > 1 else "short", 1.0)] for each in examples
            ],
            regress=lambda examples: [float(len(each["s"])) for each in examples],
        )
        given = [{"s": ["a", "b"]}, {"s": "c"}]
        told["infer"] = [
            client.classify("sorter", given),
            client.regress("sorter", given),
            client.multi_inference("sorter", given, [("regress", "r"), ("classify", "c")]),
        ]
        conf = ModelsConf()
        conf.serve("half", "/models/half", versions=[1])
        client.reload(conf)
        told["reload"] = [
            [list(each)[:2] for each in client.status("half")],
            failure(lambda: client.predict("raw", {"x": [1.0]}))[:2],
        ]
        told["calls"] = [
            server.calls[0].method,
            server.calls[1].method,
            server.calls[1].request.model_spec.name,
        ]
    return told


PARTS = {
    "connect": connect,
    "predict": predict,
    "signatures": signatures,
    "batches": batches,
    "models": models,
    "warmup": warmup,
    "fake": fake,
}

if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    told = json.dumps({part: PARTS[part](given) for part in sys.argv[3:] or PARTS}, default=str)
    # Where a server is differs from run to run.
    print(told.replace(given["first"], "the first"))
    LOOP.close()
