"""Answers of forests: those of scikit-learn, bit for bit."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression

from core.training.forests import predictor

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(400, 6)) * 10.0 ** RNG.integers(-3, 9, size=(400, 6))
CLASSES = np.digitize(ROWS[:, 0], [0.0, 1e3])
NUMBERS = ROWS[:, 1] / 3 - ROWS[:, 2]


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
def test_classes_are_answered_to_the_last_bit(kind):
    model = kind(25, random_state=1).fit(ROWS, CLASSES)
    assert np.array_equal(predictor(model, classifies=True)(ROWS[::-1]), model.predict_proba(ROWS[::-1]))


@pytest.mark.parametrize("kind", [RandomForestRegressor, ExtraTreesRegressor])
def test_numbers_are_answered_to_the_last_bit(kind):
    model = kind(25, random_state=1).fit(ROWS, NUMBERS)
    assert np.array_equal(predictor(model, classifies=False)(ROWS[::-1]), model.predict(ROWS[::-1]))


def test_gaps_are_left_to_scikit_learn():
    gaps = np.where(RNG.random(ROWS.shape) < 0.2, np.nan, ROWS)
    model = RandomForestClassifier(10, random_state=1).fit(gaps, CLASSES)
    assert np.array_equal(predictor(model, classifies=True)(gaps), model.predict_proba(gaps))


def test_infinite_numbers_are_refused_as_scikit_learn_does():
    model = RandomForestClassifier(3, random_state=1).fit(ROWS, CLASSES)
    with pytest.raises(ValueError, match="contains infinity"):
        predictor(model, classifies=True)(np.full((1, 6), np.inf))


def test_what_is_no_forest_answers_itself():
    model = LinearRegression().fit(ROWS, NUMBERS)
    assert np.array_equal(predictor(model, classifies=False)(ROWS), model.predict(ROWS))
