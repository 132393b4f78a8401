"""Every kind of column gets a verdict or a reason, from real tests on seeded samples."""

import logging

import numpy as np
import pandas as pd
import pytest

from core.monitoring import drift
from core.monitoring.drift import Pair
from core.monitoring.roles import FEATURE, TARGET
from core.monitoring.verdict import of_window
from core.records.dataset import ColumnKind
from core.records.monitor import ColumnVerdict

RNG = np.random.default_rng(42)
DRIFTED, STABLE = ColumnVerdict.DRIFTED, ColumnVerdict.STABLE
TOO_FEW, UNTESTABLE = ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE


def pair(reference, current, kind=ColumnKind.NUMBER, name="x", role=FEATURE, reason=""):
    sides = [None if side is None else pd.Series(side) for side in (reference, current)]
    return Pair(name, role, kind, *sides, reason)


def check_one(reference, current, kind=ColumnKind.NUMBER, **more):
    (found,) = drift.check([pair(reference, current, kind, **more)])
    return found


def texts(*counts: tuple[str | None, int]) -> pd.Series:
    return pd.Series([value for value, count in counts for _ in range(count)], dtype=object)


NORMAL = RNG.normal(size=1_000)
SHIFTED = RNG.normal(0.5, size=1_000)
OUTLIER = np.append(RNG.normal(size=999), 1e6)
GAPS = np.where(np.arange(1_000) < 300, np.nan, NORMAL)
WHOLE = RNG.poisson(5, size=1_000)

TABLE = [
    ("equal numbers", NORMAL, NORMAL, ColumnKind.NUMBER, STABLE, ""),
    ("a shift of half a standard deviation", NORMAL, SHIFTED, ColumnKind.NUMBER, DRIFTED, ""),
    ("a shift beside one sensor outlier in the reference", OUTLIER, SHIFTED, ColumnKind.NUMBER, DRIFTED, ""),
    ("one outlier in the current data", NORMAL, OUTLIER, ColumnKind.NUMBER, STABLE, ""),
    ("a constant that stays", [5] * 300, [5] * 300, ColumnKind.INTEGER, STABLE, ""),
    ("a constant that moves a little", [5.0] * 300, [5.001] * 300, ColumnKind.NUMBER, DRIFTED, ""),
    ("a nullable integer column", pd.Series(WHOLE, dtype="Int64"), pd.Series(WHOLE, dtype="Int64"),
     ColumnKind.INTEGER, STABLE, ""),
    ("integers that became floats", WHOLE, WHOLE.astype(float), ColumnKind.INTEGER, STABLE, ""),
    ("infinite numbers count as missing", NORMAL, np.where(np.arange(1_000) < 20, np.inf, NORMAL),
     ColumnKind.NUMBER, STABLE, ""),
    ("numbers logged as JSON", NORMAL, pd.Series([*NORMAL[:990].tolist(), *[None] * 10], dtype=object),
     ColumnKind.NUMBER, STABLE, ""),
    ("values that went missing", NORMAL, GAPS, ColumnKind.NUMBER, DRIFTED, "missing values went from 0.0% to 30.0%"),
    ("all values went missing", NORMAL, [None] * 1_000, ColumnKind.NUMBER, DRIFTED, "from 0.0% to 100.0%"),
    ("missing on both sides", [None] * 300, [None] * 300, ColumnKind.TEXT, UNTESTABLE, "missing on both sides"),
    ("equal categories", texts(("a", 600), ("b", 400)), texts(("a", 300), ("b", 200)), ColumnKind.TEXT, STABLE, ""),
    ("a category that is new", texts(("a", 500)), texts(("a", 300), ("z", 200)), ColumnKind.TEXT, DRIFTED,
     "not in the reference: z (40.0%)"),
    ("booleans that tip", pd.Series([True] * 250 + [False] * 250, dtype=object),
     pd.Series([True] * 450 + [False] * 50, dtype=object), ColumnKind.BOOLEAN, DRIFTED, ""),
    ("classes as 1 and as 1.0", [0, 1] * 200, [0.0, 1.0] * 200, ColumnKind.TEXT, STABLE, ""),
    ("ten thousand categories", texts(*((f"c{index}", 1) for index in range(10_000))),
     texts(*((f"c{index}", 1) for index in range(10_000))), ColumnKind.TEXT, STABLE, ""),
    ("199 rows", NORMAL, SHIFTED[:199], ColumnKind.NUMBER, TOO_FEW, "1,000 values in the reference and 199"),
    ("one row", NORMAL, [1.0], ColumnKind.NUMBER, TOO_FEW, "below 200"),
    ("a column the reference lacks", None, NORMAL, ColumnKind.NUMBER, UNTESTABLE, "the reference has no such column"),
    ("a column the current data lack", NORMAL, None, ColumnKind.NUMBER, UNTESTABLE, "the current data has no such"),
    ("dates", NORMAL, NORMAL, ColumnKind.DATETIME, UNTESTABLE, "dates are not tested"),
    ("text where numbers belong", NORMAL, ["many"] * 300, ColumnKind.NUMBER, UNTESTABLE, "the test failed: ValueError"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "current", "kind", "verdict", "reason"),
    [case[1:] for case in TABLE],
    ids=[case[0] for case in TABLE],
)
def test_each_kind_of_change_gets_its_verdict(reference, current, kind, verdict, reason):
    found = check_one(reference, current, kind)
    assert found.verdict is verdict
    assert reason in found.reason
    assert (found.statistic is not None) == (verdict in (DRIFTED, STABLE))
    assert all(np.isfinite(score) for score in found.scores.values())
    assert found.model_validate_json(found.model_dump_json()) == found


