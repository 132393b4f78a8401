"""A house for studies: services over memory, small real data, and jobs carried out here."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.datasets.service import DatasetService
from core.jobs.context import JobContext, QueuedContext
from core.jobs.queue import JobQueue
from core.records.access import LOCAL
from core.records.job import Job, JobState
from core.records.study import Dimension, DimensionKind, Study, StudySpec, Trial
from core.settings import Settings
from core.training.service import TrainingService
from core.training.tuning.service import TuningService
from storage.memory import MemoryBlobs, MemoryStore, MemoryTracking
from tests.builders import FakeClock, project
from tests.core.training.tables import customers

DEPTHS = Dimension(name="max_depth", kind=DimensionKind.INT, low=1, high=6)
LEAVES = Dimension(name="min_samples_leaf", kind=DimensionKind.INT, low=1, high=30, log=True)
WEIGHTS = Dimension(name="class_weight", kind=DimensionKind.CHOICE, choices=(None, "balanced"))


@dataclass
class TuningHouse:
    """The services over memory, a project with a dataset, and the clock."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    tracking: MemoryTracking = field(default_factory=MemoryTracking)

    def __post_init__(self) -> None:
        self.datasets = DatasetService(self.store, self.blobs, self.clock)
        self.queue = JobQueue(self.store, self.clock, Settings(home=self.folder))
        self.training = TrainingService(self.store, self.blobs, self.tracking, self.datasets, self.queue, self.clock)
        self.tuning = TuningService(
            self.store, self.blobs, self.tracking, self.datasets, self.training, self.queue, self.clock
        )
        self.tracking.create_project("churn")
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()
        columns = ["tenure", "charges", "contract", "senior", "churn"]
        content = customers()[columns].to_csv(index=False).encode()
        self.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(content), "customers.csv")

    def spec(self, **changes: Any) -> StudySpec:
        base = self.training.spec(project(), dataset=None, estimator=changes.pop("estimator", "decision_tree"))
        wanted = {"base": base, "space": (DEPTHS, LEAVES), "trials": 6, "folds": 3, **changes}
        return StudySpec.model_validate(wanted)

    def submit(self, **changes: Any) -> Study:
        return self.tuning.submit(LOCAL, self.spec(**changes))

    def claim(self, study: Study) -> JobContext:
        """Take the study's job as a worker would; a job that runs already is taken over."""
        with self.store.write() as work:
            job = work.jobs.get(self.tuning.study(study.id).job_id or "")
            if job.state is JobState.RUNNING:
                work.jobs.release(job.id, job.token, "The worker was killed.", self.clock.now())
            taken = work.jobs.take(job.id, "w", self.clock.now(), 3600)
            work.commit()
        return QueuedContext(taken, self.store, self.clock)

    def run(self, study: Study) -> dict[str, Any]:
        """Carry the study's job out here, to its end."""
        context = self.claim(study)
        try:
            result = self.tuning.execute(study.id, context)
        except Exception as error:
            self.finish(context.job, JobState.FAILED, str(error))
            raise
        self.finish(context.job, JobState.SUCCEEDED)
        return result

    def finish(self, job: Job, state: JobState, error: str | None = None) -> None:
        with self.store.write() as work:
            work.jobs.finish(job.id, job.token, state, self.clock.now(), None, None, error)
            work.commit()

    def trials(self, study: Study) -> list[Trial]:
        return self.tuning.trials(study.id)


def told(trials: list[Trial]) -> list[tuple[Any, ...]]:
    """What must be equal of two studies that did the same."""
    return [(t.number, tuple(sorted(t.params.items(), key=str)), t.state, t.scores, t.value) for t in trials]
