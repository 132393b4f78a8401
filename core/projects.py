"""Projects: one prediction task each, known to the store and to MLflow under one name."""

from collections.abc import Sequence
from typing import Any

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import (
    InvalidProject,
    ProjectExists,
    ProjectIsAtWork,
    ProjectIsBusy,
    ProjectIsFixed,
    ProjectIsServing,
)
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import checked_name, clipped
from core.records.job import JobKind, JobState
from core.records.metric import METRICS, default_metric, metrics_of
from core.records.model import Alias
from core.records.project import CostMatrix, Project, Task

LONGEST_LABEL = 200
LONGEST_DESCRIPTION = 2_000

FIXED = {
    "task": "the task",
    "target": "the target",
    "positive": "the positive class",
    "id_column": "the id column",
    "time_column": "the time column",
}
"""What models answer and what their held-out rows are known by; fixed as soon as there is a model."""

MAKING_MODELS = (JobKind.TRAIN, JobKind.TUNE, JobKind.RETRAIN, JobKind.PIPELINE)
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class ProjectService:
    """Creates, finds and removes projects."""

    def __init__(self, store: Store, tracking: Tracking, logs: Sequence[PredictionLog], clock: Clock) -> None:
        """``logs`` hold answers of projects, and lose them when a project goes."""
        self._store = store
        self._tracking = tracking
        self._logs = logs
        self._clock = clock

    def create(
        self,
        actor: Actor,
        *,
        name: str,
        task: Task,
        target: str,
        positive: str | None = None,
        id_column: str | None = None,
        time_column: str | None = None,
        metric: str | None = None,
        cost_matrix: CostMatrix | None = None,
        description: str = "",
    ) -> Project:
        """Create a project with its MLflow experiment and registered model.

        MLflow comes first: what a failure leaves there is taken over by the next try, while a stored project without
        an experiment could not train.

        Args:
            actor: who asks.
            name: names the project, the experiment and the registered model.
            task: the kind of answer.
            target: the column to predict.
            positive: the value of the target that a binary project looks for, as text.
            id_column: the column that names a row; never a feature.
            time_column: the column that orders rows in time; never a feature.
            metric: what versions are judged by; None takes the task's default.
            cost_matrix: what right and wrong answers of a binary project are worth.
            description: a sentence for the overview.

        Raises:
            Denied: the actor may not create projects.
            InvalidName, InvalidProject: something about it cannot work.
            ProjectExists: the name is taken.
        """
        require(actor, Permission.MANAGE_PROJECTS)
        project = _checked(
            Project(
                name=checked_name(name, "project"),
                task=task,
                target=target,
                positive=positive,
                id_column=id_column,
                time_column=time_column,
                metric=metric or default_metric(task),
                cost_matrix=cost_matrix,
                description=description,
                created_at=self._clock.now(),
                created_by=actor.name,
            )
        )
        self._refuse_taken(name)
        self._tracking.create_project(name)
        self._keep(project)
        return project

    def edit(
        self,
        actor: Actor,
        name: str,
        *,
        task: Task | None = None,
        target: str | None = None,
        positive: str | None = None,
        id_column: str | None = None,
        time_column: str | None = None,
        metric: str | None = None,
        cost_matrix: CostMatrix | None = None,
        description: str | None = None,
        enough_labels: float | None = None,
    ) -> Project:
        """Change what is said of a project; what its models answer is fixed as soon as there is one.

        Arguments are those of :meth:`create`; ``enough_labels`` is the share of a time's answers that must have a label
        before its figures count as final. None leaves a thing as it is, an empty text takes it away (of the
        metric: takes the task's default). Another task drops what it cannot have.

        Raises:
            Denied: the actor may not edit projects.
            ProjectNotFound: there is none of that name.
            InvalidProject: something about it cannot work.
            ProjectIsFixed: there is a model version, and one of ``FIXED`` would change.
            ProjectIsBusy: a training is queued or at work, and one of ``FIXED`` would change.
        """
        require(actor, Permission.MANAGE_PROJECTS)
        told = {
            "task": task,
            "target": target,
            "positive": positive,
            "id_column": id_column,
            "time_column": time_column,
            "metric": metric,
            "cost_matrix": cost_matrix,
            "description": description,
            "enough_labels": enough_labels,
        }
        wanted = _checked(_changed(self.get(name), {key: value for key, value in told.items() if value is not None}))
        versions = len(self._tracking.versions(name))
        with self._store.write() as work:
            before = work.projects.get(name)
            changes = _differences(before, wanted)
            if changes:
                _require_free(work, before, changes, versions)
                work.projects.replace(wanted)
                audit.record(work, self._clock.now(), actor.name, "project.edit", name, name, changes)
                work.commit()
        return wanted

    def get(self, name: str) -> Project:
        """Return a project.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        with self._store.read() as work:
            return work.projects.get(name)

    def all(self) -> list[Project]:
        """Return all projects, oldest first."""
        with self._store.read() as work:
            return work.projects.all()

    def delete(self, actor: Actor, name: str, *, confirmed: bool = False) -> None:
        """Remove a project: its runs and models in MLflow, its prediction log, and its rows; audit events stay.

        The rows go last, so that after a failure in between the project is still there to be deleted again. Jobs that
        wait go with it.

        Raises:
            Denied: the actor may not delete projects.
            ProjectNotFound: there is none of that name.
            ProjectIsServing: a champion serves and ``confirmed`` is False.
            ProjectIsAtWork: a job of it is running.
        """
        require(actor, Permission.MANAGE_PROJECTS)
        with self._store.read() as work:
            work.projects.get(name)
            running = work.jobs.find(name, (JobState.RUNNING,))
            champion = work.deployments.current(name, Alias.CHAMPION)
        if champion and not confirmed:
            raise ProjectIsServing(name=name, version=champion.version)
        if running:
            raise ProjectIsAtWork(name=name, jobs=", ".join(f"{job.title} ({job.id})" for job in running[:5]))
        self._tracking.delete_project(name)
        for log in self._logs:
            log.delete(name)
        details = {"champion": champion.version if champion else None}
        with self._store.write() as work:
            work.projects.delete(name)
            audit.record(work, self._clock.now(), actor.name, "project.delete", name, name, details)
            work.commit()

    def _refuse_taken(self, name: str) -> None:
        if any(project.name == name for project in self.all()):
            raise ProjectExists(name=name)

    def _keep(self, project: Project) -> None:
        details = project.model_dump(mode="json", include={"task", "target", "positive", "metric"})
        with self._store.write() as work:
            work.projects.add(project)
            audit.record(
                work, project.created_at, project.created_by, "project.create", project.name, project.name, details
            )
            work.commit()


def _checked(project: Project) -> Project:
    """Return the project with its labels as they are stored.

    Raises:
        InvalidProject: something about it cannot work.
    """
    found = project.model_copy(
        update={
            "target": _column(project.target, "the target"),
            "positive": _class(project.positive),
            "id_column": _column(project.id_column, "the id column") if project.id_column else None,
            "time_column": _column(project.time_column, "the time column") if project.time_column else None,
            "description": clipped(project.description, LONGEST_DESCRIPTION),
        }
    )
    _check_sense(found)
    return found


def _changed(project: Project, told: dict[str, Any]) -> Project:
    """Return the project with what is told; another task drops what it cannot have, unless that is told, too."""
    task = told.get("task", project.task)
    if task is not project.task and project.metric not in {metric.name for metric in metrics_of(task)}:
        told = {"metric": "", **told}
    if task is not Task.BINARY:
        told = {"positive": None, "cost_matrix": None, **told}
    if told.get("metric") == "":
        told = {**told, "metric": default_metric(task)}
    return project.model_copy(update=told)


def _differences(before: Project, after: Project) -> dict[str, Any]:
    """Return the fields that differ, each as [before, after]."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def _require_free(work: UnitOfWork, project: Project, changes: dict[str, Any], versions: int) -> None:
    fixed = [FIXED[name] for name in changes if name in FIXED]
    if not fixed:
        return
    if versions:
        reason = f"has {versions:,} model version{'' if versions == 1 else 's'}"
        raise ProjectIsFixed(name=project.name, reason=reason, fields=" and ".join(fixed))
    at_work = work.jobs.find(project.name, UNFINISHED, MAKING_MODELS, 1)
    if at_work:
        raise ProjectIsBusy(name=project.name, title=at_work[0].title)


