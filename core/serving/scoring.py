"""Scoring requests: from the bytes of a request to the bytes of its answer; plain ASGI."""

import time
from typing import Any, Protocol

import orjson

from core.access.permissions import require
from core.records.access import Permission
from core.serving import bodies, documents, mlflow_bodies, oip
from core.serving.front import EXCHANGE, INFER, INVOCATIONS, ONE, Exchange, Receive, Scope
from core.serving.keys import Keys
from core.serving.labels import LabelService
from core.serving.lanes import Lane, Lanes
from core.serving.metrics import Metrics
from core.serving.receiving import CSV, JSON, Bodies, media_type
from core.serving.service import ServingService
from core.serving.slots import Slot, Slots
from core.serving.turns import Turns
from core.serving_errors import AnswerTooSlow
from core.settings import Settings

QUICK_BODY = 64 * 1024
"""A larger body is not parsed on the event loop."""


class Platform(Protocol):
    """What scoring needs of the platform."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def serving(self) -> ServingService:
        """Answers and their log."""
        ...

    @property
    def labels(self) -> LabelService:
        """The truth that arrives later."""
        ...


class Scoring:
    """Answers one record of a quick model in a turn on the event loop, all else in the lane of its project."""

    def __init__(self, platform: Platform, slots: Slots, metrics: Metrics, keys: Keys) -> None:
        """Nothing runs before the first request."""
        settings = platform.settings
        self._serving = platform.serving
        self._rows = settings.batch_rows
        self._seconds = settings.api_timeout
        self._slots = slots
        self._metrics = metrics
        self._keys = keys
        self._bodies = Bodies()
        self._turns = Turns(platform.serving, settings.api_queue)
        self._labels = platform.labels
        self._aside = Lane("labels", settings.api_queue, settings.api_timeout)
        self._lanes = Lanes(settings.api_queue, settings.api_timeout)

    def close(self) -> None:
        """End the lanes."""
        self._aside.close()
        self._lanes.close()

    def waiting(self) -> dict[str, int]:
        """Return by project how many requests are inside, waiting ones included."""
        lanes, turns = self._lanes.waiting(), self._turns.waiting()
        return {project: lanes.get(project, 0) + turns.get(project, 0) for project in lanes | turns}

    async def answer(self, scope: Scope, receive: Receive, project: str, kind: str) -> bytes:
        """Answer one record or many with the project's champion; the answers are logged when this returns.

        Raises:
            AppError: the request cannot be answered; the error says why.
        """
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        self._turns.require_place(project)
        body = await self._bodies.read(headers, receive, (JSON, CSV) if kind == INVOCATIONS else (JSON,))
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        slot = self._slots.all().get(project)
        if kind == ONE and slot is not None and slot.predictor.is_quick and len(body) <= QUICK_BODY:
            actor = self._keys.known(authorization)
            if actor is not None:
                require(actor, Permission.PREDICT)
                return await self._in_turn(exchange, slot, body, actor.name)
        until = time.monotonic() + self._seconds
        lane = self._lanes.of(project, is_served=slot is not None)
        return await lane.run(lambda: self._in_lane(exchange, authorization, project, body, kind, until))

    async def label(self, scope: Scope, receive: Receive, project: str) -> bytes:
        """Store the labels of a body, in a lane that all labels share.

        Raises:
            AppError: they cannot be stored; the error says why.
        """
        exchange: Exchange = scope[EXCHANGE]
        body = await self._bodies.read(exchange.headers, receive)
        authorization = exchange.headers.get(b"authorization", b"").decode("latin-1")

        def store() -> bytes:
            rows = bodies.labels(bodies.parse(body))
            receipt = self._labels.add(self._keys.actor(authorization), project, rows)
            return orjson.dumps(receipt.model_dump())

        return await self._aside.run(store)

    async def _in_turn(self, exchange: Exchange, slot: Slot, body: bytes, client: str) -> bytes:
        project, version = slot.deployment.project, slot.deployment.version
        exchange.project, exchange.version = project, version
        schema = slot.predictor.schema
        record, given = bodies.one(bodies.parse(body), schema.names)
        [checked] = schema.check([record], batch=False)
        answer = await self._turns.answer(slot, checked, given, client, exchange.begun)
        self._metrics.predicted(project, version, 1)
        return orjson.dumps(documents.prediction(answer))

    def _in_lane(
        self, exchange: Exchange, authorization: str, project: str, body: bytes, kind: str, until: float
    ) -> bytes:
        actor = self._keys.actor(authorization)
        require(actor, Permission.PREDICT)
        slot = self._slots.need(project)
        exchange.project, exchange.version = project, slot.deployment.version
        if time.monotonic() > until:
            raise AnswerTooSlow(seconds=self._seconds)
        predictor, names = slot.predictor, slot.predictor.schema.names
        if kind == ONE:
            record, given = bodies.one(bodies.parse(body), names)
            answers = self._serving.answer(actor, project, predictor, [record], [given], batch=False, until=until)
            told: object = documents.prediction(answers[0])
        elif kind == INVOCATIONS:
            answers = self._serving.answer(actor, project, predictor, self._invoked(exchange, slot, body), until=until)
            told = {"predictions": [one.prediction for one in answers]}
        elif kind == INFER:
            asked = bodies.parse(body)
            answers = self._serving.answer(actor, project, predictor, oip.records(asked, self._rows), until=until)
            told = oip.reply(predictor.manifest, slot.deployment.version, answers, asked.get("id"))
        else:
            records, ids = bodies.many(bodies.parse(body), names, self._rows)
            answers = self._serving.answer(actor, project, predictor, records, ids, until=until)
            told = {"predictions": [documents.prediction(one) for one in answers]}
        self._metrics.predicted(project, slot.deployment.version, len(answers))
        return orjson.dumps(told)

    def _invoked(self, exchange: Exchange, slot: Slot, body: bytes) -> list[Any]:
        schema = slot.predictor.schema
        if media_type(exchange.headers) == CSV:
            return mlflow_bodies.of_csv(body, schema.kinds, self._rows)
        return mlflow_bodies.records(bodies.parse(body), schema.names, self._rows)
