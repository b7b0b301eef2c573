"""The action, the hook and the pages' pipelines: linted, and run as far as no service is needed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from filelock import FileLock

from tests.e2e import test_registry_page
from tests.support import pipelines, uploads, upstream
from tests.support.command import must, protogen, run
from tests.support.pipelines import Runner, bash
from tests.support.upstream import Repository, Upstream

pytestmark = pytest.mark.timeout(600)

# A registry package too: the one on Python's index downloads it from elsewhere.
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
PROGRAMS = Path(sys.executable).parent
PATH = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
# Go asks no host where a repository is whose path ends so, and asks it without the end.
MODULE = "git.example.com/team/shop.git"
SCHEMAS = {
    "action.yml": "vendor.github-actions",
    ".github/workflows/clients.yml": "vendor.github-workflows",
    ".github/workflows/registry.yml": "vendor.github-workflows",
    ".github/workflows/vendored.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "registry/.gitlab-ci.yml": "vendor.gitlab-ci",
    "vendored/.gitlab-ci.yml": "vendor.gitlab-ci",
}


@pytest.fixture(scope="session")
def shop(shared: Path) -> Upstream:
    """The shop with a release 2.0, for all workers."""
    root = shared / "ci-shop"
    with FileLock(shared / "ci-shop.lock"):
        if not root.exists():
            made = upstream.shop(shared / "ci-shop-new")
            for repository, prefix in ((made.api, "api/"), (made.base, ""), (made.extra, "")):
                repository.git("branch", "release-2.0")
                repository.git("tag", f"{prefix}v2.0.0")
            (shared / "ci-shop-new").rename(root)
    repositories = {name: Repository(root / name) for name in ("api", "base", "extra")}
    return Upstream(**repositories, recipe=root / "shop.yaml", pinned="")


def write_settings(folder: Path, shop: Upstream, **settings: object) -> None:
    """A protogen.yaml for the shop."""
    folder.mkdir(parents=True, exist_ok=True)
    repositories = {"api": shop.api, "base": shop.base, "extra": shop.extra}
    common = {
        "recipe": str(shop.recipe),
        "repo": {name: str(each.path) for name, each in repositories.items()},
    }
    (folder / "protogen.yaml").write_text(yaml.safe_dump(common | settings))


@pytest.fixture(scope="session")
def dist(shared: Path, tools: Path, cache: Path, shop: Upstream) -> Path:
    """Artifacts of two releases, made by the pipeline's own command."""
    work = shared / "ci-dist"
    with FileLock(shared / "ci-dist.lock"):
        if not (work / "ready").exists():
            settings = yaml.safe_load(pipelines.files()["protogen.yaml"])
            # Without Java, whose tests of their own make it, and which takes longest.
            settings |= {"lang": ["go", "python"], "go_module": MODULE}
            write_settings(work, shop, **settings)
            releases = [{"version": version} for version in ("release-2.0", "release-1.1", "release-1.0")]
            (work / "releases.json").write_text(json.dumps(releases))
            made = bash(
                pipelines.gitlab_script("generate"),
                cwd=work,
                PATH=PATH,
                PROTOGEN_CACHE_DIR=str(cache),
                CI_NODE_INDEX="1",
                CI_NODE_TOTAL="2",
            )
            must(made)
            (work / "ready").touch()
    return work / "dist"


@pytest.fixture
def work(dist: Path, tmp_path: Path) -> Path:
    """A job's folder with the artifacts in it."""
    folder = tmp_path / "work"
    shutil.copytree(dist, folder / "dist")
    return folder


