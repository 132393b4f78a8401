"""Alert rules and alerts in SQL."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select, true, update

from core.alert_errors import AlertNotFound, AlertRuleNotFound
from core.errors import Conflict
from core.records.alert import Alert, AlertChange, AlertRule, AlertState
from storage.alert_tables import alert as alerts
from storage.alert_tables import alert_change as steps
from storage.alert_tables import alert_rule as rules
from storage.rows import to_row
from storage.statements import Statements


class SqlAlerts:
    """A :class:`core.ports.alerts.AlertRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add_rule(self, rule: AlertRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(rule.project)
        if not self._db.change(self._db.insert(rules).on_conflict_do_nothing(), to_row(rule)):
            raise Conflict(problem=f"Alert rule {rule.id} exists already.")

    def rule(self, id: str) -> AlertRule:
        """Return a rule.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        found = self._db.one(AlertRule, self._db.locked(select(rules).where(rules.c.id == id)))
        if found is None:
            raise AlertRuleNotFound(id=id)
        return found

    def rules(self, project: str | None = None) -> list[AlertRule]:
        """Return rules, newest first."""
        query = select(rules).order_by(rules.c.seq.desc())
        return self._db.all(AlertRule, query if project is None else query.where(rules.c.project == project))

    def update_rule(self, rule: AlertRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            AlertRuleNotFound: there is none with that id in that project.
        """
        this = (rules.c.id == rule.id) & (rules.c.project == rule.project)
        if not self._db.change(update(rules).where(this).values(to_row(rule))):
            raise AlertRuleNotFound(id=rule.id)

    def remove_rule(self, id: str) -> None:
        """Delete a rule; its alerts stay.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        if not self._db.change(delete(rules).where(rules.c.id == id)):
            raise AlertRuleNotFound(id=id)

    def add(self, alert: Alert) -> bool:
        """Store a new alert; False (and nothing stored) when its project has one of that cause.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(alert.project)
        return bool(self._db.change(self._db.insert(alerts).on_conflict_do_nothing(), to_row(alert)))

    def get(self, id: str) -> Alert:
        """Return an alert.

        Raises:
            AlertNotFound: there is none with that id.
        """
        found = self._db.one(Alert, self._db.locked(select(alerts).where(alerts.c.id == id)))
        if found is None:
            raise AlertNotFound(id=id)
        return found

    def by_cause(self, project: str, cause: str) -> Alert | None:
        """Return the alert of a cause, or None."""
        query = select(alerts).where(alerts.c.project == project, alerts.c.cause == cause)
        return self._db.one(Alert, self._db.locked(query))

    def of_rule(self, rule_id: str) -> list[Alert]:
        """Return the alerts of a rule, first opened first."""
        return self._db.all(Alert, select(alerts).where(alerts.c.rule_id == rule_id).order_by(alerts.c.seq))

    def update(self, alert: Alert) -> None:
        """Store an alert as it is now; its id, project and cause never change.

        Raises:
            AlertNotFound: there is none with that id in that project.
        """
        this = (alerts.c.id == alert.id) & (alerts.c.project == alert.project)
        if not self._db.change(update(alerts).where(this).values(to_row(alert))):
            raise AlertNotFound(id=alert.id)

    def find(self, project: str | None = None, states: Collection[AlertState] = (), limit: int = 100) -> list[Alert]:
        """Return alerts, last opened first; an empty collection means any state."""
        query = select(alerts).where(_those(project, states))
        return self._db.all(Alert, query.order_by(alerts.c.opened_at.desc(), alerts.c.seq.desc()).limit(limit))

    def count(self, project: str | None = None, states: Collection[AlertState] = ()) -> int:
        """Count alerts."""
        return int(self._db.value(select(func.count()).select_from(alerts).where(_those(project, states))))

    def record(self, change: AlertChange) -> AlertChange:
        """Store a step and return it with its number.

        Raises:
            AlertNotFound: there is no such alert.
        """
        self.get(change.alert_id)
        row = {name: value for name, value in to_row(change).items() if name != "number"}
        stored = self._db.returning(self._db.insert(steps).returning(steps.c.number), row)
        assert stored is not None  # noqa: S101 - an insert without conflict returns its row
        return change.model_copy(update={"number": stored["number"]})

    def history(self, alert_id: str) -> list[AlertChange]:
        """Return the steps of an alert, oldest first."""
        return self._db.all(AlertChange, select(steps).where(steps.c.alert_id == alert_id).order_by(steps.c.number))

    def changes(
        self, project: str, after: int = 0, into: AlertState | None = None, limit: int = 500
    ) -> list[AlertChange]:
        """Return steps numbered above ``after``, oldest first, of all alerts of a project."""
        query = select(steps).where(steps.c.project == project, steps.c.number > after)
        if into is not None:
            query = query.where(steps.c.after == into.value)
        return self._db.all(AlertChange, query.order_by(steps.c.number).limit(limit))


def _those(project: str | None, states: Collection[AlertState]) -> ColumnElement[bool]:
    mine = true() if project is None else alerts.c.project == project
    return mine & alerts.c.state.in_([state.value for state in states]) if states else mine
