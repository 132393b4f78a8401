from datetime import timedelta

import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.dataset import DatasetRef
from core.records.plan import DataChoice, Retraining, RetrainingOutcome, RetrainingPlan
from core.records.simulation import (
    PolicyKind,
    PolicyResult,
    RetrainPolicy,
    SimulatedCheck,
    Simulation,
    SimulationRequest,
)
from tests.builders import START


def plan(**changes: object) -> RetrainingPlan:
    fields = {"project": "churn", "data": DataChoice.WINDOW, "span": "90d", "changed_at": START, "changed_by": "ann"}
    return RetrainingPlan.model_validate({**fields, **changes})


def retraining(**changes: object) -> Retraining:
    fields = {
        "id": "j1",
        "project": "churn",
        "cause": "rule",
        "at": START,
        "champion": 1,
        "version": 2,
        "value": 0.8,
        "outcome": RetrainingOutcome.CHALLENGER,
        "decided_at": START,
        "due_at": START + timedelta(days=1),
    }
    return Retraining.model_validate({**fields, **changes})


def simulation(**changes: object) -> Simulation:
    policy = RetrainPolicy(kind=PolicyKind.EVERY, amount=4, span="90d")
    check = SimulatedCheck(at=START, rows=7, value=0.5, retrained=True, helped=False, reason="4 checks")
    result = PolicyResult(
        policy=policy,
        words="every",
        retrainings=1,
        false_alarms=1,
        seconds=0.5,
        value=0.5,
        held_back_value=None,
        checks=(check,),
    )
    day = timedelta(days=1)
    request = SimulationRequest(
        dataset=DatasetRef(name="d", number=1),
        since=START,
        until=START + 9 * day,
        held_back=START + day,
        policies=(policy,),
    )
    fields = {
        "id": "s1",
        "project": "churn",
        "metric": "rmse",
        "higher_is_better": False,
        "request": request,
        "results": (result,),
        "recommended": 0,
        "summary": "s",
        "seconds": 1.0,
        "created_at": START,
        "created_by": "ann",
    }
    return Simulation.model_validate({**fields, **changes})


def test_a_project_has_the_plan_set_last(store: Store) -> None:
    with store.write() as work:
        assert work.plans.get("churn") is None
        work.plans.set(plan(span="30d"))
        work.plans.set(plan())
        with pytest.raises(ProjectNotFound):
            work.plans.set(plan(project="nope"))
        work.commit()
    with store.read() as work:
        assert [work.plans.get("churn"), work.plans.get("bikes")] == [plan(), None]


def test_a_retraining_is_kept_as_it_is_now(store: Store) -> None:
    others = [retraining(id="j2", outcome=RetrainingOutcome.NO_NEW_DATA), retraining(id="j3", project="bikes")]
    changed = retraining(outcome=RetrainingOutcome.PROMOTED, note="better", due_at=None)
    with store.write() as work:
        for item in (retraining(), *others, changed):
            work.plans.keep(item)
        with pytest.raises(ProjectNotFound):
            work.plans.keep(retraining(id="j4", project="nope"))
        work.commit()
    with store.read() as work:
        assert work.plans.retraining("j1") == changed
        assert work.plans.retraining("j9") is None
        assert work.plans.retrainings("churn") == [others[0], changed]
        assert work.plans.retrainings("churn", 1) == [others[0]]
        assert work.plans.open() == [changed, others[1]]


def test_deleting_a_project_takes_its_plan_and_retrainings(store: Store) -> None:
    with store.write() as work:
        for name in ("churn", "bikes"):
            work.plans.set(plan(project=name))
            work.plans.keep(retraining(id=name, project=name))
        work.projects.delete("churn")
        work.commit()
    with store.read() as work:
        assert [work.plans.get("churn"), work.plans.retrainings("churn")] == [None, []]
        assert [work.plans.get("bikes"), len(work.plans.open())] == [plan(project="bikes"), 1]


def test_a_simulation_is_stored_once(store: Store) -> None:
    made = simulation()
    with store.write() as work:
        work.plans.keep_simulation(made)
        work.plans.keep_simulation(made.model_copy(update={"summary": "again"}))
        work.plans.keep_simulation(simulation(id="s2"))
        with pytest.raises(ProjectNotFound):
            work.plans.keep_simulation(simulation(id="s3", project="nope"))
        work.commit()
    with store.read() as work:
        assert work.plans.simulation("s1") == made
        assert work.plans.simulation("s9") is None
        assert [item.id for item in work.plans.simulations("churn")] == ["s2", "s1"]
        assert [item.id for item in work.plans.simulations("churn", 1)] == ["s2"]
        assert work.plans.simulations("bikes") == []
