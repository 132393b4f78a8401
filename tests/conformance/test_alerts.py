from datetime import timedelta
from typing import Any

import pytest

from core.alert_errors import AlertNotFound, AlertRuleNotFound
from core.errors import Conflict, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.alert import (
    UNRESOLVED,
    Alert,
    AlertChange,
    AlertRule,
    AlertState,
    Condition,
    Severity,
    Watched,
)
from tests.builders import START

HOUR = timedelta(hours=1)


def rule(**changes: Any) -> AlertRule:
    fields = {
        "id": "r1",
        "project": "churn",
        "name": "Much drift",
        "watched": Watched.DRIFT_SHARE,
        "condition": Condition(limit=0.5, times=2, of=3),
        "channels": ("c1", "c2"),
        "muted_until": START + HOUR,
        "created_at": START,
        "created_by": "ann",
    }
    return AlertRule.model_validate({**fields, **changes})


def alert(**changes: Any) -> Alert:
    fields = {
        "id": "a1",
        "project": "churn",
        "rule_id": "r1",
        "cause": "r1:",
        "series": "",
        "title": "Much drift",
        "summary": "share of drifted columns 0.7, above 0.5",
        "severity": Severity.WARNING,
        "owner": "ann",
        "state": AlertState.OPEN,
        "value": 0.7,
        "sample": "report:1",
        "evidence": "rep",
        "openings": 1,
        "told_opening": 1,
        "told_at": START,
        "times": 1,
        "first_at": START,
        "opened_at": START,
        "seen_at": START,
    }
    return Alert.model_validate({**fields, **changes})


def step(**changes: Any) -> AlertChange:
    fields = {"alert_id": "a1", "project": "churn", "at": START, "actor": "system", "before": None, "after": "open"}
    return AlertChange.model_validate({**fields, **changes})


def test_a_rule_comes_back_changes_and_goes(store: Store) -> None:
    with store.write() as work:
        work.alerts.add_rule(rule())
        work.alerts.add_rule(rule(id="r2", project="bikes", muted_until=None))
        with pytest.raises(Conflict):
            work.alerts.add_rule(rule())
        work.commit()
    with store.read() as work:
        assert work.alerts.rule("r1") == rule()
        assert [one.id for one in work.alerts.rules()] == ["r2", "r1"]
        assert [one.id for one in work.alerts.rules("churn")] == ["r1"]
    with store.write() as work:
        work.alerts.update_rule(rule(cursor="report:9", enabled=False))
        with pytest.raises(AlertRuleNotFound):
            work.alerts.update_rule(rule(project="bikes"))
        work.alerts.remove_rule("r2")
        with pytest.raises(AlertRuleNotFound):
            work.alerts.remove_rule("r2")
        work.commit()
    with store.read() as work:
        assert work.alerts.rules() == [rule(cursor="report:9", enabled=False)]


def test_one_cause_has_one_alert(store: Store) -> None:
    with store.write() as work:
        assert work.alerts.add(alert())
        assert not work.alerts.add(alert(id="a2"))
        assert work.alerts.add(alert(id="a3", project="bikes"))
        assert work.alerts.add(alert(id="a4", cause="r1:age", series="age", value=None, evidence=None))
        work.commit()
    with store.read() as work:
        assert work.alerts.get("a1") == work.alerts.by_cause("churn", "r1:") == alert()
        assert work.alerts.by_cause("churn", "r9:") is None
        assert [one.id for one in work.alerts.of_rule("r1")] == ["a1", "a3", "a4"]
        with pytest.raises(AlertNotFound):
            work.alerts.get("a2")


def test_alerts_are_found_and_counted_by_project_and_state_last_opened_first(store: Store) -> None:
    with store.write() as work:
        work.alerts.add(alert())
        work.alerts.add(alert(id="a2", cause="2", state=AlertState.RESOLVED, opened_at=START + HOUR))
        work.alerts.add(alert(id="a3", cause="3", state=AlertState.MUTED))
        work.alerts.add(alert(id="a4", project="bikes"))
        work.alerts.update(alert(id="a3", cause="3", state=AlertState.ACKNOWLEDGED, times=4))
        with pytest.raises(AlertNotFound):
            work.alerts.update(alert(project="bikes"))
        work.commit()
    with store.read() as work:
        assert [one.id for one in work.alerts.find("churn")] == ["a2", "a3", "a1"]
        assert [one.id for one in work.alerts.find(limit=2)] == ["a2", "a4"]
        assert [one.id for one in work.alerts.find("churn", UNRESOLVED)] == ["a3", "a1"]
        assert work.alerts.get("a3").times == 4
        assert [work.alerts.count("churn", UNRESOLVED), work.alerts.count("churn"), work.alerts.count()] == [2, 3, 4]


def test_steps_are_numbered_over_all_alerts_and_read_on_from_a_number(store: Store) -> None:
    with store.write() as work:
        work.alerts.add(alert())
        work.alerts.add(alert(id="a2", cause="2"))
        first = work.alerts.record(step())
        work.alerts.record(step(alert_id="a2"))
        last = work.alerts.record(step(before="open", after="acknowledged", actor="ann", note="seen"))
        again = work.alerts.record(step(before="acknowledged", after="open"))
        with pytest.raises(AlertNotFound):
            work.alerts.record(step(alert_id="nope"))
        work.commit()
    assert 0 < first.number < last.number < again.number
    with store.read() as work:
        assert work.alerts.history("a1") == [first, last, again]
        assert [one.number for one in work.alerts.changes("churn", first.number, AlertState.OPEN)] == [
            first.number + 1,
            again.number,
        ]
        assert [one.alert_id for one in work.alerts.changes("churn", limit=2)] == ["a1", "a2"]
        assert work.alerts.changes("bikes") == []


def test_nothing_is_stored_for_a_project_that_is_not_there(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(ProjectNotFound):
            work.alerts.add_rule(rule(project="nope"))
        with pytest.raises(ProjectNotFound):
            work.alerts.add(alert(project="nope"))
