"""What a careful colleague points out of bad input."""

import numpy as np
import pandas as pd
import pytest

from core.records.dataset import Column, ColumnKind
from core.records.training import Split
from core.training import suspicions, trainer
from tests.core.training.tables import COLUMNS, REGRESSION, customers, spec

TABLE = customers()


def warnings(table=TABLE, extra=(), **changes):
    columns = [*COLUMNS, *(Column(name=name, kind=kind, nullable=True) for name, kind in extra)]
    features = tuple(column.name for column in columns)
    return trainer.train(table, columns, spec(features=features, **changes)).evaluation.warnings


def told(found, start):
    return any(line.startswith(start) for line in found)


def test_dates_as_text_are_pointed_out():
    table = TABLE.assign(since=[f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}" for row in range(240)])
    assert told(warnings(table, [("since", ColumnKind.TEXT)]), "The feature 'since' holds dates as text")


def test_ten_thousand_categories_are_no_obstacle_and_are_told():
    big = pd.concat([TABLE] * 100, ignore_index=True)
    big["code"] = [f"c{row % 10_000}" for row in range(len(big))]
    found = warnings(big, [("code", ColumnKind.TEXT)], split=Split(test_size=0.5))
    assert told(found, "The feature 'code' has")
    assert any("at most 100 columns are made of it" in line for line in found)


def test_more_columns_than_rows_are_told():
    wide = pd.concat(
        [TABLE, pd.DataFrame(np.random.default_rng(0).normal(size=(240, 250)), columns=[f"x{n}" for n in range(250)])],
        axis=1,
    )
    found = warnings(wide, [(f"x{n}", ColumnKind.NUMBER) for n in range(250)])
    assert any("columns (as the model sees them) but only 192 training rows" in line for line in found)


def test_a_model_that_learned_by_heart_is_called_overfit():
    rng = np.random.default_rng(5)
    noise = TABLE.assign(**{f"n{n}": rng.normal(size=240) for n in range(20)})
    noise["churn"] = np.where(rng.random(240) < 0.5, "Yes", "No")
    found = warnings(noise, [(f"n{n}", ColumnKind.NUMBER) for n in range(20)], estimator="decision_tree",
                     params={"max_depth": None})  # fmt: skip
    assert told(found, "Overfit: ROC AUC is 1 on the rows it learned from but") or told(found, "No better than")
    assert not told(warnings(), "Overfit")


def test_copies_of_training_rows_among_the_held_out_ones_are_told():
    assert told(warnings(pd.concat([TABLE, TABLE], ignore_index=True)), "82 of 96 held-out rows are exact copies")
    assert not any("exact copies" in line for line in warnings())


def test_infinite_missing_and_empty_columns_are_no_obstacle():
    table = TABLE.assign(charges=np.where(np.arange(240) % 3, np.inf, -np.inf), senior=None)
    found = warnings(table)
    assert told(found, "The feature 'charges' is empty in all training rows")
    assert told(found, "The feature 'senior' is empty in all training rows")


@pytest.mark.parametrize("estimator", ["lasso", "mlp"])
def test_an_estimator_that_never_converges_says_so(estimator):
    params = {"max_iter": 2, "alpha": 1e-3} if estimator == "lasso" else {"max_iter": 2}
    found = trainer.train(TABLE, COLUMNS, spec(**REGRESSION, estimator=estimator, params=params)).evaluation.warnings
    assert told(found, "The solver stopped before it converged")


def test_a_share_of_rows_decides_what_is_an_identifier():
    assert suspicions.is_identifier(ColumnKind.TEXT, 96, 100)
    assert not suspicions.is_identifier(ColumnKind.TEXT, 90, 100)
