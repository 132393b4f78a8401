from datetime import timedelta

from core.serving.throughput import KEPT, ThroughputService, added_up, stretch
from storage.memory import MemoryStore
from tests.builders import START, FakeClock, project
from tests.conformance.test_traffic import tally

MINUTE = timedelta(minutes=1)


def test_processes_are_added_up_by_stretch_version_and_cohort() -> None:
    found = added_up(
        [tally(), tally(process="p2", minute=START + MINUTE), tally(cohort="canary", version=2)], 5 * MINUTE
    )
    assert [(step.at, step.cohort, step.requests, step.rows) for step in found] == [
        (START, "canary", 5, 3),
        (START, "champion", 10, 6),
    ]
    assert found[1].buckets[:2] == (2, 4)


def test_a_window_has_about_sixty_stretches() -> None:
    assert stretch(15 * MINUTE) == MINUTE
    assert stretch(timedelta(days=1)) == 24 * MINUTE


def test_only_what_is_in_the_window_is_shown_and_old_tallies_go() -> None:
    store, clock = MemoryStore(), FakeClock()
    service = ThroughputService(store, clock)
    with store.write() as work:
        work.projects.add(project())
        work.tallies.put([tally(), tally(minute=START - timedelta(hours=2))])
        work.commit()
    clock.advance(60)
    assert [step.at for step in service.steps("churn", timedelta(hours=1))] == [START]
    clock.advance(KEPT.total_seconds() - 60)
    assert service.tidy() == 1
