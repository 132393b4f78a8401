from datetime import timedelta

import pytest

from core.alert_errors import AlertIs, AlertNotFound, AlertRuleNotFound, InvalidAlertRule
from core.errors import Denied, ProjectNotFound
from core.monitoring.alerts.service import AlertService
from core.records.access import LOCAL, Actor, Role
from core.records.alert import AlertRuleDraft, AlertState, Condition, Severity, Watched
from core.records.channel import Occasion
from core.records.job import JobState
from core.records.model import Deployment
from core.records.monitor import ColumnDrift, ColumnVerdict
from core.serving.faults import Faults
from core.serving.metrics import Metrics
from core.serving.slots import Slots
from core.serving.tallies import Tallies
from storage.memory import MemoryBlobs
from tests.builders import START, job_request
from tests.conformance.test_reports import report
from tests.core.monitoring.alerts.inbox import Inbox


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def deployment() -> Deployment:
    facts = {"run_id": "r", "bundle_sha256": "b" * 64, "since": START, "until": None, "actor": "ann", "reason": ""}
    return Deployment.model_validate({"id": 1, "project": "churn", "alias": "champion", "version": 2, **facts})


def column(**changes: object) -> ColumnDrift:
    return ColumnDrift.model_validate({**report().columns[0].model_dump(), **changes})


def states(inbox: Inbox) -> list[AlertState]:
    return [alert.state for alert in inbox.alerts.alerts("churn")]


def test_one_cause_has_one_alert_that_is_resolved_and_opened_again(inbox: Inbox) -> None:
    rule = inbox.rule(owner="ann", severity=Severity.CRITICAL)
    inbox.drift(0.4)
    assert inbox.alerts.alerts("churn") == []
    inbox.drift(0.6, 0.7)
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert (alert.state, alert.times, alert.openings, alert.value, alert.evidence) == ("open", 2, 1, 0.7, "rep3")
    assert (alert.title, alert.summary) == ("Much drift", "share of drifted columns is 0.7, above 0.5")
    assert (alert.owner, alert.severity, alert.rule_id) == ("ann", "critical", rule.id)
    inbox.drift(0.1, 0.9)
    (again,) = inbox.alerts.alerts("churn")
    assert (again.id, again.state, again.openings, again.times) == (alert.id, "open", 2, 3)
    assert [(step.before, step.after, step.actor, step.note) for step in inbox.alerts.history(alert.id)] == [
        (None, "open", "system", "share of drifted columns is 0.6, above 0.5"),
        ("open", "resolved", "system", "back to normal: 0.1, below 0.5"),
        ("resolved", "open", "system", "share of drifted columns is 0.9, above 0.5"),
    ]


def test_every_report_is_judged_once_and_in_order_however_late_the_look(inbox: Inbox) -> None:
    inbox.rule()
    inbox.drift(0.1)
    inbox.drift(0.6, 0.1, 0.6, 0.7, judge=False)
    inbox.alerts.evaluate()
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert (alert.openings, alert.times) == (2, 3)


def test_a_new_rule_judges_the_newest_report_of_those_that_are_there(inbox: Inbox) -> None:
    inbox.drift(0.9, 0.8)
    inbox.rule()
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert (alert.times, alert.evidence) == (1, "rep2")


def test_each_column_is_a_cause_of_its_own_and_no_verdict_changes_nothing(inbox: Inbox) -> None:
    inbox.rule(name="Column moved", watched=Watched.COLUMN, subject="*", condition={"limit": 0.2})
    inbox.drift(0.1, columns=(column(name="age", statistic=0.3), column(name="plan", statistic=0.25)))
    assert sorted(alert.title for alert in inbox.alerts.alerts("churn")) == ["Column moved: age", "Column moved: plan"]
    untested = column(name="age", statistic=None, verdict=ColumnVerdict.TOO_FEW)
    inbox.drift(0.1, columns=(untested, column(name="plan", statistic=0.1)))
    assert {alert.series: alert.state.value for alert in inbox.alerts.alerts("churn")} == {
        "age": "open",
        "plan": "resolved",
    }


