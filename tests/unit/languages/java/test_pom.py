from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from protogen.errors import RecipeError, UsageError
from protogen.languages.java import pom
from protogen.languages.java.language import Java
from protogen.languages.java.pom import Pom, PomDeveloper, PomLicense, PomScm
from protogen.languages.java.proof import remarks
from protogen.pipeline.job import Job
from protogen.recipe import model, project_file
from protogen.recipe.document import Document
from protogen.recipe.project_file import Setting
from protogen.sources.selection import Selection
from tests.unit.languages.java.test_language import package, packaged, request
from tests.unit.languages.java.test_language import pom as parsed
from tests.unit.recipe.test_model import GOOD

WHOLE: dict[str, Any] = {
    "name": 'A <b> & "c"',
    "url": "https://example.com/?a=1&b=2",
    "licenses": [{"name": "MIT", "url": "https://example.com/mit", "distribution": "repo"}, {"name": "X"}],
    "developers": [
        {
            "id": "jane",
            "name": "Jäne O'Doe",
            "email": "jane@example.com",
            "organization": "Acme",
            "organizationUrl": "https://example.com",
        }
    ],
    "scm": {
        "connection": "scm:git:https://example.com/x.git",
        "developerConnection": "scm:git:ssh://git@example.com/x.git",
        "url": "https://example.com/x",
        "tag": "v1",
    },
}
KNOWN = {"java_pom": Setting("mapping", shape=Pom), "version": Setting("text")}


def read(text: str) -> str:
    found = project_file.parse(text, KNOWN)["java_pom"]
    assert isinstance(found, str)
    return found


