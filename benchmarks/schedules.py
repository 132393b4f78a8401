"""Schedules: ten thousand of them start within five seconds, fire within a second of their moment, and cost nothing
while none is due; and ten thousand moments at once are no storm.

Peer in the same run: APScheduler alone, with its SQLAlchemy job store in a SQLite file, which is what fires inside web
applications today. Ours is the worker as it is, with every beat of its scheduler, but an engine that takes no job, so
that firing is measured and not what was fired.
"""

import io
import logging
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load import quantile
from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.records.access import LOCAL
from core.records.base import new_id
from core.records.project import Task
from core.records.schedule import Conduct, Schedule, ScheduleAction, Trigger, TriggerKind
from core.retraining import timing
from core.settings import load
from tests.installation import ROOT

COUNT, PERIOD = 10_000, "10m"
WATCHED_S, IDLE_S, PATIENCE_S = 30.0, 15.0, 90.0
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Found:
    """What one of both did: seconds until it looked for the first time, and by how many seconds each of the spread
    moments, and of those that came at once, was behind."""

    start: float
    delays: list[float]
    storm: list[float]


def schedule(first: datetime, number: int) -> Schedule:
    """Return a schedule with its first moment at ``first``; it starts a check that needs no champion."""
    made = Schedule(
        id=new_id(),
        project="churn",
        name=f"schedule {number}",
        action=ScheduleAction.MONITOR,
        payload={"reference": "customers@1", "current": "customers@1"},
        trigger=Trigger(kind=TriggerKind.EVERY, expression=PERIOD, timezone="UTC"),
        conduct=Conduct(),
        enabled=True,
        anchor=first - timedelta(minutes=10),
        next_at=None,
        due_at=None,
        created_at=first,
        created_by="ann",
    )
    return timing.moved(made, first)


def firsts(kind: str, now: datetime) -> list[datetime]:
    """Return the first moment of each schedule: spread over their period, all at once, or none soon."""
    if kind == "spread":
        return [now + SECOND * 600 * number / COUNT for number in range(COUNT)]
    return [now if kind == "storm" else now + timedelta(days=1)] * COUNT


class Ours:
    """The worker of an installation, without jobs."""

    lead_s = 30
    """Seconds that storing the schedules and starting may take."""

    def __init__(self, folder: Path) -> None:
        self.settings = load(folder / "home")
        prepare(self.settings)
        self.platform = build(self.settings)
        self.platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
        table = io.BytesIO(b"age,churn\n" + b"30,Yes\n40,No\n" * 50)
        self.platform.datasets.add_version(LOCAL, "churn", "customers", table, "customers.csv")

    def fill(self, kind: str, at: datetime) -> None:
        """Store the schedules."""
        with self.platform.store.write() as work:
            for old in work.schedules.find():
                work.schedules.remove(old.id)
            for number, first in enumerate(firsts(kind, at)):
                work.schedules.add(schedule(first, number))
            work.commit()

    def command(self) -> list[str]:
        """Return what starts it."""
        return ["ours", str(self.settings.home)]

    def delays(self, since: datetime) -> list[float]:
        """Return by how many seconds the job of each moment since was made after it came."""
        with self.platform.store.read() as work:
            rows = work.schedules.firings("churn", limit=2 * COUNT, since=since)
            made = {job.id: job.created_at for job in work.jobs.find("churn", limit=4 * COUNT)}
        return [(made[row.job_id] - row.slot).total_seconds() for row in rows if row.job_id in made]

    def close(self) -> None:
        """Let go of the stores."""
        self.platform.close()


class Theirs:
    """APScheduler with its own store."""

    lead_s = 45

    def __init__(self, folder: Path) -> None:
        self.file = folder / "apscheduler.db"
        self.log = folder / "fired"

    def fill(self, kind: str, at: datetime) -> None:
        """Store the jobs; its store is asked for no safety while it is filled."""
        from benchmarks import apscheduler_alone

        self.log.write_text("")
        apscheduler_alone.fill(self.file, firsts(kind, at))

    def command(self) -> list[str]:
        """Return what starts it."""
        return ["theirs", str(self.file), str(self.log)]

    def delays(self, since: datetime) -> list[float]:  # noqa: ARG002
        """Return by how many seconds each moment was fired after it came."""
        return [float(line) for line in self.log.read_text().split()]


