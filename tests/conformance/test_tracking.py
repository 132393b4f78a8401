"""Tracking: MLflow on SQLite, and its stand-in in memory."""

import math
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import RunHasNoModel, RunNotFound, VersionNotFound
from core.ports.tracking import Tracking
from core.records.model import Alias
from core.records.training import RunStatus, Split, SplitKind, TrainingSpec
from storage.memory import MemoryTracking
from storage.mlflow_gateway import MlflowGateway, prepare
from tests.builders import START, training_spec

EXAMPLE = pd.DataFrame({"tenure": [1.0, np.nan], "plan": pd.Series(["a", np.nan], dtype=object)})
TAGS = {"pilothouse.bundle_sha256": "b" * 64, "pilothouse.model_sha256": "c" * 64, "pilothouse.dataset": "customers@1"}


@pytest.fixture(scope="session")
def prepared_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mlflow")
    prepare(f"sqlite:///{home}/mlflow.db", home)
    return home / "mlflow.db"


@pytest.fixture(params=["memory", "mlflow"])
def tracking(request: pytest.FixtureRequest, tmp_path: Path) -> Tracking:
    if request.param == "memory":
        return MemoryTracking()
    shutil.copy(request.getfixturevalue("prepared_mlflow"), tmp_path / "mlflow.db")
    return MlflowGateway(f"sqlite:///{tmp_path}/mlflow.db", tmp_path / "artifacts")


def begin(tracking: Tracking, job_id: str = "j1", **changes: object) -> str:
    tracking.create_project("churn")
    return tracking.start_run(training_spec(**changes), "first", {"pilothouse.job_id": job_id})


def with_model(tracking: Tracking, **changes: object) -> str:
    run_id = begin(tracking, **changes)
    tracking.log_model(run_id, b"model", EXAMPLE, np.array(["Yes", "No"]), ["scikit-learn==1"], ["x"], {"a": "b"})
    tracking.set_tags(run_id, TAGS)
    return run_id


def spec_of(tracking: Tracking, **changes: object) -> TrainingSpec | None:
    return tracking.run("churn", begin(tracking, **changes)).spec


def test_a_new_run_is_running_and_carries_its_spec(tracking: Tracking):
    run = tracking.run("churn", begin(tracking, params={"C": 2.0, "class_weight": None}))
    assert (run.name, run.status, run.finished_at, run.job_id) == ("first", RunStatus.RUNNING, None, "j1")
    assert run.spec == training_spec(params={"C": 2.0, "class_weight": None})
    assert (run.params["C"], run.params["class_weight"]) == ("2.0", "None")
    assert (run.params["estimator"], run.params["seed"]) == ("logistic_regression", "0")
    assert run.started_at.utcoffset() is not None


def test_a_spec_of_thousands_of_columns_comes_back_whole(tracking: Tracking):
    features = tuple(f"column number {index}" for index in range(5000))
    split = Split(kind=SplitKind.TIME, time_column="day")
    assert spec_of(tracking, features=features, split=split) == training_spec(features=features, split=split)


def test_metrics_are_kept_and_those_that_are_no_numbers_left_out(tracking: Tracking):
    run_id = begin(tracking)
    tracking.log_metrics(run_id, {"roc_auc": 0.8125, "train_roc_auc": 1.0, "mape": math.nan, "rmse": math.inf})
    tracking.log_metrics(run_id, {"mcc": 0.5})
    assert tracking.run("churn", run_id).metrics == {"roc_auc": 0.8125, "train_roc_auc": 1.0, "mcc": 0.5}


def test_the_model_file_comes_back_byte_for_byte_and_a_run_without_one_has_none(tracking: Tracking):
    assert tracking.model(with_model(tracking)) == b"model"
    assert tracking.model(begin(tracking)) is None


