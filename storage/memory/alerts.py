"""Alert rules and alerts in memory."""

from collections.abc import Collection

from core.alert_errors import AlertNotFound, AlertRuleNotFound
from core.errors import Conflict
from core.records.alert import Alert, AlertChange, AlertRule, AlertState
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryAlerts:
    """A :class:`core.ports.alerts.AlertRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add_rule(self, rule: AlertRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        rules = self._view.change.alert_rules
        self._view.need_project(rule.project)
        if rule.id in rules:
            raise Conflict(problem=f"Alert rule {rule.id} exists already.")
        rules[rule.id] = settled(rule)

    def rule(self, id: str) -> AlertRule:
        """Return a rule.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.alert_rules[id])
        except KeyError as error:
            raise AlertRuleNotFound(id=id) from error

    def rules(self, project: str | None = None) -> list[AlertRule]:
        """Return rules, newest first."""
        rows = reversed(self._view.see.alert_rules.values())
        return [loose(row) for row in rows if project is None or row.project == project]

    def update_rule(self, rule: AlertRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            AlertRuleNotFound: there is none with that id in that project.
        """
        if self.rule(rule.id).project != rule.project:
            raise AlertRuleNotFound(id=rule.id)
        self._view.change.alert_rules[rule.id] = settled(rule)

    def remove_rule(self, id: str) -> None:
        """Delete a rule; its alerts stay.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        self.rule(id)
        del self._view.change.alert_rules[id]

    def add(self, alert: Alert) -> bool:
        """Store a new alert; False (and nothing stored) when its project has one of that cause.

        Raises:
            ProjectNotFound: there is no such project.
        """
        alerts = self._view.change.alerts
        self._view.need_project(alert.project)
        if alert.id in alerts or self.by_cause(alert.project, alert.cause) is not None:
            return False
        alerts[alert.id] = settled(alert)
        return True

    def get(self, id: str) -> Alert:
        """Return an alert.

        Raises:
            AlertNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.alerts[id])
        except KeyError as error:
            raise AlertNotFound(id=id) from error

    def by_cause(self, project: str, cause: str) -> Alert | None:
        """Return the alert of a cause, or None."""
        rows = self._view.see.alerts.values()
        return next((loose(row) for row in rows if (row.project, row.cause) == (project, cause)), None)

    def of_rule(self, rule_id: str) -> list[Alert]:
        """Return the alerts of a rule, first opened first."""
        return [loose(row) for row in self._view.see.alerts.values() if row.rule_id == rule_id]

    def update(self, alert: Alert) -> None:
        """Store an alert as it is now; its id, project and cause never change.

        Raises:
            AlertNotFound: there is none with that id in that project.
        """
        if self.get(alert.id).project != alert.project:
            raise AlertNotFound(id=alert.id)
        self._view.change.alerts[alert.id] = settled(alert)

    def find(self, project: str | None = None, states: Collection[AlertState] = (), limit: int = 100) -> list[Alert]:
        """Return alerts, last opened first; an empty collection means any state."""
        rows = sorted(self._those(project, states), key=lambda row: row.opened_at)
        return [loose(row) for row in rows[::-1][:limit]]

    def count(self, project: str | None = None, states: Collection[AlertState] = ()) -> int:
        """Count alerts."""
        return len(self._those(project, states))

    def record(self, change: AlertChange) -> AlertChange:
        """Store a step and return it with its number.

        Raises:
            AlertNotFound: there is no such alert.
        """
        tables = self._view.change
        self.get(change.alert_id)
        tables.last_alert_change += 1
        stored = settled(change.model_copy(update={"number": tables.last_alert_change}))
        tables.alert_changes[stored.number] = stored
        return loose(stored)

    def history(self, alert_id: str) -> list[AlertChange]:
        """Return the steps of an alert, oldest first."""
        return [loose(row) for row in self._view.see.alert_changes.values() if row.alert_id == alert_id]

    def changes(
        self, project: str, after: int = 0, into: AlertState | None = None, limit: int = 500
    ) -> list[AlertChange]:
        """Return steps numbered above ``after``, oldest first, of all alerts of a project."""
        rows = [
            row
            for row in self._view.see.alert_changes.values()
            if row.project == project and row.number > after and into in (None, row.after)
        ]
        return [loose(row) for row in rows[:limit]]

    def _those(self, project: str | None, states: Collection[AlertState]) -> list[Alert]:
        return [
            row
            for row in self._view.see.alerts.values()
            if project in (None, row.project) and (not states or row.state in states)
        ]
