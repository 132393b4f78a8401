"""Replaying the past: the same checks, trainings and comparisons the platform would have made, policy by policy."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.models.gates.material import LEAST_UNSEEN
from core.records.dataset import Column
from core.records.drift_rule import RuleDraft
from core.records.metric import METRICS
from core.records.simulation import PolicyKind, PolicyResult, RetrainPolicy, SimulatedCheck, SimulationRequest
from core.records.training import Recency, TrainingSpec
from core.retraining.policies import words
from core.training import preprocessing, trainer
from core.training.fitted import Fitted
from core.training.measures import Array, Outcome, measure_one

LOOKED_BACK = 4
"""Checks whose rows a drift check looks at: one alone is often too few."""


@dataclass(frozen=True)
class Made:
    """A model, how long its training took, and the rows it learned from and was held out from, as places in the
    table."""

    fitted: Fitted
    seconds: float
    learned: Array
    held_out: Array


@dataclass
class Course:
    """A policy on its way: the model that serves, since which check, and what was answered so far."""

    policy: RetrainPolicy
    serves: Made
    trained_at: int = 0
    rows_at: int = 0
    seconds: float = 0.0
    checks: list[SimulatedCheck] = field(default_factory=list)
    answers: list[tuple[int, Outcome]] = field(default_factory=list)
    pending: "tuple[int, Made] | None" = None


class Replay:
    """One table played through in the order of its time; models are shared by all policies that train the same."""

    def __init__(
        self,
        table: pd.DataFrame,
        columns: Sequence[Column],
        spec: TrainingSpec,
        column: str,
        request: SimulationRequest,
        drift_rule: RuleDraft | None = None,
    ) -> None:
        """``table`` has features, target and the time ``column``; rows without a time or a target take no part.
        ``drift_rule`` is the project's; None takes the one that everyone starts with.

        Raises:
            InvalidSpec: there are no rows to begin with, or none to check.
        """
        kept = table[table[spec.target].notna() & table[column].notna()]
        self._moments = _in_utc(kept[column])
        order = np.argsort(self._moments, kind="stable")
        self._table, self._moments = kept.iloc[order].reset_index(drop=True), self._moments[order]
        self._frame = preprocessing.model_frame(self._table, columns)
        self._columns, self._spec, self._column, self._request = columns, spec, column, request
        self._drift_rule = drift_rule
        self._models: dict[tuple[int, str], Made] = {}
        self._cuts = self._checks()
        better = METRICS.get(spec.metric)
        self.higher_is_better = better is None or better.higher_is_better

    def _checks(self) -> list[int]:
        """Return for each check the number of rows known by then, the start first."""
        request, step = self._request, timedelta(seconds=self._request.step_s)
        ends = [request.since]
        while ends[-1] + step <= request.until:
            ends.append(ends[-1] + step)
        self.moments = ends
        cuts = [int(np.searchsorted(self._moments, _as_number(end))) for end in ends]
        if cuts[0] == 0 or cuts[-1] == cuts[0]:
            raise InvalidSpec(
                problem=f"{self._spec.dataset} has {cuts[0]} rows before {request.since.date()} and "
                f"{cuts[-1] - cuts[0]} from then to {request.until.date()}; a simulation needs both"
            )
        return cuts

    def run(self, tell: Callable[[float, str], None] = lambda *_: None) -> tuple[PolicyResult, ...]:
        """Play every policy through; ``tell`` hears how far it is, and what it does."""
        results = []
        policies = self._request.policies
        for place, policy in enumerate(policies):
            course = Course(policy, self._model(self._cuts[0], policy.span), rows_at=self._cuts[0])
            for number in range(1, len(self._cuts)):
                tell((place + number / len(self._cuts)) / len(policies), words(policy, self._request.step_s))
                self._check(course, number)
            results.append(self._result(course))
        return tuple(results)

    def _check(self, course: Course, number: int) -> None:
        """Look at the rows since the check before, and retrain if the policy says so."""
        start, end = self._cuts[number - 1], self._cuts[number]
        outcome = self._answered(course.serves, start, end)
        value = _value(outcome, self._spec.metric)
        self._judge_pending(course, outcome, start, end)
        course.answers.append((number, outcome))
        why = self._why(course, number, value) if end > start and number < len(self._cuts) - 1 else ""
        check = SimulatedCheck(at=self.moments[number], rows=end - start, value=value, reason=why)
        if why:
            check = self._retrain(course, number, check)
        course.checks.append(check)

    def _retrain(self, course: Course, number: int, check: SimulatedCheck) -> SimulatedCheck:
        """Train on what is known; the new model takes over when it does better on its own held-out rows, those that
        the other one learned from left out, as the gates of the platform do."""
        made = self._model(self._cuts[number], course.policy.span)
        unseen = np.setdiff1d(made.held_out, course.serves.learned)
        asked = unseen if len(unseen) >= LEAST_UNSEEN else made.held_out
        course.seconds += made.seconds
        course.trained_at, course.rows_at = number, self._cuts[number]
        new, old = (_value(self._of(model, asked), self._spec.metric) for model in (made, course.serves))
        adopted = new is not None and (old is None or self._is_better(new, old))
        if adopted:
            course.pending = (number - 1, course.serves)
            course.serves = made
        return check.model_copy(update={"retrained": True, "adopted": adopted, "helped": None if adopted else False})

    def _judge_pending(self, course: Course, outcome: Outcome, start: int, end: int) -> None:
        """Tell whether the model that took over at the check before did better than the one it replaced."""
        if course.pending is None or end == start:
            return
        place, replaced = course.pending
        course.pending = None
        new, old = _value(outcome, self._spec.metric), _value(self._answered(replaced, start, end), self._spec.metric)
        helped = new is not None and old is not None and self._is_better(new, old)
        course.checks[place] = course.checks[place].model_copy(update={"helped": helped})

    def _why(self, course: Course, number: int, value: float | None) -> str:
        """Return why the policy retrains at a check, "" for not."""
        policy, since = course.policy, number - course.trained_at
        if policy.kind is PolicyKind.EVERY:
            return f"{since} checks after the last training" if since >= policy.amount else ""
        if policy.kind is PolicyKind.ROWS:
            new = self._cuts[number] - course.rows_at
            return f"{new:,} new rows" if new >= policy.amount else ""
        if policy.kind is PolicyKind.PERFORMANCE:
            return self._fallen(course, value)
        if policy.kind is PolicyKind.DRIFT:
            return self._drifted(course, number)
        return ""

    def _fallen(self, course: Course, value: float | None) -> str:
        """Compare a check with what the model reached on its own held-out rows, as a monitor does."""
        expected = _value(self._of(course.serves, course.serves.held_out), self._spec.metric)
        if value is None or not expected:
            return ""
        sign = 1 if self.higher_is_better else -1
        percent = sign * (expected - value) / abs(expected) * 100
        if percent < course.policy.amount:
            return ""
        return f"{self._spec.metric} {value:.4g}, {percent:.0f}% worse than {expected:.4g} at training"

    def _drifted(self, course: Course, number: int) -> str:
        from core.monitoring import drift, roles, verdict

        learned = self._frame.iloc[: course.rows_at]
        current = self._frame.iloc[self._cuts[max(number - LOOKED_BACK, 0)] : self._cuts[number]]
        pairs = [
            drift.Pair(column.name, roles.FEATURE, column.kind, learned[column.name], current[column.name])
            for column in self._columns
        ]
        found = verdict.of_window(drift.check(pairs, self._drift_rule), self._drift_rule)
        return found.summary if found.drifted else ""

    def _model(self, cut: int, span: str) -> Made:
        """Train on the first ``cut`` rows as a retraining would, once for all policies."""
        if (cut, span) not in self._models:
            recency = Recency(column=self._column, window=span) if span else None
            spec = self._spec.model_copy(update={"recency": recency})
            begun = time.perf_counter()
            learned = trainer.learn(self._table.iloc[:cut], self._columns, spec)
            seconds = time.perf_counter() - begun
            parted = learned.parted
            rows, tested = (parted.target.rows[places] for places in (parted.train_rows, parted.test_rows))
            self._models[cut, span] = Made(learned.fitted, seconds, rows, tested)
        return self._models[cut, span]

    def _answered(self, model: Made, start: int, end: int) -> Outcome:
        return self._of(model, np.arange(start, end))

    def _of(self, model: Made, rows: Array) -> Outcome:
        """Answer rows of the table; truth the model never saw is left out."""
        fitted = model.fitted
        truth = self._table[self._spec.target].to_numpy()[rows]
        if fitted.classes:
            texts = [str(value) for value in fitted.classes]
            known = np.isin(np.asarray([str(value) for value in truth]), texts)
            rows, truth = rows[known], np.asarray([texts.index(str(value)) for value in truth[known]], dtype=np.int64)
        if not len(rows):
            return Outcome(fitted.task, np.empty(0), np.empty(0), np.empty((0, len(fitted.classes))), fitted.positive)
        return fitted.outcome(fitted.prepare(self._frame.iloc[rows]), np.asarray(truth, dtype=truth.dtype))

    def _is_better(self, new: float, old: float) -> bool:
        return new > old if self.higher_is_better else new < old

    def _result(self, course: Course) -> PolicyResult:
        held_back = self._request.held_back
        early = [outcome for number, outcome in course.answers if self.moments[number] <= held_back]
        late = [outcome for number, outcome in course.answers if self.moments[number] > held_back]
        retrained = [check for check in course.checks if check.retrained]
        return PolicyResult(
            policy=course.policy,
            words=words(course.policy, self._request.step_s),
            retrainings=len(retrained),
            false_alarms=sum(check.helped is False for check in retrained),
            seconds=course.seconds,
            value=_value(_joined(early), self._spec.metric),
            held_back_value=_value(_joined(late), self._spec.metric),
            checks=tuple(course.checks),
        )


def recommend(results: Sequence[PolicyResult], *, higher_is_better: bool, slack: float = 0.01) -> int:
    """Return the place of the policy that costs least among those within ``slack`` of the best before the held-back
    time; what came after it is not looked at."""
    known = [(place, result.value) for place, result in enumerate(results) if result.value is not None]
    if not known:
        return 0
    best = (max if higher_is_better else min)(value for _, value in known)
    near = [place for place, value in known if abs(value - best) <= slack * abs(best)]
    return min(near, key=lambda place: (results[place].retrainings, results[place].seconds))


def _value(outcome: Outcome | None, metric: str) -> float | None:
    if outcome is None or not len(outcome.actual):
        return None
    value = measure_one(outcome, metric)
    return float(value) if np.isfinite(value) else None


def _joined(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the answers of many checks as one; classes are those of the first."""
    kept = [one for one in outcomes if len(one.actual) and one.scores.shape[1] == outcomes[0].scores.shape[1]]
    if not kept:
        return None
    first = kept[0]
    actual, answered, scores = (
        np.concatenate([getattr(one, name) for one in kept]) for name in ("actual", "answered", "scores")
    )
    return Outcome(first.task, actual, answered, scores, first.positive)


def _in_utc(times: "pd.Series[Any]") -> Array:
    """Return moments as seconds since 1970.

    Raises:
        InvalidSpec: the column holds no dates.
    """
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise InvalidSpec(problem=f"the time column {times.name!r} holds no dates to play through")
    stamps = times.dt.tz_localize(UTC) if times.dt.tz is None else times.dt.tz_convert(UTC)
    return np.asarray((stamps - pd.Timestamp(0, tz=UTC)) / pd.Timedelta(seconds=1), dtype=np.float64)


def _as_number(moment: datetime) -> float:
    return moment.timestamp()
