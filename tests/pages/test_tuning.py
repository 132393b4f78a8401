"""Tuning: the list, the form of a study, and a study while it runs and after."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.bootstrap import build
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.project import Task
from core.records.study import DimensionKind, SamplerKind, Study, StudyRequest, StudySpec, StudyState, TrialState
from core.settings import load
from tests.pages.acting import pick_row, screen, sound, texts, work_off
from tests.pages.conftest import seen_by_screens

TREE = "tuning.decision_tree"


def submit(platform: Platform, **changes: object) -> Study:
    project = platform.projects.get("phones")
    base = platform.training.spec(project, dataset="customers@1", estimator="decision_tree")
    space = platform.tuning.parse_space(project.task, "decision_tree", {"max_depth": "1:3", "min_samples_leaf": "5,20"})
    fields = {"base": base, "space": space, "trials": 4, "folds": 2, "outer": 2, **changes}
    return platform.tuning.submit(LOCAL, StudySpec.model_validate(fields))


def only(platform: Platform) -> Study:
    (study,) = platform.tuning.studies("phones")
    return study


@pytest.fixture(scope="module")
def studied_home(grown_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOME in which the project `phones` has a finished study; copy it, never write to it."""
    home = tmp_path_factory.mktemp("studied") / "home"
    shutil.copytree(grown_home, home)
    platform = build(load(home))
    submit(platform)
    (job,) = work_off(platform)
    assert job.state is JobState.SUCCEEDED, job.error
    platform.close()
    return home


@pytest.fixture
def studied(studied_home: Path, tmp_path: Path) -> Iterator[Platform]:
    """An installation with a finished study."""
    home = tmp_path / "home"
    shutil.copytree(studied_home, home)
    with seen_by_screens(home) as platform:
        yield platform


def test_without_a_study_the_screen_says_so_and_leads_to_the_form(grown):
    at = screen("tuning")
    assert "has no study yet" in texts(at)
    at = sound(at.button(key="tuning.first").click().run())
    assert (at.title[0].value, at.query_params["study"]) == ("New study", "new")


def test_the_form_queues_what_it_says_and_shows_the_study(grown):
    at = screen("tuning", study="new", estimator="decision_tree")
    at.number_input(key=f"{TREE}.max_depth.low").set_value(2)
    at.number_input(key=f"{TREE}.max_depth.high").set_value(4)
    at.checkbox(key=f"{TREE}.min_samples_leaf.on").set_value(False).run()
    at.number_input(key=f"{TREE}.min_samples_leaf.value").set_value(7)
    at.selectbox(key="tuning.sampler").set_value(SamplerKind.RANDOM)
    at.selectbox(key="tuning.metric").set_value("log_loss")
    at.number_input(key="tuning.trials").set_value(3)
    at.number_input(key="tuning.minutes").set_value(1.5)
    at.number_input(key="tuning.folds").set_value(2)
    at.number_input(key="tuning.outer").set_value(3).run()
    assert "each on 2 folds, and anew within 3 outer folds" in texts(at)
    sound(at.button(key="tuning.start").click().run())
    spec = only(grown).spec
    space = {dimension.name: dimension for dimension in spec.space}
    assert (space["max_depth"].low, space["max_depth"].high) == (2, 4)
    assert (space["min_samples_leaf"].kind, space["min_samples_leaf"].choices) == (DimensionKind.FIXED, (7,))
    assert (spec.sampler, spec.base.metric, spec.trials, spec.seconds, spec.folds, spec.outer) == (
        SamplerKind.RANDOM, "log_loss", 3, 90, 2, 3,
    )  # fmt: skip
    assert at.query_params["study"] == only(grown).id
    assert "Decision tree on customers@2" in at.title[0].value.replace("\\", "")


def test_a_space_that_cannot_be_trained_is_told_at_once_and_never_queued(grown):
    at = screen("tuning", study="new", estimator="logistic_regression")
    at.checkbox(key="tuning.logistic_regression.C.on").set_value(False)
    at.checkbox(key="tuning.logistic_regression.class_weight.on").set_value(False)
    at.checkbox(key="tuning.logistic_regression.l1_ratio.on").set_value(True).run()
    at.number_input(key="tuning.logistic_regression.l1_ratio.low").set_value(0.5).run()
    assert any("the solver must be saga" in warning.value for warning in at.warning)
    at.button(key="tuning.start").click().run()
    assert "the solver must be saga" in at.error[0].value
    assert grown.tuning.studies("phones") == []


