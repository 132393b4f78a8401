import numpy as np
import pytest

from core.monitoring.production.estimating import Calibration, estimate, expected_error, learn
from core.records.project import Task
from core.training.measures import Outcome, measure


def test_the_expected_confusion_matrix_follows_from_the_probabilities() -> None:
    score = np.array([0.9, 0.8, 0.4, 0.1])
    many = np.tile(score, 10)
    found = estimate(Task.BINARY, many >= 0.5, many, many, 0)
    hits, misses = 0.9 + 0.8, 0.4 + 0.1
    assert found["accuracy"][0] == pytest.approx((1.7 + 1.5) / 4)
    assert found["precision"][0] == pytest.approx(1.7 / 2)
    assert found["recall"][0] == pytest.approx(hits / (hits + misses))
    assert found["f1"][0] == pytest.approx(2 * 1.7 / (2 * 1.7 + 0.3 + 0.5))
    assert found["brier"][0] == pytest.approx(np.mean(score * (1 - score)))
    entropy = -(score * np.log(score) + (1 - score) * np.log(1 - score))
    assert found["log_loss"][0] == pytest.approx(entropy.mean())
    positive, negative = score, 1 - score
    pairs = [(i, j) for i in range(4) for j in range(4)]
    right = sum(
        positive[i] * negative[j] * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
        for i, j in pairs
    )
    assert found["roc_auc"][0] == pytest.approx(right / (positive.sum() * negative.sum()))


def test_of_several_classes_the_accuracy_is_the_mean_probability_of_the_answers() -> None:
    score = np.array([0.9, 0.6, 0.3])
    found = estimate(Task.MULTICLASS, np.zeros(3, dtype=bool), score, score, 0)
    assert list(found) == ["accuracy"]
    assert found["accuracy"][0] == pytest.approx(0.6)


def test_measured_figures_lie_in_the_interval_of_the_estimate_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    inside = dict.fromkeys(("accuracy", "roc_auc", "brier"), 0)
    for seed in range(20):
        probability = rng.beta(1.5, 2.5, size=300)
        truth = (rng.random(300) < probability).astype(np.int64)
        said = (probability >= 0.5).astype(np.int64)
        outcome = Outcome(Task.BINARY, truth, said, np.column_stack([1 - probability, probability]), 1)
        measured = measure(outcome)
        found = estimate(Task.BINARY, said == 1, probability, probability, seed)
        for name in inside:
            low, high = found[name][1]
            inside[name] += low <= measured[name] <= high
    assert all(16 <= count <= 20 for count in inside.values())


def test_many_rows_narrow_the_interval() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(40_000)
    few = estimate(Task.BINARY, score[:1000] >= 0.5, score[:1000], score[:1000], 0)["accuracy"][1]
    many = estimate(Task.BINARY, score >= 0.5, score, score, 0)["accuracy"][1]
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(np.sqrt(40), rel=0.25)


def test_a_boastful_model_is_calibrated_and_an_honest_one_left_alone() -> None:
    rng = np.random.default_rng(0)
    worth = rng.random(4000)
    truth = rng.random(4000) < worth
    honest = learn(worth, truth)
    assert (len(honest.stated), honest.words) == (
        0,
        "the model's own probabilities, well calibrated on 4,000 held-out rows",
    )
    boastful = np.clip(0.5 + 1.8 * (worth - 0.5), 0, 1)
    mended = learn(boastful, truth)
    assert mended.words == "probabilities calibrated on 4,000 held-out rows (isotonic)"
    assert expected_error(mended.of(boastful), truth) < 0.02 < expected_error(boastful, truth)
    few = learn(worth[:100], truth[:100])
    assert few.words == "the model's own probabilities: 100 held-out rows are too few to calibrate them"
    assert Calibration(np.empty(0), np.empty(0), "").of(np.array([1.2])).tolist() == [1.0]
