"""A registry's pages in a browser: searched, by keyboard alone, on a phone, in the dark, without scripts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from protogen.registry import layout
from protogen.registry.adding import add
from protogen.registry.pages import catalogue, page
from protogen.registry.pages.catalogue import Entry, Row
from protogen.registry.release import Changes, Section
from protogen.registry.yanking import yank
from tests.support.registry_packages import artifacts
from tests.support.static_server import serving

PROGRAMS = [shutil.which(name) for name in ("chromium", "chromedriver")]
pytestmark = pytest.mark.skipif(
    None in PROGRAMS, reason="NO CHROMIUM: chromium and chromedriver show the pages"
)
VERSIONS = ("1.2.0", "1.10.0", "1.11.0")
# Where nobody serves it: the page must find out by itself where it was read.
ELSEWHERE = "https://packages.example.com/moved"
MANY = 1_000
HOSTILE = "<img src=x onerror=window.broken=1>\"'><script>window.broken=1</script>"
PAGES = ("", "files/api/1.11.0/index.html")
# Of all elements that have text of their own: what they say, and how it stands out from what is behind it.
CONTRASTS = """
const luminance = (rgb) => rgb.map((each) => each / 255)
  .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
  .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
const parts = (color) => color.match(/[\\d.]+/g).map(Number);
const behind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = parts(getComputedStyle(each).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color.slice(0, 3);
  }
  return parts(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3);
};
for (const each of document.querySelectorAll("details")) each.open = true;
return [...document.querySelectorAll("body *")]
  .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((each) => each.checkVisibility())
  .map((each) => {
    const two = [parts(getComputedStyle(each).color).slice(0, 3), behind(each)].map(luminance);
    two.sort((a, b) => b - a);
    return [each.tagName + " " + each.textContent.trim().slice(0, 40), (two[0] + 0.05) / (two[1] + 0.05)];
  });
"""
FOCUSED = """
const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
return [each.tagName + (each.id ? "#" + each.id : each.className ? "." + each.className : ""),
  style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
  box.width > 0 && box.right > 0 && box.bottom > 0];
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a registry of three releases is served, and below /many the list of a thousand."""
    root = tmp_path_factory.mktemp("pages")
    changes = Changes(2, 1, 0, (Section("Messages", (("added", "message a.B (2 fields)"),)),), 3)
    for version in VERSIONS:
        made = layout.additions(artifacts(version), "api", version, lambda: ELSEWHERE)
        add(root, *made, ELSEWHERE, compare=lambda _old, _new: changes)
    yank(root, "team-api", "1.11.0", "breaks <b>all</b>")
    yank(root, "team-api", "1.2.0", HOSTILE)
    (root / "many").mkdir()
    rows = [
        Row(
            "api",
            f"1.{n}.0",
            f"r1.{n}",
            (Entry("pypi", "team-api", f"1.{n}.0"),),
            f"files/api/1.{n}.0/index.html",
        )
        for n in range(MANY)
    ]
    (root / "many/index.html").write_bytes(page.index(catalogue.ordered(rows), ""))
    with serving(root) as address:
        yield address


def started(*, scripts: bool = True) -> Chrome:
    options = ChromeOptions()
    options.binary_location = str(PROGRAMS[0])
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1100,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return Chrome(options=options, service=Service(str(PROGRAMS[1])))


@pytest.fixture(scope="module")
def shared_browser() -> Iterator[Chrome]:
    """One browser for all tests."""
    with started() as driver:
        yield driver


@pytest.fixture
def browser(shared_browser: Chrome) -> Iterator[Chrome]:
    """The browser as it was started, with nothing logged."""
    for kind in ("browser", "performance"):
        logged(shared_browser, kind)
    yield shared_browser
    shared_browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    shared_browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def evaluated(browser: Chrome, script: str, *arguments: object) -> Any:
    """What a script returns in the page."""
    return browser.execute_script(script, *arguments)


def logged(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """What the browser noted of that kind since it was asked last."""
    found: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return found


def shown(browser: Chrome) -> list[str]:
    """The versions of the releases that are to be seen."""
    found = browser.find_elements(By.CSS_SELECTOR, ".release h3")
    return [each.text for each in found if each.is_displayed()]


def texts(browser: Chrome, selector: str) -> list[str]:
    """The elements' texts, without what buttons say."""
    script = "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)"
    found: list[str] = evaluated(browser, script, selector)
    return found