def test_one_bad_column_stops_no_other_and_is_logged(caplog):
    caplog.set_level(logging.ERROR)
    bad = pair(NORMAL, ["many"] * 300, name="</script>")
    found = drift.check([bad, pair(NORMAL, SHIFTED, name="good")])
    assert [column.verdict for column in found] == [UNTESTABLE, DRIFTED]
    assert "'</script>' could not be tested" in caplog.text


def test_a_stated_reason_is_kept_and_nothing_is_tested():
    found = check_one(NORMAL, SHIFTED, reason="the type changed from number to text")
    assert (found.verdict, found.reason) == (UNTESTABLE, "the type changed from number to text")
    assert (found.rows_reference, found.rows_current) == (1_000, 1_000)


def test_counts_shares_and_means_are_told_beside_the_verdict():
    found = check_one([1.0, 1.0, 2.0, None] * 100, [2.0, 2.0, 2.0, 2.0] * 100)
    assert (found.rows_reference, found.rows_current) == (400, 400)
    assert (found.missing_reference, found.missing_current) == (0.25, 0.0)
    assert (found.mean_reference, found.mean_current) == (pytest.approx(4 / 3), 2.0)
    assert (found.labels, found.reference, found.current) == (("1", "2"), (pytest.approx(2 / 3), 1 / 3), (0.0, 1.0))
    assert found.statistic == pytest.approx(2 / 3)


def test_the_progress_names_every_column_before_its_test():
    heard = []
    drift.check([pair(NORMAL, NORMAL, name=name) for name in "abc"], tell=heard.append)
    assert heard == [0, 1, 2]


def test_at_most_one_of_twenty_clean_resamples_of_a_table_is_called_drifted():
    rng = np.random.default_rng(5)
    rows_reference, rows_current = 1_500, 250
    source = pd.DataFrame(
        {
            "amount": rng.lognormal(size=4_000),
            "count": rng.poisson(3, size=4_000),
            "plan": rng.choice(list("abcdefgh"), size=4_000),
            "yes": rng.choice(["no", "yes"], p=[0.8, 0.2], size=4_000),
        }
    )
    kinds = [ColumnKind.NUMBER, ColumnKind.INTEGER, ColumnKind.TEXT, ColumnKind.TEXT]
    alarms = 0
    for _ in range(20):
        drawn = source.sample(rows_reference + rows_current, random_state=rng)
        sides = drawn.iloc[:rows_reference], drawn.iloc[rows_reference:]
        pairs = [
            pair(sides[0][name].to_numpy(), sides[1][name].to_numpy(), kind, name, TARGET if name == "yes" else FEATURE)
            for name, kind in zip(source.columns, kinds, strict=True)
        ]
        alarms += of_window(drift.check(pairs)).drifted
    assert alarms <= 1
