"""Two runs side by side."""

from core.records.base import Record
from core.records.metric import METRICS
from core.records.training import Run


class ParameterDifference(Record):
    """One parameter that differs; None where a run does not have it."""

    name: str
    first: str | None
    second: str | None


class MetricDifference(Record):
    """One metric of both runs; ``better`` tells whether the second is.

    None for a tie, an unknown metric, or a figure on training rows, which a model that learned them by heart wins.
    """

    name: str
    first: float
    second: float
    difference: float
    better: bool | None


class RunComparison(Record):
    """What differs between two runs."""

    first: str
    second: str
    params: tuple[ParameterDifference, ...]
    metrics: tuple[MetricDifference, ...]


def compare(first: Run, second: Run) -> RunComparison:
    """Set the parameters that differ and the metrics both have side by side."""
    names = sorted({*first.params, *second.params})
    return RunComparison(
        first=first.run_id,
        second=second.run_id,
        params=tuple(
            ParameterDifference(name=name, first=first.params.get(name), second=second.params.get(name))
            for name in names
            if first.params.get(name) != second.params.get(name)
        ),
        metrics=tuple(
            _metric(name, first.metrics[name], second.metrics[name])
            for name in sorted({*first.metrics} & {*second.metrics})
        ),
    )


def _metric(name: str, first: float, second: float) -> MetricDifference:
    known = METRICS.get(name)
    is_tie = known is None or first == second
    better = None if known is None or is_tie else (second > first) == known.higher_is_better
    return MetricDifference(name=name, first=first, second=second, difference=second - first, better=better)
