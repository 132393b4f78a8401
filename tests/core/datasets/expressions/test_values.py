from datetime import datetime

import pytest

from core.datasets import expressions
from core.records.dataset import ColumnKind
from tests.core.datasets.expressions.rows import COLUMNS, computed, one_by_one

MILLENNIUM = datetime.fromisoformat("2000-01-01")

CASES = [
    ("a + b", [1.0, 5.0, None, None]),
    ("a - 1", [0.0, 1.0, None, -5.5]),
    ("a / b", [None, 2 / 3, None, None]),
    ("a // b", [None, 0.0, None, None]),
    ("a // 2", [0.0, 1.0, None, -3.0]),
    ("a % 2", [1.0, 0.0, None, 1.5]),
    ("b % 0", [None, None, None, None]),
    ("-a ** 2", [-1.0, -4.0, None, -20.25]),
    ("2 ** 3 ** 2", [512.0] * 4),
    ("2 ** -1", [0.5] * 4),
    ("0 ** -1", [None] * 4),
    ("a ** 0.5", [1.0, 2**0.5, None, None]),
    ("1 ** a", [1.0, 1.0, None, 1.0]),
    ("1 + 2 * 3 - 4 / 2", [5.0] * 4),
    ("(1 + 2) * 3", [9.0] * 4),
    ("1e308 * 10", [None] * 4),
    ("exp(a * 1000)", [None, None, None, 0.0]),
    ("log(a)", [0.0, 0.6931471805599453, None, None]),
    ("log(0)", [None] * 4),
    ("log10(1000)", [3.0] * 4),
    ("round(log1p(b), 9)", [0.0, 1.386294361, 1.098612289, None]),
    ("sqrt(a)", [1.0, 2**0.5, None, None]),
    ("abs(a)", [1.0, 2.0, None, 4.5]),
    ("floor(a)", [1.0, 2.0, None, -5.0]),
    ("ceil(a)", [1.0, 2.0, None, -4.0]),
    ("round(a / 3, 2)", [0.33, 0.67, None, -1.5]),
    ("round(2.5)", [2.0] * 4),
    ("clip(a, 0, 1)", [1.0, 1.0, None, 0.0]),
    ("min(a, b, 1)", [0.0, 1.0, None, None]),
    ("max(a, b)", [1.0, 3.0, None, None]),
    ("bins(a, 0, 1.5)", [1.0, 2.0, None, 0.0]),
    ("bins(a, 1)", [1.0, 1.0, None, 0.0]),
    ("`total charges.€` * 2", [2.0, 4.0, 6.0, 8.0]),
    ("a > b", [True, False, None, None]),
    ("a = 2 or a <> 2", [True, True, None, True]),
    ("f and a > 0", [True, None, False, False]),
    ("f or a > 0", [True, True, None, True]),
    ("a > 0 AND f", [True, None, False, False]),
    ("not f", [False, None, True, False]),
    ("f = false", [False, None, True, False]),
    ("b in (0, 3)", [True, True, False, None]),
    ("b not in (0, 3)", [False, False, True, None]),
    ("s in ('ab', \"x\")", [True, None, False, False]),
    ("a between 1 and 2 and f", [True, None, False, False]),
    ("a not between 1 and 2", [False, False, None, True]),
    ("d between date('2021-01-03') and date('2024-03-01')", [True, None, False, True]),
    ("s is null", [False, True, False, False]),
    ("s is not null", [True, False, True, True]),
    ("is_missing(d)", [False, True, False, False]),
    ("if(f, a, null)", [1.0, None, None, -4.5]),
    ("if(a > 1, 'many', s)", ["ab", "many", "Zürich", ""]),
    (
        "if(f, date('2000-01-01'), d)",
        [MILLENNIUM, None, datetime.fromisoformat("1969-12-31T23:59:59"), MILLENNIUM],
    ),
    ("coalesce(a, b, 0)", [1.0, 2.0, 2.0, -4.5]),
    ("coalesce(s, 'none')", ["ab", "none", "Zürich", ""]),
    ("s < 'b'", [True, None, True, True]),
    ("lower(s)", ["ab", None, "zürich", ""]),
    ("upper(s)", ["AB", None, "ZÜRICH", ""]),
    ("trim('  x ')", ["x"] * 4),
    ("length(s)", [2.0, None, 6.0, 0.0]),
    ("contains(s, 'ü')", [False, None, True, False]),
    ("starts_with(s, 'a')", [True, None, False, False]),
    ("ends_with(s, 'ich')", [False, None, True, False]),
    ("replace(s, 'a', 'xx')", ["xxb", None, "Zürich", ""]),
    ("replace(s, '', 'xx')", ["ab", None, "Zürich", ""]),
    ("substring(s, 2, 3)", ["b", None, "üri", ""]),
    ("substring(s, 0)", ["ab", None, "Zürich", ""]),
    ("concat(s, '-', text(b))", ["ab-0", None, "Zürich-2", None]),
    ("text(a)", ["1", "2", None, "-4.5"]),
    ("number(concat(' ', text(a), 'e2'))", [100.0, 200.0, None, -450.0]),
    ("number('1_000')", [None] * 4),
    ("number('nan')", [None] * 4),
    ("number('1e999')", [None] * 4),
    ("indicator(f) + 1", [2.0, None, 1.0, 2.0]),
    ("year(d)", [2024.0, None, 1969.0, 2021.0]),
    ("quarter(d)", [1.0, None, 4.0, 1.0]),
    ("month(d)", [2.0, None, 12.0, 1.0]),
    ("week(d)", [9.0, None, 1.0, 53.0]),
    ("day(d)", [29.0, None, 31.0, 3.0]),
    ("day_of_year(d)", [60.0, None, 365.0, 3.0]),
    ("weekday(d)", [4.0, None, 3.0, 7.0]),
    ("hour(d)", [13.0, None, 23.0, 0.0]),
    ("minute(d)", [14.0, None, 59.0, 0.0]),
    ("second(d)", [15.0, None, 59.0, 0.0]),
    ("days_between(date('2021-01-01T12:00'), d)", [1154.0515625, None, -18628.500011574073, 1.5]),
    ("hour(date('2024-01-01T12:00:00+02:00'))", [10.0] * 4),
    ("date('31.1.2024')", [None] * 4),
    (
        "date(concat('3/1/202', text(floor(abs(a)))), '%d/%m/%Y')",
        [
            datetime.fromisoformat("2021-01-03"),
            datetime.fromisoformat("2022-01-03"),
            None,
            datetime.fromisoformat("2024-01-03"),
        ],
    ),
    ("date('2024-01-31', '%d/%m/%Y')", [None] * 4),
    ("'it''s'", ["it's"] * 4),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_an_expression_has_these_values_for_a_column_and_for_each_row_alone(text, expected):
    assert computed(text) == expected
    assert one_by_one(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", ColumnKind.NUMBER),
        ("b", ColumnKind.INTEGER),
        ("b + 1", ColumnKind.INTEGER),
        ("b / 1", ColumnKind.NUMBER),
        ("b + a", ColumnKind.NUMBER),
        ("round(a)", ColumnKind.INTEGER),
        ("round(a, 1)", ColumnKind.NUMBER),
        ("if(f, 1, 2.5)", ColumnKind.NUMBER),
        ("if(f, null, d)", ColumnKind.DATETIME),
        ("a > 1", ColumnKind.BOOLEAN),
        ("concat(s, s)", ColumnKind.TEXT),
        ("weekday(d)", ColumnKind.INTEGER),
    ],
)
def test_the_kind_of_the_result_is_known_before_any_row_is_seen(text, kind):
    assert expressions.compile(text, COLUMNS).kind is kind


def test_the_columns_read_are_named_once_each_in_order_of_appearance():
    assert expressions.compile("b + a * b + length(s)", COLUMNS).columns == ("b", "a", "s")


def test_text_that_grows_beyond_the_limit_is_null():
    doubled = "concat(s, s)"
    for _ in range(20):
        doubled = f"concat({doubled}, replace(s, 'a', 'aaaaaaaaaa'))"
    assert computed(doubled)[0] is not None
    text = "replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa')"
    for _ in range(5):
        text = f"replace({text}, 'a', 'aaaaaaaaaa')"
    assert computed(text) == [None] * 4
