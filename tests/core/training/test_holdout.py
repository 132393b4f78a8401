"""Rows known by their content, and figures computed again from stored answers."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from core.records.dataset import Column, ColumnKind
from core.training import holdout, trainer
from core.training.holdout import Holdout, RowSplit
from core.training.measures import measure
from tests.core.training.tables import BINARY, COLUMNS, MULTICLASS, REGRESSION, customers, spec

TABLE = customers()
ALL = (*COLUMNS, Column(name="day", kind=ColumnKind.DATETIME, nullable=False))


def trained(**task):
    return trainer.train(TABLE, COLUMNS, spec(**task, estimator="random_forest", params={"n_estimators": 5}))


def test_a_row_keeps_its_hash_whatever_its_place_storage_type_or_neighbours():
    hashes = holdout.row_hashes(TABLE, ALL)
    other = TABLE.iloc[::-1].assign(tenure=lambda t: t["tenure"].astype(float))
    assert holdout.row_hashes(other, ALL[::-1]).tolist() == hashes[::-1].tolist()
    assert len(set(hashes.tolist())) > 230


def test_any_change_and_any_swap_of_columns_changes_the_hash():
    columns = (
        Column(name="a", kind=ColumnKind.NUMBER, nullable=True),
        Column(name="b", kind=ColumnKind.NUMBER, nullable=True),
    )
    rows = pd.DataFrame({"a": [1.0, 2.0, np.nan, 1.0, 0.0, -0.0], "b": [2.0, 1.0, 1.0, np.nan, 0.0, 0.0]})
    hashes = holdout.row_hashes(rows, columns).tolist()
    assert len(set(hashes)) == 5
    assert hashes[4] == hashes[5]


def test_split_and_answers_come_back_as_they_were_stored():
    split = RowSplit(("a", "b"), np.array([1, 2**63], dtype=np.uint64), np.array([7], dtype=np.uint64))
    back = holdout.read_split(holdout.pack_split(split))
    assert (back.columns, back.train.tolist(), back.test.tolist()) == (("a", "b"), [1, 2**63], [7])
    outcome = trained(**BINARY).outcome
    found = holdout.read_holdout(holdout.pack_holdout(Holdout(np.arange(48, dtype=np.uint64), outcome)))
    assert found.outcome.scores.tobytes() == outcome.scores.tobytes()
    assert found.outcome.positive == outcome.positive


def binary_figures(o):
    yes = o.actual == o.positive
    said, score = o.answered == o.positive, o.scores[:, o.positive]
    return {
        "roc_auc": sk.roc_auc_score(yes, score),
        "average_precision": sk.average_precision_score(yes, score),
        "accuracy": sk.accuracy_score(yes, said),
        "balanced_accuracy": sk.balanced_accuracy_score(yes, said),
        "precision": sk.precision_score(yes, said),
        "recall": sk.recall_score(yes, said),
        "f1": sk.f1_score(yes, said),
        "mcc": sk.matthews_corrcoef(yes, said),
        "log_loss": sk.log_loss(yes, score),
        "brier": sk.brier_score_loss(yes, score),
    }


def multiclass_figures(o):
    return {
        "accuracy": sk.accuracy_score(o.actual, o.answered),
        "balanced_accuracy": sk.balanced_accuracy_score(o.actual, o.answered),
        "precision_macro": sk.precision_score(o.actual, o.answered, average="macro"),
        "recall_macro": sk.recall_score(o.actual, o.answered, average="macro"),
        "f1_macro": sk.f1_score(o.actual, o.answered, average="macro"),
        "roc_auc_macro": sk.roc_auc_score(o.actual, o.scores, multi_class="ovr"),
        "mcc": sk.matthews_corrcoef(o.actual, o.answered),
        "log_loss": sk.log_loss(o.actual, o.scores),
    }


def regression_figures(o):
    return {
        "rmse": sk.root_mean_squared_error(o.actual, o.answered),
        "mae": sk.mean_absolute_error(o.actual, o.answered),
        "median_ae": sk.median_absolute_error(o.actual, o.answered),
        "mape": sk.mean_absolute_percentage_error(o.actual, o.answered),
        "pinball_10": sk.mean_pinball_loss(o.actual, o.answered, alpha=0.1),
        "pinball_90": sk.mean_pinball_loss(o.actual, o.answered, alpha=0.9),
        "r2": sk.r2_score(o.actual, o.answered),
    }


@pytest.mark.parametrize(
    ("task", "figures"),
    [(BINARY, binary_figures), (MULTICLASS, multiclass_figures), (REGRESSION, regression_figures)],
    ids=lambda value: value["task"] if isinstance(value, dict) else "",
)
def test_every_figure_is_scikit_learns_on_the_stored_answers(task, figures):
    found = trained(**task)
    hashes = holdout.row_hashes(TABLE, ALL)[found.test_rows]
    stored = holdout.read_holdout(holdout.pack_holdout(Holdout(hashes, found.outcome)))
    assert measure(stored.outcome) == found.evaluation.metrics
    assert found.evaluation.metrics == pytest.approx(figures(stored.outcome), abs=1e-12, rel=0)


def split_of(rows, columns=("a",)):
    return RowSplit(columns, np.array([], dtype=np.uint64), np.array(rows, dtype=np.uint64))


def test_overlap_counts_shared_rows_and_copies_once_each():
    found = holdout.overlap(split_of([1, 2, 2, 3]), split_of([2, 2, 2, 3, 4]))
    assert (found.first, found.second, found.shared, found.comparable) == (4, 5, 3, True)
    other = holdout.overlap(split_of([1]), split_of([1], ("b",)))
    assert (other.shared, other.comparable) == (0, False)


def test_the_same_rows_are_found_in_another_version():
    found = trained(**BINARY)
    hashes = holdout.row_hashes(TABLE, ALL)
    split = RowSplit(tuple(c.name for c in ALL), hashes[found.train_rows], hashes[found.test_rows])
    later = pd.concat([TABLE.iloc[[5]].assign(tenure=-1), TABLE.iloc[::-1]]).assign(extra=1.0)
    columns = (*ALL, Column(name="extra", kind=ColumnKind.NUMBER, nullable=False))
    places = holdout.find(split, later, columns)
    assert sorted(later.index[places]) == sorted(TABLE.index[found.test_rows])
    assert holdout.find(split, later, columns[1:]).tolist() == []