def test_documents_come_back_as_they_were(tracking: Tracking):
    run_id = begin(tracking)
    tracking.log_document(run_id, "evaluation.json", {"a": [1, 2.5, None, "ü"]})
    assert tracking.document(run_id, "evaluation.json") == {"a": [1, 2.5, None, "ü"]}
    assert tracking.document(run_id, "other.json") is None
    named = [run_id, begin(tracking), "0" * 32, "no id"]
    assert tracking.documents("churn", named, "evaluation.json") == {run_id: {"a": [1, 2.5, None, "ü"]}}
    assert tracking.documents("another", named, "evaluation.json") == {}


def test_tags_and_the_fields_that_come_from_them(tracking: Tracking):
    run_id = begin(tracking)
    tracking.set_tags(run_id, {**TAGS, "pilothouse.estimator": "ridge", "note": "hello"})
    run = tracking.run("churn", run_id)
    assert (run.bundle_sha256, run.dataset, run.estimator) == ("b" * 64, "customers@1", "ridge")
    assert run.tags["note"] == "hello"


def test_a_closed_run_stays_closed(tracking: Tracking):
    run_id = begin(tracking)
    tracking.finish_run(run_id, RunStatus.FAILED)
    tracking.finish_run(run_id, RunStatus.FINISHED)
    run = tracking.run("churn", run_id)
    assert run.status is RunStatus.FAILED
    assert run.finished_at is not None


def test_runs_come_newest_first_up_to_the_limit(tracking: Tracking):
    started = [begin(tracking) for _ in range(4)]
    assert [run.run_id for run in tracking.runs("churn")] == started[::-1]
    assert [run.run_id for run in tracking.runs("churn", 2)] == started[:1:-1]


def test_runs_of_a_job_are_only_its_own(tracking: Tracking):
    mine, _ = begin(tracking, "j1"), begin(tracking, "j2")
    assert [run.run_id for run in tracking.runs_of_job("churn", "j1")] == [mine]
    assert tracking.runs_of_job("churn", "it's not") == []


def test_runs_belong_to_one_project(tracking: Tracking):
    run_id = begin(tracking)
    tracking.create_project("bikes")
    assert tracking.runs("bikes") == tracking.runs("nowhere") == []
    for project, unknown in (("bikes", run_id), ("churn", "f" * 32), ("churn", "no such id"), ("nowhere", run_id)):
        with pytest.raises(RunNotFound):
            tracking.run(project, unknown)


def test_versions_are_numbered_and_carry_their_tags(tracking: Tracking):
    runs = [with_model(tracking) for _ in range(3)]
    made = [tracking.register("churn", run_id, TAGS) for run_id in runs]
    assert [version.version for version in made] == [1, 2, 3]
    assert (made[0].run_id, made[0].bundle_sha256, made[0].model_sha256) == (runs[0], "b" * 64, "c" * 64)
    assert (made[0].dataset, made[0].job_id, made[0].aliases) == ("customers@1", None, ())
    assert [version.version for version in tracking.versions("churn")] == [3, 2, 1]
    assert tracking.version("churn", 2) == made[1]
    assert tracking.run("churn", runs[1]).version == 2


def test_a_run_is_registered_once(tracking: Tracking):
    run_id = with_model(tracking)
    assert tracking.register("churn", run_id, TAGS) == tracking.register("churn", run_id, TAGS)
    assert len(tracking.versions("churn")) == 1


def test_a_run_without_a_model_has_no_version(tracking: Tracking):
    with pytest.raises(RunHasNoModel):
        tracking.register("churn", begin(tracking), TAGS)
    with pytest.raises(RunNotFound):
        tracking.register("churn", "f" * 32, TAGS)
    assert tracking.versions("churn") == []


def test_an_alias_points_at_one_version_at_a_time(tracking: Tracking):
    for _ in range(2):
        tracking.register("churn", with_model(tracking), TAGS)
    assert tracking.alias("churn", Alias.CHAMPION) is None
    tracking.set_alias("churn", Alias.CHAMPION, 1)
    tracking.set_alias("churn", Alias.CHALLENGER, 2)
    assert tracking.version("churn", 1).aliases == (Alias.CHAMPION,)
    tracking.set_alias("churn", Alias.CHAMPION, 2)
    assert tracking.alias("churn", Alias.CHAMPION) == 2
    assert [version.aliases for version in tracking.versions("churn")] == [(Alias.CHALLENGER, Alias.CHAMPION), ()]
    tracking.remove_alias("churn", Alias.CHAMPION)
    tracking.remove_alias("churn", Alias.CHAMPION)
    assert tracking.alias("churn", Alias.CHAMPION) is None


