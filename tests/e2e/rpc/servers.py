"""Servers that nobody here wrote, running on this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.rpc.proxy import CountingProxy

PROGRAMS = Path(__file__).with_name("programs")
_START_SECONDS = 60.0
_PRICES = "size,colour,price\n1,red,10\n2,red,20\n3,blue,5\n"
_COLUMNS = {
    "feature_names": ["size", "colour"],
    "target_name": "price",
    "data_type": {"size": "int", "colour": "str", "price": "int"},
}


@dataclass(frozen=True)
class Places:
    """Where the servers listen, as contract.md says it; config is the clients' file of that."""

    ports: dict[str, int]
    config: Path
    proxy: CountingProxy


def certificates(folder: Path) -> Path:
    """A folder with an authority, and a key and certificate each for server and client."""
    import trustme
    from cryptography.hazmat.primitives import serialization

    folder.mkdir(exist_ok=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, issued in (
        ("server", authority.issue_cert("localhost")),
        ("client", authority.issue_cert("client@example.com")),
    ):
        # Java reads keys as PKCS #8 only.
        key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
        content = key.private_bytes(*form, serialization.NoEncryption())
        (folder / f"{name}.key").write_bytes(content)
        for pem in issued.cert_chain_pems:
            pem.write_to_path(folder / f"{name}.pem", append=True)
    return folder


@contextmanager
def official(python: Path, certificate_folder: Path) -> Iterator[dict[str, int]]:
    """The official servicers; yields their ports by name."""
    argv = [str(python), "-W", "ignore", str(PROGRAMS / "official_server.py"), str(certificate_folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            yield json.loads(child.stdout.readline())
        finally:
            child.kill()


@contextmanager
def pythie(python: Path, folder: Path) -> Iterator[int]:
    """pythie-serving with a table of prices; yields its port."""
    models = folder / "models"
    models.mkdir()
    (models / "prices.csv").write_text(_PRICES)
    (models / "metadata.json").write_text(json.dumps(_COLUMNS))
    config = folder / "models.conf"
    config.write_text(
        f'model_config_list {{ config {{ name: "prices" base_path: "{models}" model_platform: "table" }} }}'
    )
    port = _free_port()
    program = python.with_name("pythie-serving")
    argv = [str(python), str(program), str(config), "--port", str(port), "--worker-count", "4"]
    with subprocess.Popen(
        [*argv, "--maximum-concurrent-rpcs", "-1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            _wait(port, child)
            yield port
        finally:
            child.kill()


@contextmanager
def all_servers(official_python: Path, pythie_python: Path, folder: Path) -> Iterator[Places]:
    """Everything that contract.md names."""
    keys = certificates(folder / "certificates")
    with official(official_python, keys) as ports, pythie(pythie_python, folder) as pythie_port:
        proxy = CountingProxy(ports["plain"])
        try:
            every = {**ports, "pythie": pythie_port, "gzip": proxy.port}
            places = {name: f"localhost:{port}" for name, port in every.items()}
            config = folder / "places.json"
            config.write_text(json.dumps({**places, "certificates": str(keys)}))
            yield Places(every, config, proxy)
        finally:
            proxy.close()


def _free_port() -> int:
    with socket.create_server(("localhost", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert child.poll() is None, "the server ended at its start"
        try:
            socket.create_connection(("localhost", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not listen")
