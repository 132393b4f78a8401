"""The whole way: a champion trained by the real services, answers in the log, labels, and what a check finds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Denied, InvalidProject, NothingToMeasure
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobKind
from core.records.monitor import MonitorReport
from core.records.prediction import LoggedPrediction
from core.records.project import CostMatrix, Task
from tests.builders import START, FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, promote, upload

ROWS = 120
DAYS = 3


def served(home: Path, task: Task, estimator: str) -> Platform:
    """Return a platform whose champion answered 120 customers on each of three days."""
    platform = house(home, FakeClock())
    create(platform, task)
    upload(platform, customers(1_100))
    promote(platform, estimator)
    clock = platform.clock
    assert isinstance(clock, FakeClock)
    for day in range(DAYS):
        table = customers(ROWS, seed=day + 10)
        records = table[["age", "plan"]].to_dict("records")
        ids = [f"{day}-{place}" for place in range(ROWS)]
        platform.serving.predict(LOCAL, PROJECT, records, prediction_ids=ids)
        clock.advance(86_400)
    return platform


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return served(tmp_path_factory.mktemp("binary"), Task.BINARY, "logistic_regression")


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return served(tmp_path_factory.mktemp("numbers"), Task.REGRESSION, "ridge")


def truth(platform: Platform, day: int, share: float = 1.0, *, wrong: bool = False) -> None:
    target = "left" if platform.projects.get(PROJECT).task is Task.BINARY else "spent"
    known = customers(ROWS, seed=day + 10)[target].tolist()[: round(share * ROWS)]
    if wrong:
        known = ["no" if one == "yes" else "yes" for one in known]
    rows = [{"prediction_id": f"{day}-{place}", "label": label} for place, label in enumerate(known)]
    platform.labels.add(LOCAL, PROJECT, rows)


def measured(platform: Platform, **payload: Any) -> list[MonitorReport]:
    context = job_context(platform, JobKind.MONITOR)
    return platform.performance.execute(PROJECT, {"check": "performance", "every": "day", **payload}, context)


def test_days_are_measured_by_labels_and_estimated_without(binary: Platform) -> None:
    truth(binary, 0)
    truth(binary, 1, 0.5)
    first, second, third = measured(binary)
    assert [one.production.coverage for one in (first, second, third)] == [1.0, 0.5, 0.0]
    assert [one.production.provisional for one in (first, second, third)] == [False, True, True]
    assert third.production.reason == "0 of 120 answers have a label; 30 are needed."
    for one in (first, second):
        figure = one.production.metric("roc_auc")
        assert figure.band[0] < figure.value < figure.band[1]
        assert figure.estimated_band[0] < figure.estimated < figure.estimated_band[1]
        assert abs(figure.estimated - figure.value) < 0.1
        assert figure.expected > 0.8
    assert third.production.metric("roc_auc").value is None
    assert 0.8 < third.figures["estimated.roc_auc"] < 1
    assert (third.performance.value, third.performance.dropped, third.tested_columns) == (None, None, 0)
    assert "calibrat" in third.production.calibration
    assert first.figures["coverage"] == 1.0
    assert first.summary.startswith(f"ROC AUC {first.figures['roc_auc']:.3f} (")
    assert [one.id for one in binary.performance.windows(PROJECT)] == [first.id, second.id, third.id]
    assert binary.monitoring.report(first.id) == first
    truth(binary, 1)
    again = measured(binary)
    assert [one.id for one in binary.performance.windows(PROJECT)] == [one.id for one in again]
    assert again[1].production.coverage == 1.0


def test_answers_are_worth_what_the_cost_matrix_says(binary: Platform) -> None:
    binary.projects.edit(LOCAL, PROJECT, cost_matrix=CostMatrix(true_positive=10, false_negative=-4))
    truth(binary, 0)
    told = measured(binary)[0]
    known = customers(ROWS, seed=10)["left"].to_numpy() == "yes"
    said = np.array([one.prediction == "yes" for one in binary.log.read(PROJECT)[:ROWS]])
    worth = 10.0 * (known & said).sum() - 4.0 * (known & ~said).sum()
    assert (told.performance.worth, told.figures["worth"]) == (worth, worth)
    assert told.performance.worth_expected == pytest.approx(worth, rel=0.4)


def test_labels_that_say_the_opposite_are_a_drop(binary: Platform) -> None:
    truth(binary, 2, wrong=True)
    third = measured(binary)[2]
    assert (third.performance.dropped, third.drifted, third.outcome) == (True, True, "drifted")
    truth(binary, 2)
    assert measured(binary)[2].drifted is False


def test_the_error_of_a_number_is_measured_and_estimated(numbers: Platform) -> None:
    truth(numbers, 0)
    first = measured(numbers)[0]
    assert first.production.metric("rmse").value == pytest.approx(1, abs=0.25)
    third = measured(numbers)[2].production.metric("rmse")
    assert third.value is None
    assert third.estimated == pytest.approx(1, abs=0.25)
    assert third.estimated_band[0] < third.estimated < third.estimated_band[1]
    assert first.figures["estimated.rmse"] == pytest.approx(third.estimated, abs=0.2)
    assert first.production.calibration.startswith("version 1: ")
    assert first.production.calibration.endswith(" 220 held-out rows")
    assert first.slices == tuple(sorted(first.slices, key=lambda one: (one.p_value, one.others - one.error)))


def test_unknown_ids_second_labels_and_clocks_that_differ_are_stated(numbers: Platform) -> None:
    receipt = numbers.labels.add(LOCAL, PROJECT, [{"prediction_id": "nobody", "label": 1.0}])
    assert receipt.unknown == ("nobody",)
    early = (START - timedelta(hours=5)).isoformat()
    numbers.labels.add(LOCAL, PROJECT, [{"prediction_id": "1-0", "label": 5.0, "observed_at": early}])
    numbers.labels.add(LOCAL, PROJECT, [{"prediction_id": "1-0", "label": 6.0, "observed_at": early}])
    second = measured(numbers)[1]
    assert (second.production.labelled, second.production.early) == (1, 1)
    inbox = numbers.performance.inbox(PROJECT)
    assert (inbox.early, inbox.predictions) == (1, ROWS * DAYS)
    assert [one.labelled for one in inbox.days] == [ROWS, 1, 0]
    assert sum(count for _, count in inbox.delays) == ROWS
    assert inbox.missing[0][0] == "1-1"


def test_an_answer_of_the_shadow_is_not_the_champions(numbers: Platform) -> None:
    shadow = LoggedPrediction(
        prediction_id="s", at=START, version=9, features={}, prediction=1.0, score=None, latency_ms=1.0, cohort="shadow"
    )
    numbers.log.append(PROJECT, [shadow])
    assert measured(numbers)[0].production.predictions == ROWS


def test_windows_of_so_many_answers_and_empty_times(numbers: Platform) -> None:
    assert [one.production.predictions for one in measured(numbers, every="200")] == [200, 160]
    with pytest.raises(NothingToMeasure, match="no prediction was logged"):
        measured(numbers, since="2020-01-01T00:00:00+00:00", until="2020-01-02T00:00:00+00:00")
    with pytest.raises(NothingToMeasure, match="a window is one of"):
        numbers.performance.submit(LOCAL, PROJECT, every="fortnight")
    with pytest.raises(Denied):
        numbers.performance.submit(Actor(name="eve", role=Role.VIEWER), PROJECT)
    assert numbers.performance.submit(LOCAL, PROJECT, every="week").payload["check"] == "performance"


def test_from_which_share_of_labels_on_figures_are_final_is_a_setting_of_the_project(numbers: Platform) -> None:
    numbers.projects.edit(LOCAL, PROJECT, enough_labels=1.0)
    assert measured(numbers)[0].production.provisional is False
    with pytest.raises(InvalidProject, match="is not above 0 and at most 1"):
        numbers.projects.edit(LOCAL, PROJECT, enough_labels=0.0)


def test_two_jobs_with_the_same_windows_do_not_repeat_an_alert(binary: Platform) -> None:
    from core.records.alert import AlertRuleDraft, Condition, Watched

    draft = AlertRuleDraft(
        name="AUC fell",
        watched=Watched.PERFORMANCE,
        subject="roc_auc",
        condition=Condition(limit=0.5, direction="below", least=50),
    )
    binary.alerts.add_rule(LOCAL, PROJECT, draft)
    truth(binary, 2, wrong=True)
    for _ in range(2):
        measured(binary)
        binary.alerts.evaluate(PROJECT)
    (alert,) = binary.alerts.alerts(PROJECT)
    assert (alert.state, alert.openings, alert.times) == ("open", 1, 1)
    truth(binary, 2)
    measured(binary)
    binary.alerts.evaluate(PROJECT)
    (same,) = binary.alerts.alerts(PROJECT)
    assert same.state == "open"
    assert np.isfinite(same.value)
