"""Drift between two samples: a verdict for each column, and one for the data as a whole."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring import evidently_tests, histograms, methods
from core.monitoring.histograms import Shares
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.monitor import ColumnDrift, ColumnVerdict

logger = logging.getLogger(__name__)

FEATURE, TARGET, PREDICTION, EXTRA = "feature", "target", "prediction", "extra"


@dataclass(frozen=True)
class Pair:
    """One column on both sides; a side is None where it does not have the column.

    ``kind`` is what to test it as. With a ``reason`` the column is not tested but reported with it.
    """

    name: str
    role: str
    kind: ColumnKind
    reference: "pd.Series[Any] | None"
    current: "pd.Series[Any] | None"
    reason: str = ""


@dataclass(frozen=True)
class Sample:
    """The values of one side of a pair: those that are there, and the share of those that are not."""

    values: "pd.Series[Any]"
    rows: int
    missing: float


def check(
    pairs: Sequence[Pair], tell: Callable[[int], None] = lambda _: None, least: int = methods.MIN_ROWS
) -> tuple[ColumnDrift, ...]:
    """Test every pair; a column that cannot be tested gets a reason and never stops the others.

    ``tell`` hears the position of each column before its test; with fewer than ``least`` values on a side there is no
    verdict.
    """
    found = []
    for position, pair in enumerate(pairs):
        tell(position)
        found.append(_check(pair, least))
    return tuple(found)


def _check(pair: Pair, least: int) -> ColumnDrift:
    try:
        return _compare(pair, least)
    except Exception as error:
        logger.exception("Column %r could not be tested", pair.name)
        return _untested(pair, ColumnVerdict.UNTESTABLE, f"the test failed: {type(error).__name__}: {error}", {})


def _compare(pair: Pair, least: int) -> ColumnDrift:
    reason = pair.reason or _schema_reason(pair)
    if reason or pair.reference is None or pair.current is None:
        return _untested(pair, ColumnVerdict.UNTESTABLE, reason, _sizes(pair))
    reference, current = sample(pair.reference, pair.kind), sample(pair.current, pair.kind)
    facts = _facts(pair.kind, reference, current)
    missing = _missing(pair, reference, current, facts, least)
    own = _own_test(pair, reference, current, facts, least)
    return missing if missing is not None and own.verdict is not ColumnVerdict.DRIFTED else own


def _own_test(pair: Pair, reference: Sample, current: Sample, facts: JsonObject, least: int) -> ColumnDrift:
    """Run the test of the column's kind on the values that are there."""
    sizes = len(reference.values), len(current.values)
    reason = _empty_reason(*sizes)
    if reason:
        return _untested(pair, ColumnVerdict.UNTESTABLE, reason, facts)
    if min(sizes) < least:
        return _untested(pair, ColumnVerdict.TOO_FEW, _few_reason(*sizes, least), facts)
    method = methods.method_for(pair.kind)
    assert method is not None, "columns without a test were reported before"  # noqa: S101
    values = reference.values, current.values
    if not pair.kind.is_numeric:
        values = histograms.cap_categories(*values)
    threshold = method.threshold(*sizes, len(facts["labels"]))
    distance = evidently_tests.statistic(method, threshold, *values)
    drifted = distance >= threshold
    return ColumnDrift(
        **_identity(pair),
        test=method.key,
        statistic=distance,
        threshold=threshold,
        is_p_value=method.is_p_value,
        verdict=ColumnVerdict.DRIFTED if drifted else ColumnVerdict.STABLE,
        reason=_newcomers(pair.kind, reference, current) if drifted else "",
        **facts,
    )


def _missing(pair: Pair, reference: Sample, current: Sample, facts: JsonObject, least: int) -> ColumnDrift | None:
    """Return the finding that the share of missing values changed, or None."""
    if min(reference.rows, current.rows) < least:
        return None
    difference = abs(current.missing - reference.missing)
    pooled = (reference.missing * reference.rows + current.missing * current.rows) / (reference.rows + current.rows)
    threshold = max(methods.MISSING_EFFECT, methods.missing_noise(reference.rows, current.rows, pooled))
    if difference < threshold:
        return None
    return ColumnDrift(
        **_identity(pair),
        test=methods.MISSING_KEY,
        statistic=difference,
        threshold=threshold,
        is_p_value=False,
        verdict=ColumnVerdict.DRIFTED,
        reason=f"missing values went from {reference.missing:.1%} to {current.missing:.1%}",
        **facts,
    )