def test_the_verdict_of_drift_and_any_figure_of_a_report_can_be_watched(inbox: Inbox) -> None:
    inbox.rule(name="Drift", watched=Watched.DRIFT)
    inbox.rule(name="Nulls", watched=Watched.FIGURE, subject="quality:nulls", condition={"limit": 0.1})
    with pytest.raises(InvalidAlertRule, match="a figure is named as kind:name, with the kinds drift, quality"):
        inbox.rule(watched=Watched.FIGURE, subject="dance:nulls")
    inbox.drift(0.1, drifted=False)
    inbox.drift(0.1, kind="quality", figures={"nulls": 0.2})
    assert [alert.title for alert in inbox.alerts.alerts("churn")] == ["Nulls"]
    inbox.drift(0.1, drifted=True)
    assert [alert.title for alert in inbox.alerts.alerts("churn")] == ["Drift", "Nulls"]


def test_failed_jobs_fire_and_are_over_when_their_time_is(inbox: Inbox) -> None:
    inbox.rule(name="Jobs fail", watched=Watched.FAILED_JOBS, condition={"limit": 1}, window_s=3600)
    for _ in range(2):
        with inbox.store.write() as work:
            work.jobs.add(job_request(), "local", inbox.now())
            job = work.jobs.claim("w", inbox.now(), 60)
            assert job is not None
            work.jobs.finish(job.id, job.token, JobState.FAILED, inbox.now(), error="broken")
            work.commit()
        inbox.alerts.evaluate()
        inbox.clock.advance(60)
    (alert,) = inbox.alerts.alerts("churn")
    assert (alert.state, alert.summary) == ("open", "failed jobs is 2, above 1")
    inbox.clock.advance(3500)
    inbox.alerts.evaluate()
    assert states(inbox) == ["resolved"]


def test_a_champion_that_the_api_could_not_load_is_an_alert_until_its_time_is_over(inbox: Inbox) -> None:
    inbox.rule(name="No model", watched=Watched.FAILED_LOADS, condition={"limit": 0}, window_s=3600)
    Faults(inbox.store, inbox.clock).champion(deployment(), "its bytes are gone")
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert alert.summary == "champions that could not be loaded is 1, above 0"
    inbox.clock.advance(3600)
    inbox.alerts.evaluate()
    assert states(inbox) == ["resolved"]


def test_prometheus_hears_how_many_alerts_are_unresolved(inbox: Inbox) -> None:
    inbox.rule(severity=Severity.CRITICAL)
    inbox.drift(0.9)
    metrics = Metrics(Slots(inbox.store, MemoryBlobs(), inbox.clock), Tallies(inbox.store, inbox.clock))
    metrics.follow_alerts(inbox.store)
    line = b'pilothouse_alerts{project="churn",severity="critical",state="open"} 1.0'
    assert line in metrics.exposition().splitlines()
    inbox.drift(0.1)
    assert line not in metrics.exposition().splitlines()


def test_absence_fires_once_and_is_over_when_something_comes(inbox: Inbox) -> None:
    inbox.rule(name="No report", condition={"kind": "absence", "limit": 24})
    inbox.clock.advance(23 * 3600)
    inbox.alerts.evaluate()
    assert states(inbox) == []
    inbox.clock.advance(2 * 3600)
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert alert.summary == "share of drifted columns: nothing new for 25.0 hours"
    inbox.alerts.resolve(LOCAL, alert.id)
    inbox.alerts.evaluate()
    assert states(inbox) == ["resolved"]
    inbox.drift(0.9)
    inbox.clock.advance(30 * 3600)
    inbox.alerts.evaluate()
    (again,) = inbox.alerts.alerts("churn")
    assert (again.state, again.openings) == ("open", 2)
    inbox.drift(0.9)
    assert states(inbox) == ["resolved"]


