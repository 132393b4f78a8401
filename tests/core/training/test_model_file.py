"""Models as bytes, and what is not let in."""

import io
import json
import pickle
import zipfile
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skops.io import dumps

from core.errors import InvalidParameter, UnsafeModel
from core.records.project import Task
from core.training import estimators, model_file, trainer
from core.training.parameters import holds
from core.training.trusted_types import ADOPTED, OFFERED
from tests.core.training.steps import recipes
from tests.core.training.tables import BINARY, COLUMNS, MULTICLASS, REGRESSION, SMALL, customers, spec

TABLE = customers()
NUMBERED = TABLE.assign(churn=np.where(TABLE["churn"] == "Yes", 1, 0))
FLAGGED = TABLE.assign(churn=TABLE["churn"] == "Yes")
TASKS = (BINARY, MULTICLASS, REGRESSION)


def variants(card):
    """The parameters that make an estimator of other parts: each word of each choice, and both of each flag."""
    yield {}
    for p in card.parameters:
        values = p.choices if p.kind == "choice" else (True, False) if p.kind == "bool" else ()
        needed = {c.name: next(v for v in choices(card, c.name) if holds(c, {c.name: v})) for c in p.applies}
        yield from (v for value in values if is_allowed(card, v := {**needed, p.name: value}))


def choices(card, name):
    found = next(p for p in card.parameters if p.name == name)
    return found.choices or (True, False)


def is_allowed(card, params):
    try:
        estimators.check(card, params)
    except InvalidParameter:
        return False
    return True


def fit(task, key, params, table=TABLE):
    positive = {} if table is TABLE else {"positive": None}
    wanted = spec(**{**task, "estimator": key, "params": {**SMALL.get(key, {}), **params}, **positive})
    return trainer.learn(table, COLUMNS, wanted).fitted.pipeline


@cache
def pipeline():
    return fit(BINARY, "random_forest", {})


@cache
def content():
    return model_file.dump(pipeline())


def archive(entries, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=compression) as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def entries():
    with zipfile.ZipFile(io.BytesIO(content())) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def test_trusted_types_are_exactly_those_of_the_offered_estimators():
    needed = set()
    for task in TASKS:
        for card in estimators.cards(task["task"]):
            for params in variants(card):
                needed |= model_file.nodes(model_file.dump(fit(task, card.key, params)))
    for table in (NUMBERED, FLAGGED):
        for card in estimators.cards(Task.BINARY):
            needed |= model_file.nodes(model_file.dump(fit(BINARY, card.key, {}, table)))
    needed |= model_file.nodes(model_file.dump(recipes.learned().fitted.pipeline))
    assert {name for name, _ in needed} == OFFERED
    assert {loader for _, loader in needed} == model_file.LOADERS


def test_further_trusted_types_are_parts_of_scikit_learn_and_no_functions():
    assert not ADOPTED & OFFERED
    for name in ADOPTED:
        module, _, kind = name.rpartition(".")
        assert module.startswith("sklearn.")
        assert isinstance(getattr(import_module(module), kind), type)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task["task"])
def test_loaded_model_answers_exactly_as_the_dumped_one(task):
    for card in estimators.cards(task["task"]):
        before = fit(task, card.key, {})
        after = model_file.load(model_file.dump(before))
        frame = trainer.part(TABLE, COLUMNS, spec(**task)).test
        assert after.predict(frame).tolist() == before.predict(frame).tolist()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task["task"])
def test_a_file_holds_what_skops_writes_under_numbers_that_are_the_same_each_time(task):
    for card in estimators.cards(task["task"]):
        model = fit(task, card.key, {})
        with zipfile.ZipFile(io.BytesIO(dumps(model))) as written:
            schema = json.loads(written.read("schema.json"))
            names = model_file._number(schema)
            wanted = {new: written.read(old) for old, new in names.items()}
        with zipfile.ZipFile(io.BytesIO(model_file.dump(model))) as ours:
            found = {name: ours.read(name) for name in ours.namelist()}
        assert json.loads(found.pop("schema.json")) == schema
        assert found == wanted


