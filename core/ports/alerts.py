"""Alert rules and alerts at rest."""

from collections.abc import Collection
from typing import Protocol

from core.records.alert import Alert, AlertChange, AlertRule, AlertState


class AlertRepository(Protocol):
    """Rules, alerts and every step of an alert's life. In a transaction that writes, what ``rule``, ``get`` and
    ``by_cause`` return stays as it is for other writers until the transaction ends."""

    def add_rule(self, rule: AlertRule) -> None:
        """Store a new rule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        ...

    def rule(self, id: str) -> AlertRule:
        """Return a rule.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        ...

    def rules(self, project: str | None = None) -> list[AlertRule]:
        """Return rules, newest first."""
        ...

    def update_rule(self, rule: AlertRule) -> None:
        """Store a rule as it is now; its id and project never change.

        Raises:
            AlertRuleNotFound: there is none with that id in that project.
        """
        ...

    def remove_rule(self, id: str) -> None:
        """Delete a rule; its alerts stay.

        Raises:
            AlertRuleNotFound: there is none with that id.
        """
        ...

    def add(self, alert: Alert) -> bool:
        """Store a new alert; False (and nothing stored) when its project has one of that cause.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> Alert:
        """Return an alert.

        Raises:
            AlertNotFound: there is none with that id.
        """
        ...

    def by_cause(self, project: str, cause: str) -> Alert | None:
        """Return the alert of a cause, or None."""
        ...

    def of_rule(self, rule_id: str) -> list[Alert]:
        """Return the alerts of a rule, first opened first."""
        ...

    def update(self, alert: Alert) -> None:
        """Store an alert as it is now; its id, project and cause never change.

        Raises:
            AlertNotFound: there is none with that id in that project.
        """
        ...

    def find(self, project: str | None = None, states: Collection[AlertState] = (), limit: int = 100) -> list[Alert]:
        """Return alerts, last opened first; an empty collection means any state."""
        ...

    def count(self, project: str | None = None, states: Collection[AlertState] = ()) -> int:
        """Count alerts."""
        ...

    def record(self, change: AlertChange) -> AlertChange:
        """Store a step and return it with its number.

        Raises:
            AlertNotFound: there is no such alert.
        """
        ...

    def history(self, alert_id: str) -> list[AlertChange]:
        """Return the steps of an alert, oldest first."""
        ...

    def changes(
        self, project: str, after: int = 0, into: AlertState | None = None, limit: int = 500
    ) -> list[AlertChange]:
        """Return steps numbered above ``after``, oldest first, of all alerts of a project: with ``into`` OPEN, what was
        opened since a reader last looked."""
        ...
