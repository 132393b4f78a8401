"""Runs of a notebook become versions: read without unpickling, judged on the rows they did not see, served."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from core.bootstrap import build
from core.errors import Denied, RunHasNoModel
from core.jobs.context import detached
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL, Actor, Role
from core.records.adoption import AdoptionRequest, HeldOut
from core.records.job import Job, JobKind, JobState
from core.records.model import Alias, ModelManifest
from core.records.project import Task
from core.settings import load
from core.training import holdout
from core.training.adoption.service import ADOPTION
from core.training.verification import load_verified
from core.training_errors import NotAdoptable
from tests.core.serving.served import serving
from tests.core.training.adoption import notebook
from tests.core.training.adoption.notebook import FEATURES, SEED, fitted, log, shares, split
from tests.core.training.test_service import csv


@pytest.fixture(scope="module")
def churn(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = tmp_path_factory.mktemp("adoption") / "home"
    shutil.copytree(prepared_home, home)
    platform = build(load(home))
    platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    yield platform
    mlflow.set_tracking_uri(None)
    platform.close()


def ask(platform: Platform, run_id: str, **said: Any) -> AdoptionRequest:
    return platform.adoption.request(platform.projects.get("churn"), run_id, "customers", **said)


def adopt(platform: Platform, run_id: str, **said: Any) -> Job:
    return run_here(platform, platform.adoption.submit(LOCAL, ask(platform, run_id, **said)).id)


def a_job(platform: Platform) -> Job:
    return platform.queue.submit(LOCAL, kind=JobKind.ADOPT, project="churn", title="adopt", payload={})


def manifest(platform: Platform, run_id: str) -> ModelManifest:
    version = platform.training.run("churn", run_id).version
    assert version is not None
    return platform.models.manifest(platform.models.version("churn", version))


def refusal(platform: Platform, run_id: str, **said: Any) -> str:
    job = adopt(platform, run_id, **said)
    assert job.state is JobState.FAILED
    assert platform.training.run("churn", run_id).version is None
    return job.error or ""


def test_a_notebooks_run_is_listed_as_from_outside_and_becomes_a_version_with_every_proof(churn: Platform):
    model = fitted()
    _, unseen, _, truth = split()
    run_id = log(churn, model, metrics={"accuracy": 0.99, "my own": 1.0}, input_example=split()[0].head(20))
    assert next(run for run in churn.training.runs("churn") if run.run_id == run_id).is_outside
    job = adopt(churn, run_id, held_out=HeldOut.SPLIT, test_size=0.25, seed=SEED)
    assert job.state is JobState.SUCCEEDED, job.error
    run, found = churn.training.run("churn", run_id), manifest(churn, run_id)
    assert run.is_outside
    assert job.result == {"run_id": run_id, "version": run.version, "metrics": job.result["metrics"]}

    probabilities = model.predict_proba(unseen)[:, 1]
    assert run.metrics["roc_auc"] == pytest.approx(roc_auc_score(truth == "Yes", probabilities), abs=1e-12)
    assert run.metrics["accuracy"] == accuracy_score(truth, model.predict(unseen))
    assert run.metrics["my own"] == 1.0
    assert churn.tracking.document(run_id, ADOPTION)["claimed"] == {"accuracy": 0.99}

    assert [feature.column.name for feature in found.features] == FEATURES
    assert (found.classes, found.positive, found.estimator) == (("No", "Yes"), "Yes", "LogisticRegression")
    assert len(found.probe) > 5
    assert (found.compiled.kind, found.compiled.reason) == ("linear", "")
    kept = holdout.read_holdout(churn.blobs.read(found.holdout_sha256))
    assert np.abs(np.sort(kept.outcome.score) - np.sort(probabilities)).max() < 1e-12
    evaluation = churn.training.evaluation(run)
    assert evaluation.rows_test == len(unseen)
    assert {name for name, _, _ in evaluation.importances} == set(FEATURES)
    event = next(event for event in churn.audit.events(LOCAL, "churn", 50) if event.action == "version.register")
    assert event.details["adopted"] == "LogisticRegression"
    assert event.details["job_id"] == job.id


def test_an_adopted_version_is_promoted_and_answers_over_http_as_the_notebook_did(churn: Platform):
    forest = fitted(RandomForestClassifier(7, random_state=0, n_jobs=-1))
    run_id = log(churn, forest)
    assert adopt(churn, run_id).state is JobState.SUCCEEDED
    version = churn.training.run("churn", run_id).version
    churn.models.promote(LOCAL, "churn", version, "from a notebook", override=True)
    assert manifest(churn, run_id).compiled.reason == ""
    rows = split()[1].head(30)
    records = [{k: None if v != v else v for k, v in row.items()} for row in rows.to_dict("records")]
    with serving(churn) as client:
        reply = client.post("/projects/churn/predict/batch", {"records": records})
        schema = client.get("/projects/churn").document["input_schema"]
    answered = [[one["probabilities"]["No"], one["probabilities"]["Yes"]] for one in reply.document["predictions"]]
    assert np.abs(np.array(answered) - shares(forest, rows)).max() < 1e-12
    assert reply.document["predictions"][0]["model_version"] == version
    assert set(schema["properties"]) == set(FEATURES)


def test_without_known_held_out_rows_no_figure_is_claimed_and_people_are_told(churn: Platform):
    run_id = log(churn, fitted(), metrics={"roc_auc": 0.5})
    job = adopt(churn, run_id)
    run = churn.training.run("churn", run_id)
    evaluation = churn.training.evaluation(run)
    assert (job.result["metrics"], evaluation.metrics, evaluation.rows_test) == ({}, {}, 0)
    assert run.metrics == {"roc_auc": 0.5}
    assert evaluation.warnings[0].startswith("Nobody said which rows the model did not learn from")
    assert 0.5 < evaluation.train_metrics["roc_auc"] <= 1
    assert manifest(churn, run_id).holdout_sha256 is None


def test_classes_called_otherwise_are_named_by_a_person(churn: Platform):
    coded = fitted(answers=lambda churn: (churn == "Yes").astype(int))
    run_id = log(churn, coded)
    assert "its classes are 0, 1, but the target 'churn' has 'No', 'Yes'" in refusal(churn, run_id)
    wrong = refusal(churn, run_id, classes=("No", "Perhaps"))
    assert "--classes No,Yes" in wrong
    job = adopt(churn, run_id, classes=("No", "Yes"), held_out=HeldOut.ALL, threshold=0.3)
    assert job.state is JobState.SUCCEEDED, job.error
    found = manifest(churn, run_id)
    assert (found.classes, found.positive_index, found.threshold) == (("No", "Yes"), 1, 0.3)
    rows, truth = notebook.table()
    said = np.where(coded.predict_proba(rows)[:, 1] >= 0.3, "Yes", "No")
    assert job.result["metrics"]["accuracy"] == accuracy_score(truth, said)


def test_a_model_whose_classes_stand_in_another_order_is_judged_right(churn: Platform):
    flipped = fitted(answers=lambda churn: (churn == "No").astype(int))
    run_id = log(churn, flipped)
    job = adopt(churn, run_id, classes=("Yes", "No"), held_out=HeldOut.SPLIT, test_size=0.25, seed=SEED)
    _, unseen, _, truth = split()
    expected = roc_auc_score(truth == "Yes", flipped.predict_proba(unseen)[:, 0])
    assert job.result["metrics"]["roc_auc"] == pytest.approx(expected, abs=1e-12)
    assert manifest(churn, run_id).positive_index == 0


def test_what_the_model_refuses_is_found_out_and_told_beforehand(churn: Platform):
    rows, truth = notebook.table()
    whole = rows.notna().all(axis=1)
    numbers = LogisticRegression(max_iter=500).fit(rows.loc[whole, ["tenure", "charges"]], truth[whole])
    full = csv_of_whole_rows()
    churn.datasets.add_version(LOCAL, "churn", "whole", io.BytesIO(full), "whole.csv")
    run_id = log(churn, numbers)
    request = churn.adoption.request(churn.projects.get("churn"), run_id, "whole", held_out=HeldOut.ALL)
    job = run_here(churn, churn.adoption.submit(LOCAL, request).id)
    assert job.state is JobState.SUCCEEDED, job.error
    found = manifest(churn, run_id)
    assert [feature.column.nullable for feature in found.features] == [False, False]
    assert len(found.probe) > 5
    warnings = churn.training.evaluation(churn.training.run("churn", run_id)).warnings
    assert "It refuses rows with missing values in 'tenure', 'charges'; requests must have them." in warnings
    gaps = adopt(churn, log(churn, numbers))
    assert gaps.state is JobState.FAILED
    assert "it cannot answer the rows of customers@1: Input X contains NaN" in gaps.error


def csv_of_whole_rows() -> bytes:
    rows, truth = notebook.table()
    whole = rows.notna().all(axis=1)
    return rows[whole].assign(churn=truth[whole]).to_csv(index=False).encode()


class Payload:
    """A step that leaves a mark when it is unpickled."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path(self.mark),)

    def fit(self, rows: Any, answers: Any = None) -> "Payload":
        return self

    def predict(self, rows: Any) -> Any:
        return rows


