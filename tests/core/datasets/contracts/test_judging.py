"""Checks on tiny tables: which rows break them, how many, and what is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets.contracts import judging
from core.datasets.contracts.judging import judge
from core.records.contract import (
    Check,
    CheckResult,
    ColumnsCheck,
    Contract,
    ExpressionCheck,
    FreshCheck,
    NullsCheck,
    Outcome,
    PatternCheck,
    RangeCheck,
    Requests,
    RowsCheck,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
)
from core.records.dataset import ColumnKind
from tests.builders import START

DAY = timedelta(days=1)
SUM = "Character 1 of the expression: it gives number, and a check must be true or false."
TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 3, None], pa.int64()),
        "age": pa.array([30.5, -1.0, None, 99.0, 40.0]),
        "plan": ["a", "b", None, "c", "a b"],
        "ok": [True, False, None, True, True],
        "seen": pa.array([(START - DAY * age).replace(tzinfo=None) for age in (9, 5, 4, 3, 8)], pa.timestamp("us")),
    }
)


def judged(tmp_path: Path, check: Check, table: pa.Table = TABLE, beside: tuple[str, ...] = ()) -> CheckResult:
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=2)
    contract = Contract(
        project="churn",
        dataset="customers",
        number=1,
        checks=(check,),
        requests=Requests.IGNORE,
        note="",
        author="ann",
        created_at=START,
    )
    return judge(contract, tmp_path / "t.parquet", START, 4, beside).checks[0]


@pytest.mark.parametrize(
    ("check", "rows", "count", "share"),
    [
        (NullsCheck(column="age", share=0), [3], 1, 0.2),
        (RangeCheck(column="age", minimum=0, maximum=90), [2, 4], 2, 0.5),
        (RangeCheck(column="age", minimum=0), [2], 1, 0.25),
        (RangeCheck(column="age", maximum=40), [4], 1, 0.25),
        (RangeCheck(column="id", minimum=2, maximum=2), [1, 3, 4], 3, 0.75),
        (RangeCheck(column="seen", minimum="2026-02-23T09:00:00Z"), [1, 5], 2, 0.4),
        (ValuesCheck(column="plan", values=("a", "b")), [4, 5], 2, 0.5),
        (ValuesCheck(column="ok", values=(True,)), [2], 1, 0.25),
        (ValuesCheck(column="id", values=(1, 2)), [3, 4], 2, 0.5),
        (PatternCheck(column="plan", pattern="[a-c]"), [5], 1, 0.25),
        (UniqueCheck(columns=("id",)), [3, 4], 1, 0.25),
        (ExpressionCheck(expression="age > id and plan != 'b'"), [2], 1, 1 / 3),
    ],
)
def test_the_rows_that_break_a_check_are_counted_and_shown(
    check: Check, rows: list[int], count: int, share: float, tmp_path: Path
) -> None:
    found = judged(tmp_path, check)
    assert (found.passed, found.count, found.share) == (False, count, share)
    assert [sample.row for sample in found.sample] == rows


@pytest.mark.parametrize(
    "check",
    [
        NullsCheck(column="age", share=0.2),
        RangeCheck(column="age", minimum=-1, maximum=99),
        ValuesCheck(column="plan", values=("a", "b", "c", "a b")),
        PatternCheck(column="plan", pattern="[a-c ]+"),
        UniqueCheck(columns=("id", "plan")),
        ExpressionCheck(expression="age >= -id or id is null"),
        TypeCheck(column="id", type=ColumnKind.NUMBER),
        RowsCheck(minimum=5, maximum=5),
        FreshCheck(column="seen", seconds=3 * 86_400),
    ],
)
def test_what_keeps_a_check_passes(check: Check, tmp_path: Path) -> None:
    found = judged(tmp_path, check)
    assert found.passed, found.observed
    assert found.sample == ()


@pytest.mark.parametrize(
    ("check", "observed"),
    [
        (TypeCheck(column="age", type=ColumnKind.TEXT), "it holds number"),
        (TypeCheck(column="gone", type=ColumnKind.TEXT), "there is no column gone"),
        (RangeCheck(column="plan", minimum=0), "plan holds text, which has no range"),
        (RangeCheck(column="age", minimum="a"), "age holds number, and the limits are text"),
        (RangeCheck(column="seen", minimum=3), "seen holds datetime, and the limits are no moments"),
        (PatternCheck(column="age", pattern="a"), "age holds number, and only text has patterns"),
        (FreshCheck(column="age", seconds=1), "age holds number, not moments"),
        (FreshCheck(column="seen", seconds=86_400), "the newest is 2026-02-27 09:00, 3 days old"),
        (RowsCheck(minimum=6), "5 rows"),
        (
            ExpressionCheck(expression="age + id"),
            SUM,
        ),
        (RowsCheck(maximum=4), "5 rows"),
        (ColumnsCheck(), "also there: id, age, plan, ok, seen"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said(check: Check, observed: str, tmp_path: Path) -> None:
    found = judged(tmp_path, check)
    assert (found.passed, found.observed) == (False, observed)


def test_a_sample_row_shows_the_columns_of_the_check_and_those_asked_for(tmp_path: Path) -> None:
    found = judged(tmp_path, RangeCheck(column="age", minimum=0), beside=("id", "nothing", "seen"))
    assert [sample.model_dump() for sample in found.sample] == [
        {"row": 2, "values": {"age": -1.0, "id": 2, "seen": "2026-02-25 09:00:00"}}
    ]


def test_batches_add_up_and_at_most_five_rows_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "ROWS_AT_ONCE", 7)
    table = pa.table({"n": list(range(100))})
    found = judged(tmp_path, RangeCheck(column="n", maximum=79), table)
    assert (found.count, found.share, [sample.row for sample in found.sample]) == (20, 0.2, [81, 82, 83, 84, 85])


def test_a_pattern_that_makes_others_hang_is_answered_at_once(tmp_path: Path) -> None:
    table = pa.table({"text": ["a" * 50_000 + "!"]})
    found = judged(tmp_path, PatternCheck(column="text", pattern="(a+)+"), table)
    assert (found.passed, len(str(found.sample[0].values["text"]))) == (False, 200)


def test_warnings_alone_warn_and_one_failure_fails(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet")
    warned = RowsCheck(minimum=9, severity=Severity.WARN)
    outcomes = []
    for checks in [(TypeCheck(column="id", type=ColumnKind.INTEGER),), (warned,), (warned, ColumnsCheck())]:
        contract = Contract(
            project="churn",
            dataset="c",
            number=1,
            checks=checks,
            requests=Requests.IGNORE,
            note="",
            author="ann",
            created_at=START,
        )
        outcomes.append(judge(contract, tmp_path / "t.parquet", datetime.now(UTC)).outcome)
    assert outcomes == [Outcome.PASSES, Outcome.WARNS, Outcome.FAILS]


def test_a_table_without_rows_breaks_no_row_check(tmp_path: Path) -> None:
    found = judged(tmp_path, RangeCheck(column="age", minimum=0), TABLE.slice(0, 0))
    assert (found.passed, found.count, found.share) == (True, 0, 0.0)


def test_names_of_columns_are_never_read_as_sql(tmp_path: Path) -> None:
    name = 'a"; DROP TABLE x; --'
    found = judged(tmp_path, UniqueCheck(columns=(name,)), pa.table({name: ["x", "x"]}))
    assert (found.passed, found.count) == (False, 1)
