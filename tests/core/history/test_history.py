"""Looking back over stored records: the timeline, any moment, a version's story, lines of descent."""

from datetime import datetime, timedelta

import pytest

from core.history.lineage import NotInLineage
from core.history.service import HistoryService
from core.records.alert import Alert, AlertChange, AlertState, Severity
from core.records.approval import Approval, ApprovalState
from core.records.gate import GateResult, Standing, Verdict, VerdictOutcome
from core.records.job import Cause, JobKind
from core.records.model import Alias
from core.records.monitor import MonitorReport, ReportKind
from core.records.prediction import LoggedPrediction
from core.records.rule import Decision, Evaluation, Finding, Sign
from core.records.traffic import LATENCY_S, ServingTally
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from tests.builders import START, job_request, project, run_entry

HOUR = timedelta(hours=1)
B1, B2 = "1" * 64, "2" * 64


@pytest.fixture
def service() -> HistoryService:
    return HistoryService(past(), MemoryBlobs(), MemoryPredictionLog())


def past() -> MemoryStore:
    store = MemoryStore()
    with store.write() as work:
        work.projects.add(project())
        cause = Cause(kind="schedule", id="s1", note="every night")
        request = job_request(kind=JobKind.RETRAIN, title="Retrain", cause=cause)
        retraining = work.jobs.add(request, "local", START + HOUR)
        work.run_index.put(
            [
                run_entry(run_id="r" * 32, version=1, params={"C": "1"}, metrics={"roc_auc": 0.75}, split_sha256=B1),
                run_entry(
                    run_id="s" * 32,
                    version=2,
                    job_id=retraining.id,
                    dataset="customers@2",
                    params={"C": "2"},
                    metrics={"roc_auc": 0.875},
                    split_sha256=B1,
                    started_at=START + HOUR,
                ),
            ]
        )
        work.deployments.open("churn", Alias.CHAMPION, 1, "r" * 32, B1, "ann", "the first", START)
        gate = GateResult(kind="minimum", title="Minimum", standing=Standing.PASSED, sentence="0.875 is enough.")
        verdict = Verdict(
            id="v2", project="churn", version=2, run_id="s" * 32, bundle_sha256=B2, champion=1, policy=0,
            outcome=VerdictOutcome.PROMOTE, gates=(gate,), summary="1 gate passed.", actor="ann",
            created_at=START + HOUR,
        )  # fmt: skip
        work.verdicts.add(verdict)
        for hours, version, run, reason in ((2, 2, "s", "better"), (3, 1, "r", "it was slower")):
            bundle = B2 if version == 2 else B1
            moment = START + hours * HOUR
            work.deployments.open("churn", Alias.CHAMPION, version, run * 32, bundle, "bob", reason, moment)
        work.commit()
    return store


def monitor_report(id: str, **changes: object) -> MonitorReport:
    fields: dict[str, object] = {
        "id": id, "project": "churn", "kind": ReportKind.DRIFT, "reference": "customers@1", "current": "predictions",
        "rows_reference": 100, "rows_current": 100, "drifted": False, "drifted_columns": 0, "tested_columns": 3,
        "summary": f"said by {id}", "job_id": None, "created_at": START,
    }  # fmt: skip
    return MonitorReport.model_validate({**fields, **changes})


def alert(**changes: object) -> Alert:
    fields: dict[str, object] = {
        "id": "a1", "project": "churn", "rule_id": "r1", "cause": "r1", "series": "", "title": "Drift", "summary": "",
        "severity": Severity.WARNING, "owner": "", "state": AlertState.OPEN, "value": 1.0, "sample": "s",
        "evidence": None, "openings": 1, "told_opening": 1, "told_at": None, "times": 1, "first_at": START,
        "opened_at": START, "seen_at": START,
    }  # fmt: skip
    return Alert.model_validate({**fields, **changes})


def tally(minute: datetime, version: int, rows: int) -> ServingTally:
    return ServingTally(
        project="churn", process="p1", minute=minute, version=version, cohort="champion", requests=rows, refused=0,
        failed=0, rows=rows, buckets=(0,) * (len(LATENCY_S) + 1), seconds=0.1,
    )  # fmt: skip


