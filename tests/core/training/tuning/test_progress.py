from datetime import timedelta

import pytest

from core.records.job import Job
from core.records.study import StudyState, TrialState
from core.training.tuning.progress import elapsed, fraction, remaining
from core.training.tuning.table import as_csv
from tests.builders import START, study, trial


def spec(**changes):
    return study().spec.model_copy(update={"trials": 4, "folds": 5, **changes})


FINISHED = trial(state=TrialState.FINISHED, scores=(0.5,) * 5, value=0.5, finished_at=START)
HALF = trial(number=1, scores=(0.5, 0.5))


def test_a_pruned_trial_is_done_and_a_running_one_as_far_as_its_folds():
    assert fraction(spec(), [FINISHED, HALF], 1.0) == 7 / 20
    assert fraction(spec(), [FINISHED.model_copy(update={"state": TrialState.PRUNED, "scores": (0.1,)})], 1.0) == 5 / 20


def test_the_budget_that_is_used_up_sooner_tells():
    assert fraction(spec(seconds=10), [FINISHED], 5.0) == 0.5
    assert fraction(spec(trials=None, seconds=10), [FINISHED], 20.0) == 1.0


def test_the_rest_follows_from_what_is_done():
    running = study(state=StudyState.RUNNING, spec=spec())
    assert remaining(running, [FINISHED], 3.0) == pytest.approx(9.0)
    assert remaining(running, [], 3.0) is None
    assert remaining(study(state=StudyState.FINISHED, spec=spec()), [FINISHED], 3.0) is None


def test_the_present_job_counts_while_nothing_of_it_is_stored():
    began = Job.model_construct(started_at=START)
    running = study(state=StudyState.RUNNING, seconds=2.0)
    assert elapsed(running, began, START + timedelta(seconds=7)) == 7.0
    assert elapsed(study(state=StudyState.PAUSED, seconds=2.0), began, START + timedelta(seconds=7)) == 2.0


def test_trials_are_exported_one_a_line_with_empty_cells_for_what_was_not_done():
    small = study(spec=spec(folds=2))
    failed = trial(
        number=1, state=TrialState.FAILED, params={"C": 2.0, "class_weight": None}, reason='said "no", twice'
    )
    text = as_csv(small, [FINISHED.model_copy(update={"scores": (0.25, 0.75), "params": {"C": 0.5}}), failed])
    header, first, second = text.splitlines()
    assert header.startswith("trial,state,C,class_weight,roc_auc,roc_auc_fold_1,roc_auc_fold_2,folds,seconds")
    assert first.startswith("0,finished,0.5,none,0.5,0.25,0.75,2,0.0,2")
    assert second.startswith("1,failed,2.0,none,,,,0,0.0,")
    assert second.endswith('"said ""no"", twice"')
