"""From a run to a version."""

import pandas as pd
import pytest

from core.errors import RunHasNoModel, RunNotFound
from core.records.model import Alias
from core.records.training import RunStatus
from core.training.registration import ACTION, register
from storage.memory import MemoryStore, MemoryTracking
from tests.builders import FakeClock, project, training_spec


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    with made.write() as work:
        work.projects.add(project())
        work.commit()
    return made


@pytest.fixture
def tracking() -> MemoryTracking:
    return MemoryTracking()


def run_of(tracking, *, whole=True):
    run_id = tracking.start_run(training_spec(), "x", {"pilothouse.dataset": "customers@1", "pilothouse.job_id": "j1"})
    if whole:
        tracking.log_model(run_id, b"m", pd.DataFrame(), [], [], [], {})
        tracking.set_tags(run_id, {"pilothouse.bundle_sha256": "b", "pilothouse.model_sha256": "c"})
    return run_id


def call(store, tracking, run_id, job_id=None):
    return register(store, tracking, FakeClock(), "ann", "churn", run_id, job_id)


def events(store):
    with store.read() as work:
        return [(event.actor, event.subject) for event in work.events.find("churn") if event.action == ACTION]


def test_a_registered_run_becomes_challenger_and_is_on_record(store, tracking):
    version = call(store, tracking, run_of(tracking))
    assert (version.version, version.aliases, version.job_id) == (1, (Alias.CHALLENGER,), "j1")
    assert (version.bundle_sha256, version.model_sha256, version.dataset) == ("b", "c", "customers@1")
    assert events(store) == [("ann", "version 1")]


def test_asking_again_changes_nothing(store, tracking):
    run_id = run_of(tracking)
    assert call(store, tracking, run_id) == call(store, tracking, run_id)
    assert events(store) == [("ann", "version 1")]


def test_the_champion_keeps_its_alias_and_does_not_become_challenger(store, tracking):
    run_id = run_of(tracking)
    call(store, tracking, run_id)
    tracking.remove_alias("churn", Alias.CHALLENGER)
    tracking.set_alias("churn", Alias.CHAMPION, 1)
    assert call(store, tracking, run_id).aliases == (Alias.CHAMPION,)


def test_the_newest_registration_is_the_challenger(store, tracking):
    for _ in range(2):
        call(store, tracking, run_of(tracking))
    assert [version.aliases for version in tracking.versions("churn")] == [(Alias.CHALLENGER,), ()]


def test_a_crash_before_the_record_is_made_good_by_the_next_call(store, tracking):
    run_id = run_of(tracking)
    tracking.register("churn", run_id, {"pilothouse.bundle_sha256": "b"})
    call(store, tracking, run_id)
    assert events(store) == [("ann", "version 1")]
    assert len(tracking.versions("churn")) == 1


def test_runs_without_a_model_are_refused_with_the_reason(store, tracking):
    run_id = run_of(tracking, whole=False)
    tracking.finish_run(run_id, RunStatus.FAILED)
    with pytest.raises(RunHasNoModel, match="it ended as FAILED before its model was stored"):
        call(store, tracking, run_id)
    with pytest.raises(RunNotFound):
        call(store, tracking, "f" * 32)
    assert events(store) == []
