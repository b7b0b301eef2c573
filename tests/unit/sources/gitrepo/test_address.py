from __future__ import annotations

import pytest

from protogen.sources.gitrepo.environment import address


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://example.com/a.git", "https://example.com/a.git"),
        ("https://me:s3cr3t@example.com:8443/a.git", "https://example.com:8443/a.git"),
        ("https://s3cr3t@example.com/a", "https://example.com/a"),
        ("http://me:s3cr3t@[::1]:80/a", "http://[::1]:80/a"),
        ("HTTPS://me:s3cr3t@example.com/a", "https://example.com/a"),
        ("ssh://git@example.com/a", "ssh://git@example.com/a"),
        ("git@example.com:a", "git@example.com:a"),
        ("/srv/a", "/srv/a"),
        ("file:///srv/a", "file:///srv/a"),
    ],
)
def test_git_gets_the_url_without_credentials(url: str, clean: str) -> None:
    found = address(url)
    assert found.url == clean
    settings = dict(found.settings)
    assert settings[f"url.{clean}.insteadOf"] == settings["remote.origin.url"]
    assert "s3cr3t" not in "".join(value for key, value in settings.items() if "username" not in key)


def test_user_and_password_are_decoded_and_for_their_host_only() -> None:
    found = address("https://me%40x:p%2Fw%20d@example.com:8443/a.git")
    assert found.environ == {"PROTOGEN_GIT_USERNAME": "me@x", "PROTOGEN_GIT_PASSWORD": "p/w d"}
    helpers = [value for key, value in found.settings if key == "credential.https://example.com:8443.helper"]
    assert helpers[0] == "", "the user's own aren't asked"
    assert len(helpers) == 2


def test_an_empty_password_is_one() -> None:
    assert address("https://t0k3n:@example.com/a").environ["PROTOGEN_GIT_PASSWORD"] == ""


def test_a_user_alone_leaves_the_password_to_the_users_helpers() -> None:
    found = address("https://me@example.com/a")
    assert dict(found.settings)["credential.https://example.com.username"] == "me"
    assert not [key for key, _ in found.settings if key.endswith(".helper")]
    assert not found.environ


def test_credentials_that_git_could_not_be_given_are_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        address("https://me:p%0Ahost=evil@example.com/a")
