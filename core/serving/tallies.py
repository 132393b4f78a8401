"""What this process answered, minute by minute, for the screens and the guards of canaries."""

import logging
import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.clock import Clock
from core.ports.unit_of_work import Store
from core.records.base import new_id
from core.records.traffic import LATENCY_S, ServingTally
from core.serving.usage import Usage

logger = logging.getLogger(__name__)

FLUSH_S = 1.0
MINUTE = timedelta(minutes=1)

Key = tuple[str, datetime, int, str]
"""Project, minute, version, cohort."""


@dataclass(slots=True)
class _Count:
    requests: int = 0
    refused: int = 0
    failed: int = 0
    rows: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_S) + 1))
    is_told: bool = False


class Tallies:
    """Counts in memory, and writes what changed to the store once a second; what cannot be written is kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._process = new_id()
        self._lock = threading.Lock()
        self._counts: dict[Key, _Count] = {}
        self._usage = Usage()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write, in a thread of its own."""
        self._thread = threading.Thread(target=self._write_on, name="tallies", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def answered(self, project: str, version: int, cohort: str, rows: int, seconds: float, requests: int = 1) -> None:
        """Count answered requests that took ``seconds`` together."""
        with self._lock:
            count = self._count(project, version, cohort)
            count.requests += requests
            count.rows += rows
            count.seconds += seconds
            count.buckets[bisect_left(LATENCY_S, seconds / requests)] += requests

    def refused(self, project: str, version: int, cohort: str) -> None:
        """Count a request that the caller has to mend."""
        with self._lock:
            count = self._count(project, version, cohort)
            count.requests += 1
            count.refused += 1

    def failed(self, project: str, version: int, cohort: str) -> None:
        """Count a request the version failed to answer."""
        with self._lock:
            count = self._count(project, version, cohort)
            count.requests += 1
            count.failed += 1

    def _count(self, project: str, version: int, cohort: str) -> _Count:
        minute = self._clock.now().replace(second=0, microsecond=0)
        key = (project, minute, version, cohort)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count()
        count.is_told = False
        return count

    def _write_on(self) -> None:
        while not self._over.wait(FLUSH_S):
            self.flush()
        self.flush()

    def flush(self) -> None:
        """Write what changed since the last time."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        self._usage.take(minute)
        with self._lock:
            fresh = [self._tally(key, count) for key, count in self._counts.items() if not count.is_told]
            for count in self._counts.values():
                count.is_told = True
        if fresh and not self._written(fresh):
            self._keep(fresh)
        with self._lock:
            past = self._clock.now() - 2 * MINUTE
            self._counts = {key: count for key, count in self._counts.items() if not count.is_told or key[1] > past}

    def _written(self, fresh: list[ServingTally]) -> bool:
        try:
            with self._store.write() as work:
                work.tallies.put(fresh)
                work.commit()
        except Exception:
            logger.exception("what was answered could not be written; it is tried again")
            return False
        return True

    def _keep(self, tallies: Iterable[ServingTally]) -> None:
        with self._lock:
            for tally in tallies:
                count = self._counts.get((tally.project, tally.minute, tally.version, tally.cohort))
                if count is not None:
                    count.is_told = False

    def _tally(self, key: Key, count: _Count) -> ServingTally:
        project, minute, version, cohort = key
        return ServingTally(
            project=project,
            process=self._process,
            minute=minute,
            version=version,
            cohort=cohort,
            requests=count.requests,
            refused=count.refused,
            failed=count.failed,
            rows=count.rows,
            buckets=tuple(count.buckets),
            seconds=count.seconds,
            cpu_s=self._usage.cpu_s(minute),
            memory_mb=self._usage.memory_mb(minute),
        )
