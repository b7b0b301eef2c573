"""What `--artifacts` leaves, judged by others' readers: all languages, built twice."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.e2e.rpc.environments import environment
from tests.support.command import must, protogen, run

_READER = """
import sys
from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1 import statement_pb2
text = open(sys.argv[1]).read()
statement = json_format.Parse(text, statement_pb2.Statement())
Statement.copy_from_pb(statement).validate()
print(len(statement.subject), statement.predicate_type)
"""


@pytest.fixture(scope="module")
def made(from_corpus: list[str], cache: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Artifacts of r2.11, twice, each from a folder of its own."""
    folder = tmp_path_factory.mktemp("artifacts")
    for name in ("one", "other"):
        (folder / name).mkdir()
        arguments = ["--version", "r2.11", "--lang", "all", "--artifacts", "dist"]
        must(protogen(*arguments, *from_corpus, cwd=folder / name, cache=cache, TZ=f"UTC{len(name)}"))
    return folder


def test_artifacts_are_the_same_bytes_when_built_twice(made: Path) -> None:
    one, other = made / "one" / "dist", made / "other" / "dist"
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    assert len(names) > 20
    assert names == sorted(str(path.relative_to(other)) for path in other.rglob("*") if path.is_file())
    assert [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()] == []


def test_sha256sum_checks_every_file(made: Path) -> None:
    dist = made / "one" / "dist"
    checked = must(run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist)).out.splitlines()
    files = [path for path in dist.rglob("*") if path.is_file()]
    assert len(checked) == len(files) - len(["SHA256SUMS", ".protogen.json"])


def test_the_bill_of_materials_keeps_to_its_schema(made: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (made / "one" / "dist" / "tensorflow-serving-2.11.1.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    broken = json.loads(text)
    del broken["components"][0]["name"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


def test_the_provenance_is_a_statement(made: Path, shared: Path, tmp_path: Path) -> None:
    dist = made / "one" / "dist"
    program = tmp_path / "reader.py"
    program.write_text(_READER)
    python = environment(shared / "in-toto", ("in-toto-attestation",))
    statement = dist / "tensorflow-serving-2.11.1.provenance.json"
    told = must(run([str(python), str(program), str(statement)], cwd=tmp_path)).out.split()
    others = [path for path in dist.rglob("*") if path.is_file() and path != statement]
    assert told == [
        str(len(others) - len(["SHA256SUMS", ".protogen.json"])),
        json.loads(statement.read_text())["predicateType"],
    ]


def test_the_zip_of_protos_compiles_by_itself(made: Path, tmp_path: Path) -> None:
    from grpc_tools import protoc

    with zipfile.ZipFile(made / "one" / "dist" / "tensorflow-serving-2.11.1-protos.zip") as archive:
        archive.extractall(tmp_path)
        names = [name for name in archive.namelist() if name.endswith(".proto")]
    assert len(names) == 54
    assert protoc.main(["protoc", f"-I{tmp_path}", f"-o{tmp_path}/set.binpb", *names]) == 0
