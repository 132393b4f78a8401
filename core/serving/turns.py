"""Answers of microseconds, computed on the event loop in short turns: a thread would cost more than the answer.

Requests that came in one tick of the loop are answered together: one vectorised call and one write to the log for
each project, before any of the answers leaves. A turn takes two milliseconds, or half of what the loop spent since the
last one on taking and refusing others, so that those who wait do not wait longer the more are refused. Projects take
turns, and what does not get a place is refused before its body is looked at; how many get one follows from how long the
rounds of the loop take.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import InvalidRequest
from core.records.base import JsonObject
from core.records.prediction import Answer
from core.serving.admission import Admission
from core.serving.routing import Arm
from core.serving.service import ServingService, warned
from core.serving_errors import Overloaded

TURN_S = 0.002
LONGEST_TURN_S = 0.02


@dataclass(slots=True)
class Asked:
    """A checked record that waits for its turn."""

    arm: Arm
    record: JsonObject
    prediction_id: str | None
    client: str
    begun: float
    warnings: tuple[str, ...]
    answer: "asyncio.Future[Answer]"


class Turns:
    """Queues by project, worked off in turns on the event loop; used from the loop only."""

    def __init__(self, serving: ServingService, places: int) -> None:
        """``places`` is how many of one project may wait."""
        self._serving = serving
        self._admission = Admission(places)
        self._worked = time.thread_time()
        self._waiting: dict[str, deque[Asked]] = {}
        self._is_due = False
        self._since = 0.0

    def require_place(self, project: str) -> None:
        """Refuse a request whose project has no place left.

        Raises:
            Overloaded: all places are taken.
        """
        queue = self._waiting.get(project)
        if queue is not None and len(queue) >= self._admission.limit:
            self._admission.refused(time.perf_counter())
            raise Overloaded(waiting=len(queue))

    def waiting(self) -> dict[str, int]:
        """Return by project how many requests wait, where any do."""
        return {project: len(queue) for project, queue in self._waiting.items()}

    async def answer(
        self, arm: Arm, record: JsonObject, prediction_id: str | None, client: str, begun: float
    ) -> Answer:
        """Answer one checked record, unless its contract refuses it; the log has it when this returns.

        Raises:
            Overloaded: all places are taken.
            InvalidRequest: the record has no finite answer, or its contract refuses it.
            Unavailable: the answer could not be logged.
        """
        project = arm.project
        self.require_place(project)
        said = self._serving.rules.judge(project, arm.predictor.manifest, [record], batch=False)
        loop = asyncio.get_running_loop()
        asked = Asked(arm, record, prediction_id, client, begun, said[0] if said else (), loop.create_future())
        self._waiting.setdefault(project, deque()).append(asked)
        if not self._is_due:
            self._is_due, self._since = True, time.perf_counter()
            loop.call_soon(self._turn, loop)
        return await asked.answer

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        begun, answered = time.perf_counter(), 0
        turn_s = min(max(TURN_S, (begun - self._since) / 2), LONGEST_TURN_S)
        while self._waiting and time.perf_counter() < begun + turn_s:
            project, queue = next(iter(self._waiting.items()))
            del self._waiting[project]
            chosen = _next_call(queue, turn_s)
            if queue:
                self._waiting[project] = queue  # behind the others
            self._answer(project, chosen)
            answered += len(chosen)
        self._is_due = bool(self._waiting)
        self._since = time.perf_counter()
        worked, self._worked = self._worked, time.thread_time()
        self._admission.round(self._worked - worked, answered, self._since)
        if self._is_due:
            loop.call_soon(self._turn, loop)

    def _answer(self, project: str, asked: Sequence[Asked]) -> None:
        arm = asked[0].arm
        records = [one.record for one in asked]
        try:
            answers = arm.predictor.compute(records, [one.prediction_id for one in asked], batch=False)
            answers = warned(answers, [one.warnings for one in asked])
            now = time.perf_counter()
            askings = [(one.client, (now - one.begun) * 1000) for one in asked]
            self._serving.keep(arm, records, answers, askings)
        except InvalidRequest as error:
            self._refuse_one_by_one(project, asked, error)
            return
        except Exception as error:  # noqa: BLE001 - it is raised where the callers wait
            for one in asked:
                _fail(one, error)
            return
        for one, answer in zip(asked, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)

    def _refuse_one_by_one(self, project: str, asked: Sequence[Asked], error: InvalidRequest) -> None:
        """Find out which record was at fault: the others get their answers."""
        if len(asked) == 1:
            _fail(asked[0], error)
            return
        for one in asked:
            self._answer(project, [one])


def _next_call(queue: deque[Asked], turn_s: float) -> list[Asked]:
    """Take from the front what one call can answer within a turn: records for one and the same model."""
    arm = queue[0].arm
    most = max(1, int(turn_s / arm.predictor.row_s))
    chosen: list[Asked] = []
    while queue and queue[0].arm is arm and len(chosen) < most:
        chosen.append(queue.popleft())
    return chosen


def _fail(asked: Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
