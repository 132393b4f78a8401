"""Bootstrap intervals: the vectorised formulas are those of scikit-learn, and the bands cover."""

import numpy as np
import pytest

from core.records.project import Task
from core.training import intervals
from core.training.answers import decide
from core.training.intervals import bootstrap
from core.training.measures import Outcome, measure


def binary(rows=300, seed=1):
    rng = np.random.default_rng(seed)
    actual = rng.integers(0, 2, rows)
    score = np.clip(0.3 * actual + rng.uniform(0, 0.7, rows), 0, 1).round(2)
    scores = np.column_stack([1 - score, score])
    return Outcome(Task.BINARY, actual, decide(scores, 1, 0.5), scores, 1)


def multiclass(rows=300, seed=2):
    rng = np.random.default_rng(seed)
    actual = rng.integers(0, 3, rows)
    scores = rng.dirichlet([1, 1, 1], rows) * 0.6
    scores[np.arange(rows), actual] += 0.4
    return Outcome(Task.MULTICLASS, actual, decide(scores, None, 0.5), scores, None)


def regression(rows=301, seed=3):
    rng = np.random.default_rng(seed)
    actual = rng.uniform(1, 9, rows)
    return Outcome(Task.REGRESSION, actual, actual + rng.normal(0, 1, rows), np.empty((rows, 0)), None)


def taken(outcome, rows):
    return Outcome(outcome.task, outcome.actual[rows], outcome.answered[rows], outcome.scores[rows], outcome.positive)


@pytest.mark.parametrize("outcome", [binary(), multiclass(), regression()], ids=lambda o: o.task)
def test_each_resample_is_measured_as_scikit_learn_would(outcome):
    rows = len(outcome.actual)
    drawn = np.random.default_rng(0).integers(0, rows, (5, rows))
    weights = np.stack([np.bincount(draw, minlength=rows) for draw in drawn]).astype(float)
    with np.errstate(all="ignore"):
        found = intervals._DRAWS[outcome.task](outcome, weights)
    assert set(found) == set(measure(outcome))
    for place, draw in enumerate(drawn):
        expected = measure(taken(outcome, draw))
        for name, value in expected.items():
            assert found[name][place] == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("outcome", [binary(), multiclass(), regression()], ids=lambda o: o.task)
def test_every_figure_lies_in_its_interval_and_the_seed_decides(outcome):
    whole = measure(outcome)
    bands, method = bootstrap(outcome, 0, whole)
    assert set(bands) == set(whole)
    for name, (low, high) in bands.items():
        assert low < whole[name] < high
    assert bootstrap(outcome, 0, whole)[0] == bands
    assert bootstrap(outcome, 1, whole)[0] != bands
    assert method == "95 % percentile bootstrap, 1,000 resamples, seed 0"


def test_the_interval_of_a_share_is_about_the_binomial_one():
    outcome = binary(1000)
    whole = measure(outcome)
    low, high = bootstrap(outcome, 0, whole)[0]["accuracy"]
    half = 1.96 * (whole["accuracy"] * (1 - whole["accuracy"]) / 1000) ** 0.5
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)


def test_many_rows_are_sampled_and_the_band_shrunk(monkeypatch):
    outcome = binary(2000)
    whole = measure(outcome)
    full = bootstrap(outcome, 0, whole)[0]["roc_auc"]
    monkeypatch.setattr(intervals, "MOST_ROWS", 500)
    low, high = (found := bootstrap(outcome, 0, whole))[0]["roc_auc"]
    assert "resamples of 500 rows, deviations shrunk to 2,000" in found[1]
    assert high - low == pytest.approx(full[1] - full[0], rel=0.25)


def test_a_figure_most_resamples_do_not_define_has_no_interval():
    actual = np.array([1] + [0] * 29)
    score = np.linspace(0.9, 0.1, 30)
    scores = np.column_stack([1 - score, score])
    outcome = Outcome(Task.BINARY, actual, decide(scores, 1, 0.5), scores, 1)
    bands, _ = bootstrap(outcome, 0, measure(outcome))
    assert "roc_auc" not in bands
    assert "accuracy" in bands
