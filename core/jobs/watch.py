"""One running job as its worker sees it: how long it may go on, and what its end means."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from core.jobs.run import Answer, out_of_memory
from core.jobs.usage import UsageCurve
from core.ports.engine import Handle
from core.records.job import Job, JobState

GRACE_S = 3.0
"""Between asking a process to end and killing it."""

CANCEL_GRACE_S = 0.8
"""The same for a job that somebody waits to see cancelled, which takes two seconds at most in all."""


class Ending(Enum):
    """Why the worker ends a process."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    DRAIN = "drain"
    LOST = "lost"


@dataclass
class Running:
    """A claimed job and its process; moments without a date are the worker's ticks, in seconds."""

    job: Job
    handle: Handle
    started: float
    beaten: float
    beaten_at: datetime
    is_located: bool = False
    ending: Ending | None = field(default=None)
    ending_since: float = 0.0
    usage: UsageCurve = field(default_factory=UsageCurve)

    def end(self, ending: Ending, ticks: float) -> None:
        """Ask the process to end, once; the first reason stays."""
        if self.ending is None:
            self.ending, self.ending_since = ending, ticks
            self.handle.terminate()

    def abandon(self, ticks: float) -> None:
        """Kill at once the process of a job that is not this worker's any more."""
        self.ending, self.ending_since = Ending.LOST, ticks
        self.handle.kill()

    def enforce(self, ticks: float) -> None:
        """End a process that is over its limits, and kill one that was asked to end and did not."""
        if self.ending is not None:
            if ticks - self.ending_since >= (CANCEL_GRACE_S if self.ending is Ending.CANCELLED else GRACE_S):
                self.handle.kill()
        elif ticks - self.started > self.job.timeout_s:
            self.end(Ending.TIMEOUT, ticks)
        elif self._measured(ticks) > self.job.memory_mb:
            self.end(Ending.MEMORY, ticks)

    def _measured(self, ticks: float) -> float:
        """Add a sample to the curve and return the memory in use, in MB."""
        memory = self.handle.memory_mb()
        self.usage.add(ticks - self.started, self.handle.cpu_s(), memory)
        return memory

    def answer(self, job: Job) -> Answer | None:
        """Return the answer the worker gives for a process that ended without one; None: another attempt is due.

        ``job`` is the row as it stands now.
        """
        if job.cancel_requested or self.ending is Ending.CANCELLED:
            return Answer(state=JobState.CANCELLED)
        if self.ending is Ending.TIMEOUT:
            said = f"The job took longer than its limit of {job.timeout_s} seconds and was stopped."
            return Answer(state=JobState.FAILED, error_code="timeout", error=said)
        return out_of_memory(job) if self.ending is Ending.MEMORY else None

    def reason(self, how: str) -> str:
        """Say why another attempt is due; ``how`` the process ended is the reason when nobody here ended it."""
        if self.ending is Ending.DRAIN:
            return "The worker was stopped."
        return "The worker could not renew its lease." if self.ending is Ending.LOST else how
