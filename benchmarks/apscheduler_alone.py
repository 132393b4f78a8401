"""APScheduler as web applications use it: its own job store in SQLite, its own threads."""

import sys
import time
from datetime import datetime
from pathlib import Path

from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

PERIOD_S = 600


def do() -> None:
    """What is fired: nothing."""


def fill(file: Path, firsts: list[datetime]) -> None:
    """Store one job for each first moment in place of those before."""
    scheduler = _scheduler(file, {"synchronous": "OFF"})
    scheduler.start(paused=True)
    scheduler.remove_all_jobs()
    for first in firsts:
        scheduler.add_job(do, "interval", seconds=PERIOD_S, start_date=first, misfire_grace_time=None)
    scheduler.shutdown()


def run(file: Path, log: Path) -> None:
    """Fire until killed; the delay of each moment goes into ``log``, one a line, in seconds."""
    scheduler = _scheduler(file, {})
    with log.open("a", buffering=1) as out:

        def note(event: JobSubmissionEvent) -> None:
            now = time.time()
            out.writelines(f"{now - moment.timestamp()}\n" for moment in event.scheduled_run_times)

        scheduler.add_listener(note, EVENT_JOB_SUBMITTED)
        scheduler.start()
        scheduler.get_jobs()
        sys.stdout.write("looked\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)


def _scheduler(file: Path, pragmas: dict[str, str]) -> BackgroundScheduler:
    from sqlalchemy import event

    store = SQLAlchemyJobStore(url=f"sqlite:///{file}")
    for name, value in pragmas.items():
        event.listen(
            store.engine,
            "connect",
            lambda connection, _, name=name, value=value: connection.execute(f"PRAGMA {name}={value}"),
        )
    return BackgroundScheduler(jobstores={"default": store}, timezone="UTC")