def sample(side: "pd.Series[Any]", kind: ColumnKind) -> Sample:
    """Return the values as float64 or text; missing and infinite ones are counted as missing.

    Raises:
        ValueError: the column holds something that is no number though it should.
    """
    if kind.is_numeric:
        numbers = pd.to_numeric(side, errors="raise").to_numpy(dtype="float64", na_value=np.nan)
        there = numbers[np.isfinite(numbers)]
        values: pd.Series[Any] = pd.Series(there, dtype="float64")
    else:
        values = side.dropna().map(_text).astype(object).reset_index(drop=True)
    rows = len(side)
    return Sample(values, rows, 1 - len(values) / rows if rows else 0.0)


def _text(value: object) -> str:
    """Return a category as text; a whole number reads the same whether it came as 1 or as 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _facts(kind: ColumnKind, reference: Sample, current: Sample) -> JsonObject:
    """Return sizes, missing shares, means and shares per bin: what is known whether or not there is a test."""
    shares, means = _shapes(kind, reference, current)
    return {
        "rows_reference": reference.rows,
        "rows_current": current.rows,
        "missing_reference": reference.missing,
        "missing_current": current.missing,
        "labels": shares.labels,
        "edges": shares.edges,
        "reference": shares.reference,
        "current": shares.current,
        "mean_reference": means[0],
        "mean_current": means[1],
    }


def _shapes(kind: ColumnKind, reference: Sample, current: Sample) -> tuple[Shares, tuple[float | None, float | None]]:
    if reference.values.empty and current.values.empty:
        return Shares(), (None, None)
    if kind.is_numeric:
        sides = reference.values.to_numpy(), current.values.to_numpy()
        means = [float(side.mean()) if len(side) else None for side in sides]
        return histograms.of_numbers(*sides), (means[0], means[1])
    return histograms.of_categories(*histograms.cap_categories(reference.values, current.values)), (None, None)


def _schema_reason(pair: Pair) -> str:
    if pair.reference is None:
        return "the reference has no such column"
    if pair.current is None:
        return "the current data has no such column"
    if methods.method_for(pair.kind) is None:
        return "dates are not tested for drift"
    return ""


def _empty_reason(rows_reference: int, rows_current: int) -> str:
    if not rows_reference and not rows_current:
        return "every value is missing on both sides"
    if not rows_reference:
        return "every value is missing in the reference"
    return "" if rows_current else "every value is missing in the current data"


def _few_reason(rows_reference: int, rows_current: int, least: int) -> str:
    return (
        f"{rows_reference:,} values in the reference and {rows_current:,} in the current data; below "
        f"{least} on either side chance alone looks like drift"
    )


def _newcomers(kind: ColumnKind, reference: Sample, current: Sample) -> str:
    if kind.is_numeric:
        return ""
    new = histograms.new_categories(reference.values, current.values)[:3]
    shown = ", ".join(f"{name[:40]} ({share:.1%})" for name, share in new)
    return f"not in the reference: {shown}" if shown else ""


def _identity(pair: Pair) -> JsonObject:
    return {"name": pair.name, "kind": pair.kind, "role": pair.role}


def _sizes(pair: Pair) -> JsonObject:
    def missing(side: "pd.Series[Any] | None") -> float:
        return 0.0 if side is None or side.empty else float(side.isna().mean())

    return {
        "rows_reference": 0 if pair.reference is None else len(pair.reference),
        "rows_current": 0 if pair.current is None else len(pair.current),
        "missing_reference": missing(pair.reference),
        "missing_current": missing(pair.current),
    }


def _untested(pair: Pair, verdict: ColumnVerdict, reason: str, facts: JsonObject) -> ColumnDrift:
    method = methods.method_for(pair.kind)
    return ColumnDrift(
        **_identity(pair),
        test=method.key if method else "none",
        statistic=None,
        threshold=None,
        is_p_value=False,
        verdict=verdict,
        reason=reason,
        **(facts or _sizes(pair)),
    )
