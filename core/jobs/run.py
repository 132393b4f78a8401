"""One attempt at one job: from the claimed row to its answer."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import AppError, JobCancelled, LeaseLost, StoreBusy, Unavailable
from core.jobs.context import JobContext, QueuedContext
from core.records.base import JsonObject, new_id
from core.records.job import Job, JobKind, JobState
from core.settings import Settings, load, silence_telemetry

if TYPE_CHECKING:
    from core.platform import Platform

logger = logging.getLogger(__name__)

Handlers = Mapping[JobKind, Callable[[Any, Job, JobContext], JsonObject]]

LEASE_S = 20.0
HEARTBEAT_S = 5.0
FINISH_WAITS_S = (0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How an attempt ended."""

    state: JobState
    result: JsonObject | None = None
    error_code: str | None = None
    error: str | None = None


def run_job(
    job_id: str,
    token: int,
    home: Path,
    *,
    build: "Callable[[Settings], Platform] | None" = None,
    handlers: Handlers | None = None,
) -> None:
    """Carry out the attempt that holds ``token`` and store its answer: what runs in a job's process.

    Raises:
        LeaseLost: the attempt is not, or no longer, the one that counts.
    """
    silence_telemetry()
    platform = (build or _platform)(load(home))
    with platform.store.read() as work:
        job = work.jobs.get(job_id)
    if job.state is not JobState.RUNNING or job.token != token:
        raise LeaseLost(id=job_id, token=token)
    _finish(platform, job, attempt(platform, job, handlers or _handlers()))


def run_here(platform: "Platform", id: str, handlers: Handlers | None = None) -> Job:
    """Run a queued job in this process, heartbeats included, and return it finished; no limits are enforced.

    Raises:
        JobNotFound: there is none with that id.
        IllegalTransition: it is not queued.
    """
    with platform.store.write() as work:
        job = work.jobs.take(id, f"inline-{os.getpid()}", platform.clock.now(), LEASE_S)
        work.commit()
    with _heartbeats(platform, job), _log_file(platform.queue.log_path(id)):
        try:
            answer = attempt(platform, job, handlers or _handlers())
        except BaseException:
            _release(platform, job, "The command that ran it was interrupted.")
            raise
        return _finish(platform, job, answer)


def tidy(home: Path) -> None:
    """Bring MLflow in line with the jobs and the index of runs with MLflow, archive the prediction log, and sweep
    uploads nobody kept."""
    silence_telemetry()
    platform = _platform(load(home))
    for line in platform.models.reconcile():
        logger.info(line)
    for line in platform.runs.tidy():
        logger.info(line)
    for line in platform.serving.tidy_log(platform.settings.log_days):
        logger.info(line)
    platform.throughput.tidy()
    swept = platform.uploads.sweep()
    if swept:
        logger.info("%d uploads that nobody kept were removed.", swept)


def attempt(platform: "Platform", job: Job, handlers: Handlers) -> Answer:
    """Call the handler and turn whatever it does into an answer.

    Raises:
        LeaseLost: the job belongs to another worker now, so there is no answer to give.
    """
    waited = (platform.clock.now() - job.created_at).total_seconds()
    logger.info("The handler starts %.2f s after the job was queued.", waited)
    try:
        result = handlers[job.kind](platform, job, QueuedContext(job, platform.store, platform.clock))
        return Answer(state=JobState.SUCCEEDED, result=json.loads(json.dumps(result, allow_nan=False)))
    except LeaseLost:
        raise
    except JobCancelled:
        return Answer(state=JobState.CANCELLED)
    except AppError as error:
        logger.warning("The job failed: %s", error.message)
        logger.debug("Where it failed:", exc_info=error)
        return Answer(state=JobState.FAILED, error_code=error.code, error=error.message)
    except MemoryError:
        logger.exception("The job ran out of memory.")
        return out_of_memory(job)
    except Exception:
        reference = new_id()
        logger.exception("The job failed; reference %s.", reference)
        said = f"The job stopped on an unexpected error. Its log has the details under reference {reference}."
        return Answer(state=JobState.FAILED, error_code="internal", error=said)


def out_of_memory(job: Job) -> Answer:
    """Return the answer of a job that asked for more memory than it may use."""
    said = f"The job needed more than its limit of {job.memory_mb} MB of memory. Use less data, or raise the limit."
    return Answer(state=JobState.FAILED, error_code="memory_limit", error=said)


def _finish(platform: "Platform", job: Job, answer: Answer) -> Job:
    for wait in (*FINISH_WAITS_S, None):
        try:
            with platform.store.write() as work:
                finished = work.jobs.finish(
                    job.id,
                    job.token,
                    answer.state,
                    platform.clock.now(),
                    answer.result,
                    answer.error_code,
                    answer.error,
                )
                work.commit()
            return finished
        except StoreBusy:
            if wait is None:
                raise
            time.sleep(wait)
    raise AssertionError


def _release(platform: "Platform", job: Job, reason: str) -> None:
    with platform.store.write() as work:
        work.jobs.release(job.id, job.token, reason, platform.clock.now(), counted=False)
        work.commit()


@contextmanager
def _heartbeats(platform: "Platform", job: Job) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_S):
            try:
                with platform.store.write() as work:
                    work.jobs.heartbeat(job.id, job.token, platform.clock.now(), LEASE_S)
                    work.commit()
            except LeaseLost:
                return
            except Unavailable as error:
                logger.warning("The heartbeat of job %s failed: %s", job.id, error)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _platform(settings: Settings) -> "Platform":
    from core.bootstrap import build

    return build(settings)


def _handlers() -> Handlers:
    from core.handlers import HANDLERS

    return HANDLERS
