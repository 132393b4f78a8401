"""What a process of the scoring API uses: processor time and memory, minute by minute, its workers included."""

import time
from datetime import datetime, timedelta

import psutil

SAMPLE_S = 5.0
"""How often it is looked: finding the workers reads the list of all processes."""

KEPT = timedelta(minutes=5)
MEGABYTE = 1e6


class Usage:
    """Samples of one process, by minute; those of minutes long past are let go."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._spent, _ = self._now()
        self._looked_at = -SAMPLE_S
        self._cpu: dict[datetime, float] = {}
        self._memory: dict[datetime, float] = {}

    def take(self, minute: datetime) -> None:
        """Add what was used since the last look to ``minute``, when it is time for one."""
        if time.monotonic() - self._looked_at < SAMPLE_S:
            return
        self._looked_at = time.monotonic()
        spent, memory = self._now()
        # A worker that ended takes its time with it.
        used, self._spent = max(spent - self._spent, 0.0), spent
        self._cpu[minute] = self._cpu.get(minute, 0.0) + used
        self._memory[minute] = max(self._memory.get(minute, 0.0), memory)
        for old in [one for one in self._cpu if one < minute - KEPT]:
            del self._cpu[old], self._memory[old]

    def cpu_s(self, minute: datetime) -> float:
        """Return the seconds of processor time in a minute."""
        return self._cpu.get(minute, 0.0)

    def memory_mb(self, minute: datetime) -> float:
        """Return the most memory in a minute, in MB."""
        return self._memory.get(minute, 0.0)

    def _now(self) -> tuple[float, float]:
        spent = memory = 0.0
        for one in [self._process, *self._process.children(recursive=True)]:
            try:
                times, used = one.cpu_times(), one.memory_info()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
            memory += used.rss / MEGABYTE
        return spent, memory
