"""Studies from the form to the version, over memory stores and real scikit-learn and Optuna."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from core.errors import (
    Denied,
    InvalidParameter,
    InvalidSpec,
    InvalidStudy,
    JobCancelled,
    LeaseLost,
    NothingToRefit,
    NoTrialFinished,
    StudyIs,
    StudyNotFound,
)
from core.jobs.context import JobContext
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobState
from core.records.study import (
    Dimension,
    DimensionKind,
    PruningKind,
    SamplerKind,
    StudyRequest,
    StudyState,
    TrialState,
)
from core.records.training import Preprocessing, RunStatus, Split, SplitKind
from core.training.recipes import checked
from core.training.tuning import conductor, crew
from core.training.tuning.fold_fit import run_fold
from tests.core.training.tuning.house import DEPTHS, LEAVES, WEIGHTS, TuningHouse, told

NO_PRUNING = {"pruning": PruningKind.NONE}


@pytest.fixture
def house(tmp_path: Path) -> TuningHouse:
    return TuningHouse(tmp_path)


def interrupted(monkeypatch: pytest.MonkeyPatch, after: int, act: Any) -> None:
    """Let ``act`` happen when fold number ``after`` of the process was computed."""
    count = iter(range(10_000))

    def counted(*args: Any) -> Any:
        done = run_fold(*args)
        if next(count) == after:
            act()
        return done

    monkeypatch.setattr(crew, "run_fold", counted)
    monkeypatch.setattr(conductor, "LOOK_S", 0.0)
    monkeypatch.setattr(conductor, "SAVE_S", 0.0)


class Killed(BaseException):
    """What a kill looks like from inside: nothing more is written."""


def die() -> None:
    raise Killed


def kill(house: TuningHouse, study: Any, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    with monkeypatch.context() as patch:
        interrupted(patch, after, die)
        patch.setattr("core.training.tuning.recorder.Recorder.finish", lambda self: False)
        patch.setattr("core.training.tuning.recorder.Recorder.close", lambda *args: None)
        with pytest.raises(Killed):
            house.tuning.execute(study.id, house.claim(study))


def test_a_study_tries_what_it_may_and_keeps_the_best(house: TuningHouse):
    study = house.submit(**NO_PRUNING)
    result = house.run(study)
    found, trials = house.tuning.study(study.id), house.trials(study)
    assert (found.state, found.done, found.note) == (StudyState.FINISHED, 6, "")
    assert [trial.state for trial in trials] == [TrialState.FINISHED] * 6
    assert all(len(trial.scores) == 3 for trial in trials)
    best = max(trials, key=lambda trial: trial.value or 0)
    assert (found.best, found.value) == (best.number, best.value)
    assert best.value == pytest.approx(np.mean(best.scores), abs=1e-15)
    assert result == {
        "study": study.id,
        "outcome": "finished",
        "trials": 6,
        "best_trial": best.number,
        "cv_roc_auc": best.value,
    }
    assert all(1 <= (trial.params["max_depth"] or 0) <= 6 for trial in trials)


def test_a_score_is_scikit_learns_own_on_the_training_rows_alone(house: TuningHouse):
    """The held-out rows take no part, and preprocessing is learned on each fold's own rows."""
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline

    from core.training import estimators, preprocessing
    from core.training.checking import feature_columns, needed_columns
    from core.training.trainer import part

    study = house.submit(
        trials=1,
        estimator="logistic_regression",
        space=(Dimension(name="C", kind=DimensionKind.FLOAT, low=0.01, high=10, log=True),),
    )
    house.run(study)
    (trial,) = house.trials(study)
    base = study.spec.base
    version = house.datasets.get("churn", base.dataset)
    columns = feature_columns(version, base)
    parted = part(house.datasets.frame(version, needed_columns(version, base)), columns, base)
    answers = parted.target.values[parted.train_rows]
    scores = []
    for learn, score in StratifiedKFold(3, shuffle=True, random_state=0).split(answers, answers):
        model = estimators.build(base.estimator, base.task, {**base.params, **trial.params}, base.seed)
        pipeline = make_pipeline(clone(preprocessing.build(columns, base.preprocessing, scale=True)), model)
        pipeline.fit(parted.train.iloc[learn], answers[learn])
        said = pipeline.predict_proba(parted.train.iloc[score])[:, 1]
        scores.append(roc_auc_score(answers[score] == "Yes", said))
    assert trial.scores == pytest.approx(scores, abs=1e-12)


