"""What was answered over time: tallies of all processes, added up by version and cohort."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.clock import Clock
from core.ports.unit_of_work import Store
from core.records.story import Step
from core.records.traffic import ServingTally

KEPT = timedelta(days=30)
STEPS = 60
"""About so many stretches of time are shown."""


class ThroughputService:
    """Reads what the processes of the scoring API answered, minute by minute."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def steps(self, project: str, window: timedelta) -> list[Step]:
        """Return what was answered in the last ``window``, in stretches of whole minutes, oldest first.

        Raises:
            ProjectNotFound: there is no such project.
        """
        since = self._clock.now() - window
        with self._store.read() as work:
            work.projects.get(project)
            tallies = work.tallies.find(project, since)
        return added_up(tallies, stretch(window))

    def tidy(self) -> int:
        """Remove tallies older than a month; return how many."""
        with self._store.write() as work:
            gone = work.tallies.expire(self._clock.now() - KEPT)
            work.commit()
        return gone


def stretch(window: timedelta) -> timedelta:
    """Return how long one stretch of a window is: whole minutes, about sixty of them."""
    return timedelta(minutes=max(1, round(window / timedelta(minutes=1) / STEPS)))


def added_up(tallies: Iterable[ServingTally], length: timedelta) -> list[Step]:
    """Return tallies by stretch, version and cohort, oldest first."""
    found: dict[tuple[datetime, int, str], Step] = {}
    for tally in tallies:
        at = tally.minute - timedelta(seconds=tally.minute.timestamp() % length.total_seconds())
        key = (at, tally.version, tally.cohort)
        before = found.get(key)
        found[key] = Step(
            at=at,
            version=tally.version,
            cohort=tally.cohort,
            requests=tally.requests + (before.requests if before else 0),
            refused=tally.refused + (before.refused if before else 0),
            failed=tally.failed + (before.failed if before else 0),
            rows=tally.rows + (before.rows if before else 0),
            buckets=tuple(
                one + other for one, other in zip(tally.buckets, before.buckets if before else (0,) * 99, strict=False)
            ),
        )
    return sorted(found.values(), key=lambda step: (step.at, step.cohort, step.version))
