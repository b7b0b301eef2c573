"""What the client decides without a connection."""

from __future__ import annotations

import pytest

from protogen.errors import SourceRefused
from protogen.sources.index.http_client import (
    HttpClient,
    host_of,
    user_and_password,
    wait_before_retry,
    without_userinfo,
)
from protogen.system.pip_settings import PipSettings


@pytest.mark.parametrize(
    ("url", "clean", "credentials"),
    [
        ("https://a.example/simple", "https://a.example/simple", ("", None)),
        ("https://me:p%40ss@a.example:8443/x?y#z", "https://a.example:8443/x?y", ("me", "p@ss")),
        ("https://token@a.example/", "https://a.example/", ("token", None)),
    ],
)
def test_credentials_are_taken_out_of_addresses(
    url: str, clean: str, credentials: tuple[str, str | None]
) -> None:
    assert (without_userinfo(url), user_and_password(url)) == (clean, credentials)
    assert host_of(url) == host_of(clean)


@pytest.mark.parametrize("url", ["https://[::1", "https://a.example:port/"])
def test_what_is_no_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        host_of(url)
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("tried", "retry_after", "seconds"),
    [
        (1, "", 0.3),
        (2, "", 0.6),
        (1, "7", 7.0),
        (1, "0", 0.0),
        (1, "21", None),
        (1, "Thu, 01 Jan 1970 00:00:45 GMT", 0.0),
        (1, "Fri, 01 Jan 2100 01:01:45 GMT", None),
        (1, "later", 0.3),
    ],
)
def test_waits_are_the_servers_within_reason(tried: int, retry_after: str, seconds: float | None) -> None:
    assert wait_before_retry(tried, retry_after) == seconds


@pytest.mark.parametrize(
    ("url", "trusted", "allowed"),
    [
        ("https://a.example/simple", (), True),
        ("http://localhost:8080/simple", (), True),
        ("http://127.0.0.1/simple", (), True),
        ("http://127.8.8.8:3141/simple", (), True),
        ("http://[::1]/simple", (), True),
        ("http://localhost.example/simple", (), False),
        ("http://a.example/simple", (), False),
        ("http://a.example/simple", ("a.example",), True),
        ("http://a.example:81/simple", ("a.example:81",), True),
        ("http://a.example:81/simple", ("a.example:82",), False),
        ("ftp://a.example/simple", (), False),
        ("https:///simple", (), False),
    ],
)
def test_only_indexes_that_pip_asks_are_asked(url: str, trusted: tuple[str, ...], allowed: bool) -> None:
    client = HttpClient(PipSettings(trusted_hosts=trusted))
    if allowed:
        client.check_index(url)
    else:
        with pytest.raises(SourceRefused):
            client.check_index(url)
    client.close()
