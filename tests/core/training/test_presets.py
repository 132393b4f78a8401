"""Presets through the service."""

import pytest

from core.errors import Denied, InvalidName, InvalidParameter, PresetNotFound, ProjectNotFound, UnknownEstimator
from core.records.access import LOCAL, Actor, Role
from core.training.presets import PresetService
from storage.memory import MemoryStore
from tests.builders import START, FakeClock, project

VIEWER = Actor(name="vera", role=Role.VIEWER)


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    with made.write() as work:
        work.projects.add(project())
        work.commit()
    return made


def test_a_preset_holds_every_hyperparameter_and_is_audited(store):
    service = PresetService(store, FakeClock())
    kept = service.save(LOCAL, "churn", "deep", "random_forest", {"max_depth": 30})
    assert (kept.params["max_depth"], kept.params["n_estimators"], kept.created_at) == (30, 100, START)
    assert service.get("churn", "deep") == kept
    assert service.of("churn") == [kept]
    with store.read() as work:
        (event,) = work.events.find("churn", 10)
    assert (event.action, event.subject, event.details["estimator"]) == ("preset.save", "deep", "random_forest")


def test_a_deleted_preset_is_gone_and_audited(store):
    service = PresetService(store, FakeClock())
    service.save(LOCAL, "churn", "deep", "random_forest", {})
    service.delete(LOCAL, "churn", "deep")
    assert service.of("churn") == []
    with store.read() as work:
        assert [event.action for event in work.events.find("churn", 10)] == ["preset.delete", "preset.save"]
    with pytest.raises(PresetNotFound):
        service.delete(LOCAL, "churn", "deep")


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (("churn", "Deep one", "random_forest", {}), InvalidName),
        (("nope", "deep", "random_forest", {}), ProjectNotFound),
        (("churn", "deep", "ridge", {}), UnknownEstimator),
        (("churn", "deep", "random_forest", {"max_depth": 0}), InvalidParameter),
        (("churn", "deep", "random_forest", {"bootstrap": False, "max_samples": 0.5}), InvalidParameter),
    ],
)
def test_a_preset_that_could_not_be_trained_is_refused(store, wanted, error):
    service = PresetService(store, FakeClock())
    with pytest.raises(error):
        service.save(LOCAL, *wanted)
    assert service.of("churn") == []


def test_who_may_not_train_keeps_no_presets(store):
    service = PresetService(store, FakeClock())
    service.save(LOCAL, "churn", "deep", "random_forest", {})
    with pytest.raises(Denied):
        service.save(VIEWER, "churn", "other", "random_forest", {})
    with pytest.raises(Denied):
        service.delete(VIEWER, "churn", "deep")
