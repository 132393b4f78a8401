"""The label inbox: coverage by day, how long labels take, and what is missing."""

import numpy as np
import pandas as pd

from core.monitoring.production.answers import Answers, moments
from core.records.performance import DayOfLabels, LabelInbox
from core.training.measures import Array

BOUNDS_H = (1.0, 6.0, 24.0, 72.0, 168.0, 336.0, 720.0, 1440.0)
"""Upper bounds of the classes of delay, in hours."""

SHOWN = 1_000
"""Answers without a label that are named."""


def of(answers: Answers) -> LabelInbox:
    """Return what came true so far."""
    has_label = np.array([value is not None for value in answers.label], dtype=bool)
    lag = answers.lag[has_label]
    early = int((lag < 0).sum())
    missing = np.flatnonzero(~has_label)[:SHOWN]
    at = moments(answers)
    return LabelInbox(
        days=tuple(_days(answers, has_label)),
        predictions=len(answers),
        labelled=int(has_label.sum()),
        delays=_delays(lag[lag >= 0]),
        median_hours=float(np.median(lag[lag >= 0])) if (lag >= 0).any() else None,
        early=early,
        missing=tuple((str(answers.ids[place]), at[place]) for place in missing),
    )


def _days(answers: Answers, has_label: Array) -> list[DayOfLabels]:
    days = pd.DatetimeIndex(answers.at, tz="UTC").floor("D")
    counted = pd.DataFrame({"day": days, "label": has_label}).groupby("day")["label"].agg(["size", "sum"])
    return [
        DayOfLabels(day=day.to_pydatetime(), predictions=int(size), labelled=int(labelled))
        for day, size, labelled in counted.itertuples()
    ]


def _delays(lag: Array) -> tuple[tuple[float | None, int], ...]:
    classes = np.searchsorted(BOUNDS_H, lag, side="left")
    counts = np.bincount(classes, minlength=len(BOUNDS_H) + 1)
    return tuple(zip((*BOUNDS_H, None), (int(count) for count in counts), strict=True))