def test_people_answer_alerts_in_legal_steps_only(inbox: Inbox) -> None:
    inbox.rule()
    inbox.drift(0.9)
    (alert,) = inbox.alerts.alerts("churn")
    ann = Actor(name="ann", role=Role.OPERATOR)
    assert inbox.alerts.open_count("churn") == inbox.alerts.open_count() == 1
    assert inbox.alerts.acknowledge(ann, alert.id, "looking").state is AlertState.ACKNOWLEDGED
    assert inbox.alerts.open_count("churn") == 0
    with pytest.raises(AlertIs, match="is acknowledged, so it cannot become acknowledged"):
        inbox.alerts.acknowledge(ann, alert.id)
    inbox.drift(0.9)
    assert states(inbox) == ["acknowledged"]
    assert inbox.alerts.reopen(ann, alert.id).state is AlertState.OPEN
    inbox.alerts.resolve(ann, alert.id, "known")
    with pytest.raises(AlertIs):
        inbox.alerts.resolve(ann, alert.id)
    with pytest.raises(AlertNotFound):
        inbox.alerts.resolve(ann, "nope")
    with pytest.raises(Denied):
        inbox.alerts.reopen(Actor(name="eve", role=Role.VIEWER), alert.id)
    last = inbox.alerts.history(alert.id)[-1]
    assert (last.actor, last.before, last.after, last.note) == ("ann", "open", "resolved", "known")
    inbox.alerts.evaluate()
    assert states(inbox) == ["resolved"]
    inbox.drift(0.9)
    assert states(inbox) == ["open"]


def test_a_muted_alert_rests_until_its_time_and_then_speaks(inbox: Inbox) -> None:
    inbox.channel()
    inbox.rule(cooldown_s=0)
    inbox.drift(0.9)
    (alert,) = inbox.alerts.alerts("churn")
    inbox.alerts.mute(LOCAL, alert.id, inbox.now() + timedelta(hours=2))
    inbox.drift(0.9)
    assert states(inbox) == ["muted"]
    inbox.clock.advance(3600)
    inbox.alerts.evaluate()
    assert states(inbox) == ["open"]
    assert len(inbox.messages()) == 1
    with pytest.raises(InvalidAlertRule, match="a mute ends in the future"):
        inbox.alerts.mute(LOCAL, alert.id, inbox.now())


def test_what_a_muted_rule_finds_is_muted_and_told_when_the_mute_is_over(inbox: Inbox) -> None:
    inbox.channel()
    rule = inbox.rule()
    inbox.alerts.mute_rule(LOCAL, rule.id, inbox.now() + timedelta(hours=2))
    inbox.drift(0.9)
    assert (states(inbox), inbox.messages()) == (["muted"], [])
    inbox.clock.advance(2 * 3600)
    inbox.alerts.evaluate()
    assert (states(inbox), len(inbox.messages())) == (["open"], 1)


def test_each_opening_is_told_once_over_each_channel_that_wants_it(inbox: Inbox) -> None:
    inbox.channel(id="c1", least=Severity.INFO)
    inbox.channel(id="c2", least=Severity.CRITICAL)
    inbox.channel(id="c3", least=Severity.INFO, tells_resolved=False)
    inbox.channel(id="c4", enabled=False)
    inbox.rule(cooldown_s=0)
    inbox.drift(0.9, 0.9, 0.1, 0.8)
    inbox.alerts.evaluate()
    told = [(one.channel_id, one.opening, one.occasion.value) for one in inbox.messages()]
    assert told == [
        ("c1", 1, "opened"),
        ("c3", 1, "opened"),
        ("c1", 1, "resolved"),
        ("c1", 2, "opened"),
        ("c3", 2, "opened"),
    ]
    (alert,) = inbox.alerts.alerts("churn")
    assert inbox.messages()[-1].content == {
        "event": "alert.opened",
        "alert": alert.id,
        "opening": 2,
        "project": "churn",
        "title": "Much drift",
        "summary": "share of drifted columns is 0.8, above 0.5",
        "note": "share of drifted columns is 0.8, above 0.5",
        "severity": "warning",
        "owner": "",
        "value": 0.8,
        "report": "rep4",
        "opened_at": "2026-03-02T12:00:00+00:00",
        "at": "2026-03-02T12:00:00+00:00",
        "link": f"http://127.0.0.1:8501/alerts?project=churn&alert={alert.id}",
    }


def test_within_the_cooldown_a_cause_that_comes_back_is_open_and_told_only_later(inbox: Inbox) -> None:
    inbox.channel(tells_resolved=False)
    inbox.rule(cooldown_s=5 * 3600)
    inbox.drift(0.9, 0.1, 0.9)
    assert (states(inbox), len(inbox.messages())) == (["open"], 1)
    inbox.clock.advance(3 * 3600)
    inbox.alerts.evaluate()
    inbox.alerts.evaluate()
    assert [one.opening for one in inbox.messages()] == [1, 2]


