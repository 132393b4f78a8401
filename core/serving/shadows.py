"""Answers that nobody gets: a candidate computes beside the champion, in time that is left over."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from core.serving.routing import Candidate
from core.serving.service import ServingService

logger = logging.getLogger(__name__)

PLACES = 2000
"""Mirrored rows that may wait; what comes when all places are taken is left out, and counted."""

ROWS_AT_ONCE = 64
NICENESS = 10


class Counts(Protocol):
    """What is told of mirrored requests."""

    def shadowed(self, candidate: Candidate, rows: int, seconds: float, *, failed: bool = False) -> None:
        """Count rows of one call, computed or failed."""
        ...

    def left_out(self, candidate: Candidate, rows: int) -> None:
        """Count rows there was no time for."""
        ...


@dataclass(frozen=True)
class Mirrored:
    """A record that was answered, and under which id."""

    candidate: Candidate
    record: Any
    prediction_id: str
    client: str


class Shadows:
    """A thread that computes what was mirrored, for at most half of the time and behind everything else."""

    def __init__(self, serving: ServingService, counts: Counts) -> None:
        """The thread starts with the first record."""
        self._serving = serving
        self._counts = counts
        self._waiting: deque[Mirrored] = deque()
        self._came = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None

    def mirror(self, candidate: Candidate, records: Sequence[Any], prediction_ids: Sequence[str], client: str) -> None:
        """Have a candidate compute what the champion has just answered; never waits."""
        room = PLACES - len(self._waiting)
        if len(records) > room:
            self._counts.left_out(candidate, len(records) - max(0, room))
        for record, given in zip(records[: max(0, room)], prediction_ids, strict=False):
            self._waiting.append(Mirrored(candidate, record, given, client))
        self._came.set()
        if self._thread is None and not self._is_over:
            self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread; what waits is left out."""
        self._is_over = True
        self._came.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return len(self._waiting)

    def _work(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._is_over:
            if not self._waiting:
                self._came.clear()
                if not self._waiting:
                    self._came.wait()
                continue
            begun = time.perf_counter()
            self._compute(self._next())
            time.sleep(time.perf_counter() - begun)

    def _next(self) -> list[Mirrored]:
        """Take from the front what one call can compute: rows for one and the same candidate."""
        chosen = [self._waiting.popleft()]
        while self._waiting and len(chosen) < ROWS_AT_ONCE and self._waiting[0].candidate is chosen[0].candidate:
            chosen.append(self._waiting.popleft())
        return chosen

    def _compute(self, chosen: Sequence[Mirrored]) -> None:
        """Compute and log; rows that cannot be computed are told one by one."""
        candidate, begun = chosen[0].candidate, time.perf_counter()
        try:
            self._serving.shadow(
                candidate.arm,
                [one.record for one in chosen],
                [one.prediction_id for one in chosen],
                [one.client for one in chosen],
            )
        except Exception as error:  # noqa: BLE001 - the candidate's fault, whatever it is, reaches nobody
            if len(chosen) > 1:
                for one in chosen:
                    self._compute([one])
                return
            logger.info("the shadow of %s failed: %s", candidate.traffic.project, error)
            self._counts.shadowed(candidate, 1, time.perf_counter() - begun, failed=True)
            return
        self._counts.shadowed(candidate, len(chosen), time.perf_counter() - begun)
