"""Archives of protos from every release: proven, as their repositories have them, printed and read back."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.support.command import must, protogen, run
from tests.support.corpus import git
from tests.support.round_trip import check

BY_GIT = ("r1.15", "r2.1", "r2.5", "r2.11", "r2.16", "r2.19", "master")
BY_INDEX = ("2.3", "2.18", "2.21")
NAME = "tensorflow-serving-protos"
# What protoc itself writes for other languages, with what the package's README gives it, and files of each.
GENERATORS = {
    "csharp": ("--csharp_opt=base_namespace=", "*.cs"),
    "java": ("--kotlin_out={out}", "*.kt"),
    "ruby": ("", "*_pb.rb"),
}


@pytest.fixture(scope="session")
def made(shared: Path, cache: Path, from_corpus: list[str]) -> Path:
    """A folder that holds each release's archive, unpacked; all were proven."""
    folder = shared / "proto"
    with FileLock(shared / "proto.lock"):
        if not (folder / "made").exists():
            folder.mkdir(exist_ok=True)
            for releases, source in ((BY_GIT, from_corpus), (BY_INDEX, ["--source", "index"])):
                asked = [
                    "--version",
                    ",".join(releases),
                    "--lang",
                    "proto",
                    "--artifacts",
                    "dist",
                    "--verify",
                ]
                must(protogen(*asked, *source, cwd=folder, cache=cache))
            for release in (*BY_GIT, *BY_INDEX):
                (archive,) = (folder / "dist" / release / "proto").iterdir()
                with tarfile.open(archive) as packed:
                    packed.extractall(folder / "unpacked", filter="data")
                    (folder / release).symlink_to(folder / "unpacked" / packed.getnames()[0].split("/")[0])
            (folder / "made").touch()
    return folder


@pytest.mark.parametrize("release", [*BY_GIT, *BY_INDEX])
def test_what_is_printed_of_a_release_is_read_back(release: str, made: Path, tmp_path: Path) -> None:
    check((made / release / f"{NAME}.protoset").read_bytes(), tmp_path)


def test_by_git_the_protos_are_the_repositories_own(made: Path, corpus_urls: dict[str, str]) -> None:
    name = "tensorflow_serving/apis/model.proto"
    repository = corpus_urls["serving"].removeprefix("file://")
    own = git("-C", repository, "show", f"r2.19:{name}")
    assert (made / "r2.19" / "proto" / name).read_text() == own
    printed = (made / "2.18" / "proto" / name).read_text()
    assert "//" not in printed
    # All but comments, and the place of options.
    statements = [line for line in own.splitlines() if line.strip() and "//" not in line]
    assert sorted(statements) == sorted(line for line in printed.splitlines() if line)


@pytest.mark.parametrize("language", GENERATORS)
def test_another_language_is_generated_as_the_readme_says(language: str, made: Path, tmp_path: Path) -> None:
    if shutil.which("protoc") is None:
        pytest.skip("NO PROTOC: install protobuf-compiler")
    option, pattern = GENERATORS[language]
    find = "find proto -name '*.proto' -not -path 'proto/google/protobuf/*'"
    root = made / "r2.11"
    assert f"protos=$({find})" in (root / "README.md").read_text()
    command = f"protoc -I proto --{language}_out={tmp_path} {option.format(out=tmp_path)} $({find})"
    must(run(["sh", "-c", command], cwd=root))
    protos = [path for path in root.glob("proto/**/*.proto") if "google/protobuf" not in path.as_posix()]
    assert len([*tmp_path.rglob(pattern)]) >= len(protos)
