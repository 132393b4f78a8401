"""The watch over alerts: a thread of the worker that leads, which looks when something was written and regularly."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from core.clock import Clock

logger = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often the watch asks whether anything was written."""

REST_S = 15.0
"""Longest time without a look: absence, and figures of a time, change without a write."""


PATIENCE_S = 2.0
"""How long an end waits for the turn under way: whoever ends it has leases to renew."""


class Judges(Protocol):
    """The part of the alert service the watch needs."""

    def evaluate(self, project: str | None = None) -> None:
        """Judge what came since the last look."""
        ...


class Revised(Protocol):
    """The part of the store the watch needs."""

    def revision(self) -> int:
        """Return a number that grows with every commit."""
        ...


class Rounds:
    """Calls something again and again in a thread of its own, between ``start`` and ``stop``."""

    def __init__(self, name: str, turn: Callable[[], object], pause_s: float = LOOK_S) -> None:
        self._name = name
        self._turn = turn
        self._pause_s = pause_s
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; does nothing when it goes on already."""
        if self._thread is not None:
            return
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=(self._over,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the turn under way, which is not waited for long; does nothing when it does not go on."""
        if self._thread is not None:
            self._over.set()
            self._thread.join(PATIENCE_S)
            self._thread = None

    def _follow(self, over: threading.Event) -> None:
        while not over.wait(self._pause_s):
            self.turn()

    def turn(self) -> None:
        """Do it once; what goes wrong is left to the next turn."""
        try:
            self._turn()
        except Exception:
            logger.exception("A turn of %s failed; the next tries again", self._name)


class AlertWatch(Rounds):
    """Calls the evaluation; it keeps nothing, so a worker that takes over goes on where the last one stopped."""

    def __init__(self, alerts: Judges, store: Revised, clock: Clock) -> None:
        super().__init__("alerts", self._look)
        self._alerts = alerts
        self._store = store
        self._clock = clock
        self._seen = -1
        self._looked_at = clock.now()

    def _look(self) -> None:
        now, revision = self._clock.now(), self._store.revision()
        if revision != self._seen or abs((now - self._looked_at).total_seconds()) >= REST_S:
            self._seen, self._looked_at = revision, now
            self._alerts.evaluate()
