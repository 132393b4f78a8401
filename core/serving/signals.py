"""Signals from outside: what other programs tell a project, for its retraining rules to hear."""

from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from core.records.access import Actor
from core.serving.bodies import parse
from core.serving.front import EXCHANGE, Exchange, Receive, Scope
from core.serving.keys import Keys
from core.serving.lanes import Lane
from core.serving.receiving import Bodies
from core.serving.schemas import Problem, refusal
from core.settings import Settings

FIELDS = {"id": 80, "name": 80, "note": 500}
"""What a signal may say, each as text of so many characters at most."""


class HearsSignals(Protocol):
    """The part of the retraining rules the API needs."""

    def signal(self, actor: Actor, project: str, *, id: str = "", name: str = "", note: str = "") -> bool:
        """Take in a signal; False when it was told before by the same id."""
        ...


class Signals:
    """Takes signals in one lane of their own, so that they never wait for predictions."""

    def __init__(self, rules: HearsSignals, keys: Keys, settings: Settings) -> None:
        """Nothing runs before the first signal."""
        self._rules = rules
        self._keys = keys
        self._bodies = Bodies()
        self._lane = Lane("signals", settings.api_queue, settings.api_timeout)

    def close(self) -> None:
        """End the lane."""
        self._lane.close()

    async def take(self, scope: Scope, receive: Receive, project: str) -> bytes:
        """Store the signal of a body.

        Raises:
            AppError: it cannot be stored; the error says why.
        """
        exchange: Exchange = scope[EXCHANGE]
        body = await self._bodies.read(exchange.headers, receive)
        authorization = exchange.headers.get(b"authorization", b"").decode("latin-1")

        def store() -> bytes:
            told = _read(parse(body))
            is_new = self._rules.signal(self._keys.actor(authorization), project, **told)
            return orjson.dumps({"accepted": is_new, "repeated": not is_new})

        return await self._lane.run(store)


def _read(document: Any) -> dict[str, str]:
    """Return what a signal says.

    Raises:
        InvalidRequest: it is no object, says something else, or no text.
    """
    if not isinstance(document, Mapping):
        raise refusal([("", "the body must be a JSON object with id, name and note, each optional")])
    problems: list[Problem] = []
    for field, value in document.items():
        if field not in FIELDS:
            problems.append((str(field)[:80], f"is not known here; only {', '.join(FIELDS)} are"))
        elif not isinstance(value, str) or len(value) > FIELDS[field] or not value.isprintable():
            problems.append((field, f"must be printable text of at most {FIELDS[field]} characters"))
    if problems:
        raise refusal(problems)
    return {str(field): value for field, value in document.items()}
