"""Retraining rules: what they see, what they decide, and that each look is told once."""

import threading
from datetime import timedelta

import pytest

from core.errors import DatasetNotFound, Denied, ProjectNotFound
from core.records.access import LOCAL, Actor, Role
from core.records.alert import Severity
from core.records.contract import Outcome
from core.records.job import JobKind, JobState
from core.records.monitor import Performance, ReportKind
from core.records.performance import MetricFigure, ProductionWindow
from core.records.rule import Answer, Condition, Decision, QuietHours, RuleDraft, RuleMode, Sign
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from core.retraining import conditions
from core.retraining.deciding import quiet_until
from core.retraining.rules import describe
from core.retraining_errors import InvalidRule, RuleNotFound, SuggestionAnswered, SuggestionNotFound
from storage.memory import MemoryStore
from tests.builders import START, FakeClock
from tests.conformance.test_alerts import alert
from tests.conformance.test_contracts import result
from tests.conformance.test_labels import label
from tests.conformance.test_reports import report
from tests.core.monitoring.house import PROJECT, create, customers, house, promote, upload

VIEWER = Actor(name="vera", role=Role.VIEWER)
NOT_MET, HELD, JOINED = Decision.NOT_MET, Decision.HELD, Decision.JOINED
SUGGESTED, ACTED = Decision.SUGGESTED, Decision.ACTED
DAY = 86_400


