"""The heartbeat of schedules and rules: four ticks a second in the worker that leads."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from core.clock import Clock

logger = logging.getLogger(__name__)

TICK_S = 0.25


class Beat(Protocol):
    """What is done at each tick."""

    def __call__(self, now: datetime, /) -> int:
        """Queue the jobs of all that is due; return how many."""
        ...


class Scheduler:
    """Asks four times a second what is due. It holds no state of its own: schedules, rules and their ledgers are rows
    in the store, so a worker that takes over the lead goes on where the last one stopped, and two at once fire nothing
    twice."""

    def __init__(self, beats: Sequence[Beat], clock: Clock, tick_s: float = TICK_S) -> None:
        """``beats`` are done at each tick, in order; ``tick_s`` is the pause between two, in seconds."""
        self._beats = tuple(beats)
        self._clock = clock
        self._tick_s = tick_s
        self._running: BackgroundScheduler | None = None

    def start(self) -> None:
        """Begin to tick, in a thread of its own; does nothing when it ticks already."""
        if self._running is not None:
            return
        self._running = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            timezone=UTC,
        )
        self._running.add_job(
            self._tick,
            IntervalTrigger(seconds=self._tick_s, timezone=UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._running.start()

    def stop(self) -> None:
        """Stop ticking and wait for the tick under way; does nothing when it does not tick."""
        if self._running is not None:
            self._running.shutdown(wait=True)
            self._running = None

    def _tick(self) -> None:
        for beat in self._beats:
            try:
                made = beat(self._clock.now())
            except Exception:
                logger.exception("What is due could not be looked at; the next tick tries again")
                continue
            if made:
                logger.info("%d job(s) queued by themselves", made)
