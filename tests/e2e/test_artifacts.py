"""What `--artifacts` leaves, judged by others' readers."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.e2e.rpc.environments import environment
from tests.support.command import must, run

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


def test_sha256sum_checks_every_file(twice: tuple[Path, Path]) -> None:
    dist = twice[0] / "dist"
    checked = must(run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist)).out.splitlines()
    files = [path for path in dist.rglob("*") if path.is_file()]
    assert len(checked) == len(files) - len(["SHA256SUMS", ".protogen.json"])


def test_the_bill_of_materials_keeps_to_its_schema(twice: tuple[Path, Path]) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (twice[0] / "dist" / "tensorflow-serving-2.11.1.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    broken = json.loads(text)
    del broken["components"][0]["name"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(broken)) is not None


def test_the_provenance_is_a_statement(twice: tuple[Path, Path], shared: Path, tmp_path: Path) -> None:
    dist = twice[0] / "dist"
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


def test_the_zip_of_protos_compiles_by_itself(twice: tuple[Path, Path], tmp_path: Path) -> None:
    from grpc_tools import protoc

    with zipfile.ZipFile(twice[0] / "dist" / "tensorflow-serving-2.11.1-protos.zip") as archive:
        archive.extractall(tmp_path)
        names = [name for name in archive.namelist() if name.endswith(".proto")]
    assert len(names) == 54
    assert protoc.main(["protoc", f"-I{tmp_path}", f"-o{tmp_path}/set.binpb", *names]) == 0
