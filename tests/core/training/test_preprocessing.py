"""Columns into numbers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.records.training import Preprocessing
from core.training import estimators
from core.training.preprocessing import build, model_frame, prepared_columns


def column(name, kind):
    return Column(name=name, kind=kind, nullable=True)


def fitted(table, columns, *, scale=False, **options):
    return build(columns, Preprocessing(**options), scale=scale).fit_transform(model_frame(table, columns))


def test_frame_has_floats_and_text_with_one_kind_of_missing_value():
    columns = [column("n", ColumnKind.INTEGER), column("b", ColumnKind.BOOLEAN), column("t", ColumnKind.TEXT)]
    table = pd.DataFrame({"t": ["x", None], "b": pd.Series([True, None], dtype=object), "n": [1, np.inf]})
    frame = model_frame(table, columns)
    assert list(frame) == ["n", "b", "t"]
    assert frame["n"].dtype == frame["b"].dtype == np.float64
    assert frame["t"].dtype == object
    assert frame.iloc[0].tolist() == [1.0, 1.0, "x"]
    assert frame.iloc[1].isna().all()


def test_column_the_table_lacks_is_missing_in_every_row():
    frame = model_frame(pd.DataFrame({"n": [1, 2]}), [column("n", ColumnKind.NUMBER), column("t", ColumnKind.TEXT)])
    assert frame["t"].isna().all()


def test_missing_numbers_become_the_median_and_missing_words_the_most_frequent():
    table = pd.DataFrame({"n": [1.0, 3.0, 8.0, np.nan], "t": ["a", "a", "b", None]})
    found = fitted(table, [column("n", ColumnKind.NUMBER), column("t", ColumnKind.TEXT)])
    assert found.tolist() == [[1, 1, 0], [3, 1, 0], [8, 0, 1], [3, 1, 0]]


def test_empty_columns_of_every_kind_pass():
    kinds = (ColumnKind.NUMBER, ColumnKind.BOOLEAN, ColumnKind.TEXT)
    columns = [column(kind.value, kind) for kind in kinds]
    table = pd.DataFrame({kind.value: pd.Series([None, None, None], dtype=object) for kind in kinds})
    assert np.isfinite(fitted(table, columns)).all()


def test_unseen_category_becomes_all_zeros():
    columns = [column("t", ColumnKind.TEXT)]
    prepare = build(columns, Preprocessing(), scale=False).fit(model_frame(pd.DataFrame({"t": ["a", "b"]}), columns))
    assert prepare.transform(model_frame(pd.DataFrame({"t": ["z"]}), columns)).tolist() == [[0, 0]]


def test_rare_categories_beyond_the_most_share_one_column():
    table = pd.DataFrame({"t": ["a"] * 5 + ["b"] * 4 + list("cdefgh")})
    assert fitted(table, [column("t", ColumnKind.TEXT)], max_categories=3).shape == (15, 3)


def test_scaling_follows_the_estimator_unless_the_spec_says_otherwise():
    table, columns = pd.DataFrame({"n": [0.0, 10.0]}), [column("n", ColumnKind.NUMBER)]
    assert fitted(table, columns, scale=True).ravel().tolist() == [-1.0, 1.0]
    options = Preprocessing(scale=False)
    assert build(columns, options, scale=True).fit_transform(model_frame(table, columns)).ravel().tolist() == [
        0.0,
        10.0,
    ]
    assert fitted(table, columns, scale=False).ravel().tolist() == [0.0, 10.0]


def test_dates_are_refused_with_what_to_do():
    with pytest.raises(InvalidSpec, match=r"'day' holds dates, .* add date parts such as year"):
        prepared_columns([column("day", ColumnKind.DATETIME)])
    with pytest.raises(InvalidSpec, match="no feature is left"):
        prepared_columns([])


def _cancer():
    table, answers = load_breast_cancer(as_frame=True, return_X_y=True)
    rng = np.random.default_rng(0)
    table = table.iloc[:, :10].mask(rng.random((len(table), 10)) < 0.05)
    table["size"] = pd.cut(table["mean radius"], [0, 12, 15, 99], labels=["small", "middle", "large"]).astype(object)
    return table, answers


@pytest.mark.parametrize(
    ("key", "params", "model", "scaler"),
    [
        ("logistic_regression", {}, LogisticRegression(max_iter=1000), StandardScaler()),
        (
            "hist_gradient_boosting",
            {"max_iter": 20},
            HistGradientBoostingClassifier(max_iter=20, random_state=0),
            "passthrough",
        ),
    ],
)
def test_scores_are_those_of_the_same_pipeline_written_by_hand(key, params, model, scaler):
    table, answers = _cancer()
    numbers = list(table.columns[:10])
    by_hand = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), scaler), numbers),
            (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)), ["size"]),
        ),
        model,
    )
    columns = [*(column(name, ColumnKind.NUMBER) for name in numbers), column("size", ColumnKind.TEXT)]
    prepare = build(columns, Preprocessing(), scale=estimators.family(key).scaled)
    ours = make_pipeline(prepare, estimators.build(key, Task.BINARY, params, seed=0))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    expected = cross_val_score(by_hand, table.where(table.notna(), np.nan), answers, cv=folds, scoring="roc_auc")
    found = cross_val_score(ours, model_frame(table, columns), answers, cv=folds, scoring="roc_auc")
    assert np.abs(found - expected).max() < 1e-9


def test_ridge_scores_are_those_of_the_same_pipeline_written_by_hand():
    table, answers = load_diabetes(as_frame=True, return_X_y=True)
    columns = [column(name, ColumnKind.NUMBER) for name in table]
    prepare = build(columns, Preprocessing(), scale=estimators.family("ridge").scaled)
    ours = make_pipeline(prepare, estimators.build("ridge", Task.REGRESSION, {}, seed=0))
    folds = KFold(5, shuffle=True, random_state=0)
    expected = cross_val_score(make_pipeline(StandardScaler(), Ridge()), table, answers, cv=folds)
    assert cross_val_score(ours, model_frame(table, columns), answers, cv=folds) == pytest.approx(expected, abs=1e-9)
