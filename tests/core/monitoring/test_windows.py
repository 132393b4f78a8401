"""Two sides brought to the same columns."""

import pandas as pd
import pytest

from core.monitoring import windows
from core.monitoring.windows import Window
from core.records.dataset import ColumnKind
from core.records.prediction import LoggedPrediction
from tests.builders import START

INTEGER, NUMBER, TEXT = ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.TEXT


def window(**kinds: ColumnKind) -> Window:
    return Window("w", pd.DataFrame({name: [1, 2] for name in kinds}), kinds)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (INTEGER, INTEGER, ""),
        (INTEGER, NUMBER, ""),
        (NUMBER, TEXT, "the type changed from number to text"),
        (TEXT, ColumnKind.BOOLEAN, "the type changed from text to boolean"),
    ],
)
def test_numbers_of_either_kind_are_one_type_and_other_changes_are_said(old, new, reason):
    found = windows.pair("a", "feature", window(a=old), window(a=new))
    assert (found.kind, found.reason) == (old, reason)


def test_a_column_of_one_side_only_has_none_on_the_other():
    found = windows.pair("b", "feature", window(a=NUMBER), window(a=NUMBER, b=TEXT))
    assert found.reference is None
    assert found.kind is TEXT
    assert len(found.current) == 2


def test_classes_that_are_numbers_are_compared_as_categories():
    found = windows.pair("a", "target", window(a=INTEGER), window(a=INTEGER), as_category=True)
    assert found.kind is TEXT


def test_columns_only_the_current_side_has_are_findings():
    (found,) = windows.extras(window(a=NUMBER), window(a=NUMBER, b=TEXT))
    assert (found.name, found.role, found.reason) == ("b", "extra", "the reference has no such column")


def test_logged_inputs_become_columns_and_a_feature_left_out_is_missing():
    logged = [
        LoggedPrediction(
            prediction_id=str(number), at=START, version=1, features=features, prediction=1, score=None, latency_ms=1.0
        )
        for number, features in enumerate([{"age": 3, "other": 1}, {}])
    ]
    found = windows.of_predictions(logged, {"age": INTEGER, "plan": TEXT})
    assert found.label == "logged predictions, 2026-03-02 09:00 to 2026-03-02 09:00 UTC"
    assert found.frame["age"].tolist() == [3, None]
    assert found.column("plan") is None