@pytest.mark.parametrize("sampler", [SamplerKind.TPE, SamplerKind.RANDOM])
def test_the_same_seed_gives_the_same_trials_and_another_seed_others(house: TuningHouse, sampler: SamplerKind):
    first, second, third = (house.submit(sampler=sampler, trials=14, seed=seed) for seed in (4, 4, 5))
    for study in (first, second, third):
        house.run(study)
    assert told(house.trials(first)) == told(house.trials(second))
    assert told(house.trials(first)) != told(house.trials(third))


@pytest.mark.parametrize("pruning", list(PruningKind))
@pytest.mark.parametrize("after", [0, 7, 20])
def test_a_killed_study_goes_on_as_if_it_had_not_been(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch, after: int, pruning: PruningKind
):
    whole, killed = (house.submit(trials=12, pruning=pruning) for _ in range(2))
    house.run(whole)
    kill(house, killed, monkeypatch, after)
    before = house.trials(killed)
    house.run(killed)
    assert told(house.trials(killed)) == told(house.trials(whole))
    over = [trial for trial in before if trial.state is not TrialState.RUNNING]
    assert told(over) == told(house.trials(killed)[: len(over)])
    assert [trial.seconds for trial in over] == [trial.seconds for trial in house.trials(killed)[: len(over)]]


def test_folds_done_before_a_kill_are_not_done_again(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=2, **NO_PRUNING)
    kill(house, study, monkeypatch, after=4)
    done = sum(len(trial.scores) for trial in house.trials(study))
    assert done == 4
    computed = []
    monkeypatch.setattr(crew, "run_fold", lambda *args: computed.append(args[2:5:2]) or run_fold(*args))
    house.run(study)
    assert computed == [(1, 1), (1, 2)]


