"""Each step on tiny tables, with exact values; scikit-learn is the judge where it does the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler, TargetEncoder

from core.records.dataset import Column, ColumnKind
from core.records.preparation import (
    Bins,
    Cast,
    Dates,
    Derive,
    Drop,
    Encode,
    Encoding,
    Fill,
    GroupRare,
    Impute,
    Rename,
    Scale,
    Scaling,
)
from core.records.project import Task
from core.training.preprocessing import model_frame
from core.training.steps.planning import plan

KINDS = {
    "n": ColumnKind.NUMBER,
    "i": ColumnKind.INTEGER,
    "t": ColumnKind.TEXT,
    "f": ColumnKind.BOOLEAN,
    "d": ColumnKind.DATETIME,
}
COLUMNS = tuple(Column(name=name, kind=kind, nullable=True) for name, kind in KINDS.items())


def table(**columns):
    rows = len(next(iter(columns.values())))
    return model_frame(pd.DataFrame({name: columns.get(name, [None] * rows) for name in KINDS}), COLUMNS)


def taken(step, frame, y=None, new=None):
    """What a step fitted on ``frame`` makes of it, or of ``new`` rows."""
    ((_, transformer),) = plan(COLUMNS, [step], Task.BINARY).steps
    before = frame.copy()
    transformer.fit(frame, y)
    pd.testing.assert_frame_equal(frame, before)
    return transformer.transform(frame if new is None else new)


def values(series):
    return [None if pd.isna(value) else value for value in series.astype(object)]


def test_drop_and_rename():
    frame = table(n=[1.0], t=["x"])
    assert list(taken(Drop(columns=("n", "not there")), frame)) == ["i", "t", "f", "d"]
    assert list(taken(Rename(names={"n": "t", "t": "n"}), frame)) == ["t", "i", "n", "f", "d"]


@pytest.mark.parametrize(
    ("name", "given", "to", "expected"),
    [
        ("t", ["1.5", " 2 ", "x", None], ColumnKind.NUMBER, [1.5, 2.0, None, None]),
        ("t", ["1", "2.5", "x", None], ColumnKind.INTEGER, [1.0, None, None, None]),
        ("t", ["Yes", "no", "maybe", None], ColumnKind.BOOLEAN, [1.0, 0.0, None, None]),
        ("t", ["2024-01-31", "soon", None, ""], ColumnKind.DATETIME, [pd.Timestamp("2024-01-31"), None, None, None]),
        ("n", [1.0, 2.5, None, -3.0], ColumnKind.INTEGER, [1.0, None, None, -3.0]),
        ("n", [1.0, 2.5, None, -3.0], ColumnKind.TEXT, ["1", "2.5", None, "-3"]),
        ("n", [1.0, 0.0, None, 7.0], ColumnKind.BOOLEAN, [1.0, 0.0, None, None]),
        ("f", [True, False, None, True], ColumnKind.NUMBER, [1.0, 0.0, None, 1.0]),
        ("f", [True, False, None, True], ColumnKind.TEXT, ["true", "false", None, "true"]),
    ],
)
def test_a_cast_keeps_what_can_be_cast_and_makes_the_rest_missing(name, given, to, expected):
    assert values(taken(Cast(columns=(name,), to=to), table(**{name: given}))[name]) == expected


def test_dates_are_read_in_the_format_that_is_told():
    cast = Cast(columns=("t",), to=ColumnKind.DATETIME, format="%d/%m/%Y")
    assert values(taken(cast, table(t=["31/01/2024", "2024-01-31"]))["t"]) == [pd.Timestamp("2024-01-31"), None]


@pytest.mark.parametrize(
    ("fill", "value", "name", "given", "expected"),
    [
        (Fill.MEDIAN, None, "n", [1.0, 3.0, 8.0, None], 3.0),
        (Fill.MEAN, None, "n", [1.0, 3.0, 8.0, None], 4.0),
        (Fill.MOST_FREQUENT, None, "n", [5.0, 3.0, 5.0, 3.0, None], 3.0),
        (Fill.MOST_FREQUENT, None, "t", ["b", "a", "b", None], "b"),
        (Fill.CONSTANT, -1.0, "n", [1.0, None], -1.0),
        (Fill.CONSTANT, "none", "t", ["a", None], "none"),
        (Fill.MEDIAN, None, "n", [None, None], 0.0),
        (Fill.MOST_FREQUENT, None, "t", [None, None], ""),
    ],
)
def test_missing_values_are_filled_and_marked_where_they_were(fill, value, name, given, expected):
    step = Impute(columns=(name,), fill=fill, value=value, indicator=True)
    found = taken(step, table(**{name: given}))
    assert values(found[name]) == [expected if item is None else item for item in given]
    assert found[f"{name}_missing"].tolist() == [float(item is None) for item in given]


def test_what_fills_a_gap_comes_from_the_rows_it_was_fitted_on():
    found = taken(Impute(columns=("n",)), table(n=[1.0, 2.0, 3.0]), new=table(n=[None, 100.0]))
    assert found["n"].tolist() == [2.0, 100.0]


def test_a_derived_column_stands_at_the_end():
    found = taken(Derive(name="r", expression="n / i"), table(n=[1.0, 6.0, None], i=[0, 3, 1]))
    assert list(found) == [*KINDS, "r"]
    assert values(found["r"]) == [None, 2.0, None]
    assert values(taken(Derive(name="r", expression="upper(t)"), table(t=["a", None]))["r"]) == ["A", None]


def test_date_parts_come_from_moments_and_from_iso_texts_alike():
    step = Dates(columns=("d",), parts=("month", "weekday", "hour"))
    for given in ([pd.Timestamp("2024-02-29 13:00"), pd.NaT], ["2024-02-29T13:00:00", None]):
        found = taken(step, table(d=given))
        assert [values(found[f"d_{part}"]) for part in step.parts] == [[2.0, None], [4.0, None], [13.0, None]]


def test_bins_by_edges_quantiles_and_width():
    frame = table(n=[0.0, 1.0, 2.0, 3.0, 10.0, None])
    assert values(taken(Bins(columns=("n",), method="edges", edges=(1, 3)), frame)["n"]) == [0, 1, 1, 2, 2, None]
    assert values(taken(Bins(columns=("n",), count=2), frame)["n"]) == [0, 0, 1, 1, 1, None]
    assert values(taken(Bins(columns=("n",), method="uniform", count=2), frame)["n"]) == [0, 0, 0, 0, 1, None]
    named = taken(Bins(columns=("n",), method="edges", edges=(1, 2.5), labels=True, keep=True), frame)
    assert values(named["n_bin"])[:5:2] == ["below 1", "1 to 2.5", "2.5 and above"]
    assert values(named["n_bin"])[5] is None
    assert values(named["n"]) == [0, 1, 2, 3, 10, None]


def test_rare_and_unknown_categories_become_one():
    frame = table(t=["a"] * 8 + ["b"] * 2 + [None])
    found = taken(GroupRare(columns=("t",), least_share=0.3), frame, new=table(t=["a", "b", "z", None]))
    assert values(found["t"]) == ["a", "other", "other", None]


def test_ordinal_and_frequency_encodings():
    frame, new = table(t=["M", "S", "S", None]), table(t=["S", "M", "z", None])
    ordinal = Encode(columns=("t",), method=Encoding.ORDINAL)
    assert values(taken(ordinal, frame, new=new)["t"]) == [1.0, 0.0, None, None]
    ordered = Encode(columns=("t",), method=Encoding.ORDINAL, order=("S", "M", "L"))
    assert values(taken(ordered, frame, new=new)["t"]) == [0.0, 1.0, None, None]
    frequency = Encode(columns=("t",), method=Encoding.FREQUENCY)
    assert values(taken(frequency, frame, new=new)["t"]) == [0.5, 0.25, 0.0, 0.25]


def test_a_target_encoding_is_scikit_learns_and_no_training_row_sees_its_own_answer():
    draw = np.random.default_rng(0)
    frame = table(t=[*draw.choice(list("abc"), 199), None])
    answers = draw.choice(["No", "Yes"], 200)
    ((_, ours),) = plan(COLUMNS, [Encode(columns=("t",), method=Encoding.TARGET)], Task.BINARY, seed=7).steps
    theirs = TargetEncoder(target_type="binary", cv=StratifiedKFold(5, shuffle=True, random_state=7))
    fitted = ours.fit_transform(frame, answers)["t"].to_numpy()
    assert (fitted == theirs.fit_transform(frame[["t"]], answers)[:, 0]).all()
    new = table(t=["a", "b", "c", None, "z"])
    assert (ours.transform(new)["t"].to_numpy() == theirs.transform(new[["t"]])[:, 0]).all()
    assert not (fitted == ours.transform(frame)["t"].to_numpy()).all()


@pytest.mark.parametrize(
    ("method", "judge"),
    [
        (Scaling.STANDARD, StandardScaler()),
        (Scaling.ROBUST, RobustScaler()),
        (Scaling.MIN_MAX, MinMaxScaler()),
        (Scaling.QUANTILE, QuantileTransformer(n_quantiles=49)),
    ],
)
def test_scales_are_those_of_scikit_learn(method, judge):
    draw = np.random.default_rng(0)
    given = draw.normal(5, 3, 50)
    given[7] = np.nan
    new = np.array([-100.0, *np.unique(given[~np.isnan(given)]), 5.05, 100.0, np.nan])
    found = taken(Scale(columns=("n",), method=method), table(n=given), new=table(n=new))["n"].to_numpy()
    expected = judge.fit(given[:, None]).transform(new[:, None])[:, 0]
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_quantile_scale_gives_equal_numbers_the_middle_of_their_shares():
    found = taken(Scale(columns=("n",), method=Scaling.QUANTILE), table(n=[1.0, 2.0, 2.0, 2.0, 5.0]))["n"]
    assert found.tolist() == [0.0, 0.5, 0.5, 0.5, 1.0]


def test_a_logarithmic_scale_takes_any_number_and_a_constant_column_becomes_zero():
    found = taken(Scale(columns=("n",), method=Scaling.LOG), table(n=[0.0, np.e - 1, 1 - np.e, None]))["n"]
    assert found.tolist()[:3] == pytest.approx([0.0, 1.0, -1.0])
    assert np.isnan(found[3])
    for method in (Scaling.STANDARD, Scaling.ROBUST, Scaling.MIN_MAX):
        assert taken(Scale(columns=("n",), method=method), table(n=[4.0, 4.0]))["n"].tolist() == [0.0, 0.0]


def test_steps_can_be_cloned_and_named_by_their_parameters():
    for _, step in plan(COLUMNS, [Bins(columns=("n",)), Scale(columns=("i",))], Task.BINARY).steps:
        assert clone(step).get_params() == step.get_params()
