"""The two demo projects: real tables carried through the whole loop by the same services a user drives."""

import csv
import gzip
import io
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import BinaryIO

from core.access.permissions import require
from core.datasets.service import DatasetService
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.models.gates.service import GateService
from core.models.service import ModelService
from core.monitoring.service import MonitorService
from core.ports.unit_of_work import UnitOfWork
from core.projects import ProjectService
from core.records.access import LOCAL, Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import DatasetVersion
from core.records.gate import VerdictOutcome
from core.records.job import Job, JobKind, JobState
from core.records.model import Alias
from core.records.project import Project, Task
from core.records.schedule import ScheduleAction, ScheduleDraft, Trigger, TriggerKind
from core.records.training import ParameterValue
from core.retraining.execution import RetrainingExecution
from core.retraining.service import RetrainingService
from core.serving.service import ServingService
from core.training.service import TrainingService

TRAFFIC_ROWS = 1500
BATCH = 250
_TABLES = files("core.pipelines") / "demo_data"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """One demo project: its table, how the table is cut into versions, and the models it tries in order.

    ``slices`` pairs a note with the years kept (empty: all rows); ``trainings`` are (estimator, parameters), the
    first of which becomes champion.
    """

    name: str
    table: str
    dataset: str
    task: Task
    target: str
    metric: str
    description: str
    trainings: tuple[tuple[str, dict[str, ParameterValue]], ...]
    slices: tuple[tuple[str, str], ...]
    positive: str | None = None
    time_column: str | None = None
    without: frozenset[str] = field(default_factory=frozenset)


DEMOS: dict[str, Demo] = {
    demo.name: demo
    for demo in (
        Demo(
            name="churn",
            table="telco_wa_churn.csv.gz",
            dataset="customers",
            task=Task.BINARY,
            target="churn",
            positive="Yes",
            metric="roc_auc",
            description="Which telephone customers will leave? 7,043 customers (IBM sample data).",
            trainings=(("random_forest", {"n_estimators": 200}), ("logistic_regression", {})),
            slices=(("all customers", ""),),
        ),
        Demo(
            name="bikes",
            table="bike_hourly_uci.csv.gz",
            dataset="rides",
            task=Task.REGRESSION,
            target="cnt",
            time_column="dteday",
            metric="rmse",
            description="How many bikes are rented each hour? Washington D.C., 2011 and 2012 (UCI 275).",
            trainings=(("hist_gradient_boosting", {}),),
            slices=(("hours of 2011", "2011"), ("hours of 2012", "2012")),
            without=frozenset({"casual", "registered"}),
        ),
    )
}


def table(demo: Demo, year: str = "") -> bytes:
    """Return the demo table as CSV, only the rows of ``year`` when given, in the order of time when it has one."""
    with (_TABLES / demo.table).open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8", newline="") as source:
        rows = csv.reader(source)
        header = next(rows)
        kept = list(rows)
    if demo.time_column:
        at = header.index(demo.time_column)
        kept = sorted((row for row in kept if row[at].startswith(year)), key=lambda row: row[at])
    return _as_csv(itertools.chain([header], kept))


