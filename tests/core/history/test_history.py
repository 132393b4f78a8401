"""Looking back over stored records: the timeline, any moment, a version's story, lines of descent."""

from datetime import timedelta

import pytest

from core.history.lineage import NotInLineage
from core.history.service import HistoryService
from core.records.gate import GateResult, Standing, Verdict, VerdictOutcome
from core.records.job import Cause, JobKind
from core.records.model import Alias
from storage.memory import MemoryBlobs, MemoryStore
from tests.builders import START, job_request, project, run_entry

HOUR = timedelta(hours=1)
B1, B2 = "1" * 64, "2" * 64


@pytest.fixture
def service() -> HistoryService:
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
    return HistoryService(store, MemoryBlobs())


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
    assert (then.run.dataset, then.drift, then.traffic) == ("customers@2", "", None)


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
