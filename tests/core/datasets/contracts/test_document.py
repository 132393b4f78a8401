"""Contracts as YAML: read with errors that name the line, written so that they read back the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.contracts.document import parse, write
from core.errors import InvalidContract
from core.records.contract import (
    ColumnsCheck,
    Draft,
    FreshCheck,
    NullsCheck,
    PatternCheck,
    RangeCheck,
    Requests,
    RowsCheck,
    Severity,
    TypeCheck,
    UniqueCheck,
    ValuesCheck,
    parse_period,
    period,
)
from core.records.dataset import ColumnKind

WHOLE = """\
columns:
  tenure: {type: integer, nulls: 0, range: [0, 72]}
  churn:
    type: text
    values: [No, Yes, 0123, 1.50]
  id: {pattern: "[0-9]{4}", unique: true}
  month: {fresh: 30 days, severity: warn}
  charge: {range: {min: 0, severity: warn}, nulls: {is: 0.1, severity: warn}}
unique: [[id, month], {is: [a, b], severity: warn}]
rows: {min: 100}
other_columns: warn
requests: refuse
"""


def test_every_kind_of_check_is_read() -> None:
    assert parse(WHOLE) == Draft(
        checks=(
            TypeCheck(column="tenure", type=ColumnKind.INTEGER),
            NullsCheck(column="tenure", share=0),
            RangeCheck(column="tenure", minimum=0, maximum=72),
            TypeCheck(column="churn", type=ColumnKind.TEXT),
            ValuesCheck(column="churn", values=("No", "Yes", "0123", 1.5)),
            PatternCheck(column="id", pattern="[0-9]{4}"),
            UniqueCheck(columns=("id",)),
            FreshCheck(column="month", seconds=30 * 86_400, severity=Severity.WARN),
            RangeCheck(column="charge", minimum=0, severity=Severity.WARN),
            NullsCheck(column="charge", share=0.1, severity=Severity.WARN),
            UniqueCheck(columns=("id", "month")),
            UniqueCheck(columns=("a", "b"), severity=Severity.WARN),
            RowsCheck(minimum=100),
            ColumnsCheck(severity=Severity.WARN),
        ),
        requests=Requests.REFUSE,
    )


def test_what_is_written_reads_back_the_same() -> None:
    assert parse(write(parse(WHOLE), "a heading\nof two lines")) == parse(WHOLE)


@given(
    values=st.lists(
        st.text(min_size=1, max_size=12)
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=5,
    ),
    name=st.text(min_size=1, max_size=12),
)
def test_any_value_and_any_name_survive_writing_and_reading(values: list[object], name: str) -> None:
    draft = Draft(checks=(ValuesCheck(column=name, values=tuple(values)),))  # type: ignore[arg-type]
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    assert parse(write(draft)) == draft


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns:\n  a: {type: foo}", "line 2, columns.a.type: Input should be 'integer'"),
        ("columns:\n  a:\n    type: text\n    tpye: x", "line 4, columns.a.tpye: is no check of a column"),
        ("columns:\n  a: {range: [5, 1]}", "line 2, columns.a.range: the least value 5 is above the most 1"),
        ("columns:\n  a: {range: [5]}", "two limits are wanted"),
        ("columns:\n  a: [", "line 2: expected the node content"),
        ("columns:\n  a: {pattern: '(a'}", "line 2, columns.a.pattern: the pattern cannot be used: missing )"),
        ("rows: {min: x}", "line 1, rows: Input should be a valid integer"),
        ("\n\ncolumns:\n  a: {fresh: soon}", "line 4, columns.a.fresh: 'soon' is no period"),
        ("columns: 3", "line 1, columns: a mapping of `key: value` is wanted here"),
        ("columns:\n  a: {nulls: 3}", "less than or equal to 1, not 3"),
        ("rows: {min: 1}\nfoo: 1", "line 2, foo: is not known here; known are columns, unique"),
        ("columns:\n  a: {unique: true}\n  a: {nulls: 0}", "line 3, columns.a: the key is there twice"),
        ("columns:\n  a: {unique: true}\nunique: [[a]]", "the check 'unique:a' is there twice"),
        ("a: &x 1\nb: *x", "aliases"),
        ("- 1", "line 1: a mapping"),
        ("", "the text is empty"),
        ("other_columns: maybe", "'maybe' is not one of allow, warn, fail"),
    ],
)
def test_what_cannot_be_read_names_the_line_and_the_key(text: str, told: str) -> None:
    with pytest.raises(InvalidContract) as refused:
        parse(text)
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("text", "seconds", "said"),
    [
        ("90 min", 5400, "90 minutes"),
        ("12h", 43_200, "12 hours"),
        ("1 day", 86_400, "1 day"),
        ("30 days", 2_592_000, "30 days"),
        ("1 week", 604_800, "7 days"),
        ("2 weeks", 1_209_600, "2 weeks"),
        ("45 seconds", 45, "45 seconds"),
        ("3 minutes", 180, "3 minutes"),
    ],
)
def test_periods_are_read_and_said(text: str, seconds: int, said: str) -> None:
    assert (parse_period(text), period(seconds)) == (seconds, said)
