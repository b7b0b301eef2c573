"""What the page on registries says is done: nginx serves by its file, clients are told by its blocks."""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from protogen.languages.toolchain.clients import CARGO
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.folder import Folder
from protogen.registry.yanking import yank
from protogen.system.cache import Cache
from protogen.system.process import Processes
from tests.support import pipelines
from tests.support.command import Ran, must, run
from tests.support.pipelines import bash
from tests.support.registry_packages import artifacts

FILES = {
    "registry.conf",
    "password.conf",
    "removed.conf",
    ".netrc",
    "pip.conf",
    ".npmrc",
    ".cargo/config.toml",
    "repositories.xml",
    "settings.xml",
}
VERSIONS = ("1.2.0", "1.10.0")
HOST = "packages.example.com"
# Of a group of its own: Maven keeps what it took, and another test has the plain one.
GROUP = "com.example.page"
PASSWORD = "not-for-everybody"
AUTHORITIES = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
MAIN = """daemon off;
pid nginx.pid;
error_log stderr;
{user}
events {{}}
http {{
    include {types};
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include registry.conf;
}}
"""
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>com.example</groupId><artifactId>consumer</artifactId><version>1</version><packaging>pom</packaging>
{repositories}
<dependencies><dependency><groupId>{group}</groupId><artifactId>api</artifactId>
<version>[1.0,2.0)</version></dependency></dependencies></project>
"""


@dataclass(frozen=True)
class Server:
    """nginx on loopback, by the page's own file."""

    address: str
    certificate: Path
    """What its clients have to trust."""
    password: str
    root: Path
    """The folder that it serves."""

    def block(self, name: str) -> str:
        """A file of the page, for this server and its reader."""
        text = pipelines.files()[name].replace(HOST, self.address.removeprefix("https://"))
        return text.replace("SECRET", self.password)

    def trusted(self, folder: Path) -> Path:
        """A file of the machine's authorities and this server's."""
        bundle = folder / "authorities.pem"
        bundle.write_bytes(AUTHORITIES.read_bytes() + self.certificate.read_bytes())
        return bundle