def test_a_study_without_a_budget_or_a_range_upside_down_is_refused_in_words(grown):
    at = screen("tuning", study="new", estimator="decision_tree")
    at.number_input(key="tuning.trials").set_value(None).run()
    at.button(key="tuning.start").click().run()
    assert "it has no budget" in at.error[0].value
    at.number_input(key="tuning.trials").set_value(2)
    at.number_input(key=f"{TREE}.max_depth.low").set_value(9)
    at.number_input(key=f"{TREE}.max_depth.high").set_value(3).run()
    at.button(key="tuning.start").click().run()
    assert "goes from 9 to 3" in at.error[0].value
    assert grown.tuning.studies("phones") == []


def test_a_grid_tells_its_size_and_is_tried_whole_without_a_budget(grown):
    at = screen("tuning", study="new", estimator="naive_bayes")
    at.selectbox(key="tuning.sampler").set_value(SamplerKind.GRID)
    at.number_input(key="tuning.trials").set_value(None).run()
    assert "The grid has 5 combinations" in texts(at)
    sound(at.button(key="tuning.start").click().run())
    assert only(grown).spec.trials == 5


def test_tuning_instead_of_training_carries_estimator_and_values_over(grown):
    at = screen("train", estimator="random_forest", data="customers@1")
    at.number_input(key="train.seed").set_value(9)
    at.number_input(key="train.test_size").set_value(35)
    at.number_input(key="train.random_forest.min_samples_split").set_value(6)
    at = sound(at.button(key="train.tune").click().run())
    assert (at.title[0].value, at.query_params["estimator"]) == ("New study", "random_forest")
    assert at.selectbox(key="train.estimator").value == "random_forest"
    assert at.number_input(key="train.test_size").value == 35
    assert at.number_input(key="tuning.random_forest.min_samples_split.value").value == 6
    assert at.number_input(key="train.seed").value == 9
    assert at.checkbox(key="tuning.random_forest.max_depth.on").value is True


def test_a_running_study_can_be_paused_taken_back_and_stopped(grown):
    study = submit(grown)
    at = screen("tuning", study=study.id)
    sound(at.button(key="study.pause").click().run())
    assert only(grown).request is StudyRequest.PAUSE
    sound(at.button(key="study.resume").click().run())
    assert only(grown).request is None
    at.button(key="study.stop").click().run()
    sound(at.button(key="study.stop_dialog.confirm").click().run())
    assert only(grown).request is StudyRequest.STOP


def test_a_paused_study_rests_and_goes_on(grown):
    study = submit(grown)
    grown.tuning.pause(LOCAL, study.id)
    work_off(grown)
    at = screen("tuning", study=study.id)
    assert "It rests" in at.info[0].value
    sound(at.button(key="study.resume").click().run())
    assert only(grown).state is StudyState.QUEUED
    work_off(grown)
    assert only(grown).state is StudyState.FINISHED


def test_a_cancelled_study_says_so_and_can_be_resumed(grown):
    at = screen("tuning", study=submit(grown).id)
    at = sound(at.button(key="study.cancel").click().run())
    assert only(grown).state is StudyState.CANCELLED
    assert "was cancelled" in at.info[0].value
    assert at.button(key="study.resume").label == "Resume"


def test_a_dead_study_shows_why_it_died(grown):
    study = submit(grown)
    with grown.store.write() as work:
        job = work.jobs.take(study.job_id, "w", grown.clock.now(), 60)
        work.jobs.finish(job.id, job.token, JobState.FAILED, grown.clock.now(), error="The memory ran out.")
        work.commit()
    at = screen("tuning", study=study.id)
    assert "The memory ran out" in at.error[0].value
    assert at.title[0].value.endswith("[Failed]")


