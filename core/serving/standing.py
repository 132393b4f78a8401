"""How a candidate stands beside the champion, and what rolls a canary back."""

import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.label import Label
from core.records.prediction import CHAMPION
from core.records.project import Project, Task
from core.records.traffic import (
    Comparison,
    Finding,
    Guards,
    Measure,
    ServingTally,
    Standing,
    Traffic,
    TrafficMode,
)
from core.serving import latencies
from core.serving.traffic import TrafficService
from core.statistics.sequential import Gap, Sample, gap, numbers, proportion

logger = logging.getLogger(__name__)

PANEL_ALPHA = 0.05
GUARD_ALPHA = 0.01
BEFORE = timedelta(hours=1)
"""The champion is known by what it answered from this long before the candidate came."""

SLOW_SHARE = 0.05
"""A p95 beyond a limit is the same as more than this share of answers beyond it."""

LABELS_EVERY = timedelta(seconds=20)


class StandingService:
    """Compares candidates with champions, for the screens and for the guards."""

    def __init__(self, store: Store, log: PredictionLog, shadows: PredictionLog, traffic: TrafficService) -> None:
        self._store = store
        self._log = log
        self._shadows = shadows
        self._traffic = traffic
        self._judged: dict[int, tuple[int, datetime]] = {}

    def of(self, traffic: Traffic) -> Standing:
        """Compare a candidate with the champion by everything that is known.

        Raises:
            ProjectNotFound: there is no such project.
        """
        compared = (*self._by_tallies(traffic, PANEL_ALPHA), *self._by_log(traffic, PANEL_ALPHA))
        return Standing(traffic=traffic, comparisons=compared, confidence=1 - PANEL_ALPHA)

    def watch(self, now: datetime) -> int:
        """Roll back every candidate that breaks one of its guards; return how many. Called by the leading worker."""
        with self._store.read() as work:
            live = work.traffic.live()
        self._judged = {given: kept for given, kept in self._judged.items() if any(one.id == given for one in live)}
        return sum(self._judge(traffic, now) for traffic in live)

    def _judge(self, traffic: Traffic, now: datetime) -> bool:
        guards = traffic.guards
        compared: Sequence[Comparison] = ()
        if guards.errors is not None or guards.latency is not None:
            compared = self._by_tallies(traffic, GUARD_ALPHA)
        if guards.loss is not None and self._has_new_labels(traffic, now):
            compared = (*compared, *self._by_log(traffic, GUARD_ALPHA))
        broken = [one.breach for one in compared if one.breach]
        if not broken:
            return False
        logger.warning("version %s of %s is rolled back: %s", traffic.version, traffic.project, broken[0])
        return self._traffic.roll_back(traffic, " ".join(broken))

    def _has_new_labels(self, traffic: Traffic, now: datetime) -> bool:
        seen, at = self._judged.get(traffic.id, (0, traffic.since - LABELS_EVERY))
        if now - at < LABELS_EVERY:
            return False
        with self._store.read() as work:
            count = work.labels.count(traffic.project)
        self._judged[traffic.id] = count, now
        return count != seen

    def _by_tallies(self, traffic: Traffic, alpha: float) -> tuple[Comparison, ...]:
        start = traffic.since.replace(second=0, microsecond=0)
        with self._store.read() as work:
            champion = work.tallies.find(traffic.project, start - BEFORE, traffic.until, [CHAMPION])
            candidate = work.tallies.find(traffic.project, start, traffic.until, [traffic.mode.value])
        own = [tally for tally in candidate if tally.version == traffic.version]
        others = [tally for tally in champion if tally.version != traffic.version]
        return _errors(others, own, traffic.guards, alpha), _latency(others, own, traffic.guards, alpha)

    def _by_log(self, traffic: Traffic, alpha: float) -> tuple[Comparison, ...]:
        with self._store.read() as work:
            project = work.projects.get(traffic.project)
            labels = work.labels.latest(traffic.project)
        served = _table(self._log, traffic)
        is_shadow = traffic.mode is TrafficMode.SHADOW
        own = _rows(_table(self._shadows, traffic) if is_shadow else served, traffic.mode.value, traffic.version)
        champion = _rows(served, CHAMPION, None)
        answers = _answers(project, champion, own, traffic.guards.minimum, alpha)
        return _losses(project, champion, own, labels, traffic.guards, alpha), answers


def _errors(champion: Sequence[ServingTally], own: Sequence[ServingTally], guards: Guards, alpha: float) -> Comparison:
    sides = []
    for tallies in (champion, own):
        asked = sum(tally.requests - tally.refused for tally in tallies)
        sides.append(proportion(sum(tally.failed for tally in tallies), asked))
    made = _compared(Measure.ERRORS, sides, guards.minimum, alpha)
    if guards.errors is None or not _is_judged(made) or made.low is None or made.low <= guards.errors:
        return made
    told = (
        f"{sides[1].mean:.1%} of its {sides[1].rows:,} requests failed, {sides[0].mean:.1%} of the champion's; "
        f"{guards.errors:.1%} more are allowed."
    )
    return made.model_copy(update={"breach": told})


