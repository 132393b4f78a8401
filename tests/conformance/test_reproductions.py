import pytest

from core.errors import ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.reproduction import InputDifference, Reproduction, ReproductionOutcome
from tests.builders import START


def reproduction(**changes: object) -> Reproduction:
    fields = {
        "id": "j1",
        "project": "churn",
        "run_id": "r1",
        "outcome": ReproductionOutcome.EQUAL,
        "differences": (InputDifference(name="package numpy", before="1.2", now=None),),
        "largest": 3e-12,
        "where": "log_loss",
        "metrics": 20,
        "rows": 48,
        "summary": "Equal.",
        "actor": "ann",
        "created_at": START,
    }
    return Reproduction.model_validate({**fields, **changes})


def test_an_answer_comes_back_as_it_was_stored(store: Store) -> None:
    with store.write() as work:
        work.reproductions.add(reproduction())
        work.commit()
    with store.read() as work:
        assert work.reproductions.find("churn", "r1") == [reproduction()]


def test_a_second_answer_of_the_same_job_changes_nothing(store: Store) -> None:
    with store.write() as work:
        work.reproductions.add(reproduction())
        work.reproductions.add(reproduction(outcome=ReproductionOutcome.DIFFERENT, largest=None))
        assert work.reproductions.find("churn") == [reproduction()]


def test_answers_are_found_newest_first_within_their_run_and_project(store: Store) -> None:
    with store.write() as work:
        for name, run in (("a", "r1"), ("b", "r2"), ("c", "r1")):
            work.reproductions.add(reproduction(id=name, run_id=run))
        work.reproductions.add(reproduction(id="d", project="bikes"))
        assert [one.id for one in work.reproductions.find("churn")] == ["c", "b", "a"]
        assert [one.id for one in work.reproductions.find("churn", "r1")] == ["c", "a"]
        assert [one.id for one in work.reproductions.find("churn", "r1", limit=1)] == ["c"]


def test_answers_go_with_their_project(store: Store) -> None:
    with store.write() as work:
        work.reproductions.add(reproduction())
        work.projects.delete("churn")
        assert work.reproductions.find("churn") == []
        with pytest.raises(ProjectNotFound):
            work.reproductions.add(reproduction())
