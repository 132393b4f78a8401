"""Compiled models beside scikit-learn's own answers, over the estimators on offer."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import PoissonRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.records.dataset import Column, ColumnKind
from core.records.model import CompiledForm, ModelManifest
from core.records.project import Task
from core.training import bundle, tables
from core.training.compiled import edges, engine, form, registering
from core.training.trainer import learn
from storage.memory import MemoryBlobs
from tests.builders import START, dataset_version, training_spec

COLUMNS = (
    Column(name="age", kind=ColumnKind.INTEGER, nullable=False),
    Column(name="paid", kind=ColumnKind.NUMBER, nullable=True),
    Column(name="member", kind=ColumnKind.BOOLEAN, nullable=True),
    Column(name="town", kind=ColumnKind.TEXT, nullable=True),
)


def table() -> pd.DataFrame:
    random = np.random.default_rng(1)
    rows = 400
    paid = random.normal(50, 20, rows)
    town = random.choice([f"t{number}" for number in range(30)], rows, p=np.arange(1, 31) / 465).astype(object)
    age = random.integers(18, 90, rows)
    value = age * 0.5 + paid + random.normal(0, 5, rows)
    paid[::9] = np.nan
    town[::7] = None
    return pd.DataFrame(
        {
            "age": age,
            "paid": paid,
            "member": random.random(rows) < 0.5,
            "town": town,
            "sold": np.where(value > 80, "yes", "no"),
            "class": np.where(value > 95, "high", np.where(value > 70, "middle", "low")),
            "value": np.abs(value),
        }
    )


TARGETS = {Task.BINARY: "sold", Task.MULTICLASS: "class", Task.REGRESSION: "value"}


def packed(task: Task, estimator: str, model: Any = None, **params: Any) -> tuple[MemoryBlobs, ModelManifest, Any]:
    """Train and pack; ``model`` stands in for the estimator's own."""
    metric = "rmse" if task is Task.REGRESSION else "accuracy"
    spec = training_spec(
        task=task,
        target=TARGETS[task],
        positive=None,
        estimator=estimator,
        params=params,
        metric=metric,
        features=tuple(column.name for column in COLUMNS),
    )
    learned = learn(table(), COLUMNS, spec)
    pipeline = learned.fitted.pipeline
    if model is not None:
        prepare = pipeline.named_steps["prepare"]
        train = learned.parted.train
        answers = learned.parted.target.values[learned.parted.train_rows]
        pipeline.steps[1] = ("model", model.fit(prepare.transform(train), answers))
    blobs = MemoryBlobs()
    parted = learned.parted
    about = {"spec": spec, "version": dataset_version(), "run_id": "run1", "packages": {}, "now": START}
    made = bundle.describe(learned.fitted, parted.train, parted.test, **about)
    if made.compiled is not None:
        blobs.put_bytes(made.compiled)
    return blobs, made.manifest, learned


def cases() -> Iterator[Any]:
    for task in Task:
        for estimator, params, kind in (
            ("random_forest", {"n_estimators": 7}, "trees"),
            ("random_forest", {"n_estimators": 9, "max_depth": 3}, "bits"),
            ("hist_gradient_boosting", {"max_iter": 12}, "bits"),
        ):
            yield pytest.param(task, estimator, params, None, kind, id=f"{task}-{estimator}-{len(params)}")
    yield pytest.param(Task.BINARY, "logistic_regression", {}, None, "linear", id="logistic")
    yield pytest.param(Task.MULTICLASS, "logistic_regression", {}, None, "linear", id="softmax")
    yield pytest.param(Task.REGRESSION, "ridge", {}, None, "linear", id="ridge")
    yield pytest.param(Task.REGRESSION, "ridge", {}, PoissonRegressor(), "linear", id="poisson")
    yield pytest.param(Task.BINARY, "random_forest", {}, ExtraTreesClassifier(5, random_state=0), "trees", id="extra")
    yield pytest.param(Task.BINARY, "random_forest", {}, DecisionTreeClassifier(random_state=0), "bits", id="tree")
    yield pytest.param(Task.REGRESSION, "ridge", {}, DecisionTreeRegressor(random_state=0), "trees", id="large-tree")
    yield pytest.param(Task.REGRESSION, "ridge", {}, GradientBoostingRegressor(n_estimators=20), "bits", id="gbr")
    yield pytest.param(Task.MULTICLASS, "ridge", {}, GradientBoostingClassifier(n_estimators=9), "bits", id="gbc")
    yield pytest.param(
        Task.BINARY,
        "random_forest",
        {},
        GradientBoostingClassifier(n_estimators=20, loss="exponential"),
        "bits",
        id="exponential",
    )