def _as_csv(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


class PartOfJob:
    """The context of one step of a job: its progress from 0 to 1 fills the job's from ``start`` to ``end``."""

    def __init__(self, whole: JobContext, start: float, end: float) -> None:
        self.job = whole.job
        self.clock = whole.clock
        self._whole = whole
        self._start = start
        self._end = end

    def progress(self, stage: str, fraction: float, message: str = "") -> None:
        """Say how far the step is, as a share of the whole job."""
        self._whole.progress(stage, self._start + fraction * (self._end - self._start), message)

    def tell(self, figures: Mapping[str, float]) -> None:
        """Show the newest measurements of the step as those of the job."""
        self._whole.tell(figures)

    def check(self) -> None:
        """Return when the whole job may go on."""
        self._whole.check()

    def fence(self, work: UnitOfWork) -> None:
        """Tie a write transaction to the attempt of the whole job."""
        self._whole.fence(work)


class DemoService:
    """Loads the demo projects: a job each, every step safe to repeat after a crash."""

    def __init__(
        self,
        projects: ProjectService,
        datasets: DatasetService,
        training: TrainingService,
        models: ModelService,
        serving: ServingService,
        monitoring: MonitorService,
        retraining: RetrainingService,
        retrainer: RetrainingExecution,
        queue: JobQueue,
        gates: GateService,
    ) -> None:
        self._projects = projects
        self._datasets = datasets
        self._training = training
        self._models = models
        self._serving = serving
        self._monitoring = monitoring
        self._retraining = retraining
        self._retrainer = retrainer
        self._queue = queue
        self._gates = gates

    def start(self, actor: Actor) -> list[Job]:
        """Create the demo projects that are not there yet and queue the job that fills each of them."""
        require(actor, Permission.MANAGE_PROJECTS)
        present = {project.name for project in self._projects.all()}
        jobs = []
        for demo in DEMOS.values():
            if demo.name not in present:
                self._create(actor, demo)
            jobs.append(self._submit(actor, demo))
        return jobs

    def _create(self, actor: Actor, demo: Demo) -> Project:
        return self._projects.create(
            actor,
            name=demo.name,
            task=demo.task,
            target=demo.target,
            positive=demo.positive,
            time_column=demo.time_column,
            metric=demo.metric,
            description=demo.description,
        )

    def _submit(self, actor: Actor, demo: Demo) -> Job:
        earlier = self._queue.find(demo.name, kinds=(JobKind.PIPELINE,))
        usable = [job for job in earlier if job.state not in (JobState.FAILED, JobState.CANCELLED)]
        if usable:
            return usable[0]
        return self._queue.submit(
            actor,
            kind=JobKind.PIPELINE,
            project=demo.name,
            title=f"Load the demo project {demo.name}",
            payload={"demo": demo.name},
            key=f"demo:{demo.name}:{len(earlier)}",
        )

    def execute(self, payload: JsonObject, context: JobContext) -> JsonObject:
        """Carry one demo project through the loop; the body of its job."""
        demo = DEMOS[payload["demo"]]
        actor = LOCAL.model_copy(update={"name": context.job.created_by})
        steps: list[tuple[str, Callable[[], JsonObject]]] = [
            ("data", lambda: self._add_data(actor, demo, PartOfJob(context, 0.0, 0.1))),
            ("first model", lambda: self._train(demo, 0, PartOfJob(context, 0.1, 0.38))),
            ("promote", lambda: self._promote(actor, demo, PartOfJob(context, 0.38, 0.4))),
            ("traffic", lambda: self._send_traffic(actor, demo, PartOfJob(context, 0.4, 0.5))),
            ("drift", lambda: self._check_drift(demo, PartOfJob(context, 0.5, 0.7))),
            ("challenger", lambda: self._challenge(demo, PartOfJob(context, 0.7, 0.95))),
            ("verdict", lambda: self._judge(demo, PartOfJob(context, 0.95, 1.0))),
            ("schedules", lambda: self._schedule(actor, demo)),
        ]
        told: JsonObject = {}
        for stage, step in steps:
            context.check()
            told[stage] = step()
        return told

    def _add_data(self, actor: Actor, demo: Demo, context: JobContext) -> JsonObject:
        context.progress("data", 0.0, f"reading {demo.table}")
        versions = [self._add_slice(actor, demo, note, year) for note, year in demo.slices]
        return {"versions": [str(version.ref) for version in versions]}

    def _add_slice(self, actor: Actor, demo: Demo, note: str, year: str) -> DatasetVersion:
        content: BinaryIO = io.BytesIO(table(demo, year))
        name = f"{demo.dataset}-{year}.csv" if year else f"{demo.dataset}.csv"
        return self._datasets.add_version(actor, demo.name, demo.dataset, content, name, note=note).version

    def _train(self, demo: Demo, number: int, context: JobContext) -> JsonObject:
        estimator, params = demo.trainings[number]
        project = self._projects.get(demo.name)
        version = self._datasets.resolve(demo.name, f"{demo.dataset}@1")
        features = [f for f in self._training.default_features(project, version) if f not in demo.without]
        spec = self._training.spec(
            project,
            dataset=str(version.ref),
            estimator=estimator,
            params=params,
            features=tuple(features),
        )
        return self._training.execute(spec, context).model_dump(mode="json")

    def _promote(self, actor: Actor, demo: Demo, context: JobContext) -> JsonObject:
        champion = self._models.champion(demo.name)
        if champion is None:
            first = min(version.version for version in self._models.versions(demo.name))
            verdict = self._gates.execute(demo.name, first, context)
            is_against = verdict.outcome is not VerdictOutcome.PROMOTE
            why = "First model of the demo project"
            champion = self._models.promote(actor, demo.name, first, why, override=is_against)
        return {"champion": champion.version}

    def _judge(self, demo: Demo, context: JobContext) -> JsonObject:
        """Let the gates speak on the challenger, so that the screens have a verdict to show."""
        challenger = self._challenger(demo)
        if challenger is None:
            return {"verdict": None}
        return {"verdict": self._gates.execute(demo.name, challenger, context).outcome.value}

    def _send_traffic(self, actor: Actor, demo: Demo, context: JobContext) -> JsonObject:
        context.progress("traffic", 0.0, f"asking the champion for {TRAFFIC_ROWS} predictions")
        already = len(self._serving.predictions(demo.name, TRAFFIC_ROWS))
        version = self._datasets.resolve(demo.name, demo.dataset)
        champion = self._models.champion(demo.name)
        assert champion is not None, "promoted by the step before"  # noqa: S101
        inputs = self._models.manifest(self._models.version(demo.name, champion.version)).features
        names = [feature.column.name for feature in inputs]
        rows = self._datasets.frame(version, names).head(TRAFFIC_ROWS)
        records: list[JsonObject] = [
            {str(name): None if value != value else value for name, value in row.items()}
            for row in rows.to_dict(orient="records")
        ]
        for start in range(already, len(records), BATCH):
            self._serving.predict(actor, demo.name, records[start : start + BATCH])
        return {"predictions": len(records)}

    def _check_drift(self, demo: Demo, context: JobContext) -> JsonObject:
        newest = self._datasets.resolve(demo.name, demo.dataset)
        current = str(newest.ref) if newest.number > 1 else None
        report = self._monitoring.execute(demo.name, {"current": current}, context)[-1]
        return {"report": report.id, "drifted": report.drifted}

    def _challenge(self, demo: Demo, context: JobContext) -> JsonObject:
        if len(demo.trainings) > 1:
            return self._train(demo, 1, context)
        return self._retrainer.carry_out(demo.name, {}, context)

    def _schedule(self, actor: Actor, demo: Demo) -> JsonObject:
        wanted = (
            (ScheduleAction.MONITOR, "0 6 * * *"),
            (ScheduleAction.RETRAIN, "0 3 * * mon"),
        )
        present = {schedule.action for schedule in self._retraining.schedules(demo.name)}
        for action, expression in wanted:
            if action not in present:
                trigger = Trigger(kind=TriggerKind.CRON, expression=expression, timezone="UTC")
                self._retraining.add(actor, demo.name, ScheduleDraft(action=action, trigger=trigger))
        return {"challenger": self._challenger(demo)}

    def _challenger(self, demo: Demo) -> int | None:
        aliased = (v.version for v in self._models.versions(demo.name) if Alias.CHALLENGER in v.aliases)
        return next(aliased, None)