def test_versions_that_do_not_exist_are_named_so(tracking: Tracking):
    tracking.register("churn", with_model(tracking), TAGS)
    calls: list[Callable[[], object]] = [
        lambda: tracking.version("churn", 7),
        lambda: tracking.set_alias("churn", Alias.CHAMPION, 7),
    ]
    for call in calls:
        with pytest.raises(VersionNotFound, match=r"has no model version 7. It has: 1\."):
            call()
    with pytest.raises(VersionNotFound, match="It has: none"):
        tracking.version("nowhere", 1)


def test_questions_about_an_unknown_project_are_answered_with_nothing(tracking: Tracking):
    assert tracking.versions("nowhere") == []
    assert tracking.alias("nowhere", Alias.CHAMPION) is None
    tracking.remove_alias("nowhere", Alias.CHAMPION)
    tracking.delete_project("nowhere")


def test_creating_a_project_twice_keeps_what_it_has(tracking: Tracking):
    tracking.register("churn", with_model(tracking), TAGS)
    tracking.create_project("churn")
    assert len(tracking.versions("churn")) == len(tracking.runs("churn")) == 1


def test_a_deleted_project_frees_its_name_and_starts_empty(tracking: Tracking):
    for _ in range(2):
        run_id = with_model(tracking)
        tracking.register("churn", run_id, TAGS)
        tracking.set_alias("churn", Alias.CHAMPION, 1)
        tracking.delete_project("churn")
        assert tracking.runs("churn") == tracking.versions("churn") == []
        with pytest.raises(RunNotFound):
            tracking.run("churn", run_id)
    assert tracking.register("churn", with_model(tracking), TAGS).version == 1


def test_the_dataset_of_a_run_can_be_noted(tracking: Tracking):
    tracking.log_dataset(begin(tracking), "customers@1", "a" * 64, "churn/customers@1", {"tenure": "integer"})


def test_threads_do_not_mix_their_runs(tracking: Tracking):
    tracking.create_project("churn")

    def one(index: int) -> tuple[str, int]:
        run_id = begin(tracking, f"job{index}", seed=index)
        tracking.log_metrics(run_id, {"mcc": float(index)})
        tracking.finish_run(run_id, RunStatus.FINISHED)
        return run_id, index

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one, range(8)))
    assert len(tracking.runs("churn")) == 8
    for run_id, index in done:
        run = tracking.run("churn", run_id)
        assert (run.metrics["mcc"], run.job_id, run.spec and run.spec.seed) == (index, f"job{index}", index)


def test_open_runs_are_those_that_were_not_closed(tracking: Tracking) -> None:
    open_run, closed = (tracking.start_run(training_spec(), name, {}) for name in ("open", "closed"))
    tracking.finish_run(closed, RunStatus.FAILED)
    assert [run.run_id for run in tracking.open_runs("churn")] == [open_run]
    assert tracking.open_runs("nowhere") == []


def nested(tracking: Tracking, parent: str, **changes: object) -> str:
    over = {
        "name": "trial 3",
        "tags": {"pilothouse.trial": "3", "pilothouse.job_id": "j1"},
        "metrics": {"cv_roc_auc": 0.75, "cv_mape": math.nan},
        "status": RunStatus.FINISHED,
        "started_at": START,
        "finished_at": START + timedelta(seconds=2),
    }
    return tracking.record_run(training_spec(params={"C": 4.0}), parent=parent, **{**over, **changes})


