"""What users get wrong: each must be told by an error of the kit's own. It prints what isn't."""

import asyncio
import pickle
import threading

import grpc
from tensorflow_serving_client.client import (
    AsyncClient,
    CallCancelled,
    CallError,
    Client,
    FakeServer,
    InputError,
    Spec,
    from_tensor,
    to_tensor,
)

CYCLE = []
CYCLE.append(CYCLE)
# What is called with what, and the kind of the error.
MADE = [
    (([1], list), {}, "type"),
    (([1], []), {}, "type"),
    (([1], b"float32"), {}, "type"),
    (([1], "float32", 1), {}, "shape"),
    (([1], "float32", "1"), {}, "shape"),
    (([1], "float32", (1.0,)), {}, "shape"),
    ((CYCLE,), {}, "shape"),
    ((["\ud800"],), {}, "content"),
]
PREDICTED = [
    (("half", [1.0]), {}, "type"),
    (("half", None), {}, "type"),
    (("half", {1: [1.0]}), {}, "name"),
    ((None, {"x": [1.0]}), {}, "setting"),
    ((3, {"x": [1.0]}), {}, "setting"),
    (("half", {"x": [1.0]}), {"version": "1"}, "setting"),
    (("half", {"x": [1.0]}), {"version": 1.5}, "setting"),
    (("half", {"x": [1.0]}), {"version": 2**64}, "setting"),
    (("half", {"x": [1.0]}), {"version": 1, "label": "a"}, "setting"),
    (("half", {"x": [1.0]}), {"label": 5}, "setting"),
    (("half", {"x": [1.0]}), {"signature": 5}, "setting"),
    (("half", {"x": [1.0]}), {"outputs": "y"}, "setting"),
]
BATCHES = [
    (("half", {"x": [1.0, 2.0]}), {"rows": "1"}, "setting"),
    (("half", {"x": [1.0, 2.0]}), {"rows": 1.5}, "setting"),
    (("half", {"x": [1.0, 2.0]}), {"rows": 1, "shared": "x"}, "setting"),
]
CLASSIFIED = [(("half", [None]), {}, "type"), (("half", "abc"), {}, "type")]


def refusals(call, cases):
    for given, settings, kind in cases:
        try:
            call(*given, **settings)
        except InputError as error:
            if error.kind != kind:
                print(given, settings, error.kind, error)
        except Exception as error:
            print(given, settings, repr(error))
        else:
            print(given, settings, "taken")


def closed(client):
    for call in (
        lambda: client.predict("half", {"x": [1.0]}),
        lambda: client.predict_batches("half", {"x": [1.0, 2.0]}, rows=1),
        lambda: client.status("half"),
    ):
        try:
            call()
        except CallCancelled as error:
            assert "the client is closed" in str(error), error
        else:
            print("a closed client calls")


def at_once(client):
    """Many threads, one client: each gets its own answer."""
    wrong = []

    def call(number):
        for each in range(20):
            given = [float(number), float(each)]
            found = list(client.predict("half", {"x": given})["y"])
            if found != [given[0] / 2, given[1] / 2]:
                wrong.append((given, found))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong


def pickled(client):
    for call in (lambda: client.predict("none", {"x": [1.0]}), lambda: client.predict("half", {"z": [1.0]})):
        try:
            call()
        except (CallError, InputError) as error:
            again = pickle.loads(pickle.dumps(error))
            assert type(again) is type(error) and str(again) == str(error), again
            assert isinstance(again, InputError) or again.code() is grpc.StatusCode.NOT_FOUND


def asynchronous(address):
    client = AsyncClient(address)  # before there is an event loop

    async def use():
        async with client:
            assert list((await client.predict("half", {"x": [2.0]}))["y"]) == [1.0]
            call = asyncio.ensure_future(client.predict_batches("slow", {"x": [1.0] * 9}, rows=1, parallel=2))
            await asyncio.sleep(0.1)
            call.cancel()
            try:
                await call
            except asyncio.CancelledError:
                pass
            else:
                print("a cancelled task goes on")
        try:
            await client.predict("half", {"x": [2.0]})
        except CallCancelled as error:
            assert "the client is closed" in str(error), error
        else:
            print("a closed client calls")

    asyncio.run(use())


def main():
    ended = threading.Event()
    floats = {"x": Spec("float32", (None,))}
    with FakeServer() as server:
        server.model("half", lambda inputs: {"y": [each / 2 for each in inputs["x"]]}, inputs=floats)
        server.model("slow", lambda inputs: ended.wait(20) and inputs, inputs=floats)
        with Client(server.address, attempts=1) as client:
            refusals(to_tensor, MADE)
            refusals(client.predict, PREDICTED)
            refusals(client.predict_batches, BATCHES)
            refusals(client.classify, CLASSIFIED)
            pickled(client)
            at_once(client)
        closed(client)
        asynchronous(server.address)
        ended.set()
    assert from_tensor(to_tensor([1], 1), arrays=False) == [1.0]


if __name__ == "__main__":
    main()
