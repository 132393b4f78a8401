"""Looks at what the rules watch, and moves alerts accordingly."""

import logging
from collections.abc import Sequence
from datetime import datetime

from core.clock import Clock
from core.monitoring.alerts import judging, samples
from core.monitoring.alerts.life import Life, cause_of, is_to_be_told
from core.monitoring.alerts.samples import Reading, Sample
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.alert import Alert, AlertRule, AlertRuleDraft, AlertState, ConditionKind

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""New samples of a rule that are judged one after another; older ones than these are passed over."""


class Evaluator:
    """Judges every sample that came since the last look, once, in order.

    The alert, its step, its messages and the rule's cursor are written in one transaction, so that a look that was cut
    short, or two at once, find nothing twice.
    """

    def __init__(self, store: Store, clock: Clock, screens: str) -> None:
        """``screens`` is the address of the interface, for links in messages."""
        self._store = store
        self._clock = clock
        self._screens = screens

    def evaluate(self, project: str | None = None) -> None:
        """Judge the rules of a project, or of all; a rule that cannot be judged stops no other."""
        with self._store.read() as work:
            rules = [rule for rule in work.alerts.rules(project) if rule.enabled]
        for rule in rules:
            try:
                self.judge(rule)
            except Exception:
                logger.exception("The alert rule %s could not be judged", rule.id)
        self._follow_up(project)

    def judge(self, rule: AlertRule) -> None:
        """Judge what came for a rule since its cursor."""
        now = self._clock.now()
        with self._store.read() as work:
            newest = samples.read(work, rule.project, rule, now, 1)
            if rule.condition.kind is ConditionKind.ABSENCE:
                is_new = _is_absence_new(work, rule, newest, now)
            else:
                is_new = bool(newest) and newest[-1].key != rule.cursor
        if not is_new:
            return
        with self._store.write() as work:
            held = work.alerts.rule(rule.id)
            life = Life(work, now, self._screens)
            if rule.condition.kind is ConditionKind.ABSENCE:
                self._judge_absence(life, held, newest, now)
            else:
                found = samples.read(work, rule.project, rule, now, judging.needed(rule.condition) + AT_ONCE)
                self._judge_samples(life, held, found)
                work.alerts.update_rule(held.model_copy(update={"cursor": found[-1].key}))
            work.commit()

    def _judge_samples(self, life: Life, rule: AlertRule, found: Sequence[Sample]) -> None:
        for position in after(found, rule.cursor):
            sample = found[position]
            for series, reading in sample.readings.items():
                said = judging.judge(rule.condition, series_of(found[: position + 1], series))
                if said.fires:
                    life.fire(rule, series, sample, reading, said.why)
                elif said.fires is False:
                    life.calm(rule, series, said.why)

    def _judge_absence(self, life: Life, rule: AlertRule, found: Sequence[Sample], now: datetime) -> None:
        said = judging.absent(rule.condition, _last(rule, found), now)
        if said.fires:
            life.fire(rule, "", Sample(_gap(found), now, now, {}), Reading(None), said.why)
        else:
            life.calm(rule, "", "it came")

    def _follow_up(self, project: str | None) -> None:
        """Open alerts whose mute is over, and tell of those that came back while it was too early to tell again."""
        now = self._clock.now()
        with self._store.read() as work:
            rules = {rule.id: rule for rule in work.alerts.rules(project)}
            waiting = work.alerts.find(project, (AlertState.OPEN, AlertState.MUTED), limit=1_000)
        due = [alert for alert in waiting if _is_due(alert, rules.get(alert.rule_id), now)]
        if not due:
            return
        with self._store.write() as work:
            life = Life(work, now, self._screens)
            for alert in due:
                held, rule = work.alerts.get(alert.id), rules.get(alert.rule_id)
                if _is_due(held, rule, now):
                    life.follow_up(held, rule)
            work.commit()


def after(found: Sequence[Sample], cursor: str) -> range:
    """Return the positions of the samples that came after the one named ``cursor``.

    Of a rule that never looked, and of one whose last sample is gone, only the newest counts.
    """
    keys = [sample.key for sample in found]
    first = keys.index(cursor) + 1 if cursor in keys else max(len(found) - 1, 0)
    return range(first, len(found))


def series_of(found: Sequence[Sample], series: str) -> list[Reading]:
    """Return the readings of one series."""
    return [sample.readings[series] for sample in found if series in sample.readings]


def _is_due(alert: Alert, rule: AlertRule | None, now: datetime) -> bool:
    if alert.state is AlertState.MUTED:
        return alert.muted_until is not None and alert.muted_until <= now
    return alert.state is AlertState.OPEN and rule is not None and is_to_be_told(alert, rule, now)


def _is_absence_new(work: UnitOfWork, rule: AlertRule, found: Sequence[Sample], now: datetime) -> bool:
    """Tell whether a look at what is missing would change anything."""
    known = work.alerts.by_cause(rule.project, cause_of(rule, ""))
    if judging.absent(rule.condition, _last(rule, found), now).fires:
        return known is None or known.sample != _gap(found)
    return known is not None and known.state is not AlertState.RESOLVED


def _gap(found: Sequence[Sample]) -> str:
    return f"after:{found[-1].key if found else 'never'}"


def _last(rule: AlertRule, found: Sequence[Sample]) -> datetime:
    return max(found[-1].stored_at, rule.created_at) if found else rule.created_at


def sampled(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime) -> list[Sample]:
    """Return everything stored that a rule would have looked at."""
    return samples.read(work, project, rule, now, samples.MOST)
