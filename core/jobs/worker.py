"""The worker: claims jobs, runs each in its own process, and tells the truth about how it ended."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import JobNotFound, LeaseLost, Unavailable
from core.jobs.engines import groups
from core.jobs.leading import Background, Together
from core.jobs.run import LEASE_S
from core.jobs.watch import Ending, Running
from core.ports.engine import Engine, Handle
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.base import new_id
from core.records.job import Job, WorkerBeat
from core.settings import Settings

if TYPE_CHECKING:
    from core.platform import Platform

logger = logging.getLogger(__name__)

POLL_S = 0.2
PAUSE_S = 1.0
"""After the store did not answer."""

LOOK_S = 0.4
"""How often running jobs are looked at for cancellation, time and memory."""

CLAIM_AT_LEAST_S = 2.0
"""An expired lease changes no row, so the queue is asked this often even when nothing was written."""

TIDY_S = 600.0
LEADERSHIP = "scheduler"


class Worker:
    """Runs jobs until told to stop.

    Everything is decided in one thread, by ``tick``. A second thread only kills processes whose lease has run down to
    its last quarter, so that a store that does not answer never lets two attempts run at once.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        engine: Engine,
        *,
        slots: int,
        worker_id: str | None = None,
        engine_name: str = "local",
        scheduler: Background | None = None,
        lease_s: float = LEASE_S,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """``slots`` jobs run at once, each under a lease of ``lease_s`` that is renewed four times as often.

        ``ticks`` counts seconds and never jumps, whatever the clock does.
        """
        self.id = worker_id or f"{socket.gethostname()}-{os.getpid()}-{new_id()[:4]}"
        self._store = store
        self._clock = clock
        self._engine = engine
        self._engine_name = engine_name
        self._slots = slots
        self._scheduler = scheduler
        self._lease_s = lease_s
        self._heartbeat_s = lease_s / 4
        self._ticks = ticks
        self._started_at = clock.now()
        self._running: list[Running] = []
        self._is_stopping = False
        self._leads_until = -1.0
        self._beaten = -lease_s
        self._looked = -LOOK_S
        self._claimed = -CLAIM_AT_LEAST_S
        self._revision = -1
        self._tidying: Handle | None = None
        self._tidied = ticks()
        self._is_untidy = True

    @property
    def running(self) -> tuple[Running, ...]:
        """The jobs this worker runs now."""
        return tuple(self._running)

    def stop(self) -> None:
        """Ask :meth:`run` to drain and return; safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Work until :meth:`stop`, then put running jobs back in the queue and leave."""
        self._engine.warm()
        over = threading.Event()
        fuse = threading.Thread(target=self._fuse, args=(over,), daemon=True)
        fuse.start()
        try:
            while not self._is_stopping:
                self.tick()
                self._clock.sleep(POLL_S)
        finally:
            self._drain()
            over.set()
            fuse.join()

    def tick(self) -> None:
        """Do everything that is due now; a store that does not answer delays it to a later tick."""
        problem: Unavailable | None = None
        for step in (self._pulse, self._watch, self._reap, self._claim, self._tidy):
            try:
                step()
            except Unavailable as error:
                problem = error
        if problem is not None:
            logger.warning("The worker has to wait: %s", problem)
            self._clock.sleep(PAUSE_S)

    def _pulse(self) -> None:
        ticks = self._ticks()
        if ticks - self._beaten < self._heartbeat_s:
            return
        now = self._clock.now()
        with self._store.write() as work:
            leads = self._scheduler is not None and work.workers.lead(LEADERSHIP, self.id, now, self._lease_s)
            work.workers.beat(self._beat(now, leads))
            self._bury_dead_workers(work, now)
            work.commit()
        self._beaten = ticks
        self._follow(leads, ticks)

    def _beat(self, now: datetime, leads: bool) -> WorkerBeat:
        return WorkerBeat(
            worker=self.id,
            host=groups.this_host(),
            pid=os.getpid(),
            slots=self._slots,
            leader=leads,
            started_at=self._started_at,
            seen_at=now,
        )

    def _follow(self, leads: bool, ticks: float) -> None:
        if self._scheduler is None:
            return
        was_leading = self._leads_until > 0
        if leads and not was_leading:
            self._scheduler.start()
        elif was_leading and not leads:
            self._scheduler.stop()
        self._leads_until = ticks + self._lease_s if leads else -1.0

    def _bury_dead_workers(self, work: UnitOfWork, now: datetime) -> None:
        """Take jobs of workers that died on this host at once, instead of when their lease ends."""
        for beat in work.workers.all():
            is_here = beat.worker != self.id and beat.host == groups.this_host()
            if is_here and not groups.is_running(beat.pid):
                for job in work.jobs.held(beat.worker):
                    self._end_leftover(job)
                    work.jobs.release(job.id, job.token, "The worker was killed.", now)
                    self._is_untidy = True
                work.workers.resign(LEADERSHIP, beat.worker)
                work.workers.leave(beat.worker)
            elif now - beat.seen_at > timedelta(days=1):
                work.workers.leave(beat.worker)

    def _watch(self) -> None:
        ticks = self._ticks()
        if self._running and ticks - self._looked >= LOOK_S:
            self._looked = ticks
            for running in self._running:
                running.enforce(ticks)
            self._obey_cancellations(ticks)
        for running in self._running:
            jumped = abs(self._clock.now() - running.beaten_at) >= timedelta(seconds=self._heartbeat_s)
            if running.ending is not Ending.LOST and (jumped or ticks - running.beaten >= self._heartbeat_s):
                self._heartbeat(running, ticks)
            elif not running.is_located:
                self._locate(running)

    def _obey_cancellations(self, ticks: float) -> None:
        with self._store.read() as work:
            held = {(job.id, job.token): job for job in work.jobs.held(self.id)}
        for running in self._running:
            job = held.get((running.job.id, running.job.token))
            if job is not None and job.cancel_requested:
                running.end(Ending.CANCELLED, ticks)

    def _heartbeat(self, running: Running, ticks: float) -> None:
        now = self._clock.now()
        job = running.job
        try:
            with self._store.write() as work:
                work.jobs.heartbeat(job.id, job.token, now, self._lease_s)
                _record_usage(work, running)
                work.commit()
            running.beaten, running.beaten_at = ticks, now
        except LeaseLost:
            self._check_lost(running, ticks)

    def _check_lost(self, running: Running, ticks: float) -> None:
        """A refused write means that the child has just answered, that another worker has the job, or that it is gone
        with its project."""
        if self._has_answered(running.job):
            running.beaten = ticks
            return
        logger.warning("Job %s is not this worker's any more; its process is ended.", running.job.id)
        running.abandon(ticks)

    def _has_answered(self, job: Job) -> bool:
        try:
            with self._store.read() as work:
                now = work.jobs.get(job.id)
        except JobNotFound:
            return False
        return now.token == job.token and now.state.is_finished

    def _locate(self, running: Running) -> None:
        process = running.handle.process()
        if process is None:
            return
        try:
            with self._store.write() as work:
                work.jobs.set_process(running.job.id, running.job.token, process)
                work.commit()
        except LeaseLost:
            self._check_lost(running, self._ticks())
        running.is_located = True

    def _reap(self) -> None:
        for running in self.running:
            how = running.handle.poll()
            if how is not None:
                self._settle(running, how)
                self._running.remove(running)
                self._tell_usage(running)

    def _tell_usage(self, running: Running) -> None:
        """Store the end of the curve; the job is over already, so a store that does not answer costs only that."""
        if running.usage.is_told:
            return
        try:
            with self._store.write() as work:
                _record_usage(work, running)
                work.commit()
        except Unavailable as error:
            logger.warning("What job %s used was not stored: %s", running.job.id, error)

    def _settle(self, running: Running, how: str) -> None:
        """Give the answer the process did not give; one that answered, or lost its job, needs none."""
        job = running.job
        try:
            with self._store.write() as work:
                answer, now = running.answer(work.jobs.get(job.id)), self._clock.now()
                if answer is not None:
                    work.jobs.finish(job.id, job.token, answer.state, now, None, answer.error_code, answer.error)
                else:
                    counted = running.ending is not Ending.DRAIN
                    work.jobs.release(job.id, job.token, running.reason(how), now, counted=counted)
                work.commit()
        except (LeaseLost, JobNotFound):
            return
        logger.warning("Job %s ended without an answer of its own. %s", job.id, how)
        self._is_untidy = True

    def _claim(self) -> None:
        while len(self._running) < self._slots and self._engine.ready() and self._is_worth_asking():
            with self._store.write() as work:
                job = work.jobs.claim(self.id, self._clock.now(), self._lease_s, self._engine_name)
                work.commit()
            if job is None:
                return
            self._revision = -1
            self._start(job)

    def _is_worth_asking(self) -> bool:
        ticks, revision = self._ticks(), self._store.revision()
        if revision == self._revision and ticks - self._claimed < CLAIM_AT_LEAST_S:
            return False
        self._revision, self._claimed = revision, ticks
        return True

    def _start(self, job: Job) -> None:
        self._end_leftover(job)
        ticks = self._ticks()
        handle = self._engine.start(job)
        self._running.append(Running(job, handle, started=ticks, beaten=ticks, beaten_at=self._clock.now()))

    def _end_leftover(self, job: Job) -> None:
        if job.process is not None:
            self._engine.end_leftover(job.process)

    def _tidy(self) -> None:
        if self._tidying is not None and self._tidying.poll() is None:
            return
        self._tidying = None
        is_due = self._is_untidy or self._ticks() - self._tidied > TIDY_S
        if is_due and self._engine.ready():
            self._tidying = self._engine.tidy()
            self._tidied, self._is_untidy = self._ticks(), False

    def _fuse(self, over: threading.Event) -> None:
        while not over.wait(self._lease_s / 20):
            for running in self.running:
                if self._ticks() - running.beaten > self._lease_s * 0.75:
                    logger.error("The lease of job %s could not be renewed; its process is ended.", running.job.id)
                    running.abandon(self._ticks())

    def _drain(self) -> None:
        if self._scheduler is not None and self._leads_until > 0:
            self._scheduler.stop()
        for running in self._running:
            running.end(Ending.DRAIN, self._ticks())
        while any(running.handle.poll() is None for running in self._running):
            for running in self._running:
                running.enforce(self._ticks())
            self._clock.sleep(POLL_S / 4)
        if self._tidying is not None:
            self._tidying.kill()
        try:
            self._reap()
            self._say_goodbye()
        except Unavailable as error:
            logger.warning("The worker leaves without notice, so its jobs wait until their lease ends: %s", error)

    def _say_goodbye(self) -> None:
        with self._store.write() as work:
            work.workers.resign(LEADERSHIP, self.id)
            work.workers.leave(self.id)
            work.commit()


