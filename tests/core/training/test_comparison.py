"""Two runs side by side."""

from core.records.training import Run, RunStatus
from core.training.comparison import compare
from tests.builders import START


def run(run_id, params, metrics):
    return Run(
        run_id=run_id,
        project="churn",
        name=run_id,
        status=RunStatus.FINISHED,
        started_at=START,
        finished_at=START,
        estimator=None,
        dataset=None,
        params=params,
        metrics=metrics,
        tags={},
        spec=None,
        job_id=None,
        bundle_sha256=None,
        version=None,
    )


def test_only_differing_parameters_show():
    found = compare(run("a", {"x": "1", "y": "2"}, {}), run("b", {"x": "1", "y": "3", "z": "4"}, {}))
    assert [(p.name, p.first, p.second) for p in found.params] == [("y", "2", "3"), ("z", None, "4")]


def test_differences_are_signed_and_know_which_way_is_better():
    first = run("a", {}, {"roc_auc": 0.75, "log_loss": 0.5, "train_log_loss": 0.5, "own": 1.0, "f1": 0.5})
    second = run(
        "b", {}, {"roc_auc": 0.875, "log_loss": 0.75, "train_log_loss": 0.25, "own": 2.0, "f1": 0.5, "mcc": 1.0}
    )
    found = {m.name: (m.difference, m.better) for m in compare(first, second).metrics}
    assert found == {
        "roc_auc": (0.125, True),
        "log_loss": (0.25, False),
        "train_log_loss": (-0.25, None),
        "own": (1.0, None),
        "f1": (0.0, None),
    }
