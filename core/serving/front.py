"""What every request passes first: an id, whose name it calls, and a last net for errors; plain ASGI."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.errors import AppError
from core.records.prediction import CHAMPION
from core.serving.ids import random_id
from core.serving.metrics import Metrics
from core.serving.refusals import Refusal
from core.serving_errors import ForeignHost
from core.settings import Auth, Settings

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

EXCHANGE = "pilothouse.exchange"
"""Where the scope carries its :class:`Exchange`."""

ONE, MANY, INVOCATIONS, INFER = "predict", "predict/batch", "invocations", "infer"
"""What is asked of a project: one record, many, or many in the protocol of MLflow or of KServe."""

Answering = Callable[[Scope, Receive, str, str], Awaitable[bytes]]
"""Answers a scoring request with a JSON body: :meth:`core.serving.scoring.Scoring.answer`."""

_SCORING = re.compile(r"/projects/([a-z0-9][a-z0-9_-]{0,62})/(predict|predict/batch|invocations)")

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Exchange:
    """What is known of one request while it lasts; ``project`` and ``version`` once a model was found for it."""

    request_id: str
    begun: float
    headers: dict[bytes, bytes]
    code: int = 0
    endpoint: str = ""
    project: str | None = None
    version: int = 0
    cohort: str = CHAMPION
    rows: int = 0


class Front:
    """Gives each request an id, refuses foreign names, counts, and turns an unexpected error into our shape.

    Scoring requests go from here straight to what answers them: routing takes longer than most answers. Their routes
    in the app answer addresses of an unusual spelling, and describe them.
    """

    def __init__(self, app: App, *, names: frozenset[str] | None, metrics: Metrics, scoring: Answering) -> None:
        """``names`` are the hosts answered for; None answers for any."""
        self._app = app
        self._names = names
        self._metrics = metrics
        self._scoring = scoring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request through; lifespan events pass as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        exchange = Exchange(_request_id(headers), time.perf_counter(), headers)
        scope[EXCHANGE] = exchange
        answer = _Answer(send, exchange)
        try:
            self._check_names(headers)
            asked = _SCORING.fullmatch(scope["path"]) if scope["method"] == "POST" else None
            if asked is None:
                await self._app(scope, receive, answer.send)
            else:
                exchange.endpoint = f"/projects/{{project}}/{asked[2]}"
                await answer.json(await self._scoring(scope, receive, asked[1], asked[2]))
        except AppError as error:
            await answer.refuse(Refusal.of(error, exchange.request_id))
        except Exception:
            logger.exception("request %s failed", exchange.request_id)
            await answer.refuse(Refusal.unexpected(exchange.request_id))
        finally:
            self._count(scope, exchange)

    def _check_names(self, headers: dict[bytes, bytes]) -> None:
        """Refuse other names for this machine (DNS rebinding) and pages of other origins.

        Raises:
            ForeignHost: the request was not meant for this server.
        """
        if self._names is None:
            return
        host = headers.get(b"host", b"").decode("latin-1")
        if _name(host) not in self._names:
            raise ForeignHost(name=host[:100])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and origin.partition("://")[2].lower() != host.lower():
            raise ForeignHost(name=origin[:100])

    def _count(self, scope: Scope, exchange: Exchange) -> None:
        endpoint = exchange.endpoint or getattr(scope.get("route"), "path", "") or "other"
        self._metrics.request(endpoint, exchange.code)
        if exchange.project is not None:
            seconds = time.perf_counter() - exchange.begun
            asked = (exchange.project, exchange.version, exchange.cohort)
            self._metrics.scored(*asked, exchange.code, exchange.rows, seconds)


class _Answer:
    """The way out: adds the headers all answers have, and knows whether one was begun."""

    def __init__(self, send: Send, exchange: Exchange) -> None:
        self._send = send
        self._exchange = exchange

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.code = message["status"]
            added = [(b"x-request-id", self._exchange.request_id.encode()), (b"x-content-type-options", b"nosniff")]
            message["headers"] = [*message.get("headers", ()), *added]
        await self._send(message)

    async def json(self, body: bytes) -> None:
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        if self._exchange.code:
            return  # the answer was under way; the server cuts it short
        headers = {**refusal.headers, "content-length": str(len(refusal.body))}
        encoded = [(name.encode(), text.encode()) for name, text in headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": refusal.body})


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id")
    return given.decode() if given and _REQUEST_ID.fullmatch(given) else random_id(64)


@lru_cache(100)
def _name(host: str) -> str:
    """Return a Host header without its port."""
    return re.sub(r":\d*$", "", host).rstrip(".").lower()


def names_answered_for(settings: Settings) -> frozenset[str] | None:
    """Return the names this server goes by while anyone who reaches it may use it, None when keys guard it."""
    if settings.auth is not Auth.OFF:
        return None
    return frozenset({*LOOPBACK_NAMES, _name(settings.api_host)})
