"""The heartbeat of the schedules: one tick a second in the worker that leads."""

import logging
from datetime import UTC, datetime
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from core.clock import Clock

logger = logging.getLogger(__name__)

TICK_S = 1.0


class FiresSchedules(Protocol):
    """The part of the retraining service the scheduler needs."""

    def fire_due(self, now: datetime) -> int:
        """Queue the jobs of every schedule that is due; return how many."""
        ...


class Scheduler:
    """Asks once a second what is due. It holds no state of its own: the schedules and their ledger are rows in the
    store, so a worker that takes over the lead goes on where the last one stopped, and two at once fire nothing
    twice."""

    def __init__(self, retraining: FiresSchedules, clock: Clock, tick_s: float = TICK_S) -> None:
        """``tick_s`` is the pause between two looks, in seconds."""
        self._retraining = retraining
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
        try:
            made = self._retraining.fire_due(self._clock.now())
        except Exception:
            logger.exception("The schedules could not be looked at; the next tick tries again")
            return
        if made:
            logger.info("Schedules queued %d job(s)", made)