# Schemas and linters.


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page and the action, where the services look for them."""
    root = tmp_path_factory.mktemp("written")
    shutil.copy(pipelines.ROOT / "action.yml", root)
    for name, text in pipelines.files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_fits_the_schema_of_its_service(name: str, written: Path) -> None:
    command = [str(PROGRAMS / "check-jsonschema"), "--builtin-schema", SCHEMAS[name], name]
    must(run(command, cwd=written))


def test_every_file_of_the_page_is_held_to_something() -> None:
    others = {".pre-commit-config.yaml", "protogen.yaml", *test_registry_page.FILES}
    assert pipelines.files().keys() == SCHEMAS.keys() - {"action.yml"} | others


def test_actionlint_finds_nothing_in_the_workflows(written: Path, shared: Path) -> None:
    programs = shared / "gobin"
    must(run(["go", "install", ACTIONLINT], cwd=shared, GOBIN=str(programs), GOFLAGS="-mod=mod"))
    workflows = [str(path) for path in (written / ".github/workflows").iterdir()]
    must(run([str(programs / "actionlint"), *workflows], cwd=written, PATH=PATH))


def test_zizmor_finds_no_weakness_in_action_and_workflows(written: Path) -> None:
    # Whether tags are good enough is for each organisation to say; the page says so.
    (written / "zizmor.yml").write_text("rules: {unpinned-uses: {disable: true}}\n")
    command = ["zizmor", "--offline", "--no-progress", "--strict-collection", "--config", "zizmor.yml", "."]
    must(run(command, cwd=written, PATH=PATH))


def test_shellcheck_finds_nothing_in_the_other_scripts(tmp_path: Path) -> None:
    for name, text in pipelines.scripts():
        (tmp_path / name).write_text(text)
    must(
        run(
            ["shellcheck", "--shell=bash", *sorted(path.name for path in tmp_path.iterdir())],
            cwd=tmp_path,
            PATH=PATH,
        )
    )


def test_both_services_publish_with_the_same_commands() -> None:
    gitlab = {job: pipelines.document(".gitlab-ci.yml")[job]["script"] for job in ("java", "go")}
    assert gitlab["java"] == [pipelines.github_script("java", step) for step in ("Sign", "Publish")]
    assert gitlab["go"][-1] == pipelines.github_script("go", "Commit and tag")


# The action.


@pytest.fixture
def runner(shared: Path, tmp_path: Path) -> Runner:
    """A runner on which protogen gets installed by the action once a run of the tests."""
    temporary = shared / "ci-runner"
    temporary.mkdir(exist_ok=True)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Runner(
        workspace,
        temporary,
        {"actions/setup-python": {"python-path": sys.executable}, "actions/cache": {}},
    )


def test_the_action_generates_verifies_and_checks(runner: Runner, shop: Upstream, shared: Path) -> None:
    arguments = "\n".join(option.replace("--recipe", "") for option in shop.options[2:])
    given = {"recipe": str(shop.recipe), "args": arguments, "version": "release-1.0", "lang": "python"}
    with FileLock(shared / "ci-runner.lock"):
        folders = {"artifacts": "dist/{version}", "registry": "public"}
        ended, outputs = runner.run(**given, **folders, registry_url="https://example.com", verify="true")
        must(ended)
        (release,) = json.loads(outputs["json"])["releases"]
        assert release["languages"]["python"]["verified"] is True
        assert outputs["artifacts"] == f"{runner.workspace}/dist/{{version}}"
        (wheel,) = (runner.workspace / "dist/release-1.0/python").glob("*.whl")
        assert outputs["registry"] == f"{runner.workspace}/public"
        (served,) = (runner.workspace / "public/pypi").rglob("*.whl")
        assert served.read_bytes() == wheel.read_bytes()
        settings = json.loads((runner.workspace / "public/.protogen/registry.json").read_text())
        assert settings["service"]["url"] == "https://example.com"

        checked, outputs = runner.run(command="check", **given)
        assert (checked.code, outputs["json"]) == (0, "")
        (module,) = (runner.workspace / "gen/python").rglob("shop_pb2.py")
        module.write_text(module.read_text() + "# edited\n")
        checked, _ = runner.run(command="check", **given)
        assert checked.code == 1
        assert checked.out.startswith("::")

        listed, outputs = runner.run(command="versions", recipe=str(shop.recipe), args=arguments)
        must(listed)
        versions = [each["version"] for each in json.loads(outputs["json"])]
        assert versions == ["release-2.0", "release-1.1", "release-1.0"]


@pytest.mark.parametrize("value", ['1.0"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "--out=pwned"])
def test_no_input_of_the_action_becomes_a_command(
    value: str, runner: Runner, shop: Upstream, shared: Path
) -> None:
    arguments = "\n".join([*shop.options[2:], f"--ref=api={value}"])
    with FileLock(shared / "ci-runner.lock"):
        ended, _ = runner.run(
            version=value,
            lang="python",
            recipe=str(shop.recipe),
            args=arguments,
            artifacts=value,
            registry=value,
        )
    assert ended.code in {2, 3}
    assert ended.err.startswith("error: ")
    assert not [path for path in runner.workspace.iterdir() if "pwned" in path.name]


def test_the_key_of_the_cache_follows_the_lock_and_what_is_made(runner: Runner) -> None:
    (step,) = [step for step in pipelines.action()["runs"]["steps"] if step.get("id") == "key"]

    def key(run_: str) -> dict[str, str]:
        output = runner.temporary / "key"
        output.write_text("")
        must(bash(step["run"], cwd=runner.workspace, GITHUB_OUTPUT=str(output), RUN=run_, RECIPE=""))
        return pipelines.read_outputs(output.read_text())

    before = key("generate r2.11")
    assert key("generate r2.11") == before
    assert key("generate r2.12")["inputs"] == before["inputs"]
    assert key("generate r2.12")["run"] != before["run"]
    (runner.workspace / "protogen.lock").write_text("{}")
    assert key("generate r2.11")["inputs"] != before["inputs"]


# The hook.


def test_the_hook_holds_a_commit_to_the_lock(shop: Upstream, cache: Path, tmp_path: Path) -> None:
    hooks = Repository.create(tmp_path / "hooks")
    pipelines.copy_of_project(hooks.path)
    hooks.commit({})
    hooks.git("tag", "v1.0.0")
    vendoring = Repository.create(tmp_path / "vendoring")
    settings = {"version": "release-1.0", "lang": "python", "out": "third_party/{lang}"}
    write_settings(vendoring.path, shop, **settings)
    for command in ("lock", "generate"):
        must(protogen(command, cwd=vendoring.path, cache=cache))
    config = yaml.safe_load(pipelines.files()[".pre-commit-config.yaml"])
    config["repos"][0]["repo"] = f"file://{hooks.path}"
    vendoring.commit({".pre-commit-config.yaml": yaml.safe_dump(config)})

    def hook() -> tuple[int, str]:
        ended = bash(
            "pre-commit run --all-files --verbose",
            cwd=vendoring.path,
            PATH=PATH,
            PRE_COMMIT_HOME=str(tmp_path / "pre-commit"),
            PROTOGEN_CACHE_DIR=str(cache),
        )
        return ended.code, ended.out + ended.err

    must(bash("pre-commit validate-manifest .pre-commit-hooks.yaml", cwd=pipelines.ROOT, PATH=PATH))
    code, said = hook()
    assert code == 0, said
    assert "Passed" in said
    (module,) = (vendoring.path / "third_party").rglob("shop_pb2.py")
    vendoring.commit({str(module.relative_to(vendoring.path)): "# edited\n"})
    code, said = hook()
    assert code == 1
    assert "differs in 1 files" in said

    report = vendoring.path / "gl-code-quality-report.json"
    (script,) = pipelines.document("vendored/.gitlab-ci.yml")["vendored clients"]["script"]
    ended = bash(script, cwd=vendoring.path, PATH=PATH, PROTOGEN_CACHE_DIR=str(cache))
    assert ended.code == 1
    (finding,) = json.loads(report.read_text())
    assert finding["location"]["path"].endswith("shop_pb2.py")


# Which releases.


def test_only_releases_without_a_mark_are_made(shop: Upstream, cache: Path, tmp_path: Path) -> None:
    own = Repository.create(tmp_path / "own")
    write_settings(own.path, shop)
    own.commit({})
    own.git("clone", "--quiet", "--bare", str(own.path), str(tmp_path / "origin.git"))
    own.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    Repository(tmp_path / "origin.git").git("tag", "clients/1.0.2")
    output = tmp_path / "output"
    environ = {"PATH": PATH, "PROTOGEN_CACHE_DIR": str(cache), "GITHUB_OUTPUT": str(output)}

    script = pipelines.gitlab_script("releases").replace("--since 2.11", "--since 1.0")
    must(bash(script, cwd=own.path, **environ))
    left = json.loads((own.path / "releases.json").read_text())
    assert [each["version"] for each in left] == ["release-2.0", "release-1.1"]

    step = pipelines.github_script("releases", "Leave out what is published")
    must(bash(step, cwd=own.path, RELEASES=(own.path / "all.json").read_text(), **environ))
    assert json.loads(pipelines.read_outputs(output.read_text())["releases"]) == left
    for version in ("1.1.0", "2.0.0"):
        own.git("tag", f"clients/{version}")
    output.write_text("")
    must(bash(step, cwd=own.path, RELEASES=(own.path / "all.json").read_text(), **environ))
    assert pipelines.read_outputs(output.read_text()) == {"releases": "[]"}, "the workflow compares with '[]'"


def test_jobs_share_the_releases_and_leave_none(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "protogen"
    fake.write_text('#!/bin/sh\necho "$2" >> made\n')
    fake.chmod(0o755)
    names = [f"r2.{minor}" for minor in range(6)]
    (tmp_path / "releases.json").write_text(json.dumps([{"version": name} for name in names]))
    for node in range(1, 9):
        environ = {"PATH": f"{tmp_path}/bin:{PATH}", "CI_NODE_INDEX": str(node), "CI_NODE_TOTAL": "8"}
        must(bash(pipelines.gitlab_script("generate"), cwd=tmp_path, **environ))
    assert sorted((tmp_path / "made").read_text().split()) == names


# Publishing.


def test_a_module_is_committed_tagged_and_got(work: Path, shared: Path, tmp_path: Path) -> None:
    bare = tmp_path / "shop.git"
    first = Repository.create(tmp_path / "first")
    first.commit({"README.md": "The module of the shop"})
    first.git("clone", "--quiet", "--bare", str(first.path), str(bare))
    first.git("clone", "--quiet", str(bare), str(work / "module"))
    script = pipelines.github_script("go", "Commit and tag")
    must(bash(script, cwd=work))
    published = Repository(bare)
    assert published.git("tag").split() == ["v1.0.2", "v2.0.0"]
    assert published.git("branch", "--list", "release/*").split() == ["release/v1.0", "release/v2.0"]
    before = published.git("for-each-ref")
    must(bash(script, cwd=work))
    assert published.git("for-each-ref") == before, "the second time there is nothing to do"

    environ = {
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOPRIVATE": "git.example.com",
        "GOMODCACHE": str(tmp_path / "modules"),
        "GOCACHE": str(shared / "gocache"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{bare}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://{MODULE.removesuffix('.git')}",
    }
    consumer = tmp_path / "consumer"
    consumer.mkdir()
    must(run(["go", "mod", "init", "example.com/consumer"], cwd=consumer, **environ))
    for path, version in ((MODULE, "v1.0.2"), (f"{MODULE}/v2", "v2.0.0")):
        must(run(["go", "get", f"{path}@{version}"], cwd=consumer, **environ))
        got = must(run(["go", "mod", "download", "-json", f"{path}@{version}"], cwd=consumer, **environ))
        proxied = environ | {"GOMODCACHE": str(tmp_path / "proxied"), "GOPRIVATE": "", "GONOSUMDB": "*"}
        (folder,) = [
            each.parents[len(Path(path).parts) + 1]
            for each in work.glob(f"dist/*/go/{path}/@v/{version}.zip")
        ]
        proxied |= {"GOPROXY": f"file://{folder}"}
        same = must(run(["go", "mod", "download", "-json", f"{path}@{version}"], cwd=consumer, **proxied))
        assert json.loads(got.out)["Sum"] == json.loads(same.out)["Sum"]


def test_a_published_tag_never_moves(work: Path, tmp_path: Path) -> None:
    bare = tmp_path / "shop.git"
    first = Repository.create(work / "module")
    first.commit({"README.md": "The module of the shop"})
    first.git("clone", "--quiet", "--bare", str(first.path), str(bare))
    first.git("remote", "add", "origin", str(bare))
    first.git("tag", "v2.0.0")
    ended = bash(pipelines.github_script("go", "Commit and tag"), cwd=work)
    assert ended.code == 1
    assert "v2.0.0 exists with other contents" in ended.err
    assert Repository(bare).git("tag").split() == ["v1.0.2"]


@pytest.fixture(scope="session")
def key() -> Iterator[Path]:
    """A home of gpg with a key whose passphrase is `pass word`."""
    # Short, as gpg's agent puts a socket below it.
    with TemporaryDirectory(prefix="gpg") as folder:
        home = Path(folder)
        make = "gpg --batch --quiet --pinentry-mode loopback --passphrase 'pass word'"
        user = "--quick-generate-key 'Shop <shop@example.com>' ed25519 sign never"
        must(bash(f"{make} {user}", cwd=home, GNUPGHOME=folder))
        yield home
        must(bash("gpgconf --kill all", cwd=home, GNUPGHOME=folder))


def test_what_a_person_types_signs_and_bundles(work: Path, key: Path, tmp_path: Path) -> None:
    one = laid_out(work, tmp_path)
    # The key's owner types the passphrase; here it comes from a file.
    (key / "gpg.conf").write_text(f"batch\npinentry-mode loopback\npassphrase-file {key}/passphrase\n")
    (key / "passphrase").write_text("pass word")
    script = pipelines.commands()["sign"]
    must(bash(script, cwd=one, GNUPGHOME=str(key)))
    verify = "gpg --verify dist/SHA256SUMS.asc dist/SHA256SUMS"
    must(bash(verify, cwd=one, GNUPGHOME=str(key)))
    (one / "dist/java").mkdir()
    (one / "dist/java/shop.jar").write_text("jar")
    must(bash(pipelines.commands()["bundle"], cwd=one, GNUPGHOME=str(key)))
    with zipfile.ZipFile(one / "dist/central-bundle.zip") as bundle:
        assert sorted(bundle.namelist()) == ["shop.jar", "shop.jar.asc"]
    (one / "dist" / "shop-2.0.0.protoset").write_bytes(b"other")
    (one / "dist" / "SHA256SUMS.asc").unlink()
    assert bash(script, cwd=one, GNUPGHOME=str(key)).code != 0


@pytest.fixture
def central() -> Iterator[uploads.Uploads]:
    with uploads.server() as running:
        yield running


def test_java_artifacts_are_signed_bundled_and_sent(
    central: uploads.Uploads, key: Path, tmp_path: Path
) -> None:
    version = tmp_path / "dist/clients-1.0.2/java/com/example/shop/1.0.2"
    version.mkdir(parents=True)
    names = ("shop-1.0.2.jar", "shop-1.0.2-sources.jar", "shop-1.0.2-javadoc.jar", "shop-1.0.2.pom")
    for name in names:
        (version / name).write_text(name)
        (version / f"{name}.sha1").write_text("0")
    export = "gpg --batch --pinentry-mode loopback --passphrase 'pass word' --armor --export-secret-keys"
    secret = must(bash(export, cwd=tmp_path, GNUPGHOME=str(key))).out
    signer = key / "signer"
    signer.mkdir(mode=0o700)
    environ = {
        "GNUPGHOME": str(signer),
        "GPG_PRIVATE_KEY": secret,
        "GPG_PASSPHRASE": "pass word",
        "CENTRAL_URL": central.url,
        "CENTRAL_TOKEN": "user:secret",
    }
    for step in ("Sign", "Publish"):
        must(bash(pipelines.github_script("java", step), cwd=tmp_path, **environ))
    for name in names:
        must(bash(f"gpg --verify {name}.asc {name}", cwd=version, GNUPGHOME=str(key)))
    must(bash("gpgconf --kill all", cwd=tmp_path, GNUPGHOME=str(signer)))

    (sent,) = central.received
    assert sent.headers["authorization"] == "Bearer dXNlcjpzZWNyZXQ="
    assert sent.path == "/api/v1/publisher/upload?publishingType=AUTOMATIC"
    bundle = sent.body[sent.body.index(b"PK\x03\x04") :]
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    below = "com/example/shop/1.0.2"
    assert held == {f"{below}/{name}{end}" for name in names for end in ("", ".asc", ".sha1")}

    central.status = 403
    refused = bash(pipelines.github_script("java", "Publish"), cwd=tmp_path, **environ)
    assert refused.code != 0


@pytest.fixture
def python_index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An index that takes packages from anybody: its URL, and where it keeps them."""
    kept = tmp_path / "index"
    kept.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--interface", "127.0.0.1", "--port", str(port), "--authenticate", ".", "--passwords", "."]
    command = [sys.executable, "-m", "pypiserver", "run", *options, "--disable-fallback", str(kept)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(100):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", kept
        finally:
            running.terminate()


def test_python_packages_reach_an_index(work: Path, python_index: tuple[str, Path], tmp_path: Path) -> None:
    url, kept = python_index
    environ = {
        "PATH": PATH,
        "TWINE_REPOSITORY_URL": url,
        "PYTHON_URL": url,
        "TWINE_USERNAME": "u",
        "TWINE_PASSWORD": "p",
    }
    # Only the public index knows how to skip.
    script = pipelines.gitlab_script("python").replace(" --skip-existing", "")
    must(bash(script, cwd=work, **environ))
    assert len(list(kept.glob("*.whl"))) == len(list(kept.glob("*.tar.gz"))) == 2
    for path in kept.iterdir():
        path.unlink()
    must(bash(pipelines.commands()["python"], cwd=laid_out(work, tmp_path), **environ))
    assert len(list(kept.iterdir())) == 2


def laid_out(work: Path, tmp_path: Path) -> Path:
    """A folder whose dist is the artifacts of one release."""
    folder = tmp_path / "one"
    shutil.copytree(work / "dist" / "release-2.0", folder / "dist")
    return folder


def test_java_artifacts_reach_a_plain_repository(central: uploads.Uploads, tmp_path: Path) -> None:
    version = tmp_path / "dist/java/com/example/shop/1.0.2"
    version.mkdir(parents=True)
    for name in ("shop-1.0.2.jar", "shop-1.0.2.jar.sha1", "shop-1.0.2.pom"):
        (version / name).write_text(name)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret\n")
    environ = {"NETRC": str(tmp_path / "netrc"), "MAVEN_URL": f"{central.url}/maven"}
    must(bash(pipelines.commands()["java"], cwd=tmp_path, **environ))
    assert {each.path: each.body.decode() for each in central.received} == {
        f"/maven/com/example/shop/1.0.2/{name}": name
        for name in ("shop-1.0.2.jar", "shop-1.0.2.jar.sha1", "shop-1.0.2.pom")
    }
    assert {each.method for each in central.received} == {"PUT"}
    assert all(each.headers["authorization"].startswith("Basic ") for each in central.received)
    central.status = 403
    assert bash(pipelines.commands()["java"], cwd=tmp_path, **environ).code != 0


def test_a_pipeline_without_new_releases_publishes_nothing(
    central: uploads.Uploads, key: Path, tmp_path: Path
) -> None:
    (tmp_path / "releases.json").write_text("[]")
    export = "gpg --batch --pinentry-mode loopback --passphrase 'pass word' --armor --export-secret-keys"
    secret = must(bash(export, cwd=tmp_path, GNUPGHOME=str(key))).out
    environ = {
        "GNUPGHOME": str(key),
        "GPG_PRIVATE_KEY": secret,
        "CENTRAL_URL": central.url,
        "CI_API_V4_URL": central.url,
        "TWINE_REPOSITORY_URL": central.url,
        "CI_NODE_INDEX": "1",
        "CI_NODE_TOTAL": "1",
        "PATH": PATH,
    }
    for job in ("generate", "python", "java", "mark"):
        must(bash(pipelines.gitlab_script(job), cwd=tmp_path, **environ))
    Repository.create(tmp_path / "module")
    must(bash(pipelines.github_script("go", "Commit and tag"), cwd=tmp_path))
    assert not central.received


def test_published_releases_are_marked(central: uploads.Uploads, tmp_path: Path) -> None:
    releases = [{"package_version": version} for version in ("2.0.0", "1.0.2")]
    (tmp_path / "releases.json").write_text(json.dumps(releases))
    environ = {
        "CI_API_V4_URL": f"{central.url}/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_COMMIT_SHA": "0" * 40,
        "CI_JOB_TOKEN": "job",
    }
    must(bash(pipelines.gitlab_script("mark"), cwd=tmp_path, **environ))
    assert [(each.path, each.headers["job-token"], each.body.decode()) for each in central.received] == [
        ("/api/v4/projects/7/releases", "job", f"tag_name=clients%2F{version}&ref={'0' * 40}")
        for version in ("2.0.0", "1.0.2")
    ]
