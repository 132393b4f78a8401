"""Newer rows matter more: a window of time, or weights that halve."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind, DatasetRef
from core.records.project import Task
from core.records.training import Recency, TrainingSpec
from core.training import recency
from core.training.trainer import part, train

COLUMNS = (Column(name="x", kind=ColumnKind.NUMBER, nullable=False),)


def table(rows=100):
    """Rows of 100 days whose answer changes its sign half way."""
    x = np.tile([1.0, -1.0], rows // 2)
    sign = np.where(np.arange(rows) < rows // 2, 1.0, -1.0)
    return pd.DataFrame({"day": pd.date_range("2026-01-01", periods=rows), "x": x, "y": x * sign})


def spec(estimator="linear_regression", **how):
    return TrainingSpec(
        project="p",
        task=Task.REGRESSION,
        dataset=DatasetRef(name="d", number=1),
        target="y",
        features=("x",),
        estimator=estimator,
        metric="rmse",
        recency=Recency(column="day", **how) if how else None,
    )


def slope(trained):
    return float(trained.fitted.pipeline.predict(pd.DataFrame({"x": [1.0]}))[0])


def test_a_window_leaves_older_rows_out_and_positions_stay_those_of_the_table():
    target, kept = recency.answered(table(), spec(window="10d"))
    assert (len(kept), target.rows.tolist()) == (10, list(range(90, 100)))
    trained = train(table(), COLUMNS, spec(window="10d"))
    assert {*trained.train_rows.tolist(), *trained.test_rows.tolist()} == set(range(90, 100))
    assert slope(trained) == pytest.approx(-1)


def test_a_half_life_halves_the_weight_of_a_row():
    found = recency.weights(table(), spec(half_life="10d"))
    assert found[-1] == 1
    assert found[-11] == pytest.approx(0.5)
    assert found[-21] == pytest.approx(0.25)
    assert recency.weights(table(), spec()) is None
    assert part(table(), COLUMNS, spec()).weights is None


def test_weights_reach_the_estimator():
    assert abs(slope(train(table(), COLUMNS, spec()))) < 0.3
    assert slope(train(table(), COLUMNS, spec(half_life="3d"))) < -0.99


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (spec(window="soon"), "must be a length"),
        (spec(window="0d"), "above zero"),
        (spec("k_nearest_neighbors", half_life="3d"), "cannot give rows weights"),
    ],
)
def test_what_cannot_be_done_is_refused(made, problem):
    with pytest.raises(InvalidSpec, match=problem):
        train(table(), COLUMNS, made)


def test_rows_without_a_place_in_time_are_refused():
    holes = table()
    holes.loc[3, "day"] = pd.NaT
    with pytest.raises(InvalidSpec, match="no place in time"):
        recency.answered(holes, spec(window="3d"))
    with pytest.raises(InvalidSpec, match="is text"):
        recency.answered(table().astype({"day": str}).astype({"day": object}), spec(window="3d"))