def _column(text: str, what: str) -> str:
    """Return a column's name, which a dataset version must have later."""
    if not text.strip():
        raise InvalidProject(problem=f"{what} is empty. Name a column of your data.")
    if text != clipped(text, LONGEST_LABEL):
        raise InvalidProject(
            problem=f"{what} {clipped(text, 60)!r} is longer than {LONGEST_LABEL} characters, has spaces around it, or "
            "control characters in it. Give it exactly as in the header of the data."
        )
    return text


def _class(text: str | None) -> str | None:
    """Return the positive class; unlike a column's name it may begin or end with spaces, as values of data do."""
    if text and text.strip() != clipped(text, LONGEST_LABEL):
        raise InvalidProject(
            problem=f"the positive class {clipped(text, 60)!r} is longer than {LONGEST_LABEL} characters or has "
            "control characters in it. Give it exactly as in the target column."
        )
    return text or None


def _check_sense(project: Project) -> None:
    columns = [name for name in (project.target, project.id_column, project.time_column) if name]
    if len(set(columns)) < len(columns):
        raise InvalidProject(problem="target, id column and time column must be three different columns.")
    if not 0 < project.enough_labels <= 1:
        problem = f"a share of labels of {project.enough_labels:g} is not above 0 and at most 1."
        raise InvalidProject(problem=problem)
    known = METRICS.get(project.metric)
    if known is None or project.task not in known.tasks:
        fitting = ", ".join(metric.name for metric in metrics_of(project.task))
        raise InvalidProject(
            problem=f"{clipped(project.metric, 60)!r} is no metric of {project.task.value} projects. "
            f"Choose one of: {fitting}."
        )
    if project.task is not Task.BINARY and (project.positive is not None or project.cost_matrix is not None):
        raise InvalidProject(
            problem=f"a {project.task.value} project has no positive class and no cost matrix. Leave them out, or "
            "choose the task binary."
        )