def test_the_timeline_tells_promotions_rollbacks_verdicts_and_retrainings(service: HistoryService) -> None:
    past = service.timeline("churn")
    assert [(span.deployment.version, span.metric) for span in past.spans] == [(1, 0.75), (2, 0.875), (1, 0.75)]
    assert [(one.kind, one.version) for one in past.happenings if one.kind in ("promotion", "rollback")] == [
        ("rollback", 1),
        ("promotion", 2),
        ("promotion", 1),
    ]
    assert {one.kind for one in past.happenings} == {"promotion", "rollback", "verdict", "retraining"}


def test_any_moment_tells_who_served_and_on_what_ground(service: HistoryService) -> None:
    assert service.at("churn", START - HOUR).champion is None
    then = service.at("churn", START + 2.5 * HOUR)
    assert then.champion is not None
    assert (then.champion.version, then.champion.reason, then.verdict and then.verdict.id) == (2, "better", "v2")
    assert then.run is not None
    assert (then.dataset, then.run.dataset, then.drift, then.traffic) == ("customers@2", "customers@2", "", None)
    assert then.gates is not None
    assert (then.gates.number, then.approver, then.answered) == (0, "", {})


def test_a_moment_tells_alerts_drift_approver_and_traffic_as_they_were_then_and_not_as_they_became() -> None:
    store = past()
    with store.write() as work:
        for hours, drifted in ((0, True), (2, False)):
            work.reports.add(monitor_report(f"c{hours}", drifted=drifted, created_at=START + hours * HOUR))
        work.reports.add(monitor_report("quality", kind=ReportKind.QUALITY, created_at=START + 2.2 * HOUR))
        work.alerts.add(alert(state=AlertState.RESOLVED, opened_at=START, seen_at=START))
        steps = ((0, None, AlertState.OPEN), (1, AlertState.OPEN, AlertState.ACKNOWLEDGED),
                 (2, AlertState.ACKNOWLEDGED, AlertState.RESOLVED))  # fmt: skip
        for hours, before, after in steps:
            change = AlertChange(alert_id="a1", project="churn", at=START + hours * HOUR, actor="ann", before=before,
                                 after=after)  # fmt: skip
            work.alerts.record(change)
        work.tallies.put([tally(START + 2.4 * HOUR, 2, 30), tally(START + 1.1 * HOUR, 1, 5)])
        answered = {"state": ApprovalState.APPROVED, "answered_by": "cas", "answered_at": START + 1.5 * HOUR}
        request = Approval(id="ok", project="churn", version=2, bundle_sha256=B2, champion=1, policy=0, verdict="v2",
                           comment="", requested_by="bob", requested_at=START + HOUR)  # fmt: skip
        work.approvals.add(request)
        work.approvals.answer(request.model_copy(update=answered))
        work.commit()
    service = HistoryService(store, MemoryBlobs(), MemoryPredictionLog())
    early, late = service.at("churn", START + 1.5 * HOUR), service.at("churn", START + 2.5 * HOUR)
    assert ([one.id for one in early.alerts], late.alerts) == (["a1"], ())
    assert (early.report, early.drift_outcome) == ("c0", "drifted")
    assert (late.report, late.drift_outcome) == ("c2", "stable")
    assert (early.approver, late.approver) == ("", "cas")
    assert (early.answered, late.answered) == ({1: 5}, {2: 30})


def test_a_story_has_every_chapter_and_says_where_there_is_nothing(service: HistoryService) -> None:
    chapters = {chapter.title: chapter for chapter in service.story("churn", 2)}
    assert list(chapters) == [
        "Trigger", "Data", "Parameters", "Figures", "Gates", "Replay", "Approval", "In service", "Alerts since",
    ]  # fmt: skip
    assert chapters["Trigger"].said == ("A schedule started it: every night. (Retrain)",)
    assert chapters["Data"].said[0].startswith("Trained on customers@2, the champion before it on customers@1")
    assert chapters["Parameters"].rows == (("C", "1", "2"),)
    assert chapters["Figures"].rows == (("ROC AUC", "0.75", "0.875", "+0.125", "better"),)
    assert chapters["Gates"].rows == (("Minimum", "passed", "0.875 is enough."),)
    assert [row[3:] for row in chapters["In service"].rows] == [("bob", "better")]
    assert [title for title, chapter in chapters.items() if chapter.is_empty] == ["Replay", "Approval", "Alerts since"]
    (only,) = service.story("churn", 9)
    assert only.is_empty