def test_a_pickled_model_is_refused_with_the_way_to_log_it_and_never_run(churn: Platform, tmp_path: Path):
    run_id = log(churn, Payload(str(tmp_path / "mark")), serialization_format="pickle")
    with pytest.raises(NotAdoptable, match="pickles run code when they are read"):
        churn.adoption.look("churn", run_id)
    model_folder = next(Path(churn.settings.home, "mlflow").rglob("model.pkl")).parent
    described = (model_folder / "MLmodel").read_text()
    (model_folder / "MLmodel").write_text(
        described.replace("serialization_format: pickle", "serialization_format: skops")
    )
    assert "it is not a readable skops file" in refusal(churn, run_id)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda: make_pipeline(FunctionTransformer(np.log1p), fitted()[-1]), "types that are not trusted: numpy"),
        (lambda: GridSearchCV(LogisticRegression(), {"C": [1.0]}), "Log the search's best_estimator_ instead"),
        (lambda: KNeighborsClassifier(algorithm="kd_tree"), "when they search with algorithm='brute'"),
        (lambda: LinearRegression(), "gives no class probabilities"),
    ],
)
def test_models_that_cannot_be_read_or_served_are_refused_in_words(churn: Platform, model: Any, said: str):
    rows, truth = notebook.table()
    numbers = rows[["tenure", "charges"]].fillna(0)
    answers = truth == "Yes" if isinstance(model(), LinearRegression) else truth
    assert said in refusal(churn, log(churn, model().fit(numbers, answers)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sklearn_version: 1.", "sklearn_version: 0.", "was fitted with scikit-learn 0"),
        ("pickled_model: model.skops", "pickled_model: ../../x", "doubtful model file"),
        ("pickled_model: model.skops", "pickled_model: other", "its model file other is missing"),
        ("  sklearn:", "  lightgbm:", "of the kind lightgbm"),
        ("flavors:", "flavors: [", "its MLmodel file cannot be read"),
    ],
)
def test_descriptions_are_not_believed(churn: Platform, old: str, new: str, said: str):
    run_id = log(churn, fitted())
    place = churn.tracking._client.get_run(run_id).outputs.model_outputs[-1].model_id
    file = next(Path(churn.settings.home, "mlflow").rglob(f"{place}/artifacts/MLmodel"))
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(NotAdoptable, match=said):
        churn.adoption.execute(ask(churn, run_id), detached(a_job(churn)))


