"""Pages for people: complete without a script, and nothing a name holds becomes more than text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protogen.registry.model import Package
from protogen.registry.pages import catalogue, page
from protogen.registry.pages.catalogue import Row, Yanks
from protogen.registry.provenance import Input, Tool
from protogen.registry.release import Changes, Evidence, Release, Section

URL = "https://packages.example.com/team"
PACKAGES = (
    Package("archives", "cpp/api", "1.2.0"),
    Package("crates", "team-api", "1.2.0"),
    Package("go", "example.com/api", "v1.2.0"),
    Package("maven", "com.example:api", "1.2.0"),
    Package("npm", "@team/api", "1.2.0"),
    Package("pypi", "team-api", "1.2.0"),
)
RELEASE = Release(
    "api",
    "1.2.0",
    PACKAGES,
    (
        Evidence(
            "files/api/1.2.0/abc",
            {"files/api/1.2.0/abc/api-1.2.0.protoset": "5" * 64},
            3,
            "r1.2",
            "git",
            (),
            (Input("api", "git+https://example.com/api@r1.2", {"gitCommit": "a1" * 20}),),
            (Tool("protoc-gen-go", "v1.35.2", "go"),),
            {"protogen": "0.1.0"},
        ),
    ),
    "1.1.0",
    "r1.1",
    Changes(1, 0, 2, (Section("Messages", (("added", "message a.B (2 fields)"),)),), 2),
)
FILES = {
    ("go", "example.com/api", "v1.2.0"): {
        "go/example.com/api/@v/v1.2.0.zip": "1" * 64,
        "go/x.info": "2" * 64,
    },
    ("pypi", "team-api", "1.2.0"): {"pypi/files/team-api/1.2.0/team_api-1.2.0-py3-none-any.whl": "3" * 64},
}
LINE = st.text(min_size=1, max_size=20)
HOSTILE = st.one_of(
    LINE,
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onfocus='a",
            "javascript:alert(1)",
            "&lt;",
        ]
    ),
)


class Read(HTMLParser):
    """What a page consists of."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attributes for name, attributes in self.tags if name == tag]


def rows(*releases: Release, yanks: Yanks | None = None) -> list[Row]:
    return catalogue.ordered(catalogue.row(each, yanks or {}) for each in releases)


def both(release: Release, yanks: Yanks | None = None) -> list[bytes]:
    return [
        page.index(rows(release, yanks=yanks), URL),
        page.release(release, FILES, yanks or {}, URL),
    ]


def test_all_commands_have_the_address_without_a_script() -> None:
    index, release = (Read(each).text for each in both(RELEASE))
    for expected in (
        f'GOPROXY="{URL}/go,$(go env GOPROXY)" GONOSUMDB=example.com/api go get example.com/api@v1.2.0',
        f"pip install --extra-index-url {URL}/pypi/simple/ team-api==1.2.0",
        f"npm install @team/api@1.2.0 --@team:registry={URL}/npm/",
        "cargo add team-api@1.2.0 --registry protogen",
        f'index = "sparse+{URL}/crates/"',
        f"<url>{URL}/maven</url>",
        f"curl -LO {URL}/archives/cpp/api/api-1.2.0.tar.gz",
    ):
        assert expected in index
        assert expected in release
    assert "com.example:api:1.2.0" in index
    assert "<artifactId>api</artifactId>" in release


def test_where_nobody_told_the_address_a_placeholder_says_so() -> None:
    content = page.index(rows(RELEASE), "")
    assert f"curl -LO {page.PLACEHOLDER}/archives" in Read(content).text
    assert "own address, without index.html, for https://example.com/ADDRESS" in re.sub(
        r"\s+", " ", Read(content).text
    )


def test_a_release_tells_checksums_origin_and_changes() -> None:
    read = Read(both(RELEASE)[1])
    for expected in (
        "1" * 64, "3" * 64, "5" * 64, "a1" * 20, "protoc-gen-go", "v1.35.2", "0.1.0", "https://example.com/api@r1.2",
        "What changed since 1.1.0", "message a.B (2 fields)", "2 more are not listed here",
        "protogen diff r1.1 r1.2 --recipe api",
    ):  # fmt: skip
        assert expected in read.text
    assert "2" * 64 not in read.text, "only go reads .info"
    hrefs = {each["href"] for each in read.all("a")}
    assert "../../../go/example.com/api/%40v/v1.2.0.zip" in hrefs or (
        "../../../go/example.com/api/@v/v1.2.0.zip" in hrefs
    )
    assert {"../../../index.html", "../../../files/api/1.1.0/index.html"} <= hrefs


