from datetime import timedelta
from typing import Any

import pytest

from core.errors import (
    TrackingUnavailable,
)
from core.model_errors import AliasNotMoved, NotJudged
from core.records.job import JobState
from core.records.model import Alias, AliasMove
from core.records.training import RunStatus
from tests import bundles
from tests.builders import job_request
from tests.core.models.house import ANN, House


@pytest.mark.parametrize("error", [TrackingUnavailable(problem="away"), RuntimeError("bug"), OSError("disk")])
def test_a_promotion_stands_when_the_alias_cannot_follow_and_is_repaired_later(
    house: House, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.tracking.error, house.tracking.broken = error, True
    assert house.models.promote(ANN, "churn", 2, "r", override=True).version == 2
    assert "MLflow's aliases could not follow" in caplog.text
    assert house.aliases() == {Alias.CHAMPION: 1, Alias.CHALLENGER: 2}
    assert [(one.version, one.aliases) for one in house.models.versions("churn")] == [(2, (Alias.CHAMPION,)), (1, ())]
    assert house.models.version("churn", 2).aliases == (Alias.CHAMPION,)
    house.tracking.broken = False
    assert house.models.reconcile() == [
        "churn: alias champion moved from 1 to version 2, which serves",
        "churn: alias challenger removed from version 2, which is the champion",
    ]
    assert house.aliases() == {Alias.CHAMPION: 2, Alias.CHALLENGER: None}
    assert house.models.reconcile() == []


def test_a_rollback_works_while_mlflow_is_away(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.models.promote(ANN, "churn", 2, "r", override=True)
    house.tracking.broken = True
    assert house.models.rollback(ANN, "churn", "r").version == 1


def test_reconciliation_says_what_it_could_not_repair(house: House) -> None:
    house.register()
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.tracking.broken = True
    assert house.models.reconcile() == ["churn: not repaired: MLflow cannot be reached: MLflow is away"]


def test_an_alias_set_behind_our_back_is_noticed_once_and_left_until_somebody_decides(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.tracking.set_alias("churn", Alias.CHAMPION, 2)
    (told,) = house.models.reconcile()
    assert "pointed MLflow's champion at version 2, while nothing serves" in told
    assert house.models.reconcile() == []
    assert house.models.alias_move("churn") == AliasMove(project="churn", held=2, serving=0)
    assert house.aliases()[Alias.CHAMPION] == 2
    assert house.events() == [("system", "alias.moved", "version 2")]
    assert house.models.restore_alias(ANN, "churn") == [
        "churn: alias champion removed from version 2, which does not serve"
    ]
    assert house.models.alias_move("churn") is None
    with pytest.raises(AliasNotMoved):
        house.models.restore_alias(ANN, "churn")


def test_a_moved_alias_is_adopted_through_the_gates(house: House) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    with pytest.raises(AliasNotMoved):
        house.models.adopt_alias(ANN, "churn")
    house.tracking.set_alias("churn", Alias.CHAMPION, 2)
    assert house.models.version("churn", 1).aliases == (Alias.CHAMPION,)
    with pytest.raises(NotJudged):
        house.models.adopt_alias(ANN, "churn")
    assert house.models.adopt_alias(ANN, "churn", "so be it", override=True).version == 2
    assert house.models.alias_move("churn") is None
    assert house.models.reconcile() == []
    house.tracking.remove_alias("churn", Alias.CHAMPION)
    assert house.models.alias_move("churn") == AliasMove(project="churn", held=0, serving=2)
    assert house.models.restore_alias(ANN, "churn") == [
        "churn: alias champion moved from none to version 2, which serves"
    ]


def test_an_alias_that_only_lags_behind_is_not_taken_for_a_move(house: House) -> None:
    for _ in range(3):
        house.register()
    house.models.promote(ANN, "churn", 1, "r", override=True)
    house.tracking.broken = True
    house.models.promote(ANN, "churn", 2, "r", override=True)
    house.models.promote(ANN, "churn", 3, "r", override=True)
    house.tracking.broken = False
    assert house.models.alias_move("churn") is None
    assert house.models.reconcile()[0] == "churn: alias champion moved from 1 to version 3, which serves"
    house.tracking.set_alias("churn", Alias.CHAMPION, 1)
    assert house.models.alias_move("churn") == AliasMove(project="churn", held=1, serving=3)


def _job(house: House, end: JobState | None) -> str:
    with house.store.write() as work:
        job = work.jobs.add(job_request(), "local", house.clock.now())
        claimed = work.jobs.claim("w", house.clock.now(), 20)
        assert claimed is not None
        if end is not None:
            work.jobs.finish(job.id, claimed.token, end, house.clock.now())
        work.commit()
    return job.id


@pytest.mark.parametrize(
    ("end", "closed"),
    [
        (JobState.FAILED, RunStatus.FAILED),
        (JobState.SUCCEEDED, RunStatus.FAILED),
        (JobState.CANCELLED, RunStatus.KILLED),
        (None, RunStatus.RUNNING),
    ],
)
def test_a_run_whose_job_is_over_is_closed(house: House, end: JobState | None, closed: RunStatus) -> None:
    run_id = house.tracking.start_run(bundles.spec(), "r", {"pilothouse.job_id": _job(house, end)})
    told = house.models.reconcile()
    assert house.tracking.run("churn", run_id).status is closed
    assert len(told) == (0 if end is None else 1)


def test_a_run_of_a_process_outside_the_queue_may_go_on_for_a_day(house: House) -> None:
    run_id = house.tracking.start_run(bundles.spec(), "r", {"pilothouse.job_id": "elsewhere"})
    own = house.tracking.start_run(bundles.spec(), "notebook", {})
    begun = house.tracking.run("churn", run_id).started_at
    house.clock.advance((begun - house.clock.now()).total_seconds() + 3600)
    assert house.models.reconcile() == []
    house.clock.advance(timedelta(days=1).total_seconds())
    assert len(house.models.reconcile()) == 1
    assert house.tracking.run("churn", run_id).status is RunStatus.KILLED
    assert house.tracking.run("churn", own).status is RunStatus.RUNNING


def _crash(house: House, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*given: object, **named: object) -> None:
        raise KeyboardInterrupt(step)

    target: Any = house.tracking.inner if step in ("alias", "set_alias", "remove_alias") else house.models
    with monkeypatch.context() as patch:
        patch.setattr(target, step, die)
        with pytest.raises(KeyboardInterrupt):
            house.models.promote(ANN, "churn", 2, "r", override=True)


@pytest.mark.parametrize("step", ["_verify", "_follow", "alias", "set_alias", "remove_alias"])
def test_a_crash_at_any_step_leaves_a_state_that_reconciliation_makes_whole(
    house: House, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.register()
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    _crash(house, step, monkeypatch)
    house.models.reconcile()
    serving = house.models.champion("churn").version
    assert serving == (1 if step == "_verify" else 2)
    assert house.aliases() == {Alias.CHAMPION: serving, Alias.CHALLENGER: 2 if serving == 1 else None}
    assert len(house.events()) == serving
    assert house.models.reconcile() == []


def test_a_run_closed_for_its_job_says_why(house: House) -> None:
    failed = house.tracking.start_run(bundles.spec(), "r", {"pilothouse.job_id": _job(house, JobState.FAILED)})
    cancelled = house.tracking.start_run(bundles.spec(), "r", {"pilothouse.job_id": _job(house, JobState.CANCELLED)})
    house.models.reconcile()
    assert house.tracking.open_runs("churn") == []
    said = [house.tracking.run("churn", run).tags["pilothouse.error"] for run in (failed, cancelled)]
    assert "ended without closing it" in said[0]
    assert said[1].endswith("was cancelled.")