def test_runs_without_a_model_running_ones_and_our_own_are_no_matter_of_adoption(churn: Platform):
    mlflow.set_tracking_uri(churn.settings.mlflow_tracking_uri)
    mlflow.set_experiment("churn")
    with mlflow.start_run() as run, pytest.raises(NotAdoptable, match="still running"):
        churn.adoption.look("churn", run.info.run_id)
    with pytest.raises(NotAdoptable, match="no model was logged with it"):
        churn.adoption.look("churn", run.info.run_id)
    with pytest.raises(RunHasNoModel, match=f"pilothouse run adopt {run.info.run_id}"):
        churn.models.register(LOCAL, "churn", run.info.run_id)
    with pytest.raises(Denied):
        churn.adoption.submit(Actor(name="eve", role=Role.VIEWER), ask(churn, log(churn, fitted())))


def test_an_adoption_killed_after_its_bundle_ends_in_one_version(churn: Platform, monkeypatch: pytest.MonkeyPatch):
    run_id = log(churn, fitted())
    before = len(churn.models.versions("churn"))
    with monkeypatch.context() as patch:
        patch.setattr("core.training.registration.register", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
        assert adopt(churn, run_id).state is JobState.FAILED
    assert adopt(churn, run_id).state is JobState.SUCCEEDED
    assert adopt(churn, run_id).state is JobState.SUCCEEDED
    assert len(churn.models.versions("churn")) == before + 1
    assert churn.models.versions("churn")[0].aliases == (Alias.CHALLENGER,)
    assert load_verified(churn.blobs, churn.models.versions("churn")[0].bundle_sha256, "it").pipeline is not None