@contextmanager
def served(folder: Path, password: str = "") -> Iterator[Server]:
    """nginx with two releases, in the foreground; behind a password where one is given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"https://localhost:{port}"
    root, certificate, key = folder / "public", folder / "packages.pem", folder / "packages.key"
    toolbox = Toolbox(Cache(folder / "cache"), Processes(), os.environ)
    crates_index = partial(CARGO.public_index, toolbox)
    for version in VERSIONS:
        made = {
            path.replace("com/example/", "com/example/page/"): content.replace(
                b"<groupId>com.example<", f"<groupId>{GROUP}<".encode()
            )
            for path, content in artifacts(version).items()
        }
        add(root, *layout.additions(made, "api", version, crates_index), address, bool(password))
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    kept = ["-keyout", str(key), "-out", str(certificate)]
    must(run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *kept], cwd=folder))

    text = pipelines.files()["registry.conf"]
    places = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/nginx/packages.pem": str(certificate),
        "/etc/nginx/packages.key": str(key),
        "/srv/registry": str(root),
    }
    if password:
        # Of the two releases, the older one has to go: as the page says, it is yanked too.
        for name in {held.name for held in Folder(root).packages()}:
            yank(root, name, VERSIONS[0], "must go")
        removed = pipelines.files()["removed.conf"].replace(r"2\.11\.1", r"1\.2\.0")
        places["\n    root "] = f"\n{pipelines.files()['password.conf']}{removed}\n    root "
        places["/etc/nginx/registry.passwd"] = str(folder / "passwords")
        script = pipelines.commands()["password"].replace(
            "/etc/nginx/registry.passwd", str(folder / "passwords")
        )
        must(bash(script, cwd=folder, PASSWORD=password))
    for before, after in places.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "registry.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, types="/etc/nginx/mime.types"))
    with subprocess.Popen(["nginx", "-p", f"{folder}/", "-c", "nginx.conf"]) as running:
        try:
            for _ in range(100):
                assert running.poll() is None, "nginx ended"
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield Server(address, certificate, password, root)
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("open")) as server:
        yield server


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("closed"), PASSWORD) as server:
        yield server


def test_every_file_is_on_the_page() -> None:
    assert pipelines.files().keys() >= FILES


# What nginx answers.


def ask(server: Server, path: str, accept: str = "*/*") -> tuple[int, dict[str, str], bytes]:
    """The status, headers by their lower names, and the body."""
    request = urllib.request.Request(f"{server.address}/{path}", headers={"Accept": accept})
    context = ssl.create_default_context(cafile=str(server.certificate))
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {key.lower(): value for key, value in error.headers.items()}, error.read()


MODULE = "go/example.com/!team/api"
MAVEN = "maven/com/example/page/api"
YEAR = "max-age=31536000, immutable"
JSON = "application/vnd.pypi.simple.v1+json"


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        (f"{MODULE}/@v/list", "text/plain", "no-cache"),
        (f"{MODULE}/@latest", "text/plain", "no-cache"),
        (f"{MODULE}/@v/v1.2.0.info", "text/plain", YEAR),
        (f"{MODULE}/@v/v1.2.0.mod", "text/plain", YEAR),
        (f"{MODULE}/@v/v1.2.0.zip", "application/zip", YEAR),
        (f"{MAVEN}/maven-metadata.xml", "text/xml", "no-cache"),
        (f"{MAVEN}/maven-metadata.xml.sha1", "", "no-cache"),
        (f"{MAVEN}/1.2.0/api-1.2.0.pom", "", YEAR),
        (f"{MAVEN}/1.2.0/api-1.2.0.jar.sha512", "", YEAR),
        ("pypi/simple/", "text/html", "no-cache"),
        ("pypi/simple/team-api/", "text/html", "no-cache"),
        ("pypi/simple/team-api/index.json", JSON, "no-cache"),
        ("pypi/files/team-api/1.2.0/team_api-1.2.0-py3-none-any.whl.metadata", "", YEAR),
        ("npm/@team/api", "application/json", "no-cache"),
        ("npm/@team%2fapi", "application/json", "no-cache"),
        ("npm/-/@team/api/api-1.2.0.tgz", "application/gzip", YEAR),
        ("crates/config.json", "application/json", "no-cache"),
        ("crates/te/am/team-api", "text/plain", "no-cache"),
        ("crates/files/team-api/team-api-1.2.0.crate", "application/gzip", YEAR),
        ("", "text/html", "no-cache"),
        ("releases.json", "application/json", "no-cache"),
        ("files/api/1.2.0/", "text/html", "no-cache"),
        ("archives/cpp/team-api/index.json", "application/json", "no-cache"),
        ("archives/cpp/team-api/team-api-1.2.0.tar.gz", "", YEAR),
    ],
)
def test_nginx_says_what_a_file_is_and_how_long_it_holds(
    path: str, kind: str, cache: str, open_server: Server
) -> None:
    status, headers, _ = ask(open_server, path)
    assert status == 200
    assert headers["cache-control"] == cache
    assert headers["content-type"].partition(";")[0] == kind or not kind


def test_what_a_release_was_made_from_never_changes(open_server: Server) -> None:
    _, _, listed = ask(open_server, "files/api/1.2.0/")
    (path,) = {*re.findall(rb'"([^"]*/SHA256SUMS)"', listed)}
    status, headers, _ = ask(open_server, f"files/api/1.2.0/{path.decode()}")
    assert (status, headers["cache-control"]) == (200, YEAR)


def test_python_clients_get_json_and_browsers_html(open_server: Server) -> None:
    for accept, kind in {f"{JSON}, text/html;q=0.1": JSON, "text/html": "text/html"}.items():
        _, headers, content = ask(open_server, "pypi/simple/team-api/", accept)
        assert (headers["content-type"], headers["vary"]) == (kind, "Accept")
        assert content.startswith(b"{") is (kind == JSON)


@pytest.mark.parametrize("path", [".protogen/registry.json", ".protogen/", ".protogen"])
def test_nginx_keeps_the_records_to_itself(path: str, open_server: Server) -> None:
    assert ask(open_server, path)[0] == 404


def test_nginx_asks_for_the_password(closed_server: Server) -> None:
    for path in ("npm/@team/api", "pypi/simple/team-api/", "crates/config.json"):
        assert ask(closed_server, path)[0] == 401


def test_nginx_refuses_the_files_of_a_version_that_must_go(closed_server: Server) -> None:
    folder = Folder(closed_server.root)
    for held in folder.packages():
        for each in held.versions:
            contents = folder.contents(held.ecosystem, held.name, each.version)
            assert contents
            statuses = {ask(closed_server, path)[0] for path in contents.files}
            assert statuses == {451 if VERSIONS[0] in each.version else 401}


# What clients take, as the page tells them.


def take_go(server: Server, folder: Path, home: Path) -> Ran:
    (folder / "go.mod").write_text("module example.com/consumer\n\ngo 1.19\n")
    script = pipelines.commands()["go-get"].replace(HOST, server.address.removeprefix("https://"))
    return bash(
        script.replace("example.com/team", "example.com/Team") + "grep 'Team/api v1.10.0' go.mod",
        cwd=folder,
        HOME=str(home),
        GOENV=str(home / "go.env"),
        GOFLAGS="-modcacherw",
        GOMODCACHE=str(folder / "modules"),
        GOTOOLCHAIN="local",
        SSL_CERT_FILE=str(server.trusted(folder)),
    )


def take_pip(server: Server, folder: Path, home: Path) -> Ran:
    # The public index may have anything of this name; it isn't asked.
    options = f"--no-cache-dir --no-deps --dest down --index-url {server.address}/pypi/simple"
    (folder / "pip.conf").write_text(server.block("pip.conf"))
    return bash(
        f"pip download {options} team-api && ls down/team_api-1.10.0-py3-none-any.whl",
        cwd=folder,
        HOME=str(home),
        PIP_CONFIG_FILE="pip.conf",
        REQUESTS_CA_BUNDLE=str(server.trusted(folder)),
        PATH=f"{Path(shutil.which('python3') or '').parent}:{os.environ['PATH']}",
    )


def take_npm(server: Server, folder: Path, home: Path) -> Ran:
    (folder / "package.json").write_text("{}")
    lines = server.block(".npmrc").splitlines(keepends=True)
    (folder / ".npmrc").write_text("".join(lines if server.password else lines[:1]))
    return bash(
        "npm install @team/api && grep 1.10.0 node_modules/@team/api/package.json",
        cwd=folder,
        npm_config_cache=str(folder / "cache"),
        npm_config_cafile=str(server.trusted(folder)),
        REGISTRY_AUTH=encoded(home),
    )


def take_cargo(server: Server, folder: Path, home: Path) -> Ran:
    for path, text in {
        ".cargo/config.toml": server.block(".cargo/config.toml"),
        "Cargo.toml": '[package]\nname = "consumer"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": "",
    }.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    return bash(
        "cargo add team-api --registry team && cargo fetch && grep -A1 team-api Cargo.lock | grep 1.10.0",
        cwd=folder,
        CARGO_HOME=str(folder / "cargo"),
        CARGO_HTTP_CAINFO=str(server.trusted(folder)),
        CARGO_REGISTRIES_TEAM_TOKEN=f"Basic {encoded(home)}",
    )


def take_maven(server: Server, folder: Path, home: Path) -> Ran:
    (folder / "pom.xml").write_text(POM.format(repositories=server.block("repositories.xml"), group=GROUP))
    (folder / "settings.xml").write_text(server.block("settings.xml"))
    java = Path(shutil.which("java") or "").resolve().parents[1]
    shutil.copy(java / "lib/security/cacerts", folder / "trusted")
    options = ["-storepass", "changeit", "-noprompt", "-file", str(server.certificate)]
    must(run(["keytool", "-importcert", "-keystore", "trusted", *options], cwd=folder))
    shutil.rmtree(Path.home() / ".m2/repository" / GROUP.replace(".", "/"), ignore_errors=True)
    password = (home / "password").read_text()
    # As the machine's settings: the user's own may name a mirror for the plugins.
    return bash(
        "mvn -B -C -gs settings.xml dependency:list > log || { cat log; exit 1; }\n"
        f"grep {GROUP}:api:jar:1.10.0:compile log",
        cwd=folder,
        MAVEN_OPTS=f"-Djavax.net.ssl.trustStore={folder}/trusted -Djavax.net.ssl.trustStorePassword=changeit",
        REGISTRY_PASSWORD=password,
    )


def encoded(home: Path) -> str:
    """The reader and the password that the home holds, as servers are told them."""
    return base64.b64encode(f"reader:{(home / 'password').read_text()}".encode()).decode()


CLIENTS: dict[str, Callable[[Server, Path, Path], Ran]] = {
    "go": take_go,
    "pip": take_pip,
    "npm": take_npm,
    "cargo": take_cargo,
    "maven": take_maven,
}


def home_with(folder: Path, server: Server, password: str) -> Path:
    """A home whose owner has a password."""
    folder.mkdir()
    (folder / "password").write_text(password)
    # go looks for the host with its port, where it isn't the usual one; pip for the host alone.
    hosts = ("localhost", server.address.removeprefix("https://"))
    block = pipelines.files()[".netrc"].replace("SECRET", password)
    (folder / ".netrc").write_text("".join(block.replace(HOST, host) for host in hosts))
    (folder / ".netrc").chmod(0o600)
    return folder


@pytest.mark.parametrize("client", ["pip", "npm"])
def test_a_client_takes_the_newest_from_nginx(client: str, open_server: Server, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    must(CLIENTS[client](open_server, tmp_path / "project", home_with(tmp_path / "home", open_server, "")))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_takes_the_newest_by_its_password_alone(
    client: str, closed_server: Server, tmp_path: Path
) -> None:
    for name, password, taken in (("stranger", "guessed", False), ("reader", PASSWORD, True)):
        project = tmp_path / name
        project.mkdir()
        home = home_with(tmp_path / f"{name}-home", closed_server, password)
        ended = CLIENTS[client](closed_server, project, home)
        assert (ended.code == 0) is taken, f"{name}: {ended.out}\n{ended.err}"
        assert taken or "401" in ended.out + ended.err or "nauthorized" in ended.out + ended.err
