"""The verdict on the whole and its sentence, for written-out columns."""

import pytest

from core.monitoring.verdict import judge
from core.records.dataset import ColumnKind
from core.records.monitor import ColumnDrift, ColumnVerdict

D, S = ColumnVerdict.DRIFTED, ColumnVerdict.STABLE
FEW, NOT = ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE


def column(name: str, verdict: ColumnVerdict, role: str = "feature") -> ColumnDrift:
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
            (False, 1, 3, "No drift: 1 of 3 tested features drifted (a), fewer than half."),
        ),
        (
            [column("a", D), column("b", S)],
            (True, 1, 2, "Drift: 1 of 2 tested features drifted (a), half or more."),
        ),
        (
            [column("a", D), column("b", FEW), column("c", NOT)],
            (
                True,
                1,
                1,
                "Drift: 1 of 1 tested features drifted (a), half or more; 2 columns without a verdict (b, c).",
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
    found = judge(columns)
    assert (found.drifted, found.drifted_columns, found.tested_columns, found.summary) == expected
