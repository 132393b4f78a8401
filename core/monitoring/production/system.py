"""What the scoring API did over time, from the tallies its processes leave each minute."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.records.performance import SystemPoint
from core.records.traffic import LATENCY_S, ServingTally

POINTS = 120
"""Steps of a time at most."""


def over_time(tallies: Sequence[ServingTally], since: datetime, until: datetime) -> list[SystemPoint]:
    """Return the figures of steps of equal length, whole minutes each; ``tallies`` are the oldest first."""
    minutes = max(1, -int((since - until).total_seconds() // 60) // POINTS)
    step, moments = timedelta(minutes=minutes), [one.minute for one in tallies]
    points, at = [], since
    while at < until:
        part = tallies[bisect_left(moments, at) : bisect_left(moments, at + step)]
        points.append(_point(at, part, step))
        at += step
    return points


def latency_ms(tallies: Sequence[ServingTally], share: float) -> float | None:
    """Return a quantile of latency in ms, read between the bounds of its class as Prometheus does; the last class
    counts as its lower bound."""
    counts = [sum(column) for column in zip(*(one.buckets for one in tallies), strict=True)]
    wanted: float = share * sum(counts)
    passed = 0
    for place, count in enumerate(counts):
        if count and passed + count >= wanted:
            low = LATENCY_S[place - 1] if place else 0.0
            high = LATENCY_S[place] if place < len(LATENCY_S) else low
            return float(1000 * (low + (high - low) * (wanted - passed) / count))
        passed += count
    return None


def cores(tallies: Sequence[ServingTally], time: timedelta) -> float | None:
    """Return how many cores were busy during ``time`` on average; None where that was not measured."""
    used = {(one.process, one.minute): one.cpu_s for one in tallies if one.memory_mb}
    return sum(used.values()) / time.total_seconds() if used else None


def memory_mb(tallies: Sequence[ServingTally]) -> float | None:
    """Return the most memory that all processes had together in a minute, in MB; None where it was not measured."""
    held: dict[datetime, dict[str, float]] = {}
    for one in tallies:
        if one.memory_mb:
            held.setdefault(one.minute, {})[one.process] = one.memory_mb
    return max((sum(processes.values()) for processes in held.values()), default=None)


def _point(at: datetime, part: Sequence[ServingTally], step: timedelta) -> SystemPoint:
    return SystemPoint(
        at=at,
        requests=sum(one.requests for one in part),
        failed=sum(one.failed for one in part),
        refused=sum(one.refused for one in part),
        rows=sum(one.rows for one in part),
        p50_ms=latency_ms(part, 0.5),
        p95_ms=latency_ms(part, 0.95),
        p99_ms=latency_ms(part, 0.99),
        cores=cores(part, step),
        memory_mb=memory_mb(part),
    )