@pytest.fixture(scope="module")
def champion():
    """A store with a project, data and a champion, trained once."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        platform = house(Path(folder), FakeClock())
        create(platform)
        upload(platform, customers(60))
        promote(platform)
        yield platform


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def shop(champion, tmp_path, clock):
    """The house of the champion as it was when it was promoted."""
    store = MemoryStore()
    store._tables = champion.store._tables.branch()
    platform = house(tmp_path, clock, store)
    platform.rules._blobs = champion.blobs
    platform.datasets._blobs = champion.blobs
    clock.advance(60)
    return platform


def add(platform, *texts, mode=RuleMode.ACT, cooldown_s=0, per_day=100, **more):
    found = tuple(conditions.parse(text) for text in texts)
    draft = RuleDraft(conditions=found, mode=mode, cooldown_s=cooldown_s, per_day=per_day, **more)
    return platform.rules.add(LOCAL, PROJECT, draft)


def look(platform, seconds=0.0):
    return platform.rules.look(platform.clock.advance(seconds))


def decisions(platform):
    return [found.decision for found in reversed(platform.rules.evaluations(PROJECT))]


def newest(platform):
    return platform.rules.evaluations(PROJECT)[0]


def retrainings(platform):
    return platform.queue.find(PROJECT, kinds=(JobKind.RETRAIN,))


def finish(platform):
    with platform.store.write() as work:
        while job := work.jobs.claim("w", platform.clock.now(), 20):
            work.jobs.finish(job.id, job.token, JobState.SUCCEEDED, platform.clock.now(), {})
        work.commit()


def drift(platform, id, *, drifted=True, **more):
    told = {"drifted": drifted, "fires": drifted, "summary": "2 of 5 columns drifted.", **more}
    found = report(id=id, project=PROJECT, created_at=platform.clock.now(), **told)
    with platform.store.write() as work:
        work.reports.add(found)
        work.commit()


def signal(platform, **said):
    return platform.rules.signal(LOCAL, PROJECT, **said)


def test_conditions_are_read_from_text_and_said_in_words():
    assert conditions.parse("rows:500@rides") == Condition(sign=Sign.ROWS, amount=500, of="rides")
    assert conditions.parse("performance:5%").amount == 5
    draft = RuleDraft(
        conditions=tuple(map(conditions.parse, ("drift", "labels:200", "webhook@nightly"))),
        needed=2,
        mode=RuleMode.ACT,
        quiet=QuietHours(start="22:00", end="06:00", timezone="Europe/Berlin"),
    )
    assert describe(draft) == (
        "When at least 2 of these hold: a check finds drift, 200 new labels are known, the signal 'nightly' comes from "
        "outside, start a retraining; at most once a day, not within 1 d of the last time, never from 22:00 to 06:00 "
        "Europe/Berlin."
    )
    pair = RuleDraft(conditions=draft.conditions[:2], needed=2)
    assert describe(pair).startswith("When a check finds drift and 200 new labels are known, suggest a retraining")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rain", "is no condition"),
        ("rows", "must say how many new rows"),
        ("rows:0", "must say how many new rows"),
        ("drift:5", "takes no amount"),
        ("labels:5@x", "cannot be narrowed"),
        ("alert@grave", "no severity 'grave'"),
        ("", "is no condition"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused_with_the_reason(text, problem):
    with pytest.raises(InvalidRule, match=problem):
        conditions.parse(text)


def test_a_rule_is_stored_complete_with_an_audit_event(shop):
    made = add(shop, "version", "rows:10", name="fresh")
    assert [item.of for item in made.conditions] == ["customers", "customers"]
    assert (made.enabled, made.since, made.seen) == (True, shop.clock.now(), "")
    assert shop.rules.rule(made.id) == made
    event = shop.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.subject, event.details["says"]) == ("rule.add", made.id, describe(made))


def test_what_cannot_be_saved_is_refused_and_nothing_is_stored(shop):
    with pytest.raises(DatasetNotFound):
        add(shop, "version@nothing")
    with pytest.raises(InvalidRule, match="twice"):
        add(shop, "version", "version@customers")
    with pytest.raises(InvalidRule, match="no time zone"):
        add(shop, "drift", quiet=QuietHours(start="22:00", end="06:00", timezone="Moon/Base"))
    with pytest.raises(InvalidRule, match="two different times"):
        add(shop, "drift", quiet=QuietHours(start="06:00", end="06:00"))
    with pytest.raises(ValueError, match="can never hold"):
        add(shop, "drift", needed=2)
    with pytest.raises(ProjectNotFound):
        shop.rules.add(LOCAL, "nope", RuleDraft(conditions=(Condition(sign=Sign.DRIFT),)))
    assert shop.rules.rules() == []


def test_only_who_may_changes_rules_answers_and_signals(shop):
    draft = RuleDraft(conditions=(Condition(sign=Sign.DRIFT),))
    for call in (
        lambda: shop.rules.add(VIEWER, PROJECT, draft),
        lambda: shop.rules.change(VIEWER, "r", draft),
        lambda: shop.rules.switch(VIEWER, "r", enabled=False),
        lambda: shop.rules.remove(VIEWER, "r"),
        lambda: shop.rules.accept(VIEWER, "e"),
        lambda: shop.rules.dismiss(VIEWER, "e"),
        lambda: shop.rules.signal(VIEWER, PROJECT),
    ):
        with pytest.raises(Denied):
            call()
    for call in (
        lambda: shop.rules.change(LOCAL, "r", draft),
        lambda: shop.rules.switch(LOCAL, "r", enabled=False),
        lambda: shop.rules.remove(LOCAL, "r"),
    ):
        with pytest.raises(RuleNotFound):
            call()
    with pytest.raises(SuggestionNotFound):
        shop.rules.accept(LOCAL, "e")


def test_drift_found_since_starts_one_retraining_whose_cause_is_told(shop):
    drift(shop, "old")
    made = add(shop, "drift")
    assert look(shop, 1) == 0
    assert (decisions(shop), newest(shop).reason) == ([NOT_MET], "0 of 1 condition hold, 1 needed")
    drift(shop, "new")
    assert [look(shop, 1), look(shop), look(shop, 1)] == [1, 0, 0]
    assert decisions(shop) == [NOT_MET, ACTED, NOT_MET]
    acted = shop.rules.evaluations(PROJECT)[1]
    (job,) = retrainings(shop)
    assert (acted.job_id, acted.reason) == (job.id, "the newest drift check says: 2 of 5 columns drifted")
    assert (job.cause.kind, job.cause.id, job.cause.note) == ("rule", acted.id, acted.reason)
    assert shop.rules.rule(made.id).since == acted.at
    assert shop.audit.events(LOCAL, PROJECT)[0].action == "rule.evaluate"


def test_a_later_check_that_finds_nothing_takes_the_drift_away(shop):
    add(shop, "drift")
    drift(shop, "one")
    shop.clock.advance(5)
    drift(shop, "two", drifted=False)
    assert look(shop, 1) == 0
    assert decisions(shop) == [NOT_MET]


def test_new_data_are_counted_against_the_version_that_was_newest_before(shop):
    add(shop, "version", mode=RuleMode.ACT)
    add(shop, "rows:20")
    shop.clock.advance(5)
    upload(shop, customers(75, seed=1))
    assert look(shop, 1) == 1
    first, second = reversed(shop.rules.evaluations(PROJECT))
    assert (first.decision, first.reason) == (ACTED, "customers@2 was added")
    assert second.findings[0].reason == "customers@2 has 15 rows more than customers@1, 20 are wanted"
    shop.clock.advance(5)
    upload(shop, customers(80, seed=2))
    finish(shop)
    assert look(shop, 1) == 1
    reasons = [found.reason for found in shop.rules.evaluations(PROJECT) if found.decision in (ACTED, JOINED)]
    assert reasons[0].startswith("the retraining")
    assert reasons[1] in ("customers@3 was added", "customers@3 has 20 rows more than customers@1, 20 are wanted")


def test_labels_signals_and_broken_contracts_are_signs(shop):
    add(shop, "labels:2", "webhook@nightly", "quality", needed=3)
    shop.clock.advance(1)
    with shop.store.write() as work:
        now = shop.clock.now()
        work.labels.add(PROJECT, [label(given, 1.0, project=PROJECT, received_at=now) for given in ("a", "b")])
        failed = result(project=PROJECT, dataset="customers", number=1, outcome=Outcome.FAILS, checked_at=now)
        work.contracts.add_result(failed)
        work.commit()
    assert signal(shop, name="hourly")
    look(shop, 1)
    assert [finding.met for finding in newest(shop).findings] == [True, False, True]
    assert signal(shop, name="nightly", note="loaded", id="n1")
    assert not signal(shop, name="nightly", id="n1")
    assert look(shop, 1) == 1
    assert "the signal 'nightly' came from local: loaded" in newest(shop).reason


def test_two_rules_at_the_same_moment_start_one_retraining(shop):
    add(shop, "drift", name="first")
    add(shop, "webhook", name="second")
    shop.clock.advance(1)
    drift(shop, "new")
    signal(shop)
    assert look(shop, 1) == 1
    assert decisions(shop) == [ACTED, JOINED]
    (job,) = retrainings(shop)
    assert {found.job_id for found in shop.rules.evaluations(PROJECT)} == {job.id}


def test_many_leaders_at_once_start_one_retraining(shop):
    add(shop, "webhook")
    shop.clock.advance(1)
    signal(shop)
    now = shop.clock.now()
    threads = [threading.Thread(target=shop.rules.look, args=(now,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(retrainings(shop)) == 1
    assert decisions(shop).count(ACTED) == 1


def test_a_retraining_at_work_is_waited_for(shop):
    add(shop, "webhook")
    job = shop.retraining.retrain(LOCAL, PROJECT)
    with shop.store.write() as work:
        work.jobs.take(job.id, "w", shop.clock.now(), 1_000)
        work.commit()
    shop.clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 0
    assert (newest(shop).decision, newest(shop).reason) == (
        HELD,
        f"the retraining {job.id} is running (a signal came from local)",
    )
    with shop.store.write() as work:
        work.jobs.finish(job.id, work.jobs.get(job.id).token, JobState.SUCCEEDED, shop.clock.now(), {})
        work.commit()
    assert look(shop, 1) == 1


def test_without_a_champion_nothing_can_be_retrained_and_that_is_said(tmp_path, clock):
    platform = house(tmp_path, clock)
    create(platform)
    add(platform, "webhook")
    clock.advance(1)
    signal(platform)
    assert look(platform, 1) == 0
    assert newest(platform).decision is HELD
    assert "no champion" in newest(platform).reason


def test_quiet_hours_hold_until_they_end(shop, clock):
    clock.advance(13.5 * 3_600)
    add(shop, "webhook", quiet=QuietHours(start="22:00", end="06:00", timezone="UTC"))
    clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 0
    assert newest(shop).reason.startswith("quiet hours until 2026-03-03T06:00+00:00")
    assert look(shop, 7 * 3_600) == 0
    assert look(shop, 3_600) == 1
    assert decisions(shop) == [HELD, ACTED]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (QuietHours(start="08:00", end="09:30"), START + timedelta(minutes=30)),
        (QuietHours(start="22:00", end="09:30"), START + timedelta(minutes=30)),
        (QuietHours(start="08:30", end="06:00"), START + timedelta(hours=21)),
        (QuietHours(start="09:01", end="09:30"), None),
        (QuietHours(start="22:00", end="09:00"), None),
        (QuietHours(start="10:00", end="11:00", timezone="Europe/Berlin"), START + timedelta(hours=1)),
    ],
)
def test_quiet_hours_are_of_their_zone_and_may_pass_midnight(hours, expected):
    assert quiet_until(hours, START) == expected


def test_a_rest_and_the_budget_of_a_day_hold(shop, clock):
    add(shop, "webhook", cooldown_s=3_600, per_day=2)
    found = []
    for _ in range(4):
        clock.advance(1)
        signal(shop)
        found.append(look(shop, 1))
        finish(shop)
        look(shop, 1)
        found.append(look(shop, 3_600))
        finish(shop)
    assert found == [1, 0, 1, 0, 0, 0, 0, 0]
    assert newest(shop).reason.startswith("it did so 2 of 2 times today")
    assert look(shop, 24 * 3_600) == 1


def test_a_suggestion_waits_with_its_reason_and_is_accepted_once(shop):
    add(shop, "webhook", mode=RuleMode.SUGGEST)
    shop.clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 0
    (waiting,) = shop.rules.suggestions(PROJECT)
    assert (waiting.decision, waiting.reason, waiting.job_id) == (SUGGESTED, "a signal came from local", None)
    shop.clock.advance(1)
    signal(shop)
    look(shop, 1)
    assert newest(shop).reason.startswith(f"the suggestion {waiting.id} still waits")
    job = shop.rules.accept(LOCAL, waiting.id)
    assert shop.rules.accept(LOCAL, waiting.id) == job
    assert (job.cause.id, retrainings(shop)) == (waiting.id, [job])
    with pytest.raises(SuggestionAnswered, match="local accepted it"):
        shop.rules.dismiss(LOCAL, waiting.id)
    assert shop.rules.suggestions(PROJECT) == []


def test_a_dismissed_suggestion_does_not_come_again_for_the_same(shop):
    add(shop, "webhook", mode=RuleMode.SUGGEST)
    shop.clock.advance(1)
    signal(shop)
    look(shop, 1)
    (waiting,) = shop.rules.suggestions(PROJECT)
    assert shop.rules.dismiss(LOCAL, waiting.id).answer is Answer.DISMISSED
    with pytest.raises(SuggestionAnswered, match="local dismissed it"):
        shop.rules.accept(LOCAL, waiting.id)
    look(shop, 1)
    assert shop.rules.suggestions(PROJECT) == []
    signal(shop)
    look(shop, 1)
    assert len(shop.rules.suggestions(PROJECT)) == 1


def test_a_paused_rule_looks_at_nothing_and_what_happened_meanwhile_counts(shop):
    made = add(shop, "webhook")
    assert shop.rules.switch(LOCAL, made.id, enabled=False).enabled is False
    shop.clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 0
    assert shop.rules.evaluations(PROJECT) == []
    shop.rules.switch(LOCAL, made.id, enabled=True)
    assert look(shop, 1) == 1


def test_a_changed_rule_looks_anew_and_a_removed_one_never(shop):
    made = add(shop, "labels:5")
    shop.clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 0
    changed = RuleDraft(conditions=(Condition(sign=Sign.WEBHOOK),), mode=RuleMode.ACT)
    assert shop.rules.change(LOCAL, made.id, changed).draft == changed
    assert look(shop, 1) == 1
    shop.rules.remove(LOCAL, made.id)
    signal(shop)
    assert look(shop, DAY) == 0
    assert decisions(shop) == [NOT_MET, ACTED]


@pytest.mark.parametrize(
    ("metric", "value", "met", "said"),
    [
        ("rmse", 11.0, True, "rmse was 11 on 40 rows, 10 at training: 10.0% worse"),
        ("rmse", 9.0, False, "rmse was 9 on 40 rows, 10 at training: 10.0% better"),
        ("r2", 9.4, True, "r2 was 9.4 on 40 rows, 10 at training: 6.0% worse"),
        ("r2", 9.6, False, "r2 was 9.6 on 40 rows, 10 at training: 4.0% worse"),
    ],
)
def test_a_fall_of_performance_is_measured_in_the_direction_of_its_metric(shop, metric, value, met, said):
    add(shop, "performance:5%")
    shop.clock.advance(1)
    measured = Performance(metric=metric, value=value, expected=10.0, rows=40, version=1, dropped=None)
    drift(shop, "checked", drifted=False, performance=measured)
    assert look(shop, 1) == met
    found = next(f for look in shop.rules.evaluations(PROJECT) for f in look.findings if f.reason.startswith(metric))
    assert (found.met, found.reason) == (met, said)


def test_that_the_champion_errs_more_is_a_sign_and_drift_of_the_data_is_none(shop):
    add(shop, "concept")
    drift(shop, "d1")
    look(shop)
    assert newest(shop).findings[0].reason == "no check of concept drift since"
    drift(shop, "c1", drifted=False, kind=ReportKind.CONCEPT, summary="The mean error is as before.")
    look(shop, 1)
    assert newest(shop).decision is NOT_MET
    drift(shop, "c2", kind=ReportKind.CONCEPT, summary="The mean error rose: 3 on 90 rows, 2 at training.")
    look(shop, 1)
    (found,) = newest(shop).findings
    said = "the newest check of concept drift says: The mean error rose: 3 on 90 rows, 2 at training"
    assert (found.met, found.reason, found.evidence) == (True, said, "report:c2")
    assert decisions(shop)[-1] is ACTED


def test_a_fall_of_the_estimated_performance_is_a_sign_and_provisional_figures_are_none(shop):
    add(shop, "estimated:5%")
    add(shop, "performance:5%")
    shop.clock.advance(1)
    figures = (
        MetricFigure(name="accuracy", value=0.6, estimated=0.7, expected=0.9),
        MetricFigure(name="f1", value=0.5, estimated=0.72, expected=0.8),
    )
    window = ProductionWindow(predictions=400, labelled=3, enough=0.5, provisional=True, metrics=figures)
    known = Performance(metric="f1", value=0.5, expected=0.8, rows=3, version=1, dropped=True)
    drift(shop, "served", drifted=False, performance=known, production=window)
    assert look(shop, 1) == 1
    (found,) = [look.findings[0] for look in shop.rules.evaluations(PROJECT) if look.decision is ACTED]
    assert found.reason == "estimated, f1 was 0.72 on 400 rows, 0.8 at training: 10.0% worse"
    others = [look.findings[0] for look in shop.rules.evaluations(PROJECT) if look.decision is NOT_MET]
    assert {look.reason for look in others} == {"no performance was measured since"}


def test_the_steps_that_follow_a_retraining_are_no_retraining_to_join(shop):
    add(shop, "webhook")
    shop.queue.submit(LOCAL, kind=JobKind.RETRAIN, project=PROJECT, title="Promote", payload={"do": "promote"})
    shop.clock.advance(1)
    signal(shop)
    assert look(shop, 1) == 1
    assert decisions(shop)[-1] is ACTED


def test_a_rule_and_a_schedule_at_the_same_moment_start_one_retraining(shop):
    trigger = Trigger(kind=TriggerKind.EVERY, expression="1h", timezone="UTC")
    draft = ScheduleDraft(action=ScheduleAction.RETRAIN, trigger=trigger)
    first, second = (shop.retraining.add(LOCAL, PROJECT, draft) for _ in range(2))
    add(shop, "webhook")
    now = shop.clock.advance(3_600)
    signal(shop)
    assert (shop.rules.look(now), shop.retraining.fire_due(now)) == (1, 0)
    (job,) = retrainings(shop)
    rows = shop.retraining.firings(PROJECT)
    assert {(row.schedule_id, row.outcome.value) for row in rows} == {(first.id, "merged"), (second.id, "merged")}
    assert {row.reason for row in rows} == {f"the retraining {job.id} is queued already and does it"}
    finish(shop)
    now = shop.clock.advance(3_600)
    signal(shop)
    assert (shop.retraining.fire_due(now), shop.rules.look(now)) == (1, 0)
    assert decisions(shop)[-1] is JOINED
    assert len(retrainings(shop)) == 2


def test_an_alert_that_opened_since_is_a_sign_by_its_severity(shop):
    add(shop, "alert@critical")
    shop.clock.advance(1)
    with shop.store.write() as work:
        for name, severity in (("w", Severity.WARNING), ("old", Severity.CRITICAL)):
            opened = START if name == "old" else shop.clock.now()
            work.alerts.add(alert(id=name, cause=name, project=PROJECT, severity=severity, opened_at=opened))
        work.commit()
    assert look(shop, 1) == 0
    with shop.store.write() as work:
        work.alerts.add(alert(id="c", cause="c", project=PROJECT, severity="critical", opened_at=shop.clock.now()))
        work.commit()
    assert look(shop, 1) == 1
    assert next(found for found in shop.rules.evaluations(PROJECT) if found.decision is ACTED).reason.startswith(
        "the alert "
    )
