"""What two samples of a column say: sizes, shapes and every statistic; the verdict comes from :mod:`judging`."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from core.monitoring import evidently_tests, histograms, judging, methods, scores
from core.monitoring.histograms import Shares
from core.monitoring.samples import CategorySample, NumberSample, Sample, sample
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.drift_rule import RuleDraft
from core.records.monitor import ColumnDrift, ColumnVerdict
from core.statistics import significance

logger = logging.getLogger(__name__)

Found = TypeVar("Found")


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


def check(
    pairs: Sequence[Pair],
    rule: RuleDraft | None = None,
    tell: Callable[[int], None] = lambda _: None,
    *,
    asks_evidently: bool = False,
) -> tuple[ColumnDrift, ...]:
    """Measure and judge every pair; a column that cannot be tested gets a reason and never stops the others.

    ``tell`` hears the position of each column before it is measured.
    """
    asked, found = rule or RuleDraft(), []
    for position, pair in enumerate(pairs):
        tell(position)
        measured = measure(pair)
        found.append(by_evidently(measured, pair, asked) if asks_evidently else measured)
    return judging.judge(found, asked)


def measure(pair: Pair) -> ColumnDrift:
    """Return sizes, shapes and scores of a pair, without a verdict yet; an error becomes the reason."""
    try:
        reason = pair.reason or _schema_reason(pair)
        if reason or pair.reference is None or pair.current is None:
            return unmeasured(pair, reason)
        return compare(pair, sample(pair.reference, pair.kind), sample(pair.current, pair.kind))
    except Exception as error:
        logger.exception("Column %r could not be tested", pair.name)
        return unmeasured(pair, f"the test failed: {type(error).__name__}: {error}")


def ahead(tasks: Sequence[Callable[[], Found]], at_once: int) -> Iterator[Found]:
    """Yield what tasks return, in their order, while the next ones are at work.

    Reading, sorting and searching leave the interpreter free, so that two columns of many rows take the time of one.
    """
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            yield from (future.result() for future in futures)
        finally:
            for future in futures:
                future.cancel()


def compare(pair: Pair, reference: Sample, current: Sample) -> ColumnDrift:
    """Return what is known of a column from both samples; they are of one kind."""
    is_text = isinstance(reference, CategorySample) and isinstance(current, CategorySample)
    if is_text and reference.is_free_text and current.is_free_text:  # type: ignore[union-attr]
        lengths = reference.lengths(), current.lengths()  # type: ignore[union-attr]
        found = _filled(pair, *lengths, scores.of_lengths(lengths[0].values, lengths[1].values))
        return found.model_copy(update={"reason": "free text: the lengths of the texts are compared"})
    return _filled(pair, reference, current, _scores(reference, current))


def _filled(pair: Pair, reference: Sample, current: Sample, found: dict[str, float]) -> ColumnDrift:
    return ColumnDrift(
        **_identity(pair),
        verdict=ColumnVerdict.UNTESTABLE,
        reason=_empty_reason(reference.present, current.present),
        rows_reference=reference.rows,
        rows_current=current.rows,
        values_reference=reference.present,
        values_current=current.present,
        missing_reference=reference.missing,
        missing_current=current.missing,
        scores={**found, **_missing(reference, current)},
        **_shape(reference, current),
    )


def _scores(reference: Sample, current: Sample) -> dict[str, float]:
    if not (reference.present and current.present):
        return {}
    if isinstance(reference, NumberSample) and isinstance(current, NumberSample):
        return scores.of_numbers(reference.values, current.values)
    assert isinstance(reference, CategorySample)  # noqa: S101 - both sides are read as one kind
    assert isinstance(current, CategorySample)  # noqa: S101
    return scores.of_categories(*histograms.capped(reference.counts, current.counts))


def _missing(reference: Sample, current: Sample) -> dict[str, float]:
    if not (reference.rows and current.rows):
        return {}
    p = significance.proportions(reference.missing, reference.rows, current.missing, current.rows)
    return {methods.MISSING_KEY: abs(current.missing - reference.missing), methods.MISSING_P: p}


def _shape(reference: Sample, current: Sample) -> JsonObject:
    if isinstance(reference, NumberSample) and isinstance(current, NumberSample):
        sides = reference.values, current.values
        shares = histograms.of_numbers(*sides) if reference.present or current.present else Shares()
        means = [float(side.mean()) if len(side) else None for side in sides]
        quantiles = [histograms.quantiles(side) for side in sides]
        return {
            **_drawn(shares),
            "mean_reference": means[0],
            "mean_current": means[1],
            "quantiles_reference": quantiles[0],
            "quantiles_current": quantiles[1],
        }
    assert isinstance(reference, CategorySample)  # noqa: S101
    assert isinstance(current, CategorySample)  # noqa: S101
    old, new = reference.counts, current.counts
    return {
        **_drawn(histograms.of_categories(*histograms.capped(old, new))),
        "categories": len({**old, **new}),
        "gained": histograms.only_in(new, old),
        "lost": histograms.only_in(old, new),
    }


def _drawn(shares: Shares) -> JsonObject:
    return {
        "labels": shares.labels,
        "edges": shares.edges,
        "reference": shares.reference,
        "current": shares.current,
    }


def by_evidently(found: ColumnDrift, pair: Pair, rule: RuleDraft) -> ColumnDrift:
    """Return the column with Evidently's own number for the test that the rule asks."""
    method = judging.method_of(found, rule)
    if method is None or not method.evidently or method.key not in found.scores:
        return found
    assert pair.reference is not None  # noqa: S101 - a column with scores has both sides
    assert pair.current is not None  # noqa: S101
    sides = sample(pair.reference, pair.kind), sample(pair.current, pair.kind)
    if isinstance(sides[0], CategorySample) and isinstance(sides[1], CategorySample):
        counts = histograms.capped(sides[0].counts, sides[1].counts)
        sides = CategorySample(counts[0], sides[0].rows), CategorySample(counts[1], sides[1].rows)
    value = evidently_tests.statistic(method, *(evidently_tests.values(side) for side in sides))
    return found.model_copy(update={"scores": {**found.scores, method.key: value}})


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


def _identity(pair: Pair) -> JsonObject:
    method = methods.method_for(pair.kind)
    return {
        "name": pair.name,
        "kind": pair.kind,
        "role": pair.role,
        "test": method.key if method else "none",
        "statistic": None,
        "threshold": None,
        "is_p_value": False,
    }


def unmeasured(pair: Pair, reason: str) -> ColumnDrift:
    """Return a column that cannot be tested, with the reason."""

    def rows(side: "pd.Series[Any] | None") -> int:
        return 0 if side is None else len(side)

    def missing(side: "pd.Series[Any] | None") -> float:
        return 0.0 if side is None or not len(side) else float(side.isna().mean())

    return ColumnDrift(
        **_identity(pair),
        verdict=ColumnVerdict.UNTESTABLE,
        reason=reason,
        rows_reference=rows(pair.reference),
        rows_current=rows(pair.current),
        missing_reference=missing(pair.reference),
        missing_current=missing(pair.current),
    )
