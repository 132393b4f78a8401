import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.replay import (
    Flip,
    Replay,
    ReplayFault,
    ReplayFindings,
    ReplayLabels,
    ReplaySegment,
    ScoreBin,
)
from tests.builders import START


def replay(**changes: object) -> Replay:
    findings = ReplayFindings(
        rows=400,
        logged_as_champion=390,
        flip_share=0.1,
        low=0.07,
        high=0.13,
        flips=(Flip(before="No", after="Yes", rows=40, share=0.1),),
        moved=0.02,
        psi=0.01,
        ks=0.1,
        scores=(ScoreBin(low=0.0, high=1.0, champion=1.0, challenger=1.0),),
        segments=(ReplaySegment(name="plan is ä", rows=30, flips=0.2, champion=0.1, challenger=0.2),),
        faults=(ReplayFault(field="age", problem="is missing", rows=3),),
        refused=3,
        ms=0.2,
        labels=ReplayLabels(metric="roc_auc", rows=12),
    )
    fields = {
        "id": "r1",
        "project": "churn",
        "version": 2,
        "bundle_sha256": "c" * 64,
        "champion": 1,
        "champion_sha256": "d" * 64,
        "since": START,
        "until": START,
        "findings": findings,
        "summary": "10 % flip.",
        "actor": "ann",
        "created_at": START,
    }
    return Replay.model_validate({**fields, **changes})


def test_a_replay_comes_back_as_it_was_stored_and_a_second_of_the_same_job_changes_nothing(store: Store) -> None:
    with store.write() as work:
        work.replays.add(replay())
        work.replays.add(replay(summary="another"))
        work.commit()
    with store.read() as work:
        assert work.replays.find("churn", 2) == [replay()]


def test_replays_are_found_newest_first_and_go_with_their_project(store: Store) -> None:
    with store.write() as work:
        for name, version in (("a", 1), ("b", 2), ("c", 1)):
            work.replays.add(replay(id=name, version=version))
        work.replays.add(replay(id="d", project="bikes"))
        assert [one.id for one in work.replays.find("churn")] == ["c", "b", "a"]
        assert [one.id for one in work.replays.find("churn", 1, limit=1)] == ["c"]
        work.projects.delete("churn")
        assert work.replays.find("churn") == []
        with pytest.raises(ProjectNotFound):
            work.replays.add(replay())
