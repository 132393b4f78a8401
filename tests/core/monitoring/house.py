"""A house in memory with a project, data, and a champion trained by the real services."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from core.bootstrap import assemble
from core.jobs.context import JobContext, detached
from core.platform import Platform
from core.ports.unit_of_work import Store
from core.records.access import LOCAL
from core.records.job import JobKind
from core.records.model import Deployment
from core.records.project import Task
from core.settings import Settings
from storage.dvc_remotes import DvcRemotes
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests.builders import FakeClock, job_request

PROJECT = "shop"


def house(home: Path, clock: FakeClock, store: Store | None = None) -> Platform:
    return assemble(
        Settings(home=home),
        store=store or MemoryStore(),
        blobs=MemoryBlobs(),
        log=MemoryPredictionLog(),
        shadows=MemoryPredictionLog(),
        tracking=MemoryTracking(),
        remotes=DvcRemotes(),
        clock=clock,
    )


def create(platform: Platform, task: Task = Task.REGRESSION) -> None:
    target, positive = ("spent", None) if task is Task.REGRESSION else ("left", "yes")
    platform.projects.create(LOCAL, name=PROJECT, task=task, target=target, positive=positive, id_column="id")


def customers(rows: int, *, shift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Customers whose ``age`` moves by ``shift`` standard deviations, and what they spend with it."""
    rng = np.random.default_rng(seed)
    age = 40 + 10 * (rng.normal(size=rows) + shift)
    plan = rng.choice(["basic", "gold", "free"], size=rows, p=[0.5, 0.3, 0.2])
    spent = 2 * age + 5 * (plan == "gold") + rng.normal(size=rows)
    left = np.where(age + rng.normal(scale=5, size=rows) > 45, "yes", "no")
    return pd.DataFrame({"id": np.arange(rows), "age": age, "plan": plan, "spent": spent, "left": left})


def upload(platform: Platform, table: pd.DataFrame, dataset: str = "customers") -> str:
    content = io.BytesIO(table.to_csv(index=False).encode())
    return str(platform.datasets.add_version(LOCAL, PROJECT, dataset, content, "customers.csv").version.ref)


def job_context(platform: Platform, kind: JobKind = JobKind.MONITOR, key: str | None = None) -> JobContext:
    """Return the context of a new job, which only the id matters of."""
    with platform.store.write() as work:
        job = work.jobs.add(job_request(kind=kind, project=PROJECT, key=key), "local", platform.clock.now())
        work.commit()
    return detached(job, platform.clock)


def promote(platform: Platform, estimator: str = "ridge", features: tuple[str, ...] = ("age", "plan")) -> Deployment:
    """Train on the newest data and make the version the champion."""
    project = platform.projects.get(PROJECT)
    spec = platform.training.spec(project, dataset=None, estimator=estimator, features=features)
    made = platform.training.execute(spec, job_context(platform, JobKind.TRAIN))
    assert made.version is not None
    return platform.models.promote(LOCAL, PROJECT, made.version, "first", override=True)
