"""The recipe of a retraining: the champion's spec, pointed at newer data."""

from core.errors import DatasetNotFound, InvalidSpec, NoChampion
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.model import Alias, Deployment
from core.records.training import TrainingSpec
from core.training.service import TrainingService


def plan(
    store: Store,
    training: TrainingService,
    project: str,
    dataset: str | None,
) -> tuple[Deployment, TrainingSpec, str]:
    """Return the champion, the spec to train (its own, on ``dataset`` or the newest version of its dataset), and a
    note that says so in words.

    Raises:
        NoChampion: the project has no champion.
        DatasetNotFound: there is no such dataset version.
        InvalidSpec: the champion's run carries no spec.
    """
    with store.read() as work:
        champion = champion_of(work, project)
    recipe = training.run(project, champion.run_id).spec
    if recipe is None:
        raise InvalidSpec(problem=f"the champion's run {champion.run_id} carries no training spec to repeat")
    with store.read() as work:
        version = dataset_version(work, project, dataset or recipe.dataset.name)
    spec = recipe.model_copy(update={"dataset": version.ref, "register_version": True})
    return champion, spec, _note(champion, recipe, version)


def _note(champion: Deployment, recipe: TrainingSpec, version: DatasetVersion) -> str:
    start = f"Trained {recipe.estimator} like champion version {champion.version} on {version.ref}"
    if version.ref == recipe.dataset:
        return f"{start}: the same data as the champion's, so expect the same model."
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