def _record_usage(work: UnitOfWork, running: Running) -> None:
    if not running.usage.is_told:
        work.jobs.record_usage(running.job.id, running.job.token, running.usage.now())


def background(platform: "Platform") -> Together:
    """Return what the worker that leads does beside its jobs."""
    from core.monitoring.alerts.watch import AlertWatch, Rounds
    from core.retraining.scheduler import Scheduler

    beats = (platform.retraining.fire_due, platform.rules.look, platform.follower.follow, platform.standing.watch)
    return Together(
        Scheduler(beats, platform.clock),
        AlertWatch(platform.alerts, platform.store, platform.clock),
        Rounds("deliver", platform.channels.deliver),
    )


def serve(settings: Settings) -> None:
    """Run a worker in this process until SIGTERM or Ctrl-C."""
    from core.bootstrap import build, prepare
    from core.jobs.engines.local import LocalEngine

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a tick is still under way is nothing to tell
    threads = max(1, (os.cpu_count() or 1) // settings.job_slots)
    engine = LocalEngine(settings.home, settings.logs, threads=threads)
    engine.warm()
    prepare(settings)
    platform = build(settings)
    worker = Worker(
        platform.store,
        platform.clock,
        engine,
        slots=settings.job_slots,
        engine_name=settings.engine.value,
        scheduler=background(platform),
    )
    stop_on_signals(worker)
    worker.run()


def stop_on_signals(worker: Worker) -> None:
    """Let SIGTERM and Ctrl-C drain ``worker``."""

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
