"""What is told when a version that should answer cannot be loaded: a stored event, and the end of its canary."""

import logging
from threading import Lock

from core import audit
from core.clock import Clock
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.model import Deployment
from core.records.traffic import Traffic, TrafficEnd
from core.serving.traffic import ended_in

logger = logging.getLogger(__name__)

LOAD_FAILED = "model.load_failed"
LOOKED_THROUGH = 100


class Faults:
    """Notes each fault once, whichever of the processes meets it first."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._noted: set[int] = set()

    def champion(self, deployment: Deployment, problem: str) -> None:
        """Note that a champion cannot be loaded; the version before it keeps serving."""
        with self._lock:
            if deployment.id in self._noted:
                return
            try:
                with self._store.write() as work:
                    self._note(work, deployment, problem)
                    work.commit()
            except Exception:
                logger.exception("the store took no note of a version that cannot be loaded; it is noted later")
                return
            self._noted.add(deployment.id)

    def _note(self, work: UnitOfWork, deployment: Deployment, problem: str) -> None:
        told = work.events.find(deployment.project, LOOKED_THROUGH)
        if any(event.action == LOAD_FAILED and event.details.get("deployment") == deployment.id for event in told):
            return
        details = {"deployment": deployment.id, "problem": problem}
        subject = f"version {deployment.version}"
        audit.record(work, self._clock.now(), SYSTEM.name, LOAD_FAILED, deployment.project, subject, details)

    def candidate(self, traffic: Traffic, problem: str) -> None:
        """End the part of a candidate that cannot be loaded."""
        try:
            with self._store.write() as work:
                current = work.traffic.current(traffic.project)
                if current is not None and current.id == traffic.id:
                    why = f"It cannot be loaded: {problem}"
                    ended_in(work, traffic.project, TrafficEnd.ROLLED_BACK, SYSTEM.name, why, self._clock)
                    work.commit()
        except Exception:
            logger.exception("the canary of %s cannot be ended; it is tried again", traffic.project)
