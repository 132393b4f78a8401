"""Training specs and the runs they make."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record
from core.records.dataset import DatasetRef
from core.records.preparation import Steps
from core.records.project import CostMatrix, Task

ParameterValue = int | float | str | bool | None


class SplitKind(StrEnum):
    """How test rows are chosen."""

    HOLDOUT = "holdout"
    TIME = "time"
    GROUP = "group"
    CV = "cv"
    NESTED = "nested"


class Split(Record):
    """Which share of the rows is held out, and how.

    At random (stratified for classes; cv is the same with folds, nested with folds within them), the latest by time,
    or whole groups. ``gap`` is left
    out between the last moment learned from and the first held out: a number, or a length such as 7d for dates. With
    ``folds`` the training rows are cross-validated in the same manner (random, by groups, or forward in time) before
    the model is fitted on all of them; the held-out rows take no part in it. With ``inner`` each fold chooses its
    threshold on that many folds of the rows it learns from, so that its figures are of a choice that never saw it.
    """

    kind: SplitKind = SplitKind.HOLDOUT
    test_size: float = Field(default=0.2, gt=0.0, lt=1.0)
    time_column: str | None = None
    group_column: str | None = None
    gap: str = ""
    folds: int = Field(default=0, ge=0, le=20)
    inner: int = Field(default=0, ge=0, le=20)


class ThresholdRule(StrEnum):
    """How the probability is chosen from which a binary model answers with the positive class."""

    FIXED = "fixed"
    MAX_F1 = "max_f1"
    MIN_COST = "min_cost"
    TARGET_RECALL = "target_recall"
    TARGET_PRECISION = "target_precision"


class Threshold(Record):
    """The rule of a binary model's threshold; ``value`` is the threshold itself, or the recall or precision to reach.

    Every rule but the fixed one looks at out-of-fold predictions of the training rows, never at held-out rows.
    """

    rule: ThresholdRule = ThresholdRule.FIXED
    value: float = Field(default=0.5, gt=0.0, lt=1.0)
    costs: CostMatrix | None = None


class Preprocessing(Record):
    """How columns become numbers. ``scale`` None means: where the estimator wants it.

    ``steps`` are taken first, whole and in order, so that a spec is complete by itself; ``preparation`` is the number
    of the project's recipe they come from, for people.
    """

    scale: bool | None = None
    max_categories: int = Field(default=100, ge=2)
    steps: Steps = ()
    preparation: int | None = None


class Recency(Record):
    """Newer rows matter more: by ``column``, a training learns from the last ``window`` alone, or gives a row half the
    weight for each ``half_life`` it is older than the newest; lengths such as 90d for dates, numbers for numbers."""

    column: str
    window: str = ""
    half_life: str = ""


class TrainingSpec(Record):
    """Everything that determines a run.

    ``fairness`` names the columns whose groups are compared; ``recipe_sha256`` pins the code of an own recipe;
    ``override`` is the reason to train on data that fails its contract.
    """

    project: str
    task: Task
    dataset: DatasetRef
    target: str
    positive: str | None = None
    features: tuple[str, ...]
    estimator: str
    params: dict[str, ParameterValue] = {}
    preprocessing: Preprocessing = Preprocessing()
    split: Split = Split()
    threshold: Threshold = Threshold()
    fairness: tuple[str, ...] = ()
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    metric: str
    register_version: bool = True
    recipe_sha256: str | None = None
    override: str = ""
    recency: Recency | None = None


class RunStatus(StrEnum):
    """How a run ended, in MLflow's words."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Run(Record):
    """One execution of a spec, as recorded in MLflow.

    ``spec`` is None for runs that were not made by Pilothouse; ``bundle_sha256`` is None while there is no model.
    ``parent_id`` is the run it is nested in: the study of a trial. ``note`` is MLflow's description of the run.
    """

    run_id: str
    project: str
    name: str
    status: RunStatus
    started_at: Moment
    finished_at: Moment | None
    estimator: str | None
    dataset: str | None
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    spec: TrainingSpec | None
    job_id: str | None
    bundle_sha256: str | None
    version: int | None
    parent_id: str | None = None
    note: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether another program logged it: a notebook, a script."""
        return self.spec is None and self.job_id is None


class Condition(Record):
    """A hyperparameter has one of ``values`` (None among them), or none of them when ``negated``."""

    name: str
    values: tuple[ParameterValue, ...]
    negated: bool = False


class Rule(Record):
    """A combination that is refused: where ``when`` holds and ``needs`` does not; ``why`` tells people.

    It holds for ``tasks``, or for every task when there are none.
    """

    when: Condition
    needs: Condition
    why: str
    tasks: tuple[Task, ...] = ()


class Parameter(Record):
    """One hyperparameter as declared: what the form shows, the command line accepts and the service checks.

    ``kind`` is int, float, choice, bool or layers (whole numbers separated by commas). ``low`` and ``high`` are the
    estimator's own limits (``closed`` as in scikit-learn: left, right, both, neither); ``soft_low`` and ``soft_high``
    the range worth trying. It only has an effect where all of ``applies`` hold; ``empty`` is the word that None
    stands for.
    """

    name: str
    kind: str
    default: ParameterValue
    low: float | None = None
    high: float | None = None
    closed: str = "both"
    soft_low: float | None = None
    soft_high: float | None = None
    log: bool = False
    optional: bool = False
    empty: str = ""
    choices: tuple[str, ...] = ()
    help: str = ""
    advanced: bool = False
    applies: tuple[Condition, ...] = ()


class EstimatorCard(Record):
    """One estimator of the catalogue, for one task.

    ``group`` is the shelf it stands on; ``slow_above`` the number of rows from which it takes long, None for none.
    """

    key: str
    title: str
    summary: str
    task: Task
    parameters: tuple[Parameter, ...]
    group: str = ""
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    slow_above: int | None = None


class Preset(Record):
    """Hyperparameters kept under a name within a project, to start from again."""

    project: str
    name: str
    estimator: str
    params: dict[str, ParameterValue]
    created_at: Moment
    created_by: str


class TrainingResult(Record):
    """What a train job returns."""

    run_id: str
    version: int | None
    metrics: dict[str, float]


class ParameterDifference(Record):
    """A parameter two runs do not share; None where a run has no such parameter."""

    name: str
    first: str | None
    second: str | None


class MetricDifference(Record):
    """A metric of two runs; ``better`` tells whether the second is, None when equal or unknown."""

    name: str
    first: float
    second: float
    difference: float
    better: bool | None


class RunComparison(Record):
    """Two runs side by side."""

    first: str
    second: str
    params: tuple[ParameterDifference, ...]
    metrics: tuple[MetricDifference, ...]
