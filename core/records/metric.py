"""The figures a model is judged by, and which way is better."""

from core.records.base import Record
from core.records.project import Task


class Metric(Record):
    """One figure: where it makes sense, and whether more of it is better.

    ``unit`` is empty for ratios and scores without a unit, ``target`` for figures in the unit of the target.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    unit: str = ""


_BINARY = (Task.BINARY,)
_MULTICLASS = (Task.MULTICLASS,)
_CLASSES = (Task.BINARY, Task.MULTICLASS)
_REGRESSION = (Task.REGRESSION,)

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="roc_auc", title="ROC AUC", tasks=_BINARY, higher_is_better=True),
        Metric(name="average_precision", title="Average precision", tasks=_BINARY, higher_is_better=True),
        Metric(name="accuracy", title="Accuracy", tasks=_CLASSES, higher_is_better=True),
        Metric(name="balanced_accuracy", title="Balanced accuracy", tasks=_CLASSES, higher_is_better=True),
        Metric(name="precision", title="Precision", tasks=_BINARY, higher_is_better=True),
        Metric(name="recall", title="Recall", tasks=_BINARY, higher_is_better=True),
        Metric(name="f1", title="F1", tasks=_BINARY, higher_is_better=True),
        Metric(name="precision_macro", title="Precision (macro)", tasks=_MULTICLASS, higher_is_better=True),
        Metric(name="recall_macro", title="Recall (macro)", tasks=_MULTICLASS, higher_is_better=True),
        Metric(name="f1_macro", title="F1 (macro)", tasks=_MULTICLASS, higher_is_better=True),
        Metric(name="roc_auc_macro", title="ROC AUC (macro)", tasks=_MULTICLASS, higher_is_better=True),
        Metric(name="mcc", title="Matthews correlation", tasks=_CLASSES, higher_is_better=True),
        Metric(name="log_loss", title="Log loss", tasks=_CLASSES, higher_is_better=False),
        Metric(name="brier", title="Brier score", tasks=_BINARY, higher_is_better=False),
        Metric(name="rmse", title="RMSE", tasks=_REGRESSION, higher_is_better=False, unit="target"),
        Metric(name="mae", title="MAE", tasks=_REGRESSION, higher_is_better=False, unit="target"),
        Metric(name="median_ae", title="Median abs. error", tasks=_REGRESSION, higher_is_better=False, unit="target"),
        Metric(name="mape", title="MAPE", tasks=_REGRESSION, higher_is_better=False),
        Metric(name="r2", title="R²", tasks=_REGRESSION, higher_is_better=True),
        Metric(
            name="pinball_10",
            title="Pinball loss (10 %)",
            tasks=_REGRESSION,
            higher_is_better=False,
            unit="target",
        ),
        Metric(
            name="pinball_90",
            title="Pinball loss (90 %)",
            tasks=_REGRESSION,
            higher_is_better=False,
            unit="target",
        ),
    )
}
"""Every metric by name, in the order screens show them."""

_DEFAULTS = {Task.BINARY: "roc_auc", Task.MULTICLASS: "accuracy", Task.REGRESSION: "rmse"}


def metrics_of(task: Task) -> tuple[Metric, ...]:
    """Return the metrics that make sense for ``task``, in the order screens show them."""
    return tuple(metric for metric in METRICS.values() if task in metric.tasks)


def default_metric(task: Task) -> str:
    """Return the metric a project is judged by when its owner names none."""
    return _DEFAULTS[task]