def test_a_run_recorded_whole_is_over_and_nested_in_its_parent(tracking: Tracking):
    parent = begin(tracking)
    run = tracking.run("churn", nested(tracking, parent))
    assert (run.parent_id, run.name, run.status) == (parent, "trial 3", RunStatus.FINISHED)
    assert (run.started_at, run.finished_at) == (START, START + timedelta(seconds=2))
    assert (run.metrics, run.spec) == ({"cv_roc_auc": 0.75}, training_spec(params={"C": 4.0}))
    assert (run.tags["pilothouse.trial"], run.job_id, run.params["C"]) == ("3", "j1", "4.0")


def test_nested_runs_are_found_by_their_parent_and_not_among_the_others(tracking: Tracking):
    parent, other = begin(tracking), begin(tracking, job_id="j2")
    first, second = nested(tracking, parent), nested(tracking, parent, started_at=START + timedelta(seconds=1))
    assert [run.run_id for run in tracking.nested_runs("churn", parent)] == [second, first]
    assert tracking.nested_runs("churn", other) == []
    assert {run.run_id for run in tracking.runs("churn")} == {parent, other}
    assert {run.run_id for run in tracking.runs_of_job("churn", "j1")} == {parent, first, second}


def test_open_runs_are_those_nobody_closed(tracking: Tracking):
    parent, closed = begin(tracking), begin(tracking)
    nested(tracking, parent)
    running = nested(tracking, parent, status=RunStatus.RUNNING)
    tracking.finish_run(closed, RunStatus.FAILED)
    assert {run.run_id for run in tracking.open_runs("churn")} == {parent, running}
    tracking.finish_run(running, RunStatus.KILLED)
    assert [run.run_id for run in tracking.open_runs("churn")] == [parent]
    assert tracking.run("churn", running).status is RunStatus.KILLED


def test_a_deleted_run_is_gone_with_its_version_whose_number_is_not_given_again(tracking: Tracking):
    first, second = with_model(tracking), with_model(tracking)
    for run_id in (first, second):
        tracking.register("churn", run_id, TAGS)
    tracking.set_alias("churn", Alias.CHALLENGER, 2)
    tracking.delete_run("churn", second)
    with pytest.raises(RunNotFound):
        tracking.run("churn", second)
    assert [run.run_id for run in tracking.all_runs("churn")] == [first]
    assert [version.version for version in tracking.versions("churn")] == [1]
    assert tracking.alias("churn", Alias.CHALLENGER) is None
    with pytest.raises(RunNotFound):
        tracking.delete_run("churn", second)
    assert tracking.register("churn", with_model(tracking), TAGS).version == 3


def test_a_file_of_a_runs_model_is_returned_whole_or_not_at_all(tracking: Tracking):
    run_id = with_model(tracking)
    assert tracking.model_file(run_id, "model.skops", 5) == b"model"
    assert tracking.model_file(run_id, "other", 5) is None
    assert tracking.model_file(run_id, "../model.skops", 5) is None
    with pytest.raises(RunHasNoModel, match="larger than 4 bytes"):
        tracking.model_file(run_id, "model.skops", 4)
    assert tracking.model_file(begin(tracking), "model.skops", 5) is None


def test_a_reopened_run_counts_as_running_until_it_is_closed_again(tracking: Tracking):
    parent = begin(tracking)
    child = nested(tracking, parent)
    tracking.finish_run(parent, RunStatus.KILLED)
    tracking.reopen_run(parent)
    tracking.reopen_run(parent)
    run = tracking.run("churn", parent)
    assert (run.status, run.finished_at, run.spec) == (RunStatus.RUNNING, None, training_spec())
    assert [one.run_id for one in tracking.open_runs("churn")] == [parent]
    assert [one.run_id for one in tracking.nested_runs("churn", parent)] == [child]
    tracking.log_metrics(parent, {"best_cv_roc_auc": 0.5})
    tracking.finish_run(parent, RunStatus.FINISHED)
    again = tracking.run("churn", parent)
    assert (again.status, again.finished_at is None, again.metrics) == (
        RunStatus.FINISHED,
        False,
        {"best_cv_roc_auc": 0.5},
    )
