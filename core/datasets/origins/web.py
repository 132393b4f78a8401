"""Files from web servers, over connections that go only where :class:`Reach` lets them, redirects included."""

import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any
from urllib.parse import SplitResult, urlsplit

from core.data_errors import OriginRefused, OriginUnreachable
from core.datasets.origins.reach import Reach
from core.records.base import clipped

_WAIT_S = 30.0
_LONGEST_ERROR = 8192


@contextmanager
def opened(
    url: str,
    shown: str,
    reach: Reach,
    *,
    body: bytes | IO[bytes] | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    wait_s: float = _WAIT_S,
) -> Iterator[tuple[Any, int | None]]:
    """Open a file of a web server; yield what reads it, and its size when the server states it.

    With a ``body`` it is handed over instead (by POST unless ``method`` says otherwise), and to nobody the server
    sends on to; one read from a file needs its length among the ``headers``.

    Raises:
        OriginRefused: the server, or one it sends to, may not be asked; or there is no such file, or not for us.
        OriginUnreachable: it does not answer.
    """
    handlers = (_Plain(reach, shown), _Secure(reach, shown), _Redirects(reach, shown))
    told = {"User-Agent": "Pilothouse", **(headers or {})}
    request = urllib.request.Request(url, data=body, headers=told, method=method)  # noqa: S310 - called for http and https
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=wait_s) as answer:
            stated = answer.headers.get("Content-Length")
            yield answer, int(stated) if stated and stated.isdecimal() else None
    except urllib.error.HTTPError as error:
        said = _said(error)
        if error.code >= 500 or error.code == 429:
            raise OriginUnreachable(origin=shown, problem=f"the server answered {error.code}{said}") from None
        problem = f"the server answered {error.code} {error.reason}{said or '.'}"
        raise OriginRefused(origin=shown, problem=problem) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise OriginUnreachable(origin=shown, problem=str(reason) or type(error).__name__) from None


def _said(error: urllib.error.HTTPError) -> str:
    """Return the sentence of an error in the shape our own servers give it, after a colon; nothing of any other."""
    with error, suppress(OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        document = json.loads(error.read(_LONGEST_ERROR))
        return f": {clipped(str(document['error']['message']), 300)}"
    return ""


def _dial(reach: Reach, parts: SplitResult, shown: str, address: tuple[str, int], *args: Any) -> socket.socket:
    """Connect to an address that was looked up and found allowed: looked up again, the name could lead elsewhere."""
    host, port = address
    proxies = {urlsplit(proxy).hostname for proxy in urllib.request.getproxies().values()}
    if host in proxies:
        return socket.create_connection(address, *args)
    found = reach.check_host(parts._replace(netloc=_netloc(host, port, parts)), shown)
    failure: OSError | None = None
    for _family, numeric in found:
        try:
            return socket.create_connection((numeric, port), *args)
        except OSError as error:
            failure = error
    raise failure or OSError("no address answers")


def _netloc(host: str, port: int, parts: SplitResult) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if parts.port is None else f"{name}:{port}"


class _Hearing:
    """A connection that hears the answer of a server that would not take all it was sent."""

    def endheaders(self, message_body: Any = None, **options: Any) -> None:
        """Send headers and body; when the server closes before the end, its answer says why, if it gave one."""
        try:
            super().endheaders(message_body, **options)  # type: ignore[misc]
        except (BrokenPipeError, ConnectionResetError):
            if self.sock is None:  # type: ignore[attr-defined]
                raise


class _HearingPlain(_Hearing, http.client.HTTPConnection):
    pass


class _HearingSecure(_Hearing, http.client.HTTPSConnection):
    pass


class _Guarded:
    """A handler whose connections are dialled by us."""

    def __init__(self, reach: Reach, shown: str) -> None:
        self._reach = reach
        self._shown = shown
        super().__init__()

    def _connection(self, kind: Any, url: str, host: str, **options: Any) -> Any:
        connection = kind(host, **options)
        connection._create_connection = partial(_dial, self._reach, urlsplit(url), self._shown)  # noqa: SLF001
        return connection


class _Plain(_Guarded, urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> Any:
        """Open over a plain connection."""
        return self.do_open(partial(self._connection, _HearingPlain, request.full_url), request)


class _Secure(_Guarded, urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        """Open over TLS."""
        return self.do_open(partial(self._connection, _HearingSecure, request.full_url), request)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, reach: Reach, shown: str) -> None:
        self._reach = reach
        self._shown = shown

    def redirect_request(self, request: Any, file: Any, code: int, message: str, headers: Any, url: str) -> Any:
        """Go on where the server sends to, by web addresses only."""
        if request.data is not None:
            raise OriginRefused(origin=self._shown, problem="the server sends on to another address. Give that one.")
        if urlsplit(url).scheme.lower() not in ("http", "https"):
            raise OriginRefused(origin=self._shown, problem="the server sends to something that is no web address.")
        return super().redirect_request(request, file, code, message, headers, url)
