"""Model versions, what serves them, and the intervals during which they served."""

from enum import StrEnum

from core.records.base import JsonObject, Moment, Record
from core.records.dataset import Column, DatasetRef
from core.records.project import Task


class Alias(StrEnum):
    """A role a model version can hold; at most one version holds each."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class ModelVersion(Record):
    """A registered run. ``bundle_sha256`` addresses its :class:`ModelManifest` in the blob store."""

    project: str
    version: int
    run_id: str
    aliases: tuple[Alias, ...]
    bundle_sha256: str
    model_sha256: str
    dataset: str
    estimator: str
    job_id: str | None
    created_at: Moment


class Deployment(Record):
    """The interval during which ``alias`` pointed at ``version``; ``until`` is None while it still does.

    ``verdict`` is that of the gates it was decided on, and ``overridden`` tells whether the decision went against it,
    or was made without one.
    """

    id: int
    project: str
    alias: Alias
    version: int
    run_id: str
    bundle_sha256: str
    since: Moment
    until: Moment | None
    actor: str
    reason: str
    verdict: str = ""
    overridden: bool = False


class AliasExpectation(Record):
    """What MLflow's alias may say when only Pilothouse moved it: what it was moved to last and what it is to follow,
    0 for no version; ``noticed`` is another version that was found there and told of."""

    project: str
    alias: Alias
    versions: tuple[int, ...] = (0,)
    noticed: int | None = None


class AliasMove(Record):
    """MLflow's champion was moved to ``held`` by another program, while ``serving`` serves; 0 is no version."""

    project: str
    held: int
    serving: int


class InputChange(Record):
    """How the inputs of a version differ from the champion's; ``retyped`` hold another kind of value."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()


class FeatureInput(Record):
    """One input of a model, with what a form needs to offer a sane value."""

    column: Column
    example: float | str | bool | None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()


class ProbeRow(Record):
    """A known row and the answer recorded at training, to check a loaded model against."""

    features: JsonObject
    prediction: float | int | str | bool
    scores: tuple[float, ...] = ()


class CompiledForm(Record):
    """What became of compiling a model for fast answers, at its registration.

    ``kind`` says how it is evaluated and ``sha256`` addresses its bytes, of ``size``; both are None when scikit-learn
    answers, and ``reason`` says why. ``rows`` were compared with scikit-learn, with ``difference`` at most.
    """

    kind: str | None = None
    sha256: str | None = None
    size: int = 0
    rows: int = 0
    difference: float = 0.0
    reason: str = ""


class ModelManifest(Record):
    """All a server must know to answer for a model version: the bundle beside the model's bytes.

    ``classes`` are the answers as JSON values, in the order of the scores; empty for regression. ``compiled`` is None
    for versions made before there were compiled forms. ``split_sha256`` addresses the hashes of the rows learned from
    and held out, ``holdout_sha256`` the answers to the latter.
    """

    project: str
    run_id: str
    task: Task
    target: str
    positive: str | None
    classes: tuple[int | float | str | bool, ...]
    threshold: float
    features: tuple[FeatureInput, ...]
    probe: tuple[ProbeRow, ...]
    model_sha256: str
    dataset: DatasetRef
    dataset_sha256: str
    estimator: str
    packages: dict[str, str]
    created_at: Moment
    compiled: CompiledForm | None = None
    split_sha256: str | None = None
    holdout_sha256: str | None = None

    @property
    def positive_index(self) -> int | None:
        """Where the positive class stands among the classes, or None when the task has none."""
        return None if self.positive is None else [str(value) for value in self.classes].index(self.positive)


class VersionComparison(Record):
    """A version beside the champion: (metric, champion, version, difference, whether higher is better)."""

    version: int
    champion: int | None
    rows: tuple[tuple[str, float | None, float | None, float | None, bool], ...]
    same_holdout: bool
    note: str