def _latency(champion: Sequence[ServingTally], own: Sequence[ServingTally], guards: Guards, alpha: float) -> Comparison:
    theirs, ours = latencies.summed(champion), latencies.summed(own)
    usual, its = latencies.quantile(theirs, 0.95), latencies.quantile(ours, 0.95)
    slow_s = latencies.bound(usual * (guards.latency or 1.0)) if usual is not None else None
    slow = [proportion(latencies.slower(buckets, slow_s), sum(buckets)) for buckets in (theirs, ours)]
    made = _compared(Measure.LATENCY, slow, guards.minimum, alpha)
    made = made.model_copy(update={"champion": usual, "candidate": its, "slow_s": slow_s})
    if guards.latency is None or not _is_judged(made) or made.low is None or made.low <= SLOW_SHARE or slow_s is None:
        return made
    told = (
        f"{slow[1].mean:.1%} of its {slow[1].rows:,} answers took longer than {slow_s * 1000:g} ms, "
        f"{slow[0].mean:.1%} of the champion's; its 95th percentile may be {guards.latency:g} times the champion's."
    )
    return made.model_copy(update={"breach": told})


def _losses(
    project: Project,
    champion: Sequence[Mapping[str, Any]],
    own: Sequence[Mapping[str, Any]],
    labels: Mapping[str, Label],
    guards: Guards,
    alpha: float,
) -> Comparison:
    sides = [_loss(project.task, rows, labels) for rows in (champion, own)]
    made = _compared(Measure.LOSS, sides, guards.minimum, alpha)
    if guards.loss is None or not _is_judged(made) or made.low is None or made.low <= guards.loss:
        return made
    told = (
        f"By {sides[1].rows:,} labels its mean loss is {sides[1].mean:.4g}, the champion's {sides[0].mean:.4g}; "
        f"{guards.loss:g} more are allowed."
    )
    return made.model_copy(update={"breach": told})


def _loss(task: Task, rows: Sequence[Mapping[str, Any]], labels: Mapping[str, Label]) -> Sample:
    pairs = [(row["prediction"], labels[row["prediction_id"]].label) for row in rows if row["prediction_id"] in labels]
    if task is not Task.REGRESSION:
        return proportion(sum(str(answer) != str(label) for answer, label in pairs), len(pairs))
    losses = [abs(float(answer) - float(label)) for answer, label in pairs]
    return numbers(len(losses), math.fsum(losses), math.fsum(loss * loss for loss in losses))


def _answers(
    project: Project,
    champion: Sequence[Mapping[str, Any]],
    own: Sequence[Mapping[str, Any]],
    minimum: int,
    alpha: float,
) -> Comparison:
    sides = []
    for rows in (champion, own):
        if project.task is Task.REGRESSION:
            values = [float(row["prediction"]) for row in rows]
            sides.append(numbers(len(values), math.fsum(values), math.fsum(value * value for value in values)))
        else:
            asked_for = project.positive
            if asked_for is None and rows:
                asked_for = min(str(row["prediction"]) for row in (*champion, *own))
            sides.append(proportion(sum(str(row["prediction"]) == asked_for for row in rows), len(rows)))
    return _compared(Measure.ANSWER, sides, minimum, alpha)


def _compared(measure: Measure, sides: Sequence[Sample], minimum: int, alpha: float) -> Comparison:
    champion, candidate = sides
    found = gap(champion, candidate, alpha=alpha, tightest_at=2 * minimum)
    return Comparison(
        measure=measure,
        champion=champion.mean if champion.rows else None,
        candidate=candidate.mean if candidate.rows else None,
        champion_rows=champion.rows,
        candidate_rows=candidate.rows,
        difference=found.difference if champion.rows and candidate.rows else None,
        low=found.low if math.isfinite(found.low) else None,
        high=found.high if math.isfinite(found.high) else None,
        p=found.p,
        minimum=minimum,
        finding=_finding(measure, champion, candidate, minimum, found),
    )


def _finding(measure: Measure, champion: Sample, candidate: Sample, minimum: int, found: Gap) -> Finding:
    if min(champion.rows, candidate.rows) < minimum:
        return Finding.FEW
    if found.low <= 0 <= found.high:
        return Finding.OPEN
    if measure is Measure.ANSWER:
        return Finding.SHIFTED
    return Finding.WORSE if found.low > 0 else Finding.BETTER


def _is_judged(made: Comparison) -> bool:
    return made.finding is not Finding.FEW


def _table(log: PredictionLog, traffic: Traffic) -> Any:
    columns = ["prediction_id", "version", "cohort", "prediction"]
    return log.frame(traffic.project, traffic.since, traffic.until).select(columns)


def _rows(table: Any, cohort: str, version: int | None) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    chosen = table.filter(pc.equal(table["cohort"], cohort))
    if version is not None:
        chosen = chosen.filter(pc.equal(chosen["version"], version))
    return list(chosen.to_pylist())
