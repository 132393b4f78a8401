"""The recipe of a retraining: the champion's spec, pointed at the data its project's plan wants."""

from core.errors import DatasetNotFound, InvalidSpec, NoChampion
from core.ports.unit_of_work import UnitOfWork
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.model import Alias, Deployment
from core.records.plan import DataChoice, PlanDraft
from core.records.project import Project
from core.records.training import Recency, TrainingSpec


def aimed(recipe: TrainingSpec, plan: PlanDraft, project: Project, version: DatasetVersion) -> TrainingSpec:
    """Return the champion's ``recipe`` for ``version`` and the stretch of time the plan wants.

    Raises:
        InvalidSpec: the plan goes by time and the project has no time column.
    """
    recency = None
    if plan.data in (DataChoice.WINDOW, DataChoice.WEIGHTED):
        if project.time_column is None:
            raise InvalidSpec(problem=f"the plan goes by time, but project {project.name!r} has no time column")
        lengths = {"window": plan.span} if plan.data is DataChoice.WINDOW else {"half_life": plan.span}
        recency = Recency(column=project.time_column, **lengths)
    return recipe.model_copy(update={"dataset": version.ref, "register_version": True, "recency": recency})


def note(champion: Deployment, recipe: TrainingSpec, spec: TrainingSpec) -> str:
    """Say in words what a retraining trains."""
    start = f"Trained {spec.estimator} like champion version {champion.version} on {spec.dataset}"
    if spec.recency is not None and spec.recency.window:
        start += f", the last {spec.recency.window} of it"
    elif spec.recency is not None:
        start += f", older rows weighted down by half each {spec.recency.half_life}"
    return f"{start}; the champion was trained on {recipe.dataset}."


def champion_of(work: UnitOfWork, project: str) -> Deployment:
    """Return the open champion interval of the project.

    Raises:
        NoChampion: there is none.
    """
    champion = work.deployments.current(project, Alias.CHAMPION)
    if champion is None:
        raise NoChampion(project=project)
    return champion


def dataset_version(work: UnitOfWork, project: str, text: str) -> DatasetVersion:
    """Return the dataset version ``name@n``, or the newest of ``name``.

    Raises:
        DatasetNotFound: there is none.
    """
    if "@" in text:
        return work.datasets.get(project, DatasetRef.parse(text))
    version = work.datasets.latest(project, text)
    if version is None:
        known = ", ".join(str(found.ref) for found in work.datasets.find(project)) or "none"
        raise DatasetNotFound(project=project, ref=text, known=known)
    return version