@pytest.mark.parametrize(
    ("changes", "since", "expected"),
    [
        (None, "1.1.0", "Not compared."),
        (Changes(), "1.1.0", "Nothing in the protos."),
        (Changes(1), "1.1.0", "1 added"),
    ],
)
def test_what_is_not_known_or_nothing_is_said(changes: Changes | None, since: str, expected: str) -> None:
    assert expected in Read(page.release(replace(RELEASE, changes=changes, since=since), {}, {}, "")).text


def test_the_first_release_has_no_changes() -> None:
    text = Read(page.release(replace(RELEASE, since="", since_release="", changes=None), {}, {}, "")).text
    assert "What changed" not in text
    assert "The release before" not in text


def test_a_withdrawn_package_is_marked_with_the_reason() -> None:
    yanks = {("pypi", "team-api", "1.2.0"): "breaks", ("npm", "@team/api", "1.2.0"): ""}
    index, release = (Read(each).text for each in both(RELEASE, yanks))
    assert "partly withdrawn" in index
    assert "withdrawn: breaks" in index
    assert "breaks" in release
    assert "Nobody should choose it any more." in release
    every = dict.fromkeys((each.key for each in PACKAGES), "old")
    assert "partly" not in Read(both(RELEASE, every)[0]).text


def test_several_projects_have_a_section_each() -> None:
    read = Read(page.index(rows(RELEASE, replace(RELEASE, recipe="other")), URL))
    assert [each["href"] for each in read.all("a") if (each["href"] or "").startswith("#project")] == [
        "#project-1",
        "#project-2",
    ]
    assert "2 releases of api, other" in read.text


def test_several_runs_of_a_release_have_an_origin_each() -> None:
    second = replace(
        RELEASE.main, folder="files/api/1.2.0/def", inputs=(Input("api", "", {"gitCommit": "b2"}),)
    )
    text = Read(page.release(RELEASE.with_run((), second), {}, {}, URL)).text
    assert "Run 1" in text
    assert "Run 2" in text
    assert "b2" in text


@pytest.mark.parametrize("content", both(RELEASE), ids=["index", "release"])
def test_nothing_is_loaded_and_no_link_leaves_the_folder(content: bytes) -> None:
    read = Read(content)
    assert not [tag for tag, attributes in read.tags if "src" in attributes or tag in {"img", "iframe"}]
    assert [each.get("href") for each in read.all("link")] == ["data:,"]
    for each in read.all("a"):
        parts = urlsplit(each["href"] or "")
        assert not parts.scheme
        assert not parts.netloc
        assert not parts.path.startswith("/")
    assert b"@import" not in content
    assert b"url(" not in content
    assert not re.search(rb"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", content), "no moment"


@pytest.mark.parametrize("content", both(RELEASE), ids=["index", "release"])
def test_only_the_page_s_own_script_and_style_may_run(content: bytes) -> None:
    policy = next(each["content"] or "" for each in Read(content).all("meta") if each.get("http-equiv"))
    for tag in (b"script", b"style"):
        (inline,) = re.findall(rb"<%b>(.*?)</%b>" % (tag, tag), content, re.DOTALL)
        hashed = base64.b64encode(hashlib.sha256(inline).digest()).decode()
        assert f"{tag.decode()}-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy


@settings(max_examples=40)
@given(st.lists(HOSTILE, min_size=9, max_size=9))
def test_no_name_becomes_markup(names: list[str]) -> None:
    recipe, version, name, release, source, place, tool, change, reason = names
    usual, hostile = RELEASE, Release(
        recipe,
        version,
        tuple(Package(each.ecosystem, name, version) for each in PACKAGES),
        (
            Evidence(
                "files", {f"files/{name}": place}, 1, release, source, (),
                (Input(name, place, {tool: place}),), (Tool(tool, version, source),), {tool: version},
            ),
        ),
        version,
        release,
        Changes(1, 1, 1, (Section(change, (("added", change),)),), 0),
    )  # fmt: skip
    yanks = {each.key: reason for each in hostile.packages}
    files = {each.key: {f"go/{name}": place} for each in hostile.packages}
    allowed = {tag for content in both(usual, {PACKAGES[0].key: "x"}) for tag, _ in Read(content).tags}
    for content in (
        page.index(rows(hostile, yanks=yanks), reason),
        page.release(hostile, files, yanks, reason),
    ):
        read = Read(content)
        assert {tag for tag, _ in read.tags} <= allowed
        assert len(read.all("script")) == 1
        for _, attributes in read.tags:
            assert not [each for each in attributes if each.startswith("on")]
            assert not (attributes.get("href") or "").lower().startswith(("javascript:", "//", "http"))
