"""Projects: one prediction task each, known to the store and to MLflow under one name."""

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidProject, ProjectExists, ProjectIsServing
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name, clipped
from core.records.metric import METRICS, default_metric, metrics_of
from core.records.model import Alias
from core.records.project import CostMatrix, Project, Task

LONGEST_LABEL = 200
LONGEST_DESCRIPTION = 2_000


class ProjectService:
    """Creates, finds and removes projects."""

    def __init__(self, store: Store, tracking: Tracking, log: PredictionLog, clock: Clock) -> None:
        self._store = store
        self._tracking = tracking
        self._log = log
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
        project = Project(
            name=checked_name(name, "project"),
            task=task,
            target=_column(target, "the target"),
            positive=_class(positive),
            id_column=_column(id_column, "the id column") if id_column else None,
            time_column=_column(time_column, "the time column") if time_column else None,
            metric=metric or default_metric(task),
            cost_matrix=cost_matrix,
            description=clipped(description, LONGEST_DESCRIPTION),
            created_at=self._clock.now(),
            created_by=actor.name,
        )
        _check_sense(project)
        self._refuse_taken(name)
        self._tracking.create_project(name)
        self._keep(project)
        return project

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

        The rows go last, so that after a failure in between the project is still there to be deleted again.

        Raises:
            Denied: the actor may not delete projects.
            ProjectNotFound: there is none of that name.
            ProjectIsServing: a champion serves and ``confirmed`` is False.
        """
        require(actor, Permission.MANAGE_PROJECTS)
        with self._store.read() as work:
            work.projects.get(name)
            champion = work.deployments.current(name, Alias.CHAMPION)
        if champion and not confirmed:
            raise ProjectIsServing(name=name, version=champion.version)
        self._tracking.delete_project(name)
        self._log.delete(name)
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
