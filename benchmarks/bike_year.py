"""The bike project retrains itself through 2012, at accelerated time: every service is the real one, only the clock is
held by this script.

`python -m benchmarks.bike_year [HOME]`. Each week of 2012 the champion answers the week's requests, what came true is
handed in a week later, the rows arrive as a new dataset version, and the beats of the leading worker do the rest: the
schedule fires, the retraining goes by its plan, the gates judge, the follower promotes, the performance is measured.
With HOME the installation stays there, to be looked at.
"""

import csv
import io
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.report import Figure, write
from benchmarks.simulator import bikes
from core.bootstrap import build, prepare
from core.jobs.run import run_here
from core.pipelines.demo import DEMOS, table
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.plan import DataChoice, EffectCurve, PlanDraft
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from core.settings import load
from tests.builders import FakeClock

START, END = datetime(2012, 1, 2, 3, tzinfo=UTC), datetime(2012, 12, 31, tzinfo=UTC)
WEEK = timedelta(days=7)
HELD_BACK = datetime(2012, 9, 1, tzinfo=UTC)


def begin(platform: Platform) -> str:
    """Make the project with a champion of 2011, its plan and its schedules; return its name."""
    name = bikes(platform)
    platform.datasets.add_version(LOCAL, name, "live", io.BytesIO(table(DEMOS["bikes"], "2011")), "live.csv")
    platform.plans.set(
        LOCAL, name, PlanDraft(data=DataChoice.WINDOW, span="90d", dataset="live", promote=True, probation_s=0)
    )
    fourth = Trigger(kind=TriggerKind.EVERY, expression="4w", timezone="UTC")
    weekly = Trigger(kind=TriggerKind.EVERY, expression="1w", timezone="UTC")
    for action, trigger, payload in (
        (ScheduleAction.RETRAIN, fourth, {}),
        (ScheduleAction.MONITOR, weekly, {"check": "performance", "every": "week", "last": "14d"}),
    ):
        platform.retraining.add(LOCAL, name, ScheduleDraft(action=action, trigger=trigger, payload=payload))
    return name


def beat(platform: Platform, now: datetime) -> None:
    """Do what the leading worker does until nothing follows, and run the jobs that come of it."""
    while True:
        platform.retraining.fire_due(now)
        platform.rules.look(now)
        platform.follower.follow(now)
        queued = platform.queue.find(states=(JobState.QUEUED,))
        if not queued:
            return
        for job in reversed(queued):
            done = run_here(platform, job.id)
            assert done.state is JobState.SUCCEEDED, f"{done.title}: {done.error}"


def live(platform: Platform, clock: FakeClock, name: str) -> None:
    """Let 2012 pass, week by week."""
    lines = list(csv.DictReader(io.StringIO(table(DEMOS["bikes"]).decode())))
    known = platform.models.manifest(platform.models.version(name, 1)).features
    numbers = {feature.column.name: feature.column.kind.is_numeric for feature in known}
    owed: list[dict[str, object]] = []
    while clock.now() < END:
        week = [line for line in lines if clock.now() <= _at(line) < clock.now() + WEEK]
        asked = [{n: float(line[n]) if is_number else line[n] for n, is_number in numbers.items()} for line in week]
        answers = platform.serving.predict(LOCAL, name, asked)
        truth = zip(answers, week, strict=True)
        clock.advance(WEEK.total_seconds())
        if owed:
            platform.labels.add(LOCAL, name, owed)
        owed = [{"prediction_id": answer.prediction_id, "label": float(line["cnt"])} for answer, line in truth]
        seen = [line for line in lines if _at(line) < clock.now()]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(lines[0]))
        writer.writeheader()
        writer.writerows(seen)
        platform.datasets.add_version(LOCAL, name, "live", io.BytesIO(text.getvalue().encode()), "live.csv")
        beat(platform, clock.now())
    platform.labels.add(LOCAL, name, owed)
    beat(platform, clock.advance(WEEK.total_seconds()))


def _at(line: dict[str, str]) -> datetime:
    return datetime.fromisoformat(line["dteday"]).replace(tzinfo=UTC)


def mean_square(curve: EffectCurve, since: datetime) -> tuple[float, float]:
    """Return the RMSE over all weeks since a moment, with and without retraining."""
    weeks = [point for point in curve.points if point.at >= since]
    rows = sum(point.rows for point in weeks)
    sides = []
    for values in ([point.value for point in weeks], [point.without for point in weeks]):
        squares = [(value or 0.0) ** 2 * point.rows for value, point in zip(values, weeks, strict=True)]
        sides.append((sum(squares) / rows) ** 0.5)
    return sides[0], sides[1]


def figures(platform: Platform, name: str, seconds: float) -> list[Figure]:
    """Say what the year led to."""
    curve = platform.effect.curve(LOCAL, name)
    kept = [one for one in platform.plans.retrainings(name) if one.version]
    promoted = len(platform.models.history(name)) - 1
    firings = platform.retraining.firings(name, limit=1_000)
    figures = [
        Figure(
            "2012 at accelerated time: retrainings by schedule, promoted by the gates alone",
            "told",
            f"{len(kept)} retrainings, {promoted} promotions, {len(firings)} moments in the ledger, {seconds:.0f} s",
            reached=promoted > 0,
        )
    ]
    for since, words in ((START, "all of 2012"), (HELD_BACK, "September to December 2012")):
        value, without = mean_square(curve, since)
        found = f"{value:.1f} with retraining, {without:.1f} without ({1 - value / without:.0%} less)"
        figures.append(Figure(f"RMSE of the answers that were served, {words}", "less", found, value < without))
    return figures


def main() -> int:
    """Live through the year and write the figures; 1 when retraining did not help."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "home"
        settings = load(home)
        prepare(settings)
        clock = FakeClock(START)
        platform = build(settings, clock)
        begun = time.perf_counter()
        name = begin(platform)
        live(platform, clock, name)
        found = figures(platform, name, time.perf_counter() - begun)
        platform.close()
    return 0 if write("A year of retraining by itself", found) else 1


if __name__ == "__main__":
    sys.exit(main())
