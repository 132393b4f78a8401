"""A store in memory with the projects churn and bikes, and what these tests put into it."""

from datetime import datetime
from typing import Any

from core.monitoring.alerts.service import AlertService
from core.records.access import LOCAL
from core.records.alert import AlertRule, AlertRuleDraft, Condition, Watched
from core.records.channel import Channel, Message
from storage.memory import MemoryStore
from tests.builders import FakeClock, project
from tests.conformance.test_channels import channel
from tests.conformance.test_reports import report

SCREENS = "http://127.0.0.1:8501"


class Inbox:
    """The alert service over a store in memory, and short ways to feed it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        with self.store.write() as work:
            work.projects.add(project())
            work.projects.add(project(name="bikes"))
            work.commit()
        self.alerts = AlertService(self.store, self.clock, SCREENS)
        self.reports = 0

    def rule(self, actor: Any = LOCAL, **changes: Any) -> AlertRule:
        condition = Condition.model_validate(changes.pop("condition", {"limit": 0.5}))
        fields = {"name": "Much drift", "watched": Watched.DRIFT_SHARE, "condition": condition}
        return self.alerts.add_rule(actor, "churn", AlertRuleDraft.model_validate({**fields, **changes}))

    def drift(self, *shares: float, judge: bool = True, **changes: Any) -> None:
        """Store reports with these shares of 10 columns drifted, an hour apart, and let them be judged."""
        for share in shares:
            self.reports += 1
            fields = {"drifted_columns": round(share * 10), "tested_columns": 10, "created_at": self.clock.now()}
            with self.store.write() as work:
                work.reports.add(report(**{"id": f"rep{self.reports}", **fields, **changes}))
                work.commit()
            if judge:
                self.alerts.evaluate()
            self.clock.advance(3600)

    def channel(self, **changes: Any) -> Channel:
        made = channel(**changes)
        with self.store.write() as work:
            work.channels.add(made)
            work.commit()
        return made

    def messages(self) -> list[Message]:
        """Return what is to be told, oldest first."""
        with self.store.read() as work:
            return work.channels.messages("churn")[::-1]

    def now(self) -> datetime:
        return self.clock.now()
