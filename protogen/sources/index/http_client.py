"""Requests to an index as pip is set to make them: credentials kept apart, retried, errors told apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from protogen.errors import SourceRefused, SourceUnreachable
from protogen.system.keyring import Keyring
from protogen.system.parallel import Once
from protogen.system.pip_settings import PipSettings

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter


T = TypeVar("T")
Credentials = tuple[str, str]

CONNECTIONS = 8
_TRIES = 3
_CONNECT_SECONDS = 15.0
_LONGEST_WAIT = 20.0
_FIRST_WAIT = 0.3
_CHUNK = 64 * 1024


def without_userinfo(url: str) -> str:
    """The address without user, password and fragment. Raises SourceRefused."""
    parts = _split(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def user_and_password(url: str) -> tuple[str, str | None]:
    """The user of an address, decoded, maybe empty, and the password, None where it has none."""
    name, colon, password = _split(url).netloc.rpartition("@")[0].partition(":")
    return unquote(name), unquote(password) if colon else None


def host_of(url: str) -> str:
    """`host` or `host:port`: all that a message says of an address."""
    return _split(url).netloc.rpartition("@")[2]


def wait_before_retry(tried: int, retry_after: str) -> float | None:
    """Seconds to wait after a try, counted from 1; None where the server asks for too long a wait.

    retry_after: the header, seconds or a date.
    """
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    try:
        wait = Retry().parse_retry_after(retry_after)
    except InvalidHeader:  # or there is none
        return float(_FIRST_WAIT * 2 ** (tried - 1))
    return wait if wait <= _LONGEST_WAIT else None


def read_body(response: Response, limit: int) -> bytes:
    """The whole body, decoded. Raises SourceRefused where it is longer than limit bytes."""
    chunks, length = [], 0
    for chunk in response.iter_content(_CHUNK):
        length += len(chunk)
        if length > limit:
            raise SourceRefused(
                f"{host_of(response.url)} answers with more than {limit} bytes",
                where=host_of(response.url),
                remedy="check the index that pip is set to, or run again with --source git",
            )
        chunks.append(chunk)
    return b"".join(chunks)


class HttpClient:
    """One session for all threads of a run.

    The credentials of an index serve its whole host, as with pip; those of netrc serve the rest, and
    where they don't, keyring is asked, once for each host and user. once: what the clients of a run share.
    threads: a pool for as many requests as there are connections.
    """

    def __init__(
        self, settings: PipSettings, keyring: Keyring | None = None, once: Once | None = None
    ) -> None:
        import requests

        self._settings = settings
        self._tries = 1 + min(settings.retries, _TRIES - 1)
        self._timeout = (min(settings.timeout, _CONNECT_SECONDS), settings.timeout)
        self._keyring, self._once = keyring, once or Once()
        self.threads = ThreadPoolExecutor(CONNECTIONS)
        self._session = requests.Session()
        self._session.mount("https://", adapter := _checking(self._check_secure))
        self._session.mount("http://", adapter)
        if settings.trusted_hosts:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Wait for the threads, and close all connections."""
        self.threads.shutdown()
        self._session.close()

    def check_index(self, url: str) -> None:
        """Refuse an index that pip would not ask either. Raises SourceRefused."""
        parts = _split(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SourceRefused(
                f"the index that pip is set to isn't on the web ({parts.scheme or 'no'} scheme)",
                where="pip's settings",
                remedy="set PIP_INDEX_URL to an https address, or run again with --source git",
            )
        self._check_secure(url)

    def _check_secure(self, url: str) -> None:
        """Refuse an address without TLS, unless it is this machine's or the user trusts the host."""
        parts = _split(url)
        if parts.scheme == "http" and not self._trusts(url) and not _is_loopback(parts.hostname or ""):
            raise SourceRefused(
                f"{host_of(url)} is asked without TLS, which pip refuses for a host that isn't trusted",
                where=host_of(url),
                remedy=f"set pip to an https index, or set PIP_TRUSTED_HOST={parts.hostname}",
            )

    def get(self, url: str, read: Callable[[Response], T], headers: Mapping[str, str] | None = None) -> T:
        """What read makes of the answer: 2xx, 304, 404, 410 or 416; all others are errors.

        Tried again, with a pause, where the server asks for it or fails, or the body ends early.
        Raises SourceUnreachable, SourceRefused, and whatever read raises.
        """
        import requests

        clean = without_userinfo(url)
        for tried in range(1, self._tries + 1):
            try:
                with self._send(url, headers or {}) as response:
                    pause = self._judge(response, tried)
                    if pause is None:
                        return read(response)
            except requests.RequestException as error:
                if tried == self._tries or not _may_pass(error):
                    _raise_for(error, host_of(clean))
                pause = _FIRST_WAIT
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _send(self, url: str, headers: Mapping[str, str]) -> Response:
        """The answer; asked for again, where the keyring knows what the first request lacked."""
        user, password, index = self._known(url)
        kept = ("keyring", host_of(url), user)
        auth: Credentials | None = None
        if password is None and kept in self._once:
            auth = self._once.get(kept, lambda: None)
        response = self._ask(url, headers, auth or self._auth(url, user, password))
        if response.status_code == 401 and password is None:
            found = self._once.get(kept, lambda: self._ask_keyring(user, index, host_of(url)))
            if found:
                response.close()
                response = self._ask(url, headers, found)
        return response

    def _ask_keyring(self, user: str, index: str, host: str) -> Credentials | None:
        """What the keyring has for the index, else for the host."""
        for place in (index and without_userinfo(index), host):
            if place and self._keyring and (found := self._keyring.credentials(place, user)):
                return found
        return None

    def _known(self, url: str) -> tuple[str, str | None, str]:
        """What the address, or else the index of its host, says of user and password; and that index."""
        user, password = user_and_password(url)
        host, folders = host_of(url), _folders(url)
        same_host = [each for each in self._settings.indexes if each and host_of(each) == host]
        nearest = max(same_host, key=lambda each: _shared(folders, _folders(each)), default="")
        if password is None and nearest:
            own_user, own_password = user_and_password(nearest)
            user, password = own_user or user, own_password
        return user, password, nearest

    def _auth(self, url: str, user: str, password: str | None) -> Credentials | None:
        """What a request brings; None leaves it to netrc, as pip does before it asks the keyring."""
        from requests.utils import get_netrc_auth

        if password is not None:
            return user, password
        return None if not user or get_netrc_auth(without_userinfo(url)) else (user, "")

    def _ask(self, url: str, headers: Mapping[str, str], auth: Credentials | None) -> Response:
        import requests

        clean = without_userinfo(url)
        proxy = self._settings.proxy
        try:
            return self._session.get(
                clean,
                headers=dict(headers),
                auth=auth,
                stream=True,
                timeout=self._timeout,
                verify=not self._trusts(clean) and (self._settings.cert or True),
                cert=self._settings.client_cert or None,
                proxies=dict.fromkeys(("http", "https"), proxy) if proxy else None,
            )
        except requests.RequestException:
            raise
        except OSError:  # requests' own word for a missing file of certificates
            raise SourceUnreachable(
                f"the certificates for {host_of(clean)} can't be read",
                where="pip's settings",
                remedy="check PIP_CERT, PIP_CLIENT_CERT and REQUESTS_CA_BUNDLE",
            ) from None

    def _trusts(self, url: str) -> bool:
        hosts = {host_of(url), _split(url).hostname}
        return not hosts.isdisjoint(self._settings.trusted_hosts)

    def _judge(self, response: Response, tried: int) -> float | None:
        """None where the answer can be read, seconds to wait where it may come later."""
        status, host = response.status_code, host_of(response.url)
        if status in {401, 403, 407}:
            raise SourceRefused(
                f"{host} refuses access ({status})",
                where=host,
                remedy="give pip the credentials for it (PIP_INDEX_URL, pip.conf, ~/.netrc or its keyring)",
            )
        if status == 429 or status >= 500:
            wait = wait_before_retry(tried, response.headers.get("Retry-After", ""))
            if wait is not None and tried < self._tries:
                return wait
            raise SourceUnreachable(
                f"{host} can't answer now ({status})",
                where=host,
                remedy="run the same command again later, or with --source git",
            )
        if status >= 400 and status not in {404, 410, 416}:
            raise SourceRefused(
                f"{host} refuses the request ({status})", where=host, remedy="check the index that pip uses"
            )
        return None


def _folders(url: str) -> list[str]:
    return _split(url).path.strip("/").split("/")


def _shared(one: list[str], other: list[str]) -> int:
    """How many items two lists begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SourceRefused(
            "an address of the index is no URL", where="pip's settings", remedy="pip config list"
        ) from None
    return parts


def _checking(check: Callable[[str], None]) -> HTTPAdapter:
    """What sends requests, each address checked before: a page names any, and a server redirects to any."""
    from requests.adapters import HTTPAdapter

    class Checking(HTTPAdapter):
        def send(self, request: PreparedRequest, *arguments: Any, **keywords: Any) -> Response:
            check(request.url or "")
            return super().send(request, *arguments, **keywords)

    return Checking(pool_connections=CONNECTIONS, pool_maxsize=2 * CONNECTIONS)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _may_pass(error: Exception) -> bool:
    """Whether a second try is worth it: the server hung up, as it may on a connection kept open."""
    import requests

    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return True
    hopeless = (requests.exceptions.SSLError, requests.exceptions.ProxyError, requests.Timeout)
    return (
        isinstance(error, requests.ConnectionError)
        and not isinstance(error, hopeless)
        and "aborted" in str(error)
    )


def _raise_for(error: Exception, host: str) -> NoReturn:
    """Tell the kinds of failure apart; requests' own texts hold addresses and are never shown."""
    from requests import exceptions as kinds

    if isinstance(error, kinds.ChunkedEncodingError | kinds.ContentDecodingError):
        raise SourceRefused(
            f"{host} sends a broken answer", where=host, remedy="run the same command again"
        ) from None
    if isinstance(error, kinds.SSLError):
        what, remedy = "the certificate of {} can't be verified", "set PIP_CERT to the right certificates"
    elif isinstance(error, kinds.ProxyError):
        what, remedy = "the proxy before {} doesn't let us through", "check PIP_PROXY and HTTPS_PROXY"
    elif isinstance(error, kinds.Timeout):
        what, remedy = "{} doesn't answer in time", "check the network, or set PIP_TIMEOUT higher"
    elif isinstance(error, kinds.ConnectionError):
        what = "{} can't be reached"
        remedy = "check the network and the index that pip is set to, or run again with --offline"
    else:
        raise SourceRefused(
            f"{host} can't be asked ({type(error).__name__})", where=host, remedy="pip config list"
        ) from None
    raise SourceUnreachable(what.format(host), where=host, remedy=remedy) from None