def test_a_story_and_the_lineage_name_the_check_that_fired() -> None:
    store = past()
    with store.write() as work:
        work.reports.add(monitor_report("fired", drifted=True, created_at=START + 3 * HOUR))
        work.reports.add(monitor_report("later", drifted=True, created_at=START + 3.1 * HOUR))
        finding = Finding(sign=Sign.DRIFT, met=True, reason="the newest drift check says so", evidence="report:fired")
        look = Evaluation(id="e1", rule_id="r1", project="churn", at=START + 3 * HOUR, decision=Decision.ACTED,
                          reason="drift", findings=(finding,))  # fmt: skip
        work.rules.record(look)
        request = job_request(kind=JobKind.RETRAIN, title="Retrain", cause=Cause(kind="rule", id="e1", note="drift"))
        job = work.jobs.add(request, "rule", START + 3 * HOUR)
        work.run_index.put([run_entry(run_id="t" * 32, version=3, job_id=job.id, started_at=START + 3 * HOUR)])
        work.commit()
    service = HistoryService(store, MemoryBlobs(), MemoryPredictionLog())
    trigger = service.story("churn", 3)[0]
    assert (trigger.report, trigger.subject) == ("fired", "report:fired")
    assert trigger.said == ("A rule started it: drift. (Retrain)", "Drift: the newest drift check says so.")
    edges = service.lineage("churn").edges
    assert [cause for cause, effect in edges if effect == f"retraining:{job.id}"] == ["report:fired"]
    assert (f"retraining:{job.id}", "run:" + "t" * 32) in edges


def test_a_single_answer_has_a_lineage_from_its_data_to_the_checks_that_saw_it() -> None:
    store, log = past(), MemoryPredictionLog()
    with store.write() as work:
        seen = {"since": START + 2 * HOUR, "until": START + 3 * HOUR, "created_at": START + 4 * HOUR}
        work.reports.add(monitor_report("saw", **seen))
        work.reports.add(monitor_report("other", dataset="customers@2", **seen))
        work.commit()
    answer = LoggedPrediction(prediction_id="p" * 16, at=START + 2.5 * HOUR, version=2, features={}, prediction="yes",
                              score=0.75, latency_ms=1.0)  # fmt: skip
    log.append("churn", [answer])
    service = HistoryService(store, MemoryBlobs(), log)
    found = service.lineage("churn", f"prediction:{'p' * 16}")
    (held,) = [cause for cause, effect in found.edges if effect == f"prediction:{'p' * 16}"]
    assert held.startswith("deployment:")
    kinds = {node.id.split(":")[0] for node in found.nodes}
    assert kinds == {"data", "features", "run", "version", "deployment", "prediction", "report", "retraining"}
    assert [node.id for node in found.nodes if node.kind == "report"] == ["report:saw"]
    with pytest.raises(NotInLineage):
        service.lineage("churn", "prediction:none")


def test_lineage_goes_both_ways_from_anything(service: HistoryService) -> None:
    whole = service.lineage("churn")
    assert ("run:" + "s" * 32, "version:2") in whole.edges
    (made,) = [cause for cause, effect in whole.edges if effect == "run:" + "s" * 32 and "retraining" in cause]
    around = service.lineage("churn", "version:2")
    kinds = {node.id for node in around.nodes}
    assert {"data:customers@2", "version:2", "deployment:2", "predictions:2", made} <= kinds
    assert "version:1" not in kinds
    assert service.lineage("churn", "run:ssssssss").nodes == service.lineage("churn", "run:" + "s" * 32).nodes
    with pytest.raises(NotInLineage):
        service.lineage("churn", "version:9")
