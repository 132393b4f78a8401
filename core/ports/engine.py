"""Where the process of a job runs."""

from typing import Protocol

from core.records.job import Job, Process


class Handle(Protocol):
    """One started process, as its worker holds it; no method waits."""

    def poll(self) -> str | None:
        """Return None while the process lives, then one sentence on how it ended, for people."""
        ...

    def process(self) -> Process | None:
        """Return where it runs, or None while that is not known or it is not on this host."""
        ...

    def memory_mb(self) -> float:
        """Return what the job holds in memory beyond what its process began with, its children included."""
        ...

    def cpu_s(self) -> float:
        """Return the processor seconds its living processes used so far."""
        ...

    def terminate(self) -> None:
        """Ask the process and its children to end."""
        ...

    def kill(self) -> None:
        """End the process and all its children, whatever they do."""
        ...


class Engine(Protocol):
    """Runs jobs that its worker claimed.

    A started process answers through the store, under the token of its job; the engine only knows whether it lives.
    No process outlives its worker.
    """

    def warm(self) -> None:
        """Begin whatever makes later starts fast, without waiting for it."""
        ...

    def ready(self) -> bool:
        """Tell whether a job would start at once."""
        ...

    def start(self, job: Job) -> Handle:
        """Start the process of a claimed job; one that cannot start is a handle that has ended."""
        ...

    def tidy(self) -> Handle:
        """Start the work that brings other stores in line after jobs died without an answer."""
        ...

    def end_leftover(self, process: Process) -> None:
        """End what is left of a dead attempt, if it is on this host; a reused process number is left alone."""
        ...