def test_a_finished_study_shows_its_best_and_each_side_has_its_address(studied):
    tuned = only(studied)
    at = screen("tuning", study=tuned.id)
    assert [(metric.label, metric.delta) for metric in at.metric][:2] == [
        ("Best ROC AUC", f"trial {tuned.best}"), ("Trials done", "of 4"),
    ]  # fmt: skip
    for tab, said in (("parallel", "Each line is"), ("slices", "trials are darker"), ("settings", "Trials at once")):
        assert said in texts(screen("tuning", study=tuned.id, tab=tab))


def test_the_outer_folds_tell_what_the_search_promises(studied):
    study = only(studied)
    at = screen("tuning", study=study.id, tab="outer")
    assert f"{study.nested_value:.4f} over 2 outer folds" in texts(at).replace("\\", "")
    (table,) = [one.value for one in at.dataframe if "score" in one.value.columns and "inner" in one.value.columns]
    assert list(table["score"]) == [one.score for one in study.nested]


def test_a_click_on_a_study_opens_it_and_a_click_on_a_trial_its_folds_and_run(studied):
    tuned = only(studied)
    at = pick_row(screen("tuning"), "tuning.table", 0, "estimator")
    assert at.query_params["study"] == tuned.id
    at = pick_row(at, "study.trials", 0, "number")
    assert at.query_params["trial"] == "3"
    assert "Fold 2" in texts(at)
    trial = studied.tuning.trials(tuned.id)[3]
    assert trial.run_id
    assert any(link.proto.query_string.endswith(f"run={trial.run_id}") for link in at.get("page_link"))
    at.button(key="back.study").click().run()
    assert sound(at).title[0].value == "Tuning"


def test_the_best_is_registered_and_the_way_to_its_version_shown(studied):
    tuned = only(studied)
    at = screen("tuning", study=tuned.id)
    sound(at.button(key="study.register").click().run())
    (job,) = work_off(studied)
    assert (job.state, job.result["version"]) == (JobState.SUCCEEDED, 3)
    at = screen("tuning", study=tuned.id)
    assert any("version=3" in link.proto.query_string for link in at.get("page_link"))
    assert "study.register" not in [button.key for button in at.button]


def test_another_finished_trial_can_be_registered(studied):
    tuned = only(studied)
    finished = [trial.number for trial in studied.tuning.trials(tuned.id) if trial.state is TrialState.FINISHED]
    other = next(number for number in finished if number != tuned.best)
    at = screen("tuning", study=tuned.id, trial=str(other))
    sound(at.button(key="study.register_trial").click().run())
    assert only(studied).refit_trial == other


def test_a_cloned_study_starts_with_its_values(studied):
    tuned = only(studied)
    at = screen("tuning", study="new", clone=tuned.id)
    assert at.selectbox(key="train.estimator").value == "decision_tree"
    assert at.number_input(key=f"{TREE}.max_depth.high").value == 3
    assert at.text_input(key=f"{TREE}.min_samples_leaf.choices").value == "5; 20"
    assert at.number_input(key="tuning.trials").value == 4
    sound(at.button(key="tuning.start").click().run())
    newest, first = studied.tuning.studies("phones")
    assert newest.spec == first.spec


def test_a_study_of_nowhere_or_of_another_project_is_not_shown(studied):
    tuned = only(studied)
    assert "nope" in screen("tuning", study="nope").error[0].value
    studied.projects.create(LOCAL, name="other", task=Task.REGRESSION, target="y")
    assert tuned.id in screen("tuning", study=tuned.id, project="other").error[0].value


def test_trials_are_folded_below_the_run_of_their_study(studied):
    tuned = only(studied)
    at = screen("runs")
    (row,) = [row for row in at.dataframe[0].value.to_dict("records") if "study" in row["estimator"]]
    assert row["estimator"] == "decision tree · study of 4 trials"
    assert len(at.dataframe[0].value) == 3
    at = pick_row(screen("runs", run=tuned.run_id), "run.trials", 0, "number")
    assert "Trial 3 of a study" in texts(at)
    assert any(f"study={tuned.id}" in link.proto.query_string for link in at.get("page_link"))
    assert "run.reproduce" not in [button.key for button in at.button]
