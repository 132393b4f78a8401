"""Jobs as processes of this machine, forked from a server that has imported the libraries already."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from core.jobs.engines import child, groups
from core.records.job import Job, Process

ENTRY = "core.jobs.run:run_job"
TIDY = "core.jobs.run:tidy"
PRELOAD = ("core.jobs.engines.preload",)

TIDY_MEMORY_MB = 4096

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Keeps the fork server single-threaded: a thread does not survive a fork, nor does a lock it held. OpenMP is safe, it
makes its threads in the job when they are needed."""


class LocalEngine:
    """Starts each job in a process group of its own, in milliseconds once warm."""

    def __init__(
        self,
        home: Path,
        logs: Path,
        *,
        threads: int = 1,
        entry: str = ENTRY,
        tidy: str = TIDY,
        preload: Sequence[str] = PRELOAD,
    ) -> None:
        """``entry`` and ``tidy`` name what runs in the child as "module:function"; ``threads`` a job may compute on."""
        self._home = home
        self._logs = logs
        self._threads = threads
        self._entry = entry
        self._tidy = tidy
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._starting = threading.Lock()
        self._warm: LocalHandle | None = None

    def warm(self) -> None:
        """Start the fork server, which begins to import; once is enough."""
        if self._warm is not None:
            return
        os.environ.update(ONE_THREAD, OMP_NUM_THREADS=str(self._threads))
        self._warm = LocalHandle(self._context.Process(target=_nothing), self._starting)

    def ready(self) -> bool:
        """Tell whether the imports are done."""
        return self._warm is not None and self._warm.poll() is not None

    def start(self, job: Job) -> "LocalHandle":
        """Start the process of ``job`` without waiting for it."""
        title = f"{job.kind} job {job.id}, attempt {job.attempt} of {job.max_attempts}"
        log = self._logs / f"{job.id}.log"
        return self._launch(self._entry, (job.id, job.token, self._home), log, title, job.memory_mb)

    def tidy(self) -> "LocalHandle":
        """Start the tidying; its output goes to ``worker.log``."""
        return self._launch(self._tidy, (self._home,), self._logs / "worker.log", "tidying", TIDY_MEMORY_MB)

    def end_leftover(self, process: Process) -> None:
        """End what is left of a dead attempt on this host."""
        groups.end_leftover(process)

    def _launch(
        self, entry: str, arguments: tuple[object, ...], log: Path, title: str, memory_mb: int
    ) -> "LocalHandle":
        process = self._context.Process(target=child.guard, args=(entry, arguments, log, title, memory_mb))
        return LocalHandle(process, self._starting)


class LocalHandle:
    """A process that is starting, running or over."""

    def __init__(self, process: ForkServerProcess, starting: threading.Lock) -> None:
        """Start ``process`` from a thread, since a fork server that is still importing answers late.

        ``starting`` is shared by all handles: multiprocessing polls every process while it starts another, and two
        polls at once would lose an exit code.
        """
        self._process = process
        self._starting = starting
        self._ended: str | None = None
        self._is_unwanted = False
        self._starter = threading.Thread(target=self._start, daemon=True)
        self._starter.start()

    def poll(self) -> str | None:
        """Return None while the process lives, then how it ended."""
        if self._starter.is_alive():
            return None
        if self._is_unwanted:
            self.kill()
        self._look()
        return self._ended

    def process(self) -> Process | None:
        """Return the group, once there is one."""
        pid = self._pid()
        return groups.describe(pid) if pid else None

    def memory_mb(self) -> float:
        """Return the memory of the group beyond its start."""
        pid = self._pid()
        return groups.memory_mb(pid) if pid else 0.0

    def cpu_s(self) -> float:
        """Return the processor seconds of the group."""
        pid = self._pid()
        return groups.cpu_s(pid) if pid else 0.0

    def terminate(self) -> None:
        """Send SIGTERM to the group."""
        if pid := self._pid():
            groups.ask_to_end(pid)
        else:
            self._is_unwanted = True

    def kill(self) -> None:
        """Kill the group."""
        if pid := self._pid():
            groups.end(pid)
        else:
            self._is_unwanted = True

    def _look(self) -> None:
        if self._ended is None and self._starting.acquire(blocking=False):
            try:
                code = self._process.exitcode
                self._ended = None if code is None else how_it_ended(code)
            finally:
                self._starting.release()

    def _pid(self) -> int | None:
        if self._starter.is_alive():
            return None
        # A finished process's number may belong to someone else by now.
        self._look()
        return None if self._ended else self._process.pid

    def _start(self) -> None:
        try:
            with self._starting:
                self._process.start()
        except (OSError, EOFError) as error:
            self._ended = f"The process could not be started ({error or type(error).__name__})."


def how_it_ended(code: int) -> str:
    """Say in words what an exit code means; negative is a signal."""
    if code == -signal.SIGKILL:
        return "The process was killed (SIGKILL), most likely because the machine ran out of memory."
    if code < 0:
        return f"The process was ended by signal {-code} ({signal.Signals(-code).name})."
    return f"The process ended with exit code {code} before it gave an answer."


def _nothing() -> None:
    """Prove that the fork server answers."""
