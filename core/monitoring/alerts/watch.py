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


class AlertWatch:
    """Calls the evaluation; it keeps nothing, so a worker that takes over goes on where the last one stopped."""

    def __init__(self, alerts: Judges, store: Revised, clock: Clock, beside: Callable[[], None] = lambda: None) -> None:
        """``beside`` is called at each turn, whether or not there was a look."""
        self._alerts = alerts
        self._store = store
        self._clock = clock
        self._beside = beside
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = -1
        self._looked_at = clock.now()

    def start(self) -> None:
        """Begin to look, in a thread of its own; does nothing when it looks already."""
        if self._thread is not None:
            return
        self._over.clear()
        self._thread = threading.Thread(target=self._follow, name="alerts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way; does nothing when it does not look."""
        if self._thread is not None:
            self._over.set()
            self._thread.join()
            self._thread = None

    def _follow(self) -> None:
        while not self._over.wait(LOOK_S):
            self.turn()

    def turn(self) -> None:
        """Look if it is time to; what goes wrong is left to the next turn."""
        try:
            now, revision = self._clock.now(), self._store.revision()
            if revision != self._seen or abs((now - self._looked_at).total_seconds()) >= REST_S:
                self._seen, self._looked_at = revision, now
                self._alerts.evaluate()
            self._beside()
        except Exception:
            logger.exception("The alerts could not be looked at; the next turn tries again")