def started(side: Ours | Theirs) -> tuple["subprocess.Popen[str]", float]:
    """Start the process of a side; return it, and how long it took until it had looked once."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.schedules", *side.command()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "looked"
    return process, time.perf_counter() - begun


def stop(process: "subprocess.Popen[str]") -> None:
    """End a process."""
    process.kill()
    process.wait()


def idle(side: Ours) -> float:
    """Return the processor share of a worker that has nothing to fire."""
    side.fill("idle", datetime.now(UTC))
    process, _ = started(side)
    time.sleep(3)
    used = psutil.Process(process.pid).cpu_times()
    time.sleep(IDLE_S)
    after = psutil.Process(process.pid).cpu_times()
    stop(process)
    return (after.user + after.system - used.user - used.system) / IDLE_S


def measure(side: Ours | Theirs) -> Found:
    """Measure one side, each case in a process of its own."""
    process, start, begun = ready(side, "spread")
    time.sleep(max((begun - datetime.now(UTC)).total_seconds(), 0) + WATCHED_S + 1)
    stop(process)
    delays = side.delays(begun)
    process, _, begun = ready(side, "storm")
    deadline = time.monotonic() + PATIENCE_S
    while len(side.delays(begun)) < COUNT and time.monotonic() < deadline:
        time.sleep(1)
    stop(process)
    found = Found(start, delays, side.delays(begun))
    print(type(side).__name__, f"{start:.2f} s", quantile(delays, 0.99), len(delays), max(found.storm, default=-1))
    return found


def ready(side: Ours | Theirs, kind: str) -> "tuple[subprocess.Popen[str], float, datetime]":
    """Store the schedules and start the process shortly before the first moment; return both, and how long the start
    took."""
    side.fill(kind, begun := datetime.now(UTC) + side.lead_s * SECOND)
    time.sleep(max((begun - datetime.now(UTC)).total_seconds() - 8, 0))
    return *started(side), begun


def figures(ours: Found, theirs: Found, rest: float) -> list[Figure]:
    """Say what was wanted and found."""
    late, other = (quantile(one.delays, 0.99) for one in (ours, theirs))
    expected = int(WATCHED_S * COUNT / 600)
    most, theirs_most = (max(one.storm, default=float("nan")) for one in (ours, theirs))
    return [
        Figure(
            f"start with {COUNT:,} schedules, until the first look is over",
            "<= 5 s",
            f"{ours.start:.1f} s (APScheduler alone: {theirs.start:.1f} s)",
            ours.start <= 5,
        ),
        Figure(
            f"firing delay, {COUNT:,} schedules every {PERIOD}: p99",
            "<= 1 s",
            f"{late:.2f} s of {len(ours.delays)} moments in {WATCHED_S:.0f} s "
            f"(APScheduler alone: {other:.2f} s of {len(theirs.delays)})",
            late <= 1 and len(ours.delays) >= expected - 1,
        ),
        Figure(
            f"processor of the worker with {COUNT:,} schedules and none due",
            "<= 2%",
            f"{rest:.1%}",
            rest <= 0.02,
        ),
        Figure(
            f"{COUNT:,} due at the same moment: each has one row, the last one is fired",
            "all, told",
            f"{len(ours.storm):,} rows, the last after {most:.1f} s, p50 {quantile(ours.storm, 0.5):.1f} s "
            f"(APScheduler alone: {len(theirs.storm):,}, the last after {theirs_most:.1f} s)",
            len(ours.storm) == COUNT,
        ),
    ]


def run_ours(home: str) -> None:
    """Work as the leading worker of ``home``; what is a second process of a benchmark."""
    from core.jobs.worker import Worker, background

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    platform = build(load(Path(home)))

    def tell() -> None:
        while not any(beat.leader for beat in platform.queue.workers()):
            time.sleep(0.05)
        platform.retraining.fire_due(platform.clock.now())
        sys.stdout.write("looked\n")
        sys.stdout.flush()

    threading.Thread(target=tell, daemon=True).start()
    Worker(platform.store, platform.clock, NoJobs(), slots=1, scheduler=background(platform)).run()


class NoJobs:
    """An engine that is never ready for a job."""

    def warm(self) -> None:
        """Begin nothing."""

    def ready(self) -> bool:
        """Tell that no job would start."""
        return False

    def start(self, job: Any) -> Any:
        """Never asked."""
        raise NotImplementedError

    def tidy(self) -> Any:
        """Never asked."""
        raise NotImplementedError

    def end_leftover(self, process: Any) -> None:
        """Nothing was started."""


def main() -> int:
    """Measure both and write the figures; 1 when one was not reached."""
    if sys.argv[1:2] == ["ours"]:
        run_ours(sys.argv[2])
    if sys.argv[1:2] == ["theirs"]:
        from benchmarks import apscheduler_alone

        apscheduler_alone.run(Path(sys.argv[2]), Path(sys.argv[3]))
    with tempfile.TemporaryDirectory() as folder:
        side = Ours(Path(folder))
        rest = idle(side)
        ours = measure(side)
        side.close()
    with tempfile.TemporaryDirectory() as folder:
        theirs = measure(Theirs(Path(folder)))
    return 0 if write("Schedules", figures(ours, theirs, rest)) else 1


if __name__ == "__main__":
    sys.exit(main())
