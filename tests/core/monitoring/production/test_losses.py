"""Errors of numbers estimated without labels, against errors that were made."""

import numpy as np
import pandas as pd
import pytest

from core.monitoring.production import losses


def rows(rng, size, share=0.5):
    """Rows of two kinds: the model errs by 1 in the one and by 4 in the other, of which there are ``share``."""
    kind = np.where(rng.random(size) < share, "hard", "easy")
    x = rng.normal(size=size)
    truth = x + rng.normal(size=size) * np.where(kind == "hard", 4.0, 1.0)
    return pd.DataFrame({"kind": kind, "x": x}), x, truth


@pytest.fixture(scope="module")
def learned():
    found = losses.learn(*rows(np.random.default_rng(0), 3_000))
    assert isinstance(found, losses.Losses)
    return found


def test_more_rows_of_the_hard_kind_are_a_larger_error(learned):
    rng = np.random.default_rng(1)
    for share in (0.1, 0.5, 0.9):
        frame, answers, truth = rows(rng, 2_000, share)
        found = learned.estimate(frame, answers)
        error = truth - answers
        assert found["mae"][0] == pytest.approx(np.abs(error).mean(), rel=0.08)
        assert found["rmse"][0] == pytest.approx(np.sqrt((error**2).mean()), rel=0.08)


def test_measured_errors_lie_in_the_interval_about_as_often_as_it_says(learned):
    rng, inside = np.random.default_rng(2), 0
    for _ in range(40):
        frame, answers, truth = rows(rng, 300, 0.3)
        low, high = learned.estimate(frame, answers)["mae"][1]
        inside += low <= np.abs(truth - answers).mean() <= high
    assert inside >= 34


def test_where_inputs_say_nothing_of_the_error_the_mean_is_taken():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=600)})
    found = losses.learn(frame, np.zeros(600), rng.normal(size=600))
    assert found.absolute.model is None
    assert found.words == "the mean error of 600 held-out rows"
    assert found.estimate(frame[:50], np.zeros(50))["mae"][0] == pytest.approx(0.8, abs=0.06)


def test_few_rows_teach_nothing_and_new_or_missing_values_break_nothing(learned):
    told = losses.learn(pd.DataFrame({"x": range(50)}), np.zeros(50), np.zeros(50))
    assert told == "50 held-out rows are too few to learn the error from; 200 are needed."
    strange = pd.DataFrame({"kind": ["new", None, "hard"], "x": [None, "?", 1]})
    assert np.isfinite(learned.estimate(strange, np.zeros(3))["mae"][0])
    assert np.isfinite(learned.estimate(strange[["x"]], np.zeros(3))["mae"][0])
