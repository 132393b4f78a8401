"""Metrics against scikit-learn's functions of that name."""

import numpy as np
import pytest
from sklearn import metrics as sk

from core.records.metric import METRICS, default_metric, metrics_of
from core.records.project import Task
from core.training.answers import decide
from core.training.measures import Outcome, measure


def outcome(task, actual, scores, positive=None):
    scores = np.asarray(scores, dtype=float)
    return Outcome(task, np.asarray(actual), decide(scores, positive, 0.5), scores, positive)


def regression(actual, answered):
    return Outcome(
        Task.REGRESSION, np.array(actual, float), np.array(answered, float), np.empty((len(actual), 0)), None
    )


def binary(rows=500, positive=1):
    rng = np.random.default_rng(1)
    actual = rng.integers(0, 2, rows)
    score = np.clip(0.3 * actual + rng.uniform(0, 0.7, rows), 0, 1).round(2)
    return outcome(Task.BINARY, actual, np.column_stack([1 - score, score]), positive)


def test_every_metric_of_a_task_is_measured_in_the_order_of_the_table():
    assert list(measure(binary())) == [metric.name for metric in metrics_of(Task.BINARY)]
    assert list(measure(regression([1, 2, 4], [1, 3, 3]))) == [metric.name for metric in metrics_of(Task.REGRESSION)]


def test_binary_metrics_equal_those_of_scikit_learn():
    found, o = measure(binary()), binary()
    score = o.scores[:, 1]
    expected = {
        "roc_auc": sk.roc_auc_score(o.actual, score),
        "average_precision": sk.average_precision_score(o.actual, score),
        "accuracy": sk.accuracy_score(o.actual, o.answered),
        "balanced_accuracy": sk.balanced_accuracy_score(o.actual, o.answered),
        "precision": sk.precision_score(o.actual, o.answered),
        "recall": sk.recall_score(o.actual, o.answered),
        "f1": sk.f1_score(o.actual, o.answered),
        "mcc": sk.matthews_corrcoef(o.actual, o.answered),
        "log_loss": sk.log_loss(o.actual, o.scores),
        "brier": sk.brier_score_loss(o.actual, score),
    }
    assert found == pytest.approx(expected, abs=1e-12)


def test_positive_class_may_be_the_first():
    o = binary(positive=0)
    assert measure(o)["recall"] == sk.recall_score(o.actual, o.answered, pos_label=0)
    assert measure(o)["roc_auc"] == pytest.approx(sk.roc_auc_score(o.actual == 0, o.scores[:, 0]), abs=1e-12)


def test_multiclass_metrics_equal_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    actual = rng.integers(0, 3, 300)
    scores = rng.dirichlet([1, 1, 1], 300) * 0.6
    scores[np.arange(300), actual] += 0.4
    o = outcome(Task.MULTICLASS, actual, scores)
    expected = {
        "accuracy": sk.accuracy_score(actual, o.answered),
        "balanced_accuracy": sk.balanced_accuracy_score(actual, o.answered),
        "precision_macro": sk.precision_score(actual, o.answered, average="macro"),
        "recall_macro": sk.recall_score(actual, o.answered, average="macro"),
        "f1_macro": sk.f1_score(actual, o.answered, average="macro"),
        "roc_auc_macro": sk.roc_auc_score(actual, scores, multi_class="ovr"),
        "mcc": sk.matthews_corrcoef(actual, o.answered),
        "log_loss": sk.log_loss(actual, scores),
    }
    assert measure(o) == pytest.approx(expected, abs=1e-12)


def test_regression_metrics_by_hand():
    found = measure(regression([1, 2, 4, 5], [1, 3, 2, 5]))
    assert found["mae"] == 0.75
    assert found["median_ae"] == 0.5
    assert found["rmse"] == pytest.approx(1.25**0.5)
    assert found["mape"] == pytest.approx((0.5 + 0.5) / 4)
    assert found["r2"] == 0.5


def test_figures_that_are_not_defined_are_left_out():
    only_negative = outcome(Task.BINARY, [0, 0, 0], [[0.9, 0.1], [0.6, 0.4], [0.4, 0.6]], 1)
    assert {"roc_auc", "average_precision"}.isdisjoint(measure(only_negative))
    assert measure(only_negative)["recall"] == 0.0
    assert "mape" not in measure(regression([0, 2], [1, 2]))
    assert "r2" not in measure(regression([2], [1]))
    absent = outcome(Task.MULTICLASS, [0, 1, 0], [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]])
    assert "roc_auc_macro" not in measure(absent)


def test_threshold_decides_binary_answers_and_the_likeliest_class_others():
    scores = np.array([[0.7, 0.3], [0.5, 0.5], [0.2, 0.8]])
    assert decide(scores, 1, 0.5).tolist() == [0, 1, 1]
    assert decide(scores, 1, 0.9).tolist() == [0, 0, 0]
    assert decide(scores, 0, 0.6).tolist() == [0, 1, 1]
    assert decide(np.array([[0.2, 0.5, 0.3]]), None, 0.5).tolist() == [1]


@pytest.mark.parametrize("task", Task)
def test_default_metric_is_one_of_the_task(task):
    assert task in METRICS[default_metric(task)].tasks