@pytest.mark.parametrize(("task", "estimator", "params", "model", "kind"), list(cases()))
def test_a_compiled_model_answers_as_scikit_learn_does(
    task: Task, estimator: str, params: dict[str, Any], model: Any, kind: str
) -> None:
    if model is not None and estimator == "ridge" and task is not Task.REGRESSION:
        estimator = "random_forest"
    blobs, manifest, learned = packed(task, estimator, model, **params)
    compiled = manifest.compiled
    assert compiled is not None
    assert (compiled.kind, compiled.reason) == (kind, "")
    assert compiled.difference <= 1e-12
    assert compiled.rows > len(learned.parted.test) + 40
    found = engine.load(blobs.read(compiled.sha256))
    records = edges.records_of(learned.parted.test)
    wanted = tables.score(manifest, learned.fitted.pipeline, learned.parted.test)
    expected = np.array(wanted.predictions)[:, None] if wanted.scores is None else wanted.scores
    assert np.abs(found.many(records) - expected).max() <= 1e-9
    assert np.abs(np.array([found.one(record) for record in records]) - expected).max() <= 1e-9


def test_a_model_without_a_compiled_form_is_told_by_name() -> None:
    _, manifest, _ = packed(Task.BINARY, "random_forest", GaussianNB())
    assert manifest.compiled == CompiledForm(reason="the model GaussianNB has no compiled form.")


@pytest.mark.parametrize("scaler", [MinMaxScaler(clip=True), RobustScaler()])
def test_other_scalers_are_compiled_in_their_order_of_operations(scaler: Any) -> None:
    learned = learn(
        table(),
        COLUMNS,
        training_spec(
            task=Task.BINARY,
            target="sold",
            positive=None,
            estimator="logistic_regression",
            features=tuple(column.name for column in COLUMNS),
        ),
    )
    pipeline = learned.fitted.pipeline
    numbers = pipeline.named_steps["prepare"].named_transformers_["numbers"]
    filled = numbers.named_steps["impute"].transform(learned.parted.train[["age", "paid"]])
    numbers.steps[1] = ("scale", scaler.fit(filled))
    made = registering.compile_pipeline(pipeline, COLUMNS)
    expected = pipeline.named_steps["prepare"].transform(learned.parted.test)
    records = edges.records_of(learned.parted.test)
    assert np.array_equal(made.preparation.matrix(records), expected)
    assert np.array_equal(np.vstack([made.preparation.row(record) for record in records]), expected)


def test_a_form_that_answers_differently_never_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def bent(pipeline: Pipeline, columns: Any) -> Any:
        made = real(pipeline, columns)
        made.form.arrays["intercepts"][:] += 1e-8
        return made

    real = registering.compile_pipeline
    monkeypatch.setattr(registering, "compile_pipeline", bent)
    _, manifest, _ = packed(Task.REGRESSION, "ridge")
    assert manifest.compiled is not None
    assert manifest.compiled.sha256 is None
    assert manifest.compiled.reason.startswith("a compiled answer differs from scikit-learn's by ")


def test_a_fault_of_the_compiler_costs_no_training(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registering, "compile_pipeline", lambda *_: {}["nothing"])
    _, manifest, _ = packed(Task.REGRESSION, "ridge")
    assert manifest.compiled == CompiledForm(reason="compiling failed unexpectedly (KeyError).")
    assert "could not be compiled" in caplog.text


def test_without_the_runtime_of_large_trees_scikit_learn_answers_and_why_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    _, manifest, _ = packed(Task.BINARY, "random_forest", n_estimators=3)
    said = "Answering by compiled trees needs extra packages. Add them with `pip install onnxruntime`."
    assert manifest.compiled == CompiledForm(reason=said)


def test_numbers_beyond_single_precision_are_refused_as_scikit_learn_does() -> None:
    blobs, manifest, learned = packed(Task.BINARY, "random_forest", n_estimators=3)
    found = engine.load(blobs.read(manifest.compiled.sha256))
    record = edges.records_of(learned.parted.test)[0]
    with pytest.raises(ValueError, match="'paid' is too large"):
        found.one({**record, "paid": 3.5e38})
    with pytest.raises(ValueError, match="'paid' is too large"):
        found.many([{**record, "paid": -3.5e38}])
    assert len(found.one({**record, "paid": 3.4e38})) == 2


def test_the_same_form_gives_the_same_bytes() -> None:
    made = form.Form({"a": 1}, {"x": np.arange(3)})
    assert form.dump(made) == form.dump(made)
