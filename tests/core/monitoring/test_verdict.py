"""The verdict on the whole and its sentence, for written-out columns."""

import pytest

from core.monitoring.verdict import fires, of_window
from core.records.dataset import ColumnKind
from core.records.drift_rule import ColumnRule, RuleDraft
from core.records.monitor import ColumnDrift, ColumnVerdict

D, S = ColumnVerdict.DRIFTED, ColumnVerdict.STABLE
FEW, NOT = ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE


def column(name: str, verdict: ColumnVerdict, role: str = "feature", importance: float | None = None) -> ColumnDrift:
    statistic = {D: 0.25, S: 0.01}.get(verdict)
    return ColumnDrift(
        name=name,
        kind=ColumnKind.NUMBER,
        role=role,
        test="ks_distance",
        statistic=statistic,
        threshold=None if statistic is None else 0.1,
        is_p_value=False,
        verdict=verdict,
        importance=importance,
        rows_reference=1,
        rows_current=1,
        missing_reference=0.0,
        missing_current=0.0,
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([column("a", S), column("b", S)], (False, 0, 2, "No drift: 0 of 2 tested features drifted.")),
        (
            [column("a", D), column("b", S), column("c", S)],
            (False, 1, 3, "No drift: 1 of 3 tested features drifted (a), too little to call the data drifted."),
        ),
        (
            [column("a", D), column("b", S)],
            (True, 1, 2, "Drift: 1 of 2 tested features drifted (a), enough."),
        ),
        (
            [column("a", D), column("b", FEW), column("c", NOT)],
            (
                True,
                1,
                1,
                "Drift: 1 of 1 tested features drifted (a), enough; 2 columns without a verdict (b, c).",
            ),
        ),
        (
            [column("a", S), column("y", D, "target")],
            (True, 1, 2, "Drift: the target y drifted (0.25, threshold 0.1); 0 of 1 tested features drifted."),
        ),
        (
            [column("a", NOT), column("prediction", D, "prediction")],
            (
                True,
                1,
                1,
                (
                    "Drift: the prediction drifted (0.25, threshold 0.1); no feature could be tested; "
                    "1 column without a verdict (a)."
                ),
            ),
        ),
        (
            [column("y", S, "target"), column("z", NOT, "extra")],
            (False, 0, 1, "No drift: no feature could be tested; 1 column without a verdict (z)."),
        ),
        (
            [column("a", FEW)],
            (False, 0, 0, "No verdict: a test needs 200 values on each side, and no column has them."),
        ),
        (
            [column("a", NOT)],
            (False, 0, 0, "No verdict: no column could be tested; the reason stands beside each."),
        ),
    ],
)
def test_the_verdict_follows_from_the_columns_and_says_why(columns, expected):
    found = of_window(columns)
    assert (found.drifted, found.drifted_columns, found.tested_columns, found.summary) == expected


def test_importance_decides_where_it_is_known():
    columns = [column("a", D, importance=0.2), column("b", S, importance=0.8)]
    found = of_window(columns)
    assert (found.drifted, found.share, found.is_weighted) == (False, 0.2, True)
    assert "(a) with 20% of the importance, too little to call the data drifted." in found.summary
    assert found.figures == {"drifted_columns": 1.0, "tested_columns": 2.0, "drifted_share": 0.2}
    assert of_window(columns, RuleDraft(share=0.2)).drifted
    plain = of_window(columns, RuleDraft(weighted=False))
    assert (plain.drifted, plain.share, plain.is_weighted) == (True, 0.5, False)


def test_what_a_rule_ignores_takes_no_part():
    columns = [column("a", D), column("b", S), column("y", D, "target")]
    rule = RuleDraft(columns={"a": ColumnRule(ignored=True)}, answers=False)
    found = of_window(columns, rule)
    assert (found.drifted, found.drifted_columns, found.tested_columns) == (False, 1, 2)


@pytest.mark.parametrize(
    ("drifted", "needed", "of", "expected"),
    [
        ([], 1, 1, False),
        ([True], 1, 1, True),
        ([True, False], 1, 1, False),
        ([True, False, True], 2, 3, True),
        ([True, True, False, False], 2, 3, False),
        ([True], 2, 3, False),
    ],
)
def test_a_rule_fires_when_enough_of_its_last_windows_drifted(drifted, needed, of, expected):
    assert fires(drifted, RuleDraft(windows_drifted=needed, windows=of)) is expected
