"""Two runs side by side: what was asked differently, and what came of it."""

from core.records.metric import METRICS
from core.records.training import MetricDifference, ParameterDifference, Run, RunComparison


def compare(first: Run, second: Run) -> RunComparison:
    """Return the parameters in which the runs differ and every metric they share, signed from first to second."""
    params = [
        ParameterDifference(name=name, first=first.params.get(name), second=second.params.get(name))
        for name in sorted(first.params.keys() | second.params.keys())
        if first.params.get(name) != second.params.get(name)
    ]
    shared = sorted(first.metrics.keys() & second.metrics.keys())
    metrics = [_metric(name, first.metrics[name], second.metrics[name]) for name in shared]
    return RunComparison(first=first.run_id, second=second.run_id, params=tuple(params), metrics=tuple(metrics))


def _metric(name: str, first: float, second: float) -> MetricDifference:
    known = METRICS.get(name.removeprefix("train_"))
    better = None
    if known is not None and first != second:
        better = (second > first) == known.higher_is_better
    return MetricDifference(name=name, first=first, second=second, difference=second - first, better=better)
