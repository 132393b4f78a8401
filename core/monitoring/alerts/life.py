"""The life of an alert: opened once for a cause, told, answered by people, resolved, opened again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import audit
from core.alert_errors import AlertIs
from core.monitoring.alerts import content
from core.monitoring.alerts.samples import Reading, Sample
from core.ports.unit_of_work import UnitOfWork
from core.records.access import SYSTEM
from core.records.alert import Alert, AlertChange, AlertRule, AlertState
from core.records.base import new_id
from core.records.channel import Channel, Message, Occasion


@dataclass(frozen=True)
class Life:
    """Steps of alerts within one write transaction, which the caller commits; ``screens`` is where the interface is."""

    work: UnitOfWork
    now: datetime
    screens: str

    def fire(self, rule: AlertRule, series: str, sample: Sample, reading: Reading, why: str) -> None:
        """Note that a cause is there: open its alert, open it again, or count it."""
        cause = cause_of(rule, series)
        known = self.work.alerts.by_cause(rule.project, cause)
        seen: dict[str, Any] = {
            "title": content.title(rule, series),
            "summary": content.summary(rule, series, why),
            "severity": rule.severity,
            "owner": rule.owner,
            "value": reading.value,
            "sample": sample.key,
            "evidence": sample.evidence,
            "seen_at": self.now,
        }
        if known is None:
            self._open(rule, self._first(rule, cause, series, seen), None)
        elif known.sample != sample.key and known.state is AlertState.RESOLVED:
            again = {"openings": known.openings + 1, "opened_at": self.now, "times": known.times + 1}
            self._open(rule, known.model_copy(update=seen | again), known.state)
        elif known.sample != sample.key:
            self._tell_open(rule, known.model_copy(update=seen | {"times": known.times + 1}))

    def calm(self, rule: AlertRule, series: str, why: str) -> None:
        """Note that a cause is gone: resolve its alert, if it is open."""
        known = self.work.alerts.by_cause(rule.project, cause_of(rule, series))
        if known is not None and known.state is not AlertState.RESOLVED:
            self.move(known, AlertState.RESOLVED, SYSTEM.name, f"back to normal: {why}")

    def move(self, alert: Alert, to: AlertState, actor: str, note: str, muted_until: datetime | None = None) -> Alert:
        """Take one step in an alert's life.

        Raises:
            AlertIs: there is no such step from where it is.
        """
        if not alert.state.may_become(to):
            raise AlertIs(id=alert.id, state=alert.state.value, target=to.value)
        moved = alert.model_copy(update={"state": to, "muted_until": muted_until})
        self.work.alerts.update(moved)
        self._note(moved, alert.state, actor, note)
        if to is AlertState.RESOLVED and alert.told_opening == alert.openings:
            for channel in self.work.channels.find(alert.project):
                if channel.tells_resolved:
                    self._post(channel, moved, Occasion.RESOLVED, note)
        return moved

    def follow_up(self, alert: Alert, rule: AlertRule | None) -> None:
        """Open an alert whose mute is over, and tell of one that nobody was told of yet."""
        if alert.state is AlertState.MUTED:
            alert = self.move(alert, AlertState.OPEN, SYSTEM.name, "the mute is over")
        if rule is not None:
            self._tell_open(rule, alert)

    def _first(self, rule: AlertRule, cause: str, series: str, seen: dict[str, Any]) -> Alert:
        own = {"id": new_id(), "project": rule.project, "rule_id": rule.id, "cause": cause, "series": series}
        counts = {"openings": 1, "told_opening": 0, "told_at": None, "times": 1}
        moments = {"first_at": self.now, "opened_at": self.now}
        return Alert.model_validate(own | seen | counts | moments | {"state": AlertState.OPEN})

    def _open(self, rule: AlertRule, alert: Alert, before: AlertState | None) -> None:
        is_muted = rule.muted_until is not None and rule.muted_until > self.now
        state = AlertState.MUTED if is_muted else AlertState.OPEN
        opened = alert.model_copy(update={"state": state, "muted_until": rule.muted_until if is_muted else None})
        if before is None:
            self.work.alerts.add(opened)
        else:
            self.work.alerts.update(opened)
        self._note(opened, before, SYSTEM.name, opened.summary)
        details = {"title": opened.title, "summary": opened.summary, "state": state.value, "evidence": opened.evidence}
        audit.record(self.work, self.now, SYSTEM.name, "alert.open", opened.project, opened.id, details)
        self._tell_open(rule, opened)

    def _note(self, alert: Alert, before: AlertState | None, actor: str, note: str) -> None:
        self.work.alerts.record(
            AlertChange(
                alert_id=alert.id,
                project=alert.project,
                at=self.now,
                actor=actor,
                before=before,
                after=alert.state,
                note=note,
            )
        )

    def _tell_open(self, rule: AlertRule, alert: Alert) -> None:
        """Keep the alert, and tell people of it unless they were told of this opening, or of the one before a moment
        ago."""
        if alert.state is AlertState.OPEN and is_to_be_told(alert, rule, self.now):
            alert = alert.model_copy(update={"told_opening": alert.openings, "told_at": self.now})
            for channel in self.work.channels.find(rule.project):
                if not rule.channels or channel.id in rule.channels:
                    self._post(channel, alert, Occasion.OPENED, alert.summary)
        self.work.alerts.update(alert)

    def _post(self, channel: Channel, alert: Alert, occasion: Occasion, note: str) -> None:
        if not channel.enabled or alert.severity.rank < channel.least.rank:
            return
        if occasion is Occasion.RESOLVED and not self._was_told(channel, alert):
            return
        message = Message(
            id=new_id(),
            project=alert.project,
            channel_id=channel.id,
            alert_id=alert.id,
            opening=alert.openings,
            occasion=occasion,
            content=content.of(alert, occasion, note, self.now, self.screens),
            next_at=self.now,
            created_at=self.now,
        )
        self.work.channels.post(message)

    def _was_told(self, channel: Channel, alert: Alert) -> bool:
        told = self.work.channels.messages(alert.project, alert.id)
        return any(
            (one.channel_id, one.opening, one.occasion) == (channel.id, alert.openings, Occasion.OPENED) for one in told
        )


def cause_of(rule: AlertRule, series: str) -> str:
    """Return what an alert is unique by within its project."""
    return f"{rule.id}:{series}"


def is_to_be_told(alert: Alert, rule: AlertRule, now: datetime) -> bool:
    """Tell whether people do not know of this opening, and were not told of the one before a moment ago."""
    is_early = alert.told_at is not None and now < alert.told_at + timedelta(seconds=rule.cooldown_s)
    return alert.told_opening != alert.openings and not is_early