class Payload:
    """A pickle that leaves a mark when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_pickles_in_any_wrapping_are_refused_and_never_run(tmp_path):
    bad = pickle.dumps(Payload(tmp_path / "mark"))
    zipped = archive([("schema.json", bad), ("model.pkl", bad)])
    numpy_file = io.BytesIO()
    np.save(numpy_file, np.array([Payload(tmp_path / "mark")], dtype=object), allow_pickle=True)
    hidden = [(name, numpy_file.getvalue() if name.endswith(".npy") else data) for name, data in entries()]
    for data in (bad, zipped, archive(hidden)):
        with pytest.raises(UnsafeModel):
            model_file.load(data)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (make_pipeline(FunctionTransformer(np.log1p), LinearRegression()), "numpy"),
        (make_pipeline(GaussianProcessClassifier().fit([[0], [1]], [0, 1])), "GaussianProcessClassifier"),
        (Pipeline([("path", Path)]), "Path"),
    ],
)
def test_types_beyond_our_list_are_refused_by_name_even_when_skops_would_trust_them(model, named):
    with pytest.raises(UnsafeModel, match=f"types that are not trusted: .*{named}"):
        model_file.load(dumps(model))


def _renamed(schema, old, new):
    return json.loads(json.dumps(schema).replace(json.dumps(old), json.dumps(new)))


@pytest.mark.parametrize("loader", ["FunctionNode", "MethodNode", "OperatorFuncNode", "ObjectNode", "nonsense"])
def test_trusted_name_with_a_foreign_loader_builds_nothing_foreign(loader):
    changed = [
        (name, json.dumps(_renamed(json.loads(data), "TreeNode", loader)) if name == "schema.json" else data)
        for name, data in entries()
    ]
    with pytest.raises(UnsafeModel):
        model_file.load(archive(changed))


def test_module_and_class_smuggled_into_a_trusted_node_are_refused():
    schema = dict(entries())["schema.json"].decode()
    bad = schema.replace('"sklearn.tree._tree"', '"os"').replace('"Tree"', '"system"')
    changed = [(name, bad if name == "schema.json" else data) for name, data in entries()]
    with pytest.raises(UnsafeModel, match=r"os\.system"):
        model_file.load(archive(changed))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: archive(entries(), zipfile.ZIP_DEFLATED), "its entries are packed"),
        (lambda: archive([*entries(), ("../../escape", b"x")]), "doubtful names"),
        (lambda: archive([*entries(), ("c:\\escape", b"x")]), "doubtful names"),
        (lambda: content()[: len(content()) // 2], "not a readable skops file"),
        (lambda: b"", "not a readable skops file"),
        (lambda: archive([("other.json", b"{}")]), "not a readable skops file"),
        (lambda: archive([("schema.json", b"[" * 100_000)]), "not a readable skops file"),
        (lambda: archive([("schema.json", b"{}")]), "skops cannot read it"),
        (lambda: dumps({"a": [1, 2]}), "it holds a dict, not a pipeline"),
    ],
)
def test_files_unlike_ours_are_refused_before_anything_is_built(make, said):
    with pytest.raises(UnsafeModel, match=said):
        model_file.load(make())


def test_packed_bomb_is_refused_unopened():
    bomb = archive([*entries(), ("zeros.npy", bytes(50_000_000))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 5_000_000
    with pytest.raises(UnsafeModel, match="packed"):
        model_file.load(bomb)


def test_size_and_number_of_entries_are_limited(monkeypatch):
    monkeypatch.setattr(model_file, "MAX_ENTRIES", 3)
    with pytest.raises(UnsafeModel, match="at most 3 are read"):
        model_file.load(content())
    monkeypatch.setattr(model_file, "MAX_BYTES", 10)
    with pytest.raises(UnsafeModel, match="larger than"):
        model_file.load(content())
