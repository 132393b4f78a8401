"""Every estimator for every task: trained, registered, promoted, and asked over HTTP; answers are scikit-learn's."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from core.datasets.service import DatasetService
from core.jobs.context import detached
from core.jobs.queue import JobQueue
from core.models.service import ModelService
from core.ports.blobs import BlobStore
from core.records.access import LOCAL
from core.records.project import Task
from core.settings import Settings
from core.training import bundle, estimators, tables
from core.training.manifests import read_manifest
from core.training.service import TrainingService
from storage.memory.tracking import MemoryTracking
from tests.builders import project
from tests.core.serving.served import Client, house, serving
from tests.core.training.tables import BINARY, FEATURES, MULTICLASS, REGRESSION, SMALL, customers

TASKS = {task["task"]: task for task in (BINARY, MULTICLASS, REGRESSION)}
PAIRS = [(task, card.key) for task in TASKS for card in estimators.cards(task)]
ASKED = 40
TOLERANCE = 1e-9


def named(task: Task, key: str) -> str:
    return f"{task.value}-{key}"


@dataclass
class Served:
    """The scoring API over one project a pair, each with a champion; ``bundles`` say which."""

    client: Client
    blobs: BlobStore
    bundles: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made, tracking = house(Settings(home=tmp_path_factory.mktemp("home"), api_timeout=60)), MemoryTracking()
    datasets = DatasetService(made.store, made.blobs, made.clock)
    queue = JobQueue(made.store, made.clock, made.settings)
    training = TrainingService(made.store, made.blobs, tracking, datasets, queue, made.clock)
    models = ModelService(made.store, made.blobs, tracking, made.clock)
    content = customers().drop(columns="day").to_csv(index=False).encode()
    bundles = {}
    for task, key in PAIRS:
        name = named(task, key)
        roles = {field: TASKS[task][field] for field in ("task", "target", "positive", "metric")}
        made.add_project(name, **roles)
        tracking.create_project(name)
        datasets.add_version(LOCAL, name, "customers", io.BytesIO(content), "customers.csv")
        spec = training.spec(
            project(name=name, **roles), dataset=None, estimator=key, params=SMALL.get(key), features=FEATURES
        )
        result = training.execute(spec, detached(training.submit(LOCAL, spec)))
        models.promote(LOCAL, name, result.version, "to be asked", override=True)
        bundles[name] = models.version(name, result.version).bundle_sha256
    with serving(made) as client:
        yield Served(client, made.blobs, bundles)


def asked() -> list[dict[str, object]]:
    table = customers()[list(FEATURES)].astype(object).head(ASKED)
    return [{k: None if pd.isna(v) else v for k, v in row.items()} for row in table.to_dict("records")]


@pytest.mark.parametrize(("task", "key"), PAIRS, ids=[named(*pair) for pair in PAIRS])
def test_its_champion_answers_over_http_as_scikit_learn_does(served: Served, task: Task, key: str):
    name = named(task, key)
    manifest = read_manifest(served.blobs, served.bundles[name])
    pipeline = bundle.load_pipeline(served.blobs, manifest)
    frame = tables.to_frame(manifest, asked())
    reply = served.client.post(f"/projects/{name}/predict/batch", {"records": asked()})
    assert reply.status == 200, reply.document
    answers = reply.document["predictions"]
    alone = served.client.post(f"/projects/{name}/predict", asked()[0]).document
    if task is Task.REGRESSION:
        wanted, found = pipeline.predict(frame), np.array([one["prediction"] for one in answers])
        assert (np.abs(found - wanted) / np.maximum(1, np.abs(wanted))).max() <= TOLERANCE
        assert alone["prediction"] == pytest.approx(wanted[0], rel=TOLERANCE)
        return
    wanted = pipeline.predict_proba(frame)
    found = np.array([[one["probabilities"][str(label)] for label in pipeline.classes_] for one in answers])
    assert np.abs(found - wanted).max() <= TOLERANCE
    assert [one["prediction"] for one in answers] == pipeline.classes_[_chosen(wanted)].tolist()
    assert alone["prediction"] == answers[0]["prediction"]


def _chosen(shares: np.ndarray) -> np.ndarray:
    """Two equal shares of a binary answer fall to the positive class, which stands last here."""
    return (shares[:, 1] >= 0.5).astype(int) if shares.shape[1] == 2 else shares.argmax(axis=1)
