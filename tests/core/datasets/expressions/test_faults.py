import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets import expressions
from core.errors import InvalidExpression, InvalidInput
from core.records.dataset import Column, ColumnKind
from tests.core.datasets.expressions.rows import COLUMNS

FAULTS = [
    ("a +", 4, "expected a column, a value or a function, found the end"),
    ("", 1, "expected a column"),
    ("tenur + 1", 1, "there is no column 'tenur'. There are: a, b, s, d, f, total charges.€."),
    ("`total charges` + 1", 1, "Did you mean 'total charges.€'?"),
    ("a / total charges.€", 5, "is more than one word: write it in backquotes, `total charges.€`."),
    ("1 + lg(a)", 5, "there is no function 'lg'. Did you mean 'log'?"),
    ("log(a, b)", 1, "log(x) takes 1 value, not 2"),
    ("bins(a)", 1, "at least 2 values, not 1"),
    ("a < b < 3", 7, "cannot be chained"),
    ("(a", 3, "expected ')' to close the bracket"),
    ("'x", 1, "never ends"),
    ("a & b", 3, "Write `and`"),
    ("a + s", 5, "the right side of '+' must be a number, not text. number(…) reads one out of text."),
    ("year(s)", 6, "must be a moment, not text"),
    ("a and f", 1, "must be a condition (true or false), not number"),
    ("round(a, b)", 10, "must be a plain value"),
    ("round(a, 99)", 10, "between -15 and 15"),
    ("bins(a, 2, 1)", 9, "must rise"),
    ("date(s, '%Q')", 9, "as in '%d/%m/%Y'"),
    ("date(s, '%d%d')", 9, "twice"),
    ("date(s, s)", 9, "must be a plain value"),
    ("null", 1, "always null"),
    ("a = null", 5, "Write `x is null`"),
    ("coalesce(null, null)", 1, "are null"),
    ("if(f, 1, 'x')", 10, "integer and text do not go together"),
    ("d > '2020-01-01'", 5, "date(…) reads one out of text"),
    ("s in (1)", 7, "do not go together"),
    ("f < true", 1, "must be datetime or integer or number or text"),
    ("a b", 3, "or the end, found 'b'"),
    ("1e999", 1, "too large"),
    ("1x", 1, "neither a number nor a name"),
    ("1.2.3", 1, "neither a number nor a name"),
    ("a not b", 7, "expected `in` or `between`"),
    ("-s", 2, "x in -x must be a number, not text"),
    ("(" * 60 + "a" + ")" * 60, 41, "nested too deeply"),
    ("+".join(["a"] * 150), 101, "too many operators"),
    ("a" * 3000, 2001, "too long"),
    ("a in (" + ",".join(["1"] * 600) + ")", 1007, "more than 500 values"),
    ("__import__('os')", 1, "there is no function '__import__'"),
    ("a.real", 2, "means nothing here"),
    ("a[0]", 2, "means nothing here"),
    ("lambda: a", 7, "means nothing here"),
]


@pytest.mark.parametrize(("text", "position", "said"), FAULTS, ids=[text[:30] for text, *_ in FAULTS])
def test_a_fault_is_told_with_its_place_and_what_was_expected(text, position, said):
    with pytest.raises(InvalidExpression) as caught:
        expressions.compile(text, COLUMNS)
    assert caught.value.position == position
    assert said in caught.value.message
    assert f"Character {position}" in caught.value.message


def test_names_of_any_spelling_stand_in_backquotes():
    odd = Column(name="a`b and\nüber 1", kind=ColumnKind.NUMBER, nullable=False)
    expression = expressions.compile("`a``b and\nüber 1` + 1", [odd])
    assert expression.evaluate(pd.DataFrame({odd.name: [1.0]})).tolist() == [2.0]


def test_the_place_of_a_fault_is_shown_below_its_line():
    assert expressions.pointed("a +\n  b c", 9) == "  b c\n    ^"


def test_rows_that_lack_a_column_are_refused():
    with pytest.raises(InvalidInput, match="have no column 'a'"):
        expressions.compile("a + 1", COLUMNS).evaluate(pd.DataFrame({"b": [1]}))


def fault_of(text):
    """The place of the fault, or 1 for an expression that is sound."""
    try:
        expressions.compile(text, COLUMNS)
    except InvalidExpression as fault:
        return fault.position
    return 1


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_fault_within_it(text):
    assert 1 <= fault_of(text) <= len(text) + 1


@given(
    st.lists(
        st.sampled_from(
            ["a", "s", "(", ")", "+", "-", "**", "not", "and", "in", "1", "'x'", ",", "if(", "is", "null", "between"]
        ),
        max_size=30,
    )
)
def test_any_row_of_words_is_an_expression_or_a_fault_within_it(words):
    text = " ".join(words)
    assert 1 <= fault_of(text) <= len(text) + 1
