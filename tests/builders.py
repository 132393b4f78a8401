"""Builders of records with keyword defaults, and the clock that tests hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.records.dataset import Column, ColumnKind, ColumnProfile, DatasetRef, DatasetVersion, Profile
from core.records.job import JobKind, JobRequest
from core.records.project import Project, Task
from core.records.run_index import RunEntry, RunKind
from core.records.study import Dimension, DimensionKind, Study, StudySpec, StudyState, Trial
from core.records.training import RunStatus, TrainingSpec

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


def project(**changes: Any) -> Project:
    fields: dict[str, Any] = {
        "name": "churn",
        "task": Task.BINARY,
        "target": "churn",
        "positive": "Yes",
        "metric": "roc_auc",
        "created_at": START,
        "created_by": "ann",
    }
    return Project(**{**fields, **changes})


def column_profile(name: str = "tenure", kind: ColumnKind = ColumnKind.INTEGER, **changes: Any) -> ColumnProfile:
    return ColumnProfile(**{"name": name, "kind": kind, "nulls": 0, "distinct": 3, **changes})


def dataset_version(**changes: Any) -> DatasetVersion:
    fields: dict[str, Any] = {
        "project": "churn",
        "dataset": "customers",
        "number": 1,
        "sha256": "a" * 64,
        "parquet_sha256": "b" * 64,
        "size": 120,
        "rows": 3,
        "columns": (
            Column(name="tenure", kind=ColumnKind.INTEGER, nullable=False),
            Column(name="churn", kind=ColumnKind.TEXT, nullable=False),
        ),
        "profile": Profile(rows=3, duplicates=0, columns=(column_profile(),)),
        "reading": {"format": "csv"},
        "source": "customers.csv",
        "author": "ann",
        "created_at": START,
    }
    return DatasetVersion(**{**fields, **changes})


def job_request(**changes: Any) -> JobRequest:
    fields: dict[str, Any] = {
        "kind": JobKind.TRAIN,
        "project": "churn",
        "title": "Train random forest",
        "payload": {},
        "timeout_s": 60,
        "memory_mb": 1024,
        "created_by": "ann",
    }
    return JobRequest(**{**fields, **changes})


def training_spec(**changes: Any) -> TrainingSpec:
    fields: dict[str, Any] = {
        "project": "churn",
        "task": Task.BINARY,
        "dataset": DatasetRef(name="customers", number=1),
        "target": "churn",
        "positive": "Yes",
        "features": ("tenure",),
        "estimator": "logistic_regression",
        "metric": "roc_auc",
    }
    return TrainingSpec(**{**fields, **changes})


SPACE = (
    Dimension(name="C", kind=DimensionKind.FLOAT, low=0.01, high=10.0, log=True),
    Dimension(name="class_weight", kind=DimensionKind.CHOICE, choices=("balanced", None, 3, True)),
)


def study(**changes: Any) -> Study:
    fields: dict[str, Any] = {
        "id": "s1",
        "project": "churn",
        "spec": StudySpec(base=training_spec(), space=SPACE, trials=4),
        "state": StudyState.QUEUED,
        "created_at": START,
        "created_by": "ann",
    }
    return Study(**{**fields, **changes})


def trial(**changes: Any) -> Trial:
    fields: dict[str, Any] = {"study": "s1", "number": 0, "params": {"C": 0.5}, "started_at": START}
    return Trial(**{**fields, **changes})


def run_entry(**changes: Any) -> RunEntry:
    fields: dict[str, Any] = {
        "project": "churn",
        "run_id": "r1",
        "name": "first",
        "status": RunStatus.FINISHED,
        "kind": RunKind.TRAINING,
        "estimator": "ridge",
        "dataset": "customers@1",
        "task": Task.BINARY,
        "target": "churn",
        "version": None,
        "parent_id": None,
        "job_id": "j1",
        "author": "ann",
        "note": "",
        "started_at": START,
        "finished_at": START + timedelta(seconds=2),
        "took": 2.0,
        "params": {},
        "metrics": {},
        "tags": {},
    }
    return RunEntry(**{**fields, **changes})