def test_a_rule_names_the_channels_it_is_told_over(inbox: Inbox) -> None:
    inbox.channel(id="c1")
    inbox.channel(id="c2")
    inbox.rule(channels=("c2",))
    inbox.drift(0.9)
    assert [(one.channel_id, one.occasion) for one in inbox.messages()] == [("c2", Occasion.OPENED)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"watched": "column_statistic"}, "drift statistic needs a subject"),
        ({"watched": "failed_jobs", "subject": "dance"}, "there are no jobs of the kind 'dance'"),
        ({"condition": {"limit": 1, "times": 3, "of": 2}}, "3 of the last 2 values cannot be bad"),
        ({"condition": {"limit": 0, "kind": "zscore"}}, "a limit of 0 fires always: give one above 0"),
        ({"channels": ("nope",)}, "there is no channel nope in the project"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(inbox: Inbox, changes: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidAlertRule, match=problem):
        inbox.rule(**changes)
    assert inbox.alerts.rules("churn") == []


def test_rules_are_changed_switched_and_removed_and_let_their_alerts_go(inbox: Inbox) -> None:
    rule = inbox.rule()
    inbox.drift(0.7)
    looser = rule.draft.model_copy(update={"condition": Condition(limit=0.8)})
    inbox.alerts.change_rule(LOCAL, rule.id, looser)
    inbox.alerts.evaluate()
    assert states(inbox) == ["resolved"]
    inbox.drift(0.9)
    inbox.alerts.switch_rule(LOCAL, rule.id, enabled=False)
    inbox.drift(0.9)
    assert states(inbox) == ["resolved"]
    inbox.alerts.switch_rule(LOCAL, rule.id, enabled=True)
    inbox.alerts.evaluate()
    assert states(inbox) == ["open"]
    inbox.alerts.remove_rule(LOCAL, rule.id)
    assert states(inbox) == ["resolved"]
    (alert,) = inbox.alerts.alerts("churn")
    assert inbox.alerts.history(alert.id)[-1].note == "the rule was removed"
    with pytest.raises(AlertRuleNotFound):
        inbox.alerts.rule(rule.id)


def test_only_who_may_changes_rules(inbox: Inbox) -> None:
    for role in (Role.VIEWER, Role.APPROVER, Role.AUDITOR):
        with pytest.raises(Denied):
            inbox.rule(actor=Actor(name="eve", role=role))
    rule = inbox.rule(actor=Actor(name="ann", role=Role.SCIENTIST))
    with inbox.store.read() as work:
        (event,) = work.events.find("churn")
    assert (event.actor, event.action, event.subject) == ("ann", "alert_rule.add", rule.id)
    assert event.details["condition"]["limit"] == 0.5


def test_two_looks_at_once_open_one_alert(inbox: Inbox) -> None:
    inbox.rule()
    inbox.drift(0.9, judge=False)
    AlertService(inbox.store, inbox.clock, "").evaluate()
    inbox.alerts.evaluate()
    (alert,) = inbox.alerts.alerts("churn")
    assert (alert.times, len(inbox.alerts.history(alert.id))) == (1, 1)


def test_a_back_test_tells_what_a_rule_would_have_done(inbox: Inbox) -> None:
    inbox.drift(0.6, 0.7, 0.1, 0.9, judge=False)
    found = inbox.alerts.backtest("churn", draft(cooldown_s=0))
    assert (found.samples, found.fired, found.opened, found.told) == (4, 3, 2, 2)
    assert [(one.value, one.opens) for one in found.firings] == [(0.6, True), (0.7, False), (0.9, True)]
    assert inbox.alerts.backtest("churn", draft()).told == 1
    assert (found.first_at, found.last_at) == (START, START + timedelta(hours=3))
    inbox.clock.advance(30 * 3600)
    gaps = inbox.alerts.backtest("churn", draft(condition=Condition(kind="absence", limit=24)))
    assert (gaps.fired, gaps.firings[0].at) == (1, START + timedelta(hours=27))
    assert inbox.alerts.alerts("churn") == inbox.alerts.rules("churn") == []
    with pytest.raises(ProjectNotFound):
        inbox.alerts.backtest("nope", draft())


def draft(**changes: object) -> AlertRuleDraft:
    fields = {"name": "Much drift", "watched": Watched.DRIFT_SHARE, "condition": Condition(limit=0.5)}
    return AlertRuleDraft.model_validate({**fields, **changes})
