from typing import Any

import pytest

from core.models.comparison import compare
from core.records.dataset import DatasetRef
from core.records.training import Run, RunStatus, Split, SplitKind, TrainingSpec
from tests.builders import START, training_spec


def run(spec: TrainingSpec | None = None, **metrics: float) -> Run:
    return Run(
        run_id="r",
        project="churn",
        name="r",
        status=RunStatus.FINISHED,
        started_at=START,
        finished_at=START,
        estimator="logistic_regression",
        dataset="customers@1",
        params={},
        metrics={**metrics, "train_roc_auc": 1.0, "seconds": 3.0},
        tags={},
        spec=spec or training_spec(),
        job_id=None,
        bundle_sha256=None,
        version=None,
    )


def test_shared_metrics_get_a_signed_difference_and_a_direction_the_projects_own_first() -> None:
    made = compare(2, run(log_loss=0.25, roc_auc=0.5), 1, run(log_loss=0.5, roc_auc=0.75, f1=0.5), "roc_auc")
    assert made.rows == (
        ("roc_auc", 0.75, 0.5, -0.25, True),
        ("f1", 0.5, None, None, True),
        ("log_loss", 0.5, 0.25, -0.25, False),
    )


def test_the_same_data_split_and_seed_hold_out_the_same_rows() -> None:
    made = compare(2, run(training_spec(estimator="random_forest", features=("tenure",))), 1, run(), "roc_auc")
    assert made.same_holdout
    assert made.note == "Both were measured on the same hold-out rows (20% of customers@1, seed 0)."


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": DatasetRef(name="customers", number=2)},
        {"seed": 1},
        {"split": Split(test_size=0.3)},
        {"split": Split(kind=SplitKind.TIME, time_column="day")},
        {"target": "left"},
    ],
)
def test_other_hold_out_rows_are_said_to_be_others(change: dict[str, Any]) -> None:
    made = compare(2, run(training_spec(**change)), 1, run(), "roc_auc")
    assert not made.same_holdout
    assert "may come from the rows, not from the model" in made.note


def test_the_seed_does_not_matter_when_the_latest_rows_are_held_out() -> None:
    split = Split(kind=SplitKind.TIME, time_column="day")
    made = compare(2, run(training_spec(split=split, seed=1)), 1, run(training_spec(split=split)), "roc_auc")
    assert made.same_holdout
    assert made.note == "Both were measured on the same hold-out rows (the latest 20% of customers@1 by day)."


def test_without_a_champion_there_is_nothing_beside() -> None:
    made = compare(1, run(roc_auc=0.5), None, None, "roc_auc")
    assert made.rows == (("roc_auc", None, 0.5, None, True),)
    assert (made.champion, made.same_holdout) == (None, False)
    assert made.note == "There is no champion yet, so there is nothing to compare with."


def test_a_run_that_mlflow_lost_is_said_to_be_lost() -> None:
    assert compare(2, run(), 1, None, "roc_auc").note == "MLflow no longer has the run of the champion."
    assert compare(2, None, 1, run(), "roc_auc").note == "MLflow no longer has the run of version 2."


def test_the_champion_beside_itself_is_named_so() -> None:
    assert compare(1, run(roc_auc=0.5), 1, run(roc_auc=0.5), "roc_auc").note == "Version 1 is the champion."
