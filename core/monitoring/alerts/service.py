"""Alert rules and alerts: what people do with them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from core import audit
from core.access.permissions import require
from core.alert_errors import InvalidAlertRule
from core.clock import Clock
from core.monitoring.alerts import backtest
from core.monitoring.alerts.checking import checked
from core.monitoring.alerts.evaluation import Evaluator, sampled
from core.monitoring.alerts.life import Life
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.alert import (
    UNRESOLVED,
    Alert,
    AlertBackTest,
    AlertChange,
    AlertRule,
    AlertRuleDraft,
    AlertState,
)
from core.records.base import clipped, new_id
from core.records.monitor import ReportKind

LONGEST_MUTE = timedelta(days=366)
NOTE = 500
MOST_WINDOWS = 1_000
"""Reports by whose performance a back-test is told, of each kind."""


class AlertService:
    """Everything about rules and alerts."""

    def __init__(self, store: Store, clock: Clock, screens: str) -> None:
        """``screens`` is the address of the interface, for links in messages."""
        self._store = store
        self._clock = clock
        self._screens = screens
        self._evaluator = Evaluator(store, clock, screens)

    def evaluate(self, project: str | None = None) -> None:
        """Judge what came since the last look: the worker that leads does so, after each report and regularly."""
        self._evaluator.evaluate(project)

    def add_rule(self, actor: Actor, project: str, draft: AlertRuleDraft) -> AlertRule:
        """Store a rule; of what is stored already it judges the newest.

        Raises:
            Denied: the actor may not change alert rules.
            ProjectNotFound: there is no such project.
            InvalidAlertRule: it can never fire, or names something that is not there.
        """
        require(actor, Permission.MANAGE_ALERTS)
        now = self._clock.now()
        fields = {name: getattr(draft, name) for name in AlertRuleDraft.model_fields}
        rule = AlertRule(**fields, id=new_id(), project=project, created_at=now, created_by=actor.name)
        with self._store.write() as work:
            checked(work, project, draft)
            work.alerts.add_rule(rule)
            self._audit(work, actor, "alert_rule.add", rule)
            work.commit()
        return rule

    def change_rule(self, actor: Actor, id: str, draft: AlertRuleDraft) -> AlertRule:
        """Change what people decided about a rule; the newest sample is judged again.

        Raises:
            Denied: the actor may not change alert rules.
            AlertRuleNotFound: there is none with that id.
            InvalidAlertRule: it can never fire, or names something that is not there.
        """
        require(actor, Permission.MANAGE_ALERTS)
        with self._store.write() as work:
            rule = work.alerts.rule(id)
            checked(work, rule.project, draft)
            fields = {name: getattr(draft, name) for name in AlertRuleDraft.model_fields}
            changed = rule.model_copy(update=fields | {"cursor": ""})
            if draft.watched is not rule.watched or draft.subject != rule.subject:
                self._let_go(work, rule, "the rule watches something else now")
            work.alerts.update_rule(changed)
            self._audit(work, actor, "alert_rule.change", changed)
            work.commit()
        return changed

    def switch_rule(self, actor: Actor, id: str, *, enabled: bool) -> AlertRule:
        """Switch a rule on or off; what it had open is resolved when it goes off.

        Raises:
            Denied: the actor may not change alert rules.
            AlertRuleNotFound: there is none with that id.
        """
        require(actor, Permission.MANAGE_ALERTS)
        with self._store.write() as work:
            rule = work.alerts.rule(id)
            switched = rule.model_copy(update={"enabled": enabled, "cursor": ""})
            work.alerts.update_rule(switched)
            if not enabled:
                self._let_go(work, rule, "the rule was switched off")
            self._audit(work, actor, "alert_rule.switch", switched)
            work.commit()
        return switched

    def mute_rule(self, actor: Actor, id: str, until: datetime | None) -> AlertRule:
        """Let what a rule opens until then be muted from the start; None ends that.

        Raises:
            Denied: the actor may not answer alerts.
            AlertRuleNotFound: there is none with that id.
            InvalidAlertRule: the moment has passed, or lies more than a year ahead.
        """
        require(actor, Permission.ANSWER_ALERTS)
        self._check_mute(until)
        with self._store.write() as work:
            muted = work.alerts.rule(id).model_copy(update={"muted_until": until})
            work.alerts.update_rule(muted)
            self._audit(work, actor, "alert_rule.mute", muted)
            work.commit()
        return muted

    def remove_rule(self, actor: Actor, id: str) -> None:
        """Delete a rule; its alerts stay, resolved.

        Raises:
            Denied: the actor may not change alert rules.
            AlertRuleNotFound: there is none with that id.
        """
        require(actor, Permission.MANAGE_ALERTS)
        with self._store.write() as work:
            rule = work.alerts.rule(id)
            self._let_go(work, rule, "the rule was removed")
            work.alerts.remove_rule(id)
            self._audit(work, actor, "alert_rule.remove", rule)
            work.commit()

    def rules(self, project: str) -> list[AlertRule]:
        """Return the rules of a project, newest first."""
        with self._store.read() as work:
            return work.alerts.rules(project)

    def rule(self, id: str) -> AlertRule:
        """Return one rule.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.alerts.rule(id)

    def backtest(self, project: str, draft: AlertRuleDraft) -> AlertBackTest:
        """Tell what a rule would have done on everything stored.

        Raises:
            ProjectNotFound: there is no such project.
            InvalidAlertRule: it can never fire, or names something that is not there.
        """
        now = self._clock.now()
        with self._store.read() as work:
            checked(work, project, draft)
            found = sampled(work, project, draft, now)
            kinds = (ReportKind.PERFORMANCE, ReportKind.DRIFT)
            windows = [one for kind in kinds for one in work.reports.outlines(project, kind=kind, limit=MOST_WINDOWS)]
        return backtest.replay(draft, found, now, windows)

    def acknowledge(self, actor: Actor, id: str, note: str = "") -> Alert:
        """Say that somebody is on it.

        Raises:
            Denied: the actor may not answer alerts.
            AlertNotFound: there is none with that id.
            AlertIs: it is acknowledged or resolved already.
        """
        return self._answer(actor, id, AlertState.ACKNOWLEDGED, note)

    def mute(self, actor: Actor, id: str, until: datetime | None, note: str = "") -> Alert:
        """Let an alert rest until a moment, or with None until it is resolved.

        Raises:
            Denied: the actor may not answer alerts.
            AlertNotFound: there is none with that id.
            AlertIs: it is muted or resolved already.
            InvalidAlertRule: the moment has passed, or lies more than a year ahead.
        """
        self._check_mute(until)
        return self._answer(actor, id, AlertState.MUTED, note, until)

    def reopen(self, actor: Actor, id: str, note: str = "") -> Alert:
        """Take back an acknowledgement, a mute or a resolution.

        Raises:
            Denied: the actor may not answer alerts.
            AlertNotFound: there is none with that id.
            AlertIs: it is open.
        """
        return self._answer(actor, id, AlertState.OPEN, note)

    def resolve(self, actor: Actor, id: str, note: str = "") -> Alert:
        """Close an alert; the next sample that is bad opens it again.

        Raises:
            Denied: the actor may not answer alerts.
            AlertNotFound: there is none with that id.
            AlertIs: it is resolved already.
        """
        return self._answer(actor, id, AlertState.RESOLVED, note)

    def alerts(self, project: str | None = None, states: Collection[AlertState] = (), limit: int = 100) -> list[Alert]:
        """Return alerts, last opened first; an empty collection means any state."""
        with self._store.read() as work:
            return work.alerts.find(project, states, limit)

    def alert(self, id: str) -> Alert:
        """Return one alert.

        Raises:
            AlertNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.alerts.get(id)

    def history(self, id: str) -> list[AlertChange]:
        """Return the steps of an alert, oldest first.

        Raises:
            AlertNotFound: there is none with that id.
        """
        with self._store.read() as work:
            work.alerts.get(id)
            return work.alerts.history(id)

    def open_count(self, project: str | None = None) -> int:
        """Count the alerts that wait for somebody."""
        with self._store.read() as work:
            return work.alerts.count(project, (AlertState.OPEN,))

    def _answer(self, actor: Actor, id: str, to: AlertState, note: str, muted_until: datetime | None = None) -> Alert:
        require(actor, Permission.ANSWER_ALERTS)
        now, said = self._clock.now(), clipped(note, NOTE)
        with self._store.write() as work:
            before = work.alerts.get(id)
            moved = Life(work, now, self._screens).move(before, to, actor.name, said, muted_until)
            details = {"title": moved.title, "from": before.state.value, "to": to.value, "note": said}
            audit.record(work, now, actor.name, f"alert.{_VERBS[to]}", moved.project, id, details)
            work.commit()
        return moved

    def _let_go(self, work: UnitOfWork, rule: AlertRule, why: str) -> None:
        """Resolve what a rule has open, since nothing will be heard of it any more."""
        life = Life(work, self._clock.now(), self._screens)
        for alert in work.alerts.of_rule(rule.id):
            if alert.state in UNRESOLVED:
                life.move(alert, AlertState.RESOLVED, "system", why)

    def _check_mute(self, until: datetime | None) -> None:
        now = self._clock.now()
        if until is not None and not now < until <= now + LONGEST_MUTE:
            raise InvalidAlertRule(problem="a mute ends in the future, within a year")

    def _audit(self, work: UnitOfWork, actor: Actor, action: str, rule: AlertRule) -> None:
        details = rule.model_dump(mode="json", exclude={"id", "project", "cursor", "created_at", "created_by"})
        audit.record(work, self._clock.now(), actor.name, action, rule.project, rule.id, details)


_VERBS = {
    AlertState.OPEN: "reopen",
    AlertState.ACKNOWLEDGED: "acknowledge",
    AlertState.MUTED: "mute",
    AlertState.RESOLVED: "resolve",
}
