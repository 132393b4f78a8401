"""Scoring requests: from the bytes of a request to the bytes of its answer; plain ASGI."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from core.access.permissions import require
from core.errors import AppError, InvalidRequest
from core.records.access import Permission
from core.records.prediction import Answer
from core.serving import answering, bodies, mlflow_bodies, oip
from core.serving.front import EXCHANGE, INFER, INVOCATIONS, ONE, Exchange, Receive, Scope
from core.serving.keys import Keys
from core.serving.labels import LabelService
from core.serving.lanes import Lane, Lanes
from core.serving.metrics import Metrics
from core.serving.receiving import CSV, JSON, Bodies, media_type
from core.serving.routing import Arm, Candidate, taken_by
from core.serving.schemas import RequestSchema
from core.serving.service import ServingService
from core.serving.shadows import Shadows
from core.serving.slots import Slot, Slots
from core.serving.turns import Turns
from core.serving_errors import AnswerTooSlow, ModelStopped, Overloaded
from core.settings import Settings

QUICK_BODY = 64 * 1024
"""A larger body is not parsed on the event loop."""

HELD_BACK_S = 0.02
"""How long a refusal waits; it is to be there within 50 ms."""


@dataclass(frozen=True)
class _Asked:
    """The records of a request, the ids their callers gave them, and the id of the request itself, where given."""

    records: Sequence[Any]
    ids: Sequence[str | None] | None = None
    given_id: object = None


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
        self._shadows = Shadows(platform.serving, metrics)
        self._labels = platform.labels
        self._aside = Lane("labels", settings.api_queue, settings.api_timeout)
        self._lanes = Lanes(settings.api_queue, settings.api_timeout)

    def close(self) -> None:
        """End the lanes."""
        self._shadows.close()
        self._aside.close()
        self._lanes.close()

    def waiting(self) -> dict[str, int]:
        """Return by project how many requests are inside, waiting ones included."""
        lanes, turns = self._lanes.waiting(), self._turns.waiting()
        return {project: lanes.get(project, 0) + turns.get(project, 0) for project in lanes | turns}

    async def answer(
        self, scope: Scope, receive: Receive, project: str, kind: str, *, of_champion: bool = False
    ) -> bytes:
        """Answer one record or many with the project's champion, or the candidate whose turn it is.

        The answers are logged when this returns. With ``of_champion`` no candidate is asked. A refusal for want of a
        place is held back a little: who comes again at once would take the time of those who were let in.

        Raises:
            AppError: the request cannot be answered; the error says why.
        """
        try:
            return await self._let_in(scope, receive, project, kind, of_champion=of_champion)
        except Overloaded:
            await asyncio.sleep(HELD_BACK_S)
            raise

    async def _let_in(self, scope: Scope, receive: Receive, project: str, kind: str, *, of_champion: bool) -> bytes:
        exchange: Exchange = scope[EXCHANGE]
        headers = exchange.headers
        slot = self._slots.all().get(project)
        if slot is not None:
            exchange.project, exchange.version = project, slot.deployment.version
        self._turns.require_place(project)
        body = await self._bodies.read(headers, receive, (JSON, CSV) if kind == INVOCATIONS else (JSON,))
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        candidate = None if of_champion else self._slots.candidates.get(project)
        if kind == ONE and slot is not None and len(body) <= QUICK_BODY and _are_quick(slot, candidate):
            actor = self._keys.known(authorization)
            if actor is not None:
                require(actor, Permission.PREDICT)
                return await self._in_turn(exchange, slot, candidate, body, actor.name)
        until = time.monotonic() + self._seconds
        lane = self._lanes.of(project, is_served=slot is not None)
        return await lane.run(lambda: self._in_lane(exchange, authorization, candidate, project, body, kind, until))

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

    async def _in_turn(
        self, exchange: Exchange, slot: Slot, candidate: Candidate | None, body: bytes, client: str
    ) -> bytes:
        record, given = bodies.one(bodies.parse(body), slot.predictor.schema.names)
        if candidate is None:
            answer = await self._turn(exchange, slot.arm, record, given, client)
        else:
            answer = await self._turn_beside(exchange, slot, candidate, record, given, client)
        exchange.rows = 1
        return orjson.dumps(answering.document(answer))

    async def _turn(
        self, exchange: Exchange, arm: Arm, record: Mapping[str, Any], given: str | None, client: str
    ) -> Answer:
        exchange.project, exchange.version, exchange.cohort = arm.project, arm.version, arm.cohort
        [checked] = arm.predictor.schema.check([record], batch=False)
        answer = await self._turns.answer(arm, checked, given, client, exchange.begun)
        self._metrics.answered(arm, (answer,))
        return answer

    async def _turn_beside(
        self,
        exchange: Exchange,
        slot: Slot,
        candidate: Candidate,
        record: Mapping[str, Any],
        given: str | None,
        client: str,
    ) -> Answer:
        """Let the candidate answer where it is its turn, and the champion where the candidate fails."""
        own, other = slot.predictor.schema, candidate.arm.predictor.schema
        is_taken, is_failed = candidate.takes(exchange.headers, given), False
        if is_taken and not candidate.is_shadow:
            try:
                [fit] = taken_by(other, own, [record])
                return await self._turn(exchange, candidate.arm, fit, given, client)
            except Exception as error:  # noqa: BLE001 - the champion answers, whatever is wrong with the candidate
                self._need_excusable(candidate, error)
                is_failed = True
        [fit] = taken_by(own, other, [record])
        answer = await self._turn(exchange, slot.arm, fit, given, client)
        self._tell(candidate, [record], [answer], client, is_mirrored=is_taken, is_failed=is_failed)
        return answer

    def _need_excusable(self, candidate: Candidate, error: Exception) -> None:
        """Raise what is not the candidate's fault, or left no time for the champion."""
        if isinstance(error, AnswerTooSlow):
            self._metrics.candidate_failed(candidate)
            raise error
        if isinstance(error, AppError) and not isinstance(error, InvalidRequest | ModelStopped):
            raise error

    def _tell(
        self,
        candidate: Candidate,
        records: Sequence[Any],
        answers: Sequence[Answer],
        client: str,
        *,
        is_mirrored: bool,
        is_failed: bool,
    ) -> None:
        """Count what the champion had to answer for the candidate, or have a shadow compute what it answered."""
        if is_failed:
            self._metrics.candidate_failed(candidate)
        elif is_mirrored and candidate.is_shadow:
            fit = taken_by(candidate.arm.predictor.schema, self._champions_schema(candidate), records)
            self._shadows.mirror(candidate, fit, [answer.prediction_id for answer in answers], client)

    def _champions_schema(self, candidate: Candidate) -> RequestSchema:
        slot = self._slots.all().get(candidate.traffic.project)
        return candidate.arm.predictor.schema if slot is None else slot.predictor.schema

    def _in_lane(
        self,
        exchange: Exchange,
        authorization: str,
        candidate: Candidate | None,
        project: str,
        body: bytes,
        kind: str,
        until: float,
    ) -> bytes:
        actor = self._keys.actor(authorization)
        require(actor, Permission.PREDICT)
        slot = self._slots.need(project)
        exchange.project, exchange.version = project, slot.deployment.version
        if time.monotonic() > until:
            raise AnswerTooSlow(seconds=self._seconds)
        asked = self._asked(exchange, slot, body, kind)

        def answer(arm: Arm, other: Candidate | Slot | None) -> list[Answer]:
            exchange.version, exchange.cohort = arm.version, arm.cohort
            records = asked.records
            if other is not None:
                records = taken_by(arm.predictor.schema, other.arm.predictor.schema, records)
            return self._serving.answer(actor, arm, records, asked.ids, batch=kind != ONE, until=until)

        arm, answers = self._answered(exchange, slot, candidate, asked, answer, actor.name)
        exchange.rows = len(answers)
        self._metrics.answered(arm, answers)
        return orjson.dumps(_reply(kind, arm, answers, asked))

    def _answered(
        self,
        exchange: Exchange,
        slot: Slot,
        candidate: Candidate | None,
        asked: _Asked,
        answer: Callable[[Arm, Candidate | Slot | None], list[Answer]],
        client: str,
    ) -> tuple[Arm, list[Answer]]:
        """Let one version answer a whole request, as in :meth:`_turn_beside`; return which one did."""
        if candidate is None:
            return slot.arm, answer(slot.arm, None)
        first = next(iter(asked.ids or ()), None)
        is_taken, is_failed = candidate.takes(exchange.headers, first), False
        if is_taken and not candidate.is_shadow:
            try:
                return candidate.arm, answer(candidate.arm, slot)
            except Exception as error:  # noqa: BLE001 - the champion answers, whatever is wrong with the candidate
                self._need_excusable(candidate, error)
                is_failed = True
        answers = answer(slot.arm, candidate)
        self._tell(candidate, asked.records, answers, client, is_mirrored=is_taken, is_failed=is_failed)
        return slot.arm, answers

    def _asked(self, exchange: Exchange, slot: Slot, body: bytes, kind: str) -> _Asked:
        """Read a body in the form of its route."""
        names = slot.predictor.schema.names
        if kind == ONE:
            record, given = bodies.one(bodies.parse(body), names)
            return _Asked([record], [given])
        if kind == INVOCATIONS:
            return _Asked(self._invoked(exchange, slot, body))
        if kind == INFER:
            document = bodies.parse(body)
            return _Asked(oip.records(document, self._rows), given_id=document.get("id"))
        records, ids = bodies.many(bodies.parse(body), names, self._rows)
        return _Asked(records, ids)

    def _invoked(self, exchange: Exchange, slot: Slot, body: bytes) -> list[Any]:
        schema = slot.predictor.schema
        if media_type(exchange.headers) == CSV:
            return mlflow_bodies.of_csv(body, schema.kinds, self._rows)
        rows = mlflow_bodies.records(bodies.parse(body), schema.names, self._rows)
        return mlflow_bodies.with_gaps(rows) if b"NaN" in body else rows


def _are_quick(slot: Slot, candidate: Candidate | None) -> bool:
    """Tell whether whoever may answer a request does so on the event loop."""
    if candidate is None or candidate.is_shadow:
        return slot.predictor.is_quick
    return slot.predictor.is_quick and candidate.arm.predictor.is_quick


def _reply(kind: str, arm: Arm, answers: Sequence[Answer], asked: _Asked) -> object:
    """Return answers in the form of the route they were asked by."""
    if kind == ONE:
        return answering.document(answers[0])
    if kind == INVOCATIONS:
        return {"predictions": [one.prediction for one in answers]}
    if kind == INFER:
        return oip.reply(arm.predictor.manifest, arm.version, answers, asked.given_id)
    return {"predictions": [answering.document(one) for one in answers]}