def test_the_file_gives_canonical_json() -> None:
    given = "java_pom:\n  url: u\n  name: n\n  licenses: [{url: l}]\n  developers: [{organizationUrl: o}]\n"
    text = read(given)
    assert json.loads(text) == {
        "name": "n",
        "url": "u",
        "licenses": [{"url": "l"}],
        "developers": [{"organizationUrl": "o"}],
        "scm": {},
    }
    turned = "java_pom:\n  developers: [{organizationUrl: o}]\n  licenses: [{url: l}]\n  name: n\n  url: u\n"
    assert read(turned) == text
    assert pom.read({"java_pom": text}) == Pom(
        "n", "u", (PomLicense(url="l"),), (PomDeveloper(organization_url="o"),)
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "version: 1\njava_pom:\n  nam: x\n",
            "protogen.yaml:3: java_pom.nam: unknown key; expected one of name, url, licenses, developers,",
        ),
        (
            "java_pom:\n  licenses:\n  - {name: x}\n  - {uri: x}\n",
            "protogen.yaml:4: java_pom.licenses[1].uri: unknown key; expected one of name, url, distribution",
        ),
        (
            "java_pom:\n  scm: {conection: x}\n",
            "java_pom.scm.conection: unknown key; expected one of connection, developerConnection, url, tag",
        ),
        ("java_pom:\n  developers:\n  - {id: 7}\n", "java_pom.developers[0].id: "),
        ("java_pom: x\n", "protogen.yaml:1: java_pom: "),
        ("java_pom:\n", "protogen.yaml:1: java_pom: "),
    ],
)
def test_what_cannot_be_read_names_line_key_and_expectation(text: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(text)
    assert complaint in caught.value.message


def test_the_pom_says_what_the_user_says(tmp_path: Path) -> None:
    project = parsed(package(request(tmp_path, java_pom=json.dumps(WHOLE)))["pom.xml"])
    assert [project.findtext(key) for key in ("name", "url")] == [WHOLE["name"], WHOLE["url"]]
    for group in ("licenses", "developers"):
        told = [{each.tag: each.text for each in item} for item in project.iterfind(f"{group}/*")]
        assert told == WHOLE[group]
    assert {each.tag: each.text for each in project.iterfind("scm/*")} == WHOLE["scm"]
    assert project.findtext("description")


def test_without_it_the_pom_says_what_the_recipe_knows(tmp_path: Path) -> None:
    project = parsed(package(request(tmp_path, text=GOOD + "license: Apache-2.0\n"))["pom.xml"])
    assert project.findtext("name") == "shop client"
    assert [each.text for each in project.iterfind("licenses/license/*")] == ["Apache-2.0"]
    assert {each.tag for each in project} & {"url", "developers", "scm"} == set()


def test_text_that_no_xml_holds_is_refused(tmp_path: Path) -> None:
    text = read('java_pom:\n  developers: [{name: "a\\x01b"}]\n')
    with pytest.raises(UsageError, match=r"java_pom\.developers\[0\]\.name") as caught:
        Java().plan(request(tmp_path, java_pom=text))
    assert caught.value.where == "java_pom.developers[0].name"


def test_what_xml_can_hold_arrives(tmp_path: Path) -> None:
    name = "tab\there, \U0001f980, ]]> and <!-- -->"
    text = package(request(tmp_path, java_pom=json.dumps({"name": name})))["pom.xml"]
    assert ElementTree.fromstring(text).findtext("{*}name") == name


def test_each_key_that_central_asks_for_is_named() -> None:
    assert pom.missing(Pom()) == (
        "java_pom.url",
        "java_pom.licenses",
        "java_pom.developers",
        "java_pom.scm.connection",
        "java_pom.scm.developerConnection",
        "java_pom.scm.url",
    )
    some = Pom(url="u", licenses=(PomLicense("MIT"),), developers=(PomDeveloper("x"),), scm=PomScm("c", "d"))
    assert pom.missing(some) == (
        "java_pom.licenses[0].url",
        "java_pom.developers[0].name",
        "java_pom.scm.url",
    )
    whole = Document("f", {"java_pom": WHOLE}, {}, {}).convert(("java_pom",), Pom)
    assert pom.missing(whole) == ("java_pom.licenses[1].url",)


def test_artifacts_say_what_stands_between_them_and_central(tmp_path: Path) -> None:
    (remark,) = remarks(packaged(request(tmp_path)))
    assert "java_pom.url, java_pom.licenses, java_pom.developers, java_pom.scm.connection" in remark
    complete = {**WHOLE, "licenses": WHOLE["licenses"][:1]}
    assert remarks(packaged(request(tmp_path, java_pom=json.dumps(complete)))) == ()
    snapshot = request(tmp_path, java_pom=json.dumps(complete), version="1.0.0-SNAPSHOT")
    (remark,) = remarks(packaged(snapshot))
    assert "1.0.0-SNAPSHOT is a snapshot" in remark


@pytest.mark.parametrize(
    ("version", "is_snapshot"),
    {
        "1.0.0": False,
        "1.0.0-rc.1": False,
        "1.0.0-snapshots.1": False,
        "1.0.0-20240101.010101": False,
        "1.0.0-SNAPSHOT": True,
        "1.0.0-dev.snapshot": True,
        "1.0.0-20240101.010101-1": True,
    }.items(),
)
def test_what_maven_takes_for_a_snapshot_is_added_to_no_registry(
    version: str, is_snapshot: bool, tmp_path: Path
) -> None:
    job = Job(Selection(model.parse(GOOD, "r.yaml")), (Java(),), registry=tmp_path / "registry")
    if is_snapshot:
        with pytest.raises(UsageError, match=f"java: {version} is a snapshot") as raised:
            job.check_registered(version)
        assert "--package-version 1.0.0-dev.1" in raised.value.remedy
    else:
        job.check_registered(version)
    replace(job, registry=None).check_registered(version)


@pytest.mark.parametrize(
    ("character", "refused"),
    [
        *((each, False) for each in "\t\n\r \x7f\x85\ud7ff\ue000\ufeff\ufffd\U00010000\U0010ffff"),
        *((each, True) for each in "\x00\x08\x0b\x0c\x0e\x1f\ufffe\uffff"),
    ],
)
def test_what_xml_can_hold_is_taken(character: str, refused: bool) -> None:
    given = {"java_pom": json.dumps({"name": f"a{character}b"})}
    if refused:
        with pytest.raises(UsageError, match=r"java_pom\.name"):
            pom.read(given)
    else:
        assert pom.read(given).name == f"a{character}b"
