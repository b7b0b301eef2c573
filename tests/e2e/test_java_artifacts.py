"""Java artifacts through the command line: proven, the same bytes anywhere, and fit for Central."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support import central
from tests.support.command import Ran, must, protogen, run

pytestmark = pytest.mark.timeout(900)

POM = {
    "name": "Clients & <friends>",
    "url": "https://example.com/clients?a=1&b=2",
    "licenses": [{"name": "Apache-2.0", "url": "https://example.com/license", "distribution": "repo"}],
    "developers": [{"id": "jane", "name": "Jäne O'Doe", "organization": "Acme"}],
    "scm": {
        "connection": "scm:git:https://example.com/clients.git",
        "developerConnection": "scm:git:ssh://git@example.com/clients.git",
        "url": "https://example.com/clients",
    },
}
RECIPE = """\
schema: 1
name: shop
title: The Shop
license: Apache-2.0
releases: api
repositories:
  api: {url: https://git.invalid/api}
entry_points:
  - {repository: api, pattern: "*.proto"}
"""
# Comments that would end or derail Javadoc, were they not escaped.
PROTO = """\
syntax = "proto3";
package shop;
// */ public class Broken {} /* {@link Nowhere} <script>alert(1)</script> @param \\u002a/ & </pre>
message Order {
  // */ {@value #X} {@inheritDoc} 🦀
  int32 price = 1;
}
/* </body></html> {@docRoot} */
service Orders {
  // @throws Nothing */
  rpc Put(Order) returns (Order);
}
"""


@dataclass(frozen=True)
class User:
    """Somebody with a Maven of their own: a home, settings, and a local repository that tests share."""

    home: Path
    cache: Path
    shared: Path

    def __call__(self, *arguments: str, cwd: Path, **environ: str) -> Ran:
        (self.home / ".m2").mkdir(parents=True, exist_ok=True)
        settings = self.home / ".m2" / "settings.xml"
        if not settings.exists():
            settings.write_text("<settings/>")
        options = f"-Duser.home={self.home} -Dmaven.repo.local={self.repository}"
        jvm = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        environ = {"MAVEN_OPTS": f"{options} {jvm}", **environ}
        # Two Mavens that fill one local repository get in each other's way.
        with FileLock(self.shared / "m2.lock"):
            return protogen(*arguments, "--lang", "java", cwd=cwd, cache=self.cache, **environ)

    @property
    def repository(self) -> Path:
        return self.shared / "m2"


@pytest.fixture
def user(shared: Path, cache: Path, tmp_path: Path) -> User:
    return User(tmp_path / "home", cache, shared)


@pytest.fixture(scope="session")
def release(shared: Path, cache: Path, from_corpus: list[str]) -> Path:
    """A folder with a whole release, proven: gen and dist; made once a run."""
    folder = shared / "java-artifacts"
    folder.mkdir(exist_ok=True)
    with FileLock(shared / "java-artifacts.lock"):
        if not (folder / "done").exists():
            (folder / "protogen.yaml").write_text(f"java_group: org.acme\njava_pom: {json.dumps(POM)}\n")
            arguments = ["--version", "r2.11", "--verify", "--artifacts", "dist", *from_corpus]
            ran = must(User(folder / "home", cache, shared)(*arguments, cwd=folder))
            assert "verified" in ran.err
            assert "Central" not in ran.err
            (folder / "done").touch()
    return folder


def test_a_release_is_proven_and_its_signed_bundle_is_what_central_takes(
    release: Path, tmp_path: Path
) -> None:
    shutil.copytree(release / "dist" / "java", tmp_path / "java")
    unsigned = central.complaints(central.bundle(tmp_path / "java", tmp_path / "unsigned.zip"))
    assert len(unsigned) == 4
    assert all(each.endswith(".asc") for each in unsigned)
    sign(tmp_path / "java", tmp_path / "g")
    assert central.complaints(central.bundle(tmp_path / "java", tmp_path / "bundle.zip")) == []


def sign(folder: Path, keys: Path) -> None:
    """Sign each file with a key that nobody has, as the pipeline of docs/publishing.md does."""
    keys.mkdir(mode=0o700)
    gpg = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    user = ["--quick-generate-key", "Nobody <nobody@example.com>", "ed25519", "sign", "never"]
    must(run([*gpg, *user], cwd=folder, GNUPGHOME=str(keys)))
    try:
        for path in [each for each in folder.rglob("*") if each.suffix in {".jar", ".pom"}]:
            must(run([*gpg, "--armor", "--detach-sign", str(path)], cwd=folder, GNUPGHOME=str(keys)))
            must(run([*gpg, "--verify", f"{path}.asc", str(path)], cwd=folder, GNUPGHOME=str(keys)))
    finally:
        run(["gpgconf", "--kill", "gpg-agent"], cwd=folder, GNUPGHOME=str(keys))


def test_the_jars_hold_what_their_names_say(release: Path) -> None:
    jars = {
        path.name.removeprefix("tensorflow-serving-client-2.11.1"): path
        for path in release.rglob("dist/**/*.jar")
    }
    names = {kind: set(zipfile.ZipFile(path).namelist()) for kind, path in jars.items()}
    assert set(names) == {".jar", "-sources.jar", "-javadoc.jar"}
    assert "tensorflow/serving/PredictionServiceGrpc.class" in names[".jar"]
    assert {"META-INF/LICENSE", "META-INF/descriptors/tensorflow-serving.binpb"} <= names[".jar"]
    assert "tensorflow/serving/PredictionServiceGrpc.java" in names["-sources.jar"]
    assert "tensorflow/serving/PredictionServiceGrpc.html" in names["-javadoc.jar"]


def test_a_development_version_is_proven(user: User, from_corpus: list[str], tmp_path: Path) -> None:
    own = user.repository / "com" / "example"
    before = sorted(own.rglob("*"))
    ran = must(user("--version", "master", "--verify", *from_corpus, cwd=tmp_path))
    assert "verified" in ran.err
    assert sorted(own.rglob("*")) == before, "the user's repository stays clean"


Shop = Callable[..., Ran]


@pytest.fixture
def shop(user: User, tmp_path: Path) -> Shop:
    """Makes a small package with artifacts, proven, in a folder of that name."""

    def make(name: str, *arguments: str, artifacts: str = "dist", **environ: str) -> Ran:
        folder = tmp_path / name
        (folder / "api").mkdir(parents=True)
        (folder / "shop.yaml").write_text(RECIPE)
        (folder / "api" / "order.proto").write_text(PROTO)
        fixed = ["--recipe", "./shop.yaml", "--source", "folder", "--repo", "api=api", "--version", "1.0"]
        more = ["--package-version", "1.0.0", "--java-group", "org.acme"]
        more += ["--artifacts", artifacts] if artifacts else []
        return user(*fixed, *more, *arguments, cwd=folder, **environ)

    return make


def test_the_same_bytes_in_another_place_for_another_user(shop: Shop, tmp_path: Path) -> None:
    must(shop("a"))
    before = os.umask(0o077)
    try:
        must(shop("deeper/b", "--offline", TZ="Asia/Tokyo", LC_ALL="de_DE.UTF-8"))
    finally:
        os.umask(before)
    first, second = (files_of(tmp_path / name / "dist") for name in ("a", "deeper/b"))
    assert first == second
    for path in (tmp_path / "deeper" / "b" / "dist").rglob("*.jar"):
        modes = {each.external_attr >> 16 for each in zipfile.ZipFile(path).infolist()}
        assert {stat.S_IMODE(mode) for mode in modes} <= {0o644, 0o755, 0}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_mirror_of_everything_is_no_obstacle_and_offline_is_enough(shop: Shop, user: User) -> None:
    must(shop("warm", "--verify"))
    (user.home / ".m2" / "settings.xml").write_text(
        "<settings><mirrors><mirror><id>central</id><mirrorOf>*</mirrorOf>"
        "<url>http://localhost:9/nothing</url></mirror></mirrors></settings>"
    )
    assert "verified" in must(shop("mirrored", "--verify", "--offline")).err


def test_a_package_that_does_not_compile_ends_with_7_in_mavens_words(user: User, tmp_path: Path) -> None:
    example = "public class Example extends @class{shop.Order} {}"
    text = f"{RECIPE}languages:\n  java:\n    example: '{example}'\n"
    folder = tmp_path / "broken"
    (folder / "api").mkdir(parents=True)
    (folder / "shop.yaml").write_text(text)
    (folder / "api" / "order.proto").write_text(PROTO)
    fixed = ["--recipe", "./shop.yaml", "--source", "folder", "--repo", "api=api", "--version", "1.0"]
    ran = user(*fixed, "--package-version", "1.0.0", "--verify", cwd=folder)
    assert ran.code == 7, ran.err
    assert "java: build of a consumer failed:" in ran.err
    assert "cannot inherit from final" in ran.err
    assert not (folder / "gen").exists()
    (kept,) = re.findall(r"where: (\S+)", ran.err)
    assert Path(kept, "src/main/java/Example.java").is_file()
    (command,) = re.findall(r"try: +(.*)", ran.err)
    again = run(["sh", "-c", command], cwd=tmp_path)
    assert again.code != 0
    assert "cannot inherit from final" in again.out
    shutil.rmtree(Path(kept).parent)


def test_repositories_that_cannot_be_asked_end_with_6(shop: Shop, tmp_path: Path) -> None:
    must(shop("tools", artifacts=""))
    empty = f"-Dmaven.repo.local={tmp_path / 'empty'} -Duser.home={tmp_path / 'home'}"
    ran = shop("offline", "--offline", MAVEN_OPTS=empty)
    assert ran.code == 6, ran.err
    assert "java: package failed:" in ran.err
    assert "without --offline" in ran.err
