"""Packages of protos call servers that nobody here wrote, with tools that nobody here wrote."""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.e2e.rpc.servers import Places
from tests.support.command import Ran, must, protogen, run

GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4"
NAME = "tensorflow-serving-protos"
MODELS, PREDICTIONS = "tensorflow.serving.ModelService", "tensorflow.serving.PredictionService"
FILES = ("-import-path", "proto", "-proto")
STATUS = [["7", "AVAILABLE"], ["6", "END"]]
X = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 3}]}, "float_val": [1, 2, 5]}

# The first to ask builds grpcurl; the others wait for it.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def grpcurl(shared: Path) -> Path:
    """The program, built once."""
    folder = shared / "grpcurl"
    with FileLock(shared / "grpcurl.lock"):
        if not (folder / "grpcurl").exists():
            folder.mkdir(exist_ok=True)
            must(run(["go", "install", GRPCURL], cwd=folder, GOBIN=str(folder), GOFLAGS="-modcacherw"))
    return folder / "grpcurl"


@pytest.fixture(scope="session")
def package(shared: Path, cache: Path, from_corpus: list[str]) -> Path:
    """The package of r2.11, as a user has it."""
    folder = shared / "called"
    with FileLock(shared / "called.lock"):
        if not (folder / "gen").exists():
            folder.mkdir(exist_ok=True)
            must(protogen("--version", "r2.11", "--lang", "proto", *from_corpus, cwd=folder, cache=cache))
    return folder / "gen" / "proto"


@pytest.fixture(params=["set", "files"])
def call(request: pytest.FixtureRequest, grpcurl: Path, package: Path) -> Any:
    """A function that calls a method with grpcurl, by the descriptor set or by the protos."""

    def made(place: int, method: str, message: dict[str, Any], *more: str) -> Ran:
        file = "model_service" if method.startswith(MODELS) else "prediction_service"
        source = [*FILES, f"tensorflow_serving/apis/{file}.proto"]
        if request.param == "set":
            source = ["-protoset", f"{NAME}.protoset"]
        secure = more or ("-plaintext",)
        argv = [*source, *secure, "-d", "@", f"localhost:{place}", method]
        (package.parent / "request.json").write_text(json.dumps(message))
        # Its input is a file of any size.
        shell = ["sh", "-c", f'exec "$0" "$@" < {package.parent}/request.json', str(grpcurl), *argv]
        return run(shell, cwd=package)

    return made


def test_predict(call: Any, places: Places) -> None:
    spec = {"name": "echo", "version": "5", "signature_name": "s"}
    reply = must(
        call(places.ports["plain"], f"{PREDICTIONS}/Predict", {"model_spec": spec, "inputs": {"x": X}})
    )
    found = json.loads(reply.out)
    assert found["modelSpec"] == {"name": "echo", "version": "7", "signatureName": "s"}
    assert found["outputs"]["x"]["floatVal"] == X["float_val"]


def test_a_message_of_eight_megabytes(call: Any, places: Places) -> None:
    size = 8 * 1024 * 1024
    message = {
        "model_spec": {"name": "zeros"},
        "inputs": {"size": {"dtype": "DT_INT64", "int64_val": [size]}},
    }
    more = ("-plaintext", "-max-msg-sz", str(2 * size))
    found = json.loads(must(call(places.ports["large"], f"{PREDICTIONS}/Predict", message, *more)).out)
    assert len(found["outputs"]["zeros"]["tensorContent"]) > size
    refused = call(places.ports["large"], f"{PREDICTIONS}/Predict", message)
    assert "larger than max" in refused.err


def test_get_model_status(call: Any, places: Places) -> None:
    reply = must(call(places.ports["plain"], f"{MODELS}/GetModelStatus", {"model_spec": {"name": "m"}}))
    found = json.loads(reply.out)["model_version_status"]
    assert [[each["version"], each["state"]] for each in found] == STATUS


def test_get_model_metadata_unpacks_what_any_holds(call: Any, places: Places) -> None:
    message = {"model_spec": {"name": "m"}, "metadata_field": ["signature_def"]}
    reply = must(call(places.ports["plain"], f"{PREDICTIONS}/GetModelMetadata", message))
    found = json.loads(reply.out)["metadata"]["signature_def"]
    assert found["@type"].endswith("tensorflow.serving.SignatureDefMap")
    assert found["signatureDef"]["serving_default"]["methodName"] == "tensorflow/serving/predict"


def test_a_missing_model(call: Any, places: Places) -> None:
    ran = call(places.ports["plain"], f"{PREDICTIONS}/Predict", {"model_spec": {"name": "missing"}})
    assert ran.code != 0
    assert "NotFound" in ran.err
    assert "Servable not found for request: Latest(missing)" in ran.err


def test_tls_with_a_client_certificate(call: Any, places: Places) -> None:
    keys = Path(json.loads(places.config.read_text())["certificates"])
    own = ("-cert", str(keys / "client.pem"), "-key", str(keys / "client.key"))
    asked = (places.ports["tls"], f"{MODELS}/GetModelStatus", {"model_spec": {"name": "m"}})
    reply = must(call(*asked, "-cacert", str(keys / "ca.pem"), *own))
    assert len(json.loads(reply.out)["model_version_status"]) == len(STATUS)
    assert call(*asked, "-cacert", str(keys / "ca.pem")).code != 0


def test_pythie(call: Any, places: Places) -> None:
    shape = {"dim": [{"size": 3}, {"size": 1}]}
    content = base64.b64encode(struct.pack("<3q", 1, 2, 3)).decode()
    size = {"dtype": "DT_INT64", "tensor_shape": shape, "tensor_content": content}
    colour = {"dtype": "DT_STRING", "tensor_shape": shape, "string_val": ["cmVk", "cmVk", "Ymx1ZQ=="]}
    message = {"model_spec": {"name": "prices"}, "inputs": {"size": size, "colour": colour}}
    reply = json.loads(must(call(places.ports["pythie"], f"{PREDICTIONS}/Predict", message)).out)
    predictions = base64.b64decode(reply["outputs"]["predictions"]["tensorContent"])
    assert struct.unpack("<3i", predictions) == (10, 20, 5)


def test_the_readmes_example_calls(grpcurl: Path, package: Path, places: Places) -> None:
    readme = (package / "README.md").read_text()
    first, listing = re.findall(r"```sh\n(grpcurl .*?)```", readme, re.DOTALL)
    path = f"{grpcurl.parent}{os.pathsep}{os.environ['PATH']}"
    here = first.replace("localhost:8500", f"localhost:{places.ports['plain']}")
    found = json.loads(must(run(["sh", "-c", here], cwd=package, PATH=path)).out)
    assert found["outputs"]["x"]["floatVal"] == X["float_val"]
    listed = must(run(["sh", "-ec", listing], cwd=package, PATH=path)).out
    assert f"{PREDICTIONS}\n" in listed
    assert "rpc " in listed


def test_the_readmes_line_for_buf_calls(package: Path, places: Places, tmp_path: Path) -> None:
    (line,) = re.findall(r"`(buf curl .*?)`", (package / "README.md").read_text())
    here = line.replace("localhost:8500", f"localhost:{places.ports['plain']}")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = must(run(["sh", "-c", here], cwd=package, PATH=path, HOME=str(tmp_path)))
    assert len(json.loads(ran.out)["model_version_status"]) == len(STATUS)