def test_a_trial_whose_process_dies_three_times_counts_as_failed_and_the_study_goes_on(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    study = house.submit(trials=2, **NO_PRUNING)
    for _ in range(3):
        kill(house, study, monkeypatch, after=0)
    house.run(study)
    first, second = house.trials(study)
    assert (first.state, second.state) == (TrialState.FAILED, TrialState.FINISHED)
    assert "died 3 times on the same fold" in first.reason


def test_pausing_rests_between_folds_and_resuming_goes_on_as_if_nothing_was(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    whole, rested = (house.submit(trials=8) for _ in range(2))
    house.run(whole)
    with monkeypatch.context() as patch:
        interrupted(patch, 4, lambda: house.tuning.pause(LOCAL, rested.id))
        assert house.run(rested)["outcome"] == "paused"
    paused = house.tuning.study(rested.id)
    assert (paused.state, paused.request, paused.finished_at) == (StudyState.PAUSED, None, None)
    assert sum(len(trial.scores) for trial in house.trials(rested)) == 5
    assert house.tracking.run("churn", paused.run_id or "").status is RunStatus.KILLED
    resumed = house.tuning.resume(LOCAL, rested.id)
    assert resumed.state is StudyState.QUEUED
    assert resumed.job_id != rested.job_id
    house.run(resumed)
    assert told(house.trials(rested)) == told(house.trials(whole))
    ended = house.tuning.study(rested.id)
    assert (ended.state, ended.run_id) == (StudyState.FINISHED, paused.run_id)
    assert house.tracking.run("churn", ended.run_id or "").status is RunStatus.FINISHED


def test_stopping_keeps_what_is_done_and_ends_well(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=8, **NO_PRUNING)
    interrupted(monkeypatch, 4, lambda: house.tuning.stop(LOCAL, study.id))
    assert house.run(study)["outcome"] == "stopped"
    found, (first, second) = house.tuning.study(study.id), house.trials(study)
    assert (found.state, found.best, found.note) == (StudyState.STOPPED, 0, "Someone stopped the study.")
    assert (first.state, second.state, len(second.scores)) == (TrialState.FINISHED, TrialState.STOPPED, 2)
    with pytest.raises(StudyIs, match="stopped"):
        house.tuning.resume(LOCAL, study.id)
    with pytest.raises(StudyIs):
        house.tuning.stop(LOCAL, study.id)


def test_a_paused_study_can_be_stopped_without_a_worker(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=8, **NO_PRUNING)
    interrupted(monkeypatch, 4, lambda: house.tuning.pause(LOCAL, study.id))
    house.run(study)
    assert house.tuning.stop(LOCAL, study.id).state is StudyState.STOPPED
    assert house.trials(study)[-1].state is TrialState.STOPPED


def test_a_pause_that_was_not_heard_yet_is_taken_back_by_resuming(house: TuningHouse):
    study = house.submit(trials=2)
    house.tuning.pause(LOCAL, study.id)
    assert house.tuning.resume(LOCAL, study.id).request is None
    assert house.run(study)["outcome"] == "finished"


def test_asking_twice_is_heard_and_noted_once(house: TuningHouse):
    study = house.submit(trials=2)
    for _ in range(2):
        assert house.tuning.pause(LOCAL, study.id).request is StudyRequest.PAUSE
    with house.store.read() as work:
        assert [event.action for event in work.events.find("churn")].count("study.pause") == 1


def test_a_cancelled_job_kills_the_study_and_its_run_and_it_can_be_resumed(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    study = house.submit(trials=4, **NO_PRUNING)
    with monkeypatch.context() as patch:
        interrupted(patch, 4, lambda: house.queue.cancel(LOCAL, study.job_id or ""))
        context = house.claim(study)
        with pytest.raises(JobCancelled):
            house.tuning.execute(study.id, context)
        house.finish(context.job, JobState.CANCELLED)
    assert house.tuning.study(study.id).state is StudyState.CANCELLED
    (parent,) = house.tracking.runs("churn")
    assert parent.status is RunStatus.KILLED
    house.run(house.tuning.resume(LOCAL, study.id))
    assert [trial.state for trial in house.trials(study)] == [TrialState.FINISHED] * 4


def test_a_study_whose_job_failed_is_shown_dead_and_leaves_out_the_trial_it_died_of(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    study = house.submit(trials=3, **NO_PRUNING)
    kill(house, study, monkeypatch, after=4)
    with house.store.read() as work:
        job = work.jobs.get(study.job_id or "")
    house.finish(job, JobState.FAILED, "The job needed more than its limit of memory.")
    found = house.tuning.study(study.id)
    assert (found.state, found.note) == (StudyState.FAILED, "The job needed more than its limit of memory.")
    house.run(house.tuning.resume(LOCAL, study.id))
    states = [trial.state for trial in house.trials(study)]
    assert states == [TrialState.FINISHED, TrialState.FAILED, TrialState.FINISHED]
    assert "limit of memory" in house.trials(study)[1].reason


def test_a_worker_that_lost_its_lease_writes_nothing_more(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=4, **NO_PRUNING)
    interrupted(monkeypatch, 4, lambda: house.claim(study))
    with pytest.raises(LeaseLost):
        house.tuning.execute(study.id, house.claim(study))
    assert sum(len(trial.scores) for trial in house.trials(study)) == 4


def test_pruning_saves_folds_and_keeps_the_scores_of_what_was_given_up(house: TuningHouse):
    study = house.submit(trials=20, folds=5)
    house.run(study)
    trials = house.trials(study)
    pruned = [trial for trial in trials if trial.state is TrialState.PRUNED]
    assert len(pruned) >= 3
    assert sum(len(trial.scores) for trial in trials) < 20 * 5
    for trial in pruned:
        assert 1 <= len(trial.scores) < 5
        assert trial.value == pytest.approx(np.mean(trial.scores))
        assert trial.reason == f"Given up after {len(trial.scores)} of 5 folds."
        run = house.tracking.run("churn", trial.run_id or "")
        assert (run.status, run.tags["pilothouse.trial_state"]) == (RunStatus.FINISHED, "pruned")
        assert run.metrics["cv_roc_auc"] == trial.value
        assert run.metrics["cv_roc_auc_fold_1"] == trial.scores[0]
    assert house.tuning.study(study.id).best not in {trial.number for trial in pruned}


def test_trials_are_runs_nested_in_the_studys_with_their_own_spec(house: TuningHouse):
    study = house.submit(**NO_PRUNING)
    house.run(study)
    found = house.tuning.study(study.id)
    (parent,) = house.tracking.runs("churn")
    assert (parent.run_id, parent.status) == (found.run_id, RunStatus.FINISHED)
    assert parent.metrics["best_cv_roc_auc"] == found.value
    nested = {run.run_id: run for run in house.tracking.nested_runs("churn", parent.run_id)}
    assert set(nested) == {trial.run_id for trial in house.trials(study)}
    for trial in house.trials(study):
        spec = nested[trial.run_id or ""].spec
        assert spec is not None
        assert {name: spec.params[name] for name in trial.params} == trial.params
    assert house.tracking.open_runs("churn") == []


def test_a_run_that_a_crash_left_open_is_closed_and_no_second_one_made(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    study = house.submit(trials=3, **NO_PRUNING)
    kill(house, study, monkeypatch, after=7)
    over = [trial for trial in house.trials(study) if trial.state is TrialState.FINISHED]
    runs = {run.tags.get("pilothouse.trial"): run for run in house.tracking._all("churn")}
    for trial in over:
        left = runs.get(str(trial.number))
        if left is not None:
            house.tracking._change(left.run_id, status=RunStatus.RUNNING)
    house.run(study)
    (parent,) = house.tracking.runs("churn")
    nested = house.tracking.nested_runs("churn", parent.run_id)
    assert sorted(run.tags["pilothouse.trial"] for run in nested) == ["0", "1", "2"]
    assert {run.status for run in nested} == {RunStatus.FINISHED}
    assert house.tracking.open_runs("churn") == []


def test_a_grid_tries_every_combination_once(house: TuningHouse):
    study = house.submit(sampler=SamplerKind.GRID, space=(DEPTHS, WEIGHTS), trials=100, **NO_PRUNING)
    house.run(study)
    tried = [(trial.params["max_depth"], trial.params["class_weight"]) for trial in house.trials(study)]
    assert sorted(tried, key=str) == sorted(
        [(depth, weight) for depth in range(1, 7) for weight in (None, "balanced")], key=str
    )


def test_a_sampler_ends_when_every_combination_was_tried(house: TuningHouse):
    study = house.submit(sampler=SamplerKind.RANDOM, space=(WEIGHTS,), trials=50, **NO_PRUNING)
    house.run(study)
    assert {trial.params["class_weight"] for trial in house.trials(study)} == {None, "balanced"}
    assert house.tuning.study(study.id).note == "Every combination was tried."


def test_parallel_trials_of_a_grid_give_what_one_after_another_does(house: TuningHouse):
    whole = {"sampler": SamplerKind.GRID, "space": (DEPTHS, WEIGHTS), "trials": 12, **NO_PRUNING}
    alone, together = house.submit(**whole), house.submit(**whole, parallel=2)
    house.run(alone)
    house.run(together)
    assert told(house.trials(together)) == told(house.trials(alone))


def test_a_time_budget_ends_the_study(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=None, seconds=10, **NO_PRUNING)
    interrupted(monkeypatch, 7, lambda: house.clock.advance(11))
    house.run(study)
    found = house.tuning.study(study.id)
    assert (found.state, found.note) == (StudyState.FINISHED, "The time budget was used up.")
    states = [trial.state for trial in house.trials(study)]
    assert states == [TrialState.FINISHED, TrialState.FINISHED, TrialState.STOPPED]


def test_a_trial_that_cannot_be_learned_fails_with_its_reason_and_the_others_go_on(house: TuningHouse):
    study = house.submit(
        sampler=SamplerKind.GRID,
        space=(Dimension(name="max_depth", kind=DimensionKind.CHOICE, choices=(2, 3)),),
        **NO_PRUNING,
    )
    real = run_fold

    def moody(*args: Any) -> Any:
        done = real(*args)
        return crew.FoldDone(done.trial, done.fold, problem="it did not work") if done.trial == 0 else done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "run_fold", moody)
        house.run(study)
    first, second = house.trials(study)
    assert (first.state, first.reason, first.value) == (TrialState.FAILED, "it did not work", None)
    assert (second.state, house.tuning.study(study.id).best) == (TrialState.FINISHED, 1)
    assert house.tracking.run("churn", first.run_id or "").status is RunStatus.FAILED


def test_a_study_of_which_every_trial_failed_says_why(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    study = house.submit(trials=2)
    monkeypatch.setattr(crew, "run_fold", lambda *args: crew.FoldDone(args[2], args[4], problem="singular matrix"))
    with pytest.raises(NoTrialFinished, match="singular matrix"):
        house.run(study)
    found = house.tuning.study(study.id)
    assert (found.state, found.note) == (StudyState.FAILED, "singular matrix")
    assert house.tracking.open_runs("churn") == []


def test_the_best_becomes_a_version_through_an_ordinary_training(house: TuningHouse):
    study = house.submit(**NO_PRUNING)
    house.run(study)
    job = house.tuning.refit(LOCAL, study.id)
    assert house.tuning.refit(LOCAL, study.id).id == job.id
    found = house.tuning.study(study.id)
    best = house.trials(study)[found.best or 0]
    assert (found.refit_job_id, found.refit_trial) == (job.id, best.number)
    assert {name: job.payload["params"][name] for name in best.params} == best.params
    assert (job.payload["register_version"], job.cause and job.cause.id) == (True, study.id)


def test_another_trial_than_the_best_can_be_chosen_if_it_is_finished(house: TuningHouse):
    study = house.submit(trials=20, folds=5)
    with pytest.raises(NothingToRefit, match="no trial is finished"):
        house.tuning.refit(LOCAL, study.id)
    house.run(study)
    pruned = next(trial for trial in house.trials(study) if trial.state is TrialState.PRUNED)
    with pytest.raises(NothingToRefit, match="is pruned"):
        house.tuning.refit(LOCAL, study.id, pruned.number)
    with pytest.raises(NothingToRefit, match="no trial 99"):
        house.tuning.refit(LOCAL, study.id, 99)
    assert (
        house.tuning.refit(LOCAL, study.id, 0).payload["params"]["max_depth"]
        == house.trials(study)[0].params["max_depth"]
    )


def test_a_study_can_register_its_best_by_itself(house: TuningHouse):
    study = house.submit(register_best=True, **NO_PRUNING)
    result = house.run(study)
    assert result["refit_job"] == house.tuning.study(study.id).refit_job_id


def test_importances_are_stored_and_shares_of_one(house: TuningHouse):
    study = house.submit(trials=16, **NO_PRUNING)
    house.run(study)
    found = house.tuning.study(study.id).importances
    assert {name for name, _ in found} == {"max_depth", "min_samples_leaf"}
    assert sum(share for _, share in found) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"trials": None}, InvalidStudy, "no budget"),
        ({"trials": 0}, InvalidStudy, "0 trials tries nothing"),
        ({"seconds": 0}, InvalidStudy, "0 seconds tries nothing"),
        ({"folds": 1}, InvalidStudy, "2 to 20 folds"),
        ({"parallel": 0}, InvalidStudy, "may run at once"),
        ({"space": ()}, InvalidStudy, "empty"),
        ({"space": (DEPTHS.model_copy(update={"low": 9}),)}, InvalidStudy, "lower end"),
        ({"space": (DEPTHS.model_copy(update={"low": 0}),)}, InvalidParameter, "at least 1"),
        ({"space": (DEPTHS.model_copy(update={"name": "depth"}),)}, InvalidParameter, "no such parameter"),
        (
            {
                "sampler": SamplerKind.GRID,
                "space": (
                    DEPTHS.model_copy(update={"high": 200}),
                    LEAVES.model_copy(update={"log": False, "high": 100}),
                ),
            },
            InvalidStudy,
            "20,000 combinations",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_queued(
    house: TuningHouse, changes: dict[str, Any], error: type[Exception], said: str
):
    with pytest.raises(error, match=said):
        house.submit(**changes)
    assert house.tuning.studies("churn") == []
    assert house.queue.find("churn") == []


def test_a_base_that_cannot_be_trained_is_refused_too(house: TuningHouse):
    spec = house.spec()
    wrong = spec.model_copy(update={"base": spec.base.model_copy(update={"features": ("nope",)})})
    with pytest.raises(InvalidSpec, match="no column 'nope'"):
        house.tuning.submit(LOCAL, wrong)


def test_who_may_not_train_may_not_tune(house: TuningHouse):
    viewer = Actor(name="eve", role=Role.VIEWER)
    study = house.submit()
    for act in (
        lambda: house.tuning.submit(viewer, house.spec()),
        lambda: house.tuning.pause(viewer, study.id),
        lambda: house.tuning.stop(viewer, study.id),
        lambda: house.tuning.resume(viewer, study.id),
        lambda: house.tuning.refit(viewer, study.id),
    ):
        with pytest.raises(Denied):
            act()


def test_the_same_key_makes_one_study(house: TuningHouse):
    first, again = (house.tuning.submit(LOCAL, house.spec(), key="k") for _ in range(2))
    assert first.id == again.id
    assert len(house.tuning.studies("churn")) == 1


def test_an_unknown_study_is_said_to_be(house: TuningHouse):
    with pytest.raises(StudyNotFound, match="study list"):
        house.tuning.study("nope")


def test_a_finished_study_is_not_run_again(house: TuningHouse):
    study = house.submit(trials=2)
    context: JobContext = house.claim(study)
    house.tuning.execute(study.id, context)
    before = house.trials(study)
    assert house.tuning.execute(study.id, context)["outcome"] == "finished"
    assert house.trials(study) == before


def test_a_study_by_groups_keeps_them_whole_and_its_best_is_trained_by_them_too(house: TuningHouse):
    split = Split(kind=SplitKind.GROUP, group_column="tenure")
    study = house.submit(base=house.spec().base.model_copy(update={"split": split}), trials=2)
    house.run(study)
    assert [trial.state for trial in house.trials(study)] == [TrialState.FINISHED, TrialState.FINISHED]
    assert house.tuning.refit(LOCAL, study.id).payload["split"]["group_column"] == "tenure"


def test_a_preparation_is_learned_on_the_rows_of_each_fold(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    """Target encoding learned on rows that are scored would leak the answers."""
    from core.training import preprocessing

    seen: list[int] = []
    build = preprocessing.build

    def watched(*args: Any, **kwargs: Any) -> Any:
        made = build(*args, **kwargs)
        fit = made.fit_transform

        def noted(frame: Any, answers: Any = None) -> Any:
            seen.append(len(frame))
            return fit(frame, answers)

        made.fit_transform = noted
        return made

    monkeypatch.setattr(preprocessing, "build", watched)
    steps = checked([{"do": "encode", "columns": ["contract"], "method": "target"}])
    base = house.spec().base.model_copy(update={"preprocessing": Preprocessing(steps=steps)})
    study = house.submit(base=base, trials=2)
    house.run(study)
    assert seen == [128, 128, 128]
    assert house.tuning.study(study.id).best is not None


def test_a_pause_that_was_kept_is_not_undone_when_the_job_is_repeated(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    study = house.submit(**NO_PRUNING)
    interrupted(monkeypatch, 4, lambda: house.tuning.pause(LOCAL, study.id))
    house.tuning.execute(study.id, house.claim(study))
    before = told(house.trials(study))
    house.tuning.execute(study.id, house.claim(study))
    assert (house.tuning.study(study.id).state, told(house.trials(study))) == (StudyState.PAUSED, before)


def test_a_trial_reaches_mlflow_only_once_it_is_stored(house: TuningHouse, monkeypatch: pytest.MonkeyPatch):
    """A process that dies between the two makes no second run of the trial."""
    study = house.submit(**NO_PRUNING)
    stored: list[bool] = []
    record = house.tracking.record_run

    def watched(spec: Any, name: str, *args: Any, **kwargs: Any) -> str:
        number = int(name.removeprefix("trial "))
        stored.append(house.trials(study)[number].state is not TrialState.RUNNING)
        return record(spec, name, *args, **kwargs)

    monkeypatch.setattr(house.tracking, "record_run", watched)
    house.run(study)
    assert stored == [True] * 6


def test_whatever_a_library_raises_fails_the_trial_and_not_the_study(
    house: TuningHouse, monkeypatch: pytest.MonkeyPatch
):
    from core.training import estimators

    def broken(model: Any, answers: Any) -> None:
        raise RuntimeError("the library gave up")

    monkeypatch.setattr(estimators, "fit_folds", broken)
    study = house.submit(trials=2)
    with pytest.raises(NoTrialFinished, match="RuntimeError: the library gave up"):
        house.run(study)
    assert [trial.state for trial in house.trials(study)] == [TrialState.FAILED, TrialState.FAILED]
