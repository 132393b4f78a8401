"""A contract as rows to edit: what is not touched stays as it was."""

import pytest

from core.datasets.contracts.document import parse
from core.datasets.contracts.form import draft_from, rows
from core.errors import InvalidContract
from core.records.contract import Draft, NullsCheck, RangeCheck, Severity, TypeCheck, UniqueCheck, ValuesCheck
from core.records.dataset import Column, ColumnKind

DRAFT = parse(
    """\
columns:
  tenure: {type: integer, nulls: 0.05, range: [0, 72.5]}
  plan: {type: text, values: {is: ["1", two], severity: warn}}
  paid: {type: boolean, values: [true], unique: true}
  seen: {type: datetime, range: {min: "2026-01-01", severity: warn}, severity: warn}
  code: {pattern: "[0-9]+"}
  month: {fresh: 30 days}
rows: {min: 3}
expressions: [tenure > 0]
requests: warn
"""
)
COLUMNS = [Column(name=name, kind=ColumnKind.TEXT, nullable=True) for name in ("tenure", "plan", "new")]


def row(name: str, **changes: object) -> dict[str, object]:
    return {**next(item for item in rows(DRAFT, COLUMNS) if item["column"] == name), **changes}


def test_each_column_has_a_row_and_untouched_rows_give_the_same_contract() -> None:
    made = rows(DRAFT, COLUMNS)
    assert [item["column"] for item in made] == ["tenure", "plan", "new", "paid", "seen", "code"]
    assert made[0] == {
        "column": "tenure",
        "type": "integer",
        "missing": 5.0,
        "least": "0",
        "most": "72.5",
        "values": [],
        "pattern": "",
        "unique": False,
        "severity": "fail",
    }
    assert (made[1]["severity"], made[1]["values"]) == ("mixed", ["1", "two"])
    again = draft_from(made, DRAFT)
    assert set(again.checks) == set(DRAFT.checks)
    assert again.requests is DRAFT.requests


def test_an_edit_changes_what_it_says_and_a_severity_holds_for_the_row() -> None:
    edited = [row("tenure", missing=None, least="", most="100", severity="warn"), row("new", type="text", unique=True)]
    assert draft_from(edited, Draft()).checks == (
        TypeCheck(column="tenure", type=ColumnKind.INTEGER, severity=Severity.WARN),
        RangeCheck(column="tenure", maximum=100, severity=Severity.WARN),
        TypeCheck(column="new", type=ColumnKind.TEXT),
        UniqueCheck(columns=("new",)),
    )


def test_values_are_those_of_the_columns_type() -> None:
    edited = [row("new", type="integer", values=["1", "2"]), row("plan", type="text", values=["1"], severity="fail")]
    found = draft_from(edited, Draft()).checks
    assert ValuesCheck(column="new", values=(1, 2)) in found
    assert ValuesCheck(column="plan", values=("1",)) in found


def test_an_emptied_percentage_asks_nothing() -> None:
    found = draft_from([row("tenure", missing=float("nan"))], Draft()).checks
    assert not [check for check in found if isinstance(check, NullsCheck)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"least": "9", "most": "1"}, "new: the least value 9 is above the most 1"),
        ({"least": "9", "most": "b"}, "new: both limits must be numbers"),
        ({"pattern": "("}, "new: the pattern cannot be used"),
    ],
)
def test_what_cannot_be_is_refused_with_the_column(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidContract, match=told):
        draft_from([row("new", **changes)], Draft())