@pytest.mark.parametrize("path", [*PAGES, "many/"])
def test_a_page_asks_nobody_else_and_has_no_errors(path: str, address: str, browser: Chrome) -> None:
    browser.get(f"{address}/{path}")
    assert logged(browser, "browser") == []
    messages = [json.loads(each["message"])["message"] for each in logged(browser, "performance")]
    asked = [
        each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [f"{address}/{path}"]


@pytest.mark.parametrize("path", PAGES)
def test_commands_have_the_address_that_the_page_was_read_from(
    path: str, address: str, browser: Chrome
) -> None:
    browser.get(f"{address}/{path}")
    codes = " ".join(texts(browser, "code"))
    assert ELSEWHERE not in codes
    for part in ("/go,", "/pypi/simple/", "/maven", "/npm/", "/crates/"):
        assert f"{address}{part}" in codes


def test_a_release_tells_its_sums_its_origin_and_what_changed(address: str, browser: Chrome) -> None:
    browser.get(address)
    browser.find_element(By.PARTIAL_LINK_TEXT, "All of 1.11.0").click()
    text = browser.find_element(By.TAG_NAME, "body").text
    for part in ("message a.B (2 fields)", "1.10.0", "breaks <b>all</b>", "team_api-1.11.0-py3-none-any.whl"):
        assert part in text
    browser.find_element(By.LINK_TEXT, "1.10.0").click()
    assert browser.current_url == f"{address}/files/api/1.10.0/index.html"


def test_search_shows_what_has_all_words_and_says_how_many(address: str, browser: Chrome) -> None:
    browser.get(address)
    query, count = (browser.find_element(By.ID, name) for name in ("query", "count"))
    assert shown(browser) == ["1.11.0", "1.10.0", "1.2.0"]
    query.send_keys("1.1 Rust")
    assert (shown(browser), count.text) == (["1.11.0", "1.10.0"], "2 of 3 releases")
    assert count.get_attribute("aria-live") == "polite"
    for words, expected in {"1.10": ["1.10.0"], "127.0": [], "com.example:api r1.2": ["1.2.0"]}.items():
        query.clear()
        query.send_keys(words)
        assert shown(browser) == expected, "neither the release before nor the address is the release's"
    query.send_keys(" nothing")
    assert (shown(browser), count.text) == ([], "0 of 3 releases")
    browser.find_element(By.ID, "all").click()
    assert shown(browser) == ["1.11.0", "1.10.0", "1.2.0"]


def test_a_button_copies_its_command_and_says_so(address: str, browser: Chrome) -> None:
    browser.get(address)
    permissions = {"permissions": ["clipboardReadWrite"], "origin": address}
    browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    code, button = (
        browser.find_element(By.CSS_SELECTOR, f".release dd {each}") for each in ("code", "button")
    )
    assert button.accessible_name.startswith("Copy: GOPROXY=")
    button.click()
    WebDriverWait(browser, 10).until(lambda _: texts(browser, "#said") == ["Copied"])
    read = "navigator.clipboard.readText().then(arguments[0])"
    assert browser.execute_async_script(read) == code.text
    assert code.text.endswith(" go get example.com/Team/api@v1.11.0")


def test_a_reason_that_is_markup_stays_text(address: str, browser: Chrome) -> None:
    for path in ("", "files/api/1.2.0/index.html"):
        browser.get(f"{address}/{path}")
        assert any(HOSTILE in each for each in texts(browser, "main"))
        assert evaluated(browser, "return window.broken === undefined")
        assert logged(browser, "browser") == []


def test_a_page_that_is_only_opened_keeps_the_address_it_was_told(tmp_path: Path, browser: Chrome) -> None:
    row = Row("api", "1.2.0", "r1.2", (Entry("archives", "cpp/api", "1.2.0"),), "files/api/1.2.0/index.html")
    path = tmp_path / "index.html"
    path.write_bytes(page.index([row], ELSEWHERE))
    browser.get(path.as_uri())
    assert texts(browser, "dd code") == [f"curl -LO {ELSEWHERE}/archives/cpp/api/api-1.2.0.tar.gz"]


def test_the_keyboard_alone_reaches_and_opens_everything(address: str, browser: Chrome) -> None:
    browser.get(address)
    reached: list[str] = []
    for _ in range(60):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        name, is_outlined, is_seen = evaluated(browser, FOCUSED)
        if name == "BODY" or (reached and name == reached[0]):
            break
        assert is_outlined, name
        assert is_seen, name
        reached.append(name)
    assert reached[:2] == ["A.skip", "INPUT#query"]
    assert reached.count("SUMMARY") == 1 + len(VERSIONS)
    assert {"BUTTON.copy", "A"} <= {*reached}
    summary = browser.find_elements(By.TAG_NAME, "summary")[-1]
    details = summary.find_element(By.XPATH, "..")
    assert details.get_attribute("open") is None
    evaluated(browser, "arguments[0].focus()", summary)
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    assert details.get_attribute("open") is not None


@pytest.mark.parametrize("path", [*PAGES, "many/"])
def test_a_phone_shows_a_page_without_scrolling_sideways(path: str, address: str, browser: Chrome) -> None:
    phone = {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.get(f"{address}/{path}")
    script = (
        "for (const each of document.querySelectorAll('details')) each.open = true;"
        if path != "many/"
        else ""
    )
    width = evaluated(browser, f"{script} return document.documentElement.scrollWidth")
    assert width <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_all_text_stands_out(path: str, scheme: str, address: str, browser: Chrome) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(f"{address}/{path}")
    ground = evaluated(browser, "return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground.strip("rgb()").split(","))) < 200) == (scheme == "dark")
    found: list[Any] = evaluated(browser, CONTRASTS)
    assert len(found) > 30
    assert [each for each in found if each[1] < 4.5] == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_missing_without_scripts(path: str, address: str) -> None:
    with started(scripts=False) as browser:
        browser.get(f"{address}/{path}")
        text = browser.find_element(By.TAG_NAME, "body").text
        assert browser.find_elements(By.CSS_SELECTOR, "button.copy") == []
        assert [each.is_displayed() for each in browser.find_elements(By.ID, "search")] in ([], [False])
    assert "1.11.0" in text
    assert f"{ELSEWHERE}/pypi/simple/" in text


def test_a_thousand_releases_can_be_searched(address: str, browser: Chrome) -> None:
    browser.get(f"{address}/many/")
    assert browser.find_element(By.ID, "count").text == f"{MANY} releases"
    for words, expected in {"1.7.0": ["1.7.0"], "team-api r1.977": ["1.977.0"]}.items():
        query = browser.find_element(By.ID, "query")
        query.clear()
        query.send_keys(words)
        assert shown(browser) == expected
    assert len(browser.page_source) < 500_000
