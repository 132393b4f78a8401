"""Runs computed again on real stores: identical, or the input that differs is named."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import Denied, LeaseLost, RunNotFound
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.job import Job, JobState
from core.records.project import Task
from core.records.reproduction import Reproduction, ReproductionOutcome
from core.records.training import Run
from core.training import environment, estimators, holdout, trainer
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training_errors import NotReproducible
from tests.core.training.tables import SMALL
from tests.core.training.test_service import csv


@pytest.fixture
def churn(platform: Platform) -> Platform:
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    return platform


def trained(platform: Platform, estimator: str = "logistic_regression", **changes: Any) -> Run:
    project = platform.projects.get("churn")
    spec = platform.training.spec(
        project, dataset=None, estimator=estimator, params=SMALL.get(estimator), register_version=False, **changes
    )
    job = run_here(platform, platform.training.submit(LOCAL, spec).id)
    assert job.state is JobState.SUCCEEDED, job.error
    return platform.training.run("churn", job.result["run_id"])


def reproduced(platform: Platform, run: Run) -> Reproduction:
    job = run_here(platform, platform.training.reproduce(LOCAL, "churn", run.run_id).id)
    assert job.state is JobState.SUCCEEDED, job.error
    answer = platform.training.reproductions("churn", run.run_id)[0]
    assert job.result == {"run_id": run.run_id, "outcome": answer.outcome.value, "summary": answer.summary}
    return answer


def named(answer: Reproduction) -> list[str]:
    return [difference.name for difference in answer.differences]


@pytest.mark.parametrize("estimator", [card.key for card in estimators.cards(Task.BINARY)])
def test_every_estimator_gives_the_same_bits_again(churn: Platform, estimator: str):
    run = trained(churn, estimator)
    answer = reproduced(churn, run)
    assert (answer.outcome, answer.differences, answer.largest) == (ReproductionOutcome.IDENTICAL, (), 0.0)
    assert (answer.run_id, answer.rows, answer.actor) == (run.run_id, 48, "local")
    assert answer.metrics > 10
    assert answer.summary.endswith("48 held-out rows are equal bit for bit.")


def test_an_altered_answer_is_found_to_the_last_bit(churn: Platform, monkeypatch: pytest.MonkeyPatch):
    run = trained(churn)
    document = churn.tracking.document(run.run_id, EVALUATION)
    document["metrics"]["log_loss"] = float(np.nextafter(document["metrics"]["log_loss"], 1))
    read = churn.tracking.document
    monkeypatch.setattr(
        churn.tracking, "document", lambda run_id, name: document if name == EVALUATION else read(run_id, name)
    )
    answer = reproduced(churn, run)
    assert (answer.outcome, answer.where) == (ReproductionOutcome.EQUAL, "log_loss")
    assert 0 < answer.largest < 1e-15


def test_stored_answers_are_what_counts_and_older_runs_have_their_model_asked(churn: Platform):
    run = trained(churn)
    kept = holdout.read_holdout(churn.blobs.read(run.tags["pilothouse.holdout_sha256"]))
    scores = kept.outcome.scores.copy()
    scores[3, 1] = np.nextafter(scores[3, 1], 1)
    altered = holdout.Holdout(kept.rows, replace(kept.outcome, scores=scores))
    address = churn.blobs.put_bytes(holdout.pack_holdout(altered))
    churn.tracking.set_tags(run.run_id, {"pilothouse.holdout_sha256": address})
    answer = reproduced(churn, run)
    assert (answer.outcome, answer.where) == (ReproductionOutcome.EQUAL, "the answers to the held-out rows")
    churn.tracking.set_tags(run.run_id, {"pilothouse.holdout_sha256": ""})
    assert reproduced(churn, run).outcome is ReproductionOutcome.IDENTICAL


def test_a_package_of_another_version_is_named_even_when_it_changed_nothing(
    churn: Platform, monkeypatch: pytest.MonkeyPatch
):
    run = trained(churn)
    now = environment.lock()
    later = now.model_copy(update={"packages": {**now.packages, "numpy": "99.0"}})
    monkeypatch.setattr(environment, "lock", lambda: later)
    answer = reproduced(churn, run)
    assert (answer.outcome, named(answer)) == (ReproductionOutcome.IDENTICAL, ["package numpy"])
    assert "although not every input is the same (package numpy" in answer.summary
    assert "99.0" in answer.summary


def test_another_seed_in_mlflow_than_was_asked_for_is_named(churn: Platform):
    run = trained(churn)
    altered = run.spec.model_copy(update={"seed": 5})
    churn.tracking.set_tags(run.run_id, {"pilothouse.spec": altered.model_dump_json()})
    answer = reproduced(churn, run)
    assert (answer.outcome, named(answer)) == (ReproductionOutcome.DIFFERENT, ["seed"])
    assert answer.summary.startswith("Different: seed 0 → 5. Of the figures, the largest difference is")


def test_a_changed_hyperparameter_is_named(churn: Platform):
    run = trained(churn)
    altered = run.spec.model_copy(update={"params": {**run.spec.params, "C": 0.001}})
    churn.tracking.set_tags(run.run_id, {"pilothouse.spec": altered.model_dump_json()})
    assert named(reproduced(churn, run)) == ["parameter C"]


def test_other_data_under_the_same_name_is_named(churn: Platform):
    run = trained(churn)
    churn.tracking.set_tags(run.run_id, {"pilothouse.dataset_sha256": "0" * 64})
    answer = reproduced(churn, run)
    assert named(answer) == ["data"]
    assert "data customers@1 000000000000 →" in answer.summary


def test_altered_bytes_of_the_data_are_not_computed_with(churn: Platform):
    run = trained(churn)
    version = churn.datasets.resolve("churn", None)
    file = next(churn.settings.home.glob(f"blobs/**/*{version.parquet_sha256[4:]}*"))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    answer = reproduced(churn, run)
    assert (answer.outcome, named(answer), answer.largest) == (ReproductionOutcome.DIFFERENT, ["data"], None)
    assert "do not match their hash" in answer.summary


def test_an_estimator_that_draws_without_its_seed_is_told_apart(churn: Platform, monkeypatch: pytest.MonkeyPatch):
    run = trained(churn, "random_forest")
    build = estimators.build
    monkeypatch.setattr(trainer.estimators, "build", lambda key, task, params, seed: build(key, task, params, seed + 1))
    answer = reproduced(churn, run)
    assert (answer.outcome, answer.differences) == (ReproductionOutcome.DIFFERENT, ())
    assert "does not repeat itself" in answer.summary


def test_a_run_without_a_lock_says_so(churn: Platform):
    run = trained(churn)
    churn.tracking.log_document(run.run_id, ENVIRONMENT, {"python": "3.11"})
    answer = reproduced(churn, run)
    assert (answer.outcome, named(answer)) == (ReproductionOutcome.IDENTICAL, ["environment lock"])
    assert churn.training.environment(run) is None


def test_the_lock_of_a_run_can_be_read(churn: Platform):
    lock = churn.training.environment(trained(churn))
    assert lock is not None
    assert lock.packages["scikit-learn"] == environment.packages()["scikit-learn"]
    assert lock.code == environment.code_version()


def test_the_answer_is_told_in_the_audit_trail_once(churn: Platform):
    run = trained(churn)
    answer = reproduced(churn, run)
    events = [event for event in churn.audit.events(LOCAL, "churn") if event.action == "run.reproduce"]
    assert [event.subject for event in events] == [f"run {run.run_id}"]
    assert events[0].details["outcome"] == answer.outcome.value


def test_an_attempt_that_was_taken_over_stores_nothing(churn: Platform, monkeypatch: pytest.MonkeyPatch):
    run = trained(churn)
    job = churn.training.reproduce(LOCAL, "churn", run.run_id)

    class Lost:
        def __init__(self, job: Job) -> None:
            self.job = job

        def progress(self, *said: object) -> None:
            pass

        def check(self) -> None:
            pass

        def tell(self, figures: object) -> None:
            pass

        def fence(self, work: object) -> None:
            raise LeaseLost(id="j", token=1)

    with pytest.raises(LeaseLost):
        churn.training.execute_reproduction("churn", run.run_id, Lost(job))
    assert churn.training.reproductions("churn") == []


def test_what_cannot_be_reproduced_is_refused_in_words(churn: Platform):
    run = trained(churn)
    with pytest.raises(RunNotFound):
        churn.training.reproduce(LOCAL, "churn", "0" * 32)
    with pytest.raises(Denied):
        churn.training.reproduce(Actor(name="vera", role=Role.VIEWER), "churn", run.run_id)
    open_run = churn.tracking.start_run(run.spec, "open", {})
    with pytest.raises(NotReproducible, match="it is RUNNING, so there is no result to repeat"):
        churn.training.reproduce(LOCAL, "churn", open_run)


def test_a_gap_names_the_larger_of_two():
    from core.training.differences import Gap

    assert replace(Gap(), size=1.0, where="a").or_larger(0.5, "b") == Gap(1.0, "a")
    assert Gap(0.1, "a").or_larger(0.5, "b") == Gap(0.5, "b")
