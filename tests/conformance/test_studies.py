from typing import Any

import pytest

from core.errors import Conflict, ProjectNotFound, StudyNotFound
from core.ports.unit_of_work import Store
from core.records.study import Study, StudyRequest, StudyState, Trial, TrialState
from tests.builders import START, study, trial


def filled(store: Store, *studies: Study) -> None:
    with store.write() as work:
        for one in studies or (study(),):
            work.studies.add(one)
        work.commit()


def test_a_study_comes_back_as_it_was_stored(store: Store) -> None:
    filled(store)
    with store.read() as work:
        assert work.studies.get("s1") == study()
        assert work.studies.get("s1").spec.space[1].choices == ("balanced", None, 3, True)


def test_a_saved_study_is_what_is_found_from_then_on(store: Store) -> None:
    filled(store)
    changed = study(
        state=StudyState.RUNNING,
        request=StudyRequest.STOP,
        job_id="j1",
        run_id="r1",
        best=3,
        value=0.75,
        done=4,
        seconds=1.5,
        importances=(("C", 0.75), ("class_weight", 0.25)),
        note="so far",
        refit_trial=3,
        refit_job_id="j2",
        started_at=START,
        finished_at=START,
    )
    with store.write() as work:
        work.studies.save(changed)
        work.commit()
    with store.read() as work:
        assert work.studies.find("churn") == [changed]


def test_studies_are_found_newest_first_within_their_project(store: Store) -> None:
    filled(store, study(id="a"), study(id="b"), study(id="c", project="bikes"))
    with store.read() as work:
        assert [one.id for one in work.studies.find("churn")] == ["b", "a"]
        assert [one.id for one in work.studies.find()] == ["c", "b", "a"]
        assert [one.id for one in work.studies.find(limit=1)] == ["c"]


def test_trials_come_back_by_number_and_the_newest_word_on_one_counts(store: Store) -> None:
    filled(store, study(), study(id="other"))
    over: dict[str, Any] = {"state": TrialState.FINISHED, "scores": (0.5, 0.75), "value": 0.625, "finished_at": START}
    with store.write() as work:
        work.studies.put_trials([trial(number=1), trial(number=0), trial(study="other", number=7)])
        work.studies.put_trials([trial(number=0, reason="x", same_as=1, attempts=2, run_id="r", seconds=0.5, **over)])
        work.commit()
    with store.read() as work:
        first, second = work.studies.trials("s1")
        assert first == trial(number=0, reason="x", same_as=1, attempts=2, run_id="r", seconds=0.5, **over)
        assert second == trial(number=1)
        assert [one.number for one in work.studies.trials("other")] == [7]


def test_nothing_stays_of_an_uncommitted_trial(store: Store) -> None:
    filled(store)
    with store.write() as work:
        work.studies.put_trials([trial()])
    with store.read() as work:
        assert work.studies.trials("s1") == []


def test_unknown_studies_and_projects_and_taken_ids_are_refused(store: Store) -> None:
    filled(store)
    with store.write() as work:
        with pytest.raises(StudyNotFound):
            work.studies.get("nope")
        with pytest.raises(StudyNotFound):
            work.studies.save(study(id="nope"))
        with pytest.raises(StudyNotFound):
            work.studies.put_trials([trial(study="nope")])
        with pytest.raises(ProjectNotFound):
            work.studies.add(study(id="s2", project="nope"))
        with pytest.raises(Conflict):
            work.studies.add(study())


def test_studies_cannot_be_written_by_a_reader(store: Store) -> None:
    filled(store)
    with store.read() as work, pytest.raises(RuntimeError):
        work.studies.save(study())


def test_a_study_goes_with_its_project_and_takes_its_trials(store: Store) -> None:
    filled(store, study(), study(id="s2", project="bikes"))
    with store.write() as work:
        work.studies.put_trials([trial(), trial(study="s2")])
        work.projects.delete("churn")
        work.commit()
    with store.read() as work:
        assert [one.id for one in work.studies.find()] == ["s2"]
        assert (work.studies.trials("s1"), len(work.studies.trials("s2"))) == ([], 1)


def test_a_trial_keeps_the_kinds_of_its_values(store: Store) -> None:
    filled(store)
    params = {"C": 0.25, "depth": 3, "weight": None, "on": True, "name": "x"}
    with store.write() as work:
        work.studies.put_trials([Trial(study="s1", number=0, params=params, started_at=START)])
        work.commit()
    with store.read() as work:
        (found,) = work.studies.trials("s1")
    assert {name: (type(value), value) for name, value in found.params.items()} == {
        name: (type(value), value) for name, value in params.items()
    }
