"""What is drawn."""

import numpy as np

from core.records.project import Task
from core.training import curves
from core.training.measures import Outcome


def binary(actual, score):
    scores = np.column_stack([1 - np.asarray(score), score])
    return Outcome(Task.BINARY, np.asarray(actual), (np.asarray(score) >= 0.5).astype(int), scores, 1)


def test_confusion_counts_true_classes_in_rows_and_answers_in_columns():
    assert curves.confusion(binary([0, 0, 0, 1], [0.1, 0.2, 0.9, 0.8])) == ((2, 1), (0, 1))


def test_roc_runs_from_corner_to_corner():
    assert curves.roc(binary([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])) == (
        (0.0, 0.0),
        (0.0, 0.5),
        (0.5, 0.5),
        (0.5, 1.0),
        (1.0, 1.0),
    )


def test_precision_recall_rises_in_recall():
    points = curves.precision_recall(binary([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    assert points[0] == (0.0, 1.0)
    assert [x for x, _ in points] == sorted(x for x, _ in points)


def test_curves_without_both_classes_are_empty():
    assert curves.roc(binary([0, 0], [0.1, 0.2])) == ()
    assert curves.precision_recall(binary([0, 0], [0.1, 0.2])) == ()


def test_curves_and_pairs_are_thinned_with_both_ends_kept():
    rng = np.random.default_rng(0)
    many = binary(rng.integers(0, 2, 5000), rng.random(5000))
    points = curves.roc(many)
    assert len(points) == curves.MAX_POINTS
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    line = Outcome(Task.REGRESSION, np.arange(9000.0), np.arange(9000.0) + 1, np.empty((9000, 0)), None)
    pairs = curves.pairs(line)
    assert len(pairs) == curves.MAX_PAIRS
    assert (pairs[0], pairs[-1]) == ((1.0, 0.0), (9000.0, 8999.0))
