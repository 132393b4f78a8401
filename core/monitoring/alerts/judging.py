"""Is a value bad? Pure: the condition of a rule against the readings of one series, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from statistics import fmean, stdev

from core.monitoring.alerts.samples import Reading
from core.records.alert import Condition, ConditionKind, Direction

FEWEST = 3
"""Earlier values below which nothing is compared with them."""


@dataclass(frozen=True)
class Finding:
    """What a condition says of the newest reading: whether it fires, and why in words; None where it cannot tell."""

    fires: bool | None
    why: str


def judge(condition: Condition, readings: Sequence[Reading]) -> Finding:
    """Judge the newest reading; with ``times`` and ``of`` those before it count, too."""
    newest = _one(condition, readings)
    if newest.fires is None or condition.of == 1:
        return newest
    ends = range(len(readings), 0, -1)
    said = [one.fires for one in (_one(condition, readings[:end]) for end in ends) if one.fires is not None]
    bad = sum(said[: condition.of])
    why = f"{newest.why}; {bad} of the last {min(len(said), condition.of)} values are like that"
    return Finding(bad >= condition.times, why)


def absent(condition: Condition, since: datetime, now: datetime) -> Finding:
    """Judge that nothing has come since ``since``."""
    waited = now - since
    hours = waited.total_seconds() / 3600
    return Finding(waited > timedelta(hours=condition.limit), f"nothing new for {hours:,.1f} hours")


def needed(condition: Condition) -> int:
    """Return how many readings a judgement looks at."""
    compares = condition.kind in (ConditionKind.CHANGE, ConditionKind.ZSCORE)
    return condition.of + (condition.earlier if compares else 0)


def _one(condition: Condition, readings: Sequence[Reading]) -> Finding:
    reading = readings[-1]
    if reading.value is None:
        return Finding(None, "no value")
    if reading.rows < condition.least:
        return Finding(None, f"{reading.rows:,} rows are fewer than the {condition.least:,} that are asked for")
    if condition.kind is ConditionKind.THRESHOLD:
        return _against_limit(condition, reading.value)
    usable = [one.value for one in readings[:-1] if one.value is not None and one.rows >= condition.least]
    before = usable[-condition.earlier :]
    if len(before) < FEWEST:
        return Finding(None, f"{len(before)} earlier values are too few to compare with")
    compare = _change if condition.kind is ConditionKind.CHANGE else _deviation
    return compare(condition, reading.value, before)


def _against_limit(condition: Condition, value: float) -> Finding:
    is_bad = value > condition.limit if condition.direction is Direction.ABOVE else value < condition.limit
    return Finding(is_bad, f"{value:.4g}, {_side(condition, value)} {condition.limit:.4g}")


def _side(condition: Condition, value: float) -> str:
    return "at" if value == condition.limit else "above" if value > condition.limit else "below"


def _change(condition: Condition, value: float, before: Sequence[float]) -> Finding:
    mean = fmean(before)
    if mean == 0:
        return Finding(None, "the values before are 0 on average, so there is no relative change")
    change = (value - mean) / abs(mean)
    return Finding(
        _reaches(condition, change), f"{value:.4g}, {change:+.1%} against {mean:.4g}, the mean of {len(before)} before"
    )


def _deviation(condition: Condition, value: float, before: Sequence[float]) -> Finding:
    mean, spread = fmean(before), stdev(before)
    beyond = 0.0 if value == mean else inf if value > mean else -inf
    score = (value - mean) / spread if spread else beyond
    told = f"{score:+.1f}" if abs(score) < inf else "any number of"
    return Finding(
        _reaches(condition, score),
        f"{value:.4g}, {told} standard deviations from {mean:.4g}, the mean of {len(before)} before",
    )


def _reaches(condition: Condition, found: float) -> bool:
    return found > condition.limit if condition.direction is Direction.ABOVE else found < -condition.limit
