"""One row gives what it gives among many, in both ways of computing, for any expression."""

import struct
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets import expressions
from core.records.dataset import ColumnKind
from tests.core.datasets.expressions.rows import COLUMNS, plain, records

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5).map(float))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": NUMBERS,
            "b": st.one_of(st.none(), st.integers(-(2**53), 2**53).map(float)),
            "s": st.one_of(st.none(), st.text(max_size=6)),
            "d": st.one_of(st.none(), st.datetimes()),
            "f": st.one_of(st.none(), st.booleans()),
            "total charges.€": NUMBERS,
        }
    ),
    min_size=1,
    max_size=40,
)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    made = {}
    for column in COLUMNS:
        values = [row[column.name] for row in rows]
        if column.kind is ColumnKind.DATETIME:
            made[column.name] = pd.Series(np.array(values, dtype="datetime64[us]"))
        elif column.kind.is_numeric:
            made[column.name] = pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)
        else:
            made[column.name] = pd.Series(values, dtype=object)
    return pd.DataFrame(made)


def _call(*patterns: str) -> Any:
    return st.sampled_from(patterns)


def _filled(pattern: str, **holes: Any) -> Any:
    """Expressions of a pattern in which {n}, {t}, {m} and {c} are numbers, texts, moments and conditions."""
    count = {name: pattern.count("{" + name + "}") for name in holes}
    parts = {name: st.tuples(*[holes[name]] * number) for name, number in count.items()}

    def fill(chosen: dict[str, tuple[str, ...]]) -> str:
        text = pattern
        for name, values in chosen.items():
            for value in values:
                text = text.replace("{" + name + "}", value, 1)
        return text

    return st.fixed_dictionaries(parts).map(fill)


N = [
    "({n} + {n})",
    "({n} - {n})",
    "({n} * {n})",
    "({n} / {n})",
    "({n} // {n})",
    "({n} % {n})",
    "({n} ** {n})",
    "(-{n})",
]
N += [f"{name}({{n}})" for name in ("log", "log1p", "log10", "exp", "sqrt", "sin", "abs", "floor", "ceil", "round")]
N += ["round({n}, 3)", "clip({n}, {n}, {n})", "min({n}, {n})", "max({n}, {n})", "bins({n}, -1, 0.5, 7)"]
N += ["length({t})", "number({t})", "indicator({c})", "if({c}, {n}, {n})", "coalesce({n}, {n})"]
N += [
    f"{name}({{m}})" for name in ("year", "month", "week", "day", "weekday", "day_of_year", "hour", "minute", "second")
]
N += ["days_between({m}, {m})"]
T = ["upper({t})", "lower({t})", "trim({t})", "replace({t}, {t}, {t})", "substring({t}, {n}, {n})", "concat({t}, {t})"]
T += ["text({n})", "if({c}, {t}, null)", "coalesce({t}, {t})"]
M = ["date({t})", "if({c}, {m}, {m})", "coalesce({m}, {m})"]
C = ["({n} < {n})", "({n} = {n})", "({t} < {t})", "({t} = {t})", "({m} > {m})", "({c} and {c})", "({c} or {c})"]
C += ["(not {c})", "({n} between {n} and {n})", "({n} in (1, 2, 3))", "({t} in ('a', 'b'))", "({n} is null)"]
C += ["({t} is not null)", "({c} = {c})", "starts_with({t}, {t})", "contains({t}, {t})", "ends_with({t}, {t})"]

n: Any = st.deferred(lambda: st.sampled_from(["a", "b", "`total charges.€`", "2", "0", "0.1"]) | _grown(N))
t: Any = st.deferred(lambda: st.sampled_from(["s", "'a'", "'2024-02-29'"]) | _grown(T))
m: Any = st.deferred(lambda: st.sampled_from(["d", "date('2020-06-15')"]) | _grown(M))
c: Any = st.deferred(lambda: st.sampled_from(["f", "true"]) | _grown(C))


def _grown(patterns: list[str]) -> Any:
    return st.sampled_from(patterns).flatmap(lambda pattern: _filled(pattern, n=n, t=t, m=m, c=c))


def _exactly(value: Any) -> Any:
    """A value in which every bit counts, the sign of zero apart."""
    return struct.pack("<d", value + 0.0) if isinstance(value, float) else value


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(n, t, m, c).filter(lambda text: len(text) < 500), rows=ROWS)
def test_a_row_alone_gives_what_it_gives_among_others(text, rows):
    frame = _frame(rows)
    expression = expressions.compile(text, COLUMNS)
    together = list(map(_exactly, plain(expression.evaluate(frame))))
    assert [_exactly(expression.value(row)) for row in records(frame)] == together
    alone = [plain(expression.evaluate(frame.iloc[[place]]))[0] for place in range(len(frame))]
    assert list(map(_exactly, alone)) == together


@settings(max_examples=100, deadline=None)
@given(text=n, rows=ROWS)
def test_a_number_is_finite_or_null(text, rows):
    values = expressions.compile(text, COLUMNS).evaluate(_frame(rows))
    assert not np.isinf(values.to_numpy()).any()
